"""Mel scales and filter banks: mel spectrograms, their compressions, Whisper's front end, and the way back.

Signals are ``(…, time)``, spectrograms ``(…, freq, time)``, mel spectrograms ``(…, n_mels, time)``.
Lecture: mel
"""

import math
from collections.abc import Callable

import numpy as np

from ._checks import mel as _checks
from .dft import frequencies_hz
from .stft import stft

SCALES = ("slaney", "htk")
NORMS = ("slaney", None)

_BLOCK_VALUES = 1 << 17  # half a megabyte of float32
_LINEAR_HZ_PER_MEL = 200 / 3  # Slaney's scale: 15 mel up to 1 kHz, and then 27 steps to 6.4 kHz
_BREAK_HZ = 1000.0
_BREAK_MEL = _BREAK_HZ / _LINEAR_HZ_PER_MEL
_LOG_STEP = math.log(6.4) / 27


def hz_to_mel(frequency_hz: np.ndarray, *, scale: str = "slaney") -> np.ndarray:
    """Pitch in mel: ``2595 log₁₀(1 + f/700)`` (HTK), or Slaney's line that turns logarithmic at 1 kHz.

    Slaney: ``m = f / (200/3)`` below 1 kHz and ``m = 15 + 27 ln(f/1000) / ln 6.4`` above. The units differ:
    1 kHz is 1000 mel to HTK and 15 mel to Slaney. Kaldi's ``1127 ln(1 + f/700)`` is HTK's formula rounded.

    Parameters
    ----------
    frequency_hz : array_like or float, Hz, not negative
    scale : {"slaney", "htk"}
        librosa's default is "slaney"; HTK, Kaldi and torchaudio use "htk".

    Returns
    -------
    ndarray or scalar, same shape, mel

    Source: Slaney 1998, Auditory Toolbox; Young et al., The HTK Book, section 5.4.
    Lecture: mel
    """
    _checks.choice(scale, "scale", SCALES)
    frequency_hz = _checks.not_below_zero(frequency_hz, "frequency_hz")
    if scale == "htk":
        mel = 2595 * np.log10(1 + frequency_hz.astype(np.float64) / 700)  # in single precision 1 + f/700 loses a low f
        return mel.astype(frequency_hz.dtype)[()]
    above = _BREAK_MEL + np.log(np.maximum(frequency_hz, _BREAK_HZ) / _BREAK_HZ) / _LOG_STEP
    return np.where(frequency_hz < _BREAK_HZ, frequency_hz / _LINEAR_HZ_PER_MEL, above)[()]


def mel_to_hz(mel: np.ndarray, *, scale: str = "slaney") -> np.ndarray:
    """Frequency of a pitch, the inverse of ``hz_to_mel``: ``700 (10^(m/2595) − 1)`` (HTK).

    Slaney: ``f = 200/3 m`` below 15 mel and ``f = 1000 · 6.4^((m − 15)/27)`` above.

    Parameters
    ----------
    mel : array_like or float, mel, not negative
    scale : {"slaney", "htk"}

    Returns
    -------
    ndarray or scalar, same shape, Hz

    Lecture: mel
    """
    _checks.choice(scale, "scale", SCALES)
    mel = _checks.not_below_zero(mel, "mel")
    _checks.number(mel.max(), "the largest mel", at_most=20_000 if scale == "htk" else 500)  # 35 GHz, 3e17 Hz
    if scale == "htk":
        return (700 * (10 ** (mel.astype(np.float64) / 2595) - 1)).astype(mel.dtype)[()]
    above = _BREAK_HZ * np.exp(_LOG_STEP * (np.maximum(mel, _BREAK_MEL) - _BREAK_MEL))
    return np.where(mel < _BREAK_MEL, mel * _LINEAR_HZ_PER_MEL, above)[()]


