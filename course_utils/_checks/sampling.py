"""What ``sampling`` words."""

from collections.abc import Callable

import numpy as np

from . import *  # noqa: F403
from . import _numbers, _show


def function_of_time(function, name: str = "function") -> Callable:
    """A Python callable."""
    if not callable(function):
        raise TypeError(f"{name} must be a function of time in seconds, got {_show(function)}: pass e.g. np.sin")
    return function


def codes(x, name: str, *, highest: int) -> np.ndarray:
    """Integer codes from 0 to ``highest``."""
    x = _numbers(x, name)
    if x.dtype.kind not in "iu":
        raise TypeError(f"{name} must be integers in 0…{highest}, got dtype {x.dtype}: pass the output of the encoder")
    if x.size == 0:
        raise ValueError(f"{name} must not be empty, got shape {x.shape}: pass at least one code")
    if x.min() < 0 or x.max() > highest:
        raise ValueError(f"{name} must lie in 0…{highest}, got {x.min()}…{x.max()}: pass the output of the encoder")
    return x
