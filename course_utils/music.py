"""Melodies as lists of notes: reading, transposing, comparing, MIDI in and out, and sound. Lecture: music_generation"""

import csv
import io
import os
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ._checks import music as _checks
from ._files import ROOT, write_whole
from .sound import adsr, harmonic_tone, pluck, vowel

TUNES_FILE = ROOT / "data" / "tunes" / "tunes.csv"
SHARPS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
FLATS = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
FIFTHS = {"C": 0, "G": 1, "D": 2, "A": 3, "E": 4, "B": 5, "F#": 6, "F": -1, "Bb": -2, "Eb": -3, "Ab": -4, "Db": -5}
MODES = {"major": 0, "mixolydian": -1, "dorian": -2, "minor": -3}  # sharps less than major on the same tonic
SPLITS = ("train", "valid", "test")
INSTRUMENTS = ("plucked string", "organ", "flute", "voice")
TICKS = 480  # of a MIDI file, for a quarter note


class Note(NamedTuple):
    """A note: the MIDI number of its pitch, None for a rest, and how many quarter notes it lasts."""

    pitch: int | None
    quarters: float


class Tune(NamedTuple):
    """A melody, one note after the other.

    ``tonic`` is "G" or "Bb", ``pickup`` the quarters before the first bar line, ``chords`` one name a bar ("I", "IV",
    "V") where they are known.
    """

    title: str
    notes: tuple[Note, ...]
    metre: str = "4/4"
    tonic: str = "C"
    mode: str = "major"
    pickup: float = 0.0
    source: str = ""
    split: str = ""
    chords: tuple[str, ...] = ()


def _checked(tune: Tune) -> Tune:
    """A tune whose parts fit together."""
    _checks.is_tune(tune, Tune)
    notes = tuple(Note(*pair) for pair in _checks.notes(tune.notes))
    _checks.key_and_metre(tune, tuple(FIFTHS), tuple(MODES))
    return tune._replace(notes=notes)


def note_number(name: str) -> int:
    """The MIDI number of a note's name: ``n = 12 (octave + 1) + semitones above C``, A4 being 69.

    Parameters
    ----------
    name : str
        A letter, "#" or "b" or neither, and an octave from −1 to 9: "F#4".

    Returns
    -------
    int, 0…127

    Source: MIDI 1.0 specification, 60 being middle C; middle C as C4, as in scientific pitch notation.
    Lecture: music_generation
    """
    letter, sign, octave = _checks.note_name(name)
    number = 12 * (octave + 1) + SHARPS.index(letter) + {"#": 1, "b": -1, "": 0}[sign]
    return _checks.midi_number(number, f"the number of {name!r}")


def note_name(pitch: int, *, flats: bool = False) -> str:
    """The name of a MIDI number: 61 is "C#4", or "Db4" with flats.

    Parameters
    ----------
    pitch : int, 0…127
    flats : bool

    Returns
    -------
    str

    Lecture: music_generation
    """
    pitch, names = _checks.midi_number(pitch, "pitch"), FLATS if _checks.switch(flats, "flats") else SHARPS
    return f"{names[pitch % 12]}{pitch // 12 - 1}"


def note_frequency_hz(pitch: float) -> float:
    """The frequency of a MIDI number in equal temperament: ``f = 440 · 2^((n − 69) / 12)``.

    Parameters
    ----------
    pitch : float, 0…127

    Returns
    -------
    float, Hz

    Lecture: music_generation
    """
    return 440.0 * 2 ** ((_checks.number(pitch, "pitch", at_least=0, at_most=127) - 69) / 12)


def bar_quarters(metre: str) -> float:
    """How many quarter notes a full bar lasts: ``4 · beats / unit``, 3 in "6/8".

    Parameters
    ----------
    metre : str
        Beats, a slash, and the unit: 1, 2, 4, 8 or 16.

    Returns
    -------
    float

    Lecture: music_generation
    """
    beats, unit = _checks.metre(metre)
    return 4 * beats / unit


@cache
def _corpus() -> tuple[Tune, ...]:
    with TUNES_FILE.open(encoding="utf-8", newline="") as file:
        return tuple(map(_tune_of_row, csv.DictReader(file)))


