"""Mel-frequency cepstral coefficients: the DCT of a log-mel spectrogram, and what is done to it afterwards.

Features are ``(…, coefficient, time)``. Libraries that all say "MFCC" compute different numbers: ``CONVENTIONS`` holds
the settings that each name means. Lecture: mfcc
"""

import math

import numpy as np
import scipy.fft

from ._checks import mfcc as _checks
from .dft import WINDOWS
from .dft import window as make_window
from .mel import log_mel, mel_filterbank, mel_spectrogram
from .stft import frame

_LIBRARY = {
    "n_fft": 2048,  # samples
    "hop_length": 512,
    "win_length": None,  # as long as n_fft
    "window": "hann",  # periodic
    "center": True,
    "pad_mode": "constant",
    "power": 2.0,
    "n_mels": 128,
    "f_min": 0.0,  # Hz
    "f_max": None,  # Nyquist
    "scale": "slaney",
    "norm": "slaney",  # each filter has area 1
    "linear_in": "hz",
    "log": "db",
    "floor": 1e-10,
    "top_db": 80.0,  # nothing lies further below the loudest band of the signal
    "dct_norm": "ortho",
    "n_lifter": 0,  # no lifter
    "lifter_kind": "librosa",
}
_RECOGNISER = {
    "full_scale": 32768.0,  # the tool reads 16-bit integers: ±1 is multiplied by this
    "win_length": None,  # 25 ms
    "hop_length": None,  # 10 ms
    "n_fft": None,  # the next power of two; zeros follow the frame
    "remove_mean": True,  # of each frame
    "pre_emphasis": 0.97,  # within each frame; the sample before the first is taken to be the first
    "window": "povey",  # symmetric, to the power 0.85
    "power": 2.0,
    "n_mels": 23,
    "f_min": 20.0,  # Hz
    "f_max": None,  # Nyquist
    "scale": "htk",
    "norm": None,  # each filter has peak 1
    "linear_in": "mel",
    "log": "natural",
    "floor": 2.0**-23,  # of a band and of the energy
    "top_db": None,
    "dct_norm": "ortho",
    "n_lifter": 22,
    "lifter_kind": "htk",
    "energy": True,  # coefficient 0 is the log energy of the frame before pre-emphasis
}
CONVENTIONS = {
    "librosa": _LIBRARY,
    "torchaudio": _LIBRARY
    | {"n_fft": 400, "hop_length": 200, "pad_mode": "reflect", "scale": "htk", "norm": None, "lifter_kind": "htk"},
    "kaldi": _RECOGNISER,
    "htk": _RECOGNISER
    | {"remove_mean": False, "window": "hamming", "power": 1.0, "n_mels": 26, "f_min": 0.0, "floor": 1.0}
    | {"dct_norm": "htk", "energy": False},
}
_FILTERS = ("n_fft", "n_mels", "f_min", "f_max", "scale", "norm", "linear_in")
_LOGARITHM = ("log", "floor", "top_db")
_CEPSTRUM = ("dct_norm", "n_lifter", "lifter_kind")
DCT_NORMS = ("ortho", "htk", None)
LIFTERS = ("htk", "librosa", "exponential")
DELTA_MODES = ("interp", "nearest", "htk")


def dct_matrix(n_out: int, n_in: int, *, norm: str | None = "ortho") -> np.ndarray:
    """Cosines as rows: ``D[k, n] = s_k cos(π k (n + ½) / N)``, the DCT of type II.

    =======  ===================================  ======================================================
    norm     s_k                                  used by
    =======  ===================================  ======================================================
    "ortho"  √(2/N), but √(1/N) for k = 0         librosa, torchaudio, Kaldi: ``D @ D.T = I``
    "htk"    √(2/N)                               HTK: coefficient 0 is √2 times as large
    None     2                                    ``scipy.fft.dct``, torchaudio with ``norm=None``
    =======  ===================================  ======================================================

    Parameters
    ----------
    n_out : int
        Rows, at most N.
    n_in : int
        N, at most 8192.
    norm : {"ortho", "htk", None}

    Returns
    -------
    ndarray, shape (n_out, n_in), float64

    Source: Ahmed, Natarajan & Rao 1974, IEEE Transactions on Computers 23; HTK Book 3.4, equation 5.14.
    Lecture: mfcc
    """
    n_in = _checks.count(n_in, "n_in", maximum=8192)
    n_out = _checks.count(n_out, "n_out", maximum=8192)
    _checks.no_more(n_out, n_in, "n_out", "n_in")
    k, n = np.arange(n_out)[:, np.newaxis], np.arange(n_in)
    return _row_scale(n_out, n_in, norm)[:, np.newaxis] * np.cos(np.pi / n_in * (n + 0.5) * k)


