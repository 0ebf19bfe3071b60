"""A small number that guards against a division by 0 is a mistake where small values are promised: a case sees it."""

import inspect
import textwrap

import librosa
import numpy as np
import pytest
import scipy.signal

from course_utils import exercises
from course_utils.practice.judge import judge

ALL = {exercise.name: exercise for topic in exercises.TOPICS for exercise in exercises.exercises(topic)}

GUARDED = [  # where, a part of the reference, and what stands in its place
    ("sound/crest_factor_db", "np.sqrt(mean_square)", "(np.sqrt(mean_square) + 1e-10)"),
    ("sound/crest_factor_db", "np.sqrt(mean_square)", "np.sqrt(mean_square + 1e-12)"),
    ("sound/coloured", "axis=-1, keepdims=True)", "axis=-1, keepdims=True) + 1e-12"),
    ("dft/amplitude_spectrum", "/ np.sum(window)", "/ (np.sum(window) + 1e-12)"),
    ("dft/amplitude_spectrum", "/ np.sum(window)", "/ max(np.sum(window), 1e-6)"),
    ("stft/resynthesise", "np.where(seen == 0, np.inf, seen)", "np.maximum(seen, 1e-6)"),
    ("stft/resynthesise", "np.where(seen == 0, np.inf, seen)", "(seen + 1e-12)"),
    ("stft/resynthesise", "seen == 0", "seen < 1e-8"),
    ("filters/gain_db", "above / below", "above / (below + 1e-12)"),
    ("filters/gain_db", "above / below", "above / np.maximum(abs(below), 1e-8)"),
    ("filters/lfilter", "/ a[0]", "/ (a[0] + 1e-12)"),
    ("classification/standardise", "np.where(deviation > 1e-9, deviation, np.inf)", "np.maximum(deviation, 1e-7)"),
    ("classification/why_is_the_loss_nan", "np.log(", "np.log(1e-7 + "),
    ("sequence_models/softmax", "powers.sum(axis=-1, keepdims=True)", "(powers.sum(axis=-1, keepdims=True) + 1e-8)"),
    ("sequence_models/masked_attention", "@ value / powers.sum(", "@ value / (1e-6 + powers).sum("),
    ("descriptors/fold_to_chroma", "bins_hz > 0", "bins_hz > 1e-3"),
]  # fmt: skip


def changed(exercise, old, new):
    source = textwrap.dedent(inspect.getsource(exercise.reference))
    assert old in source
    namespace = dict(vars(inspect.getmodule(exercise.reference)))
    exec(source.replace(old, new), namespace)
    return namespace[exercise.reference.__name__]


@pytest.mark.parametrize(("name", "old", "new"), GUARDED)
def test_a_small_number_is_no_guard(name, old, new):
    verdict = judge(ALL[name], changed(ALL[name], old, new))
    assert verdict.status == "wrong", verdict.message


def crest_by_librosa(signal):
    x = np.asarray(signal, float)
    levels = [librosa.amplitude_to_db(size) for size in (np.abs(x).max(axis=-1), np.sqrt((x**2).mean(axis=-1)))]
    return levels[0] - levels[1]


def gain_by_freqz(b, a, frequency_hz, *, sample_rate):
    _, h = scipy.signal.freqz(b, a, worN=frequency_hz, fs=sample_rate)
    level = 20 * np.log10(np.maximum(np.abs(h), 1e-6))
    return level if np.ndim(frequency_hz) else level[0]


@pytest.mark.parametrize(
    ("name", "answer"), [("sound/crest_factor_db", crest_by_librosa), ("filters/gain_db", gain_by_freqz)]
)
def test_what_libraries_do_unasked_is_seen(name, answer):
    """A floor and a span of 80 dB; a whole number taken for a count of points."""
    assert judge(ALL[name], answer).status == "wrong"
