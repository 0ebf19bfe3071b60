"""Melodies: the corpus against its own bars, pitches by hand, MIDI by mido and round trips, sound by its spectrum."""

import math
from itertools import pairwise

import mido
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_utils import music
from course_utils.music import Note, Tune
from tests.hostile import COUNT, NAME, NUMBER, PATHS, POSITIVE, refusals
from tests.support import refuses

SCALE = Tune("scale", tuple(Note(60 + step, 0.5) for step in (0, 2, 4, 5, 7, 9, 11, 12)), "4/4", "C")
NOTES = st.lists(
    st.tuples(st.one_of(st.none(), st.integers(30, 90)), st.sampled_from([0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0])),
    min_size=1,
    max_size=30,
)


def tune_of(pairs, **others):
    return Tune("made", tuple(Note(*pair) for pair in pairs), **others)


def test_numbers_and_names_of_notes():
    for name, number in {"C4": 60, "A4": 69, "C-1": 0, "G9": 127, "F#4": 66, "Bb3": 58, "B#3": 60}.items():
        assert music.note_number(name) == number
    assert music.note_name(61) == "C#4" and music.note_name(61, flats=True) == "Db4"
    assert all(music.note_number(music.note_name(n, flats=flats)) == n for n in range(128) for flats in (False, True))
    assert music.note_frequency_hz(69) == 440 and music.note_frequency_hz(57) == pytest.approx(220)
    assert music.note_frequency_hz(60) == pytest.approx(261.6256, abs=1e-4)


def test_bars_of_the_corpus_are_full():
    """Every bar has its metre's length, but for the first, and parts of the last that the first makes up for."""
    for tune in music.tunes():
        full = music.bar_quarters(tune.metre)
        lengths = [sum(note.quarters for note in bar) for bar in music.bars_of(tune)]
        begin = [tune.pickup] if tune.pickup else []
        assert lengths[: len(begin)] == begin, tune.title
        assert all(math.isclose(length, full) for length in lengths[len(begin) : -1]), tune.title
        assert lengths[-1] in (full, full - tune.pickup), tune.title


def test_the_corpus_is_as_the_docstring_says():
    assert [len(music.tunes(split)) for split in ("train", "valid", "test")] == [400, 60, 60]
    assert len({tune.title for tune in music.tunes()}) == 520
    for tune in music.tunes():
        pitches = [note.pitch for note in tune.notes if note.pitch is not None]
        assert 55 <= min(pitches) and max(pitches) <= 91 and max(pitches) - min(pitches) <= 24
        assert {note.quarters for note in tune.notes} <= {0.25, 0.5, 0.75, 1, 1.5, 2, 3}


def test_a_tune_that_is_well_known_stands_as_it_was_printed():
    """Over the Hills and Bays: the first bars of 'The Lads of the Village', Aird no. 3, read from the print."""
    tune = next(tune for tune in music.tunes() if tune.title == "The Lads of the Village")
    first = [(music.note_name(note.pitch), note.quarters) for note in tune.notes[:7]]
    assert first == [("G4", 1), ("G5", 0.75), ("D5", 0.25), ("E5", 0.5), ("C5", 0.5), ("B4", 0.5), ("G4", 0.5)]
    assert tune.tonic == "G" and tune.metre == "2/4" and "no. 3" in tune.source


def test_no_tune_of_the_test_is_related_to_another():
    prints = [music.melody_fingerprint(tune) for tune in music.tunes()]
    splits = [tune.split for tune in music.tunes()]
    for k, own in enumerate(prints):
        if splits[k] != "train":
            assert all(len(own & other) <= 2 for j, other in enumerate(prints) if j != k)


@given(NOTES, st.integers(-12, 12))
def test_a_transposed_tune_has_the_same_fingerprint_and_comes_back(pairs, semitones):
    tune = tune_of(pairs)
    moved = music.transposed(tune, semitones)
    assert music.melody_fingerprint(moved, 3) == music.melody_fingerprint(tune, 3)
    assert music.transposed(moved, -semitones).notes == tune.notes
    longer = tune_of([(pitch, 2 * quarters) for pitch, quarters in pairs])
    assert music.melody_fingerprint(longer, 3) == music.melody_fingerprint(tune, 3)


def test_a_fingerprint_by_hand():
    assert music.melody_fingerprint(SCALE, 3) == {((2, 1.0), (2, 1.0)), ((2, 1.0), (1, 1.0)), ((1, 1.0), (2, 1.0))}
    assert music.melody_fingerprint(tune_of([(60, 1), (None, 1), (62, 1)]), 2) == set()
    assert music.melody_fingerprint(SCALE, 9) == set() != music.melody_fingerprint(SCALE, 8)


def test_names_of_keys_after_transposing():
    assert [music.transposed(SCALE, k).tonic for k in range(-1, 3)] == ["B", "C", "Db", "D"]
    assert music.transposed(SCALE, 6).tonic == "F#"


