"""A melody as whole numbers: one token a note, counted from the tonic, so that the key is no part of it.

Lecture: music_generation
"""

from collections.abc import Sequence
from functools import cache

from ._checks import melody_tokens as _checks
from .music import FIFTHS, Note, Tune, _checked, note_number, tonic_below

LOWEST, HIGHEST = -17, 24  # semitones from the tonic at or below the median of a tune
LENGTHS = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0)  # quarters
END = 0  # begins a tune, and ends it
PADDING = -1  # fills up a batch; no note, and never counted
_STEPS = (None, *range(LOWEST, HIGHEST + 1))  # None is a rest
N_TOKENS = 1 + len(_STEPS) * len(LENGTHS)
METRES = ("2/4", "3/4", "4/4", "2/2", "6/8", "9/8")
KINDS = tuple(f"{metre} {mode}" for metre in METRES for mode in ("major", "minor"))  # what a tune can be asked to be


@cache
def _numbers() -> dict[tuple[int | None, float], int]:
    pairs = [(step, length) for step in _STEPS for length in LENGTHS]
    return {pair: token for token, pair in enumerate(pairs, start=1)}


def encode(tune: Tune, *, tonic: int | None = None) -> list[int]:
    """A tune's tokens: ``1 + 7 · (step + 18) + place of the length``, 1…7 for rests, between two zeros.

    The step is in semitones above the tonic at or below the tune's median pitch, so that a transposed copy has the
    same tokens.

    Parameters
    ----------
    tune : Tune
        Steps within −17…24; lengths of 0.25, 0.5, 0.75, 1, 1.5, 2 or 3 quarters.
    tonic : int, 0…127, optional
        The MIDI number that steps are counted from, where it is known; that of ``music.tonic_below`` by default.

    Returns
    -------
    list of int, 0…301
        One more than notes at either end: 0 begins and ends a tune.

    Raises
    ------
    ValueError
        If a note has no token.

    Lecture: music_generation
    """
    tune = _checked(tune)
    tonic = tonic_below(tune) if tonic is None else _checks.midi_number(tonic, "tonic")
    numbers = _numbers()
    tokens = [END]
    for k, (pitch, quarters) in enumerate(tune.notes):
        pair = (None if pitch is None else pitch - tonic, quarters)
        _checks.has_token(pair, k, numbers, LOWEST, HIGHEST, LENGTHS)
        tokens.append(numbers[pair])
    return [*tokens, END]


def decode(
    tokens: Sequence[int],
    *,
    tonic: str = "G",
    octave: int = 4,
    metre: str = "4/4",
    mode: str = "major",
    title: str = "",
) -> Tune:
    """The tune of a list of tokens, up to the first end.

    Parameters
    ----------
    tokens : sequence of int, 0…301
        With or without the zero that begins a tune.
    tonic : str
        "G" or "Bb": the key it is written in.
    octave : int, 1…6
        Of the tonic that steps are counted from.
    metre, mode, title : str
        What tokens do not say.

    Returns
    -------
    Tune

    Raises
    ------
    ValueError
        If there is no note before the end.

    Lecture: music_generation
    """
    tokens = _checks.tokens(tokens, N_TOKENS)
    octave, tonic = _checks.count(octave, "octave", maximum=6), _checks.choice(tonic, "tonic", tuple(FIFTHS))
    pairs, from_tonic = list(_numbers()), note_number(f"{_checks.choice(tonic, 'tonic', tuple(FIFTHS))}{octave}")
    body = tokens[1:] if tokens[:1] == [END] else tokens
    body = _checks.some_token(body[: body.index(END)] if END in body else body)
    steps = (pairs[token - 1] for token in body)
    notes = tuple(Note(None if step is None else from_tonic + step, length) for step, length in steps)
    return _checked(Tune(title, notes, metre, tonic, mode))


def describe_token(token: int) -> str:
    """A token in words: "+7, 0.5 quarters", "rest, 1 quarter", "end".

    Parameters
    ----------
    token : int, 0…301

    Returns
    -------
    str

    Lecture: music_generation
    """
    (token,) = _checks.tokens([token], N_TOKENS, "token")
    if token == END:
        return "end"
    step, length = list(_numbers())[token - 1]
    what = "rest" if step is None else f"{step:+d}" if step else "tonic"
    return f"{what}, {length:g} quarter{'s' if length != 1 else ''}"


def kind_of(tune: Tune) -> int:
    """The number of a tune's kind in ``KINDS``: its metre, and major or minor (dorian counts as minor, mixolydian not).

    Parameters
    ----------
    tune : Tune

    Returns
    -------
    int, 0…11

    Lecture: music_generation
    """
    tune = _checked(tune)
    metre = _checks.choice(tune.metre, "the metre of tune", METRES)
    return KINDS.index(f"{metre} {'minor' if tune.mode in ('minor', 'dorian') else 'major'}")
