"""Reference implementations of the course *Sound for people who build models*.

``import course_utils as cu`` costs nothing: a submodule is loaded when it is first used, so
``cu.dft.fft(x)`` brings in numpy and neither matplotlib nor librosa nor torch.
"""

import os
from importlib import import_module

CONTENT = "course_utils.exercises"  # what the practice engine is handed
_SUBMODULES = sorted(name.removesuffix(".py") for name in os.listdir(os.path.dirname(__file__)) if name[0] not in "_.")


def __getattr__(name):
    if name in _SUBMODULES:
        return import_module(f"course_utils.{name}")
    raise AttributeError(f"course_utils has no module {name!r}: choose one of {', '.join(_SUBMODULES)}")


def __dir__():
    return sorted([*globals(), *_SUBMODULES])
