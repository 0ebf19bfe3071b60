"""Gammatone filters: the ERB scale, Slaney's cascade, gammatonegrams and cochleagrams.

Signals are ``(…, time)``, banks add an axis before time: ``(…, channel, time)``. Banks that place their own centres
have the lowest channel first. Lecture: gammatone
"""

import math
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import scipy.fft

from ._checks import gammatone as _checks
from .dft import frequencies_hz
from .filters import lfilter_loop
from .stft import frame, stft

METHODS = ("exact", "fft")

_EAR_Q = 9.26449  # Slaney's two numbers: a channel is f / 9.26449 + 24.7 Hz wide
_MIN_BANDWIDTH_HZ = 24.7
_WIDTH_PER_ERB = 1.019  # b of a gammatone of order 4 over its equivalent rectangular bandwidth

# Stands for 0 in a bank's input: without it a channel that dies away reaches subnormal numbers, with which processors
# are a hundred times slower. It is lost in the rounding of every other sample, and what comes of it is 0 again.
_FAINT = 1e-200
_SILENT = 1e-150
_TIME_CONSTANTS = 28  # t³ e^(−t) has then fallen to 1e-8 of its peak


# ------------------------------------------------------------------------------------------- scales


def erb_bandwidth_hz(frequency_hz: np.ndarray) -> np.ndarray:
    """Width of the ear's filter at a frequency: ``ERB = 24.7 (4.37 f / 1000 + 1)``.

    The equivalent rectangular bandwidth is the width of the box with the same peak and the same area under its power
    response: 132.6 Hz at 1 kHz.

    Parameters
    ----------
    frequency_hz : array_like or float, Hz, not negative

    Returns
    -------
    ndarray or scalar, same shape, Hz

    Source: Glasberg & Moore 1990, Hearing Research 47, equation 3.
    Lecture: gammatone
    """
    return 24.7 * (0.00437 * _checks.not_below_zero(frequency_hz, "frequency_hz") + 1)


def hz_to_erb_rate(frequency_hz: np.ndarray) -> np.ndarray:
    """How many ear filters lie side by side below a frequency: ``E = 21.4 log₁₀(1 + 0.00437 f)``.

    Parameters
    ----------
    frequency_hz : array_like or float, Hz, not negative

    Returns
    -------
    ndarray or scalar, same shape, ERB
        15.6 at 1 kHz.

    Source: Glasberg & Moore 1990, Hearing Research 47, equation 4.
    Lecture: gammatone
    """
    return 21.4 * np.log10(1 + 0.00437 * _checks.not_below_zero(frequency_hz, "frequency_hz"))


def erb_rate_to_hz(erb_rate: np.ndarray) -> np.ndarray:
    """The inverse of ``hz_to_erb_rate``: ``f = (10^(E / 21.4) − 1) / 0.00437``.

    Parameters
    ----------
    erb_rate : array_like or float, ERB, not negative

    Returns
    -------
    ndarray or scalar, same shape, Hz

    Lecture: gammatone
    """
    erb_rate = _checks.not_below_zero(erb_rate, "erb_rate")
    _checks.number(erb_rate.max(), "the largest erb_rate", at_most=300)  # 2e16 Hz
    return (10 ** (erb_rate / 21.4) - 1) / 0.00437


