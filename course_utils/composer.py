"""A composer by rules whose entropy is known: the floor that no model of its tunes can go below.

A tune is A A B A. A and B are phrases of two bars in 4/4. In each bar a chord is drawn, given the one before, and a
rhythm; the first note is a tone of the chord, and so tells which chord it is; every other is drawn given the note
before and the chord. A is drawn once, and repeated to the note. Lecture: music_generation
"""

import math
from functools import cache
from typing import NamedTuple

import numpy as np

from ._checks import composer as _checks
from .music import Note, Tune, _checked, bars_of

SCALE = (-5, -3, -1, 0, 2, 4, 5, 7, 9, 11, 12, 14)  # semitones from the tonic
CHORDS = {"I": (0, 4), "IV": (5, 9), "V": (7, 11)}  # the tones a bar may begin with, modulo 12: no two chords share one
TONES = {"I": (0, 4, 7), "IV": (5, 9, 0), "V": (7, 11, 2)}
RHYTHMS = {  # lengths in quarters: probability
    (1.0, 1.0, 1.0, 1.0): 0.2,
    (1.0, 1.0, 2.0): 0.2,
    (0.5, 0.5, 0.5, 0.5, 1.0, 1.0): 0.2,
    (1.5, 0.5, 1.0, 1.0): 0.15,
    (1.0, 0.5, 0.5, 1.0, 1.0): 0.15,
    (0.5, 0.5, 1.0, 2.0): 0.1,
}
FIRST = {"I": 1.0}  # the chord of a phrase's first bar
NEXT = {
    "I": {"I": 0.2, "IV": 0.4, "V": 0.4},
    "IV": {"I": 0.4, "IV": 0.2, "V": 0.4},
    "V": {"I": 0.7, "IV": 0.1, "V": 0.2},
}
N_BARS = 2  # of a phrase
TONIC = 60  # MIDI number that steps are counted from
FORM = "AABA"


class Entropy(NamedTuple):
    """What a tune holds, in bits; ``tokens`` are counted with the end; without memory A is new each time."""

    bits: float
    bits_without_memory: float
    tokens: float

    @property
    def perplexity(self) -> float:
        """``2^(bits / tokens)``: the floor of every model."""
        return 2 ** (self.bits / self.tokens)

    @property
    def perplexity_without_memory(self) -> float:
        """The floor of a model that knows all rules, and has forgotten A when it comes back."""
        return 2 ** (self.bits_without_memory / self.tokens)


def _normalised(weights: np.ndarray) -> np.ndarray:
    return weights / weights.sum(axis=-1, keepdims=True)


@cache
def _first_notes() -> dict[str, np.ndarray]:
    """P(first note of a bar | note before), rows: ``exp(−|distance| / 4)`` over the chord's own tones."""
    scale = np.array(SCALE)
    near = np.exp(-np.abs(scale[:, None] - scale) / 4)
    return {name: _normalised(near * np.isin(scale % 12, own)) for name, own in CHORDS.items()}


@cache
def _later_notes() -> dict[str, np.ndarray]:
    """P(note | note before, chord), rows: by steps of the scale, tones of the chord three times as likely."""
    places = np.arange(len(SCALE))
    distance = np.abs(places[:, None] - places)
    by_step = np.select([distance == 0, distance == 1, distance == 2, distance <= 4], [0.5, 2.0, 0.8, 0.2], 0.02)
    scale = np.array(SCALE)
    return {name: _normalised(by_step * np.where(np.isin(scale % 12, own), 3.0, 1.0)) for name, own in TONES.items()}


def _chord_given(before: str | None) -> dict[str, float]:
    return FIRST if before is None else NEXT[before]


def _phrase(rng: np.random.Generator, place: int) -> tuple[list[tuple[int, float]], list[str], int]:
    """Notes (place in the scale, quarters), chords, and the place of the last note."""
    notes, chords = [], []
    for _ in range(N_BARS):
        options = _chord_given(chords[-1] if chords else None)
        chords.append(str(rng.choice(list(options), p=list(options.values()))))
        rhythm = list(RHYTHMS)[rng.choice(len(RHYTHMS), p=list(RHYTHMS.values()))]
        for k, quarters in enumerate(rhythm):
            table = (_later_notes() if k else _first_notes())[chords[-1]]
            place = int(rng.choice(len(SCALE), p=table[place]))
            notes.append((place, quarters))
    return notes, chords, place


