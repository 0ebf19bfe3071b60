"""What ``speech_features`` words."""

import numpy as np

from . import *  # noqa: F403
from . import array, fits_memory, spectrum

LOUDEST = 13.8  # ln 1e6: no signal within ±1 has more power in a band


def log_mel(x, name: str, n_mels: int, *, at_least: int = 1) -> np.ndarray:
    """Log-mel spectrograms (…, n_mels, frames) of sound that can be heard."""
    x = spectrum(x, name, real=True)
    if x.shape[-2] != n_mels:
        raise ValueError(
            f"{name} must have {n_mels} bands along axis -2, got shape {x.shape}: make it with speech_mel()"
            + (f", or pass {name}.T" if x.shape[-1] == n_mels else "")
        )
    if x.shape[-1] < at_least:
        raise ValueError(f"{name} must have at least {at_least} frames, got {x.shape[-1]}: pass a longer clip")
    if x.max() > LOUDEST:
        raise ValueError(
            f"{name} must lie below {LOUDEST} (a power of 1e6), got {x.max():.4g}: pass the natural logarithm of a "
            "power, not decibels"
        )
    return x


def one_mel(x, name: str, n_mels: int) -> np.ndarray:
    """One log-mel spectrogram (n_mels, frames)."""
    x = log_mel(x, name, n_mels)
    if x.ndim != 2:
        raise ValueError(f"{name} must have the axes ({n_mels}, frames), got shape {x.shape}: pass one clip")
    return x


def as_many_frames(n_a: int, n_b: int) -> None:
    """Two clips that are compared frame by frame."""
    if n_a != n_b:
        raise ValueError(
            f"mel_a and mel_b must have as many frames where they are not aligned, got {n_a} and {n_b}: pass align=True"
        )


def table(x, name: str) -> np.ndarray:
    """A table (rows, columns) of real numbers."""
    x = array(x, name, real=True)
    if x.ndim != 2:
        raise ValueError(f"{name} must have the axes (rows, columns), got shape {x.shape}: pass one table")
    fits_memory(16 * x.size, f"the sums of a table of shape {x.shape}", "pass shorter clips")
    return x


def belongs(name: str, n_frames: int, n_expected: int) -> None:
    """A signal with as many frames as its spectrogram."""
    if n_frames != n_expected:
        raise ValueError(
            f"{name} must have as many frames as its mel, {n_frames}, got {n_expected}: pass the signal that the mel "
            "belongs to"
        )
