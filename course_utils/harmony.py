"""Chords to a melody: a hidden Markov model, one chord a bar, counted from tunes whose chords are known.

Lecture: music_generation
"""

from collections.abc import Callable, Sequence

import numpy as np

from ._checks import harmony as _checks
from .melody_tokens import END, LENGTHS, N_TOKENS, encode
from .music import Tune, _checked, bar_quarters, bars_of, note_frequency_hz, note_number, rendered_tune
from .sampling_rules import draw_token
from .sound import adsr, harmonic_tone

TRIADS = {"I": (0, 4, 7), "IV": (5, 9, 0), "V": (7, 11, 2)}  # semitones above the tonic


def bar_content(tune: Tune) -> np.ndarray:
    """How long each pitch class sounds in each bar, the tonic being class 0.

    Parameters
    ----------
    tune : Tune

    Returns
    -------
    ndarray, shape (bars, 12), quarters

    Lecture: music_generation
    """
    tune = _checked(tune)
    tonic, found = note_number(f"{tune.tonic}4"), bars_of(tune)
    content = np.zeros((len(found), 12))
    for row, bar in zip(content, found, strict=True):
        for note in bar:
            if note.pitch is not None:
                row[(note.pitch - tonic) % 12] += note.quarters
    return content


class Harmoniser:
    """``P(chords, melody) = Π_b P(c_b | c_b−1) Π_k P(class k | c_b)^(quarters of k in bar b)``, counted with add-one.

    Parameters
    ----------
    tunes : sequence of Tune
        With a chord for each bar.
    order : bool
        Off: each bar by itself, ``P(c_b)`` in the place of ``P(c_b | c_b−1)``.

    Source: Rabiner 1989, Proceedings of the IEEE 77(2), for the search by Viterbi.
    Lecture: music_generation
    """

    def __init__(self, tunes: Sequence[Tune], *, order: bool = True):
        self.order = _checks.switch(order, "order")
        self.names = tuple(TRIADS)
        n = len(self.names)
        first, following, classes = np.ones(n), np.ones((n, n)), np.ones((n, 12))
        for tune in map(_checked, _checks.several(tunes)):
            chords = _checks.one_chord_a_bar(tune.chords, self.names, len(bars_of(tune)))
            numbers = [self.names.index(chord) for chord in chords]
            first[numbers[0]] += 1
            np.add.at(following, (numbers[:-1], numbers[1:]), 1)
            np.add.at(classes, numbers, bar_content(tune))
        self.log_first, self.log_next, self.log_class = (
            np.log(counts / counts.sum(axis=-1, keepdims=True)) for counts in (first, following, classes)
        )
        self.log_alone = np.log(following.sum(axis=0) / following.sum())

    def chords(self, tune: Tune) -> list[str]:
        """The most probable chords, one a bar, by Viterbi.

        Parameters
        ----------
        tune : Tune
            In major, or a mode that its chords I, IV and V suit.

        Returns
        -------
        list of str
        """
        scores = bar_content(tune) @ self.log_class.T
        if not self.order:
            return [self.names[k] for k in (scores + self.log_alone).argmax(axis=1)]
        best, came_from = self.log_first + scores[0], []
        for row in scores[1:]:
            ways = best[:, None] + self.log_next
            came_from.append(ways.argmax(axis=0))
            best = ways.max(axis=0) + row
        path = [int(best.argmax())]
        for origins in reversed(came_from):
            path.append(int(origins[path[-1]]))
        return [self.names[k] for k in reversed(path)]


CHORD_TOKENS = {name: N_TOKENS + k for k, name in enumerate(TRIADS)}  # they stand behind those of the notes
N_WITH_CHORDS = N_TOKENS + len(TRIADS)


def encode_with_chords(tune: Tune, *, tonic: int | None = None) -> list[int]:
    """The tokens of a tune, with that of its chord before the notes of each bar.

    Parameters
    ----------
    tune : Tune
        With a chord for each bar.
    tonic : int, 0…127, optional
        See ``melody_tokens.encode``.

    Returns
    -------
    list of int, 0…304
        302, 303 and 304 are I, IV and V.

    Lecture: music_generation
    """
    tune = _checked(tune)
    found, tokens = bars_of(tune), encode(tune, tonic=tonic)
    chords, at, mixed = _checks.one_chord_a_bar(tune.chords, tuple(TRIADS), len(found)), 1, [END]
    for bar, chord in zip(found, chords, strict=True):
        mixed += [CHORD_TOKENS[chord], *tokens[at : at + len(bar)]]
        at += len(bar)
    return [*mixed, END]