def _row_scale(n_out: int, n_in: int, norm: str | None) -> np.ndarray:
    """``s_k`` of ``dct_matrix``: (n_out,)."""
    _checks.choice_or_none(norm, "the norm of the DCT", DCT_NORMS)
    scale = np.full(n_out, 2.0 if norm is None else math.sqrt(2 / n_in))
    if norm == "ortho":
        scale[0] = math.sqrt(1 / n_in)
    return scale


def _lifter_weights(n_mfcc: int, n_lifter: float, kind: str) -> np.ndarray:
    """What coefficient n is multiplied by, 1 where there is no lifter: (n_mfcc,)."""
    _checks.choice(kind, "the kind of lifter", LIFTERS)
    n_lifter = _checks.number(n_lifter, "n_lifter", at_least=0, at_most=10 if kind == "exponential" else 1e6)
    if n_lifter == 0:
        return np.ones(n_mfcc)
    n = np.arange(n_mfcc)
    if kind == "exponential":
        return np.where(n == 0, 1.0, n ** float(n_lifter))
    n_lifter = _checks.number(n_lifter, "n_lifter", at_least=1e-3)
    return 1 + n_lifter / 2 * np.sin(np.pi * (n + (kind == "librosa")) / n_lifter)


def lifter(mfcc: np.ndarray, *, n_lifter: float, kind: str = "htk") -> np.ndarray:
    """Lift the small high coefficients to the size of the low ones: ``c'[n] = w[n] c[n]``.

    =============  =====================================  ==========================================
    kind           w[n], n = 0, 1, …                      used by
    =============  =====================================  ==========================================
    "htk"          1 + Q/2 sin(π n / Q)                   HTK, Kaldi, python_speech_features
    "librosa"      1 + Q/2 sin(π (n + 1) / Q)             librosa: the same curve, one coefficient early
    "exponential"  n^Q, but 1 for n = 0                   rastamat, with Q = 0.6
    =============  =====================================  ==========================================

    Parameters
    ----------
    mfcc : ndarray, shape (…, coefficient, time)
        From coefficient 0 upwards.
    n_lifter : float, above 0
        Q: 22 is usual for the sines, 0.6 for the exponential.
    kind : {"htk", "librosa", "exponential"}

    Returns
    -------
    ndarray, same shape

    Source: Juang, Rabiner & Wilpon 1987, IEEE Transactions on ASSP 35; HTK Book 3.4, equation 5.12.
    Lecture: mfcc
    """
    mfcc = _checks.features(mfcc, "mfcc", "coefficient")
    n_lifter = _checks.number(n_lifter, "n_lifter", above=0)
    return mfcc * _lifter_weights(mfcc.shape[-2], n_lifter, kind).astype(mfcc.dtype)[:, np.newaxis]


