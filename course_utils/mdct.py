"""The modified discrete cosine transform: overlapping frames, yet no more numbers than samples.

Lecture: music_generation
"""

import numpy as np

from ._checks import mdct as _checks


def mdct_of_frame(frame: np.ndarray) -> np.ndarray:
    """N numbers from 2N windowed samples: ``X[k] = √(2/N) Σ_n w[n] x[n] cos(π/N (n + ½ + N/2)(k + ½))``.

    The window is the sine ``w[n] = sin(π (n + ½) / 2N)``. By the definition, in N · 2N steps.

    Parameters
    ----------
    frame : ndarray, shape (2N,)

    Returns
    -------
    ndarray, shape (N,), float64

    Source: Princen & Bradley 1986, IEEE Transactions on Acoustics, Speech and Signal Processing 34(5).
    Lecture: music_generation
    """
    frame = _checks.frame_of_two_halves(frame)
    n_bins = len(frame) // 2
    n, k = np.arange(2 * n_bins), np.arange(n_bins)[:, np.newaxis]
    waves = np.cos(np.pi / n_bins * (n + 0.5 + n_bins / 2) * (k + 0.5))
    return np.sqrt(2 / n_bins) * waves @ (_sine_window(n_bins) * frame)


def _sine_window(n_bins: int) -> np.ndarray:
    """``sin(π (n + ½) / 2N)``: its square and that of the half beside it add up to 1."""
    return np.sin(np.pi * (np.arange(2 * n_bins) + 0.5) / (2 * n_bins))


def _dct4(x: np.ndarray) -> np.ndarray:
    """``√(2/N) Σ_n x[n] cos(π/N (n + ½)(k + ½))`` along the last axis: its own inverse."""
    from scipy.fft import dct

    return dct(x, type=4, axis=-1, norm="ortho")


def mdct(signal: np.ndarray, n_bins: int = 40) -> np.ndarray:
    """The MDCT of a signal, one frame each ``n_bins`` samples: as many numbers as samples, but for the edges.

    Each frame of 2N samples is folded to N (its outer quarters are turned over and added to or taken from the inner
    ones), and the DCT-IV of these is taken. The whole is orthonormal: ``Σ X² = Σ x²``.

    Parameters
    ----------
    signal : ndarray, shape (…, time)
    n_bins : int, samples, even
        N: bins of a frame, and the hop.

    Returns
    -------
    ndarray, shape (…, freq, time), the dtype of ``signal``
        N bins, bin k around ``(k + ½) f_s / 2N``; ⌈time / N⌉ + 1 frames, N zeros standing before the signal.

    Source: Princen & Bradley 1986; folding as in Malvar 1992, *Signal Processing with Lapped Transforms*.
    Lecture: music_generation
    """
    signal, n_bins = _checks.signal(signal), _checks.even_bins(n_bins)
    n_frames = -(-signal.shape[-1] // n_bins) + 1
    padding = (n_bins, n_frames * n_bins - signal.shape[-1])
    padded = np.pad(signal.astype(np.float64), [(0, 0)] * (signal.ndim - 1) + [padding])
    blocks = padded.reshape(*signal.shape[:-1], n_frames + 1, 2, n_bins // 2)
    window = _sine_window(n_bins).reshape(4, n_bins // 2)
    a, b = blocks[..., :-1, 0, :] * window[0], blocks[..., :-1, 1, :] * window[1]
    c, d = blocks[..., 1:, 0, :] * window[2], blocks[..., 1:, 1, :] * window[3]
    folded = np.concatenate([-c[..., ::-1] - d, a - b[..., ::-1]], axis=-1)
    return np.swapaxes(_dct4(folded), -1, -2).astype(signal.dtype)


def imdct(spectrum: np.ndarray, *, length: int | None = None) -> np.ndarray:
    """The signal of an MDCT: each frame is unfolded and windowed again, and what aliases in one cancels in the next.

    Parameters
    ----------
    spectrum : ndarray, shape (…, freq, time)
        From ``mdct``: N bins, N even.
    length : int, samples, optional
        Of the signal; N · (frames − 1) by default.

    Returns
    -------
    ndarray, shape (…, time), the dtype of ``spectrum``
        ``imdct(mdct(x), length=len(x))`` equals x, since ``w[n]² + w[n + N]² = 1``.

    Source: Princen & Bradley 1986. Lecture: music_generation
    """
    spectrum = _checks.spectrum(spectrum, real=True)
    n_bins, n_frames = _checks.even_bins(spectrum.shape[-2], "the number of bins"), spectrum.shape[-1]
    longest = n_bins * (_checks.two_frames(n_frames) - 1)
    length = longest if length is None else _checks.count(length, "length", maximum=longest)
    folded = _dct4(np.swapaxes(spectrum.astype(np.float64), -1, -2))
    half = n_bins // 2
    first, second = folded[..., :half], folded[..., half:]
    window = _sine_window(n_bins)
    early = np.concatenate([second, -second[..., ::-1]], axis=-1) * window[:n_bins]
    late = np.concatenate([-first[..., ::-1], -first], axis=-1) * window[n_bins:]
    blocks = late[..., :-1, :] + early[..., 1:, :]
    return blocks.reshape(*blocks.shape[:-2], -1)[..., :length].astype(spectrum.dtype)
