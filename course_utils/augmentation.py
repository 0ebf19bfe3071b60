"""New training examples from old ones: noise, gain, shift, speed, pitch, filters, masks, mixtures, and their chain.

Each function is a claim that the label stays what it was. Signals are ``(…, time)``, spectrograms ``(…, freq, time)``;
whatever is random is drawn from a generator that is passed in. Lecture: augmentation
"""

import ctypes
import inspect
import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from multiprocessing.context import get_spawning_popen
from multiprocessing.sharedctypes import RawValue

import numpy as np
import scipy.fft

from ._checks import augmentation as _checks
from .filters import biquad, lfilter, resample
from .sampling import mu_law_decode, mu_law_encode
from .sound import db_to_amplitude
from .stft import istft, phase_vocoder, stft

# ---------------------------------------------------------------------------------------------- noise


def _power(signal: np.ndarray) -> np.ndarray:
    """Mean square along time, in float64: (…, time) → (…, 1)."""
    x = signal.astype(np.float64, copy=False)
    return np.einsum("...n,...n->...", x, x)[..., np.newaxis] / x.shape[-1]


def mix_at_snr(
    signal: np.ndarray, noise: np.ndarray, snr_db: float, *, rng: np.random.Generator | None = None
) -> np.ndarray:
    """Add noise at a given signal-to-noise ratio: ``y = x + g v`` with ``g = √(P_x / P_v · 10^(−snr/10))``.

    ``P_x`` and ``P_v`` are mean squares of the signal and of *the piece of noise that is used*, so that
    ``10 log₁₀(P_x / P_(y−x))`` is the ratio asked for. Both span the whole clip: pauses count as signal.

    Parameters
    ----------
    signal : ndarray, shape (…, time)
        Each signal of a batch has the same ratio, and so a gain of its own for its noise.
    noise : ndarray, shape (time,) or (…, time)
        A longer one is cut, a shorter one repeated.
    snr_db : float, dB, −120…120
    rng : numpy.random.Generator, optional
        Draws where the noise begins; without it, at its first sample.

    Returns
    -------
    ndarray, shape (…, time), dtype of ``signal``
        The signal unchanged, plus noise. It may exceed ±1: lower it with ``gain`` before it is stored.

    Raises
    ------
    ValueError
        If the signal or the piece of noise is silent.

    Lecture: augmentation
    """
    signal = _checks.signal(signal)
    noise = _checks.noise_for(noise, signal)
    snr_db = _checks.number(snr_db, "snr_db", at_least=-120, at_most=120)
    n_time, n_noise = signal.shape[-1], noise.shape[-1]
    n_starts = n_noise - n_time + 1 if n_noise >= n_time else n_noise
    start = 0 if rng is None else int(_checks.generator(rng).integers(n_starts))
    if n_noise >= n_time:
        noise = noise[..., start : start + n_time]
    else:
        noise = np.take(noise, np.arange(start, start + n_time), axis=-1, mode="wrap")
    signal_power, noise_power = _power(signal), _power(noise)
    _checks.not_silent(signal_power, "signal")
    _checks.not_silent(noise_power, "noise")
    scale = np.sqrt(signal_power / noise_power * 10 ** (-snr_db / 10))
    return signal + noise * scale.astype(signal.dtype)


COLOURS = {"white": 0.0, "pink": 1.0, "brown": 2.0}


def add_noise(signal: np.ndarray, snr_db: float, *, rng: np.random.Generator, colour: str = "white") -> np.ndarray:
    """Add Gaussian noise whose power density falls as ``1/f^β``, at a given signal-to-noise ratio.

    White has β = 0, pink 1, brown 2. Below a thousandth of the sampling rate (16 Hz at 16 kHz) the density is flat.

    Parameters
    ----------
    signal : ndarray, shape (…, time)
        Each signal of a batch gets noise of its own.
    snr_db : float, dB
    rng : numpy.random.Generator
    colour : {"white", "pink", "brown"}

    Returns
    -------
    ndarray, shape (…, time), dtype of ``signal``

    Lecture: augmentation
    """
    signal = _checks.signal(signal)
    beta = COLOURS[_checks.choice(colour, "colour", tuple(COLOURS))]
    white = _checks.generator(rng).standard_normal(signal.shape, signal.dtype)
    if beta == 0:
        return mix_at_snr(signal, white, snr_db)
    n_fft = scipy.fft.next_fast_len(signal.shape[-1], real=True)
    frequency = np.maximum(np.fft.rfftfreq(n_fft), 1e-3)  # in cycles per sample
    shaped = scipy.fft.irfft(scipy.fft.rfft(white, n=n_fft) * frequency ** (-beta / 2), n=n_fft)
    return mix_at_snr(signal, shaped[..., : signal.shape[-1]].astype(signal.dtype), snr_db)


