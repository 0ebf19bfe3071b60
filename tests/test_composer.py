"""The composer: its entropy against the mean of its own log-probabilities, and against counting all phrases."""

import math
from itertools import pairwise

import numpy as np
import pytest

from course_utils import composer
from course_utils.melody_tokens import encode
from course_utils.music import Note, bars_of
from tests.hostile import RANDOM, refusals
from tests.test_music import NO_TUNES


def composed(n, seed=0):
    rng = np.random.default_rng(seed)
    return [composer.compose(rng) for _ in range(n)]


def test_the_mean_log_probability_of_many_tunes_is_the_entropy():
    """4,000 tunes: a standard error of 0.11 bits, five of which are allowed."""
    bits = np.array([-composer.log_probability(tune) for tune in composed(4000, seed=1)])
    assert abs(bits.mean() - composer.entropy().bits) < 5 * bits.std() / math.sqrt(len(bits))
    lengths = np.array([len(tune.notes) + 1 for tune in composed(4000, seed=1)])
    assert abs(lengths.mean() - composer.entropy().tokens) < 5 * lengths.std() / math.sqrt(len(lengths))


def test_probabilities_of_all_notes_of_a_bar_add_up_to_one():
    for tables in (composer._first_notes(), composer._later_notes()):
        for table in tables.values():
            assert table.sum(axis=1) == pytest.approx(np.ones(len(composer.SCALE)))
            assert (table >= 0).all()
    assert sum(composer.RHYTHMS.values()) == pytest.approx(1)
    for options in (composer.FIRST, *composer.NEXT.values()):
        assert sum(options.values()) == pytest.approx(1)
    assert all(sum(rhythm) == 4 for rhythm in composer.RHYTHMS)


def test_entropy_of_one_bar_by_adding_up_all_of_them(monkeypatch):
    """A phrase of one bar with two rhythms of few notes: every bar is counted, −Σ p log₂ p."""
    monkeypatch.setattr(composer, "N_BARS", 1)
    monkeypatch.setattr(composer, "RHYTHMS", {(2.0, 2.0): 0.25, (1.0, 1.0, 2.0): 0.75})
    start, total, bits = np.eye(len(composer.SCALE))[composer.SCALE.index(0)], 0.0, 0.0
    size = len(composer.SCALE)
    first, later = composer._first_notes()["I"], composer._later_notes()["I"]
    begin = start @ first
    for rhythm, share in composer.RHYTHMS.items():
        p = begin if len(rhythm) == 1 else np.einsum("i,ij->ij", begin, later)
        if len(rhythm) == 3:
            p = np.einsum("ij,jk->ijk", p, later)
        p = share * p.ravel()
        total += p.sum()
        bits -= np.sum(p[p > 0] * np.log2(p[p > 0]))
    assert total == pytest.approx(1) and size == 12
    assert composer._phrase_entropy(start)[0] == pytest.approx(bits)


def test_each_tune_has_the_form():
    for tune in composed(100):
        found = bars_of(tune)
        assert len(found) == 8 == len(tune.chords)
        assert found[0:2] == found[2:4] == found[6:8]
        assert all(bar[0].pitch % 12 in composer.CHORDS[chord] for bar, chord in zip(found, tune.chords, strict=True))
        assert tune.chords[0] == "I"
        assert encode(tune, tonic=composer.TONIC)[1:-1].count(0) == 0


def test_chords_tell_themselves_apart():
    tones = [tone for own in composer.CHORDS.values() for tone in own]
    assert len(set(tones)) == len(tones)


def test_what_it_could_not_have_written_is_infinitely_unlikely():
    (tune,) = composed(1)
    notes = list(tune.notes)
    assert math.isfinite(composer.log_probability(tune))
    for other in (
        tune._replace(notes=tuple(notes[:-1])),
        tune._replace(notes=(Note(notes[0].pitch + 1, notes[0].quarters), *notes[1:])),
        tune._replace(notes=(*notes[:-1], Note(notes[-1].pitch + 2, notes[-1].quarters))),  # the last A is no copy
        tune._replace(notes=(Note(None, notes[0].quarters), *notes[1:])),
        tune._replace(metre="3/4"),
        tune._replace(pickup=1.0),
    ):
        assert composer.log_probability(other) == -math.inf


def test_a_tune_costs_what_its_choices_cost():
    """By hand: rhythm and chord of each bar, and each note given the one before, of A and of B once."""
    (tune,) = composed(1, seed=3)
    bits, place = 0.0, composer.SCALE.index(0)
    for start in (0, 4):
        part = bars_of(tune)[start : start + 2]
        chords = tune.chords[start : start + 2]
        place = composer.SCALE.index(bars_of(tune)[3][-1].pitch - 60) if start else place
        bits -= math.log2(composer.NEXT[chords[0]][chords[1]])
        for bar, chord in zip(part, chords, strict=True):
            bits -= math.log2(composer.RHYTHMS[tuple(note.quarters for note in bar)])
            places = [place, *(composer.SCALE.index(note.pitch - 60) for note in bar)]
            tables = [composer._first_notes(), *[composer._later_notes()] * (len(bar) - 1)]
            for table, (a, b) in zip(tables, pairwise(places), strict=True):
                bits -= math.log2(table[chord][a, b])
            place = places[-1]
    # B begins with the chord I, whatever came before
    assert composer.log_probability(tune) == pytest.approx(-bits)


def test_floors_as_they_are_quoted():
    entropy = composer.entropy()
    assert entropy.perplexity == pytest.approx(2 ** (entropy.bits / entropy.tokens))
    assert 2.6 < entropy.perplexity < 2.9 and 7.2 < entropy.perplexity_without_memory < 7.7


CALLS = {
    composer.compose: RANDOM,
    composer.log_probability: {"tune": (composed(1)[0], NO_TUNES)},
    composer.entropy: {},
}
test_hostile_input_is_refused_in_one_sentence = refusals("composer", CALLS)
