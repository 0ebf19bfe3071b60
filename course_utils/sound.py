"""Sounds and their levels: tones, noises, envelopes, strings, vowels, and decibels.

Signals are ``(…, time)`` in floating point, full scale ±1. Lecture: sound
"""

import math
from collections.abc import Callable, Sequence

import numpy as np

from ._checks import sound as _checks

# First three formants in Hz, averages over 33 men (Peterson & Barney 1952, table II).
VOWELS = {
    "i": (270, 2290, 3010),
    "ɪ": (390, 1990, 2550),
    "ɛ": (530, 1840, 2480),
    "æ": (660, 1720, 2410),
    "ɑ": (730, 1090, 2440),
    "ɔ": (570, 840, 2410),
    "ʊ": (440, 1020, 2240),
    "u": (300, 870, 2240),
    "ʌ": (640, 1190, 2390),
    "ɝ": (490, 1350, 1690),
}


def _times_s(duration_s: float, sample_rate: float) -> np.ndarray:
    return np.arange(_checks.n_samples(duration_s, sample_rate)) / _checks.sample_rate(sample_rate)


def sine(
    frequency_hz: float,
    *,
    duration_s: float,
    sample_rate: float,
    amplitude: float = 1.0,
    phase_rad: float = 0.0,
) -> np.ndarray:
    """A pure tone: ``x[n] = A sin(2π f n / f_s + φ)``.

    Parameters
    ----------
    frequency_hz : float, Hz
        From 0 to the Nyquist frequency ``sample_rate / 2``.
    duration_s : float, s
    sample_rate : float, Hz
    amplitude : float, full scale = 1
    phase_rad : float, rad

    Returns
    -------
    ndarray, shape (time,), float64
        Its RMS is ``A / √2`` over whole periods, between 0 Hz and the Nyquist frequency.

    Raises
    ------
    ValueError
        If the tone would alias, or a number is out of range.

    Lecture: sound
    """
    sample_rate = _checks.sample_rate(sample_rate)
    frequency_hz = _checks.frequency(frequency_hz, sample_rate)
    amplitude = _checks.number(amplitude, "amplitude", at_least=0)
    phase_rad = _checks.number(phase_rad, "phase_rad")
    t = _times_s(duration_s, sample_rate)
    return amplitude * np.sin(2 * np.pi * frequency_hz * t + phase_rad)


def harmonic_tone(
    fundamental_hz: float,
    *,
    amplitudes: Sequence[float],
    duration_s: float,
    sample_rate: float,
    phases_rad: Sequence[float] | None = None,
) -> np.ndarray:
    """A sum of harmonics: ``x[n] = Σ_k A_k sin(2π k f₀ n / f_s + φ_k)``, k = 1, 2, ….

    Parameters
    ----------
    fundamental_hz : float, Hz
    amplitudes : sequence of float, full scale = 1
        ``amplitudes[0]`` belongs to the fundamental; 0 leaves a harmonic out.
    duration_s : float, s
    sample_rate : float, Hz
    phases_rad : sequence of float, rad, optional
        One for each amplitude; all zero by default.

    Returns
    -------
    ndarray, shape (time,), float64

    Raises
    ------
    ValueError
        If a harmonic with an amplitude above zero lies above the Nyquist frequency.

    Lecture: sound
    """
    amplitudes = _checks.non_negative(_checks.array(amplitudes, "amplitudes", real=True, one_axis=True), "amplitudes")
    phases_rad = np.zeros(len(amplitudes)) if phases_rad is None else _checks.array(phases_rad, "phases_rad", real=True)
    fundamental_hz = _checks.number(fundamental_hz, "fundamental_hz", at_least=0)
    _checks.same_shape(amplitudes, phases_rad, "amplitudes and phases_rad")
    tone = np.zeros(_checks.n_samples(duration_s, sample_rate))
    for k, (amplitude, phase_rad) in enumerate(zip(amplitudes.tolist(), phases_rad.tolist(), strict=True), start=1):
        if amplitude > 0:
            _checks.frequency(k * fundamental_hz, float(sample_rate), f"harmonic {k} of fundamental_hz")
            tone += sine(
                k * fundamental_hz,
                duration_s=duration_s,
                sample_rate=sample_rate,
                amplitude=amplitude,
                phase_rad=phase_rad,
            )
    return tone