# -------------------------------------------------------------------------------- level, sign and place


def gain(signal: np.ndarray, gain_db: float) -> np.ndarray:
    """Louder or softer: ``y = 10^(gain/20) x``.

    Parameters
    ----------
    signal : ndarray, shape (…, time)
    gain_db : float, dB, −120…120
        20 is ten times the amplitude.

    Returns
    -------
    ndarray, shape (…, time), dtype of ``signal``
        Nothing is clipped.

    Lecture: augmentation
    """
    factor = db_to_amplitude(_checks.number(gain_db, "gain_db", at_least=-120, at_most=120))
    return _checks.signal(signal) * float(factor)


def gain_curve(
    signal: np.ndarray, *, rng: np.random.Generator, max_gain_db: float = 6.0, n_points: int = 6
) -> np.ndarray:
    """Some sounds of a word louder, others softer: a gain of ±``max_gain_db`` at ``n_points``, straight in dB between.

    Parameters
    ----------
    signal : ndarray, shape (…, time)
        One curve for all of a batch.
    rng : numpy.random.Generator
    max_gain_db : float, dB, 0…60
    n_points : int, at least 2
        Evenly over the signal, the ends included.

    Returns
    -------
    ndarray, shape (…, time), dtype of ``signal``

    Lecture: augmentation
    """
    signal, rng = _checks.signal(signal), _checks.generator(rng)
    most = _checks.number(max_gain_db, "max_gain_db", at_least=0, at_most=60)
    n_points = _checks.count(n_points, "n_points", minimum=2, maximum=1_000_000)
    points_db = rng.uniform(-most, most, n_points)
    places = np.linspace(0, n_points - 1, signal.shape[-1])
    return signal * (10 ** (np.interp(places, np.arange(n_points), points_db) / 20)).astype(signal.dtype)


def invert_polarity(signal: np.ndarray) -> np.ndarray:
    """Turn the microphone's two wires round: ``y = −x``.

    Parameters
    ----------
    signal : ndarray, shape (…, time)

    Returns
    -------
    ndarray, shape (…, time), dtype of ``signal``
        Power spectra are the same: a model that reads them notices nothing.

    Lecture: augmentation
    """
    return -_checks.signal(signal)


def time_shift(signal: np.ndarray, shift_s: float, *, sample_rate: float, mode: str = "zeros") -> np.ndarray:
    """Later by ``round(shift · f_s)`` samples, or earlier if below zero; the length stays.

    Parameters
    ----------
    signal : ndarray, shape (…, time)
    shift_s : float, s
    sample_rate : float, Hz
    mode : {"zeros", "wrap"}
        What fills the gap: silence, or what fell off at the other end (a word may end before it begins).

    Returns
    -------
    ndarray, shape (…, time), dtype of ``signal``

    Raises
    ------
    ValueError
        If the shift leaves nothing of the signal.

    Lecture: augmentation
    """
    signal = _checks.signal(signal)
    _checks.choice(mode, "mode", ("zeros", "wrap"))
    sample_rate = _checks.sample_rate(sample_rate)
    limit_s = _checks.LARGEST_COUNT / sample_rate
    n_shift = round(_checks.number(shift_s, "shift_s", at_least=-limit_s, at_most=limit_s) * sample_rate)
    _checks.something_left(signal.shape[-1] - abs(n_shift), "time_shift")
    shifted = np.roll(signal, n_shift, axis=-1)
    if mode == "zeros" and n_shift != 0:
        shifted[..., slice(0, n_shift) if n_shift > 0 else slice(n_shift, None)] = 0
    return shifted