def erb_space_hz(*, f_min: float, f_max: float, n_channels: int) -> np.ndarray:
    """Centre frequencies at equal steps of the ERB scale, from high to low as Slaney has them.

    With ``c = 9.26449 · 24.7``: ``f_i = (f_max + c) ((f_min + c) / (f_max + c))^(i/n) − c`` for i = 1 … n. The last
    one is ``f_min``; the first one lies a step below ``f_max``.

    Parameters
    ----------
    f_min, f_max : float, Hz
    n_channels : int

    Returns
    -------
    ndarray, shape (n_channels,), Hz, falling
        Equal to ``gammatone.filters.erb_space``. Turn it round, ``[::-1]``, for the rows of a gammatonegram.

    Raises
    ------
    ValueError
        If ``f_min`` is not above 0 or not below ``f_max``.

    Source: Slaney 1993, Apple Technical Report 35.
    Lecture: gammatone
    """
    f_min = _checks.number(f_min, "f_min", above=0)
    f_min, f_max = _checks.band(f_min, f_max)
    n_channels = _checks.count(n_channels, "n_channels", maximum=_checks.LARGEST_TABLE)
    c = _EAR_Q * _MIN_BANDWIDTH_HZ
    steps = np.arange(1, n_channels + 1) / n_channels
    space_hz = (f_max + c) * ((f_min + c) / (f_max + c)) ** steps - c
    space_hz[-1] = f_min  # without the rounding, which could make a very low one negative
    return space_hz


# ------------------------------------------------------------------------------------------ filters


def gammatone_impulse_response(
    frequency_hz: float, *, duration_s: float, sample_rate: float, order: int = 4
) -> np.ndarray:
    """A tone in a skewed bell: ``g(t) = a t^(n−1) e^(−2π b t) cos(2π f t)``, scaled to gain 1 at f.

    ``b = ERB(f) · (n−1)!² 4^(n−1) / (π (2n−2)!)`` makes the filter as wide as the ear's, whatever the order:
    1.0186 ERB for order 4, which Slaney rounds to 1.019.

    Parameters
    ----------
    frequency_hz : float, Hz
        f, between 0 and the Nyquist frequency.
    duration_s : float, s
        Where the response is cut off; 0.1 s hold all of it above 100 Hz.
    sample_rate : float, Hz
    order : int
        n, up to 16.

    Returns
    -------
    ndarray, shape (time,), float64

    Source: Patterson et al. 1987, APU report 2341; b: Holdsworth et al. 1988, its annex C.
    Lecture: gammatone
    """
    sample_rate = _checks.sample_rate(sample_rate)
    frequency_hz = _checks.cutoff(frequency_hz, sample_rate)
    n = _checks.count(order, "order", maximum=16)
    t = np.arange(_checks.n_samples(duration_s, sample_rate)) / sample_rate
    per_erb = math.factorial(n - 1) ** 2 * 4 ** (n - 1) / (math.pi * math.factorial(2 * n - 2))
    b = per_erb * erb_bandwidth_hz(frequency_hz)
    response = (b * t) ** (n - 1) * np.exp(-2 * math.pi * b * t) * np.cos(2 * math.pi * frequency_hz * t)
    gain = abs(np.sum(response * np.exp(-2j * math.pi * frequency_hz * t)))
    return response / _checks.response_is_held(gain, duration_s, sample_rate)


def _width_hz(center_hz: np.ndarray) -> np.ndarray:
    """Slaney's b: the envelope of a channel falls with e^(−2π b t)."""
    return _WIDTH_PER_ERB * (center_hz / _EAR_Q + _MIN_BANDWIDTH_HZ)


def _zeros_and_pole(center_hz: np.ndarray, sample_rate: float) -> tuple[np.ndarray, np.ndarray]:
    """Slaney's design: the real zeros of the four stages (channel, 4), and the pole that all share (channel, 1)."""
    theta = 2 * math.pi * center_hz[:, np.newaxis] / sample_rate
    radius = np.exp(-2 * math.pi * _width_hz(center_hz)[:, np.newaxis] / sample_rate)
    wide, narrow = math.sqrt(3 + 2**1.5), math.sqrt(3 - 2**1.5)
    zeros = radius * (np.cos(theta) + np.array([wide, -wide, narrow, -narrow]) * np.sin(theta))
    return zeros, radius * np.exp(1j * theta)


