import math

import numpy as np

from ... import sampling as package
from ...practice.model import Case, Exercise, Function, Wrong, case


def _nearest_multiple(frequency_hz, *, sample_rate):
    """The distance to the nearest multiple of the rate, found by trying them all."""

    def distance_hz(f):
        return min(abs(f - k * sample_rate) for k in range(math.ceil(f / sample_rate) + 1))

    return np.vectorize(distance_hz, otypes=[float])(frequency_hz)


def _tones_to_fold() -> list[Case]:
    rng = np.random.default_rng(2)
    return [
        case(10_000, sample_rate=16_000, says="10 kHz at 16 kHz", gives=6000),
        case(np.array([3000.0, 7000, 13_000]), sample_rate=10_000, says="three tones", gives=[3000, 3000, 3000]),
        case(
            np.array([0.0, 5000, 10_000, 15_000, 20_000]),
            sample_rate=10_000,
            says="multiples of the Nyquist frequency",
            gives=[0, 5000, 0, 5000, 0],
        ),
        case(rng.uniform(0, 200_000, (2, 3, 5)), sample_rate=22_050, says="a table of tones up to 200 kHz"),
        case(rng.uniform(0, 3, 12), sample_rate=0.8, says="a rate of 0.8 Hz"),
        case(
            np.array([7000.0, 9000, 40_000]),
            sample_rate=16_000,
            says="whole numbers of hertz",
            gives=[7000, 7000, 8000],
        ),
        case(np.array([5512.4, 5512.5, 5513]), sample_rate=11_025, says="an odd rate", gives=[5512.4, 5512.5, 5512]),
        case(rng.uniform(9e5, 1e6, 8), sample_rate=8000, says="tones up to 1 MHz at 8 kHz"),
        case(np.array([[9000.0]]), sample_rate=16_000, says="an array of one number", gives=[[7000]]),
        case(17_000.25, sample_rate=16_000, says="one tone, no whole number of hertz", gives=1000.25),
        case(np.array([0.02, 0.3, 0.9]), sample_rate=8000, says="tones below a hertz", gives=[0.02, 0.3, 0.9]),
    ]


def _folded_in_a_loop(frequency_hz, *, sample_rate):
    def one(f):
        return _while_above(f, sample_rate=sample_rate)

    return [one(f) for f in frequency_hz] if np.ndim(frequency_hz) == 1 else np.vectorize(one)(frequency_hz)


def _smaller_side(frequency_hz, *, sample_rate):
    above = np.mod(frequency_hz, sample_rate)
    return np.minimum(above, sample_rate - above)


SIGNED = (
    "Some values are negative. The sign only says that the alias moves down while the tone moves up; "
    "a frequency that is heard has none."
)


def _signed_alias(frequency_hz, sample_rate, whole):
    return frequency_hz - sample_rate * whole(np.divide(frequency_hz, sample_rate))


def _while_above(frequency_hz, *, sample_rate):
    while frequency_hz > sample_rate / 2:
        frequency_hz = abs(frequency_hz - sample_rate)
    return frequency_hz


def _first_multiples(n):
    """The distance to the nearest of the multiples 0 … n − 1 of the rate."""

    def distance_hz(frequency_hz, *, sample_rate):
        multiples_hz = sample_rate * np.arange(n)
        return np.abs(np.asarray(frequency_hz)[..., np.newaxis] - multiples_hz).min(axis=-1)

    return distance_hz