def compose(rng: np.random.Generator) -> Tune:
    """Draw a tune A A B A in C major with its chords, one a bar.

    Parameters
    ----------
    rng : numpy.random.Generator

    Returns
    -------
    Tune

    Lecture: music_generation
    """
    rng = _checks.generator(rng)
    start = SCALE.index(0)
    a, chords_a, last = _phrase(rng, start)
    b, chords_b, _ = _phrase(rng, last)
    parts, chords = {"A": a, "B": b}, {"A": chords_a, "B": chords_b}
    notes = tuple(Note(TONIC + SCALE[place], quarters) for part in FORM for place, quarters in parts[part])
    harmony = tuple(chord for part in FORM for chord in chords[part])
    return Tune("composed", notes, "4/4", "C", "major", 0.0, "composed by rules", "", harmony)


def log_probability(tune: Tune) -> float:
    """The composer's log₂ of the probability of a tune, −∞ if it could not have written it.

    Parameters
    ----------
    tune : Tune
        In C major, as ``compose`` writes it.

    Returns
    -------
    float, bits, 0 or less

    Lecture: music_generation
    """
    tune = _checked(tune)
    found = bars_of(tune)
    if len(found) != N_BARS * len(FORM) or tune.pickup or tune.metre != "4/4":
        return -math.inf
    first, second, third, fourth = (found[k : k + N_BARS] for k in range(0, len(found), N_BARS))
    if not first == second == fourth:
        return -math.inf
    bits_a, last = _phrase_bits(first, SCALE.index(0))
    bits_b, _ = _phrase_bits(third, last) if last is not None else (math.inf, None)
    return -(bits_a + bits_b)


def _phrase_bits(bars_of_phrase: list[tuple[Note, ...]], place: int) -> tuple[float, int | None]:
    """Bits of a phrase, and the place of its last note; infinitely many and None where it cannot be."""
    bits, before = 0.0, None
    for bar in bars_of_phrase:
        rhythm = RHYTHMS.get(tuple(note.quarters for note in bar), 0.0)
        steps = [None if note.pitch is None else note.pitch - TONIC for note in bar]
        if rhythm == 0 or any(step not in SCALE for step in steps):
            return math.inf, None
        chord = next((name for name, own in CHORDS.items() if steps[0] % 12 in own), None)
        if chord not in _chord_given(before):
            return math.inf, None
        bits -= math.log2(rhythm) + math.log2(_chord_given(before)[chord])
        for k, step in enumerate(steps):
            table = (_later_notes() if k else _first_notes())[chord]
            bits -= math.log2(table[place, SCALE.index(step)])
            place = SCALE.index(step)
        before = chord
    return bits, place


def _bits(p: np.ndarray) -> np.ndarray:
    """Entropy of each row."""
    return -(p * np.log2(np.where(p > 0, p, 1.0))).sum(axis=-1)


def _phrase_entropy(start: np.ndarray) -> tuple[float, np.ndarray]:
    """Bits of a phrase whose note before has the distribution ``start``, and the distribution of its last note.

    The joint distribution of chord and last note is carried from bar to bar: by it each table's rows are averaged.
    """
    names, rhythms = list(CHORDS), _bits(np.array(list(RHYTHMS.values())))
    joint = {None: start}  # chord: P(chord, last note)
    nothing = np.zeros(len(SCALE))
    bits = 0.0
    for _ in range(N_BARS):
        entering = dict.fromkeys(names, nothing)
        for before, p in joint.items():
            options = _chord_given(before)
            bits += p.sum() * _bits(np.array(list(options.values())))
            for chord, share in options.items():
                entering[chord] = entering[chord] + share * p
        bits += rhythms
        joint = dict.fromkeys(names, nothing)
        for chord, p in entering.items():
            p, bits = p @ _first_notes()[chord], bits + p @ _bits(_first_notes()[chord])
            for rhythm, share in RHYTHMS.items():
                at = p
                for _ in rhythm[1:]:
                    bits += share * (at @ _bits(_later_notes()[chord]))
                    at = at @ _later_notes()[chord]
                joint[chord] = joint[chord] + share * at
    return float(bits), sum(joint.values())


def entropy() -> Entropy:
    """How many bits a tune of the composer holds: ``H = H(A) + H(B)``, as A is drawn once.

    Each choice adds the entropy of its distribution, averaged over what it depends on, exactly. A tune ends after A A
    B A, so that its end is no surprise. Without memory: ``3 H(A) + H(B)``, the second and third A counted as if they
    were new, begun from the note before.

    Returns
    -------
    Entropy

    Source: chain rule of Shannon 1948, "A Mathematical Theory of Communication".
    Lecture: music_generation
    """
    start = np.zeros(len(SCALE))
    start[SCALE.index(0)] = 1.0
    bits_a, last = _phrase_entropy(start)
    bits_b, _ = _phrase_entropy(last)
    per_bar = sum(share * len(rhythm) for rhythm, share in RHYTHMS.items())
    return Entropy(bits_a + bits_b, 3 * bits_a + bits_b, per_bar * N_BARS * len(FORM) + 1)
