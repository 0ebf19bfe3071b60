"""Chords: counts by hand, Viterbi against trying all ways, and how often the composer's own are found."""

from itertools import product

import numpy as np
import pytest

from course_utils import harmony, melody_tokens, music, ngrams
from course_utils.composer import CHORDS
from course_utils.harmony import TRIADS, Harmoniser
from tests.hostile import COUNT, NAME, NUMBER, POSITIVE, RNG, refusals
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


def test_tokens_with_chords_by_hand():
    tune = music.Tune("two bars", tuple(music.Note(60, 2.0) for _ in range(4)), chords=("I", "V"))
    do = melody_tokens.encode(tune)[1]
    assert harmony.encode_with_chords(tune) == [0, 302, do, do, 304, do, do, 0]
    for tune in composed(20):
        mixed = harmony.encode_with_chords(tune, tonic=60)
        assert [token for token in mixed if token < 302] == melody_tokens.encode(tune, tonic=60)
        assert [t for t in mixed if t >= 302] == [harmony.CHORD_TOKENS[chord] for chord in tune.chords]


def test_bars_are_filled_under_their_chords():
    """A model that has counted pairs knows what a bar may begin with: every first note is a tone of the chord."""
    pieces = [harmony.encode_with_chords(tune, tonic=60) for tune in composed(300)]
    model = ngrams.NGram(pieces, 2, smoothing="Witten-Bell", n_tokens=harmony.N_WITH_CHORDS)
    chords, right = ["I", "IV", "V", "I", "V", "IV"], []
    for seed in range(20):
        tokens = harmony.write_over(model.next_probabilities, chords, np.random.default_rng(seed))
        found = music.bars_of(melody_tokens.decode(tokens, tonic="C"))
        assert [sum(note.quarters for note in bar) for bar in found] == [4.0] * 6
        right += [
            bar[0].pitch is not None and bar[0].pitch % 12 in CHORDS[c] for bar, c in zip(found, chords, strict=True)
        ]
    assert np.mean(right) > 0.9


def test_chords_that_do_not_fit_are_refused():
    with refuses("must be one for each of 1 bars, got 2"):
        harmony.accompanied(SONG, ["I", "V"])
    with refuses("must hold one, got none"):
        Harmoniser([])


NO_CHORDS = [None, "I", 5, [], ["I", "V"], ["ii"], [1], {"I"}]
CALLS = {
    harmony.encode_with_chords: {
        "tune": (SONG, [*NO_TUNES, SCALE]),
        "tonic": (60, [*COUNT[1:-5], -1, 128, 1.5]),
    },
    harmony.write_over: {
        "next_probabilities": (lambda history: np.full(305, 1 / 305), [None, 5, "x", lambda h: None, lambda h: [1.0]]),
        "chords": (["I"], [None, "I", 5, [], ["ii"], [1], {"I"}]),
        "rng": (np.random.default_rng(0), RNG),
        "bar": (2.0, [*NUMBER, 0, 65]),
    },
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
