"""Synthetic speech's mel and the way back, time warping against brute force, MCD against its identity, and errors."""

import itertools
import math

import librosa
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from course_utils.models.datasets import DigitStrings
from course_utils.models.speech_features import (
    FLOOR,
    HOP,
    N_MELS,
    SAMPLE_RATE,
    dynamic_time_warping,
    mel_cepstral_distortion,
    mel_to_signal,
    pitch_hz,
    speech_errors,
    speech_mel,
)
from tests.hostile import COUNT, MONO, RNG, SPECTRUM, refusals
from tests.support import refuses

RNG_0 = np.random.default_rng(0)


def mel_of(signal):
    return speech_mel()(torch.from_numpy(signal)).numpy()


@pytest.fixture(scope="module")
def said():
    return DigitStrings("train", 1, seed=3, n_digits=(2, 2), whole_words=True)[0][0]


# ------------------------------------------------------------------------------------ there and back


def test_the_mel_is_that_of_librosa(said):
    power = librosa.feature.melspectrogram(
        y=said, sr=8000, n_fft=512, hop_length=128, n_mels=64, fmin=40, fmax=4000, pad_mode="constant"
    )
    expected = np.log(np.maximum(power, 1e-5))
    np.testing.assert_allclose(mel_of(said), expected, atol=2e-3)  # float32 under a logarithm
    assert mel_of(said).shape == (64, 1 + len(said) // 128)


def test_there_and_back_the_mel_stays(said):
    mel = mel_of(said)
    back = mel_to_signal(mel)
    assert back.dtype == np.float32 and len(back) == HOP * (mel.shape[1] - 1)
    assert np.abs(mel_of(back) - mel).mean() < 0.35  # nats: phases that fit exactly are not found
    assert np.array_equal(back, mel_to_signal(mel)) and np.array_equal(
        back, mel_to_signal(mel, rng=np.random.default_rng(0))
    )
    assert not np.array_equal(back, mel_to_signal(mel, rng=np.random.default_rng(1)))


def test_the_floor_is_silence_and_a_batch_is_its_clips():
    assert not mel_to_signal(np.full((64, 9), math.log(FLOOR), np.float32)).any()
    assert mel_to_signal(np.zeros((2, 64, 9), np.float32), n_iter=2).shape == (2, 1024)


# --------------------------------------------------------------------------------------- time warping


def cheapest(cost):
    """Every way through a table, tried."""
    n_rows, n_columns = cost.shape

    def ways(i, j):
        if (i, j) == (n_rows - 1, n_columns - 1):
            yield cost[i, j]
        for a, b in ((i + 1, j), (i, j + 1), (i + 1, j + 1)):
            if a < n_rows and b < n_columns:
                yield from (cost[i, j] + rest for rest in ways(a, b))

    return min(ways(0, 0))


@pytest.mark.parametrize("shape", list(itertools.product((1, 2, 4), (1, 3, 5))))
def test_warping_finds_the_cheapest_of_all_ways(shape):
    cost = np.random.default_rng(sum(shape)).random(shape)
    assert dynamic_time_warping(cost).total == pytest.approx(cheapest(cost))


def test_warping_is_that_of_librosa():
    cost = RNG_0.random((30, 47))
    sums, way = librosa.sequence.dtw(C=cost)
    warp = dynamic_time_warping(cost)
    assert warp.total == pytest.approx(sums[-1, -1])
    assert np.array_equal(np.stack([warp.rows, warp.columns], axis=1), way[::-1])


@given(arrays(np.float64, st.tuples(st.integers(1, 8), st.integers(1, 8)), elements=st.floats(0, 10)))
def test_a_way_begins_and_ends_in_the_corners_and_never_goes_back(cost):
    rows, columns, total = dynamic_time_warping(cost)
    assert (rows[0], columns[0]) == (0, 0) and (rows[-1] + 1, columns[-1] + 1) == cost.shape
    steps = np.stack([np.diff(rows), np.diff(columns)])
    assert np.isin(steps, (0, 1)).all() and (steps.sum(axis=0) > 0).all()
    assert total == pytest.approx(cost[rows, columns].sum())


# ------------------------------------------------------------------------------------------ how far


def test_all_coefficients_give_the_deviation_of_the_levels():
    a, b = RNG_0.normal(-5, 2, (2, 64, 7))
    difference_db = 10 / math.log(10) * (a - b)
    expected = difference_db.std(axis=0).mean()
    assert mel_cepstral_distortion(a, b, n_cepstra=63, align=False) == pytest.approx(expected)


def test_a_single_cosine_by_hand():
    """ln power raised by 0.2 cos(π m (n + ½)/64): c[m] of the magnitude rises by 0.1/2 · … = 0.05, MCD by √2 of it."""
    bands = np.cos(math.pi * 3 * (np.arange(64) + 0.5) / 64)
    a = np.zeros((64, 4))
    b = a + 0.2 * bands[:, np.newaxis]
    rms_db = 10 / math.log(10) * 0.2 / math.sqrt(2)
    assert mel_cepstral_distortion(a, b) == pytest.approx(rms_db)
    assert mel_cepstral_distortion(a, b, n_cepstra=2) == pytest.approx(0, abs=1e-12)
    assert mel_cepstral_distortion(a, b + 3) == pytest.approx(rms_db)


def test_a_slower_clip_is_no_other_clip(said):
    mel = mel_of(said)
    slower = np.repeat(mel, 2, axis=1)
    assert mel_cepstral_distortion(mel, slower) == 0
    errors = speech_errors(
        slower, np.pad(said, (0, HOP * mel.shape[1] + len(said) // HOP * HOP))[: HOP * (slower.shape[1] - 1)], mel, said
    )
    assert errors.duration == 1 and errors.mcd_db == 0


def test_pitch_of_a_glide_and_of_silence():
    t = np.arange(8000) / 8000
    phase = 2 * math.pi * (100 * t + 50 * t**2)  # 100 to 200 Hz
    tone = (0.3 * np.sin(phase) + 0.1 * np.sin(2 * phase)).astype(np.float32)
    f0_hz = pitch_hz(tone)
    true_hz = 100 + 100 * np.arange(len(f0_hz)) * HOP / SAMPLE_RATE
    inner = slice(4, -4)
    assert np.abs(12 * np.log2(f0_hz[inner] / true_hz[inner])).max() < 0.5  # the middle of YIN's window lies beside
    assert np.isnan(pitch_hz(np.zeros(2000, np.float32))).all()
    noise = 0.1 * RNG_0.standard_normal(8000)
    assert np.isnan(pitch_hz(noise)).mean() > 0.9


def test_two_semitones_are_two_semitones():
    t = np.arange(8000) / 8000
    low, high = (
        sum(np.sin(2 * math.pi * k * f * t) / k / 5 for k in range(1, 6)).astype(np.float32)
        for f in (120.0, 120 * 2 ** (2 / 12))
    )
    errors = speech_errors(mel_of(high), high, mel_of(low), low)
    assert errors.f0_semitones == pytest.approx(2, abs=0.05)  # YIN's parabola
    assert errors.duration == 0 and errors.voicing < 0.1
    assert speech_errors(mel_of(low), low, mel_of(low), low) == (0, 0, 0, 0)


# ------------------------------------------------------------------------------------------- errors


def test_what_does_not_fit_is_told():
    with refuses("log_mel must have 64 bands along axis -2"):
        mel_to_signal(np.zeros((20, 64)))
    with refuses("log_mel must have at least 5 frames, got 4"):
        mel_to_signal(np.zeros((64, 4)))
    with refuses("natural logarithm of a power, not decibels"):
        mel_to_signal(np.full((64, 9), 40.0))
    with refuses("as many frames where they are not aligned, got 3 and 4"):
        mel_cepstral_distortion(np.zeros((64, 3)), np.zeros((64, 4)), align=False)
    with refuses("signal must have as many frames as its mel"):
        speech_errors(np.zeros((64, 9)), np.ones(8000), np.zeros((64, 9)), np.ones(1024))


MEL = RNG_0.normal(-5, 1, (N_MELS, 9))
WRONG = [*SPECTRUM, MEL.T, MEL[:40], np.full((64, 9), 99.0), MEL[None]]
TONE = np.sin(np.arange(1024) / 8)
CALLS = {
    speech_mel: {},
    mel_to_signal: {"log_mel": (MEL, WRONG[:-1]), "n_iter": (2, COUNT), "rng": (np.random.default_rng(0), RNG[1:])},
    dynamic_time_warping: {"cost": (abs(MEL), SPECTRUM)},
    mel_cepstral_distortion: {"mel_a": (MEL, WRONG), "mel_b": (MEL, WRONG), "n_cepstra": (13, [*COUNT, 64])},
    pitch_hz: {"signal": (TONE, MONO)},
    speech_errors: {
        "mel": (MEL, WRONG),
        "signal": (TONE, MONO),
        "true_mel": (MEL, WRONG),
        "true_signal": (TONE, MONO),
    },
}

test_hostile_input_is_refused_in_one_sentence = refusals("models.speech_features", CALLS)