def _stage_responses(zeros: np.ndarray, pole: np.ndarray, z: np.ndarray) -> np.ndarray:
    """``z (z − zero) / ((z − pole) (z − pole*))`` on the unit circle.

    As differences from the poles, which keep their digits near the circle where coefficients lose them.
    """
    return z * (z - zeros) / ((z - pole) * (z - pole.conj()))


def _center_gains(center_hz: np.ndarray, sample_rate: float) -> np.ndarray:
    """Magnitude of each unscaled stage at the centre: (channel, 4)."""
    z = np.exp(2j * math.pi * center_hz[:, np.newaxis] / sample_rate)
    return np.abs(_stage_responses(*_zeros_and_pole(center_hz, sample_rate), z))


def _responses(center_hz: np.ndarray, sample_rate: float, frequency_hz: np.ndarray) -> np.ndarray:
    """The cascades' complex responses: (channel, freq)."""
    zeros, pole = _zeros_and_pole(center_hz, sample_rate)
    z = np.exp(2j * math.pi * frequency_hz / sample_rate)
    responses = 1 / np.prod(_center_gains(center_hz, sample_rate), axis=1, keepdims=True)
    for stage in range(4):
        responses = responses * _stage_responses(zeros[:, [stage]], pole, z)
    return responses


def gammatone_sections(center_hz: np.ndarray, *, sample_rate: float) -> np.ndarray:
    """Slaney's gammatone filters of order 4 as four biquads in a row, each with gain 1 at the centre.

    Multiplied out, the eight poles would stand so close that rounding moves them off the unit disc.

    Parameters
    ----------
    center_hz : array_like, shape (channel,), Hz
        Each between 0 and the Nyquist frequency.
    sample_rate : float, Hz

    Returns
    -------
    ndarray, shape (channel, 4, 6), float64
        ``b[0], b[1], b[2], a[0], a[1], a[2]`` of each stage, as ``scipy.signal.sosfilt`` takes them. The product of
        the stages is ``gammatone.filters.make_erb_filters`` with its gain divided out.

    Raises
    ------
    ValueError
        If a centre is 0, the Nyquist frequency, or beyond.

    Source: Slaney 1993, Apple Technical Report 35.
    Lecture: gammatone
    """
    sample_rate = _checks.sample_rate(sample_rate)
    center_hz = _checks.centers(center_hz, sample_rate)
    zeros, pole = _zeros_and_pole(center_hz, sample_rate)
    gains = _center_gains(center_hz, sample_rate)
    sections = np.zeros((len(center_hz), 4, 6))
    sections[..., 0] = 1 / gains
    sections[..., 1] = -zeros / gains
    sections[..., 3] = 1
    sections[..., 4] = -2 * pole.real
    sections[..., 5] = np.abs(pole) ** 2
    return sections


def gammatone_filterbank_loop(signal: np.ndarray, *, center_hz: np.ndarray, sample_rate: float) -> np.ndarray:
    """The bank as it is defined: for each channel four difference equations, one after the other.

    Parameters
    ----------
    signal : array_like, shape (time,)
    center_hz : array_like, shape (channel,), Hz
    sample_rate : float, Hz

    Returns
    -------
    ndarray, shape (channel, time), float64

    Lecture: gammatone
    """
    channels = []
    for stages in gammatone_sections(center_hz, sample_rate=sample_rate):
        y = signal
        for stage in stages:
            y = lfilter_loop(stage[:3], stage[3:], y)
        channels.append(y)
    return np.array(channels)


def _by_cascade(signal: np.ndarray, center_hz: np.ndarray, sample_rate: float) -> Callable:
    """A channel's number → its output in float64, exact: the recursion as scipy has compiled it."""
    from scipy.signal import sosfilt

    sections, faint = gammatone_sections(center_hz, sample_rate=sample_rate), signal + np.float64(_FAINT)

    def run(channel):
        y = sosfilt(sections[channel], faint)
        y[np.abs(y) < _SILENT] = 0
        return y

    return run


