import math

import numpy as np

from ...practice.model import Case, Exercise, Function, Wrong, case
from ._shared import softmax


def _softmax_by_definition(scores):
    """Ratios of one score to another never overflow where their difference is moderate; what is far below is 0."""
    scores = np.asarray(scores, np.float64)
    found = []
    for row in scores.reshape(-1, scores.shape[-1]):
        shares = []
        for one in row:
            differences = [other - one for other in row]
            shares.append(0.0 if max(differences) > 700 else 1 / math.fsum(math.exp(d) for d in differences))
        found.append(shares)
    return np.reshape(found, scores.shape)


def _scores() -> list[Case]:
    rng = np.random.default_rng(12)
    far_apart = rng.standard_normal((3, 5)) + np.array([[1000.0], [0.0], [-1000.0]])
    return [
        case(np.array([0.0, math.log(3)]), says="scores 0 and ln 3", gives=[0.25, 0.75]),
        case(rng.standard_normal((4, 7)), says="four rows of seven scores"),
        case(rng.standard_normal((2, 3, 4, 5)), says="a batch of two by three tables"),
        case(np.array([1000.0, 1000.0, 999.0]), says="scores near 1,000"),
        case(np.array([-1000.0, -1001.0]), says="scores near −1,000"),
        case(far_apart, says="rows that lie 1,000 apart"),
        case(np.full((3, 4), 710.0), says="equal scores of 710", gives=np.full((3, 4), 0.25)),
        case(np.array([400.0, -350.0]), says="scores 750 apart", gives=[1, 0]),
        case(np.array([800.0] + 9 * [0.0]), says="one score far above nine others", gives=[1] + 9 * [0]),
        case(np.array([[3.0], [-2.0]]), says="rows of one score", gives=[[1], [1]]),
        case(1e6 + np.array([0.0, 0.3, 0.72, -0.1]), says="scores near a million that differ by less than 1"),
        case(rng.standard_normal((1, 1, 4)), says="a batch of one table of one row"),
    ]


def _softmax_with(shift=lambda scores: 0.0, axis=-1, base=np.e):
    def softmax_of(scores):
        with np.errstate(all="ignore"):
            powers = base ** (scores - shift(scores))
            return powers / powers.sum(axis=axis, keepdims=axis is not None)

    return softmax_of


def _row_maximum(scores):
    return scores.max(axis=-1, keepdims=True)


def _softmax_along(axis_of):
    def softmax_of(scores):
        powers = np.exp(scores - scores.max(axis=axis_of(scores.ndim), keepdims=True))
        return powers / powers.sum(axis=axis_of(scores.ndim), keepdims=True)

    return softmax_of


def _shares_of(values):
    return values / values.sum(axis=-1, keepdims=True)


def _no_exponential(scores):
    with np.errstate(all="ignore"):
        return scores / scores.sum(axis=-1, keepdims=True)


def _shares_divided_by(rest):
    """Powers that cannot overflow, over ``rest(powers)``."""
    return lambda scores: (powers := np.exp(scores - _row_maximum(scores))) / rest(powers)


def _softmax_by_logarithms(scores):
    rest = np.logaddexp.reduce(scores, axis=-1, keepdims=True)
    return np.exp(scores - rest)


def _single_precision(scores):
    return softmax(np.asarray(scores, np.float32))


