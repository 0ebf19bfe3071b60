"""Sampling and quantisation: what a converter does to a sound, and what can be undone.

Signals are ``(…, time)`` in floating point, full scale ±1. Lecture: sampling
"""

from collections.abc import Callable, Sequence

import numpy as np

from ._checks import sampling as _checks


def sample(function: Callable[[np.ndarray], np.ndarray], *, sample_rate: float, duration_s: float) -> np.ndarray:
    """Read a continuous signal at regular instants: ``x[n] = x(n / f_s)``.

    Parameters
    ----------
    function : callable
        Takes times in s, returns values.
    sample_rate : float, Hz
    duration_s : float, s

    Returns
    -------
    ndarray, shape (time,), float64

    Lecture: sampling
    """
    sample_rate = _checks.sample_rate(sample_rate)
    times_s = np.arange(_checks.n_samples(duration_s, sample_rate)) / sample_rate
    samples = _checks.array(_checks.function_of_time(function)(times_s), "the function's output", real=True)
    _checks.same_shape(samples, times_s, "the function's output and its times")
    return samples


def alias_frequency_hz(frequency_hz: np.ndarray, *, sample_rate: float) -> np.ndarray:
    """Where a tone is heard after sampling: ``f_a = |f − k f_s|``, with k such that it is at most ``f_s / 2``.

    10 kHz sampled at 16 kHz gives 6 kHz.

    Parameters
    ----------
    frequency_hz : ndarray or float, Hz
    sample_rate : float, Hz

    Returns
    -------
    ndarray or scalar, same shape, Hz, 0 … ``sample_rate / 2``

    Lecture: sampling
    """
    frequency_hz = _checks.not_below_zero(frequency_hz, "frequency_hz")
    sample_rate = _checks.sample_rate(sample_rate)
    return np.abs(frequency_hz - sample_rate * np.round(frequency_hz / sample_rate))


def sinc_interpolate(samples: np.ndarray, times_s: np.ndarray, *, sample_rate: float) -> np.ndarray:
    """The band-limited signal through the samples: ``x(t) = Σ_n x[n] sinc(f_s t − n)``, ``sinc(u) = sin(πu) / (πu)``.

    Exact for infinitely many samples of a signal below ``f_s / 2``. With N of them the sum is cut off,
    and the error grows towards both ends.

    Parameters
    ----------
    samples : ndarray, shape (…, time)
    times_s : ndarray, shape (points,), s
        Where to evaluate; sample n stands at ``n / sample_rate``.
    sample_rate : float, Hz

    Returns
    -------
    ndarray, shape (…, points)
        Equal to the samples at the sampling instants.

    Source: Shannon 1949, Proceedings of the IRE 37(1), equation 7.
    Lecture: sampling
    """
    samples = _checks.signal(samples, "samples")
    times_s = _checks.array(times_s, "times_s", real=True, one_axis=True)
    position = times_s * _checks.sample_rate(sample_rate)
    table = f"a table of {samples.shape[-1]:,} samples and {len(times_s):,} points"
    _checks.fits_memory(32 * samples.shape[-1] * len(times_s), table, "pass fewer points at once")
    return samples @ np.sinc(position - np.arange(samples.shape[-1])[:, np.newaxis]).astype(samples.dtype)


def _n_bits(value: int) -> int:
    return _checks.count(value, "n_bits", maximum=32)


def _to_grid(signal: np.ndarray, n_bits: int) -> np.ndarray:
    steps = 2 ** (n_bits - 1)
    return np.clip(np.round(signal * steps), -steps, steps - 1) / steps


def quantize(signal: np.ndarray, *, n_bits: int) -> np.ndarray:
    """Round to ``2^b`` levels: ``q = clip(round(x / Δ), −2^(b−1), 2^(b−1) − 1) · Δ`` with the step ``Δ = 2^(1−b)``.

    Two's complement has one level more below zero than above, so +1 clips to ``1 − Δ``.

    Parameters
    ----------
    signal : ndarray, shape (…, time), full scale ±1
    n_bits : int
        b, from 1 to 32.

    Returns
    -------
    ndarray, shape (…, time), dtype of ``signal``
        Multiples of Δ; the error is at most Δ/2 where nothing clips.

    Lecture: sampling
    """
    signal = _checks.signal(signal)
    return _to_grid(signal, _n_bits(n_bits))


def dither(signal: np.ndarray, *, n_bits: int, rng: np.random.Generator, shape: str = "triangular") -> np.ndarray:
    """Add noise before quantising, so that the error no longer follows the signal.

    Rectangular: uniform in ±Δ/2, makes the mean error independent of the signal.
    Triangular: the sum of two such, makes its power independent too. Quantise the result with the same ``n_bits``.

    Parameters
    ----------
    signal : ndarray, shape (…, time), full scale ±1
    n_bits : int
        Of the quantiser that follows; ``Δ = 2^(1 − n_bits)``.
    rng : numpy.random.Generator
    shape : {"triangular", "rectangular"}

    Returns
    -------
    ndarray, shape (…, time), dtype of ``signal``

    Source: Lipshitz, Wannamaker & Vanderkooy 1992, J. Audio Eng. Soc. 40(5).
    Lecture: sampling
    """
    signal = _checks.signal(signal)
    step = 2.0 ** (1 - _n_bits(n_bits))
    n_sources = {"rectangular": 1, "triangular": 2}[_checks.choice(shape, "shape", ("triangular", "rectangular"))]
    noise = _checks.generator(rng).uniform(-step / 2, step / 2, (n_sources, *signal.shape)).sum(axis=0)
    return signal + noise.astype(signal.dtype)