def mfcc_from_log_mel(
    log_mel: np.ndarray,
    *,
    n_mfcc: int = 13,
    dct_norm: str | None = "ortho",
    n_lifter: float = 0,
    lifter_kind: str = "htk",
) -> np.ndarray:
    """The first coefficients of the DCT over the bands: ``c[k, m] = w[k] Σ_n D[k, n] L[n, m]``.

    With ``dct_norm="ortho"`` and ``n_mfcc = n_mels`` nothing is lost: ``inverse_mfcc`` returns L.

    Parameters
    ----------
    log_mel : ndarray, shape (…, mel, time), real
        In dB or natural logarithm: the coefficients have the same unit.
    n_mfcc : int
        At most the number of bands.
    dct_norm : {"ortho", "htk", None}
        As in ``dct_matrix``.
    n_lifter : float
        As in ``lifter``; 0 for none.
    lifter_kind : {"htk", "librosa", "exponential"}

    Returns
    -------
    ndarray, shape (…, n_mfcc, time)

    Source: Davis & Mermelstein 1980, IEEE Transactions on ASSP 28.
    Lecture: mfcc
    """
    log_mel = _checks.features(log_mel, "log_mel", "mel")
    n_mfcc = _checks.count(n_mfcc, "n_mfcc")
    _checks.no_more(n_mfcc, log_mel.shape[-2], "n_mfcc", "n_mels")
    weights = _lifter_weights(n_mfcc, n_lifter, lifter_kind)
    rows = weights[:, np.newaxis] * dct_matrix(n_mfcc, log_mel.shape[-2], norm=dct_norm)
    return rows.astype(log_mel.dtype) @ log_mel


def inverse_mfcc(
    mfcc: np.ndarray,
    *,
    n_mels: int = 128,
    dct_norm: str | None = "ortho",
    n_lifter: float = 0,
    lifter_kind: str = "htk",
) -> np.ndarray:
    """The log-mel spectrogram whose missing coefficients are zero: ``L = Dᵀ c`` (orthonormal D), a smooth envelope.

    Settings are those that made the coefficients. Equal to ``librosa.feature.inverse.mfcc_to_mel`` before its last
    step, which turns dB into power.

    Parameters
    ----------
    mfcc : ndarray, shape (…, coefficient, time), real
    n_mels : int
        At least the number of coefficients.
    dct_norm, n_lifter, lifter_kind : as in ``mfcc_from_log_mel``

    Returns
    -------
    ndarray, shape (…, n_mels, time)
        In the unit of the coefficients; ``mfcc_from_log_mel`` of it returns ``mfcc``.

    Raises
    ------
    ValueError
        If the lifter has multiplied a coefficient by 0.

    Lecture: mfcc
    """
    mfcc = _checks.features(mfcc, "mfcc", "coefficient")
    n_mfcc, n_mels = mfcc.shape[-2], _checks.count(n_mels, "n_mels", maximum=8192)
    _checks.no_more(n_mfcc, n_mels, "coefficients", "n_mels")
    weights = _checks.undoes_lifter(_lifter_weights(n_mfcc, n_lifter, lifter_kind), n_lifter)
    to_orthonormal = _row_scale(n_mfcc, n_mels, "ortho") / _row_scale(n_mfcc, n_mels, dct_norm) / weights
    return (dct_matrix(n_mfcc, n_mels).T * to_orthonormal).astype(mfcc.dtype) @ mfcc


def _settings(convention: str, changes: dict, sample_rate: float) -> dict:
    """The named settings with the caller's changes; lengths that follow from the rate filled in."""
    table = CONVENTIONS[_checks.choice(convention, "convention", tuple(CONVENTIONS))]
    for name in changes:
        _checks.choice(name, f"a setting of convention={convention!r}", tuple(table))
    chosen = table | changes
    if "pre_emphasis" not in table:
        return chosen
    # 25 ms and 10 ms, cut to whole samples (the tiny term lets 0.025 · 44 000 be 1100)
    defaults = {"win_length": int(0.025 * sample_rate + 1e-6), "hop_length": int(0.01 * sample_rate + 1e-6)}
    chosen |= {name: value for name, value in defaults.items() if chosen[name] is None}
    win_length = _checks.count(chosen["win_length"], "win_length", minimum=2)
    if chosen["n_fft"] is None:
        chosen["n_fft"] = 1 << (win_length - 1).bit_length()
    _checks.window_fits(win_length, _checks.count(chosen["n_fft"], "n_fft"))
    return chosen


def _recogniser_window(name: str, win_length: int) -> np.ndarray:
    """A symmetric window; Kaldi's own is Hann to the power 0.85, named after its author."""
    _checks.choice(name, "window", (*WINDOWS, "povey"))
    if name == "povey":
        return make_window("hann", win_length, periodic=False) ** 0.85
    return make_window(name, win_length, periodic=False)


