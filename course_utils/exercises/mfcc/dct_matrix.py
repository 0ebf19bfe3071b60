import functools
import math

import numpy as np
import scipy.fft

from ... import mfcc as package
from ...practice.counts import right_count
from ...practice.model import Case, Exercise, Function, Wrong, case


def _cosines_by_definition(n_out, n_in):
    rows = []
    for k in range(n_out):
        row = [math.cos(math.pi * k * (2 * n + 1) / (2 * n_in)) for n in range(n_in)]
        length = math.sqrt(math.fsum(value**2 for value in row))
        rows.append([value / length for value in row])
    return np.array(rows)


def _sizes() -> list[Case]:
    half = 1 / math.sqrt(2)
    return [
        case(2, 2, says="two rows for two bands", gives=[[half, half], [half, -half]]),
        case(1, 4, says="one row for four bands", gives=[[0.5, 0.5, 0.5, 0.5]]),
        case(13, 40, says="13 rows for 40 bands"),
        case(7, 7, says="as many rows as bands"),
        case(1, 1, says="a single band", gives=[[1]]),
        case(3, 5, says="three rows for five bands"),
        case(20, 128, says="20 rows for 128 bands"),
    ]


def _cosines(n_out, n_in, *, shift=0.5, scale=None, n_turn=None):
    """Rows cos(π k (n + shift) / N) with a scale, or an N, of one's own."""
    k, n = np.arange(n_out)[:, np.newaxis], np.arange(n_in)
    return (np.sqrt(2 / n_in) if scale is None else scale) * np.cos(np.pi * k * (n + shift) / (n_turn or n_in))


def _first_row_shorter(rows):
    rows[0] /= np.sqrt(2)
    return rows


def _from_end_to_end(n_out, n_in):
    steps = np.outer(np.arange(n_out), np.arange(n_in)) / max(n_in - 1, 1)
    return _first_row_shorter(np.sqrt(2 / n_in) * np.cos(np.pi * steps))


def _rows_as_long(size):
    """Right angles, and each row divided by ``size(row)`` in place of its length."""
    return lambda n_out, n_in: np.array([row / size(row) for row in _cosines(n_out, n_in, scale=1.0)])


def _rows_of_length_1(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def _sines(n_out, n_in):
    rows = np.sin(np.pi * np.outer(np.arange(n_out), np.arange(n_in) + 0.5) / n_in)
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)


def _half_outside(n_out, n_in):
    rows = np.cos(np.pi * (np.outer(np.arange(n_out), np.arange(n_in)) + 0.5) / n_in)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def _by_qr(n_out, n_in):
    return np.linalg.qr(_cosines(n_out, n_in).T)[0].T


def _one_row_after_the_other(n_out, n_in):
    rows = []
    for k in range(n_out):
        rows.append([])
        for n in range(n_in):
            scale = 1 / math.sqrt(n_in) if k == 0 else math.sqrt(2 / n_in)
            rows[-1].append(scale * math.cos(math.pi * k * (n + 0.5) / n_in))
    return rows


def _every_size():
    for n_in in range(1, 130):
        yield case(1, n_in, says="any number of bands"), (1, n_in)


def _by_arange(places):
    """The cosines at ``places(N)``, from 0 to π."""

    def rows(n_out, n_in):
        return _first_row_shorter(np.sqrt(2 / n_in) * np.cos(np.outer(np.arange(n_out), places(n_in))))

    return rows


