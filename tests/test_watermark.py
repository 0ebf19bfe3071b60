"""The mark: what it changes, what it survives, and that a wrong key finds nothing."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_utils import augmentation, filters, sampling, watermark
from course_utils.models import datasets
from course_utils.stft import stft
from tests.hostile import COUNT, MONO, NUMBER, SIGNAL, refusals
from tests.support import random_signal, refuses

KEY = [*COUNT[:-5], -1, 1.5, 2**63]


@cache
def strings():
    return datasets.DigitStrings("test", 9, seed=4, n_digits=(8, 8), whole_words=True)


def speech(number=0):
    return strings()[number][0]


def test_noise_has_the_levels_of_the_pattern_and_the_key_gives_them_back():
    """On white noise a cell's level is known: the mean of its ln |X| rises by strength · ln 10 / 20, or falls."""
    x = random_signal(40_000, seed=3)
    marked = watermark.watermark(x, 11, strength_db=2.0)
    change = np.log(np.abs(stft(marked, n_fft=256, hop_length=64)) + 1e-9)
    change = (change - np.log(np.abs(stft(x, n_fft=256, hop_length=64)) + 1e-9))[1:, :512]
    cells = np.median(change.reshape(32, 4, 128, 4), axis=(1, 3))[:, 1:-1]
    signs = watermark._pattern(11)[:, 1:-1]
    assert np.mean(np.sign(cells) == signs) > 0.99
    assert np.median(np.abs(cells)) == pytest.approx(2 * np.log(10) / 20, rel=0.25)  # neighbours overlap, and blur it


def test_the_score_of_a_wrong_key_has_mean_zero_and_spread_one():
    """100 keys on one clip: the standard error of the mean is 0.1, that of the spread 0.07."""
    x = speech()
    scores = np.array([watermark.detect_watermark(x, key, search=False).score for key in range(100)])
    assert abs(scores.mean()) < 0.35
    assert 0.8 < scores.std() < 1.3


def test_a_pattern_is_balanced_in_every_band():
    for key in (0, 5, 2**62):
        pattern = watermark._pattern(key)
        assert pattern.shape == (32, 128) and set(np.unique(pattern)) == {-1.0, 1.0}
        assert np.all(pattern.sum(axis=1) == 0)
    assert not np.array_equal(watermark._pattern(0), watermark._pattern(1))


def test_the_difference_lies_as_far_below_as_the_docstring_says():
    for strength_db in (0.5, 1.0, 2.0):
        x = speech()
        difference = watermark.watermark(x, 3, strength_db=strength_db) - x
        snr_db = 10 * np.log10(np.sum(x**2) / np.sum(difference**2))
        assert snr_db == pytest.approx(-20 * np.log10(10 ** (strength_db / 20) - 1), abs=3)


@pytest.mark.parametrize(
    "change",
    [
        lambda x: x,
        lambda x: 0.01 * x,
        lambda x: -x,
        lambda x: augmentation.add_noise(x, 20.0, rng=np.random.default_rng(0)),
        lambda x: sampling.mu_law_decode(sampling.mu_law_encode(x)).astype(np.float32),
        lambda x: augmentation.lowpass(x, 2500.0, sample_rate=8000),
        lambda x: filters.resample(filters.resample(x, from_rate=8000, to_rate=16000), from_rate=16000, to_rate=8000),
    ],
    ids=["as it is", "softer", "turned over", "noise", "mu-law", "lowpass", "resampled"],
)
def test_a_mark_survives_what_a_line_does(change):
    x = speech(0)
    marked = np.clip(watermark.watermark(x, 7, strength_db=2.0), -1, 1)
    assert watermark.detect_watermark(change(marked), 7).score > 6
    assert watermark.detect_watermark(change(x), 7).score < 5
    assert watermark.detect_watermark(change(marked), 8).score < 5


@pytest.mark.parametrize("n_cut", [64, 1000, 6400])
def test_a_mark_is_found_where_the_beginning_is_missing(n_cut):
    marked = watermark.watermark(speech(2), 7, strength_db=2.0)
    found = watermark.detect_watermark(marked[n_cut:], 7)
    assert found.score > 6
    assert abs(found.frame - n_cut / 64) <= 1
    assert watermark.detect_watermark(marked[n_cut:], 7, search=False).score < found.score


def test_another_speed_removes_it():
    marked = watermark.watermark(speech(2), 7, strength_db=2.0)
    assert watermark.detect_watermark(augmentation.change_speed(marked, 1.1), 7).score < 5


@given(st.integers(768, 3000), st.integers(0, 2**63 - 1), st.floats(0, 6))
def test_any_signal_keeps_its_form_and_silence_stays(n, key, strength_db):
    for dtype in (np.float32, np.float64):
        x = random_signal(2, n, seed=n).astype(dtype)
        marked = watermark.watermark(x, key, strength_db=strength_db)
        assert marked.shape == x.shape and marked.dtype == dtype
        assert np.array_equal(watermark.watermark(0 * x, key, strength_db=strength_db), 0 * x)
        assert np.allclose(watermark.watermark(x[1], key, strength_db=strength_db), marked[1], atol=1e-5)
    if strength_db == 0:
        assert np.allclose(marked, x)
    assert watermark.detect_watermark(0 * x[0], key).score == 0


CALLS = {
    watermark.watermark: {
        "signal": (random_signal(900), SIGNAL),
        "key": (1, KEY),
        "strength_db": (1.0, [*NUMBER, -1, 7]),
    },
    watermark.detect_watermark: {"signal": (random_signal(900), MONO), "key": (1, KEY)},
}
test_hostile_input_is_refused_in_one_sentence = refusals("watermark", CALLS)


def test_a_signal_too_short_for_a_mark_is_refused():
    with refuses("signal must have at least 768 samples, got 700"):
        watermark.detect_watermark(random_signal(700), 1)