def noise_shape(
    signal: np.ndarray,
    *,
    n_bits: int,
    rng: np.random.Generator | None = None,
    coefficients: Sequence[float] = (1.0,),
) -> np.ndarray:
    """Quantise with error feedback: ``v[n] = x[n] − Σ_i c_i e[n − i]``, ``q[n] = Q(v[n])``, ``e[n] = q[n] − v[n]``.

    The output is ``q = x + (1 − Σ_i c_i z^(−i)) e``: with c = (1,) the error is differentiated, quiet at low
    frequencies and up to 6 dB louder above a sixth of the rate, 3 dB more in all. It moves noise upwards, not to where
    the ear is dull: at 44.1 kHz its A-weighted level rises by 0.3 dB, at 96 kHz it falls by 3.9 dB.

    Parameters
    ----------
    signal : ndarray, shape (time,), full scale ±1
    n_bits : int
    rng : numpy.random.Generator, optional
        Adds triangular dither before each rounding.
    coefficients : sequence of float
        c_1, c_2, …; (2, −1) differentiates twice.

    Returns
    -------
    ndarray, shape (time,), dtype of ``signal``
        Multiples of ``Δ = 2^(1 − n_bits)``.

    Lecture: sampling
    """
    signal = _checks.signal(signal, mono=True)
    steps = 2 ** (_n_bits(n_bits) - 1)
    coefficients = _checks.array(coefficients, "coefficients", real=True, one_axis=True).tolist()
    blank = np.zeros_like(signal)
    noise = blank if rng is None else dither(blank, n_bits=n_bits, rng=rng)
    errors = [0.0] * len(coefficients)  # the latest first
    shaped = []
    for x, d in zip(signal.tolist(), noise.tolist(), strict=True):
        wanted = x - sum(c * e for c, e in zip(coefficients, errors, strict=True))
        level = min(max(round((wanted + d) * steps), -steps), steps - 1) / steps
        errors = [max(-1.0, min(1.0, level - wanted)), *errors[:-1]]  # bounded: clipping must not wind up
        shaped.append(level)
    return np.array(shaped, signal.dtype)


def sqnr_db(signal: np.ndarray, quantized: np.ndarray) -> np.ndarray:
    """Signal to quantisation noise: ``10 log₁₀ (Σ x² / Σ (q − x)²)``.

    About ``6.02 b + 1.76`` dB for a full-scale sine and b bits: the noise has a power of ``Δ²/12``.

    Parameters
    ----------
    signal, quantized : ndarray, shape (…, time), full scale ±1

    Returns
    -------
    ndarray or scalar, shape (…), dB
        +inf where nothing was lost.

    Source: Bennett 1948, Bell System Technical Journal 27.
    Lecture: sampling
    """
    signal, quantized = _checks.signal(signal), _checks.signal(quantized, "quantized")
    _checks.same_shape(signal, quantized, "signal and quantized")
    power = _checks.not_silent(np.sum(signal.astype(float) ** 2, axis=-1), "signal")
    noise_power = np.sum((quantized.astype(float) - signal) ** 2, axis=-1)
    with np.errstate(divide="ignore"):
        return 10 * np.log10(power / noise_power)


def bit_rate(*, sample_rate: float, n_bits: int, n_channels: int) -> float:
    """What uncompressed PCM takes: ``f_s · b · channels``.

    Parameters
    ----------
    sample_rate : float, Hz
    n_bits : int
        Of one sample.
    n_channels : int

    Returns
    -------
    float, bit/s
        1,411,200 for a compact disc.

    Lecture: sampling
    """
    return _checks.sample_rate(sample_rate) * _n_bits(n_bits) * _checks.count(n_channels, "n_channels")


def mu_law_encode(signal: np.ndarray, *, mu: int = 255) -> np.ndarray:
    """Compress, then round: ``y = sgn(x) ln(1 + μ|x|) / ln(1 + μ)``, ``code = floor((y + 1)/2 · μ + ½)``.

    Parameters
    ----------
    signal : ndarray, shape (…, time), within ±1
    mu : int
        255 for 8 bits.

    Returns
    -------
    ndarray, shape (…, time), int64, 0 … μ
        Equal to ``torchaudio.functional.mu_law_encoding``. The companding curve of ITU-T G.711, whose bytes
        come from a piecewise-linear version of it.

    Raises
    ------
    ValueError
        If the signal leaves ±1.

    Lecture: sampling
    """
    signal = _checks.within_full_scale(_checks.signal(signal))
    mu = _checks.count(mu, "mu")
    compressed = np.sign(signal) * np.log1p(mu * np.abs(signal)) / np.log1p(mu)
    return np.floor((compressed + 1) / 2 * mu + 0.5).astype(np.int64)


def mu_law_decode(codes: np.ndarray, *, mu: int = 255) -> np.ndarray:
    """Expand: ``y = 2 code / μ − 1``, ``x = sgn(y) ((1 + μ)^|y| − 1) / μ``.

    Parameters
    ----------
    codes : ndarray, shape (…, time), integer, 0 … μ
    mu : int

    Returns
    -------
    ndarray, shape (…, time), float64, within ±1
        ``mu_law_encode(mu_law_decode(codes))`` returns the codes.

    Lecture: sampling
    """
    mu = _checks.count(mu, "mu")
    codes = _checks.codes(codes, "codes", highest=mu)
    compressed = codes / mu * 2 - 1  # divided first: twice a uint8 would wrap round
    return np.sign(compressed) * ((1 + mu) ** np.abs(compressed) - 1) / mu