def fix_length(signal: np.ndarray, n_samples: int, *, rng: np.random.Generator | None = None) -> np.ndarray:
    """Exactly ``n_samples``: cut what is too long, fill up with zeros what is too short.

    Parameters
    ----------
    signal : ndarray, shape (…, time)
    n_samples : int
    rng : numpy.random.Generator, optional
        Draws where the cut begins, or how many of the zeros stand before the signal; without it, cut and fill
        at the end.

    Returns
    -------
    ndarray, shape (…, n_samples), dtype of ``signal``

    Lecture: augmentation
    """
    signal = _checks.signal(signal)
    n_samples = _checks.count(n_samples, "n_samples")
    spare = signal.shape[-1] - n_samples
    n_bytes = signal.nbytes // signal.shape[-1] * n_samples
    _checks.fits_memory(n_bytes, f"a signal of {n_samples:,} samples", "lower n_samples")
    before = 0 if rng is None else int(_checks.generator(rng).integers(abs(spare) + 1))
    if spare >= 0:
        return signal[..., before : before + n_samples]
    return np.pad(signal, [(0, 0)] * (signal.ndim - 1) + [(before, -spare - before)])


def crop_edges(signal: np.ndarray, *, rng: np.random.Generator, max_share: float = 0.1) -> np.ndarray:
    """Lose the beginning and the end: from each edge a share of the clip, uniform in 0…``max_share``, is cut off.

    Recordings are trimmed by somebody's rule; a model must not learn the rule of its training data.

    Parameters
    ----------
    signal : ndarray, shape (…, time)
    rng : numpy.random.Generator
    max_share : float, 0…0.45

    Returns
    -------
    ndarray, shape (…, shorter time), dtype of ``signal``

    Lecture: augmentation
    """
    signal, rng = _checks.signal(signal), _checks.generator(rng)
    n_most = _checks.number(max_share, "max_share", at_least=0, at_most=0.45) * signal.shape[-1]
    start, end = (int(n) for n in rng.uniform(0, n_most, 2))
    return signal[..., start : signal.shape[-1] - end]


# -------------------------------------------------------------------------------------- speed and pitch


def _factor(value: float) -> float:
    return float(_checks.number(value, "factor", at_least=0.1, at_most=10))


def change_speed(signal: np.ndarray, factor: float) -> np.ndarray:
    """Play the tape faster: ``y(t) = x(factor · t)``. Every frequency grows, and the duration shrinks, by the factor.

    The signal is resampled from p to q samples, where p/q is the fraction nearest to the factor with q ≤ 1000.
    What would pass the Nyquist frequency is filtered out before.

    Parameters
    ----------
    signal : ndarray, shape (…, time)
    factor : float, 0.1…10
        2 is twice as fast and an octave higher.

    Returns
    -------
    ndarray, shape (…, round(time / factor)), dtype of ``signal``

    Lecture: augmentation
    """
    signal, factor = _checks.signal(signal), _factor(factor)
    ratio = Fraction(factor).limit_denominator(1000)
    n_out = max(1, round(signal.shape[-1] / factor))
    return fix_length(resample(signal, from_rate=ratio.numerator, to_rate=ratio.denominator), n_out)


def time_stretch(signal: np.ndarray, factor: float, *, n_fft: int = 1024) -> np.ndarray:
    """Speak faster with the same voice: the duration shrinks by the factor, every frequency stays.

    A phase vocoder: frames of the STFT are read at another speed, and the phase of each bin keeps advancing as fast
    as it did.

    Parameters
    ----------
    signal : ndarray, shape (…, time)
    factor : float, 0.1…10
        2 is twice as fast.
    n_fft : int, samples
        A frame should hold three periods of the lowest pitch or more; clicks are smeared over its length.

    Returns
    -------
    ndarray, shape (…, round(time / factor)), dtype of ``signal``

    Source: Flanagan & Golden 1966, Bell System Technical Journal 45; Laroche & Dolson 1999.
    Lecture: augmentation
    """
    signal, factor = _checks.signal(signal), _factor(factor)
    n_out = max(1, round(signal.shape[-1] / factor))
    n_fft = _checks.count(n_fft, "n_fft", minimum=4)
    hop_length = n_fft // 4
    spectrum = stft(signal, n_fft=n_fft, hop_length=hop_length)
    stretched = phase_vocoder(spectrum, rate=factor, n_fft=n_fft, hop_length=hop_length)
    return istft(stretched, n_fft=n_fft, hop_length=hop_length, length=n_out).astype(signal.dtype, copy=False)


