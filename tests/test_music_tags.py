"""The mirror task: what leaks between splits, a classifier against its definition, folders with faults."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_utils import audio, music_tags
from course_utils.mfcc import mfcc
from tests.hostile import COUNT, MONO, NUMBER, PATHS, POSITIVE, RANDOM, REAL, refusals
from tests.support import random_signal

LOW, HIGH = (50, 62), (66, 78)
APART = {"plucked string": LOW, "organ": LOW, "flute": HIGH, "voice": HIGH}


def test_timbre_is_mean_and_spread_of_the_coefficients():
    x = random_signal(4000)
    table = mfcc(x, sample_rate=8000, n_mfcc=13, n_fft=512, hop_length=128)
    assert music_tags.timbre(x)[:13] == pytest.approx(table.mean(axis=1))
    assert music_tags.timbre(x)[13:] == pytest.approx(table.std(axis=1))


@given(st.integers(1, 10), st.integers(1, 20), st.integers(0, 99))
def test_the_nearest_by_trying_all(n, n_known, seed):
    x, known = random_signal(n, 4, seed=seed), random_signal(n_known, 4, seed=seed + 1) * [1, 10, 100, 0]
    labels, spread = np.arange(n_known), np.where(known.std(axis=0) > 0, known.std(axis=0), 1)
    found = music_tags.nearest_labels(x, known, labels)
    for row, label in zip(x, found, strict=True):
        distances = [np.sum(((row - other) / spread) ** 2) for other in known]
        assert distances[label] == pytest.approx(min(distances))


def accuracy(train, test):
    return np.mean(music_tags.nearest_labels(test[0], *train) == test[1])


def test_an_instrument_is_known_by_its_pitch_where_each_has_its_own():
    rng = np.random.default_rng(0)
    swapped = {name: HIGH if pitches == LOW else LOW for name, pitches in APART.items()}
    train, same, other = (music_tags.single_notes(r, rng, n_notes=20) for r in (APART, APART, swapped))
    assert accuracy(train, same) > 0.85 and accuracy(train, other) < 0.5
    every = music_tags.single_notes(dict.fromkeys(APART, (50, 78)), rng, n_notes=20)
    assert accuracy(every, other) > 0.85


def test_excerpts_of_one_recording_in_both_splits_leak():
    """What is known of the dance is nothing; what is known of the recording looks like knowing the dance."""
    found, scores = music_tags.dances(np.random.default_rng(0), n_tunes=15), {"excerpts": [], "recordings": []}
    for seed in range(10):
        rng = np.random.default_rng(seed)
        for split in scores:
            is_test = rng.random(len(found.labels)) < 0.25
            if split == "recordings":
                is_test = np.isin(found.recordings, rng.permutation(45)[:11])
            train, test = ((found.features[part], found.labels[part]) for part in (~is_test, is_test))
            scores[split].append(accuracy(train, test))
    assert np.mean(scores["excerpts"]) > np.mean(scores["recordings"]) + 0.1
    assert abs(np.mean(scores["recordings"]) - 1 / 3) < 0.12
    assert set(found.labels) == {"jig", "reel", "quick step"} and len(found.features) == len(found.recordings)


def test_a_folder_of_classes(tmp_path):
    for label, number in (("blues", 0), ("blues", 1), ("jazz", 2)):
        (tmp_path / label).mkdir(exist_ok=True)
        audio.save(tmp_path / label / f"{label}.{number:05}.wav", 0.1 * random_signal(800, seed=number), 8000)
    twin = (tmp_path / "blues" / "blues.00000.wav").read_bytes()
    (tmp_path / "blues" / "blues.00005.wav").write_bytes(twin)
    (tmp_path / "jazz" / "jazz.00009.wav").write_bytes(twin)
    (tmp_path / "jazz" / "jazz.00054.wav").write_bytes(b"no sound")
    (tmp_path / "jazz" / "._jazz.00002.wav").write_bytes(b"x")
    (tmp_path / "notes.txt").write_text("not a class")
    found = music_tags.class_folder(tmp_path)
    assert [file.label for file in found.files] == ["blues", "blues", "blues", "jazz", "jazz"]
    assert found.files[0].duration_s == pytest.approx(0.1) and found.files[0].sample_rate == 8000
    assert len(found.problems) == 3
    assert any("is the same sound as" in text for text in found.problems)
    assert any("there called 'blues'" in text for text in found.problems)
    assert any("jazz.00054.wav" in text for text in found.problems)


X = random_signal(4, 3)
NO_ROWS = [*REAL, random_signal(4), random_signal(2, 3, 4), random_signal(2, 5)]
NO_RANGES = [None, 5, "x", {}, {"harp": LOW}, {"organ": 5}, {"organ": (60,)}, {"organ": (70, 60)}, {"organ": (-1, 5)}]
CALLS = {
    music_tags.timbre: {"signal": (random_signal(900), [*MONO, random_signal(100)]), "sample_rate": (8000, POSITIVE)},
    music_tags.nearest_labels: {
        "x": (X, NO_ROWS),
        "known": (X, NO_ROWS),
        "labels": (np.arange(4), [None, 5, "x", [], [1, 2], [[1, 2, 3, 4]]]),
    },
    music_tags.dances: {"n_tunes": (2, [*COUNT, 1, 61])} | RANDOM,
    music_tags.single_notes: {"ranges": ({"organ": (60, 62)}, NO_RANGES), "n_notes": (1, COUNT)} | RANDOM,
    music_tags.class_folder: {"folder": ("folder", [*PATHS, *NUMBER[:3]])},
}


@pytest.fixture(autouse=True)
def _a_folder(tmp_path):
    (tmp_path / "folder" / "a").mkdir(parents=True)
    audio.save(tmp_path / "folder" / "a" / "x.wav", 0.1 * random_signal(800), 8000)


test_hostile_input_is_refused_in_one_sentence = refusals("music_tags", CALLS)
