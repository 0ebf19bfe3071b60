"""What ``filters`` words."""

import math
from collections.abc import Callable

import numpy as np

from . import *  # noqa: F403
from . import LARGEST_COUNT, _show, array, beside, fits_memory, signal


def coefficients(b, a) -> tuple[np.ndarray, np.ndarray]:
    """Numerator and denominator of a filter, scaled so that ``a[0]`` is 1."""
    b, a = array(b, "b", real=True, one_axis=True), array(a, "a", real=True, one_axis=True)
    if a[0] == 0:
        raise ValueError(
            f"a must not begin with 0, got {_show(a.tolist())}: a[0] weighs the output itself, drop the leading zeros"
        )
    with np.errstate(over="ignore"):
        return array(b.astype(np.float64) / a[0], "b / a[0]"), array(a.astype(np.float64) / a[0], "a / a[0]")


def stable(is_stable: bool, radius: float) -> None:
    """A recursion whose echoes die away."""
    if not is_stable:
        raise ValueError(
            f"a must have all its poles inside the unit circle, got one of radius {beside(max(radius, 1.0), 1)}, "
            "so the output never dies away: move the pole inwards, or look at the first samples with lfilter_loop"
        )


def off_the_zeros(response: np.ndarray, frequency_hz: np.ndarray, name: str, quantity: str) -> None:
    """Frequencies at which a polynomial in z is not zero, so that it can be divided by."""
    if not response.all():
        first = np.broadcast_to(frequency_hz, response.shape)[response == 0][0]
        raise ValueError(
            f"frequency_hz must avoid the zeros of {name}, where the {quantity} is undefined, got {first:g}: "
            "leave it out"
        )


def filter_size(n_values: int, largest: int, from_rate: int, to_rate: int) -> None:
    """A pair of rates whose filter fits into memory."""
    if n_values > largest:
        raise ValueError(
            f"the filter from from_rate={from_rate} to to_rate={to_rate} exceeds {largest} values, "
            f"got {beside(n_values, largest, digits=3)}: "
            "choose rates with a larger common divisor or nearer each other, or lower lowpass_filter_width"
        )


def resampled_fits(shape: tuple, from_rate: int, to_rate: int, itemsize: int) -> None:
    """A signal at a higher rate, and its padded copy, in memory."""
    n_out = shape[-1] * to_rate // from_rate
    fits_memory(
        itemsize * math.prod(shape[:-1]) * (n_out + 2 * shape[-1]),
        f"a signal of {n_out:,} samples at to_rate={to_rate}",
        "lower to_rate, or pass the signal in parts",
    )


def resampler(function) -> Callable:
    """Something that can be called with a signal."""
    if not callable(function):
        raise TypeError(
            f"resampler must be a function of a signal, got {_show(function)}: pass lambda x: resample(x, …)"
        )
    return function


def sweep_fits(from_rate: int, to_rate: int, n_samples: int) -> None:
    """Two rates so near each other that a sweep through the lower one can be held at the higher one."""
    if n_samples > LARGEST_COUNT:
        raise ValueError(
            f"from_rate must be at most {LARGEST_COUNT // 2**17} times to_rate, got {from_rate} and {to_rate}: "
            "measure it in steps"
        )
    fits_memory(32 * n_samples, f"a sweep from {from_rate} to {to_rate} Hz", "measure two rates that are nearer")


def resampled(y, n_samples: int) -> np.ndarray:
    """What a resampler has returned: one channel of the length that the rates ask for, give or take a sample."""
    y = signal(y, "the output of resampler", mono=True)
    if abs(len(y) - n_samples) > 1:
        raise ValueError(
            f"resampler must return {n_samples} samples, got {len(y)}: "
            "let it take a signal at from_rate and return it at to_rate"
        )
    return y
