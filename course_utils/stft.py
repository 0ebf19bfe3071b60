"""Short-time Fourier transform: frames, spectrograms, and the way back.

Signals are ``(…, time)``, spectrograms ``(…, freq, time)``. Lecture: stft
"""

import math
from typing import NamedTuple

import numpy as np
import scipy.fft

from ._checks import stft as _checks
from .dft import window as make_window

_BLOCK_VALUES = 1 << 18  # frames are transformed in blocks of about 1 MB of float32, which stay in the cache


class _Grid(NamedTuple):
    """What analysis and synthesis must agree on."""

    n_fft: int
    hop_length: int
    window: np.ndarray  # (n_fft,), the window centred between zeros
    center: bool


def frame(signal: np.ndarray, *, frame_length: int, hop_length: int) -> np.ndarray:
    """Overlapping pieces of a signal, without copying: ``frames[…, n, m] = x[…, m · hop + n]``.

    Parameters
    ----------
    signal : ndarray, shape (…, time)
    frame_length, hop_length : int, samples

    Returns
    -------
    ndarray, shape (…, frame_length, n_frames)
        A read-only view; ``n_frames = 1 + (time − frame_length) // hop_length``. A shorter rest is left out.

    Raises
    ------
    ValueError
        If the signal is shorter than one frame.

    Lecture: stft
    """
    signal = _checks.signal(signal)
    frame_length, hop_length = _checks.count(frame_length, "frame_length"), _checks.count(hop_length, "hop_length")
    _checks.fits_signal(frame_length, signal.shape[-1], "frame_length")
    pieces = np.lib.stride_tricks.sliding_window_view(signal, frame_length, axis=-1)
    return np.swapaxes(pieces[..., ::hop_length, :], -1, -2)


