"""Where the files of the course lie: at the top of its repository or, once installed from a wheel, in the package."""

from pathlib import Path

_SHIPPED = Path(__file__).resolve().parent / "_shipped"  # setup.py puts it into a wheel: data/ and results
INSTALLED = _SHIPPED.is_dir()  # from a wheel: without the lectures
ROOT = _SHIPPED if INSTALLED else _SHIPPED.parents[1]