def chirp(
    start_hz: float,
    end_hz: float,
    *,
    duration_s: float,
    sample_rate: float,
    shape: str = "linear",
    amplitude: float = 1.0,
) -> np.ndarray:
    """A tone that glides: ``x(t) = A sin(2π ∫₀ᵗ f(τ) dτ)``.

    ``f(t) = f₀ + (f₁ − f₀) t/T`` (linear) or ``f₀ (f₁/f₀)^(t/T)`` (logarithmic: the same time for each octave).

    Parameters
    ----------
    start_hz, end_hz : float, Hz
        f₀ and f₁, up to the Nyquist frequency; above 0 for the logarithmic shape.
    duration_s : float, s
        T.
    sample_rate : float, Hz
    shape : {"linear", "logarithmic"}
    amplitude : float, full scale = 1

    Returns
    -------
    ndarray, shape (time,), float64

    Raises
    ------
    ValueError
        If either end would alias.

    Lecture: sound
    """
    _checks.choice(shape, "shape", ("linear", "logarithmic"))
    sample_rate = _checks.sample_rate(sample_rate)
    start_hz = _checks.frequency(start_hz, sample_rate, "start_hz")
    end_hz = _checks.frequency(end_hz, sample_rate, "end_hz")
    amplitude = _checks.number(amplitude, "amplitude", at_least=0)
    t, duration_s = _times_s(duration_s, sample_rate), float(duration_s)
    if shape == "linear":
        cycles = start_hz * t + (end_hz - start_hz) * t**2 / (2 * duration_s)
    else:
        start_hz = _checks.number(start_hz, "start_hz", above=0, at_least=1e-9)
        end_hz = _checks.number(end_hz, "end_hz", above=0, at_least=1e-9)
        octave_rate = np.log(end_hz / start_hz) / duration_s
        cycles = start_hz * (t if octave_rate == 0 else np.expm1(octave_rate * t) / octave_rate)
    return amplitude * np.sin(2 * np.pi * cycles)


def noise(
    colour: str,
    *,
    duration_s: float,
    sample_rate: float,
    rng: np.random.Generator,
    rms: float = 0.1,
) -> np.ndarray:
    """Gaussian noise whose power density falls as ``1/f^β``: white β = 0, pink β = 1, brown β = 2.

    White noise is shaped in the frequency domain by ``f^(−β/2)``: −3.01 dB per octave for pink, −6.02 dB for brown.
    Below 20 Hz the shaping stops, so that the result does not drift too slowly to be heard.

    Parameters
    ----------
    colour : {"white", "pink", "brown"}
    duration_s : float, s
    sample_rate : float, Hz
    rng : numpy.random.Generator
    rms : float, full scale = 1
        The RMS of the result, exactly.

    Returns
    -------
    ndarray, shape (time,), float64

    Lecture: sound
    """
    exponents = {"white": 0.0, "pink": 1.0, "brown": 2.0}
    beta = exponents[_checks.choice(colour, "colour", tuple(exponents))]
    rms = _checks.number(rms, "rms", at_least=0, at_most=_checks.LARGEST_PEAK)
    sample_rate = _checks.sample_rate(sample_rate)
    white = _checks.generator(rng).standard_normal(_checks.n_samples(duration_s, sample_rate))
    frequency_hz = np.fft.rfftfreq(len(white), 1 / sample_rate)
    shaped = np.fft.irfft(np.fft.rfft(white) * np.maximum(frequency_hz, 20.0) ** (-beta / 2), n=len(white))
    return shaped * rms / np.sqrt(np.mean(shaped**2))


def adsr(
    *,
    attack_s: float,
    decay_s: float,
    sustain_level: float,
    release_s: float,
    duration_s: float,
    sample_rate: float,
) -> np.ndarray:
    """An envelope of straight lines: 0 → 1 (attack) → sustain level (decay) → held → 0 (release).

    Parameters
    ----------
    attack_s, decay_s, release_s : float, s
    sustain_level : float, 0…1
    duration_s : float, s
        The whole length; what attack, decay and release leave is held at the sustain level.
    sample_rate : float, Hz

    Returns
    -------
    ndarray, shape (time,), float64, 0…1
        Multiply a tone by it.

    Raises
    ------
    ValueError
        If attack, decay and release together last longer than ``duration_s``.

    Lecture: sound
    """
    t = _times_s(duration_s, sample_rate)
    attack_s, duration_s = _checks.number(attack_s, "attack_s", at_least=0), float(duration_s)
    decay_s = _checks.number(decay_s, "decay_s", at_least=0)
    release_s = _checks.number(release_s, "release_s", at_least=0)
    sustain_level = _checks.number(sustain_level, "sustain_level", at_least=0, at_most=1)
    # The three parts must fit: their sum is checked under one name.
    _checks.parts_fit(attack_s + decay_s + release_s, "attack_s + decay_s + release_s", duration_s)
    corners_s = [0, attack_s, attack_s + decay_s, duration_s - release_s, duration_s]
    # Where two corners coincide, `interp` takes the later; the very end lies after the last sample.
    return np.interp(t, corners_s, [0, 1, sustain_level, sustain_level, 0])