def pitch_shift(signal: np.ndarray, n_semitones: float, *, n_fft: int = 1024) -> np.ndarray:
    """Another pitch in the same time: stretch by ``r = 2^(n/12)``, then play r times as fast.

    All frequencies are multiplied by r, formants too: a voice moved far sounds like a smaller or larger person.

    Parameters
    ----------
    signal : ndarray, shape (…, time)
    n_semitones : float, −24…24
        12 is an octave up.
    n_fft : int, samples
        As in ``time_stretch``.

    Returns
    -------
    ndarray, shape (…, time), dtype of ``signal``

    Lecture: augmentation
    """
    signal = _checks.signal(signal)
    ratio = 2 ** (_checks.number(n_semitones, "n_semitones", at_least=-24, at_most=24) / 12)
    longer = time_stretch(signal, 1 / ratio, n_fft=n_fft)
    return fix_length(change_speed(longer, ratio), signal.shape[-1])


# ------------------------------------------------------------------------------------ filters and codecs


def _butterworth(kind: str, signal: np.ndarray, frequency_hz: float, sample_rate: float) -> np.ndarray:
    """Fourth order, 24 dB per octave: two biquads whose poles lie on one circle."""
    for angle in (math.pi / 8, 3 * math.pi / 8):
        q = 1 / (2 * math.cos(angle))
        signal = lfilter(*biquad(kind, frequency_hz=frequency_hz, sample_rate=sample_rate, q=q), signal)
    return signal


def lowpass(signal: np.ndarray, cutoff_hz: float, *, sample_rate: float) -> np.ndarray:
    """A dull microphone, or a wall in between: Butterworth of order 4, ``|H|² = 1 / (1 + (f/f_c)⁸)`` before warping.

    Parameters
    ----------
    signal : ndarray, shape (…, time)
    cutoff_hz : float, Hz
        f_c, −3 dB; above it 24 dB per octave, and more towards the Nyquist frequency.
    sample_rate : float, Hz

    Returns
    -------
    ndarray, shape (…, time), dtype of ``signal``

    Lecture: augmentation
    """
    sample_rate = _checks.sample_rate(sample_rate)
    cutoff_hz = _checks.cutoff(cutoff_hz, sample_rate, "cutoff_hz")
    return _butterworth("lowpass", _checks.signal(signal), cutoff_hz, sample_rate)


def random_equalizer(
    signal: np.ndarray, *, rng: np.random.Generator, sample_rate: float, n_bands: int = 4, max_gain_db: float = 6.0
) -> np.ndarray:
    """Another microphone: peaks and dips at random frequencies, a chain of peaking biquads.

    Frequencies are drawn uniformly per octave from 50 Hz to 0.45 f_s, gains in ±``max_gain_db``, Q in 0.5…2.

    Parameters
    ----------
    signal : ndarray, shape (…, time)
        One equaliser for all of a batch.
    rng : numpy.random.Generator
    sample_rate : float, Hz, above 200
    n_bands : int
    max_gain_db : float, dB, 0…40

    Returns
    -------
    ndarray, shape (…, time), dtype of ``signal``

    Lecture: augmentation
    """
    signal, rng = _checks.signal(signal), _checks.generator(rng)
    sample_rate = _checks.number(sample_rate, "sample_rate", above=200)
    max_gain_db = _checks.number(max_gain_db, "max_gain_db", at_least=0, at_most=40)
    for _ in range(_checks.count(n_bands, "n_bands", maximum=100)):
        b, a = biquad(
            "peaking",
            frequency_hz=math.exp(rng.uniform(math.log(50), math.log(0.45 * sample_rate))),
            sample_rate=sample_rate,
            q=2 ** rng.uniform(-1, 1),
            gain_db=rng.uniform(-max_gain_db, max_gain_db),
        )
        signal = lfilter(b, a, signal)
    return signal


def random_tilt(signal: np.ndarray, gain_db: float, *, rng: np.random.Generator, sample_rate: float) -> np.ndarray:
    """A dull or a bright microphone: a high shelf, its corner uniform per octave from f_s/10 to 3 f_s/8.

    Parameters
    ----------
    signal : ndarray, shape (…, time)
        One shelf for all of a batch.
    gain_db : float, dB, within ±40
        Well above the corner; half of it at the corner.
    rng : numpy.random.Generator
    sample_rate : float, Hz

    Returns
    -------
    ndarray, shape (…, time), dtype of ``signal``

    Lecture: augmentation
    """
    signal, rng = _checks.signal(signal), _checks.generator(rng)
    gain_db = _checks.number(gain_db, "gain_db", at_least=-40, at_most=40)
    sample_rate = _checks.sample_rate(sample_rate)
    corner_hz = sample_rate * math.exp(rng.uniform(math.log(0.1), math.log(0.375)))
    b, a = biquad("highshelf", frequency_hz=corner_hz, sample_rate=sample_rate, gain_db=gain_db)
    return lfilter(b, a, signal)