def _by_overlap_save(signal: np.ndarray, center_hz: np.ndarray, sample_rate: float, n_tail: int) -> Callable:
    """A channel's number → its output in float32, at half the cost: blocks of spectrum times response.

    The first ``n_tail`` samples of a block, into which its end has wrapped round, are dropped. Only the spectrum of the
    signal is computed in float64: all that is rounded after it is rounded relative to the channel's own level.
    """
    n_time = signal.shape[-1]
    n_fft = 2 ** math.ceil(math.log2(5 * n_tail))
    step = n_fft - n_tail
    n_pad = [(0, 0)] * (signal.ndim - 1) + [(n_tail, -n_time % step)]
    blocks = frame(np.pad(signal.astype(np.float64), n_pad), frame_length=n_fft, hop_length=step)
    spectra = scipy.fft.rfft(np.swapaxes(blocks, -1, -2)).astype(np.complex64)
    bins_hz = frequencies_hz(n_fft, sample_rate=sample_rate)

    def run(channel):
        response = _responses(center_hz[[channel]], sample_rate, bins_hz)[0].astype(np.complex64)
        y = scipy.fft.irfft(spectra * response, n=n_fft)[..., n_tail:]
        return y.reshape(*signal.shape[:-1], -1)[..., :n_time]

    return run


def _each_channel(
    signal: np.ndarray, center_hz: np.ndarray, sample_rate: float, reduce: Callable, n_out: int
) -> np.ndarray:
    """``reduce`` of each channel's output: (…, time) → (…, channel, n_out).

    scipy lets go of Python's lock, so that as many channels run at once as there are processors.
    """
    n_tail = math.ceil(_TIME_CONSTANTS / (2 * math.pi * _width_hz(center_hz.min())) * sample_rate)
    if signal.dtype == np.float32 and signal.shape[-1] > n_tail:
        output_of = _by_overlap_save(signal, center_hz, sample_rate, n_tail)
    else:
        output_of = _by_cascade(signal, center_hz, sample_rate)
    out = np.empty((*signal.shape[:-1], len(center_hz), n_out), signal.dtype)

    def run(channel):
        out[..., channel, :] = reduce(output_of(channel))

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(run, range(len(center_hz))))
    return out


def gammatone_filterbank(signal: np.ndarray, *, center_hz: np.ndarray, sample_rate: float) -> np.ndarray:
    """What each place along the basilar membrane passes on: one band around each centre frequency.

    Parameters
    ----------
    signal : ndarray, shape (…, time), full scale ±1
    center_hz : array_like, shape (channel,), Hz
        Such as ``erb_space_hz(…)``; the channels keep its order.
    sample_rate : float, Hz

    Returns
    -------
    ndarray, shape (…, channel, time), float32 for float32 input, else float64
        Equal to ``gammatone.filters.erb_filterbank``; float32 with an error 120 dB or more below the
        channel's peak within a second. A channel lags by about ``3 / (2π b)``: 3.5 ms at 1 kHz.

    Raises
    ------
    ValueError
        If a centre is 0, the Nyquist frequency, or beyond.

    Source: Slaney 1993, Apple Technical Report 35.
    Lecture: gammatone
    """
    signal = _checks.signal(signal)
    sample_rate = _checks.sample_rate(sample_rate)
    center_hz = _checks.centers(center_hz, sample_rate)
    _checks.bank_fits(len(center_hz), signal.size)
    return _each_channel(signal, center_hz, sample_rate, lambda y: y, signal.shape[-1])


def _centers_hz(sample_rate: float, n_channels: int, f_min: float, f_max: float | None) -> np.ndarray:
    """Rising centres between ``f_min`` and ``f_max``, which is the Nyquist frequency by default."""
    sample_rate = _checks.sample_rate(sample_rate)
    f_max = _checks.frequency(sample_rate / 2 if f_max is None else f_max, sample_rate, "f_max")
    return erb_space_hz(f_min=f_min, f_max=f_max, n_channels=n_channels)[::-1]