def mel_frequencies_hz(n_mels: int, *, f_min: float = 0.0, f_max: float, scale: str = "slaney") -> np.ndarray:
    """Frequencies at equal steps of pitch, both ends included.

    A bank of n triangles stands on n + 2 of them: filter i rises from number i to its peak at number i + 1
    and falls to number i + 2, so ``mel_frequencies_hz(n + 2, …)[1:-1]`` are its centres.

    Parameters
    ----------
    n_mels : int
        How many, at least 2.
    f_min, f_max : float, Hz
    scale : {"slaney", "htk"}

    Returns
    -------
    ndarray, shape (n_mels,), Hz
        Equal to ``librosa.mel_frequencies``.

    Lecture: mel
    """
    n_mels = _checks.count(n_mels, "n_mels", minimum=2)
    f_min, f_max = _checks.band(f_min, f_max)
    lowest, highest = hz_to_mel([f_min, f_max], scale=scale)
    return mel_to_hz(np.linspace(lowest, highest, n_mels), scale=scale)


def _triangles(x: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Triangle i rises over ``edges[i : i + 2]`` from 0 to 1 and falls over ``edges[i + 1 : i + 3]``: (n − 2, x)."""
    left, peak, right = edges[:-2, np.newaxis], edges[1:-1, np.newaxis], edges[2:, np.newaxis]
    return np.maximum(0, np.minimum((x - left) / (peak - left), (right - x) / (right - peak)))


def mel_filterbank(
    *,
    sample_rate: float,
    n_fft: int,
    n_mels: int = 128,
    f_min: float = 0.0,
    f_max: float | None = None,
    scale: str = "slaney",
    norm: str | None = "slaney",
    linear_in: str = "hz",
) -> np.ndarray:
    """Overlapping triangles: ``B[i, k] = max(0, min((f_k − l_i) / (c_i − l_i), (r_i − f_k) / (r_i − c_i)))``.

    Filter i peaks at its centre ``c_i`` and ends at its neighbours' centres ``l_i = c_{i−1}`` and ``r_i = c_{i+1}``.
    Without normalisation the filters add up to 1 at every bin between the first centre and the last.

    Parameters
    ----------
    sample_rate : float, Hz
    n_fft : int, samples
        N of the spectrogram, even or odd.
    n_mels : int
    f_min, f_max : float, Hz
        Where the first triangle begins and the last one ends; ``f_max`` is the Nyquist frequency by default.
    scale : {"slaney", "htk"}
        The scale on which the centres are equally far apart.
    norm : {"slaney", None}
        "slaney" divides each triangle by half its width, so that all have the area 1; None leaves the peak at 1.
    linear_in : {"hz", "mel"}
        Triangles with straight sides over Hz (librosa, torchaudio) or over mel (HTK, Kaldi).

    Returns
    -------
    ndarray, shape (n_mels, N // 2 + 1), float64
        Multiply it with a spectrogram ``(…, freq, time)``. Equal to ``librosa.filters.mel``.

    Warns
    -----
    UserWarning
        If a filter is so narrow that it lies between two bins: its row would be zero for every sound.

    Raises
    ------
    ValueError
        If ``f_max`` lies above the Nyquist frequency or not above ``f_min``.

    Source: Davis & Mermelstein 1980, IEEE Transactions on ASSP 28(4); Slaney 1998, Auditory Toolbox.
    Lecture: mel
    """
    _checks.choice(linear_in, "linear_in", ("hz", "mel"))
    _checks.choice_or_none(norm, "norm", NORMS)
    sample_rate = _checks.sample_rate(sample_rate)
    bins_hz = frequencies_hz(n_fft, sample_rate=sample_rate)
    n_mels = _checks.count(n_mels, "n_mels", maximum=max(1, _checks.LARGEST_TABLE // len(bins_hz)))
    f_max = _checks.frequency(sample_rate / 2 if f_max is None else f_max, sample_rate, "f_max")
    edges_hz = mel_frequencies_hz(n_mels + 2, f_min=f_min, f_max=f_max, scale=scale)
    _checks.edges_apart(edges_hz, n_mels)
    if linear_in == "hz":
        bank = _triangles(bins_hz, edges_hz)
    else:
        bank = _triangles(hz_to_mel(bins_hz, scale=scale), hz_to_mel(edges_hz, scale=scale))
    if norm == "slaney":
        bank *= 2 / (edges_hz[2:] - edges_hz[:-2])[:, np.newaxis]
    _checks.filters_hold_bins(bank, edges_hz, n_fft, sample_rate)
    return bank


def _reaches(bank: np.ndarray, n_rows: int = 16) -> list[tuple[slice, slice]]:
    """Runs of neighbouring filters and the bins that any of them reaches: everything else in the bank is 0."""
    runs = [slice(start, start + n_rows) for start in range(0, len(bank), n_rows)]
    reached = [np.flatnonzero(bank[rows].any(axis=0)) for rows in runs]
    return [(rows, slice(k[0], k[-1] + 1) if len(k) else slice(0)) for rows, k in zip(runs, reached, strict=True)]


def mel_spectrogram(
    signal: np.ndarray,
    *,
    sample_rate: float,
    n_fft: int = 2048,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: str | np.ndarray = "hann",
    center: bool = True,
    pad_mode: str = "constant",
    power: float = 2.0,
    n_mels: int = 128,
    f_min: float = 0.0,
    f_max: float | None = None,
    scale: str = "slaney",
    norm: str | None = "slaney",
    linear_in: str = "hz",
) -> np.ndarray:
    """What each mel filter lets through, frame by frame: ``M[i, m] = Σ_k B[i, k] |X[k, m]|^power``.

    Parameters
    ----------
    signal : ndarray, shape (…, time), full scale ±1
    sample_rate : float, Hz
    n_fft, hop_length, win_length, window, center, pad_mode : as in ``stft.stft``
    power : float
        2 adds up powers, 1 magnitudes.
    n_mels, f_min, f_max, scale, norm, linear_in : as in ``mel_filterbank``

    Returns
    -------
    ndarray, shape (…, n_mels, time), float32 for float32 input, else float64
        Equal to ``librosa.feature.melspectrogram`` with the same hop, which is 512 samples there by default.

    Lecture: mel
    """
    bank = mel_filterbank(
        sample_rate=sample_rate,
        n_fft=n_fft,
        n_mels=n_mels,
        f_min=f_min,
        f_max=f_max,
        scale=scale,
        norm=norm,
        linear_in=linear_in,
    )
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
    bank = bank.astype(spectrum.real.dtype)
    mel_power = np.empty((*spectrum.shape[:-2], len(bank), spectrum.shape[-1]), bank.dtype)
    step, reaches = max(1, _BLOCK_VALUES // bank.shape[1]), _reaches(bank)
    for start in range(0, spectrum.shape[-1], step):  # bank @ spectrogram(…), in blocks that stay in the cache
        frames = spectrum[..., start : start + step]
        linear = frames.real**2 + frames.imag**2 if power == 2 else np.abs(frames) ** power
        for rows, bins in reaches:
            mel_power[..., rows, start : start + step] = bank[rows, bins] @ linear[..., bins, :]
    return mel_power


_LOGS = {"db": (np.log10, 10.0), "natural": (np.log, 1.0), "log10": (np.log10, 1.0)}


def log_mel(
    mel_power: np.ndarray,
    *,
    log: str = "db",
    ref: float | Callable = 1.0,
    floor: float = 1e-10,
    top_db: float | None = None,
) -> np.ndarray:
    """Compress a mel power spectrogram: ``L = 10 log₁₀(max(M, floor) / max(ref, floor))`` dB, or another logarithm.

    Parameters
    ----------
    mel_power : ndarray, shape (…, n_mels, time), not negative
        Power, not magnitude: with ``power=1`` every level in dB is half of what it should be.
    log : {"db", "natural", "log10"}
        ``10 log₁₀`` (librosa), ``ln`` (HTK, Kaldi, many models), ``log₁₀`` (Whisper).
    ref : float or callable
        The power whose logarithm is 0; ``np.max`` for the largest in the array.
    floor : float, a power
        What stands in for less, since the logarithm of silence is −∞.
    top_db : float, dB
        Raise everything that is further below the maximum of its own spectrogram, whatever the logarithm.

    Returns
    -------
    ndarray, same shape, dB or logarithm of power, re ``ref``
        With "db", equal to ``librosa.power_to_db`` for one spectrogram.

    Lecture: mel
    """
    mel_power = _checks.non_negative(_checks.spectrum(mel_power, "mel_power", real=True), "mel_power")
    limits = np.finfo(mel_power.dtype)
    floor = _checks.number(floor, "floor", at_least=float(limits.tiny), at_most=float(limits.max))
    logarithm, factor = _LOGS[_checks.choice(log, "log", tuple(_LOGS))]
    if callable(ref):  # silence measured against itself is 0
        ref = max(_checks.number(_checks.reference(ref, mel_power), "ref", at_least=0), floor)
    reference = float(logarithm(max(_checks.number(ref, "ref", above=0), floor)))
    level = factor * (logarithm(np.maximum(mel_power, floor)) - reference)
    if top_db is None:
        return level
    below_top = _checks.number(top_db, "top_db", at_least=0, at_most=10_000) / 10 * float(logarithm(10.0)) * factor
    return np.maximum(level, level.max(axis=(-2, -1), keepdims=True) - below_top)


def whisper_log_mel(
    signal: np.ndarray, *, n_mels: int = 80, pad_s: float | None = 30.0, sample_rate: float = 16_000
) -> np.ndarray:
    """What Whisper hears: ``(max(L, max L − 8) + 4) / 4`` with ``L = log₁₀ max(M, 10⁻¹⁰)``.

    M has frames of 25 ms every 10 ms (Hann, 400 and 160 samples, centred, mirrored at the ends), Slaney's scale
    and norm up to 8 kHz; the last frame is dropped. The loudest 80 dB span two units.

    Parameters
    ----------
    signal : ndarray, shape (…, time), full scale ±1
        At 16 kHz.
    n_mels : int
        80 for Whisper up to large-v2, 128 since large-v3.
    pad_s : float, s
        Silence is added, or the end cut off, up to this length; None takes the signal as it is.
    sample_rate : float, Hz
        16000, the only rate that Whisper was trained on; pass yours to have it checked.

    Returns
    -------
    ndarray, shape (…, n_mels, time // 160), no unit
        (…, 80, 3000) by default. Each signal of a batch has its own maximum.

    Raises
    ------
    ValueError
        If ``sample_rate`` is not 16000.

    Source: Radford et al. 2022, arXiv 2212.04356, section 2.2, and the code published with it.
    Lecture: mel
    """
    sample_rate = _checks.rate_of_model(sample_rate, 16_000, "Whisper")
    signal = _checks.signal(signal)
    if pad_s is not None:
        n_time = _checks.n_samples(pad_s, sample_rate, "pad_s")
        signal = signal[..., :n_time]
        signal = np.pad(signal, [(0, 0)] * (signal.ndim - 1) + [(0, n_time - signal.shape[-1])])
    _checks.long_enough(signal.shape[-1], 400 // 2 + 1)  # to be mirrored
    mel_power = mel_spectrogram(
        signal, sample_rate=sample_rate, n_fft=400, hop_length=160, pad_mode="reflect", n_mels=n_mels
    )
    return (log_mel(mel_power[..., :-1], log="log10", floor=1e-10, top_db=80) + 4) / 4


def pcen(
    mel_power: np.ndarray,
    *,
    sample_rate: float,
    hop_length: int,
    gain: float = 0.98,
    bias: float = 2.0,
    power: float = 0.5,
    time_constant_s: float = 0.4,
    eps: float = 1e-6,
) -> np.ndarray:
    """Per-channel energy normalisation: ``P = (M / (ε + S)^gain + bias)^power − bias^power``.

    S follows each band M slowly: ``S[t] = (1 − b) S[t − 1] + b M[t]``, beginning with ``S[−1] = 1``, where
    ``b = (√(1 + 4T²) − 1) / (2T²)`` and T is the time constant in frames. A steady sound fades, a new one stands out.

    Parameters
    ----------
    mel_power : ndarray, shape (…, n_mels, time), not negative
        The beginning at 1 supposes the scale of 32-bit integers: multiply a magnitude (``power=1``) by 2³¹.
    sample_rate : float, Hz
    hop_length : int, samples
    gain : float, 0…1
        How much of the slow level is divided out: 1 all, 0 none.
    bias : float
    power : float, up to 1
        The exponent of the compression.
    time_constant_s : float, s
    eps : float

    Returns
    -------
    ndarray, same shape, not negative
        Equal to ``librosa.pcen``.

    Source: Wang et al. 2017, ICASSP, equations 1 and 2; b: Lostanlen et al. 2019, IEEE Signal Processing Letters 26.
    Lecture: mel
    """
    mel_power = _checks.non_negative(_checks.spectrum(mel_power, "mel_power", real=True), "mel_power")
    hop_length = _checks.count(hop_length, "hop_length")
    gain = _checks.number(gain, "gain", at_least=0, at_most=1)
    bias = _checks.number(bias, "bias", above=0, at_least=1e-30)
    power = _checks.number(power, "power", above=0, at_most=1)
    eps = _checks.number(eps, "eps", above=0, at_least=1e-30)
    n_frames = _checks.number(time_constant_s, "time_constant_s", above=0) * _checks.sample_rate(sample_rate)
    n_frames /= hop_length
    b = 2 / (1 + math.hypot(1, 2 * n_frames))  # the formula above without its cancellation
    slow, level = np.empty(mel_power.shape), np.ones(mel_power.shape[:-1])
    for t in range(mel_power.shape[-1]):
        level = (1 - b) * level + b * mel_power[..., t]
        slow[..., t] = level
    excess = mel_power / (eps + slow) ** gain / bias
    return (bias**power * np.expm1(power * np.log1p(excess))).astype(mel_power.dtype)


def mel_to_linear(
    mel_power: np.ndarray,
    *,
    sample_rate: float,
    n_fft: int = 2048,
    f_min: float = 0.0,
    f_max: float | None = None,
    scale: str = "slaney",
    norm: str | None = "slaney",
    linear_in: str = "hz",
    n_iter: int = 100,
) -> np.ndarray:
    """A spectrogram S ≥ 0 whose mel spectrogram is ``mel_power``: B S ≈ M, as a hundred bands leave it open.

    Each bin begins at the mean of its bands and is then multiplied, again and again, by what its bands lack:
    ``S ← S · Bᵀ(M / BS) / Bᵀ1``. It never turns negative, and the Kullback–Leibler divergence of BS from M falls
    at every step: to zero, like least squares, where M is the mel spectrogram of some S. Where it is of none (a model
    may ask for the impossible), both leave a rest, and least squares the smaller one.

    Parameters
    ----------
    mel_power : ndarray, shape (…, n_mels, time), not negative
    sample_rate, n_fft, f_min, f_max, scale, norm, linear_in : as in ``mel_filterbank``
        Those that ``mel_power`` was made with.
    n_iter : int

    Returns
    -------
    ndarray, shape (…, freq, time), to the power that ``mel_power`` was made with
        Its square root is the magnitude that ``stft.griffin_lim`` takes. 0 at bins that no filter reaches.

    Source: Richardson 1972, JOSA 62; Lucy 1974; Lee & Seung 2001, NIPS 13, theorem 2.
    Lecture: mel
    """
    from scipy.sparse import csr_array

    mel_power = _checks.non_negative(_checks.spectrum(mel_power, "mel_power", real=True), "mel_power")
    n_iter = _checks.count(n_iter, "n_iter")
    n_mels = mel_power.shape[-2]
    bank = mel_filterbank(
        sample_rate=sample_rate,
        n_fft=n_fft,
        n_mels=n_mels,
        f_min=f_min,
        f_max=f_max,
        scale=scale,
        norm=norm,
        linear_in=linear_in,
    ).astype(mel_power.dtype)
    _checks.linear_fits(bank.shape[1], mel_power.size // n_mels, mel_power.itemsize)
    target = np.moveaxis(mel_power, -2, 0).reshape(n_mels, -1)
    down, up = csr_array(bank), csr_array(_divide(bank, bank.sum(axis=0)).T)  # nearly all of B is zero
    linear = up @ _divide(target, bank.sum(axis=1, keepdims=True))
    for _ in range(n_iter):
        linear *= up @ _divide(target, down @ linear)
    by_band = linear.reshape(-1, *mel_power.shape[:-2], mel_power.shape[-1])
    return np.moveaxis(by_band, 0, -2)


def _divide(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a / b, and 0 where b is 0."""
    a, b = np.broadcast_arrays(a, b)
    return np.divide(a, b, out=np.zeros_like(a), where=b > 0)
