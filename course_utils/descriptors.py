"""Single numbers per frame: zero crossings, shape of the spectrum, speech or pause, pitch, onsets, beats, pitch class.

Signals are ``(…, time)``, spectrograms ``(…, freq, time)``, descriptors ``(…, frames)``; frame m is centred on sample
``m · hop_length``. Lecture: descriptors
"""

import math
from collections.abc import Callable

import numpy as np
import scipy.fft

from ._checks import descriptors as _checks
from .dft import frequencies_hz
from .mel import log_mel, mel_spectrogram
from .stft import frame

_C1_HZ = 440 * 2 ** (-45 / 12)  # 32.70 Hz, 45 semitones below A4
_ROUNDING = 1e-9  # of the autocorrelation at lag 0: no return, but what rounding leaves
_BLOCK_VALUES = 1 << 18  # frames are looked at in blocks that stay in the processor's cache


def _centred(signal: np.ndarray, frame_length: int, hop_length: int, pad_mode: str = "constant") -> np.ndarray:
    """Frames centred on every hop, a view of the padded signal: (…, time) → (…, frames, frame_length)."""
    n_pad = frame_length // 2
    padded = np.pad(signal, [(0, 0)] * (signal.ndim - 1) + [(n_pad, n_pad + frame_length % 2)], mode=pad_mode)
    frames = np.swapaxes(frame(padded, frame_length=frame_length, hop_length=hop_length), -1, -2)
    return frames[..., : 1 + signal.shape[-1] // hop_length, :]


# ------------------------------------------------------------------------------- waveform and spectrum


def zero_crossing_rate(
    signal: np.ndarray, *, frame_length: int = 2048, hop_length: int = 512, center: bool = True
) -> np.ndarray:
    """How often the sign changes: the number of n with ``s[n] ≠ s[n − 1]`` in a frame, over its length.

    ``s = (x ≥ 0)``: zero counts as positive. A sine of f Hz has ``2 f / f_s``.

    Parameters
    ----------
    signal : ndarray, shape (…, time)
    frame_length, hop_length : int, samples
    center : bool
        Repeat the first and the last sample so that frame m is centred on sample ``m · hop_length``.

    Returns
    -------
    ndarray, shape (…, frames), crossings per sample, 0…1
        Equal to ``librosa.feature.zero_crossing_rate`` for values beyond its threshold of 1e−10.

    Lecture: descriptors
    """
    signal = _checks.signal(signal)
    hop_length = _checks.count(hop_length, "hop_length")
    frame_length = _checks.count(frame_length, "frame_length")
    n_pad = frame_length // 2 if _checks.switch(center, "center") else 0
    _checks.fits_signal(frame_length, signal.shape[-1] + 2 * n_pad, "frame_length")
    positive = np.pad(signal >= 0, [(0, 0)] * (signal.ndim - 1) + [(n_pad, n_pad)], mode="edge")
    crossings = np.zeros(positive.shape, np.int64)  # how many up to and including sample n
    np.cumsum(positive[..., 1:] != positive[..., :-1], axis=-1, out=crossings[..., 1:])
    inside = crossings[..., frame_length - 1 :] - crossings[..., : crossings.shape[-1] - frame_length + 1]
    return inside[..., ::hop_length] / frame_length


def _shares(spectrogram: np.ndarray, sample_rate: float, n_fft: int | None) -> tuple[np.ndarray, np.ndarray]:
    """What part of its frame's sum each bin holds (all 0 in silence), and the bins' frequencies as a column."""
    spectrogram = _checks.non_negative(_checks.spectrum(spectrogram, "spectrogram", real=True), "spectrogram")
    n_fft = max(1, 2 * (spectrogram.shape[-2] - 1)) if n_fft is None else _checks.count(n_fft, "n_fft")
    _checks.bins_match(spectrogram.shape[-2], n_fft)
    bins_hz = frequencies_hz(n_fft, sample_rate=sample_rate)[:, np.newaxis].astype(spectrogram.dtype)
    total = spectrogram.sum(axis=-2, keepdims=True)
    return spectrogram / np.where(total > 0, total, 1), bins_hz


def spectral_centroid_hz(spectrogram: np.ndarray, *, sample_rate: float, n_fft: int | None = None) -> np.ndarray:
    """The centre of gravity of the spectrum: ``Σ_k f_k S[k] / Σ_k S[k]``.

    Parameters
    ----------
    spectrogram : ndarray, shape (…, freq, time), not negative
        Magnitude, as librosa takes it, or power, which listens to the strong partials more.
    sample_rate : float, Hz
    n_fft : int, samples
        Needed if it was odd; ``2 (freq − 1)`` by default.

    Returns
    -------
    ndarray, shape (…, frames), Hz
        0 in a silent frame. Equal to ``librosa.feature.spectral_centroid``.

    Lecture: descriptors
    """
    share, bins_hz = _shares(spectrogram, sample_rate, n_fft)
    return (bins_hz * share).sum(axis=-2)


def spectral_bandwidth_hz(spectrogram: np.ndarray, *, sample_rate: float, n_fft: int | None = None) -> np.ndarray:
    """How far the spectrum spreads about its centroid c: ``√(Σ_k (f_k − c)² S[k] / Σ_k S[k])``.

    Parameters
    ----------
    spectrogram, sample_rate, n_fft : as in ``spectral_centroid_hz``

    Returns
    -------
    ndarray, shape (…, frames), Hz
        0 in a silent frame. Equal to ``librosa.feature.spectral_bandwidth``.

    Lecture: descriptors
    """
    share, bins_hz = _shares(spectrogram, sample_rate, n_fft)
    centroid_hz = (bins_hz * share).sum(axis=-2, keepdims=True)
    return np.sqrt(((bins_hz - centroid_hz) ** 2 * share).sum(axis=-2))


def spectral_rolloff_hz(
    spectrogram: np.ndarray, *, sample_rate: float, n_fft: int | None = None, roll_percent: float = 0.85
) -> np.ndarray:
    """The lowest frequency up to which the given part of the sum lies: the first k with ``Σ_{j≤k} S[j] ≥ p Σ_j S[j]``.

    Parameters
    ----------
    spectrogram, sample_rate, n_fft : as in ``spectral_centroid_hz``
    roll_percent : float, 0…1, both excluded
        A fraction, in spite of the name that librosa gave it.

    Returns
    -------
    ndarray, shape (…, frames), Hz
        0 in a silent frame. Equal to ``librosa.feature.spectral_rolloff``.

    Lecture: descriptors
    """
    roll_percent = _checks.fraction(roll_percent, "roll_percent")
    spectrogram = _checks.spectrum(spectrogram, "spectrogram", real=True)
    _, bins_hz = _shares(spectrogram, sample_rate, n_fft)
    up_to = np.cumsum(spectrogram, axis=-2)
    return bins_hz[(up_to >= roll_percent * up_to[..., -1:, :]).argmax(axis=-2), 0]


def spectral_flatness(spectrogram: np.ndarray, *, power: float = 2.0, floor: float = 1e-10) -> np.ndarray:
    """Geometric over arithmetic mean: ``exp(mean_k ln P[k]) / mean_k P[k]`` with ``P = max(S^power, floor)``.

    1 for a flat spectrum, near 0 for a tone; white noise has ``e^{−γ} = 0.56``, since its power fluctuates.

    Parameters
    ----------
    spectrogram : ndarray, shape (…, freq, time), not negative
    power : float
        2 for a magnitude, 1 for what is a power already.
    floor : float
        What stands in for less; silence is all floor, and so has flatness 1.

    Returns
    -------
    ndarray, shape (…, frames), 0…1
        Equal to ``librosa.feature.spectral_flatness``.

    Lecture: descriptors
    """
    spectrogram = _checks.non_negative(_checks.spectrum(spectrogram, "spectrogram", real=True), "spectrogram")
    limits = np.finfo(spectrogram.dtype)
    most = float(limits.max) / spectrogram.shape[-2]  # of which there is a mean
    floor = _checks.number(floor, "floor", at_least=float(limits.tiny), at_most=most)
    power = _checks.number(power, "power", above=0, at_most=8)
    with np.errstate(over="ignore"):
        values = _checks.array(np.maximum(spectrogram**power, floor), "spectrogram ** power")
    return np.exp(np.log(values).mean(axis=-2)) / values.mean(axis=-2)


def detect_voice(
    signal: np.ndarray,
    *,
    sample_rate: float,
    threshold_db: float = -30.0,
    frame_s: float = 0.025,
    hop_s: float = 0.010,
    hangover_s: float = 0.0,
) -> np.ndarray:
    """Speech or pause, by energy alone: active where ``10 log₁₀(P[m] / max_m P[m]) > threshold``.

    ``P[m]`` is the mean square of frame m. Whatever is loud counts as voice, so that steady noise less than
    ``−threshold_db`` below the loudest frame makes every frame active.

    Parameters
    ----------
    signal : ndarray, shape (…, time)
    sample_rate : float, Hz
    threshold_db : float, dB re the loudest frame, below 0
    frame_s, hop_s : float, s
    hangover_s : float, s
        How long to stay active afterwards, so that weak ends of words are kept.

    Returns
    -------
    ndarray, shape (…, frames), bool
        Frame m is centred on sample ``m · round(hop_s · sample_rate)``; all False in silence.

    Lecture: descriptors
    """
    signal = _checks.signal(signal)
    sample_rate = _checks.sample_rate(sample_rate)
    frame_length = _checks.n_samples(frame_s, sample_rate, "frame_s")
    hop_length = _checks.n_samples(hop_s, sample_rate, "hop_s")
    threshold_db = _checks.number(threshold_db, "threshold_db", at_least=-300)
    threshold_db = _checks.below_zero(threshold_db, "threshold_db")
    hangover_s = _checks.number(hangover_s, "hangover_s", at_least=0, at_most=3600)
    n_hangover = round(hangover_s * sample_rate / hop_length)
    frames = _centred(signal, frame_length, hop_length)
    power = np.einsum("...n,...n->...", frames, frames, dtype=np.float64) / frame_length
    active = power > 10 ** (threshold_db / 10) * power.max(axis=-1, keepdims=True)
    number = np.arange(active.shape[-1])
    last_active = np.maximum.accumulate(np.where(active, number, -n_hangover - 1), axis=-1)
    return number - last_active <= n_hangover


# ---------------------------------------------------------------------------------------------- pitch


def _track(
    signal: np.ndarray,
    sample_rate: float,
    f_min: float,
    f_max: float,
    frame_length: int,
    hop_length: int | None,
    pick: Callable,
) -> tuple[np.ndarray, np.ndarray]:
    """Check what pitch trackers share, then let ``pick(frames, τ_min, τ_max)`` find period and quality, in blocks."""
    signal = _checks.signal(signal)
    f_min, f_max, sample_rate = _checks.pitch_range(f_min, f_max, sample_rate)
    frame_length = _checks.count(frame_length, "frame_length", minimum=8)
    _checks.holds_two_periods(frame_length, f_min, sample_rate)
    hop_length = max(1, frame_length // 4) if hop_length is None else _checks.count(hop_length, "hop_length")
    lags = int(sample_rate // f_max), math.ceil(sample_rate / f_min)
    frames = _centred(signal / _checks.power_of_two_above(signal, axis=-1), frame_length, hop_length)
    flat = frames.reshape(-1, *frames.shape[-2:]) if signal.ndim != 1 else frames[np.newaxis]
    f0_hz, quality = np.empty((2, *flat.shape[:2]), signal.dtype)
    step = max(1, _BLOCK_VALUES // frame_length)
    for i in range(len(flat)):
        for start in range(0, flat.shape[1], step):
            block = slice(start, start + step)
            period, quality[i, block] = pick(flat[i, block], *lags)
            f0_hz[i, block] = sample_rate / period
    return f0_hz.reshape(frames.shape[:-1]), quality.reshape(frames.shape[:-1])


def _vertex(values: np.ndarray, lag: np.ndarray) -> np.ndarray:
    """Where the parabola through ``values[m, lag − 1 : lag + 2]`` has its extremum; ``lag`` itself if outside."""
    before, at, after = (np.take_along_axis(values, lag[:, np.newaxis] + i, axis=-1)[:, 0] for i in (-1, 0, 1))
    curvature = before - 2 * at + after
    shift = (before - after) / np.where(curvature == 0, 1, 2 * curvature)
    return lag + np.where(np.abs(shift) < 1, shift, 0)


def autocorrelation_pitch_hz(
    signal: np.ndarray,
    *,
    sample_rate: float,
    f_min: float = 50.0,
    f_max: float = 1000.0,
    frame_length: int = 2048,
    hop_length: int | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Pitch from the highest peak of the autocorrelation: ``r[τ] = Σ_n x[n] x[n + τ]``, ``f₀ = f_s / argmax_τ r[τ]``.

    The peak is sought between the periods of ``f_max`` and ``f_min`` and refined by a parabola.

    Parameters
    ----------
    signal : ndarray, shape (…, time)
    sample_rate : float, Hz
    f_min, f_max : float, Hz
        Limits of the period in whole samples; the parabola may lead a part of a sample beyond.
    frame_length, hop_length : int, samples
        A frame of at least two periods of ``f_min``; the hop is a quarter of it by default.

    Returns
    -------
    f0_hz : ndarray, shape (…, frames), Hz
        NaN where the frame is silent or r has no peak in the range. The longer
        the frame, the more often an octave or more too low: see ``yin``.
    strength : ndarray, shape (…, frames)
        ``r[τ] / r[0]``, near 1 for a periodic frame.

    Lecture: descriptors
    """

    def pick(frames: np.ndarray, shortest: int, longest: int) -> tuple[np.ndarray, np.ndarray]:
        n_fft = scipy.fft.next_fast_len(frames.shape[-1] + longest + 2, real=True)
        spectrum = scipy.fft.rfft(frames, n=n_fft)
        r = scipy.fft.irfft(spectrum.real**2 + spectrum.imag**2, n=n_fft)[:, : longest + 2]
        middle = r[:, 1:-1]
        is_peak = (middle > r[:, :-2]) & (middle >= r[:, 2:])
        candidates = np.where(is_peak, middle, -np.inf)[:, shortest - 1 :]
        returns = is_peak[:, shortest - 1 :].any(axis=-1)
        lag = np.where(returns, candidates.argmax(axis=-1), 0) + shortest
        energy = r[:, 0]
        strength = np.take_along_axis(r, lag[:, np.newaxis], axis=-1)[:, 0] / np.where(energy > 0, energy, 1)
        return np.where(returns & (strength > _ROUNDING), _vertex(r, lag), np.nan), strength

    return _track(signal, sample_rate, f_min, f_max, frame_length, hop_length, pick)


def _difference(frames: np.ndarray, n_lags: int) -> np.ndarray:
    """``d[τ] = Σ_{n<W} (x[n] − x[n + τ])²`` as ``Σ x[n]² + Σ x[n + τ]² − 2 Σ x[n] x[n + τ]``, by FFT."""
    n_window = frames.shape[-1] - n_lags + 1
    n_fft = scipy.fft.next_fast_len(frames.shape[-1], real=True)  # n + τ stays inside the frame: nothing wraps
    head = scipy.fft.rfft(frames[:, :n_window], n=n_fft)
    product = scipy.fft.irfft(head.conj() * scipy.fft.rfft(frames, n=n_fft), n=n_fft)[:, :n_lags]
    squares = frames**2
    energy = np.empty_like(product)
    energy[:, 0] = squares[:, :n_window].sum(axis=-1)
    energy[:, 1:] = squares[:, n_window:] - squares[:, : n_lags - 1]  # what enters the window, what leaves it
    np.cumsum(energy, axis=-1, out=energy)
    return np.maximum(energy[:, :1] + energy - 2 * product, 0)


def _difference_loop(frames: np.ndarray, n_lags: int) -> np.ndarray:
    """The definition of ``_difference``, lag by lag."""
    n_window = frames.shape[-1] - n_lags + 1
    return np.stack(
        [((frames[:, :n_window] - frames[:, lag : lag + n_window]) ** 2).sum(axis=-1) for lag in range(n_lags)], axis=-1
    )


def _yin_pick(threshold: float, difference: Callable) -> Callable:
    """Steps 3 to 5 of YIN on the difference function that is passed."""

    def pick(frames: np.ndarray, shortest: int, longest: int) -> tuple[np.ndarray, np.ndarray]:
        d = difference(frames, longest + 2)
        lags = np.arange(1, longest + 2)
        total = np.cumsum(d[:, 1:], axis=-1)
        normalised = np.ones_like(d)
        np.divide(d[:, 1:] * lags, total, out=normalised[:, 1:], where=total > 0)
        middle = normalised[:, shortest : longest + 1]
        dips = (middle < normalised[:, shortest - 1 : longest]) & (middle <= normalised[:, shortest + 1 : longest + 2])
        dips &= middle < threshold
        first, deepest = dips.argmax(axis=-1), middle.argmin(axis=-1)
        lag = shortest + np.where(dips.any(axis=-1), first, deepest)
        aperiodicity = np.take_along_axis(normalised, lag[:, np.newaxis], axis=-1)[:, 0]
        return np.where(total[:, -1] > 0, _vertex(d, lag), np.nan), aperiodicity

    return pick


def yin(
    signal: np.ndarray,
    *,
    sample_rate: float,
    f_min: float = 50.0,
    f_max: float = 1000.0,
    frame_length: int = 2048,
    hop_length: int | None = None,
    threshold: float = 0.1,
) -> tuple[np.ndarray, np.ndarray]:
    """Pitch where a frame differs least from itself: ``d[τ] = Σ_{n<W} (x[n] − x[n + τ])²``.

    ``d'[τ] = d[τ] / (1/τ Σ_{j≤τ} d[j])`` begins at 1 and dips at each period. The first dip below the threshold is
    taken, or the deepest if there is none, and refined by a parabola through d. W is the frame without the longest lag.

    Parameters
    ----------
    signal : ndarray, shape (…, time)
    sample_rate : float, Hz
    f_min, f_max : float, Hz
        Limits of the period in whole samples; the parabola may lead a part of a sample beyond.
    frame_length, hop_length : int, samples
        A frame of at least two periods of ``f_min``; the hop is a quarter of it by default.
    threshold : float
        Higher takes earlier dips: fewer pitches an octave too low, more an octave too high.

    Returns
    -------
    f0_hz : ndarray, shape (…, frames), Hz
        NaN where the frame is silent.
    aperiodicity : ndarray, shape (…, frames)
        ``d'`` at the period: about the part of the power that does not repeat.
        Where it is not below ``threshold``, no dip was.

    Source: de Cheveigné & Kawahara 2002, Journal of the Acoustical Society of America 111(4), steps 2 to 5.
    Lecture: descriptors
    """
    threshold = _checks.number(threshold, "threshold", above=0)
    return _track(signal, sample_rate, f_min, f_max, frame_length, hop_length, _yin_pick(threshold, _difference))


def yin_loop(
    signal: np.ndarray,
    *,
    sample_rate: float,
    f_min: float = 50.0,
    f_max: float = 1000.0,
    frame_length: int = 2048,
    hop_length: int | None = None,
    threshold: float = 0.1,
) -> tuple[np.ndarray, np.ndarray]:
    """``yin`` with its difference function summed lag by lag, as it is defined.

    Parameters
    ----------
    signal, sample_rate, f_min, f_max, frame_length, hop_length, threshold : as in ``yin``

    Returns
    -------
    f0_hz, aperiodicity : as from ``yin``

    Lecture: descriptors
    """
    threshold = _checks.number(threshold, "threshold", above=0)
    return _track(signal, sample_rate, f_min, f_max, frame_length, hop_length, _yin_pick(threshold, _difference_loop))


# --------------------------------------------------------------------------------------------- rhythm


def onset_strength(
    signal: np.ndarray, *, sample_rate: float, hop_length: int = 512, n_fft: int = 2048, n_mels: int = 128
) -> np.ndarray:
    """How much louder it has become: ``O[m] = mean_i max(0, L[i, m] − L[i, m − 1])``, L the mel spectrogram in dB.

    A frame meets a sound half a window before its centre does, so the result is shifted by that much.

    Parameters
    ----------
    signal : ndarray, shape (…, time)
    sample_rate : float, Hz
    hop_length, n_fft : int, samples
    n_mels : int

    Returns
    -------
    ndarray, shape (…, frames), dB per hop
        Equal to ``librosa.onset.onset_strength``.

    Source: Ellis 2007, Journal of New Music Research 36(1), section 3.1.
    Lecture: descriptors
    """
    hop_length = _checks.count(hop_length, "hop_length")
    power = mel_spectrogram(signal, sample_rate=sample_rate, n_fft=n_fft, hop_length=hop_length, n_mels=n_mels)
    level_db = log_mel(power, top_db=80.0)
    rise = np.maximum(np.diff(level_db, axis=-1), 0).mean(axis=-2)
    shift = 1 + int(n_fft) // (2 * hop_length)
    return np.pad(rise, [(0, 0)] * (rise.ndim - 1) + [(shift, 0)])[..., : level_db.shape[-1]]


def _onsets(onset_strength: np.ndarray, sample_rate: float, hop_length: int) -> tuple[np.ndarray, float]:
    """Onset strength and its frames per minute, checked."""
    onset_strength = _checks.non_negative(_checks.array(onset_strength, "onset_strength", real=True), "onset_strength")
    per_minute = 60 * _checks.sample_rate(sample_rate) / _checks.count(hop_length, "hop_length")
    onset_strength = onset_strength.astype(np.float64)
    onset_strength /= _checks.power_of_two_above(onset_strength, axis=-1)
    return onset_strength, _checks.number(per_minute, "60 sample_rate / hop_length", at_least=1)


def tempo_bpm(
    onset_strength: np.ndarray,
    *,
    sample_rate: float,
    hop_length: int = 512,
    start_bpm: float = 120.0,
    std_octaves: float = 1.0,
    max_bpm: float = 320.0,
) -> np.ndarray:
    """The tempo whose period returns most in the onsets, and that people would tap: ``argmax_τ r[τ] w[τ]``.

    r is the autocorrelation of the onset strength without its mean, ``w = exp(−½ (log₂(bpm / start_bpm) / std)²)``
    the weight that decides between a tempo, its half and its double. A parabola refines the peak.

    Parameters
    ----------
    onset_strength : ndarray, shape (…, frames), not negative
    sample_rate : float, Hz
    hop_length : int, samples
    start_bpm : float, beats per minute
    std_octaves : float
        Width of the weight; small values trust ``start_bpm``.
    max_bpm : float, beats per minute
        At least a quarter of ``start_bpm``: slower beats are not looked for.

    Returns
    -------
    ndarray or scalar, shape (…), beats per minute
        NaN if nothing ever begins, or nothing comes back: one click has no tempo. At least 8 s of sound give
        librosa's tempo within a step of its grid.

    Source: Ellis 2007, Journal of New Music Research 36(1), section 3.2.
    Lecture: descriptors
    """
    onset_strength, per_minute = _onsets(onset_strength, sample_rate, hop_length)
    start_bpm = _checks.number(start_bpm, "start_bpm", above=0, at_least=1e-3, at_most=per_minute)
    std_octaves = _checks.number(std_octaves, "std_octaves", at_least=0.01)
    shortest = max(1, math.ceil(per_minute / _checks.number(max_bpm, "max_bpm", at_least=max(1, start_bpm / 4))))
    n_time = onset_strength.shape[-1]
    longest = min(n_time - 2, math.ceil(per_minute / start_bpm * 4))
    _checks.spans_periods(n_time, max(shortest, round(per_minute / start_bpm)) + 3, "a beat at start_bpm and more")
    rows = onset_strength.reshape(-1, n_time)
    n_fft = scipy.fft.next_fast_len(2 * n_time, real=True)
    spectrum = scipy.fft.rfft(rows - rows.mean(axis=-1, keepdims=True), n=n_fft)
    r = scipy.fft.irfft(np.abs(spectrum) ** 2, n=n_fft)[:, : longest + 2]
    octaves = np.log2(per_minute / np.arange(shortest, longest + 1) / start_bpm) / std_octaves
    weighted = np.maximum(r[:, shortest:-1], 0) * np.exp(-0.5 * octaves**2)
    lag = shortest + weighted.argmax(axis=-1)
    returns = _comes_back(rows, shortest, longest) & (weighted.max(axis=-1) > _ROUNDING * r[:, 0])
    bpm = np.where(returns, per_minute / _vertex(r, lag), np.nan)
    return bpm.reshape(onset_strength.shape[:-1])[()]


def _comes_back(rows: np.ndarray, shortest: int, longest: int) -> np.ndarray:
    """Whether the autocorrelation of all that rises has a peak between two lags: that of a single click falls to 0."""
    n_fft = scipy.fft.next_fast_len(2 * rows.shape[-1], real=True)
    spectrum = scipy.fft.rfft(rows - rows.min(axis=-1, keepdims=True), n=n_fft)
    r = scipy.fft.irfft(np.abs(spectrum) ** 2, n=n_fft)
    middle = r[:, shortest : longest + 1]
    is_peak = (middle >= r[:, shortest - 1 : longest]) & (middle >= r[:, shortest + 1 : longest + 2])
    return (is_peak & (middle > _ROUNDING * r[:, :1])).any(axis=-1) & (np.ptp(rows, axis=-1) > 0)


def beat_times_s(
    onset_strength: np.ndarray,
    *,
    sample_rate: float,
    hop_length: int = 512,
    bpm: float | None = None,
    tightness: float = 100.0,
) -> np.ndarray:
    """The beats that follow strong onsets at even distances: the path with the largest sum of scores.

    ``C[t] = O[t] + max_s C[s] − tightness · ln²((t − s) / period)`` over s from two periods to half a period before;
    each frame remembers its best s, and the way back from the largest C gives all beats.
    Beats at both ends that are weaker than half the root mean square of all are dropped.

    Parameters
    ----------
    onset_strength : ndarray, shape (frames,), not negative
    sample_rate : float, Hz
    hop_length : int, samples
    bpm : float, beats per minute
        From ``tempo_bpm`` by default.
    tightness : float
        How much an uneven beat costs.

    Returns
    -------
    ndarray, shape (n_beats,), s
        Empty if nothing ever begins, or nothing comes back.

    Source: Ellis 2007, Journal of New Music Research 36(1), sections 2 and 4.
    Lecture: descriptors
    """
    strength, per_minute = _onsets(
        _checks.array(onset_strength, "onset_strength", one_axis=True), sample_rate, hop_length
    )
    tightness = _checks.number(tightness, "tightness", above=0)
    if bpm is not None:
        bpm = _checks.number(bpm, "bpm", above=0, at_least=1e-3, at_most=per_minute / 2)
    if np.ptp(strength) == 0:
        return np.zeros(0)
    if bpm is None:
        bpm = tempo_bpm(strength, sample_rate=sample_rate, hop_length=hop_length)
    if np.isnan(bpm):
        return np.zeros(0)
    period = per_minute / bpm
    _checks.spans_periods(len(strength), math.ceil(period) + 1, f"a beat at {bpm:.3g} beats per minute")
    reach = np.arange(-round(period), round(period) + 1)
    blur = np.exp(-0.5 * (32 * reach / period) ** 2)
    local = np.convolve(strength / strength.std(ddof=1), blur)[len(reach) // 2 :][: len(strength)]
    beats = _best_path(local, period, tightness)
    loud = np.flatnonzero(local[beats] >= 0.5 * np.sqrt(np.mean(local[beats] ** 2)))
    return beats[loud[0] : loud[-1] + 1] * (
        int(hop_length) / float(sample_rate)
    )  # weak beats before and after are dropped


def _best_path(local: np.ndarray, period: float, tightness: float) -> np.ndarray:
    """Frames of the beats, by dynamic programming forwards and the remembered way back."""
    steps = np.arange(math.ceil(period / 2), math.floor(2 * period) + 1)
    cost = tightness * np.log(steps / period) ** 2
    total, before = local.copy(), np.full(len(local), -1)
    started = False
    for t, score in enumerate(local):
        started = started or score >= 0.01 * local.max()
        seen = steps <= t
        if started and seen.any():
            reached = total[t - steps[seen]] - cost[seen]
            best = int(reached.argmax())
            total[t], before[t] = score + reached[best], t - steps[seen][best]
    path = [int(total.argmax())]
    while before[path[-1]] >= 0:
        path.append(int(before[path[-1]]))
    return np.array(path[::-1])


# ---------------------------------------------------------------------------------------------- tones


def _constant_q(
    signal: np.ndarray, sample_rate: float, hop_length: int, f_min: float, n_bins: int, bins_per_octave: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Signal, frequencies of the bins in Hz and lengths of their kernels in samples, checked."""
    signal = _checks.signal(signal)
    hop_length = _checks.count(hop_length, "hop_length")
    bins_per_octave = _checks.count(bins_per_octave, "bins_per_octave", maximum=1200)
    n_bins = _checks.count(n_bins, "n_bins", maximum=20 * bins_per_octave)
    f_min = _checks.lowest(f_min)
    bins_hz = f_min * 2 ** (np.arange(n_bins) / bins_per_octave)
    sample_rate = _checks.sample_rate(sample_rate)
    _checks.bins_below_nyquist(bins_hz[-1], n_bins, sample_rate)
    q = 1 / math.tanh(math.log(2) / bins_per_octave)
    lengths = q * sample_rate / bins_hz
    _checks.holds_kernel(signal.shape[-1], lengths[0], f_min)
    _checks.bins_fit(signal.shape, n_bins, hop_length, signal.itemsize)
    return signal, bins_hz, lengths


def _kernel(length: float, frequency: float, reach: int) -> np.ndarray:
    """``2/√N cos²(πn/N) e^(−2πi f n)`` for −reach ≤ n ≤ reach, zero from |n| = N/2 on; f in cycles per sample."""
    n = np.arange(-reach, reach + 1)
    window = np.where(np.abs(n) < length / 2, np.cos(np.pi * n / length) ** 2, 0)
    return 2 / math.sqrt(length) * window * np.exp(-2j * np.pi * frequency * n)


def cqt(
    signal: np.ndarray,
    *,
    sample_rate: float,
    hop_length: int = 512,
    f_min: float = _C1_HZ,
    n_bins: int = 84,
    bins_per_octave: int = 12,
) -> np.ndarray:
    """Bins equally far apart in pitch: ``C[k, m] = 2/√N_k Σ_n x[mH + n] w[n/N_k] e^(−2πi f_k n/f_s)``.

    ``f_k = f_min 2^(k/b)`` and ``N_k = Q f_s / f_k`` with ``Q = (f_{k+1} + f_{k−1}) / (f_{k+1} − f_{k−1})``: every bin
    sees the same number of periods. w is Hann's window over ``|n| < N_k/2``. A tone of amplitude A in bin k has
    ``|C| = A √N_k / 2``. Octave by octave the rate is halved, so that low bins have short kernels too.

    Parameters
    ----------
    signal : ndarray, shape (…, time)
        At least as long as the longest kernel, ``N_0``.
    sample_rate : float, Hz
    hop_length : int, samples
        H; the more often 2 divides it, the faster low octaves are.
    f_min : float, Hz
        The lowest bin, C1 by default.
    n_bins, bins_per_octave : int

    Returns
    -------
    ndarray, shape (…, n_bins, frames), complex64 for float32 input, else complex128
        ``1 + time // H`` frames. The magnitude is near ``librosa.cqt``'s.

    Raises
    ------
    ValueError
        If a bin lies above the Nyquist frequency, or the signal is shorter than a kernel.

    Source: Brown 1991, JASA 89(1); octaves: Schörkhuber & Klapuri 2010, Sound and Music Computing Conference.
    Lecture: descriptors
    """
    signal, bins_hz, lengths = _constant_q(signal, sample_rate, hop_length, f_min, n_bins, bins_per_octave)
    hop_length, n_bins, bins_per_octave = int(hop_length), int(n_bins), int(bins_per_octave)
    sample_rate, dtype = float(sample_rate), np.complex64 if signal.dtype == np.float32 else np.complex128
    n_frames = 1 + signal.shape[-1] // hop_length
    out = np.empty((*signal.shape[:-1], n_frames, n_bins), dtype)
    octaves = [slice(max(0, end - bins_per_octave), end) for end in range(n_bins, 0, -bins_per_octave)]
    factors = [_decimation(bins_hz[octave][-1], lengths[octave][-1], sample_rate, hop_length) for octave in octaves]
    pad = -(-(math.ceil(lengths[0] / 2) + 1) // factors[-1]) * factors[-1]
    n_fft = factors[-1] * scipy.fft.next_fast_len(-(-(signal.shape[-1] + 2 * pad) // factors[-1]), real=True)
    padded = np.pad(signal, [(0, 0)] * (signal.ndim - 1) + [(pad, n_fft - signal.shape[-1] - pad)])
    spectrum = scipy.fft.rfft(padded) if factors[-1] > 1 else None
    for octave, factor in zip(octaves, factors, strict=True):
        if factor > 1:
            short = scipy.fft.irfft(spectrum[..., : n_fft // factor // 2 + 1], n=n_fft // factor) / factor
        else:
            short = padded
        reach = math.ceil(lengths[octave.start] / factor / 2)
        _checks.kernels_fit(octave.stop - octave.start, 2 * reach + 1)
        scale = math.sqrt(factor)  # the kernel is as many times shorter, its sum as many times smaller
        kernels = [
            scale * _kernel(lengths[k] / factor, bins_hz[k] * factor / sample_rate, reach)
            for k in range(octave.start, octave.stop)
        ]
        first = pad // factor - reach
        frames = frame(short[..., first:], frame_length=2 * reach + 1, hop_length=hop_length // factor)
        _project(np.swapaxes(frames, -1, -2)[..., :n_frames, :], np.array(kernels), out[..., octave])
    return np.swapaxes(out, -1, -2)


def _decimation(f_top: float, n_kernel: float, sample_rate: float, hop_length: int) -> int:
    """The largest power of two that divides the hop and keeps 50 side lobes of the kernel below the Nyquist frequency.

    Hann's 50th side lobe lies 110 dB below the peak: what the decimation cuts off beyond is not heard.
    """
    factor = 1
    while hop_length % (2 * factor) == 0 and n_kernel * (1 / (4 * factor) - f_top / sample_rate) >= 50:
        factor *= 2
    return factor


def _project(frames: np.ndarray, kernels: np.ndarray, out: np.ndarray) -> None:
    """``out[…, m, k] = Σ_n frames[…, m, n] kernels[k, n]``, as real products in blocks."""
    parts = np.concatenate([kernels.real, kernels.imag]).T.astype(frames.dtype)
    step = max(1, _BLOCK_VALUES // frames.shape[-1])
    for start in range(0, frames.shape[-2], step):
        products = np.ascontiguousarray(frames[..., start : start + step, :]) @ parts
        out[..., start : start + step, :].real = products[..., : len(kernels)]
        out[..., start : start + step, :].imag = products[..., len(kernels) :]


def cqt_loop(
    signal: np.ndarray,
    *,
    sample_rate: float,
    hop_length: int = 512,
    f_min: float = _C1_HZ,
    n_bins: int = 84,
    bins_per_octave: int = 12,
) -> np.ndarray:
    """``cqt`` as it is defined: one kernel for each bin, moved along the signal at its full rate.

    Parameters
    ----------
    signal, sample_rate, hop_length, f_min, n_bins, bins_per_octave : as in ``cqt``

    Returns
    -------
    ndarray, shape (…, n_bins, frames), complex

    Lecture: descriptors
    """
    signal, bins_hz, lengths = _constant_q(signal, sample_rate, hop_length, f_min, n_bins, bins_per_octave)
    hop_length, n_bins, sample_rate = int(hop_length), int(n_bins), float(sample_rate)
    n_frames = 1 + signal.shape[-1] // hop_length
    out = np.empty((*signal.shape[:-1], n_bins, n_frames), np.result_type(signal, np.complex64))
    for k in range(n_bins):
        reach = math.ceil(lengths[k] / 2)
        kernel = _kernel(lengths[k], bins_hz[k] / sample_rate, reach)
        padded = np.pad(signal, [(0, 0)] * (signal.ndim - 1) + [(reach, reach + 1)])
        for m in range(n_frames):
            out[..., k, m] = padded[..., m * hop_length : m * hop_length + 2 * reach + 1] @ kernel
    return out


def chroma(
    signal: np.ndarray,
    *,
    sample_rate: float,
    hop_length: int = 512,
    f_min: float = _C1_HZ,
    n_octaves: int = 7,
    bins_per_octave: int = 36,
) -> np.ndarray:
    """How much of each pitch class, C to B, whatever the octave: ``Σ |C[k]|`` over its bins, over the largest of 12.

    A bin belongs to the nearest note of the scale tuned to A4 = 440 Hz.

    Parameters
    ----------
    signal : ndarray, shape (…, time)
        At least as long as the longest kernel, 1.6 s by default.
    sample_rate : float, Hz
    hop_length : int, samples
    f_min : float, Hz
        The lowest bin, C1 by default.
    n_octaves : int
    bins_per_octave : int
        A multiple of 12; 36 makes each bin a third of a semitone.

    Returns
    -------
    ndarray, shape (…, 12, frames), 0…1
        All 0 in silence. Near ``librosa.feature.chroma_cqt(…, tuning=0)``.

    Source: Bartsch & Wakefield 2001, IEEE Workshop on Applications of Signal Processing to Audio and Acoustics.
    Lecture: descriptors
    """
    bins_per_octave = _checks.whole_semitones(bins_per_octave)
    n_octaves, f_min = _checks.count(n_octaves, "n_octaves", maximum=20), _checks.lowest(f_min)
    n_bins = n_octaves * bins_per_octave
    highest_hz = f_min * 2 ** ((n_bins - 1) / bins_per_octave)
    _checks.bins_below_nyquist(highest_hz, n_octaves, _checks.sample_rate(sample_rate), "n_octaves")
    spectrum = cqt(
        signal,
        sample_rate=sample_rate,
        hop_length=hop_length,
        f_min=f_min,
        n_bins=n_bins,
        bins_per_octave=bins_per_octave,
    )
    semitones_above_c = 12 * (np.log2(f_min / _C1_HZ) + np.arange(n_bins) / bins_per_octave)
    pitch_class = np.round(semitones_above_c).astype(int) % 12
    fold = (pitch_class == np.arange(12)[:, np.newaxis]).astype(spectrum.real.dtype)
    folded = fold @ np.abs(spectrum)
    largest = folded.max(axis=-2, keepdims=True)
    return folded / np.where(largest > 0, largest, 1)