def pluck(
    frequency_hz: float,
    *,
    duration_s: float,
    sample_rate: float,
    rng: np.random.Generator,
    decay: float = 0.996,
) -> np.ndarray:
    """A plucked string: ``x[n] = d · (x[n−P] + x[n−P−1]) / 2``, started with a burst of noise.

    The noise goes round a loop of P samples; each turn averages neighbours, so high partials die first.
    The loop delays by P + ½ samples, hence ``P = round(f_s / f − ½)`` and a pitch of ``f_s / (P + ½)``.

    Parameters
    ----------
    frequency_hz : float, Hz
        Asked pitch; from 1 Hz to a quarter of ``sample_rate``.
    duration_s : float, s
    sample_rate : float, Hz
    rng : numpy.random.Generator
    decay : float, 0…1
        Damping factor d for each turn: 1 loses nothing.

    Returns
    -------
    ndarray, shape (time,), float64
        Peak at most 1.

    Source: Karplus & Strong 1983, Computer Music Journal 7(2).
    Lecture: sound
    """
    sample_rate = _checks.sample_rate(sample_rate)
    frequency_hz = _checks.number(frequency_hz, "frequency_hz", at_least=1, at_most=sample_rate / 4)
    decay = _checks.number(decay, "decay", at_least=0, at_most=1)
    n = _checks.n_samples(duration_s, sample_rate)
    period = round(sample_rate / frequency_hz - 0.5)
    string = np.zeros(n + 2 * period)
    string[1 : period + 1] = _checks.generator(rng).uniform(-1, 1, period)
    for start in range(period + 1, len(string), period):  # one turn of the loop at a time
        turn = string[start : start + period]
        before = start - period
        turn[:] = decay * 0.5 * (string[before : before + len(turn)] + string[before - 1 : before - 1 + len(turn)])
    return string[1 : n + 1]