def _at_a_whole_half(frequency_hz, *, sample_rate):
    above = np.mod(frequency_hz, sample_rate)
    return np.where(above > sample_rate // 2, sample_rate - above, above)


def _triangle_from_a_whole_half(frequency_hz, *, sample_rate):
    half_hz = sample_rate // 2
    return half_hz - np.abs(np.mod(frequency_hz, sample_rate) - half_hz)


def _folded_at_a_whole_half(frequency_hz, *, sample_rate):
    half = sample_rate // 2
    with np.errstate(all="ignore"):
        turn, rest = np.floor_divide(frequency_hz, half), np.mod(frequency_hz, half)
    return np.where(turn % 2 == 0, rest, half - rest)


def _only_where_it_turns(trials):
    """What is wrong is wrong exactly at multiples of half the rate, and nowhere else."""
    for trial in trials:
        if trial.right:
            continue
        if trial.wrong_values is None:
            return None
        half_turns = np.divide(trial.case.arguments[0], trial.case.options["sample_rate"] / 2)
        if (trial.wrong_values & (half_turns != np.round(half_turns))).any():
            return None
    return (
        "It is right but for tones that lie exactly on a multiple of half the rate: an odd multiple is heard at half the rate, an "
        "even one at 0 Hz. To which of the two zones beside it does such a tone belong?"
    )


EXERCISE = Exercise(
    title="where a tone comes back",
    stars=1,
    kind="implement",
    task=r"""
The lecture folds one tone in a loop. A harmonic sound has dozens, so write the same without a loop: a number or an array of any shape, with frequencies in Hz from 0 upwards, comes in; at which frequency each is heard comes out,

$$f_a = |f - k f_s| \quad\text{with the integer } k \text{ that gives } 0 \le f_a \le f_s/2$$

Tones may lie many times above the rate. One exactly at $f_s/2$ stays there.
""",
    form="Frequencies in Hz in, as many from 0 to half the rate out.",
    answer="alias_frequency_hz",
    spec=Function(cases=_tones_to_fold, expected=_nearest_multiple, sees=_only_where_it_turns),
    reference=package.alias_frequency_hz,
    hints=(
        "Which multiple of the rate lies nearest to 25 kHz, if the rate is 16 kHz? How far away is it?",
        "The nearest multiple is number f / f_s, made a whole number. Up, down, or to the nearest?",
        "Take the distance from f to k times the rate, with k = f / f_s rounded to the nearest integer; "
        "a distance has no sign.",
    ),
    wrongs=(
        Wrong(
            "folded once",
            "It is right up to the rate itself, and negative above it: a tone that lies far above is to "
            "be compared with the second, third, … multiple of the rate.",
            lambda frequency_hz, *, sample_rate: np.where(
                frequency_hz > sample_rate / 2, sample_rate - frequency_hz, frequency_hz
            ),
        ),
        Wrong(
            "folded once, without sign",
            "It is right up to one and a half times the rate. Tones above that lie nearer to the second, third, … "
            "multiple of the rate, and this takes the distance to the first.",
            lambda frequency_hz, *, sample_rate: np.where(
                frequency_hz > sample_rate / 2, np.abs(sample_rate - frequency_hz), frequency_hz
            ),
        ),
        Wrong(
            "remainder by half the rate",
            "7 kHz at a rate of 10 kHz gives 2 kHz: this is the distance down to a multiple of **half** the rate. "
            "It jumps back to 0 at half the rate, where a tone turns round and comes down: only whole turns per sample are "
            "invisible, and they are multiples of the rate.",
            (
                lambda frequency_hz, *, sample_rate: np.mod(frequency_hz, sample_rate / 2),
                lambda frequency_hz, *, sample_rate: np.where(
                    np.greater(frequency_hz, sample_rate / 2), np.mod(frequency_hz, sample_rate / 2), frequency_hz
                ),
                lambda frequency_hz, *, sample_rate: (
                    frequency_hz
                    - sample_rate / 2 * np.maximum(np.ceil(np.divide(frequency_hz, sample_rate / 2)) - 1, 0)
                ),
            ),
        ),
        Wrong(
            "remainder only",
            "Some tones are left above half the rate: the remainder is the distance to the multiple **below**. "
            "The one above may be nearer.",
            lambda frequency_hz, *, sample_rate: np.mod(frequency_hz, sample_rate),
        ),
        Wrong(
            "multiple above",
            "Some tones are left above half the rate: this is the distance to the multiple **above** the tone. "
            "The one below may be nearer.",
            lambda frequency_hz, *, sample_rate: np.abs(
                frequency_hz - sample_rate * np.ceil(np.divide(frequency_hz, sample_rate))
            ),
        ),
        Wrong(
            "folded at the rate",
            "The tones turn round at the rate; they turn round at half of it.",
            lambda frequency_hz, *, sample_rate: np.abs(
                np.mod(frequency_hz + sample_rate, 2 * sample_rate) - sample_rate
            ),
        ),
        Wrong(
            "held at Nyquist",
            "Whatever lies above half the rate is put on half the rate. Folding does not stop there: the tone comes "
            "down again.",
            lambda frequency_hz, *, sample_rate: np.minimum(frequency_hz, sample_rate / 2),
        ),
        Wrong(
            "signed", SIGNED, lambda frequency_hz, *, sample_rate: _signed_alias(frequency_hz, sample_rate, np.round)
        ),
        Wrong(
            "signed remainder",
            SIGNED,
            lambda frequency_hz, *, sample_rate: _signed_alias(frequency_hz, sample_rate, lambda x: np.floor(x + 0.5)),
        ),
        Wrong(
            "one number only",
            "It is right for one number and fails for an array: `while`, `if` and `max` cannot ask whether a whole array "
            "is above half the rate. Which formula does for one tone and for many?",
            _while_above,
        ),
        Wrong(
            "too few multiples",
            "Only a few multiples of the rate are taken off: a tone may lie above all of these.",
            tuple(_first_multiples(n) for n in (3, 4, 5, 8, 10, 11, 12, 20, 32, 50, 64, 100)),
        ),
        Wrong(
            "half the rate in whole hertz",
            "Half a rate need not be a whole number: `//` cuts its digits off, and what is compared with it or measured from it comes out wrong.",
            (_at_a_whole_half, _triangle_from_a_whole_half, _folded_at_a_whole_half),
        ),
        Wrong(
            "shape lost",
            "The values are right and their shape is lost: they come out in one row, where a number is asked for a number and a table for a table.",
            lambda frequency_hz, *, sample_rate: np.ravel(_smaller_side(frequency_hz, sample_rate=sample_rate)),
        ),
        Wrong(
            "whole hertz",
            "The digits after the point are lost. Frequencies need not be whole numbers.",
            (
                lambda frequency_hz, *, sample_rate: _smaller_side(np.floor(frequency_hz), sample_rate=sample_rate),
                lambda frequency_hz, *, sample_rate: np.round(_smaller_side(frequency_hz, sample_rate=sample_rate)),
            ),
        ),
        Wrong(
            "0 at Nyquist",
            "A tone exactly at half the rate stays there; here it becomes 0.",
            lambda frequency_hz, *, sample_rate: (
                _smaller_side(frequency_hz, sample_rate=sample_rate) % (sample_rate / 2)
            ),
        ),
        Wrong(
            "multiples of half the rate",
            "It measures the distance to the nearest multiple of **half** the rate. Only whole turns per sample are invisible, and they are multiples of the rate.",
            lambda frequency_hz, *, sample_rate: _smaller_side(frequency_hz, sample_rate=sample_rate / 2),
        ),
        Wrong(
            "measured from Nyquist",
            "That is how far below half the rate each tone is heard, not where it is heard.",
            lambda frequency_hz, *, sample_rate: sample_rate / 2 - _smaller_side(frequency_hz, sample_rate=sample_rate),
        ),
        Wrong(
            "distance to the multiple above",
            "Tones above half the rate are measured from the multiple **above** them. The one below may be nearer.",
            lambda frequency_hz, *, sample_rate: np.where(
                np.greater(frequency_hz, sample_rate / 2), sample_rate - np.mod(frequency_hz, sample_rate), frequency_hz
            ),
        ),
        Wrong(
            "distance to the rate",
            "That is the distance to the rate itself, whatever the tone: which multiple of the rate is the nearest, 0 included?",
            lambda frequency_hz, *, sample_rate: np.abs(np.subtract(frequency_hz, sample_rate)),
        ),
    ),
    after="Aliases of harmonics mostly fall between the harmonics: number 12 of a 1,900 Hz tone, 22.8 kHz, is heard at 6.8 kHz when the rate is 16 kHz, and that is no multiple of 1,900.",
    also_right=(
        _folded_in_a_loop,
        _smaller_side,
        lambda frequency_hz, *, sample_rate: (
            np.arccos(np.cos(2 * np.pi * np.asarray(frequency_hz) / sample_rate)) * sample_rate / (2 * np.pi)
        ),
    ),
)
