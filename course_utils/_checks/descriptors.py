"""What ``descriptors`` words."""

import math

from . import *  # noqa: F403
from . import band, beside, count, exactly, fits_memory, frequency, number, rounded_up, sample_rate, told_apart


def pitch_range(f_min, f_max, rate: float) -> tuple[float, float, float]:
    """Lowest and highest pitch that a tracker may report, and the sampling rate."""
    f_min, rate = number(f_min, "f_min", above=0), sample_rate(rate)
    return *band(f_min, frequency(f_max, rate, "f_max")), rate


def holds_two_periods(frame_length: int, f_min: float, rate: float) -> None:
    """A frame in which the longest period is seen twice."""
    if frame_length * f_min < 2 * rate:
        raise ValueError(
            f"frame_length={frame_length} must hold two periods of f_min={exactly(f_min)} Hz, "
            f"got {beside(frame_length * f_min / rate, 2, digits=2)} at sample_rate={exactly(rate)}: "
            f"use at least {rounded_up(math.ceil(min(2 * rate / f_min, 1e300)), 6)} samples or raise f_min"
        )


def lowest(f_min) -> float:
    """The lowest of many bins: those above it have frequencies that can be held."""
    return number(f_min, "f_min", above=0, at_least=1e-3, at_most=1e12)


def bins_below_nyquist(f_top: float, n_bins: int, rate: float, name: str = "n_bins") -> None:
    """Constant-Q bins that the sampling rate can carry."""
    if f_top > rate / 2:
        top, nyquist = told_apart(f_top, rate / 2)
        raise ValueError(
            f"{name}={n_bins} must end at the Nyquist frequency {nyquist} Hz or below, got {top} Hz: "
            f"lower {name} or f_min, or raise sample_rate={exactly(rate)}"
        )


def holds_kernel(n_time: int, n_kernel: float, f_min: float) -> None:
    """A signal at least as long as the longest constant-Q kernel."""
    if n_time < n_kernel:
        raise ValueError(
            f"signal must be at least as long as the kernel of f_min={exactly(f_min)} Hz, "
            f"{beside(n_kernel, n_time)} samples, got {n_time}: "
            "zero-pad the signal, raise f_min or lower bins_per_octave"
        )


def bins_fit(shape: tuple, n_bins: int, hop_length: int, itemsize: int) -> None:
    """A spectrogram of constant-Q bins, and its magnitudes, in memory."""
    n_frames = 1 + shape[-1] // hop_length
    fits_memory(
        3 * itemsize * math.prod(shape[:-1]) * n_bins * n_frames,
        f"a spectrogram of {n_frames:,} frames and n_bins={n_bins}",
        "raise hop_length, lower n_bins, or pass the signal in parts",
    )


def kernels_fit(n_bins: int, n_taps: int) -> None:
    """The kernels of an octave, their real and imaginary parts side by side, in memory."""
    what = f"a table of {n_bins:,} kernels of {n_taps:,} samples"
    fits_memory(48 * n_bins * n_taps, what, "lower bins_per_octave, or raise f_min")


def whole_semitones(bins_per_octave: int) -> int:
    """Bins that divide every semitone alike."""
    bins_per_octave = count(bins_per_octave, "bins_per_octave", minimum=12, maximum=1200)
    if bins_per_octave % 12:
        raise ValueError(
            f"bins_per_octave must be a multiple of 12, got {bins_per_octave}: take {12 * round(bins_per_octave / 12)}"
        )
    return bins_per_octave


def spans_periods(n_frames: int, n_lags: int, what: str) -> None:
    """Onset strength that lasts long enough for a period to come back."""
    if n_frames < n_lags:
        raise ValueError(
            f"onset_strength must have at least {n_lags} frames, {what}, got {n_frames}: pass a longer recording"
        )


def fraction(value, name: str) -> float:
    """A part of a whole, neither nothing nor all."""
    value = number(value, name)
    if not 0 < value < 1:
        raise ValueError(
            f"{name} must lie between 0 and 1, both excluded, got {beside(value, 0, 1)}: pass 0.85 for 85 %"
        )
    return value