EXERCISE = Exercise(
    title="the cosine transform as a matrix",
    stars=1,
    kind="implement",
    task=r"""
Write the matrix whose row $k$ measures how much of a cosine with $k$ half turns a curve over $N$ bands holds,

$$D[k, n] = s_k \cos\!\left(\frac{\pi k\,(n + \frac12)}{N}\right), \qquad n = 0, \dots, N - 1,$$

with $s_k$ such that **every row has length 1** (the squares in a row add up to 1). $N$ is `n_in`; the first `n_out` rows are asked for, with $1 \le$ `n_out` $\le$ `n_in`. A single band is a case, too.
""",
    form="The first n_out rows for n_in bands: shape (n_out, n_in).",
    answer="dct_matrix",
    spec=Function(cases=_sizes, expected=_cosines_by_definition, properties=(right_count(_every_size),)),
    reference=package.dct_matrix,
    hints=(
        "Row 0 is a constant. Which constant, if the squares of N equal numbers add up to 1?",
        "In each of the other rows the squares of the cosines add up to N/2.",
        "k down a column and n along a row, as in `np.arange(n_out)[:, np.newaxis]` and `np.arange(n_in)`, give the "
        "table of all cosines at once; only row 0 needs another factor than √(2/N).",
    ),
    wrongs=(
        Wrong(
            "row 0 too long",
            "Row 0 has length √2, all others 1: a constant is not a cosine that swings, "
            "and the squares of N ones add up to N, not to N/2. (HTK leaves it so.)",
            _cosines,
        ),
        Wrong(
            "root left out",
            "The factors are squares of those that are asked for, such as 2/N: a root is missing, since the squares in a row are to "
            "add up to 1.",
            (
                lambda n_out, n_in: np.array([row / (row @ row) for row in _cosines(n_out, n_in, scale=1.0)]),
                lambda n_out, n_in: _cosines(n_out, n_in, scale=2 / n_in),
            ),
        ),
        Wrong(
            "not normalised",
            "The angles are right, the lengths of the rows are not: the squares in each must add up to 1. "
            "(`scipy.fft.dct` without `norm='ortho'` has the factor 2 in every row.)",
            (
                functools.partial(_cosines, scale=2.0),
                functools.partial(_cosines, scale=1.0),
                lambda n_out, n_in: _first_row_shorter(_cosines(n_out, n_in, scale=2 / n_in)),
                _rows_as_long(np.max),
            ),
        ),
        Wrong(
            "1/√N in every row",
            "Every row has the factor 1/√N, which is right for row 0 only: the squares of a cosine add up to N/2, "
            "so the others are too short.",
            lambda n_out, n_in: _cosines(n_out, n_in, scale=1 / np.sqrt(n_in)),
        ),
        Wrong(
            "row 0 too short",
            "Row 0 is too short, the others are right: its factor is smaller than theirs by √2, and by no more.",
            lambda n_out, n_in: _first_row_shorter(_first_row_shorter(_cosines(n_out, n_in))),
        ),
        Wrong(
            "sum for length",
            "Each row was divided by the sum of its magnitudes. Its length is the square root of the sum of its squares.",
            _rows_as_long(lambda row: np.abs(row).sum()),
        ),
        Wrong(
            "n_out in the factor",
            "The angles are right. The factor is made with the number of rows in place of the number of bands: N is `n_in`, however "
            "many rows are asked for.",
            lambda n_out, n_in: _first_row_shorter(_cosines(n_out, n_in, scale=np.sqrt(2 / n_out))),
        ),
        Wrong(
            "n_out below the fraction",
            "Under the cosine it is divided by the number of rows. N is the number of bands, `n_in`, however many rows are asked for; "
            "with as many rows as bands the two are one.",
            (
                lambda n_out, n_in: _first_row_shorter(_cosines(n_out, n_in, n_turn=n_out)),
                lambda n_out, n_in: _first_row_shorter(_cosines(n_out, n_in, n_turn=n_out, scale=np.sqrt(2 / n_out))),
                lambda n_out, n_in: _rows_of_length_1(_cosines(n_out, n_in, n_turn=n_out)),
            ),
        ),
        Wrong(
            "sines",
            "The rows are sines, which begin and end at 0: row 0 must be a constant, and only a cosine with no turn is one.",
            (_sines, lambda n_out, n_in: _sines(n_out + 1, n_in)[1:]),
        ),
        Wrong(
            "all rows",
            "All N rows come out; the first `n_out` are asked for.",
            lambda n_out, n_in: _cosines_by_definition(n_in, n_in),
        ),
        Wrong(
            "half a band off",
            "The cosines begin in another place. They must begin half a band before the first one, as n + ½ says, or the mirror "
            "image of the curve does not fit: the rows are not at right angles.",
            tuple(
                lambda n_out, n_in, shift=shift: _first_row_shorter(_cosines(n_out, n_in, shift=shift))
                for shift in (0.0, 1.0, -0.5)
            ),
        ),
        Wrong(
            "half of the angle's k",
            "The ½ is added to k · n, and k multiplies the whole bracket (n + ½): rows 0 and 1 are right, from row 2 on the cosine "
            "stands beside its place.",
            _half_outside,
        ),
        Wrong(
            "a row turned over",
            "The rows have length 1 and stand at right angles, and some have the other sign, which a QR decomposition leaves open: "
            "each row begins with a positive number.",
            _by_qr,
        ),
        Wrong(
            "from end to end",
            "The cosines run from the centre of the first band to that of the last, over N − 1 steps. "
            "A row of type II makes its k half turns over N bands, edges included.",
            (_from_end_to_end, lambda n_out, n_in: _rows_of_length_1(_from_end_to_end(n_out, n_in))),
        ),
        Wrong(
            "rows of the inverse",
            "These are rows of the inverse, which is the transposed matrix: a transform of the unit matrix along its "
            "last axis gives it. Its first rows are not those that are asked for.",
            lambda n_out, n_in: scipy.fft.dct(np.eye(n_in), norm="ortho")[:n_out],
        ),
        Wrong(
            "twice too fast",
            "Every row turns twice too fast: row 1 must make one half turn over all the bands, not a whole one. "
            "With 2n + 1 in place of n + ½ the divisor becomes 2N.",
            lambda n_out, n_in: _first_row_shorter(
                np.sqrt(2 / n_in) * np.cos(np.pi * np.outer(np.arange(n_out), 2 * np.arange(n_in) + 1) / n_in)
            ),
        ),
        Wrong(
            "row 0 missing",
            "The rows begin with one half turn. Row 0, the constant that measures the level, comes before it.",
            lambda n_out, n_in: _cosines(n_out + 1, n_in)[1:],
        ),
        Wrong(
            "on its side",
            "It lies on its side: a row is one cosine over all bands, so the shape is (n_out, n_in).",
            lambda n_out, n_in: _cosines_by_definition(n_out, n_in).T,
        ),
        Wrong(
            "np.arange with a float step",
            "With a step that is no whole number, rounding decides whether np.arange has one value too many, and with it "
            "the matrix a column. Count the bands in whole numbers, and multiply.",
            (
                _by_arange(lambda n: np.arange(0, np.pi, np.pi / n) + np.pi / 2 / n),
                _by_arange(lambda n: np.pi * (np.arange(0, 1, 1 / n) + 0.5 / n)),
                _by_arange(lambda n: np.arange(np.pi / n / 2, np.pi + np.pi / n / 2, np.pi / n)),
            ),
        ),
    ),
    after="Its rows stand at right angles, so its transpose takes the coefficients back: N of them lose nothing, "
    "and the first few draw the nearest curve that these cosines can.",
    also_right=(
        _one_row_after_the_other,
        lambda n_out, n_in: scipy.fft.dct(np.eye(n_in), norm="ortho", axis=0)[:n_out],
        lambda n_out, n_in: _first_row_shorter(_cosines(n_out, n_in)).astype(np.float32),
    ),
)
