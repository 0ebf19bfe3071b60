"""What lecture 06 measures: how much a setting of the mel spectrogram keeps of four things that somebody may need."""

import functools
import warnings
from typing import NamedTuple

import numpy as np

from ... import mel as package

_RATE = 22_050


class Kept(NamedTuple):
    """What one setting leaves of the harmonics of a low voice, of a burst, of a hiss, of a trill of twelve strokes."""

    lines_db: float
    burst_db: float
    hiss_share: float
    n_strokes: int


@functools.cache
def _clips():
    from ... import audio

    def clip(name):
        return audio.load(name, sample_rate=_RATE, dtype=np.float64)[0]

    return clip("speech/vowel_a"), clip("speech/plosives"), clip("speech/pair_see_she"), clip("environment/birds")


def lines_db(*, n_fft=1024, hop_length=256, n_mels=80, f_min=0, f_max=8000):
    """How far harmonics 2 to 10 of a vowel at 97 Hz stand above the middle between two of them."""
    bank = {"n_fft": n_fft, "n_mels": n_mels, "f_min": f_min, "f_max": f_max}
    mel_power = package.mel_spectrogram(_clips()[0], sample_rate=_RATE, hop_length=hop_length, **bank)
    level_db = package.log_mel(mel_power)
    middle_db = level_db[:, level_db.shape[1] // 4 : 3 * level_db.shape[1] // 4].mean(axis=1)
    centres_hz = package.mel_frequencies_hz(n_mels + 2, f_min=f_min, f_max=f_max)[1:-1]
    harmonics_hz = 97 * np.arange(2, 11)
    on, below, above = (np.interp(harmonics_hz + away, centres_hz, middle_db) for away in (0, -48.5, 48.5))
    return max(float(np.mean(on - (below + above) / 2)), 0.0)


def _steepest_rise_db(level_db, frames_per_s):
    """Of the mean level of all rows, in 10 ms."""
    times_s = np.arange(level_db.shape[1]) / frames_per_s
    by_ms = np.interp(np.arange(0, times_s[-1], 0.001), times_s, level_db.mean(axis=0))
    return float((by_ms[10:] - by_ms[:-10]).max())


def _n_strokes(level_db, step_db=6):
    """Maxima that rise by 6 dB or more, and fall by as much before the next one."""
    count, rising, turn = 0, True, -np.inf
    for level in level_db:
        turn = max(turn, level) if rising else min(turn, level)
        if rising and level <= turn - step_db:
            count, rising, turn = count + 1, False, level
        elif not rising and level >= turn + step_db:
            rising, turn = True, level
    return count


def what_is_kept(*, n_fft=1024, hop_length=256, n_mels=80, f_min=0, f_max=8000) -> Kept:
    """The four measures of section 8 for one setting at 22,050 Hz.

    *Lines*: the harmonics of a vowel at 97 Hz. *Burst*: the steepest rise in 10 ms of "Pack a big bag". *Hiss*: the
    share of the power of the s of "see" that the bands see. *Strokes*: how many of a trill's twelve are counted.
    """
    from ... import stft

    _, plosives, see, birds = _clips()
    hiss, trill = see[661:1653], birds[46_000:75_500]
    bank = {"n_fft": n_fft, "n_mels": n_mels, "f_min": f_min, "f_max": f_max}

    def rows(signal, hop=hop_length, **other):
        return package.mel_spectrogram(signal, sample_rate=_RATE, hop_length=hop, **bank, **other)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a short window has empty bands, which the measures show
        power = rows(hiss, 256, norm=None).sum() / stft.spectrogram(hiss, n_fft=n_fft, hop_length=256).sum()
        strokes_db = 10 * np.log10(rows(trill).sum(axis=0) + 1e-3)
        return Kept(
            lines_db(hop_length=hop_length, **bank),
            _steepest_rise_db(package.log_mel(rows(plosives), floor=1e-8), _RATE / hop_length),
            float(power),
            _n_strokes([*strokes_db, -99]),
        )


def bins_off_db(n_mels):
    """By how much the bins of a man's sentence differ, rms in dB, when they are rebuilt from bands with n_fft=256."""
    from ... import audio, stft

    voice = audio.load("speech/sentence_rms", dtype=np.float64)[0][2400:21_600]
    power = stft.spectrogram(voice, n_fft=256, hop_length=64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of 128 bands some are empty
        bank = package.mel_filterbank(sample_rate=16_000, n_fft=256, n_mels=n_mels)
        guess = package.mel_to_linear(bank @ power, sample_rate=16_000, n_fft=256, n_iter=20)
    off_db = 10 * np.log10((guess + 1e-7) / (power + 1e-7))[1:-1]  # no band reaches the first bin and the last
    return float(np.sqrt(np.mean(off_db**2)))


def pitches_hz(signal, sample_rate):
    """The strongest lag of the autocorrelation between 60 and 320 Hz, every 10 ms, and how strong it is, up to 1."""
    from ... import stft

    pieces = stft.frame(signal, frame_length=sample_rate // 25, hop_length=sample_rate // 100)
    power = np.abs(np.fft.rfft(pieces, 2 * len(pieces), axis=0)) ** 2
    correlation = np.fft.irfft(power, axis=0)[: sample_rate // 60]
    shortest = sample_rate // 320
    strength = correlation[shortest:].max(axis=0) / np.maximum(correlation[0], 1e-9)
    return sample_rate / (shortest + correlation[shortest:].argmax(axis=0)), strength


def pitch_kept(original, rebuilt, sample_rate):
    """In which share of the voiced frames the pitch is right to within a semitone."""
    true_hz, strength = pitches_hz(original, sample_rate)
    voiced = strength > 0.6
    found_hz, _ = pitches_hz(rebuilt, sample_rate)
    return float(np.mean(np.abs(found_hz / true_hz - 1)[voiced] < 0.06))


def draw_mel(ax, level_db, sample_rate, hop_length, f_max, title, floor_db=-70.0):
    """The picture of a mel spectrogram in dB from 0 Hz to ``f_max``, marked in hertz; the image for a colour bar."""
    from ...plotting import COLOUR_MAP

    centres_hz, top_db = package.mel_frequencies_hz(len(level_db) + 2, f_max=f_max)[1:-1], level_db.max()
    image = ax.imshow(
        level_db,
        origin="lower",
        aspect="auto",
        interpolation="nearest",
        cmap=COLOUR_MAP,
        vmin=top_db + floor_db,
        vmax=top_db,
        extent=(0, level_db.shape[1] * hop_length / sample_rate, -0.5, len(level_db) - 0.5),
    )
    marks_hz = [f for f in (250, 1000, 2000, 4000, 8000) if f < f_max]
    ax.set(xlabel="time in s", ylabel="frequency in Hz", title=title)
    ax.set_yticks(np.interp(marks_hz, centres_hz, np.arange(len(level_db))), [f"{f}" for f in marks_hz])
    ax.grid(visible=False)
    return image