def _recogniser_log_mel(signal: np.ndarray, sample_rate: float, s: dict) -> tuple[np.ndarray, np.ndarray]:
    """HTK's and Kaldi's way: whole frames only, each prepared by itself. (…, mel, time) and the log energy (…, time).

    Per frame: subtract the mean, take the energy, ``x'[n] = x[n] − a x[n−1]``, window, DFT, filters, natural log.
    """
    s = s | {
        "full_scale": _checks.number(s["full_scale"], "full_scale", above=0, at_most=1e9),
        "pre_emphasis": _checks.number(s["pre_emphasis"], "pre_emphasis", at_least=0, at_most=1),
        "power": _checks.number(s["power"], "power", above=0, at_most=10),
    }
    frames = frame(signal, frame_length=s["win_length"], hop_length=s["hop_length"]) * s["full_scale"]
    frames = np.swapaxes(frames, -1, -2)  # (…, time, win_length)
    if _checks.switch(s["remove_mean"], "remove_mean"):
        frames = frames - frames.mean(axis=-1, keepdims=True)
    energy = (frames**2).sum(axis=-1)
    previous = np.concatenate([frames[..., :1], frames[..., :-1]], axis=-1)
    window = _recogniser_window(s["window"], s["win_length"]).astype(frames.dtype)
    spectrum = scipy.fft.rfft((frames - s["pre_emphasis"] * previous) * window, n=s["n_fft"])
    magnitude = np.swapaxes(np.abs(spectrum), -1, -2)
    bands = mel_filterbank(sample_rate=sample_rate, **{name: s[name] for name in _FILTERS}).astype(frames.dtype)
    levels = log_mel(bands @ magnitude ** s["power"], **{name: s[name] for name in _LOGARITHM})
    return levels, np.log(np.maximum(energy, float(s["floor"])))


def mfcc(
    signal: np.ndarray, *, sample_rate: float, n_mfcc: int = 13, convention: str = "librosa", **settings: object
) -> np.ndarray:
    """Mel-frequency cepstral coefficients as a named library computes them: STFT, mel, logarithm, DCT, lifter.

    ``CONVENTIONS[convention]`` lists the settings that a name stands for; each can be changed by keyword.

    ==================  ==================  =====================  ======================  =====================
    setting             "librosa"           "torchaudio"           "kaldi"                 "htk"
    ==================  ==================  =====================  ======================  =====================
    ±1 read as          ±1                  ±1                     ±32768                  ±32768
    frame, hop          2048, 512 samples   400, 200 samples       25 ms, 10 ms            25 ms, 10 ms
    frames              centred, in zeros   centred, mirrored      whole ones only         whole ones only
    prepared by         nothing             nothing                mean, pre-emphasis .97  pre-emphasis .97
    window              Hann, periodic      Hann, periodic         Hann^0.85, symmetric    Hamming, symmetric
    spectrum            power               power                  power                   magnitude
    bands               128, 0 Hz–Nyquist   128, 0 Hz–Nyquist      23, 20 Hz–Nyquist       26, 0 Hz–Nyquist
    filters             Slaney, area 1      HTK mel, peak 1,       HTK mel, peak 1,        HTK mel, peak 1,
    straight in         Hz                  Hz                     mel                     mel
    logarithm           dB, 80 dB deep      dB, 80 dB deep         natural                 natural
    DCT                 orthonormal         orthonormal            orthonormal             HTK
    lifter              none                none                   22, HTK                 22, HTK
    coefficient 0       of the DCT          of the DCT             log energy              of the DCT
    its usual n_mfcc    20                  40                     13                      13
    ==================  ==================  =====================  ======================  =====================

    "kaldi" is ``compute-mfcc-feats`` without dither. "htk" is the configuration of the HTK Book's tutorial
    (``MFCC_0``), except that coefficient 0 stands first, not last. "torchaudio" takes ``transforms.MFCC`` at an even
    rate.

    Parameters
    ----------
    signal : ndarray, shape (…, time), full scale ±1
    sample_rate : float, Hz
    n_mfcc : int
        At most the number of bands.
    convention : {"librosa", "torchaudio", "kaldi", "htk"}
    **settings
        Keys of ``CONVENTIONS[convention]``, such as ``n_fft=512, hop_length=160, n_mels=40``.

    Returns
    -------
    ndarray, shape (…, n_mfcc, time), float32 for float32 input, else float64

    Raises
    ------
    ValueError
        If a setting is unknown to the convention, ``n_mfcc`` exceeds the number of bands, or the signal is shorter
        than a frame ("kaldi" and "htk").

    Source: Davis & Mermelstein 1980; HTK Book 3.4, chapter 5.
    Lecture: mfcc
    """
    signal = _checks.signal(signal)
    sample_rate = _checks.sample_rate(sample_rate)
    s = _settings(convention, settings, sample_rate)
    if "pre_emphasis" in s:
        levels, log_energy = _recogniser_log_mel(signal, sample_rate, s)
    else:
        of_mel = {name: value for name, value in s.items() if name not in _LOGARITHM + _CEPSTRUM}
        mel_power = mel_spectrogram(signal, sample_rate=sample_rate, **of_mel)
        levels = log_mel(mel_power, **{name: s[name] for name in _LOGARITHM})
    coefficients = mfcc_from_log_mel(levels, n_mfcc=n_mfcc, **{name: s[name] for name in _CEPSTRUM})
    if _checks.switch(s.get("energy", False), "energy"):
        coefficients[..., 0, :] = log_energy
    return coefficients