def _grid(n_fft: int, hop_length: int | None, win_length: int | None, window: str | np.ndarray, center: bool) -> _Grid:
    """Defaults filled in, everything checked, the window padded to ``n_fft``."""
    n_fft, center = _checks.count(n_fft, "n_fft"), _checks.switch(center, "center")
    if not isinstance(window, str):
        window = _checks.array(window, "window", real=True, one_axis=True, largest=_checks.LARGEST_PEAK)
        win_length = len(window) if win_length is None else win_length
    win_length = n_fft if win_length is None else _checks.count(win_length, "win_length")
    _checks.window_fits(win_length, n_fft)
    hop_length = max(1, win_length // 4) if hop_length is None else _checks.count(hop_length, "hop_length")
    if isinstance(window, str):
        window = make_window(window, win_length)
    _checks.window_length(window, win_length)
    before = (n_fft - win_length) // 2
    return _Grid(n_fft, hop_length, np.pad(window, (before, n_fft - win_length - before)), center)


def _blocks(by_frame: np.ndarray, grid: _Grid) -> list[slice]:
    """Slices along the frames of (…, frames, values), each small enough for the processor's cache."""
    n_signals = math.prod(by_frame.shape[:-2])
    step = max(1, _BLOCK_VALUES // (grid.n_fft * max(1, n_signals)))
    return [slice(start, start + step) for start in range(0, by_frame.shape[-2], step)]


def _analyse(signal: np.ndarray, grid: _Grid, pad_mode: str = "constant") -> np.ndarray:
    """Frame, window, transform: (…, time) → (…, freq, frames)."""
    if grid.center:
        n_pad = grid.n_fft // 2
        signal = np.pad(signal, [(0, 0)] * (signal.ndim - 1) + [(n_pad, n_pad)], mode=pad_mode)
    frames = np.swapaxes(frame(signal, frame_length=grid.n_fft, hop_length=grid.hop_length), -1, -2)
    window = grid.window.astype(signal.dtype)
    dtype = np.complex64 if signal.dtype == np.float32 else np.complex128
    spectrum = np.empty((*frames.shape[:-1], grid.n_fft // 2 + 1), dtype)  # (…, frames, freq)
    for block in _blocks(frames, grid):
        spectrum[..., block, :] = scipy.fft.rfft(frames[..., block, :] * window)
    return np.swapaxes(spectrum, -1, -2)


def _hops(grid: _Grid) -> int:
    """How many hops a frame reaches over, rounded up."""
    return -(-grid.n_fft // grid.hop_length)


def _overlap_add(frames: np.ndarray, grid: _Grid, total: np.ndarray, first: int = 0) -> None:
    """Add frames (…, n_frames, n_fft) to ``total`` (…, n_hops, hop_length), frame 0 at hop ``first``.

    Every frame is cut into pieces of one hop; piece p of all frames is added in one go, p hops late.
    """
    for p in range(_hops(grid)):
        piece = frames[..., p * grid.hop_length : (p + 1) * grid.hop_length]
        total[..., first + p : first + p + frames.shape[-2], : piece.shape[-1]] += piece


def _divisor(grid: _Grid, n_frames: int, dtype: type) -> np.ndarray:
    """The squared windows of all frames, summed: (time,). Infinite where the sum is zero and nothing was seen.

    Away from the ends the sum repeats with every hop, so a few frames tell all of it.
    """
    n_few = min(n_frames, _hops(grid))
    total = np.zeros((n_few + _hops(grid) - 1, grid.hop_length), dtype)
    _overlap_add(np.broadcast_to((grid.window**2).astype(dtype), (n_few, grid.n_fft)), grid, total)
    repeats = np.ones(len(total), int)
    repeats[_hops(grid) - 1] += n_frames - n_few
    total = np.repeat(total, repeats, axis=0).reshape(-1)[: (n_frames - 1) * grid.hop_length + grid.n_fft]
    total[total <= np.finfo(dtype).eps * total.max()] = np.inf
    return total


def _synthesise(spectrum: np.ndarray, grid: _Grid, divisor: np.ndarray) -> np.ndarray:
    """Transform back, window again, overlap-add, divide: (…, freq, frames) → (…, time)."""
    by_frame = np.swapaxes(spectrum, -1, -2)
    n_frames, window = by_frame.shape[-2], grid.window.astype(divisor.dtype)
    total = np.zeros((*by_frame.shape[:-2], n_frames + _hops(grid) - 1, grid.hop_length), divisor.dtype)
    for block in _blocks(by_frame, grid):
        frames = scipy.fft.irfft(by_frame[..., block, :], n=grid.n_fft)
        frames *= window
        _overlap_add(frames, grid, total, first=block.start)
    signal = total.reshape(*total.shape[:-2], -1)[..., : len(divisor)]
    signal /= divisor
    return signal


def stft(
    signal: np.ndarray,
    *,
    n_fft: int = 2048,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: str | np.ndarray = "hann",
    center: bool = True,
    pad_mode: str = "constant",
) -> np.ndarray:
    """The spectrum of each windowed frame: ``X[k, m] = Σ_n w[n] x[m H + n] e^(−2πi k n / N)``.

    Parameters
    ----------
    signal : ndarray, shape (…, time), full scale ±1
    n_fft : int, samples
        N, even or odd.
    hop_length : int, samples
        H, from one frame to the next; a quarter of the window by default.
    win_length : int, samples
        Length of the window, at most N, centred in the frame; N by default.
    window : str or ndarray, shape (win_length,)
        A name that ``dft.window`` knows (periodic), or the values themselves.
    center : bool
        Pad by ``N // 2`` at both ends, so that frame m is centred on sample ``m H``; else it begins there.
    pad_mode : str
        How to pad, as in ``numpy.pad``: "constant" (zeros), "reflect", "edge".

    Returns
    -------
    ndarray, shape (…, freq, time), complex64 for float32 input, else complex128
        ``N // 2 + 1`` bins; ``1 + (time − N mod 2) // H`` frames if centred. Equal to ``librosa.stft``.

    Raises
    ------
    ValueError
        If the signal is shorter than a frame and ``center=False``, or a length is out of range.

    Source: Allen & Rabiner 1977, Proceedings of the IEEE 65(11).
    Lecture: stft
    """
    signal = _checks.signal(signal)
    grid = _grid(n_fft, hop_length, win_length, window, center)
    _checks.choice(pad_mode, "pad_mode", ("constant", "reflect", "edge"))
    if grid.center:
        _checks.reflects(signal.shape[-1], grid.n_fft // 2, pad_mode)
    else:
        _checks.fits_signal(grid.n_fft, signal.shape[-1])
    _checks.spectrogram_fits(signal.shape, grid.n_fft, grid.hop_length, signal.itemsize)
    return _analyse(signal, grid, pad_mode)


def _points(spectrum: np.ndarray, n_fft: int | None) -> int:
    """How many points the transform had, an even number by default; a single bin is that of one point."""
    return max(1, 2 * (spectrum.shape[-2] - 1)) if n_fft is None else _checks.count(n_fft, "n_fft")


def _inverse_grid(
    spectrum: np.ndarray,
    n_fft: int | None,
    hop_length: int | None,
    win_length: int | None,
    window: str | np.ndarray,
    center: bool,
) -> _Grid:
    """The grid of a spectrum that is to become a signal: invertible, and matching its number of bins."""
    n_fft = _points(spectrum, n_fft)
    _checks.bins_match(spectrum.shape[-2], n_fft)
    grid = _grid(n_fft, hop_length, win_length, window, center)
    dual_window(grid.window, hop_length=grid.hop_length)  # raises where NOLA does not hold
    return grid


def _span(divisor: np.ndarray, grid: _Grid, length: int | None) -> slice:
    """Where the signal lies between the padding of a centred transform; refuses samples that no frame has seen."""
    begin = grid.n_fft // 2 if grid.center else 0
    end = len(divisor) - begin if length is None else begin + _checks.count(length, "length")
    seen = np.pad(np.isfinite(divisor), (0, max(0, end - len(divisor))))[begin:end]
    if not grid.center:  # the outermost samples may lie under zeros of the window; only gaps inside are an error
        seen[: grid.n_fft] = seen[max(0, len(divisor) - grid.n_fft) : len(divisor)] = True
    _checks.covered(seen, grid.hop_length)
    return slice(begin, end)


def istft(
    spectrum: np.ndarray,
    *,
    n_fft: int | None = None,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: str | np.ndarray = "hann",
    center: bool = True,
    length: int | None = None,
) -> np.ndarray:
    """The signal whose STFT is nearest: ``x[n] = Σ_m w[n − mH] y_m[n − mH] / Σ_m w²[n − mH]``.

    ``y_m`` is the inverse DFT of frame m. This is overlap-add with the dual window, exact at the ends too, and
    ``istft(stft(x), length=len(x))`` returns x.

    Parameters
    ----------
    spectrum : ndarray, shape (…, freq, time), complex
    n_fft : int, samples
        Needed if it was odd; ``2 (freq − 1)`` by default.
    hop_length, win_length, window, center : as in ``stft``
    length : int, samples
        Length of the result; by default what the frames hold.

    Returns
    -------
    ndarray, shape (…, time), float32 for complex64 input, else float64
        With ``center=False`` the outermost samples, which the window multiplied by zero, come back as 0.

    Raises
    ------
    ValueError
        If NOLA does not hold: some sample is under no frame, or under zeros of the window only.

    Source: Griffin & Lim 1984, IEEE Transactions on ASSP 32(2), equation 6.
    Lecture: stft
    """
    spectrum = _checks.spectrum(spectrum)
    grid = _inverse_grid(spectrum, n_fft, hop_length, win_length, window, center)
    dtype = np.float32 if spectrum.dtype in (np.complex64, np.float32) else np.float64
    divisor = _divisor(grid, spectrum.shape[-1], dtype)
    span = _span(divisor, grid, length)
    return _synthesise(spectrum, grid, divisor)[..., span]


def _shifted_sum(values: np.ndarray, hop_length: int) -> np.ndarray:
    """``Σ_m v[n − m H]`` for n = 0 … H−1: what the copies of v add up to, one period of it."""
    padded = np.pad(values, (0, -len(values) % hop_length))
    return padded.reshape(-1, hop_length).sum(axis=0)


def dual_window(window: np.ndarray, *, hop_length: int) -> np.ndarray:
    """The window that undoes the analysis: ``w̃[n] = w[n] / Σ_m w²[n − m H]``.

    ``Σ_m w[n − mH] w̃[n − mH] = 1`` for every n, and the dual of the dual is w.

    Parameters
    ----------
    window : array_like, shape (time,), real
    hop_length : int, samples
        H, at most the length of the window.

    Returns
    -------
    ndarray, shape (time,)

    Raises
    ------
    ValueError
        If NOLA does not hold: the sum falls to zero somewhere.

    Lecture: stft
    """
    window = _checks.array(window, "window", real=True, one_axis=True, largest=_checks.LARGEST_PEAK)
    hop_length = _checks.count(hop_length, "hop_length")
    _checks.hop_fits(hop_length, len(window))
    total = _shifted_sum(window**2, hop_length)
    _checks.nola(total, hop_length)
    return window / np.resize(total, len(window))


def cola_error(window: np.ndarray, *, hop_length: int) -> float:
    """How far shifted windows are from a constant sum: ``max_n |s[n] / mean(s) − 1|``, ``s[n] = Σ_m w[n − mH]``.

    Parameters
    ----------
    window : array_like, shape (time,), real
    hop_length : int, samples
        H, at most the length of the window.

    Returns
    -------
    float
        0 where COLA (constant overlap-add) holds; 1 where the sum falls to zero or doubles.

    Lecture: stft
    """
    window = _checks.sum_not_zero(
        _checks.array(window, "window", real=True, one_axis=True, largest=_checks.LARGEST_PEAK), "window"
    )
    hop_length = _checks.count(hop_length, "hop_length")
    _checks.hop_fits(hop_length, len(window))
    total = _shifted_sum(window, hop_length)
    return float(np.abs(total / total.mean() - 1).max())


def spectrogram(
    signal: np.ndarray,
    *,
    n_fft: int = 2048,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: str | np.ndarray = "hann",
    center: bool = True,
    pad_mode: str = "constant",
    power: float = 2.0,
) -> np.ndarray:
    """Magnitude to a power: ``S[k, m] = |X[k, m]|^power``.

    Parameters
    ----------
    signal : ndarray, shape (…, time), full scale ±1
    n_fft, hop_length, win_length, window, center, pad_mode : as in ``stft``
    power : float
        2 for the power spectrogram (``power_to_db``), 1 for the magnitude (``amplitude_to_db``).

    Returns
    -------
    ndarray, shape (…, freq, time), real, not negative

    Lecture: stft
    """
    power = _checks.number(power, "power", above=0, at_most=10)
    spectrum = stft(
        signal,
        n_fft=n_fft,
        hop_length=hop_length,
        win_length=win_length,
        window=window,
        center=center,
        pad_mode=pad_mode,
    )
    return spectrum.real**2 + spectrum.imag**2 if power == 2 else np.abs(spectrum) ** power


def griffin_lim(
    magnitude: np.ndarray,
    *,
    rng: np.random.Generator,
    n_iter: int = 32,
    n_fft: int | None = None,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: str | np.ndarray = "hann",
    center: bool = True,
    momentum: float = 0.99,
    length: int | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """A signal whose spectrogram is ``magnitude``: invert, analyse, keep the phase, restore the magnitude, repeat.

    ``C_i = stft(istft(S e^{iφ_i}))``, then ``φ_{i+1} = ∠(C_i + α (C_i − C_{i−1}))`` with the momentum α; α = 0 is the
    classic algorithm. Spectral convergence is ``‖|C_i| − S‖ / ‖S‖`` over all bins and frames.

    Parameters
    ----------
    magnitude : ndarray, shape (…, freq, time), real, not negative
        Magnitude, not power.
    rng : numpy.random.Generator
        Draws the first phase.
    n_iter : int
    n_fft, hop_length, win_length, window, center : as in ``stft``
    momentum : float, 0…1
    length : int, samples
        Length of the result.

    Returns
    -------
    signal : ndarray, shape (…, time)
    convergence : ndarray, shape (n_iter,)
        Spectral convergence at each step; 0 means that a consistent phase was found.

    Source: Griffin & Lim 1984; momentum: Perraudin, Balazs & Søndergaard 2013.
    Lecture: stft
    """
    magnitude = _checks.non_negative(_checks.spectrum(magnitude, "magnitude", real=True), "magnitude")
    n_iter = _checks.count(n_iter, "n_iter")
    momentum = _checks.number(momentum, "momentum", at_least=0, at_most=1)
    grid = _inverse_grid(magnitude, n_fft, hop_length, win_length, window, center)
    magnitude = np.swapaxes(np.ascontiguousarray(np.swapaxes(magnitude, -1, -2)), -1, -2)  # frame by frame in memory
    scale = _checks.power_of_two_above(magnitude)
    magnitude = magnitude / scale
    divisor = _divisor(grid, magnitude.shape[-1], magnitude.dtype)
    span = _span(divisor, grid, length)
    turns = _checks.generator(rng).random(magnitude.shape, magnitude.dtype)
    spectrum, previous = magnitude * np.exp(2j * np.pi * turns).astype(np.result_type(magnitude, np.complex64)), 0
    convergence, size = np.zeros(n_iter), max(np.linalg.norm(magnitude), 1e-30)
    for i in range(n_iter):
        consistent = _make_consistent(spectrum, grid, divisor, span)
        convergence[i] = np.linalg.norm(_magnitude(consistent) - magnitude) / size
        spectrum = consistent + momentum * (consistent - previous)
        spectrum *= magnitude / np.maximum(_magnitude(spectrum), 1e-30)
        previous = consistent
    return scale * _synthesise(spectrum, grid, divisor)[..., span], convergence


def _magnitude(spectrum: np.ndarray) -> np.ndarray:
    """|X| in the precision of X; faster than ``numpy.abs``, which guards against overflow that sound never meets."""
    return np.sqrt(spectrum.real**2 + spectrum.imag**2)


def _make_consistent(spectrum: np.ndarray, grid: _Grid, divisor: np.ndarray, span: slice) -> np.ndarray:
    """The spectrum of the signal that ``spectrum`` is turned into: ``stft(istft(X))``."""
    signal = _synthesise(spectrum, grid, divisor)
    if grid.center:  # crop and pad again: the padding is silent
        signal[..., : span.start] = signal[..., span.stop :] = 0
    return _analyse(signal, grid._replace(center=False))


def phase_vocoder(
    spectrum: np.ndarray, *, rate: float, hop_length: int | None = None, n_fft: int | None = None
) -> np.ndarray:
    """Play frames at another speed and keep the pitch: magnitudes interpolated, phases advanced by what was measured.

    Output frame m reads input at ``t = m · rate``. Between input frames the phase of bin k grows by
    ``2π k H / N`` and a rest, wrapped to ±π, that tells how far the partial lies from the bin's centre.

    Parameters
    ----------
    spectrum : ndarray, shape (…, freq, time), complex
        From ``stft`` with the same ``n_fft`` and ``hop_length``.
    rate : float
        2 is twice as fast, 0.5 half as fast.
    hop_length : int, samples
        H; a quarter of ``n_fft`` by default.
    n_fft : int, samples
        N; ``2 (freq − 1)`` by default.

    Returns
    -------
    ndarray, shape (…, freq, ceil(time / rate)), complex
        Pass it to ``istft``. Equal to ``librosa.phase_vocoder``.

    Source: Flanagan & Golden 1966, Bell System Technical Journal 45; Laroche & Dolson 1999.
    Lecture: stft
    """
    spectrum = _checks.spectrum(spectrum)
    rate = _checks.number(rate, "rate", above=0)
    n_fft = _points(spectrum, n_fft)
    _checks.bins_match(spectrum.shape[-2], n_fft)
    hop_length = max(1, n_fft // 4) if hop_length is None else _checks.count(hop_length, "hop_length")
    n_frames = _checks.number(spectrum.shape[-1] / rate, "the number of frames / rate", at_most=_checks.LARGEST_COUNT)
    _checks.stretched_fits(spectrum.shape, n_frames)
    position = np.arange(0, spectrum.shape[-1], rate)
    left, fraction = position.astype(int), position % 1
    padded = np.pad(spectrum, [(0, 0)] * (spectrum.ndim - 1) + [(0, 2)])
    magnitude = (1 - fraction) * np.abs(padded[..., left]) + fraction * np.abs(padded[..., left + 1])
    expected = 2 * np.pi * hop_length / n_fft * np.arange(spectrum.shape[-2])[:, np.newaxis]
    rest = np.angle(padded[..., left + 1]) - np.angle(padded[..., left]) - expected
    rest -= 2 * np.pi * np.round(rest / (2 * np.pi))
    advance = np.cumsum((expected + rest)[..., :-1], axis=-1)
    phase = np.angle(spectrum[..., :1]) + np.pad(advance, [(0, 0)] * (spectrum.ndim - 1) + [(1, 0)])
    return (magnitude * np.exp(1j * phase)).astype(np.result_type(spectrum, np.complex64))