def test_the_tonic_is_counted_below_the_median():
    assert music.tonic_below(SCALE) == 60
    assert music.tonic_below(music.transposed(SCALE, 5)) == 65
    assert music.tonic_below(tune_of([(59, 1), (59, 1), (72, 1)])) == 48


def test_bars_of_a_tune_by_hand():
    tune = tune_of([(60, 1), (62, 2), (64, 2), (65, 1)], metre="3/4", pickup=1.0)
    assert music.bars_of(tune) == [(Note(60, 1),), (Note(62, 2), Note(64, 2)), (Note(65, 1),)]  # one is held across


# -------------------------------------------------------------------------------------------- sound


def loudest_hz(signal, sample_rate):
    """Of the range in which notes lie, from 100 Hz on."""
    spectrum = np.abs(np.fft.rfft(signal * np.hanning(len(signal))))
    spectrum[: round(100 * len(signal) / sample_rate)] = 0
    return np.argmax(spectrum) * sample_rate / len(signal)


@pytest.mark.parametrize("instrument", ["organ", "flute", "plucked string"])
def test_each_note_sounds_at_its_pitch_for_its_time(instrument):
    tune = tune_of([(57, 1.0), (None, 1.0), (69, 2.0)])
    sound = music.rendered_tune(tune, 8000, instrument=instrument, tempo_bpm=60)
    assert len(sound) == 4 * 8000 and sound.dtype == np.float32 and np.abs(sound).max() <= 0.9 + 1e-6
    assert np.all(sound[8000:16_000] == 0)
    for part, hz in ((sound[500:7500], 220), (sound[17_000:31_000], 440)):
        harmonic = loudest_hz(part, 8000) / hz
        assert abs(harmonic - round(harmonic)) < 0.03 * harmonic and round(harmonic) in (1, 2, 3)
    assert music.rendered_tune(tune, 8000, instrument=instrument, tempo_bpm=120).shape == (2 * 8000,)


def test_notes_end_without_a_click():
    """No step of more than a tenth of the peak between neighbouring samples where two notes meet."""
    tune = tune_of([(60, 1.0), (64, 1.0), (67, 1.0)])
    for instrument in ("organ", "flute", "voice"):
        sound = music.rendered_tune(tune, 44_100, instrument=instrument, tempo_bpm=120)
        for at in (22_050, 44_100):
            assert np.abs(np.diff(sound[at - 20 : at + 20])).max() < 0.1 * np.abs(sound).max()


# --------------------------------------------------------------------------------------------- MIDI


@given(NOTES)
def test_midi_gives_the_melody_back(tmp_path_factory, pairs):
    """But for rests at the ends and rests side by side, which a list of notes that sound does not hold."""
    path = tmp_path_factory.mktemp("midi") / "tune.mid"
    if all(pitch is None for pitch, _ in pairs):
        return
    music.save_midi(path, tune_of(pairs, metre="6/8", tonic="Eb", mode="minor"), tempo_bpm=90)
    found = music.load_midi(path)
    assert (found.metre, found.tonic, found.mode) == ("6/8", "Eb", "minor")
    assert sounding(found.notes) == sounding([Note(*pair) for pair in pairs])


def sounding(notes):
    """(begin, end, pitch) of the notes, from the first one on."""
    at, found = 0.0, []
    for pitch, quarters in notes:
        if pitch is not None:
            found.append((at, at + quarters, pitch))
        at += quarters
    begin = found[0][0]
    return [(a - begin, b - begin, pitch) for a, b, pitch in found]


def test_the_whole_corpus_goes_through_midi(tmp_path):
    for tune in music.tunes("test"):
        music.save_midi(tmp_path / "tune.mid", tune)
        assert sounding(music.load_midi(tmp_path / "tune.mid").notes) == sounding(tune.notes)


def test_mido_reads_what_is_written(tmp_path):
    path = tmp_path / "scale.mid"
    music.save_midi(path, SCALE, tempo_bpm=120, program=40)
    assert path.read_bytes() == music.midi_bytes(SCALE, tempo_bpm=120, program=40)
    file = mido.MidiFile(path)
    assert file.length == pytest.approx(8 * 0.25)
    assert [m.note for m in file.tracks[0] if m.type == "note_on"] == [note.pitch for note in SCALE.notes]
    kinds = {m.type: m for m in file.tracks[0]}
    assert kinds["program_change"].program == 40 and kinds["key_signature"].key == "C"


def test_of_a_chord_the_highest_note_is_the_melody_and_drums_are_not(tmp_path):
    file, track = mido.MidiFile(ticks_per_beat=96), mido.MidiTrack()
    file.tracks.append(track)
    for pitches in ((60, 64, 67), (59, 62, 71)):
        track += [mido.Message("note_on", note=p, velocity=9) for p in pitches]
        track += [mido.Message("note_on", note=p, velocity=0, time=96 * (p == pitches[0])) for p in pitches]
    for _ in range(9):
        track += [mido.Message("note_on", note=36, channel=9), mido.Message("note_off", note=36, channel=9, time=1)]
    file.save(tmp_path / "chords.mid")
    assert music.load_midi(tmp_path / "chords.mid").notes == (Note(67, 1.0), Note(71, 1.0))