def write_over(
    next_probabilities: Callable[[list[int]], np.ndarray],
    chords: Sequence[str],
    rng: np.random.Generator,
    *,
    bar: float = 4.0,
) -> list[int]:
    """Draw notes under chords that are given: a bar is filled, then the next chord is told and not drawn.

    Parameters
    ----------
    next_probabilities : function
        Of a model that has learned from ``encode_with_chords``: of a list of tokens, an array (305,).
    chords : sequence of {"I", "IV", "V"}
    rng : numpy.random.Generator
    bar : float, quarters
        How long a bar is; notes that would not fit are not drawn.

    Returns
    -------
    list of int
        The notes alone, between two zeros, for ``melody_tokens.decode``.

    Lecture: music_generation
    """
    model, rng = _checks.callable_model(next_probabilities), _checks.generator(rng)
    chords = _checks.some_chords(chords, tuple(TRIADS))
    bar = _checks.number(bar, "bar", at_least=0.25, at_most=64)
    lengths = np.array([np.inf, *(length for _ in range((N_TOKENS - 1) // len(LENGTHS)) for length in LENGTHS)])
    heard, notes = [END], []
    for chord in chords:
        heard.append(CHORD_TOKENS[chord])
        left = bar
        while left >= min(LENGTHS):
            p = _checks.distribution(model(list(heard)), N_WITH_CHORDS)[:N_TOKENS] * (lengths <= left + 1e-9)
            token = draw_token(p / p.sum() if p.sum() > 0 else (lengths <= left) / np.sum(lengths <= left), rng)
            heard.append(token)
            notes.append(token)
            left -= lengths[token]
    return [END, *notes, END]


def accompanied(
    tune: Tune,
    chords: Sequence[str],
    sample_rate: float = 22050,
    *,
    instrument: str = "plucked string",
    tempo_bpm: float = 100.0,
) -> np.ndarray:
    """A tune with a soft chord held in each bar, below the melody.

    Parameters
    ----------
    tune : Tune
    chords : sequence of {"I", "IV", "V"}
        One for each of ``music.bars_of``.
    sample_rate : float, Hz
    instrument : str
        Of the melody, see ``music.rendered_tune``.
    tempo_bpm : float

    Returns
    -------
    ndarray, shape (time,), float32
        Peak at most 0.9.

    Lecture: music_generation
    """
    tune = _checked(tune)
    chords = _checks.one_chord_a_bar(chords, tuple(TRIADS), len(bars_of(tune)))
    sample_rate = _checks.sample_rate(sample_rate)
    melody = rendered_tune(tune, sample_rate, instrument=instrument, tempo_bpm=tempo_bpm)
    mixed, second = 0.6 * melody.astype(np.float64), 60 / tempo_bpm
    full, begin = bar_quarters(tune.metre), 0.0
    tonic = 48 + note_number(f"{tune.tonic}4") % 12
    for number, chord in enumerate(chords):
        lasts = tune.pickup if number == 0 and tune.pickup else full
        at, end = round(begin * second * sample_rate), round((begin + lasts) * second * sample_rate)
        end = min(end, len(mixed))
        if end - at > 0.1 * sample_rate:
            duration_s = (end - at) / sample_rate
            envelope = adsr(
                attack_s=0.03,
                decay_s=0,
                sustain_level=1,
                release_s=0.05,
                duration_s=duration_s,
                sample_rate=sample_rate,
            )
            tones = (
                harmonic_tone(
                    note_frequency_hz(tonic + step),
                    amplitudes=[0.06, 0.03],
                    duration_s=duration_s,
                    sample_rate=sample_rate,
                )
                for step in TRIADS[chord]
            )
            mixed[at:end] += (sum(tones) * envelope)[: end - at]
        begin += lasts
    return (mixed * min(1.0, 0.9 / max(np.abs(mixed).max(), 1e-9))).astype(np.float32)