def gammatone_weights(
    *, n_fft: int, sample_rate: float, n_channels: int = 64, f_min: float = 50.0, f_max: float | None = None
) -> np.ndarray:
    """Gammatone filters as weights of a magnitude spectrogram: ``W[i, k] = |H_i(e^(2πi k / N))|``.

    Parameters
    ----------
    n_fft : int, samples
        N, even or odd.
    sample_rate : float, Hz
    n_channels : int
    f_min, f_max : float, Hz
        As in ``erb_space_hz``; ``f_max`` is the Nyquist frequency by default.

    Returns
    -------
    ndarray, shape (n_channels, N // 2 + 1), float64
        The lowest channel first, 1 at each centre. Equal to ``gammatone.fftweight.fft_weights``.

    Source: Ellis 2009, *Gammatone-like spectrograms*.
    Lecture: gammatone
    """
    sample_rate = _checks.sample_rate(sample_rate)
    bins_hz = frequencies_hz(n_fft, sample_rate=sample_rate)
    n_channels = _checks.count(n_channels, "n_channels", maximum=max(1, _checks.LARGEST_TABLE // (4 * len(bins_hz))))
    center_hz = _checks.centers(_centers_hz(sample_rate, n_channels, f_min, f_max), sample_rate)
    return np.abs(_responses(center_hz, sample_rate, bins_hz))


def _grid(window_s: float, hop_s: float, sample_rate: float) -> tuple[int, int]:
    """Window and hop in samples; half a sample is rounded up, as in the package, and not to even."""
    sample_rate = _checks.sample_rate(sample_rate)
    for name, time_s in (("window_s", window_s), ("hop_s", hop_s)):
        _checks.n_samples(time_s, sample_rate, name)
    return tuple(math.floor(float(time_s) * sample_rate + 0.5) for time_s in (window_s, hop_s))


def _framed(signal: np.ndarray, center_hz: np.ndarray, sample_rate: float, grid: tuple, reduce: Callable) -> np.ndarray:
    """``reduce`` of the frames (…, time, frames) of each channel: (…, channel, frames)."""
    n_window, n_hop = grid
    n_frames = 1 + (signal.shape[-1] - n_window) // n_hop
    _checks.bank_fits(len(center_hz), signal.size // signal.shape[-1] * n_frames)

    def of_channel(y):
        return reduce(frame(y, frame_length=n_window, hop_length=n_hop))

    return _each_channel(signal, center_hz, sample_rate, of_channel, n_frames)


def gammatonegram(
    signal: np.ndarray,
    *,
    sample_rate: float,
    window_s: float = 0.025,
    hop_s: float = 0.010,
    n_channels: int = 64,
    f_min: float = 50.0,
    f_max: float | None = None,
    method: str = "exact",
) -> np.ndarray:
    """The level of each gammatone channel, frame by frame: ``G[i, m] = √(mean_n y_i[m H + n]²)``.

    "fft" weighs a magnitude spectrogram instead, ``G = W |X| / N``: with a Hann window of ``window_s`` and N the power
    of two from twice that on. It is faster and looks alike, yet adds up magnitudes where "exact" adds up powers, so
    their levels differ.

    Parameters
    ----------
    signal : ndarray, shape (…, time), full scale ±1
    sample_rate : float, Hz
    window_s, hop_s : float, s
        Rounded to samples, a half upwards. Frame m begins at sample m H; a shorter rest is left out.
    n_channels : int
    f_min, f_max : float, Hz
        As in ``erb_space_hz``; ``f_max`` is the Nyquist frequency by default.
    method : {"exact", "fft"}

    Returns
    -------
    ndarray, shape (…, n_channels, frames), float32 for float32 input, else float64
        Amplitude, not power; the lowest channel first. Equal to ``gammatone.gtgram.gtgram`` and
        ``gammatone.fftweight.fft_gtgram``; the latter leaves its last frame 0 if the frames fit to the sample.

    Raises
    ------
    ValueError
        If the signal is shorter than a frame, or the band is empty or reaches beyond the Nyquist frequency.

    Source: Slaney 1993, Apple Technical Report 35; Ellis 2009, *Gammatone-like spectrograms*.
    Lecture: gammatone
    """
    signal = _checks.signal(signal)
    grid = _grid(window_s, hop_s, sample_rate)
    if _checks.choice(method, "method", METHODS) == "exact":
        _checks.window_fits_signal(grid[0], signal.shape[-1], window_s)
        center_hz = _centers_hz(sample_rate, n_channels, f_min, f_max)
        scale = _checks.power_of_two_above(signal, axis=-1)
        scale = np.where((signal.dtype == np.float32) & (scale < 1e-9), scale, 1).astype(signal.dtype)
        rms = _framed(signal / scale, center_hz, sample_rate, grid, _rms_of_frames)  # float32 would lose the squares
        return rms * scale[..., np.newaxis]
    n_fft = 2 ** math.ceil(math.log2(2 * float(window_s) * float(sample_rate)))
    _checks.window_fits_signal(n_fft, signal.shape[-1], window_s)
    options = {"n_channels": n_channels, "f_min": f_min, "f_max": f_max}
    weights = gammatone_weights(n_fft=n_fft, sample_rate=sample_rate, **options) / n_fft
    win_length = grid[0] // 2 * 2
    spectrum = stft(signal, n_fft=n_fft, win_length=win_length, hop_length=grid[1], center=False)
    return weights.astype(signal.dtype) @ np.abs(spectrum)


def _rms_of_frames(frames: np.ndarray) -> np.ndarray:
    """(…, time, frames) → (…, frames), without a copy of the overlapping frames."""
    return np.sqrt(np.einsum("...nm,...nm->...m", frames, frames) / frames.shape[-2])


def cochleagram(
    signal: np.ndarray,
    *,
    sample_rate: float,
    window_s: float = 0.025,
    hop_s: float = 0.010,
    n_channels: int = 64,
    f_min: float = 50.0,
    f_max: float | None = None,
    power: float = 0.3,
) -> np.ndarray:
    """A sketch of what the auditory nerve carries: ``C[i, m] = (mean_n max(y_i[m H + n], 0))^power``.

    A hair cell answers to one direction of the basilar membrane's motion (half-wave rectification), and to a
    thousandfold amplitude with about eight times as much (the power 0.3). The mean over a frame leaves out the fine
    structure, which the nerve follows up to a few kHz.

    Parameters
    ----------
    signal : ndarray, shape (…, time), full scale ±1
    sample_rate, window_s, hop_s, n_channels, f_min, f_max : as in ``gammatonegram``
    power : float, up to 1
        The exponent of the compression; 1 compresses nothing.

    Returns
    -------
    ndarray, shape (…, n_channels, frames), float32 for float32 input, else float64
        Not negative; the lowest channel first.

    Raises
    ------
    ValueError
        If the signal is shorter than a frame, or the band is empty or reaches beyond the Nyquist frequency.

    Lecture: gammatone
    """
    signal = _checks.signal(signal)
    power = _checks.number(power, "power", above=0, at_most=1)
    grid = _grid(window_s, hop_s, sample_rate)
    _checks.window_fits_signal(grid[0], signal.shape[-1], window_s)
    center_hz = _centers_hz(sample_rate, n_channels, f_min, f_max)

    def rectified_mean(frames):
        _checks.fits_memory(frames.size * frames.itemsize * os.cpu_count(), "a channel's frames", "raise hop_s")
        return np.maximum(frames, 0).mean(axis=-2)

    return _framed(signal, center_hz, sample_rate, grid, rectified_mean) ** power
