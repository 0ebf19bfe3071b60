"""Tokens of melodies: by hand, round trips, and that a key is no part of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_utils import melody_tokens as mt
from course_utils import music
from course_utils.music import Note, Tune
from tests.hostile import COUNT, NAME, refusals
from tests.support import refuses
from tests.test_music import NO_TUNES, RESTS, SCALE

NOTE = st.tuples(st.one_of(st.none(), st.integers(60, 84)), st.sampled_from(mt.LENGTHS))
MELODY = st.lists(NOTE, min_size=1, max_size=30).filter(lambda notes: any(pitch is not None for pitch, _ in notes))


def test_tokens_by_hand():
    """Median 65, tonic 60: the first note is step 0, an eighth: 1 + 7 · 18 + 1."""
    assert mt.encode(SCALE)[:3] == [0, 1 + 7 * 18 + 1, 1 + 7 * 20 + 1]
    assert mt.encode(SCALE, tonic=72)[1] == 1 + 7 * 6 + 1
    assert mt.encode(Tune("rests", (Note(None, 0.25), Note(60, 3.0))))[1:3] == [1, 1 + 7 * 18 + 6]
    assert mt.N_TOKENS == 1 + 43 * 7 == 302
    assert [mt.describe_token(token) for token in (0, 1, 128, 4, 302 - 1)] == [
        "end",
        "rest, 0.25 quarters",
        "tonic, 0.5 quarters",
        "rest, 1 quarter",
        "+24, 3 quarters",
    ]


@given(MELODY, st.integers(-20, 20))
def test_a_transposed_copy_has_the_same_tokens(notes, semitones):
    tune = Tune("made", tuple(Note(*pair) for pair in notes))
    assert mt.encode(music.transposed(tune, semitones)) == mt.encode(tune)


@given(MELODY)
def test_decoding_gives_the_tune_back_but_for_octaves_of_all_notes(notes):
    tune = Tune("made", tuple(Note(*pair) for pair in notes), tonic="D")
    back = mt.decode(mt.encode(tune), tonic="D")
    apart = {a.pitch - b.pitch for a, b in zip(tune.notes, back.notes, strict=True) if a.pitch is not None}
    assert len(apart) == 1 and apart.pop() % 12 == 0
    assert [note.quarters for note in back.notes] == [note.quarters for note in tune.notes]
    assert mt.encode(back) == mt.encode(tune)


def test_the_corpus_has_tokens_and_kinds():
    for tune in music.tunes():
        tokens = mt.encode(tune)
        assert len(tokens) == len(tune.notes) + 2 and tokens[0] == tokens[-1] == 0 and 0 not in tokens[1:-1]
        assert mt.KINDS[mt.kind_of(tune)].startswith(tune.metre)
    assert mt.kind_of(SCALE._replace(mode="dorian")) == mt.kind_of(SCALE._replace(mode="minor"))
    assert mt.kind_of(SCALE._replace(mode="mixolydian")) == mt.kind_of(SCALE)


def test_decoding_stops_at_the_first_end():
    tokens = mt.encode(SCALE)
    assert mt.decode([*tokens, 5, 5]).notes == mt.decode(tokens).notes == mt.decode(tokens[1:-1]).notes


def test_notes_without_a_token_are_refused():
    with refuses("must lie within -17…24 semitones of the tonic, got 36 in note 3"):
        mt.encode(Tune("wide", (Note(60, 1), Note(60, 1), Note(60, 1), Note(96, 1))))
    with refuses("must last one of 0.25, 0.5, 0.75, 1, 1.5, 2, 3 quarters, got 0.33"):
        mt.encode(Tune("triplet", (Note(60, 1 / 3),)))
    with refuses("must have a note, got rests alone"):
        mt.encode(RESTS[0])
    with refuses("must hold no padding, got -1"):
        mt.decode([0, 128, -1])


@pytest.mark.parametrize("tokens", [[], [0], [0, 0], [0, 0, 128]])
def test_nothing_before_the_end_is_refused(tokens):
    with refuses("must hold a note before the end"):
        mt.decode(tokens)


NO_TOKENS = [None, "x", 5, b"x", {}, {1}, [], [0], [0.5], ["a"], [True], [-1], [302], [[1]], object()]
CALLS = {
    mt.encode: {"tune": (SCALE, NO_TUNES), "tonic": (60, [*COUNT[1:-5], -1, 128, 1.5])},
    mt.decode: {
        "tokens": ([0, 128, 0], NO_TOKENS),
        "tonic": ("G", [*NAME, "H"]),
        "octave": (4, [*COUNT, 7]),
        "metre": ("6/8", NAME),
        "mode": ("minor", [*NAME, "lydian"]),
        "title": ("a tune", [None, 5, b"x"]),
    },
    mt.describe_token: {"token": (5, [None, "x", b"x", 0.5, True, -1, 302, [1], object()])},
    mt.kind_of: {"tune": (SCALE, [*NO_TUNES, SCALE._replace(metre="5/4")])},
}
test_hostile_input_is_refused_in_one_sentence = refusals("melody_tokens", CALLS)