def test_files_that_are_no_midi_are_refused(tmp_path):
    (tmp_path / "text.mid").write_bytes(b"no midi at all")
    whole = music.midi_bytes(SCALE)
    (tmp_path / "half.mid").write_bytes(whole[: len(whole) // 2])
    empty = mido.MidiFile()
    empty.tracks.append(mido.MidiTrack())
    empty.save(tmp_path / "empty.mid")
    with refuses("does not begin with MThd"):
        music.load_midi(tmp_path / "text.mid")
    with refuses("must be a whole MIDI file"):
        music.load_midi(tmp_path / "half.mid")
    with refuses("must hold notes"):
        music.load_midi(tmp_path / "empty.mid")
    with refuses("must be a file, got none", FileNotFoundError):
        music.load_midi(tmp_path / "missing.mid")


def test_what_a_key_is_in_midi():
    keys = {("D", "dorian"): "C", ("G", "mixolydian"): "C", ("E", "minor"): "Em", ("Bb", "major"): "Bb"}
    for (tonic, mode), key in keys.items():
        assert music._key_of_midi(SCALE._replace(tonic=tonic, mode=mode)) == key
    for tonic, mode in ((t, m) for t in music.FIFTHS for m in music.MODES):
        music.midi_bytes(SCALE._replace(tonic=tonic, mode=mode))


def test_steps_of_the_corpus_are_small():
    """Of all steps, most are of two semitones or less: what a model of melodies has to learn first."""
    steps = [
        abs(b.pitch - a.pitch) for t in music.tunes() for a, b in pairwise(t.notes) if None not in (a.pitch, b.pitch)
    ]
    assert 0.5 < np.mean(np.array(steps) <= 2) < 0.8


NO_TUNES = [None, "x", 5, [], (), SCALE.notes, SCALE._replace(notes=()), SCALE._replace(notes=((60, 1), (61,)))]
NO_TUNES += [SCALE._replace(notes=[Note("C4", 1)]), SCALE._replace(notes=[Note(60.5, 1)])]
NO_TUNES += [SCALE._replace(notes=[Note(60, 0)]), SCALE._replace(notes=[Note(200, 1)]), SCALE._replace(metre="4")]
NO_TUNES += [
    SCALE._replace(metre=None),
    SCALE._replace(tonic="H"),
    SCALE._replace(mode="lydian"),
    SCALE._replace(title=3),
]
NO_TUNES += [SCALE._replace(notes=[Note(60, math.nan)]), SCALE._replace(pickup=-1), SCALE._replace(metre="4/3")]
RESTS = [SCALE._replace(notes=(Note(None, 1.0),))]
PITCH = [*COUNT[:-5], -1, 128, 1.5]
TEMPO = (100.0, [*POSITIVE, 19, 401])
CALLS = {
    music.note_number: {"name": ("A4", [*NAME, "H4", "a4", "A", "A10", "G#9", "Cb-1", "A4 "])},
    music.note_name: {"pitch": (60, PITCH)},
    music.note_frequency_hz: {"pitch": (60, [*NUMBER, -1, 128])},
    music.bar_quarters: {"metre": ("6/8", [*NAME, "6/7", "0/4", "4", 1.5])},
    music.tunes: {"split": ("test", NAME[1:])},
    music.transposed: {"tune": (SCALE, NO_TUNES), "semitones": (2, [*COUNT[:-5], 1.5, 49, -49])},
    music.tonic_below: {"tune": (SCALE, NO_TUNES + RESTS)},
    music.bars_of: {"tune": (SCALE, NO_TUNES)},
    music.melody_fingerprint: {"tune": (SCALE, NO_TUNES), "n_notes": (3, [*COUNT, 1])},
    music.rendered_tune: {
        "tune": (SCALE, NO_TUNES),
        "sample_rate": (8000, [*POSITIVE, "44100", 100]),
        "instrument": ("flute", NAME),
        "tempo_bpm": TEMPO,
    },
    music.midi_bytes: {"tune": (SCALE, NO_TUNES), "tempo_bpm": TEMPO, "program": (0, PITCH)},
    music.save_midi: {
        "path": ("tune.mid", [p for p in PATHS if p != "/proc/run.pt"]),
        "tune": (SCALE, NO_TUNES),
        "tempo_bpm": TEMPO,
        "program": (0, PITCH),
    },
    music.load_midi: {"path": ("tune.mid", [*PATHS, "missing.mid"]), "grid": (4, [*COUNT, 49])},
}


@pytest.fixture(autouse=True)
def _a_midi_file(tmp_path):
    (tmp_path / "tune.mid").write_bytes(music.midi_bytes(SCALE))


test_hostile_input_is_refused_in_one_sentence = refusals("music", CALLS)
