"""Chords: counts by hand, Viterbi against trying all ways, and how often the composer's own are found."""

from itertools import product

import numpy as np
import pytest

from course_utils import harmony, music
from course_utils.harmony import TRIADS, Harmoniser
from tests.hostile import NAME, POSITIVE, refusals
from tests.support import refuses
from tests.test_composer import composed
from tests.test_music import NO_TUNES, SCALE

SONG = SCALE._replace(chords=("I",))


def test_content_of_a_bar_by_hand():
    content = harmony.bar_content(music.transposed(SCALE, 3))
    assert content.shape == (1, 12)
    assert content[0].tolist() == [1.0, 0, 0.5, 0, 0.5, 0.5, 0, 0.5, 0, 0.5, 0, 0.5]


@pytest.mark.parametrize("seed", range(5))
def test_viterbi_finds_the_best_of_all_ways(seed):
    model, (tune,) = Harmoniser(composed(30)), composed(1, seed=50 + seed)
    scores = harmony.bar_content(tune) @ model.log_class.T

    def log_p(way):
        total = model.log_first[way[0]] + scores[range(len(way)), way].sum()
        return total + sum(model.log_next[a, b] for a, b in zip(way, way[1:], strict=False))

    best = max(product(range(3), repeat=len(scores)), key=log_p)
    assert model.chords(tune) == [model.names[k] for k in best]


def test_more_chords_are_found_when_their_order_counts():
    known, new = composed(300), composed(150, seed=9)
    right = [
        np.mean([found == true for t in new for found, true in zip(m.chords(t), t.chords, strict=True)])
        for m in (Harmoniser(known), Harmoniser(known, order=False))
    ]
    assert right[0] > right[1] + 0.04 and right[0] > 0.8


def test_counts_by_hand():
    model = Harmoniser([SONG._replace(chords=("V",))])
    assert np.exp(model.log_first) == pytest.approx(np.array([1, 1, 2]) / 4)
    assert np.exp(model.log_class[0]) == pytest.approx(np.full(12, 1 / 12))
    assert np.exp(model.log_class[2, 0]) == pytest.approx((1 + 1) / (12 + 4))


def test_an_accompanied_tune_sounds_on_and_holds_its_chord():
    tune = music.Tune("rest", (music.Note(None, 4.0), music.Note(72, 4.0)), chords=("I", "V"))
    sound = harmony.accompanied(tune, tune.chords, 8000, tempo_bpm=120)
    assert len(sound) == 4 * 8000 and np.abs(sound).max() <= 0.9 + 1e-6
    spectrum = np.abs(np.fft.rfft(sound[:16_000] * np.hanning(16_000)))
    peaks = {music.note_name(round(69 + 12 * np.log2(k / 2 / 440))) for k in np.argsort(-spectrum)[:9]}
    assert {"C3", "E3", "G3"} <= peaks
    assert TRIADS["I"] == (0, 4, 7)


def test_chords_that_do_not_fit_are_refused():
    with refuses("must be one for each of 1 bars, got 2"):
        harmony.accompanied(SONG, ["I", "V"])
    with refuses("must hold one, got none"):
        Harmoniser([])


NO_CHORDS = [None, "I", 5, [], ["I", "V"], ["ii"], [1], {"I"}]
CALLS = {
    harmony.bar_content: {"tune": (SONG, NO_TUNES)},
    harmony.accompanied: {
        "tune": (SONG, NO_TUNES),
        "chords": (["I"], NO_CHORDS),
        "sample_rate": (8000, [*POSITIVE, 100]),
        "instrument": ("flute", NAME),
        "tempo_bpm": (100.0, [*POSITIVE, 500]),
    },
}
test_hostile_input_is_refused_in_one_sentence = refusals("harmony", CALLS)


@pytest.mark.parametrize("tunes", [None, 5, "x", [5], [SCALE], [SONG._replace(chords=("X",))], SCALE])
def test_no_tunes_with_chords_are_refused(tunes):
    with refuses("must", (TypeError, ValueError)):
        Harmoniser(tunes)