def vowel(
    vowel_or_formants_hz: str | Sequence[float],
    *,
    fundamental_hz: float,
    duration_s: float,
    sample_rate: float,
    bandwidths_hz: Sequence[float] = (80.0, 90.0, 120.0),
) -> np.ndarray:
    """A sung vowel: harmonics of f₀, weighted by the resonances of the vocal tract.

    Source (−12 dB per octave of the glottis, +6 dB of the radiation at the lips) times filter:
    ``A_k = 1/k · Π_i F_i² / |F_i² − f² + j f B_i|`` at ``f = k f₀``, scaled to a peak of 0.5.

    Parameters
    ----------
    vowel_or_formants_hz : str or sequence of float, Hz
        A key of ``VOWELS``, or the formants F_i themselves.
    fundamental_hz : float, Hz
        Pitch of the voice; from 1 Hz to a quarter of ``sample_rate``.
    duration_s : float, s
    sample_rate : float, Hz
    bandwidths_hz : sequence of float, Hz
        B_i, one for each formant.

    Returns
    -------
    ndarray, shape (time,), float64

    Source: Fant 1960, *Acoustic Theory of Speech Production*; formants: Peterson & Barney 1952.
    Lecture: sound
    """
    formants_hz = vowel_or_formants_hz
    if isinstance(vowel_or_formants_hz, str):
        formants_hz = VOWELS[_checks.choice(vowel_or_formants_hz, "vowel", tuple(VOWELS))]
    formants_hz = _checks.positive(formants_hz, "formants_hz")
    bandwidths_hz = _checks.positive(bandwidths_hz, "bandwidths_hz")
    _checks.same_shape(formants_hz, bandwidths_hz, "formants_hz and bandwidths_hz")
    sample_rate = _checks.number(sample_rate, "sample_rate", above=0, at_most=10 * _checks.LARGEST_RATE)
    fundamental_hz = _checks.frequency(fundamental_hz, sample_rate, "fundamental_hz")
    fundamental_hz = _checks.number(fundamental_hz, "fundamental_hz", at_least=1, at_most=sample_rate / 4)
    k = np.arange(1, int(sample_rate / 2 // fundamental_hz) + 1)
    f = k[:, np.newaxis] * fundamental_hz
    resonances = formants_hz**2 / np.abs(formants_hz**2 - f**2 + 1j * f * bandwidths_hz)
    tone = harmonic_tone(
        fundamental_hz, amplitudes=resonances.prod(axis=1) / k, duration_s=duration_s, sample_rate=sample_rate
    )
    return 0.5 * tone / max(np.abs(tone).max(), np.finfo(float).tiny)  # the first sample alone is 0


def rms(signal: np.ndarray) -> np.ndarray:
    """Root mean square: ``√(mean(x²))``, the square root of the mean power.

    Parameters
    ----------
    signal : ndarray, shape (…, time), full scale ±1

    Returns
    -------
    ndarray or scalar, shape (…), full scale = 1

    Lecture: sound
    """
    signal = _checks.signal(signal)
    # In float64: squares of what float32 can hold may be larger or smaller than what float32 can hold.
    return np.sqrt(np.mean(np.square(signal, dtype=np.float64), axis=-1)).astype(signal.dtype)


def peak(signal: np.ndarray) -> np.ndarray:
    """The largest magnitude: ``max |x[n]|``, which decides whether a converter clips.

    Parameters
    ----------
    signal : ndarray, shape (…, time), full scale ±1

    Returns
    -------
    ndarray or scalar, shape (…), full scale = 1

    Lecture: sound
    """
    return np.abs(_checks.signal(signal)).max(axis=-1)


def _level_db(value: np.ndarray, factor: float, ref: float | Callable, floor_db: float, name: str) -> np.ndarray:
    value = _checks.non_negative(value, name)
    floor_db = _checks.number(floor_db, "floor_db", at_most=200)
    if callable(ref) and not value.any():  # silence measured against itself
        return np.full_like(value, floor_db)
    limits = np.finfo(value.dtype)
    ref = float(_checks.number(_checks.reference(ref, value), "ref", above=0))
    ref = _checks.number(ref, "ref", at_least=float(limits.tiny))
    _checks.number(float(value.max()) / ref, f"{name} / ref", at_most=float(limits.max))
    lowest = max(10 ** (floor_db / factor), float(limits.tiny))
    return factor * np.log10(np.maximum(value / ref, lowest, dtype=value.dtype))


def amplitude_to_db(amplitude: np.ndarray, *, ref: float | Callable = 1.0, floor_db: float = -200.0) -> np.ndarray:
    """Level of an amplitude: ``L = 20 log₁₀(a / ref)`` dB, never below ``floor_db``.

    Parameters
    ----------
    amplitude : ndarray or float, not negative
        Amplitude, magnitude, peak or RMS.
    ref : float or callable
        What 0 dB means: 1 for dBFS, 20e-6 Pa for dB SPL, ``np.max`` for the largest value.
    floor_db : float, dB re ``ref``
        Stands in for the −∞ of silence.

    Returns
    -------
    ndarray or scalar, same shape, dB re ``ref``

    Lecture: sound
    """
    return _level_db(amplitude, 20.0, ref, floor_db, "amplitude")


def power_to_db(power: np.ndarray, *, ref: float | Callable = 1.0, floor_db: float = -200.0) -> np.ndarray:
    """Level of a power: ``L = 10 log₁₀(p / ref)`` dB, never below ``floor_db``.

    ``power_to_db(a²) = amplitude_to_db(a)``: the same sound has one level.

    Parameters
    ----------
    power : ndarray or float, not negative
        Power, energy, or the square of a magnitude.
    ref : float or callable
        What 0 dB means, as a power; ``np.max`` for the largest value.
    floor_db : float, dB re ``ref``
        Stands in for the −∞ of silence.

    Returns
    -------
    ndarray or scalar, same shape, dB re ``ref``

    Lecture: sound
    """
    return _level_db(power, 10.0, ref, floor_db, "power")


def db_to_amplitude(level_db: np.ndarray, *, ref: float = 1.0) -> np.ndarray:
    """Amplitude of a level: ``a = ref · 10^(L/20)``, the inverse of ``amplitude_to_db``.

    Parameters
    ----------
    level_db : ndarray or float, dB re ``ref``
    ref : float
        What 0 dB means.

    Returns
    -------
    ndarray or scalar, same shape, unit of ``ref``

    Lecture: sound
    """
    ref = _checks.number(ref, "ref", above=0)
    level_db = _checks.array(level_db, "level_db", real=True, scalar=True)
    _checks.number(level_db.max(), "the largest level_db", at_most=600)
    _checks.number(float(level_db.max()) + 20 * math.log10(ref), "the largest level_db re 1", at_most=600)
    return ref * 10 ** (level_db / 20)


def keep_band(signal: np.ndarray, low_hz: float, high_hz: float, *, sample_rate: float) -> np.ndarray:
    """The part of a sound from ``low_hz`` to ``high_hz``: all other sines are taken out of it.

    Parameters
    ----------
    signal : ndarray, shape (…, time), full scale ±1
    low_hz, high_hz : float, Hz
        Both edges are kept; the higher lies at most at the Nyquist frequency ``sample_rate / 2``.
    sample_rate : float, Hz

    Returns
    -------
    ndarray, shape (…, time)

    Lecture: sound
    """
    signal = _checks.signal(signal)
    sample_rate = _checks.sample_rate(sample_rate)
    high_hz = _checks.frequency(high_hz, sample_rate, "high_hz")
    low_hz = _checks.number(low_hz, "low_hz", at_least=0, at_most=high_hz)
    n = signal.shape[-1]
    f = np.arange(n // 2 + 1) * sample_rate / n
    kept = np.where((f >= low_hz) & (f <= high_hz), np.fft.rfft(signal), 0)
    return np.fft.irfft(kept, n=n).astype(signal.dtype)


def sines_in(signal: np.ndarray, *, sample_rate: float, fade: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Which sines a sound is the sum of: the amplitude ``A(f)`` at ``f = 0, f_s/N, 2 f_s/N …``, N samples long.

    Parameters
    ----------
    signal : ndarray, shape (…, time), full scale ±1
    sample_rate : float, Hz
    fade : bool
        For a piece cut out of a longer sound: fade it in and out (a Hann window), so that the cuts are not measured.
        A steady sine at one of the frequencies below keeps its amplitude; halfway between two it loses 1.4 dB.

    Returns
    -------
    frequency_hz : ndarray, shape (freq,), Hz
    amplitude : ndarray, shape (…, freq), full scale = 1
        Without the fade the squares, halved, add up to the square of the RMS (0 Hz and the Nyquist frequency apart).

    Lecture: sound
    """
    signal = _checks.signal(signal)
    n = signal.shape[-1]
    frequency_hz = np.arange(n // 2 + 1) * _checks.sample_rate(sample_rate) / n
    weight = np.full(n, 2 / n, signal.dtype)
    if _checks.switch(fade, "fade"):
        weight *= 1 - np.cos(2 * np.pi * np.arange(n) / n)  # its mean is 1
    amplitude = np.abs(np.fft.rfft(signal * weight))
    amplitude[..., 0] /= 2  # elsewhere the half at −f is counted, too
    if n % 2 == 0:
        amplitude[..., -1] /= 2
    return frequency_hz, amplitude


def a_weighting_db(frequency_hz: np.ndarray) -> np.ndarray:
    """What a tone gains or loses in dB(A): the A-curve, 0 dB at 1 kHz.

    ``R_A(f) = 12194² f⁴ / ((f² + 20.6²) √((f² + 107.7²)(f² + 737.9²)) (f² + 12194²))``,
    ``A(f) = 20 log₁₀ R_A(f) − 20 log₁₀ R_A(1000)``.

    Parameters
    ----------
    frequency_hz : ndarray or float, Hz, not negative
        At 0 Hz the curve goes to −∞; the value there is −200 dB.

    Returns
    -------
    ndarray or scalar, same shape, dB

    Source: IEC 61672-1:2013, annex E.
    Lecture: sound
    """
    frequency_hz = _checks.not_below_zero(frequency_hz, "frequency_hz")

    def response(f):
        high = 12194.217**2 / (f**2 + 12194.217**2)
        middle = f**2 / np.sqrt((f**2 + 107.65265**2) * (f**2 + 737.86223**2))
        return high * middle * f**2 / (f**2 + 20.598997**2)

    return amplitude_to_db(response(frequency_hz), ref=float(response(1000.0)))
