"""The mirror task: which instrument, which dance. Sounds that are made, a classifier of two lines, a folder to read.

Lecture: music_generation
"""

import hashlib
import os
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from . import audio
from ._checks import music_tags as _checks
from .mfcc import mfcc
from .music import INSTRUMENTS, Note, Tune, rendered_tune, tunes

SAMPLE_RATE = 8000  # Hz
DANCES = {"6/8": "jig", "4/4": "reel", "2/4": "quick step"}  # by the metre; the printed titles are less strict
EXCERPT_S, N_EXCERPTS = 3.0, 4


class Excerpts(NamedTuple):
    """Features (excerpts, width), the label of each, and the number of the recording that it was cut from."""

    features: np.ndarray
    labels: np.ndarray
    recordings: np.ndarray


def timbre(signal: np.ndarray, sample_rate: float = SAMPLE_RATE) -> np.ndarray:
    """How a sound is coloured, not what is played: mean and standard deviation of 13 MFCCs.

    Parameters
    ----------
    signal : ndarray, shape (time,)
        64 ms at least.
    sample_rate : float, Hz

    Returns
    -------
    ndarray, shape (26,)

    Source: Tzanetakis & Cook 2002, IEEE Transactions on Speech and Audio Processing 10(5), in part.
    Lecture: music_generation
    """
    signal = _checks.long_enough(signal, 512)
    coefficients = mfcc(signal.astype(np.float64), sample_rate=sample_rate, n_mfcc=13, n_fft=512, hop_length=128)
    return np.concatenate([coefficients.mean(axis=1), coefficients.std(axis=1)])


def nearest_labels(x: np.ndarray, known: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The label of the nearest known vector, each number divided by its standard deviation among the known ones.

    Parameters
    ----------
    x : ndarray, shape (vectors, width)
    known : ndarray, shape (examples, width)
    labels : ndarray, shape (examples,)

    Returns
    -------
    ndarray, shape (vectors,)

    Lecture: music_generation
    """
    x, known, labels = _checks.examples(x, known, labels)
    spread = known.std(axis=0)
    spread = np.where(spread > 1e-30, spread, 1.0)
    distances = np.sum((x[:, np.newaxis] / spread - known / spread) ** 2, axis=2)
    return labels[distances.argmin(axis=1)]


def dances(rng: np.random.Generator, *, n_tunes: int = 30) -> Excerpts:
    """Excerpts of jigs, reels and quick steps, one recording of each tune with a colour of its own.

    All are played on one instrument, the organ, at a tempo drawn from 90…140 quarter notes a minute. A recording has a
    tone control of its own, as a microphone and a room have: ``y[n] = x[n] + a y[n−1] + b y[n−2]``, and a hiss.

    Parameters
    ----------
    rng : numpy.random.Generator
    n_tunes : int, 2…60
        Of each dance.

    Returns
    -------
    Excerpts
        Four of 3 s from each tune that is long enough.

    Lecture: music_generation
    """
    from scipy.signal import lfilter

    rng, n_tunes = _checks.generator(rng), _checks.count(n_tunes, "n_tunes", minimum=2, maximum=60)
    rows, labels, recordings = [], [], []
    chosen = [tune for metre in DANCES for tune in [t for t in tunes() if t.metre == metre][:n_tunes]]
    n = round(EXCERPT_S * SAMPLE_RATE)
    for number, tune in enumerate(chosen):
        signal = rendered_tune(tune, SAMPLE_RATE, instrument="organ", tempo_bpm=float(rng.uniform(90, 140)))
        radius, angle = rng.uniform(0.0, 0.8), rng.uniform(0.0, np.pi)
        signal = lfilter([1 - radius], [1, -2 * radius * np.cos(angle), radius**2], signal[: N_EXCERPTS * n])
        signal = signal + rng.uniform(0.001, 0.02) * rng.standard_normal(len(signal))
        for k in range(len(signal) // n):
            rows.append(timbre(signal[k * n : (k + 1) * n]))
            labels.append(DANCES[tune.metre])
            recordings.append(number)
    return Excerpts(np.array(rows), np.array(labels), np.array(recordings))


def single_notes(
    ranges: Mapping[str, tuple[int, int]], rng: np.random.Generator, *, n_notes: int = 30
) -> tuple[np.ndarray, np.ndarray]:
    """Notes of 0.5 s from several instruments, each within its range of pitches, louder and softer, with a hiss.

    Parameters
    ----------
    ranges : dict of (int, int)
        Instrument: lowest MIDI number, and one more than the highest.
    rng : numpy.random.Generator
    n_notes : int
        Of each instrument.

    Returns
    -------
    features : ndarray, shape (notes, 26)
        See ``timbre``.
    labels : ndarray of str, shape (notes,)

    Lecture: music_generation
    """
    ranges, rng = _checks.pitch_ranges(ranges, INSTRUMENTS), _checks.generator(rng)
    rows, labels = [], []
    for instrument, (low, high) in ranges.items():
        for _ in range(_checks.count(n_notes, "n_notes", maximum=10_000)):
            tune = Tune("one note", (Note(int(rng.integers(low, high)), 1.0),))
            note = rendered_tune(tune, SAMPLE_RATE, instrument=instrument, tempo_bpm=120)
            rows.append(timbre(note * rng.uniform(0.2, 1.0) + 0.003 * rng.standard_normal(len(note))))
            labels.append(instrument)
    return np.array(rows), np.array(labels)


class ClassFile(NamedTuple):
    """A sound of a folder, its label, and what its bytes are told by."""

    path: str
    label: str
    duration_s: float
    sample_rate: int
    sha256: str


class ClassFolder(NamedTuple):
    """The sounds of a folder, and a sentence for each file that is none, or that is there twice."""

    files: list[ClassFile]
    problems: list[str]


def class_folder(folder: str | os.PathLike) -> ClassFolder:
    """The sounds of a folder that has a subfolder for each class, as GTZAN has: ``blues/blues.00000.wav``.

    Parameters
    ----------
    folder : str or path

    Returns
    -------
    ClassFolder
        Sorted by name. Files of equal bytes stay in, and are told of: two copies in train and test are a leak, two
        labels of one sound a mistake.

    Raises
    ------
    FileNotFoundError, ValueError
        If there is no such folder, or no sound in its subfolders.

    Lecture: music_generation
    """
    files, problems, first = [], [], {}
    for label, path in _checks.files_of_classes(folder, (".wav", ".flac", ".ogg", ".mp3", ".au", ".aiff")):
        try:
            info = audio.audio_info(path)
            duration_s = info.n_samples / info.sample_rate
        except (ValueError, OSError) as error:
            problems.append(str(error))
            continue
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if digest in first:
            other = first[digest]
            what = "the same sound" if other.label == label else f"the same sound, there called {other.label!r}"
            problems.append(f"{path} is {what} as {other.path}")
        files.append(ClassFile(str(path), label, duration_s, info.sample_rate, digest))
        first.setdefault(digest, files[-1])
    return ClassFolder(_checks.some_sound(files, folder), problems)
