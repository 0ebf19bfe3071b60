"""What synthetic speech is made of and measured by: one log-mel spectrogram for all of lecture 15, and the way back.

Everything is telephone speech, 8 kHz; a frame every 16 ms. Mels are (…, 64, frames). Lecture: text_to_speech
"""

import math
from typing import NamedTuple

import numpy as np

from .._checks import speech_features as _checks
from ..descriptors import yin
from ..mel import mel_to_linear
from ..mfcc import dct_matrix
from ..stft import griffin_lim
from .features import LogMel

SAMPLE_RATE = 8000  # Hz
N_FFT, HOP = 512, 128  # samples: 64 ms, and 16 ms
N_MELS = 64
F_MIN, F_MAX = 40.0, 4000.0  # Hz
FLOOR = 1e-5  # a power, of which the logarithm is −11.5
PITCH_HZ = 60.0, 500.0  # where voices are looked for


def speech_mel() -> LogMel:
    """The spectrogram that every model of lecture 15 speaks: ``ln max(B |X|², 1e-5)``, 62.5 frames a second.

    Returns
    -------
    features.LogMel
        A signal (…, time) at 8 kHz gives (…, 64, 1 + time // 128).

    Lecture: text_to_speech
    """
    return LogMel(
        sample_rate=SAMPLE_RATE, n_fft=N_FFT, hop_length=HOP, n_mels=N_MELS, f_min=F_MIN, f_max=F_MAX, floor=FLOOR
    )


