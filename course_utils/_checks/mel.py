"""What ``mel`` words."""

import warnings

import numpy as np

from . import *  # noqa: F403
from . import beside, fits_memory, sample_rate


def edges_apart(edges_hz: np.ndarray, n_mels: int) -> None:
    """Edges of filters that rounding has not made one."""
    narrowest = float(np.diff(edges_hz).min())
    if narrowest < 1e-9:
        raise ValueError(
            f"n_mels={n_mels} filters between {edges_hz[0]:g} and {edges_hz[-1]:g} Hz must be at least 1e-9 Hz wide, "
            f"got {beside(narrowest, 1e-9, digits=2)} Hz: move f_min and f_max apart or lower n_mels"
        )


def filters_hold_bins(bank: np.ndarray, edges_hz: np.ndarray, n_fft: int, rate: float) -> None:
    """Warn of rows of a filter bank that are zero everywhere."""
    empty = np.flatnonzero(~bank.any(axis=1))
    if len(empty):
        enough = int(rate / (edges_hz[2:] - edges_hz[:-2]).min()) + 1  # bins closer than the narrowest filter is wide
        named = ", ".join(map(str, empty[:8])) + (", …" if len(empty) > 8 else "")
        warnings.warn(
            f"{len(empty)} of n_mels={len(bank)} filters are empty, their rows all 0, since no bin of n_fft={n_fft} "
            f"lies inside: filter {named}: lower n_mels, or raise n_fft ({enough} fills all)",
            stacklevel=3,
        )


def linear_fits(n_bins: int, n_frames: int, itemsize: int) -> None:
    """A spectrogram in hertz, and what improves it, in memory."""
    what = f"a spectrogram of {n_frames:,} frames and {n_bins:,} bins"
    fits_memory(3 * itemsize * n_bins * n_frames, what, "lower n_fft, or pass the frames in parts")


def rate_of_model(value, expected: int, name: str) -> float:
    """The one sampling rate that a model was trained on."""
    value = sample_rate(value)
    if value != expected:
        raise ValueError(
            f"sample_rate must be {expected} for {name}, got {beside(value, expected)}: "
            f"resample first, e.g. course_utils.audio.load(path, sample_rate={expected})"
        )
    return value


def long_enough(n_time: int, minimum: int) -> None:
    """A signal that a fixed analysis can begin with."""
    if n_time < minimum:
        raise ValueError(f"signal must hold at least {minimum} samples, got {n_time}: zero-pad it or raise pad_s")
