"""Notes on lines: where they stand by hand, and what the alt texts say."""

from course_utils import music, score
from course_utils.music import Note, Tune
from tests.hostile import COUNT, NUMBER, refusals
from tests.test_music import NO_TUNES, SCALE


def test_places_on_the_lines():
    """E4 is the lowest line, F5 the highest; middle C stands on a short line two steps below."""
    assert [score._place(music.note_number(name), False)[0] for name in ("E4", "F5", "C4", "A5")] == [0, 8, -2, 10]
    assert score._place(61, False) == (-2, "♯") and score._place(61, True) == (-1, "♭")


def test_signatures_by_hand():
    assert score._key(SCALE._replace(tonic="D")) == (False, {"F#", "C#"}, "2 sharps")
    assert score._key(SCALE._replace(tonic="G", mode="minor")) == (True, {"Bb", "Eb"}, "2 flats")
    assert score._key(SCALE)[2] == "no sharps or flats" and score._key(SCALE._replace(tonic="F"))[2] == "1 flat"


def test_the_alt_text_reads_the_notes():
    tune = Tune("two bars", (Note(67, 2.0), Note(None, 1.0), Note(66, 1.0), Note(67, 4.0)), "4/4", "G")
    alt = score.draw_score(tune, n_bars=2).alt
    assert "two bars, in 4/4 and G major: G4 of 2, rest F#4 of 1; G4 of 4 quarters" in alt
    assert "3 notes from F#4 to G4, 8 quarters long" in score.piano_roll(tune).alt
    assert score.piano_roll(tune, alt="A step down, and back.").alt == "A step down, and back."


def test_every_tune_of_the_test_can_be_drawn():
    for tune in music.tunes("test")[::6]:
        assert len(score.draw_score(tune, n_bars=4).png) > 2000


CALLS = {
    score.draw_score: {"tune": (SCALE, NO_TUNES), "n_bars": (2, [*COUNT, 33]), "bars_a_row": (4, [*COUNT, 9])},
    score.piano_roll: {
        "tune": (SCALE, NO_TUNES),
        "n_quarters": (8.0, [*NUMBER, 0.5, 513]),
        "alt": (None, [5, b"x", "short"]),
    },
}
test_hostile_input_is_refused_in_one_sentence = refusals("score", CALLS)