def cmvn(features: np.ndarray, *, variance: bool = True, n_frames: int | None = None) -> np.ndarray:
    """Cepstral mean and variance normalisation over time: ``z = (x − mean(x)) / std(x)``.

    A fixed filter (a microphone, a telephone line) multiplies the spectrum, so it adds a constant to each coefficient;
    subtracting the mean takes it away.

    Parameters
    ----------
    features : ndarray, shape (…, time), real
    variance : bool
        Divide by the standard deviation too. A coefficient that never changes becomes 0, and so does one that changes
        by less than ten roundings of the largest: in float32 by 1 beside 1e6. Pass float64 to keep it.
    n_frames : int
        Statistics over the n_frames nearest frames (Kaldi's sliding window: centred, moved inwards at the ends);
        by default over all.

    Returns
    -------
    ndarray, same shape
        Mean 0, variance 1 (divided by the number of frames) over time.

    Source: Atal 1974, JASA 55; Viikki & Laurila 1998, Speech Communication 25.
    Lecture: mfcc
    """
    features = _checks.array(features, "features", real=True, largest=_checks.LARGEST_BIN)
    n_time = features.shape[-1]
    n_frames = n_time if n_frames is None else min(n_time, _checks.count(n_frames, "n_frames"))
    starts = np.arange(n_time - n_frames + 1)
    pieces = np.lib.stride_tricks.sliding_window_view(features, n_frames, axis=-1)
    of_frame = np.clip(np.arange(n_time) - n_frames // 2, 0, starts[-1])
    normal = features - pieces.mean(axis=-1)[..., of_frame]
    if _checks.switch(variance, "variance"):
        spread = np.stack([pieces[..., start, :].std(axis=-1) for start in starts], axis=-1)
        # Rounding in any coefficient is as large as the largest of them makes it.
        largest = np.abs(features).max(axis=(-2, -1)[-features.ndim :], keepdims=True)
        constant = spread <= 10 * np.finfo(features.dtype).eps * largest
        normal = np.where(constant[..., of_frame], 0, normal / np.where(constant, 1, spread)[..., of_frame])
    return normal.astype(features.dtype, copy=False)


def _derivative_weights(width: int, order: int) -> np.ndarray:
    """The least-squares polynomial of degree ``order`` through ``width`` values: its derivative as a sum of them."""
    offsets = np.arange(width) - width // 2
    unit = max(1, width // 2)  # keeps the powers near 1
    powers = np.vander(offsets / unit, order + 1, increasing=True)
    return np.linalg.pinv(powers)[order] * math.factorial(order) / float(unit) ** order


def _check_delta(features: np.ndarray, width: int, order: int, mode: str) -> tuple[np.ndarray, int, int]:
    features = _checks.array(features, "features", real=True)
    width = _checks.count(width, "width", minimum=3, maximum=10_001)
    _checks.odd(width, "width")
    order = _checks.count(order, "order", maximum=width - 1)
    _checks.choice(mode, "mode", DELTA_MODES)
    if mode == "interp":
        _checks.enough_frames(features.shape[-1], width)
    return features, width, order


def delta_loop(features: np.ndarray, *, width: int = 9, order: int = 1, mode: str = "interp") -> np.ndarray:
    """``delta`` from its definition, a loop: at every frame a polynomial is fitted to ``width`` frames and derived.

    Parameters
    ----------
    features, width, order, mode : as in ``delta``

    Returns
    -------
    ndarray, same shape
        Equal to ``delta``.

    Lecture: mfcc
    """
    features, width, order = _check_delta(features, width, order, mode)
    if mode == "htk" and order > 1:
        features, order = delta_loop(features, width=width, order=order - 1, mode="htk"), 1
    n_time, half = features.shape[-1], width // 2
    rows = []
    for row in features.reshape(-1, n_time):
        slopes = []
        for t in range(n_time):
            first = min(max(t - half, 0), n_time - width) if mode == "interp" else t - half
            frames = np.arange(first, first + width)
            fit = np.polynomial.Polynomial.fit(frames - t, row[np.clip(frames, 0, n_time - 1)], order)
            slopes.append(fit.deriv(order)(0.0))
        rows.append(slopes)
    return np.array(rows, features.dtype).reshape(features.shape)


def delta(features: np.ndarray, *, width: int = 9, order: int = 1, mode: str = "interp") -> np.ndarray:
    """How fast each coefficient changes: the slope of the line that fits the frames around it best.

    ``d[t] = Σ_{θ=1}^{Θ} θ (c[t+θ] − c[t−θ]) / (2 Σ θ²)`` with ``width = 2Θ + 1``. For order 2, 3, … the second,
    third, … derivative of a polynomial of that degree.

    =========  ==========================================================  ==============================
    mode       at the ends                                                 equal to
    =========  ==========================================================  ==============================
    "interp"   the polynomial of the outermost ``width`` frames            ``librosa.feature.delta``
    "nearest"  the first and the last frame repeated                       the same, ``mode="nearest"``
    "htk"      as "nearest"; order 2 is the slope of the slope             HTK, python_speech_features
    =========  ==========================================================  ==============================

    Parameters
    ----------
    features : ndarray, shape (…, time), real
    width : int, frames
        Odd, from 3.
    order : int
        From 1, below ``width``.
    mode : {"interp", "nearest", "htk"}

    Returns
    -------
    ndarray, same shape, change per frame
        The delta of a ramp is its slope, that of a constant 0.

    Raises
    ------
    ValueError
        If ``width`` is even, or exceeds the number of frames with ``mode="interp"``.

    Source: Furui 1986, IEEE Transactions on ASSP 34; Savitzky & Golay 1964; HTK Book 3.4, equation 5.16.
    Lecture: mfcc
    """
    features, width, order = _check_delta(features, width, order, mode)
    if mode == "htk" and order > 1:
        features, order = delta(features, width=width, order=order - 1, mode="htk"), 1
    half, n_time = width // 2, features.shape[-1]
    if mode != "interp":
        features = np.pad(features, [(0, 0)] * (features.ndim - 1) + [(half, half)], mode="edge")
    # All rows end to end in one correlation; what it mixes where two rows meet lies at the ends, which are not used.
    weights = _derivative_weights(width, order).astype(features.dtype)
    slopes = np.correlate(features.ravel(), weights, "same").reshape(features.shape)
    if mode != "interp":
        return slopes[..., half : half + n_time].copy()
    # A polynomial of degree `order` has one derivative of that order everywhere: the ends repeat it.
    slopes[..., :half] = slopes[..., half : half + 1]
    slopes[..., n_time - half :] = slopes[..., n_time - half - 1 : n_time - half]
    return slopes