def _tune_of_row(row: dict[str, str]) -> Tune:
    """A row of tunes.csv: notes as "F#4:3", three sixteenths, "z" for a rest, "|" for a bar line."""
    notes, quarters, pickup = [], 0.0, None
    for word in row["notes"].split():
        if word == "|":
            pickup = quarters if pickup is None else pickup
            continue
        name, _, sixteenths = word.partition(":")
        notes.append(Note(None if name == "z" else note_number(name), int(sixteenths) / 4))
        quarters += int(sixteenths) / 4
    pickup = pickup % bar_quarters(row["metre"])
    source = f"Aird, A Selection of Scotch, English, Irish and Foreign Airs, no. {row['number']}"
    return Tune(row["title"], tuple(notes), row["metre"], row["tonic"], row["mode"], pickup, source, row["split"])


def tunes(split: str | None = None) -> list[Tune]:
    """The corpus of the course: 520 tunes that James Aird printed in Glasgow between 1778 and 1801.

    No tune of ``valid`` or ``test`` shares more than two runs of 9 notes, transposed or not, with any other of the
    collection.

    Parameters
    ----------
    split : {"train", "valid", "test"}, optional
        400, 60 and 60 tunes; all by default.

    Returns
    -------
    list of Tune

    Lecture: music_generation
    """
    if split is not None:
        split = _checks.choice(split, "split", SPLITS)
    return [tune for tune in _corpus() if split in (None, tune.split)]


def transposed(tune: Tune, semitones: int) -> Tune:
    """The same melody in another key: ``n' = n + semitones``.

    Parameters
    ----------
    tune : Tune
    semitones : int, −48…48

    Returns
    -------
    Tune
        The tonic's name is the commoner one of the two.

    Lecture: music_generation
    """
    tune = _checked(tune)
    semitones = _checks.count(semitones, "semitones", minimum=-48, maximum=48)
    pitches = [None if note.pitch is None else note.pitch + semitones for note in tune.notes]
    for pitch in pitches:
        _checks.transposed_pitch(pitch, semitones)
    notes = tuple(Note(pitch, note.quarters) for pitch, note in zip(pitches, tune.notes, strict=True))
    place = (note_number(f"{tune.tonic}4") + semitones) % 12
    tonic = FLATS[place] if FLATS[place] in FIFTHS else SHARPS[place]
    return tune._replace(notes=notes, tonic=tonic)


