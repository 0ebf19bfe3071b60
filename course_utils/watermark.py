"""A mark in the sound that only a key finds: what it costs, and what it survives.

The level of small cells of the spectrogram is raised or lowered by a fraction of a dB, by a pattern that follows from
the key. Whoever has the key adds the levels up with the pattern's signs. Lecture: text_to_speech
"""

import math
from typing import NamedTuple

import numpy as np

from ._checks import watermark as _checks
from .stft import istft, stft

N_FFT, HOP = 256, 64  # samples: at 8 kHz 32 ms, and 8 ms
N_BINS, N_FRAMES = 4, 4  # of a cell: at 8 kHz 125 Hz and 32 ms
N_CELLS = 128  # columns of cells after which the pattern begins again: at 8 kHz 4.1 s


class Detection(NamedTuple):
    """How clearly a mark is there, in standard deviations of the score of a wrong key, and at which frame it begins."""

    score: float
    frame: int


def _pattern(key: int) -> np.ndarray:
    """+1 and −1 of a key, as often: (cells of frequency, N_CELLS), each cell followed in time by its opposite half.

    A cell of frequency is + as long as it is −, so that a filter, which changes a band for good, adds nothing.
    """
    rng = np.random.default_rng(_checks.count(key, "key", minimum=0, maximum=2**63 - 1))
    half = rng.choice([-1.0, 1.0], size=((N_FFT // 2) // N_BINS, N_CELLS // 2))
    return np.stack([half, -half], axis=2).reshape(len(half), N_CELLS)


def _by_frame(pattern: np.ndarray, n_frames: int) -> np.ndarray:
    """A sign for each bin but that of 0 Hz, and each frame: (N_FFT / 2, n_frames)."""
    columns = np.arange(n_frames) // N_FRAMES % N_CELLS
    return np.repeat(pattern, N_BINS, axis=0)[:, columns]


def watermark(signal: np.ndarray, key: int, *, strength_db: float = 1.0) -> np.ndarray:
    """Hide a mark: ``Y[k, m] = X[k, m] · 10^(± strength/20)``, one sign for each cell of 4 bins × 4 frames.

    The signs follow from the key.

    Where the signal is silent, so is the mark. A whole second at 8 kHz has 1,000 cells.

    Parameters
    ----------
    signal : ndarray, shape (…, time)
    key : int, from 0
    strength_db : float, dB, 0…6
        Change of level in a cell. The difference lies about ``20 log₁₀(10^(strength/20) − 1)`` below the signal:
        18 dB for 1 dB, 24 for half of it.

    Returns
    -------
    ndarray, shape (…, time), dtype of ``signal``

    Source: spread spectrum, after Cox et al. 1997, IEEE Transactions on Image Processing 6(12).
    Lecture: text_to_speech
    """
    signal = _checks.signal(signal)
    strength_db = _checks.number(strength_db, "strength_db", at_least=0, at_most=6)
    pattern = _pattern(key)
    spectrum = stft(signal, n_fft=N_FFT, hop_length=HOP)
    gain = np.ones((spectrum.shape[-2], spectrum.shape[-1]))
    gain[1:] = 10 ** (strength_db / 20 * _by_frame(pattern, spectrum.shape[-1]))
    marked = istft(spectrum * gain.astype(signal.dtype), n_fft=N_FFT, hop_length=HOP, length=signal.shape[-1])
    return marked.astype(signal.dtype, copy=False)


def _levels(signal: np.ndarray) -> np.ndarray:
    """What is left of ln |X| when bands and moments have been evened out: (N_FFT / 2, frames).

    Cells are compared with those before, behind, above and below. Nothing counts 60 dB below the loudest, nor within
    12 dB of what the quietest sixth of the bins does not exceed: there is noise, which has no mark.
    """
    magnitude = np.abs(stft(signal.astype(np.float64), n_fft=N_FFT, hop_length=HOP)[1:])
    floor = max(1e-3 * magnitude.max(), 4 * np.quantile(magnitude, 0.15))
    level = np.log(np.maximum(magnitude, floor + 1e-30))
    rest = level - _smoothed(level, 2 * N_FRAMES + 1, axis=1)
    return np.clip(rest - _smoothed(rest, 4 * N_BINS + 1, axis=0), -1, 1)


def _smoothed(x: np.ndarray, width: int, axis: int) -> np.ndarray:
    """The mean over a window around each place, shorter at the ends."""
    kernel, ones = np.ones(width), np.ones(x.shape[axis])
    sums = np.apply_along_axis(np.convolve, axis, x, kernel, "same")
    shape = [1, 1]
    shape[axis] = -1
    return sums / np.convolve(ones, kernel, "same").reshape(shape)


def detect_watermark(signal: np.ndarray, key: int, *, search: bool = True) -> Detection:
    """Look for a key's mark: ``z = Σ p r / √(Σ (Σ_cell r)²)``, r what is left of the level, p the pattern's signs.

    For a wrong key or none z has mean 0 and standard deviation 1; searching takes the largest of 512 places.

    Parameters
    ----------
    signal : ndarray, shape (time,)
        At the sampling rate at which the mark was made, 0.1 s at least.
    key : int, from 0
    search : bool
        Off: the signal begins where the marked one began. On: something may be cut off, by whole frames or not.

    Returns
    -------
    Detection

    Lecture: text_to_speech
    """
    signal = _checks.marked_signal(signal, N_FFT + 8 * HOP)
    rest, pattern, search = _levels(signal), _pattern(key), _checks.switch(search, "search")
    n_frames, period = rest.shape[-1], N_FRAMES * N_CELLS
    bands = rest.reshape(len(pattern), N_BINS, n_frames).sum(axis=1)
    folded = np.zeros((len(pattern), period))
    np.add.at(folded.T, np.arange(n_frames) % period, bands.T)
    signs = np.repeat(pattern, N_FRAMES, axis=1)
    turned = np.fft.rfft(signs) * np.conj(np.fft.rfft(folded))
    scores = np.fft.irfft(turned.sum(axis=0), n=period)  # at s: Σ signs[t + s] folded[t]
    if not search:
        scores = scores[:1]
    spread = math.sqrt(np.square(_cell_sums(bands)).sum()) or 1.0
    best = int(np.argmax(scores))
    return Detection(float(scores[best] / spread), best)


def _cell_sums(bands: np.ndarray) -> np.ndarray:
    """Sums over the frames of each cell; the last one may be shorter."""
    starts = np.arange(0, bands.shape[-1], N_FRAMES)
    return np.add.reduceat(bands, starts, axis=-1)