def mel_to_signal(log_mel: np.ndarray, *, n_iter: int = 32, rng: np.random.Generator | None = None) -> np.ndarray:
    """A signal with this spectrogram, by Griffin–Lim: ``S = √(B⁻¹ (e^L − floor))``, and phases that go with it.

    What lies at the floor is taken for silence.

    Parameters
    ----------
    log_mel : ndarray, shape (…, 64, frames)
        As ``speech_mel`` gives it.
    n_iter : int
        See ``stft.griffin_lim``.
    rng : numpy.random.Generator, optional
        Draws the first phase; one with the seed 0 by default.

    Returns
    -------
    ndarray, shape (…, 128 (frames − 1)), float32

    Raises
    ------
    ValueError
        If there are fewer than 5 frames, which are one window, or other than 64 bands, or a level is above ln 1e6.

    Lecture: text_to_speech
    """
    log_mel = _checks.log_mel(log_mel, "log_mel", N_MELS, at_least=1 + N_FFT // HOP).astype(np.float32)
    rng = np.random.default_rng(0) if rng is None else _checks.generator(rng)
    options = {"sample_rate": SAMPLE_RATE, "n_fft": N_FFT, "f_min": F_MIN, "f_max": F_MAX}
    above = np.exp(log_mel) - np.float32(FLOOR)
    power = mel_to_linear(np.where(above > 1e-4 * FLOOR, above, np.float32(0)), **options)  # less is rounding
    return griffin_lim(np.sqrt(power), rng=rng, n_iter=n_iter, n_fft=N_FFT, hop_length=HOP)[0].astype(np.float32)


# ---------------------------------------------------------------------------------- how far from speech


class Warp(NamedTuple):
    """Which row goes with which column, step by step, and the sum of the costs on that way."""

    rows: np.ndarray
    columns: np.ndarray
    total: float


def dynamic_time_warping(cost: np.ndarray) -> Warp:
    """The cheapest way through a table: ``D[i, j] = C[i, j] + min(D[i − 1, j − 1], D[i − 1, j], D[i, j − 1])``.

    Two versions of a sentence are compared where they say the same, not where they say it at the same time.

    Parameters
    ----------
    cost : ndarray, shape (rows, columns)
        Distance of each moment of one from each of the other.

    Returns
    -------
    Warp
        ``rows, columns`` of shape (steps,) from (0, 0) to the last of both; neither ever goes back, and each step
        moves at least one of them by one. ``total`` is the smallest sum that such a way has.

    Source: Sakoe & Chiba 1978, IEEE Transactions on Acoustics, Speech, and Signal Processing 26(1).
    Lecture: text_to_speech
    """
    cost = _checks.table(cost, "cost").astype(np.float64)
    n_rows, n_columns = cost.shape
    sums = np.full((n_rows + 1, n_columns + 1), np.inf)
    sums[0, 0] = 0
    for diagonal in range(n_rows + n_columns - 1):  # all cells with i + j = diagonal depend on earlier ones alone
        i = np.arange(max(0, diagonal - n_columns + 1), min(n_rows, diagonal + 1))
        j = diagonal - i
        sums[i + 1, j + 1] = cost[i, j] + np.minimum(np.minimum(sums[i, j], sums[i, j + 1]), sums[i + 1, j])
    i, j, way = n_rows, n_columns, []
    while i and j:
        way.append((i - 1, j - 1))
        i, j = min(((i - 1, j - 1), (i - 1, j), (i, j - 1)), key=lambda cell: sums[cell])
    rows, columns = np.array(way[::-1]).T
    return Warp(rows, columns, float(sums[-1, -1]))


def _cepstra(mel: np.ndarray, n_cepstra: int) -> np.ndarray:
    """(frames, n_cepstra): ``c[m] = 1/N Σ_n L[n] cos(π m (n + ½)/N)``, m from 1; of ln magnitude, which is L/2."""
    matrix = dct_matrix(n_cepstra + 1, N_MELS)[1:] / math.sqrt(2 * N_MELS)
    return mel.T.astype(np.float64) @ matrix.T


def mel_cepstral_distortion(mel_a: np.ndarray, mel_b: np.ndarray, *, n_cepstra: int = 13, align: bool = True) -> float:
    """How differently two clips sound: ``10/ln 10 · √(2 Σ_m (c_a[m] − c_b[m])²)``, the mean over the frames, in dB.

    The cepstrum c is that of the log magnitude over mel bands, without c[0]: loudness does not count. With all 63
    coefficients this is the root mean square, over the bands, of the difference in dB less its mean over them.

    Parameters
    ----------
    mel_a, mel_b : ndarray, shape (64, frames)
        As ``speech_mel`` gives them.
    n_cepstra : int
        How many coefficients count: 13 hear the mouth and not the pitch.
    align : bool
        By ``dynamic_time_warping``; otherwise frame by frame, and both must have as many.

    Returns
    -------
    float, dB
        0 for two equal clips.

    Source: Kubichek 1993, IEEE Pacific Rim Conference on Communications, Computers and Signal Processing.
    Lecture: text_to_speech
    """
    mel_a, mel_b = (_checks.one_mel(mel, name, N_MELS) for mel, name in ((mel_a, "mel_a"), (mel_b, "mel_b")))
    n_cepstra = _checks.count(n_cepstra, "n_cepstra", maximum=N_MELS - 1)
    distance = _distances(mel_a, mel_b, n_cepstra)
    if not _checks.switch(align, "align"):
        _checks.as_many_frames(*distance.shape)
        return float(np.diagonal(distance).mean())
    warp = dynamic_time_warping(distance)
    return float(distance[warp.rows, warp.columns].mean())


def _distances(mel_a: np.ndarray, mel_b: np.ndarray, n_cepstra: int = 13) -> np.ndarray:
    """dB between each frame of one and each of the other."""
    difference = _cepstra(mel_a, n_cepstra)[:, None] - _cepstra(mel_b, n_cepstra)
    return 10 / math.log(10) * np.sqrt(2 * np.square(difference).sum(axis=-1))


def pitch_hz(signal: np.ndarray) -> np.ndarray:
    """Pitch of each frame by YIN, NaN where there is none.

    Parameters
    ----------
    signal : ndarray, shape (time,), at 8 kHz

    Returns
    -------
    ndarray, shape (1 + time // 128,), Hz, 60…500
        Frames are those of ``speech_mel``. NaN where the power that does not repeat is above 0.3 of the whole, or the
        frame lies 40 dB below the loudest.

    Lecture: text_to_speech
    """
    signal = _checks.signal(signal, mono=True)
    options = {"sample_rate": SAMPLE_RATE, "f_min": PITCH_HZ[0], "f_max": PITCH_HZ[1]}
    f0_hz, aperiodicity = yin(signal, frame_length=N_FFT, hop_length=HOP, threshold=0.15, **options)
    scaled = signal / _checks.power_of_two_above(signal)
    padded = np.pad(np.square(scaled, dtype=np.float64), N_FFT // 2)
    summed = np.concatenate([[0.0], np.cumsum(padded)])
    first = HOP * np.arange(len(f0_hz))
    power = summed[first + N_FFT] - summed[first]
    is_voiced = (aperiodicity < 0.3) & (power > 1e-4 * power.max())
    return np.where(is_voiced, f0_hz, np.nan)


class SpeechErrors(NamedTuple):
    """How far a clip is from another that says the same."""

    mcd_db: float
    f0_semitones: float
    voicing: float
    duration: float


def speech_errors(mel: np.ndarray, signal: np.ndarray, true_mel: np.ndarray, true_signal: np.ndarray) -> SpeechErrors:
    """Spectrum, pitch and length of a clip against a recording of the same words, aligned by their spectra.

    Parameters
    ----------
    mel, true_mel : ndarray, shape (64, frames)
        What was predicted, and of the recording.
    signal, true_signal : ndarray, shape (128 (frames − 1) or up to 127 more,), at 8 kHz

    Returns
    -------
    SpeechErrors
        ``mcd_db`` by ``mel_cepstral_distortion``; ``f0_semitones``, the median of ``|12 log₂(f/f_true)|`` over the
        frames in which both have a pitch (NaN where none is); ``voicing``, 0…1, the share of frames in which one has a
        pitch and the other none; ``duration``, ``|frames / true frames − 1|``.

    Lecture: text_to_speech
    """
    mels = [_checks.one_mel(m, name, N_MELS) for m, name in ((mel, "mel"), (true_mel, "true_mel"))]
    pitches = [
        pitch_hz(_checks.signal(s, name, mono=True)) for s, name in ((signal, "signal"), (true_signal, "true_signal"))
    ]
    for name, m, pitch in zip(("signal", "true_signal"), mels, pitches, strict=True):
        _checks.belongs(name, m.shape[1], len(pitch))
    distance = _distances(*mels)
    warp = dynamic_time_warping(distance)
    found, true = pitches[0][warp.rows], pitches[1][warp.columns]
    is_both = np.isfinite(found) & np.isfinite(true)
    semitones = np.abs(12 * np.log2(found[is_both] / true[is_both]))
    return SpeechErrors(
        float(distance[warp.rows, warp.columns].mean()),
        float(np.median(semitones)) if len(semitones) else math.nan,
        float((np.isfinite(found) != np.isfinite(true)).mean()),
        abs(mels[0].shape[1] / mels[1].shape[1] - 1),
    )