def tonic_below(tune: Tune) -> int:
    """The MIDI number of the tonic at or below the median pitch: what steps of a melody are counted from.

    Parameters
    ----------
    tune : Tune

    Returns
    -------
    int

    Lecture: music_generation
    """
    pitches = sorted(note.pitch for note in _checked(tune).notes if note.pitch is not None)
    median = _checks.some_pitch(pitches)[(len(pitches) - 1) // 2]
    return median - (median - note_number(f"{tune.tonic}4")) % 12


def bars_of(tune: Tune) -> list[tuple[Note, ...]]:
    """The notes of each bar; a note that is held across a bar line belongs to the bar in which it begins.

    Parameters
    ----------
    tune : Tune

    Returns
    -------
    list of tuple of Note
        The notes before the first bar line are a bar of their own.

    Lecture: music_generation
    """
    tune = _checked(tune)
    full, at, found = bar_quarters(tune.metre), -tune.pickup, {}
    for note in tune.notes:
        found.setdefault(int(np.floor(at / full + 1e-9)), []).append(note)
        at += note.quarters
    return [tuple(found.get(k, ())) for k in range(min(found, default=0), max(found, default=-1) + 1)]


def melody_fingerprint(tune: Tune, n_notes: int = 9) -> set[tuple]:
    """What does not change when a melody is transposed or written in longer notes.

    Of each run of ``n_notes`` without a rest: the steps ``n_k+1 − n_k`` and the ratios ``d_k+1 / d_k``.

    Parameters
    ----------
    tune : Tune
    n_notes : int, 2 or more

    Returns
    -------
    set of tuple
        Two tunes are related if these sets share much.

    Lecture: music_generation
    """
    notes, n_notes = _checked(tune).notes, _checks.count(n_notes, "n_notes", minimum=2)
    pairs = list(zip(notes, notes[1:], strict=False))
    steps = [None if None in (a.pitch, b.pitch) else (b.pitch - a.pitch, b.quarters / a.quarters) for a, b in pairs]
    runs = (tuple(steps[k : k + n_notes - 1]) for k in range(len(steps) - n_notes + 2))
    return {run for run in runs if None not in run}


# -------------------------------------------------------------------------------------------- sound


def _one_note(hz: float, duration_s: float, sample_rate: float, instrument: str) -> np.ndarray:
    """A tone of lecture 01's kind with the ends faded, so that nothing clicks."""
    if instrument == "plucked string":
        tone = pluck(hz, duration_s=duration_s, sample_rate=sample_rate, rng=np.random.default_rng(0))
        tone -= tone.mean()  # what the burst's own mean leaves, an offset that would click at the ends
        fade = {"attack_s": 0.0, "decay_s": 0.0, "sustain_level": 1.0, "release_s": min(0.03, duration_s / 2)}
    elif instrument == "voice":
        tone = 1.6 * vowel("ɑ", fundamental_hz=hz, duration_s=duration_s, sample_rate=sample_rate)
        fade = {"attack_s": min(0.05, duration_s / 4), "decay_s": 0.0, "sustain_level": 1.0}
        fade |= {"release_s": min(0.06, duration_s / 4)}
    else:
        levels = {"organ": [0.5, 0.35, 0.2, 0.15, 0.1, 0.08], "flute": [0.7, 0.15, 0.05]}[instrument]
        levels = [level for k, level in enumerate(levels, start=1) if k * hz < 0.45 * sample_rate]
        tone = harmonic_tone(hz, amplitudes=levels, duration_s=duration_s, sample_rate=sample_rate)
        fade = {"attack_s": min(0.03, duration_s / 4), "decay_s": 0.0, "sustain_level": 1.0}
        fade |= {"release_s": min(0.05, duration_s / 4)}
    return tone * adsr(**fade, duration_s=duration_s, sample_rate=sample_rate)


def rendered_tune(
    tune: Tune,
    sample_rate: float = 22050,
    *,
    instrument: str = "plucked string",
    tempo_bpm: float = 100.0,
) -> np.ndarray:
    """A tune as sound, with an instrument that lecture 01 has built: a note of d quarters lasts ``60 d / tempo`` s.

    Parameters
    ----------
    tune : Tune
    sample_rate : float, Hz, 8000…192000
    instrument : {"plucked string", "organ", "flute", "voice"}
    tempo_bpm : float, 20…400
        Quarter notes a minute.

    Returns
    -------
    ndarray, shape (time,), float32
        Peak at most 0.9.

    Lecture: music_generation
    """
    tune, instrument = _checked(tune), _checks.choice(instrument, "instrument", INSTRUMENTS)
    sample_rate = _checks.number(sample_rate, "sample_rate", at_least=8000, at_most=_checks.LARGEST_RATE)
    second = 60 / _checks.number(tempo_bpm, "tempo_bpm", at_least=20, at_most=400)
    ends = np.cumsum([0.0, *(note.quarters * second for note in tune.notes)])
    at = np.round(ends * sample_rate).astype(int)
    sound = np.zeros(_checks.n_samples(float(ends[-1]), sample_rate, "the tune's duration_s") + 1)
    for note, begin, end in zip(tune.notes, at, at[1:], strict=False):
        if note.pitch is not None and end > begin:
            tone = _one_note(note_frequency_hz(note.pitch), (end - begin) / sample_rate, sample_rate, instrument)
            sound[begin : begin + len(tone)] += tone[: len(sound) - begin]
    return (sound[: at[-1]] * min(1.0, 0.9 / max(np.abs(sound).max(), 1e-9))).astype(np.float32)


# --------------------------------------------------------------------------------------------- MIDI


def midi_bytes(tune: Tune, *, tempo_bpm: float = 100.0, program: int = 73) -> bytes:
    """A tune as a Standard MIDI File of one track, with its tempo, metre and key.

    Parameters
    ----------
    tune : Tune
    tempo_bpm : float, 20…400
    program : int, 0…127
        The instrument of General MIDI, counted from 0: 73 is a flute.

    Returns
    -------
    bytes

    Source: MIDI 1.0 specification, written by ``mido``. Lecture: music_generation
    """
    import mido

    tune, program = _checked(tune), _checks.count(program, "program", minimum=0, maximum=127)
    tempo_bpm = _checks.number(tempo_bpm, "tempo_bpm", at_least=20, at_most=400)
    beats, unit = _checks.metre(tune.metre)
    file = mido.MidiFile(type=0, ticks_per_beat=TICKS)
    track = mido.MidiTrack(
        [mido.MetaMessage("track_name", name=tune.title.encode("latin-1", "replace").decode("latin-1"))]
    )
    track.append(mido.MetaMessage("set_tempo", tempo=round(60e6 / tempo_bpm)))
    track.append(mido.MetaMessage("time_signature", numerator=beats, denominator=unit))
    track.append(mido.MetaMessage("key_signature", key=_key_of_midi(tune)))
    track.append(mido.Message("program_change", program=program))
    rest = 0
    for note in tune.notes:
        ticks = round(note.quarters * TICKS)
        if note.pitch is None:
            rest += ticks
            continue
        track.append(mido.Message("note_on", note=note.pitch, velocity=80, time=rest))
        track.append(mido.Message("note_off", note=note.pitch, velocity=0, time=ticks))
        rest = 0
    track.append(mido.MetaMessage("end_of_track", time=rest))
    file.tracks.append(track)
    held = io.BytesIO()
    file.save(file=held)
    return held.getvalue()


def _key_of_midi(tune: Tune) -> str:
    """MIDI knows major and minor: another mode is written as the major key with its sharps and flats."""
    n_sharps = FIFTHS[tune.tonic] + MODES[tune.mode]
    names = {n: name for name, n in FIFTHS.items()} | {7: "C#", -6: "Gb", -7: "Cb"}
    if tune.mode == "minor" and -7 <= n_sharps <= 7:
        return f"{tune.tonic}m"
    return names[(n_sharps + 6) % 12 - 6]


def save_midi(path: str | os.PathLike, tune: Tune, *, tempo_bpm: float = 100.0, program: int = 73) -> None:
    """Write a tune as a MIDI file.

    Parameters
    ----------
    path : str or path
    tune : Tune
    tempo_bpm : float, 20…400
    program : int, 0…127

    Lecture: music_generation
    """
    path, content = _checks.named_file(path), midi_bytes(tune, tempo_bpm=tempo_bpm, program=program)
    try:
        write_whole(path, content)
    except OSError as error:
        _checks.not_written(path, error)


def load_midi(path: str | os.PathLike, *, grid: int = 4) -> Tune:
    """The melody of a MIDI file: the highest note that begins at each moment, from the fullest channel but the drums.

    Parameters
    ----------
    path : str or path
    grid : int, 1…48
        Onsets and ends are rounded to this many steps a quarter note.

    Returns
    -------
    Tune
        One voice: a note ends where the next begins. Of the key only what the file says, C major where it says none.

    Raises
    ------
    FileNotFoundError, ValueError
        If there is no file, if it is no MIDI file, or has no note.

    Lecture: music_generation
    """
    grid = _checks.count(grid, "grid", maximum=48)
    path = _checks.named_file(path)
    file = _midi_file(path)
    metre, tonic, mode, sounding = _what_midi_says(file)
    rounded = [(round(a * grid), round(b * grid), pitch) for a, b, pitch in _checks.some_notes(sounding, path)]
    onsets = {
        a: (b, pitch) for a, b, pitch in sorted(rounded, key=lambda note: (note[0], note[2]))
    }  # the highest stays
    notes, at = [], min(onsets)
    for begin, following in zip(sorted(onsets), [*sorted(onsets)[1:], None], strict=True):
        end, pitch = onsets[begin]
        end = max(end, begin + 1) if following is None else min(max(end, begin + 1), following)
        if begin > at:
            notes.append(Note(None, (begin - at) / grid))
        notes.append(Note(pitch, (end - begin) / grid))
        at = end
    return Tune(path.stem, tuple(notes), metre, tonic, mode, 0.0, str(path.name))


def _midi_file(path: Path):
    """What ``mido`` reads of a file."""
    import mido

    content = _checks.midi_content(path)
    try:
        return mido.MidiFile(file=io.BytesIO(content), clip=True)
    except Exception as error:  # whatever a damaged file makes of it: EOFError, IndexError, KeySignatureError …
        _checks.damaged_midi(path, error)


def _what_midi_says(file) -> tuple[str, str, str, list[tuple[float, float, int]]]:
    """Metre, tonic, mode, and of the fullest channel each note's begin and end in quarters."""
    import mido

    metre, tonic, mode, now, held, found = "4/4", "C", "major", 0, {}, {}
    for message in mido.merge_tracks(file.tracks):
        now += message.time
        if message.type == "time_signature":
            metre = f"{message.numerator}/{message.denominator}"
        elif message.type == "key_signature":
            tonic, mode = message.key.rstrip("m"), "minor" if message.key.endswith("m") else "major"
        elif message.type == "note_on" and message.velocity:
            held[message.channel, message.note] = now
        elif message.type in ("note_on", "note_off") and (message.channel, message.note) in held:
            begin = held.pop((message.channel, message.note))
            if message.channel != 9:
                quarters = (begin / file.ticks_per_beat, now / file.ticks_per_beat)
                found.setdefault(message.channel, []).append((*quarters, message.note))
    enharmonic = {"C#": "Db", "Cb": "B", "Gb": "F#", "G#": "Ab", "D#": "Eb", "A#": "Bb"}
    return metre, enharmonic.get(tonic, tonic), mode, max(found.values(), key=len, default=[])
