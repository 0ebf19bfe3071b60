"""What ``stft`` words."""

import math

import numpy as np

from . import *  # noqa: F403
from . import fits_memory


def spectrogram_fits(shape: tuple, n_fft: int, hop_length: int, itemsize: int) -> None:
    """A spectrogram of a signal (…, time), and once more what is computed from it, in memory."""
    n_frames, n_bins = 1 + shape[-1] // hop_length, n_fft // 2 + 1
    fits_memory(
        4 * itemsize * math.prod(shape[:-1]) * n_frames * n_bins,  # complex: two numbers a value
        f"a spectrogram of {n_frames:,} frames and {n_bins:,} bins",
        "raise hop_length, lower n_fft, or pass the signal in parts",
    )


def stretched_fits(shape: tuple, n_frames: float) -> None:
    """Magnitudes and phases of the frames of a phase vocoder in memory."""
    n_values = math.prod(shape[:-1]) * n_frames
    fits_memory(64 * n_values, f"a spectrogram of {n_frames:,.0f} frames", "raise rate, or pass the sound in parts")


def window_length(window: np.ndarray, win_length: int) -> None:
    """Window values as many as the window is said to be long."""
    if len(window) != win_length:
        raise ValueError(f"window must have win_length={win_length} values, got {len(window)}: leave win_length out")


def reflects(n_time: int, n_pad: int, pad_mode: str) -> None:
    """A signal long enough to be mirrored at its ends."""
    if pad_mode == "reflect" and n_time <= n_pad:
        raise ValueError(
            f"pad_mode='reflect' needs more than n_fft // 2 = {n_pad} samples, got {n_time}: "
            "use pad_mode='constant' or a smaller n_fft"
        )


def hop_fits(hop_length: int, win_length: int) -> None:
    """A hop that leaves no gap between windows."""
    if hop_length > win_length:
        raise ValueError(
            f"hop_length={hop_length} exceeds the window length {win_length}, so samples between frames are never seen "
            "(NOLA: the summed squared windows must stay above zero): lower hop_length"
        )


def nola(total: np.ndarray, hop_length: int) -> None:
    """Nonzero overlap-add: the summed squared windows must not touch zero."""
    lowest = float(total.min() / total.max()) if total.max() > 0 else 0.0
    if lowest <= np.finfo(total.dtype).eps:
        raise ValueError(
            f"hop_length={hop_length} breaks NOLA (nonzero overlap-add): the squared windows, summed over all frames, "
            "must stay above zero, or a sample that every frame multiplies by zero is lost, "
            f"got {lowest:.1e} of their maximum at position {int(total.argmin())}: "
            "lower hop_length or take a window without zeros"
        )


def covered(seen: np.ndarray, hop_length: int) -> None:
    """Every sample asked for lies under some frame."""
    if seen.size == 0:
        raise ValueError("the frames must hold a sample besides the padding of a centred transform, got 0: pass length")
    if not seen.all():
        raise ValueError(
            f"sample {int(seen.argmin())} of the output must lie under a frame, got none with hop_length={hop_length} "
            "(NOLA fails there, the summed squared windows are zero): "
            "zero-pad the signal before stft, or ask for a smaller length"
        )
