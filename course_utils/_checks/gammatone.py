"""What ``gammatone`` words."""

import numpy as np

from . import *  # noqa: F403
from . import LARGEST_COUNT, array, beside, exactly, number


def centers(center_hz, rate: float) -> np.ndarray:
    """Centre frequencies of filters at ``rate``: a list of them, each between 0 and the Nyquist frequency."""
    rate = number(
        rate, "sample_rate", at_most=1e9
    )  # beyond, the poles stand nearer the unit circle than float64 can tell
    center_hz = array(center_hz, "center_hz", real=True, one_axis=True).astype(np.float64)
    outside = center_hz[(center_hz <= 0) | (center_hz >= rate / 2)]
    if len(outside):
        raise ValueError(
            f"center_hz must lie between 0 and the Nyquist frequency {exactly(rate / 2)} Hz, both excluded, "
            f"got {beside(outside[0], 0, rate / 2)}: leave that channel out, or lower f_max of erb_space_hz"
        )
    return center_hz


def response_is_held(gain: float, duration_s: float, rate: float) -> float:
    """An impulse response of which the samples show something."""
    if not gain > 0:
        raise ValueError(
            f"duration_s={duration_s:g} at sample_rate={rate:g} must hold some of the impulse response, "
            "got samples that are all 0: raise duration_s, or sample_rate if the response ends within a sample"
        )
    return gain


def bank_fits(n_channels: int, n_each: int) -> None:
    """The output of a filter bank that fits into memory."""
    if n_channels * n_each > LARGEST_COUNT:
        raise ValueError(
            f"{n_channels} channels of {n_each} values must hold at most {LARGEST_COUNT} together, "
            f"got {n_channels * n_each}: lower the number of channels or pass a shorter signal"
        )


def window_fits_signal(n_needed: int, n_time: int, window_s: float) -> None:
    """A signal at least as long as one analysis window."""
    if n_needed > n_time:
        raise ValueError(
            f"window_s={window_s:g} needs {n_needed} samples, got a signal of {n_time}: "
            "zero-pad the signal or lower window_s"
        )