def telephone(
    signal: np.ndarray, *, sample_rate: float, f_min: float = 300.0, f_max: float = 3400.0, mu: int = 255
) -> np.ndarray:
    """What a telephone line leaves: the band from ``f_min`` to ``f_max``, then mu-law with ``mu + 1`` levels.

    Band edges are Butterworth of order 4. A signal that peaks above 1 is scaled to 1 for the coder and back.

    Parameters
    ----------
    signal : ndarray, shape (…, time), nominally within ±1
    sample_rate : float, Hz
    f_min, f_max : float, Hz
        f_max lies below the Nyquist frequency.
    mu : int
        255 for 8 bits; less is coarser.

    Returns
    -------
    ndarray, shape (…, time), dtype of ``signal``
        The rate stays. Silence becomes a constant, 0.00009 with mu = 255: mu-law has no code for 0.

    Lecture: augmentation
    """
    f_min, f_max = _checks.band(f_min, f_max)
    sample_rate = _checks.sample_rate(sample_rate)
    f_min, f_max = _checks.cutoff(f_min, sample_rate, "f_min"), _checks.cutoff(f_max, sample_rate, "f_max")
    band = _butterworth("lowpass", _checks.signal(signal), f_max, sample_rate)
    band = _butterworth("highpass", band, f_min, sample_rate)
    scale = np.maximum(np.abs(band).max(axis=-1, keepdims=True), 1)
    codes = mu_law_encode(band / scale, mu=mu)
    return (mu_law_decode(codes, mu=mu) * scale).astype(band.dtype)


# ------------------------------------------------------------------------------ spectrograms and batches


def time_warp(spectrogram: np.ndarray, *, source: int, target: int) -> np.ndarray:
    """Move what happens at frame ``source`` to frame ``target``; the ends stay, all between is stretched evenly.

    Output frame m reads the input at ``u(m)``, piecewise linear through (0, 0), (target, source) and
    (T − 1, T − 1); between frames the values are interpolated.

    Parameters
    ----------
    spectrogram : ndarray, shape (…, freq, time)
    source, target : int, frames, 1…T − 2

    Returns
    -------
    ndarray, shape (…, freq, time), dtype of ``spectrogram``

    Lecture: augmentation
    """
    spectrogram = _checks.features(spectrogram, "spectrogram", "freq")
    last = spectrogram.shape[-1] - 1
    source = _checks.count(source, "source", maximum=last - 1)
    target = _checks.count(target, "target", maximum=last - 1)
    position = np.interp(np.arange(last + 1), [0, target, last], [0, source, last])
    left = np.minimum(position.astype(int), last - 1)
    share = (position - left).astype(spectrogram.dtype)
    return spectrogram[..., left] * (1 - share) + spectrogram[..., left + 1] * share


