"""What ``effects`` words."""

import numpy as np

from . import *  # noqa: F403
from . import _show


def mono_or_channels(signal: np.ndarray) -> np.ndarray:
    """A sound as an editor holds it: (time,) or (channels, time)."""
    if signal.ndim > 2:
        raise ValueError(f"signal must have shape (time,) or (channels, time), got {signal.shape}: pass one at a time")
    return signal


def mono_or_stereo(signal: np.ndarray) -> np.ndarray:
    """A sound with at most two channels."""
    if signal.ndim > 2 or (signal.ndim == 2 and len(signal) != 2):
        raise ValueError(
            f"signal must have shape (time,) or (2, time) for a stereo effect, got {signal.shape}: use stereo_depth=0"
        )
    return signal


def effect_list(effects) -> list:
    """The steps of an effect chain."""
    if not isinstance(effects, list | tuple) or any(isinstance(step, str) for step in effects):
        raise TypeError(
            f'effects must be a list of tuples such as [("gain", -3), ("speed", 0.8)], got {_show(effects)}: '
            "put each effect into a tuple of its own"
        )
    return list(effects)


def in_order(fade_in_end: int, fade_out_start: int) -> None:
    """A fade-in that ends before the fade-out begins."""
    if fade_in_end > fade_out_start:
        raise ValueError(
            f"fade must end its fade-in before its fade-out begins, got samples {fade_in_end} and {fade_out_start}: "
            "shorten one of them or move the stop position"
        )