EXERCISE = Exercise(
    title="scores into shares, of any size",
    stars=1,
    kind="implement",
    task=r"""
Attention turns scores into shares. Write

$$\mathrm{softmax}(s)_i = \frac{e^{s_i}}{\sum_j e^{s_j}}$$

along the **last axis** of an array of floats of any shape. Scores of 1,000 and of −1,000 occur, in one table even; the result must be finite and exact all the same, to nine digits of the largest share. ($e^{710}$ is more than float64 can hold.)
""",
    form="Scores (…, n) in, shares (…, n) out: none negative, each row 1 in sum.",
    answer="softmax",
    spec=Function(cases=_scores, expected=_softmax_by_definition, tolerance=1e-9),
    reference=softmax,
    hints=(
        "What happens to the shares if the same number is subtracted from all scores of a row?",
        "Choose that number so that the largest exponent is 0: then nothing overflows, and one term is 1.",
        "`scores.max(axis=-1, keepdims=True)` is the number, and the sum below needs `keepdims=True` too.",
    ),
    wrongs=(
        Wrong(
            "overflow",
            "It is right for moderate scores; near 1,000 both sides of the fraction are infinite, near −1,000 both are 0. "
            "What may be subtracted from all scores of a row without changing the shares?",
            _softmax_with(),
        ),
        Wrong(
            "one maximum for the whole table",
            "The largest score of the whole table is subtracted: rows far below it become 0 / 0. Each row has its own.",
            (_softmax_with(lambda scores: scores.max()), lambda scores: np.nan_to_num(_softmax_with(np.max)(scores))),
        ),
        Wrong(
            "shares of the whole table",
            "The whole table adds up to 1 here; each row is to do so.",
            (_softmax_with(_row_maximum, axis=None), _softmax_with(np.max, axis=None)),
        ),
        Wrong(
            "along the first axis",
            "The shares add up to 1 along the first axis: with several axes, name the last one.",
            _softmax_along(lambda n_axes: 0),
        ),
        Wrong(
            "along another axis",
            "The shares add up to 1 along another axis than the last: for tables of more axes name the last one, −1.",
            (_softmax_along(lambda n_axes: min(1, n_axes - 1)), _softmax_along(lambda n_axes: max(-2, -n_axes))),
        ),
        Wrong(
            "maximum along the wrong axis",
            "The largest score of each column is subtracted, but the sum runs along the rows: the same number must be "
            "subtracted from all scores of a row.",
            _softmax_with(lambda scores: scores.max(axis=0)),
        ),
        Wrong(
            "clipped scores",
            "The scores are clipped before the exponential, so that all that lies beyond the bound looks alike.",
            tuple(
                lambda scores, most=most: softmax(np.clip(scores, -most, most))
                for most in (10, 20, 50, 80, 88, 100, 200, 500, 700, 709)
            ),
        ),
        Wrong(
            "NaN replaced",
            "Infinity over infinity is NaN, and NaN is replaced by 0: the result is finite and wrong.",
            lambda scores: np.nan_to_num(_softmax_with()(scores)),
        ),
        Wrong(
            "not divided",
            "The shares of a row do not add up to 1: the division by their sum is missing.",
            _shares_divided_by(lambda powers: 1),
        ),
        Wrong(
            "a small number added",
            "A small number was added to the sum, so that the shares do not quite add up to 1. One of the terms is 1 once "
            "the maximum is subtracted: there is nothing to guard against.",
            tuple(
                _shares_divided_by(lambda powers, small=small: powers.sum(axis=-1, keepdims=True) + small)
                for small in (digit * 10.0**power for power in range(-8, -1) for digit in (1, 2, 5))
            ),
        ),
        Wrong(
            "divided by the largest score",
            "The scores are divided by the largest one: that changes their differences, and with them the shares. Subtract.",
            (
                lambda scores: softmax(scores / np.abs(scores).max()),
                lambda scores: softmax(scores / np.maximum(np.abs(scores).max(axis=-1, keepdims=True), 1e-300)),
            ),
        ),
        Wrong(
            "logarithms",
            "These are logarithms of the shares, which is what a loss needs; the shares themselves are asked.",
            lambda scores: scores - np.logaddexp.reduce(scores, axis=-1, keepdims=True),
        ),
        Wrong(
            "the largest alone",
            "The largest score takes all. Softmax leaves a share to each, by how far it lies below.",
            lambda scores: _shares_of(scores == _row_maximum(scores)),
        ),
        Wrong(
            "each score by itself",
            "Each score goes through a sigmoid by itself, so that a row does not add up to 1: the scores of a row compete.",
            lambda scores: 1 / (1 + np.exp(-np.clip(scores, -700, 700))),
        ),
        Wrong(
            "no exponential",
            "The scores are divided by their sum: without the exponential they may be negative.",
            _no_exponential,
        ),
        Wrong(
            "mean subtracted",
            "The mean of the row is subtracted: one score far above many others still overflows. Which shift makes the largest exponent 0?",
            _softmax_with(lambda scores: scores.mean(axis=-1, keepdims=True)),
        ),
        Wrong(
            "powers of two",
            "These are powers of 2; the definition has e.",
            _softmax_with(_row_maximum, base=2.0),
        ),
        Wrong(
            "not the largest score subtracted",
            "Near −1,000 every exponential of a row becomes 0, and the row 0 / 0: what is subtracted there is not its largest score. "
            "Is it the largest magnitude, or a maximum that begins at 0? One exponent of each row is to be 0.",
            (
                _softmax_with(lambda scores: np.abs(scores).max(axis=-1, keepdims=True)),
                lambda scores: np.nan_to_num(
                    _softmax_with(lambda scores: np.abs(scores).max(axis=-1, keepdims=True))(scores)
                ),
                _softmax_with(lambda scores: np.abs(scores).max()),
                _softmax_with(lambda scores: np.maximum(scores.max(axis=-1, keepdims=True), 0)),
            ),
        ),
        Wrong(
            "minimum subtracted",
            "The smallest score is subtracted, so that the exponents are positive and still overflow.",
            _softmax_with(lambda scores: scores.min(axis=-1, keepdims=True)),
        ),
        Wrong(
            "single precision",
            "Float32 has seven digits, and a score of 1,000,000.3 needs them for what comes before the point. Subtract in "
            "float64, as the scores come.",
            _single_precision,
        ),
    ),
    after="In float32 the bare formula breaks from a score of 89 on, which is why libraries subtract the maximum.",
    also_right=(_softmax_by_definition, _softmax_by_logarithms),
)