def spec_augment(
    spectrogram: np.ndarray,
    *,
    rng: np.random.Generator,
    n_freq_masks: int = 2,
    max_freq_width: int = 8,
    n_time_masks: int = 2,
    max_time_width: int = 20,
    max_time_share: float = 0.2,
    max_warp: int = 5,
    value: float | None = None,
) -> np.ndarray:
    """Warp time, then hide bands and moments: SpecAugment.

    A mask of width f, uniform in 0…F, covers the bins f₀ … f₀ + f − 1 of all frames, f₀ uniform in 0…ν − f; so for
    frames, of which a mask covers at most the share p. The warp moves a random frame by up to W frames.

    Parameters
    ----------
    spectrogram : ndarray, shape (…, freq, time)
        Of log or dB values; each of a batch has masks of its own.
    rng : numpy.random.Generator
    n_freq_masks, n_time_masks : int
        0 for none.
    max_freq_width : int, bins
        F, at most freq.
    max_time_width : int, frames
        T; what exceeds p · time is not used.
    max_time_share : float, 0…1
        p.
    max_warp : int, frames
        W; what exceeds (time − 3) // 2 is not used. 0 for none.
    value : float, optional
        What stands in a mask; by default the mean of that spectrogram. On dB re maximum 0 would be the loudest
        value of all, not silence.

    Returns
    -------
    ndarray, shape (…, freq, time), dtype of ``spectrogram``
        A copy.

    Source: Park et al. 2019, Interspeech, section 2.
    Lecture: augmentation
    """
    spectrogram, rng = _checks.features(spectrogram, "spectrogram", "freq"), _checks.generator(rng)
    n_freq, n_time = spectrogram.shape[-2:]
    n_freq_masks = _checks.count(n_freq_masks, "n_freq_masks", minimum=0, maximum=10_000)
    n_time_masks = _checks.count(n_time_masks, "n_time_masks", minimum=0, maximum=10_000)
    max_warp = _checks.count(max_warp, "max_warp", minimum=0, maximum=10_000)
    max_freq_width = _checks.count(max_freq_width, "max_freq_width", minimum=0)
    max_time_width = _checks.count(max_time_width, "max_time_width", minimum=0)
    if n_freq_masks > 0:
        _checks.no_more(max_freq_width, n_freq, "max_freq_width", "freq")
    widest = min(max_time_width, int(_checks.number(max_time_share, "max_time_share", at_least=0, at_most=1) * n_time))
    furthest = min(max_warp, (n_time - 3) // 2)
    out = np.array(spectrogram, order="C")
    for one in out.reshape(-1, n_freq, n_time):  # views of what is returned, as its order in memory is C
        fill = one.mean() if value is None else _checks.number(value, "value")
        if furthest > 0:
            source = int(rng.integers(furthest + 1, n_time - 1 - furthest))
            one[:] = time_warp(one, source=source, target=source + int(rng.integers(-furthest, furthest + 1)))
        for _ in range(n_freq_masks):
            one[_piece(rng, n_freq, max_freq_width)] = fill
        for _ in range(n_time_masks):
            one[:, _piece(rng, n_time, widest)] = fill
    return out


def _piece(rng: np.random.Generator, n_all: int, widest: int) -> slice:
    """A random width first, then a random place for it."""
    width = int(rng.integers(widest + 1))
    start = int(rng.integers(n_all - width + 1))
    return slice(start, start + width)


def mixup(
    batch: np.ndarray, labels: np.ndarray, *, rng: np.random.Generator, alpha: float = 0.2
) -> tuple[np.ndarray, np.ndarray]:
    """Blend each example with another one: ``x' = λ x_i + (1 − λ) x_j``, with the label ``y' = λ y_i + (1 − λ) y_j``.

    ``λ ~ Beta(α, α)`` is drawn for each example, j is a permutation of the batch.

    Parameters
    ----------
    batch : ndarray, shape (n, …)
        Signals or features.
    labels : ndarray, shape (n, n_classes)
        Shares of classes, such as ``numpy.eye(n_classes)[numbers]``.
    rng : numpy.random.Generator
    alpha : float
        Near 0 little is mixed; 1 makes every λ equally likely.

    Returns
    -------
    batch : ndarray, shape (n, …)
    labels : ndarray, shape (n, n_classes)
        Each row adds up to what it did.

    Source: Zhang et al. 2018, ICLR.
    Lecture: augmentation
    """
    batch = _checks.array(batch, "batch", real=True)
    labels = _checks.class_shares(labels, len(batch))
    alpha = _checks.number(alpha, "alpha", above=0, at_most=1e3)
    share = _checks.generator(rng).beta(alpha, alpha, len(batch))
    other = rng.permutation(len(batch))

    def blend(x):
        weight = share.reshape(-1, *[1] * (x.ndim - 1)).astype(x.dtype)
        return weight * x + (1 - weight) * x[other]

    return blend(batch), blend(labels)


# --------------------------------------------------------------------------------------------- the chain

_STEPS = (
    gain,
    gain_curve,
    invert_polarity,
    time_shift,
    fix_length,
    crop_edges,
    change_speed,
    time_stretch,
    pitch_shift,
)
_STEPS += (mix_at_snr, add_noise, lowpass, random_equalizer, random_tilt, telephone, spec_augment)
STEPS = {function.__name__: function for function in _STEPS}


class Compose:
    """A chain of augmentations; what happens to an example follows from (seed, epoch, index) and nothing else.

    Each step is drawn by a generator of its own, ``SeedSequence([seed, epoch, index]).spawn(n_steps)``. So the same
    example comes out the same in every order, in any number of workers, and a step that is left out with probability
    0 does not change what the others draw.

    Parameters
    ----------
    steps : list of tuples
        ``(what, parameters, probability)``: a name in ``STEPS`` or a function of a signal, a dict, and 0…1.
        A parameter ``(low, high)`` is drawn uniformly, one of a ``[list]`` is chosen, anything else is passed as it is.
        Where the function's own annotation is ``int``, a whole number is drawn, both ends included.
        ``rng`` and ``sample_rate`` are passed to functions that take them.
    seed : int
    sample_rate : float, Hz, optional

    Lecture: augmentation
    """

    def __init__(self, steps: Sequence[tuple], *, seed: int, sample_rate: float | None = None) -> None:
        self.steps = [_checks.augmentation_step(step, STEPS, sample_rate) for step in _checks.step_list(steps)]
        self.seed = _checks.count(seed, "seed", minimum=0)
        self.sample_rate = None if sample_rate is None else _checks.sample_rate(sample_rate)

    def draw(self, index: int, *, epoch: int = 0) -> list[tuple[Callable, dict]]:
        """The functions that will be called for an example, with their arguments."""
        numbers = [self.seed, _checks.count(epoch, "epoch", minimum=0), _checks.count(index, "index", minimum=0)]
        drawn = []
        for (function, parameters, probability), seed in zip(
            self.steps, np.random.SeedSequence(numbers).spawn(len(self.steps)), strict=True
        ):
            rng = np.random.default_rng(seed)
            is_on = rng.random() < probability
            takes = inspect.signature(function).parameters
            whole = {name for name, parameter in takes.items() if _checks.asks_whole(parameter)}
            arguments = {name: _one_of(value, rng, is_whole=name in whole) for name, value in parameters.items()}
            if "rng" in takes:
                arguments["rng"] = rng
            if "sample_rate" in takes and self.sample_rate is not None:
                arguments.setdefault("sample_rate", self.sample_rate)
            if is_on:
                drawn.append((function, arguments))
        return drawn

    def __call__(self, signal: np.ndarray, index: int, *, epoch: int = 0) -> np.ndarray:
        """The example ``signal`` of number ``index`` as it is seen in an epoch."""
        for function, arguments in self.draw(index, epoch=epoch):
            signal = function(signal, **arguments)
        return signal


class Augmented:
    """A dataset whose examples are augmented when they are fetched: what a ``DataLoader`` takes, without torch.

    Set ``epoch`` before each pass, as ``models.training.fit`` does, also within a ``Subset`` or a ``ConcatDataset``.
    The number lies in memory that is shared with the workers, so that those of ``persistent_workers=True``, which
    keep their first copy of the dataset, draw anew as well.

    Parameters
    ----------
    examples : sequence of pairs
        (signal, label), such as a ``torch.utils.data.Dataset``.
    augment : Compose
        Or what is called as one: ``augment(signal, index, epoch=epoch)``.

    Lecture: augmentation
    """

    def __init__(self, examples: Sequence[tuple], augment: Compose) -> None:
        self.examples, self.augment = _checks.indexed(examples), _checks.chain(augment)
        self._shared_epoch = RawValue(ctypes.c_int64, 0)

    @property
    def epoch(self) -> int:
        """Which pass over the examples this is, from 0."""
        return self._shared_epoch.value

    @epoch.setter
    def epoch(self, epoch: int) -> None:
        self._shared_epoch.value = _checks.count(epoch, "epoch", minimum=0)

    def __getstate__(self) -> dict:
        """Memory can be shared with a process that is being started, and with no other: a copy has its own."""
        state = self.__dict__.copy()
        if get_spawning_popen() is None:
            state["_shared_epoch"] = self.epoch
        return state

    def __setstate__(self, state: dict) -> None:
        self.__dict__ = state
        if isinstance(self._shared_epoch, int):
            self._shared_epoch = RawValue(ctypes.c_int64, self._shared_epoch)

    def __len__(self) -> int:
        return len(self.examples)

    def __getitem__(self, index: int) -> tuple:
        signal, label = _checks.signal_and_label(self.examples[index], index)
        return self.augment(signal, index, epoch=self.epoch), label


def _one_of(value, rng: np.random.Generator, *, is_whole: bool):
    """A number in a range, a member of a list, or the value itself."""
    if isinstance(value, tuple) and is_whole:
        return int(rng.integers(math.ceil(value[0]), math.floor(value[1]) + 1))
    if isinstance(value, tuple):
        return float(rng.uniform(*value))
    return value[int(rng.integers(len(value)))] if isinstance(value, list) else value
