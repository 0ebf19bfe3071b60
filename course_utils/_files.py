"""Where the files of the course lie: at the top of its repository or, once installed from a wheel, in the package.

And where the reader's own are kept: in the user's data folder.
"""

import os
from contextlib import suppress
from pathlib import Path

_SHIPPED = Path(__file__).resolve().parent / "_shipped"  # setup.py puts it into a wheel: data/ and results
INSTALLED = _SHIPPED.is_dir()  # from a wheel: without the lectures
ROOT = _SHIPPED if INSTALLED else _SHIPPED.parents[1]

VARIABLE = "COURSE_PROGRESS"  # names another file, or "off" to keep nothing


def progress_file() -> Path | None:
    """The file that holds progress; None where nothing is to be kept."""
    named = os.environ.get(VARIABLE, "").strip()
    if named.lower() == "off":
        return None
    if named:
        return Path(named).expanduser()
    import platformdirs

    return platformdirs.user_data_path("sound-course", appauthor=False) / "progress.sqlite3"


def write_whole(path: Path, content: bytes | memoryview) -> None:
    """All of a file: half of one would be taken for a whole one, and is removed."""
    with open(path, "wb") as file:
        try:
            file.write(content)
            file.flush()
        except OSError:
            if path.is_file():
                with suppress(OSError):
                    path.unlink()
            raise
