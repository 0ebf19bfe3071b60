import math

import numpy as np

from ...practice.counts import right_count
from ...practice.model import Case, Exercise, Function, Wrong, case


def _positions_by_definition(n_frames, width):
    table = []
    for t in range(n_frames):
        row = []
        for k in range(width // 2):
            angle = t / 10_000 ** (2 * k / width)
            row += [math.sin(angle), math.cos(angle)]
        table.append(row)
    return np.array(table)


def _tables() -> list[Case]:
    by_hand = [[0, 1, 0, 1], [math.sin(1), math.cos(1), math.sin(0.01), math.cos(0.01)]]
    return [
        case(2, 4, says="two frames, four numbers each", gives=by_hand),
        case(5, 2, says="one sine and one cosine"),
        case(7, 6, says="seven frames, six numbers each"),
        case(200, 32, says="200 frames, 32 numbers each"),
        case(1, 8, says="the first frame alone", gives=[[0, 1, 0, 1, 0, 1, 0, 1]]),
    ]


def positions(n_frames, width):
    frequencies = 10_000.0 ** (-np.arange(0, width, 2) / width)
    angles = np.arange(n_frames)[:, np.newaxis] * frequencies
    table = np.empty((n_frames, width))
    table[:, 0::2] = np.sin(angles)
    table[:, 1::2] = np.cos(angles)
    return table


def _positions_with(start=0, base=10_000.0, exponent=lambda k, width: 2 * k / width, parts=(np.sin, np.cos)):
    def table_of(n_frames, width):
        k = np.arange(width // 2)
        angles = (start + np.arange(n_frames)[:, np.newaxis]) / base ** exponent(k, width)
        return np.stack([part(angles) for part in parts], axis=-1).reshape(n_frames, width)

    return table_of


def _sines_then_cosines(n_frames, width):
    table = positions(n_frames, width)
    return np.concatenate([table[:, 0::2], table[:, 1::2]], axis=1)


def _complex_positions(n_frames, width):
    turns = np.exp(1j * np.outer(np.arange(n_frames), 10_000.0 ** (-np.arange(width // 2) * 2 / width)))
    return np.stack([turns.imag, turns.real], axis=2).reshape(n_frames, width)


def _squeezed(n_frames, width):
    angles = np.arange(n_frames)[:, np.newaxis] / n_frames * 10_000.0 ** (-np.arange(0, width, 2) / width)
    return np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(n_frames, width)


def _positions_by_column(n_frames, width):
    columns = np.arange(width)
    angles = np.arange(n_frames)[:, np.newaxis] / 10_000.0 ** (columns / width)
    return np.where(columns % 2 == 0, np.sin(angles), np.cos(angles))


def _every_size():
    for width in range(2, 200, 2):
        yield case(2, width, says="any width"), (2, width)


def _exponents_by_arange(n_frames, width):
    angles = np.arange(n_frames)[:, np.newaxis] * 10_000.0 ** -np.arange(0, 1, 2 / width)
    table = np.empty((n_frames, width))
    table[:, 0::2], table[:, 1::2] = np.sin(angles), np.cos(angles)
    return table


EXERCISE = Exercise(
    title="a clock with many hands",
    stars=2,
    kind="implement",
    task=r"""
Attention does not know which frame came first; a pattern added to each frame tells it. Write the table

$$p[t, 2k] = \sin\frac{t}{10000^{2k/D}}, \qquad p[t, 2k+1] = \cos\frac{t}{10000^{2k/D}}$$

for $t = 0 \dots$ `n_frames` − 1 and an even $D$ = `width`: sines in the even columns, cosines in the odd ones. The hand of $k = 0$ turns by one radian a frame, the last one hardly at all.
""",
    form="Two whole numbers in, a table (n_frames, width) out.",
    answer="positions",
    spec=Function(cases=_tables, expected=_positions_by_definition, properties=(right_count(_every_size),)),
    reference=positions,
    hints=(
        "One angle for each frame and each k: a column of frame numbers times a row of width / 2 frequencies.",
        "The frequency of hand k is 10000 to the power −2k / width, for k = 0 … width / 2 − 1.",
        "`table[:, 0::2]` are the even columns and `table[:, 1::2]` the odd ones.",
    ),
    wrongs=(
        Wrong(
            "sines, then cosines",
            "All sines stand in the first half and all cosines in the second; they are to alternate.",
            _sines_then_cosines,
        ),
        Wrong(
            "exponent without the 2",
            "The exponent is k / width, half of what is asked: every hand but the first turns too fast, the slowest the most.",
            _positions_with(exponent=lambda k, width: k / width),
        ),
        Wrong(
            "exponent twice too large",
            "The exponent runs over even numbers that are doubled once more.",
            _positions_with(exponent=lambda k, width: 4 * k / width),
        ),
        Wrong(
            "slowest hand at 10,000",
            "The exponent runs up to 1, so that the last hand takes 10,000 frames a radian, as in tensor2tensor. "
            "Here it stops a step before that: 2k / width is below 1 for every k.",
            _positions_with(exponent=lambda k, width: k / max(width // 2 - 1, 1)),
        ),
        Wrong(
            "k from 1",
            "The exponent counts k from 1, so that the first hand is slower than one radian a frame.",
            _positions_with(exponent=lambda k, width: 2 * (k + 1) / width),
        ),
        Wrong(
            "slowest hand first",
            "The hands stand in the opposite order: k = 0 is the fastest, one radian a frame.",
            _positions_with(exponent=lambda k, width: 2 * k[::-1] / width),
        ),
        Wrong(
            "time as a part of the clip",
            "The frame number is divided by the number of frames, so that a frame's pattern depends on how long the clip is.",
            _squeezed,
        ),
        Wrong(
            "a frequency for each column",
            "Each column has a frequency of its own: the exponent counts columns. Sine and cosine of a pair share one.",
            _positions_by_column,
        ),
        Wrong(
            "whole exponents",
            "The exponent is cut to a whole number, as // does, so that all hands turn at the same rate.",
            _positions_with(exponent=lambda k, width: 2 * k // width),
        ),
        Wrong(
            "turns or degrees",
            "The angles are in another unit than radians. sin and cos take radians, and the task has t / 10000^… as it stands.",
            (
                _positions_with(parts=(lambda a: np.sin(2 * np.pi * a), lambda a: np.cos(2 * np.pi * a))),
                _positions_with(parts=(lambda a: np.sin(np.deg2rad(a)), lambda a: np.cos(np.deg2rad(a)))),
            ),
        ),
        Wrong(
            "first frame is 1",
            "The first frame has the number 1; counting starts at 0.",
            _positions_with(start=1),
        ),
        Wrong(
            "multiplied for divided",
            "The frame number is multiplied by 10000^(2k/D) and is to be divided by it: the hands turn faster with k, and are to "
            "turn more slowly.",
            _positions_with(exponent=lambda k, width: -2 * k / width),
        ),
        Wrong(
            "another base",
            "The base is another number; 10,000 is asked.",
            tuple(_positions_with(base=base) for base in (10.0, 1000.0, 2000.0, 5000.0, 1e5, 1e6)),
        ),
        Wrong(
            "cosine first",
            "Sine and cosine have changed places: the even columns are to hold the sines.",
            _positions_with(parts=(np.cos, np.sin)),
        ),
        Wrong(
            "sine twice",
            "Both columns of a pair hold the sine: then an angle a and π − a look alike.",
            _positions_with(parts=(np.sin, np.sin)),
        ),
        Wrong(
            "np.arange with a float step",
            "With a step that is no whole number, rounding decides whether np.arange has one value too many: the table "
            "then has no room for the last hand. Count k in whole numbers, and divide.",
            _exponents_by_arange,
        ),
    ),
    after="Nothing of it is learned, so it goes on for clips of any length; what a network makes of rows that it was never "
    "trained with is another matter.",
    also_right=(_positions_by_definition, _complex_positions, _positions_with()),
)
