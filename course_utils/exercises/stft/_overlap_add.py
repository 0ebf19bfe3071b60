"""Ways to add up frames: right ones and wrong ones, which the check of ``resynthesise`` knows."""

import numpy as np

from ... import stft as package


def _adding_up(spectrum, window, hop_length, *, synthesis, divisor):
    """Overlap-add with weights after, divided by what other weights have added up to."""
    n_fft, n_frames = len(window), np.shape(spectrum)[-1]
    pieces = np.fft.irfft(spectrum, n_fft, axis=-2)
    total = np.zeros((*np.shape(spectrum)[:-2], (n_frames - 1) * hop_length + n_fft))
    seen = np.zeros(total.shape[-1])
    for m in range(n_frames):
        here = slice(m * hop_length, m * hop_length + n_fft)
        total[..., here] += synthesis * pieces[..., m]
        seen[here] += divisor
    return total, seen


def _where_seen(total, seen):
    return total / np.where(seen == 0, np.inf, seen)


def _added(synthesis=lambda window: window, weights=np.square, divide=_where_seen):
    """Overlap-add with another second window, another sum below, or another division."""

    def resynthesis(spectrum, window, *, hop_length):
        sums = _adding_up(spectrum, window, hop_length, synthesis=synthesis(window), divisor=weights(window))
        with np.errstate(all="ignore"):
            return divide(*sums)

    return resynthesis


def _guarded(guard):
    """The sum below replaced by ``guard`` of it."""
    return _added(divide=lambda total, seen: total / guard(seen))


def _one_signal_only(spectrum, window, *, hop_length):
    x = np.zeros((np.shape(spectrum)[-1] - 1) * hop_length + len(window))
    seen = np.full_like(x, 1e-300)
    for m in range(np.shape(spectrum)[-1]):
        here = slice(m * hop_length, m * hop_length + len(window))
        x[here] += window * np.fft.irfft(spectrum[:, m], len(window))
        seen[here] += window**2
    return x / seen


def _dual_window_for_all(spectrum, window, *, hop_length):
    dual = package.dual_window(window, hop_length=hop_length)
    return _adding_up(spectrum, window, hop_length, synthesis=dual, divisor=0)[0]


def _even_only(spectrum, window, *, hop_length):
    pieces = np.fft.irfft(spectrum, axis=-2)
    total = np.zeros((*np.shape(spectrum)[:-2], (np.shape(spectrum)[-1] - 1) * hop_length + len(window)))
    seen = np.full(total.shape[-1], 1e-300)
    for m in range(np.shape(spectrum)[-1]):
        here = slice(m * hop_length, m * hop_length + len(window))
        total[..., here] += window * pieces[..., m]
        seen[here] += window**2
    return total / seen


def _by_dual_windows(spectrum, window, *, hop_length):
    """Every frame with the weights that belong to its place, then added."""
    n_fft, (n_frames,) = len(window), np.shape(spectrum)[-1:]
    laid = np.zeros((n_frames, (n_frames - 1) * hop_length + n_fft))
    for m, row in enumerate(laid):
        row[m * hop_length : m * hop_length + n_fft] = window
    weights = laid / np.maximum((laid**2).sum(axis=0), 1e-12)
    pieces = np.fft.irfft(np.swapaxes(spectrum, -1, -2), n=n_fft)
    said = np.zeros((*pieces.shape[:-1], laid.shape[-1]))
    for m in range(n_frames):
        said[..., m, m * hop_length : m * hop_length + n_fft] = pieces[..., m, :]
    return (weights * said).sum(axis=-2)
