"""What ``music`` words."""

import re
from numbers import Integral
from pathlib import Path
from typing import NoReturn

from . import *  # noqa: F403
from . import _show
from . import count as _count
from .files import named_file, not_read, not_written, shown  # noqa: F401

LONGEST_TUNE = 100_000  # notes


def note_name(name) -> tuple[str, str, int]:
    """Letter, sign and octave of a note's name."""
    found = re.fullmatch(r"([A-G])([#b]?)(-1|\d)", name) if isinstance(name, str) else None
    if found is None:
        kind = ValueError if isinstance(name, str) else TypeError
        raise kind(
            f"name must be a letter from A to G, # or b or neither, and an octave from -1 to 9, got {_show(name)}: "
            "write it like F#4"
        )
    return found[1], found[2], int(found[3])


def midi_number(value, name: str) -> int:
    """A pitch that MIDI can number."""
    return _count(value, name, minimum=0, maximum=127)


def transposed_pitch(pitch: int | None, semitones: int) -> None:
    """A pitch that is still one of MIDI's."""
    if pitch is not None and not 0 <= pitch <= 127:
        raise ValueError(
            f"semitones must keep every pitch within MIDI's 0…127, got {semitones}, which makes one {pitch}: "
            "transpose less far"
        )


def metre(value) -> tuple[int, int]:
    """Beats and unit of a metre."""
    found = re.fullmatch(r"([1-9]\d?)/(1|2|4|8|16)", value) if isinstance(value, str) else None
    if found is None:
        kind = ValueError if isinstance(value, str) else TypeError
        raise kind(
            f"metre must be beats and a unit of 1, 2, 4, 8 or 16, got {_show(value)}: write it like 6/8, as a string"
        )
    return int(found[1]), int(found[2])


def notes(value, name: str = "the notes of tune") -> list[tuple]:
    """Notes, each a pitch or None and a length."""
    if not isinstance(value, list | tuple) or not all(isinstance(note, tuple) and len(note) == 2 for note in value):
        raise TypeError(f"{name} must be a list of Note(pitch, quarters), got {_show(value)}: use music.Note")
    if not 1 <= len(value) <= LONGEST_TUNE:
        raise ValueError(f"{name} must be 1 to {LONGEST_TUNE} notes, got {len(value)}: pass a melody, or a part of one")
    checked = []
    for k, (pitch, quarters) in enumerate(value):
        pitch = None if pitch is None else midi_number(pitch, f"the pitch of note {k}")
        checked.append((pitch, number(quarters, f"the quarters of note {k}", above=0, at_most=256)))  # noqa: F405
    return checked


def is_tune(value, kind: type) -> None:
    """A tune, with a title."""
    if not isinstance(value, kind):
        raise TypeError(
            f"tune must be a music.Tune, got {_show(value)}: take one of music.tunes(), or make one from its notes"
        )
    if not isinstance(value.title, str):
        raise TypeError(f"the title of tune must be a string, got {_show(value.title)}: pass a str")


def key_and_metre(tune, tonics: tuple, modes: tuple) -> None:
    """The other parts of a tune."""
    metre(tune.metre)
    choice(tune.tonic, "the tonic of tune", tonics)  # noqa: F405
    choice(tune.mode, "the mode of tune", modes)  # noqa: F405
    number(tune.pickup, "the pickup of tune", at_least=0, at_most=64)  # noqa: F405


def some_pitch(pitches: list[int]) -> list[int]:
    """At least one note that is no rest."""
    if not pitches:
        raise ValueError("tune must have a note, got rests alone: a tonic near the melody needs one, add a note")
    return pitches


def midi_content(path: Path) -> bytes:
    """The bytes of a file that begins as MIDI does."""
    try:
        content = path.read_bytes()
    except OSError as error:
        not_read(path, error)
    if not content.startswith(b"MThd"):
        raise ValueError(f"{shown(path)} must be a MIDI file, got one that does not begin with MThd: export it anew")
    return content


def damaged_midi(path: Path, error: Exception) -> NoReturn:
    """What to say when the reader gives up."""
    why = " ".join(str(error).split())[:80] or type(error).__name__
    raise ValueError(f"{shown(path)} must be a whole MIDI file, got a damaged one ({why}): export it anew") from None


def some_notes(found: list, path: Path) -> list:
    """Notes of a MIDI file."""
    if not found:
        raise ValueError(f"{shown(path)} must hold notes, got none outside the drums: choose another file or track")
    return found


def tokens(value, n_tokens: int, name: str = "tokens") -> list[int]:
    """Whole numbers of a vocabulary; padding is refused by name, since it is no note."""
    try:
        items = value.tolist() if hasattr(value, "tolist") else list(value)
    except TypeError:
        items = None
    if items is None or isinstance(value, str | bytes | dict | set) or not isinstance(items, list):
        raise TypeError(f"{name} must be a list of whole numbers, got {_show(value)}: pass what encode gives")
    for item in items:
        if isinstance(item, bool) or not isinstance(item, Integral):
            raise TypeError(f"{name} must hold whole numbers, got {_show(item)}: pass what encode gives")
        if item == -1:
            raise ValueError(f"{name} must hold no padding, got -1: cut each piece at its own length first")
        if not 0 <= item < n_tokens:
            raise ValueError(f"{name} must lie in 0…{n_tokens - 1}, got {int(item)}: pass what encode gives")
    return [int(item) for item in items]
