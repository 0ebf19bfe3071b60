import math

import numpy as np

from ...practice.model import Case, Exercise, Function, Wrong, case
from ._shared import softmax


def _attention_by_definition(query, key, value, *, allowed):
    d, found = len(query[0]), []
    for i in range(len(query)):
        scores = {
            j: math.fsum(query[i][c] * key[j][c] for c in range(d)) / math.sqrt(d)
            for j in range(len(key))
            if allowed[i][j]
        }
        highest = max(scores.values())
        shares = {j: math.exp(score - highest) for j, score in scores.items()}
        total = math.fsum(shares.values())
        found.append([math.fsum(s * value[j][c] for j, s in shares.items()) / total for c in range(len(value[0]))])
    return np.array(found)


def _queries() -> list[Case]:
    rng = np.random.default_rng(7)

    def random(*shape):
        return rng.standard_normal(shape)

    by_hand = np.array([[2.0, 0, 0, 0]]), np.array([[0.0, 1, 1, 1], [math.log(3), 0, 0, 0]]), np.array([[8.0], [4.0]])
    some = random(5, 7) > 0
    some[:, 3] = True
    huge = 60 * random(4, 8), 60 * random(6, 8), random(6, 3)
    scores = huge[0] @ huge[1].T
    weakest = scores == scores.min(axis=1, keepdims=True)
    shouted = np.array([[2.0, 0, 0, 0]]), np.zeros((3, 4)), np.array([[8.0], [4], [100]])
    shouted[1][:, 0] = [-5000, -5001, 6000]
    return [
        case(*by_hand, allowed=np.ones((1, 2), bool), says="scores 0 and ln 3 after the division", gives=[[5]]),
        case(*by_hand, allowed=np.array([[True, False]]), says="a query that may see the first key only", gives=[[8]]),
        case(random(4, 6), random(5, 6), random(5, 3), allowed=np.ones((4, 5), bool), says="four queries, five keys"),
        case(random(5, 4), random(7, 4), random(7, 2), allowed=some, says="a mask with holes"),
        case(random(6, 3), random(6, 3), random(6, 6), allowed=np.tri(6, dtype=bool), says="no query may look ahead"),
        case(*huge, allowed=np.ones((4, 6), bool), says="scores of some thousands"),
        case(
            *shouted,
            allowed=np.array([[True, True, False]]),
            says="scores of −5,000 and −5,001, and one of 6,000 that may not be seen",
            gives=[[(8 + 4 / math.e) / (1 + 1 / math.e)]],
        ),
        case(
            *huge, allowed=weakest, says="each query may look at its weakest key alone", gives=huge[2][scores.argmin(1)]
        ),
        case(random(1, 2), random(1, 2), random(1, 2), allowed=np.ones((1, 1), bool), says="one query, one key"),
        case(
            np.array([[2.0, 0, 0, 0]]),
            np.outer([5000.3, 5000.05, 4999.9], [1.0, 0, 0, 0]),
            np.array([[8.0], [4], [1]]),
            allowed=np.ones((1, 3), bool),
            says="scores near 5,000 that differ by less than 1",
        ),
    ]


def masked_attention(query, key, value, *, allowed):
    scores = query @ key.T / np.sqrt(query.shape[1])
    scores = np.where(allowed, scores, -np.inf)
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers @ value / powers.sum(axis=1, keepdims=True)


def _attention_with(scale=np.sqrt, mask=lambda scores, allowed: np.where(allowed, scores, -np.inf), after=None):
    def attend(query, key, value, *, allowed):
        scores = mask(query @ key.T / scale(query.shape[1]), allowed)
        with np.errstate(all="ignore"):
            shares = softmax(scores)
        return (shares if after is None else after(shares, allowed)) @ value

    return attend


def _sum_and(small):
    def attend(query, key, value, *, allowed):
        scores = np.where(allowed, query @ key.T / np.sqrt(query.shape[1]), -np.inf)
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        return powers @ value / (powers.sum(axis=1, keepdims=True) + small)

    return attend


def _unstable_attention(query, key, value, *, allowed):
    with np.errstate(all="ignore"):
        powers = np.exp(query @ key.T / np.sqrt(query.shape[1])) * allowed
        return powers @ value / powers.sum(axis=1, keepdims=True)


def _row_maximum(scores):
    return scores.max(axis=1, keepdims=True)


def _after_exponential(highest, small=0.0):
    """The exponentials are cut, after ``highest(scores)`` of all keys was subtracted."""

    def attend(query, key, value, *, allowed):
        scores = query @ key.T / np.sqrt(query.shape[1])
        powers = np.exp(scores - highest(scores)) * allowed
        with np.errstate(all="ignore"):
            return powers @ value / (powers.sum(axis=1, keepdims=True) + small)

    return attend


def _always_causal(query, key, value, *, allowed):
    return _attention_with()(query, key, value, allowed=np.tri(len(query), len(key), dtype=bool))


def _scaled_by(number):
    """Scores over the root of another number."""
    return lambda query, key, value, *, allowed: _attention_with(scale=lambda d: np.sqrt(number(query, key, value)))(
        query, key, value, allowed=allowed
    )


def _over_queries(query, key, value, *, allowed):
    scores = np.where(allowed, query @ key.T / np.sqrt(query.shape[1]), -np.inf)
    with np.errstate(all="ignore"):
        return softmax(scores.T).T @ value


def _over_queries_from_a_low_number(query, key, value, *, allowed):
    """Forbidden scores are -1e30, so that a column without any allowed one is shared evenly."""
    scores = np.where(allowed, query @ key.T / np.sqrt(query.shape[1]), -1e30)
    weights = np.exp(scores - scores.max(axis=0))
    return weights / weights.sum(axis=0) @ value


def _one_query_at_a_time(query, key, value, *, allowed):
    rows = []
    for q, may in zip(query, allowed, strict=True):
        rows.append(softmax(key[may] @ q / len(q) ** 0.5) @ value[may])
    return np.array(rows)


def _single_precision(query, key, value, *, allowed):
    scores = (query @ key.T / np.sqrt(query.shape[1])).astype(np.float32)
    return softmax(np.where(allowed, scores, -np.inf)).astype(float) @ value


EXERCISE = Exercise(
    title="attention that looks only where it may",
    stars=2,
    kind="implement",
    task=r"""
One head of attention, with a mask:

$$\mathrm{out}_i = \sum_j w_{ij}\, v_j, \qquad w_{ij} = \frac{a_{ij}\, e^{s_{ij}}}{\sum_k a_{ik}\, e^{s_{ik}}}, \qquad s_{ij} = \frac{q_i \cdot k_j}{\sqrt d}$$

`query` is `(n, d)`, `key` is `(m, d)`, `value` is `(m, c)`, the result is `(n, c)`. `allowed` is boolean, `(n, m)`: $a_{ij}$ is 1 where it is **True, and query i may look at key j**, else 0. Every query may look at one key at least. Scores of some thousands occur, of either sign, and a key that may not be seen can have the largest; the result is right to eight digits all the same.
""",
    form="Queries (n, d), keys (m, d), values (m, c), allowed (n, m) in; (n, c) out.",
    answer="masked_attention",
    spec=Function(cases=_queries, expected=_attention_by_definition, tolerance=1e-8),
    reference=masked_attention,
    hints=(
        "All scores at once are one product of matrices, (n, d) times (d, m). Where does the mask act: before the "
        "softmax, or after it?",
        "A key that may not be seen must have the weight 0, and the others must still add up to 1: e to the minus "
        "infinity is 0.",
        "`np.where(allowed, scores, -np.inf)`, then the stable softmax of each row, then `@ value`.",
    ),
    wrongs=(
        Wrong(
            "without the root of d",
            "The scores are not divided by √d: the weights come out too sharp.",
            _attention_with(scale=lambda d: 1),
        ),
        Wrong(
            "divided by d",
            "The scores are divided by d, and the root of d is asked.",
            _attention_with(scale=lambda d: d),
        ),
        Wrong(
            "mask inverted",
            "It looks exactly where it must not. True means “may look” here; some libraries use True for “ignore”.",
            tuple(
                _attention_with(mask=lambda scores, allowed, low=low: np.where(allowed, low, scores))
                for low in (-np.inf, -1e9, -1e4)
            ),
        ),
        Wrong(
            "mask ignored",
            "Without a mask it is right; keys that may not be seen still get their share.",
            _attention_with(mask=lambda scores, allowed: scores),
        ),
        Wrong(
            "one mask for all queries",
            "All queries get the same mask, which does not depend on the query: each query has its own row of `allowed`.",
            (
                _attention_with(mask=lambda scores, allowed: np.where(allowed.any(axis=0), scores, -np.inf)),
                _attention_with(mask=lambda scores, allowed: np.where(allowed.all(axis=0), scores, -np.inf)),
                _attention_with(mask=lambda scores, allowed: np.where(allowed[0], scores, -np.inf)),
            ),
        ),
        Wrong(
            "weights cut after the softmax",
            "Forbidden weights are set to 0 after the softmax, and the rest no longer adds up to 1.",
            _attention_with(
                mask=lambda scores, allowed: scores, after=lambda shares, allowed: np.where(allowed, shares, 0)
            ),
        ),
        Wrong(
            "score 0 for what is forbidden",
            "A forbidden key gets the score 0, and e⁰ is 1: it still has a share, often the largest.",
            _attention_with(mask=lambda scores, allowed: np.where(allowed, scores, 0)),
        ),
        Wrong(
            "a finite number for −∞",
            "Forbidden keys get a fixed score, and it is not low enough: allowed scores of −5,000 occur, and then the weight falls "
            "where none may be.",
            tuple(
                _attention_with(mask=lambda scores, allowed, low=low: np.where(allowed, scores, low))
                for low in (-9, -10, -20, -50, -100, -500, -999, -1000, -2000, -5000)
            ),
        ),
        Wrong(
            "too little subtracted",
            "Forbidden keys keep their score less a number, and it is not large enough: allowed scores of −5,000 occur beside "
            "forbidden ones of 6,000, which stay above them.",
            (
                *(
                    _attention_with(mask=lambda scores, allowed, low=low: scores + low * ~allowed)
                    for low in (-20, -50, -100, -500, -1000, -2000, -5000, -10_000)
                ),
            ),
        ),
        Wrong(
            "a small number added",
            "A small number was added to the sum below, so that the weights do not quite add up to 1. One of the terms is 1 once the "
            "largest score that may be seen is subtracted: there is nothing to guard against.",
            tuple(_sum_and(digit * 10.0**power) for power in range(-7, -1) for digit in (1, 2, 5)),
        ),
        Wrong(
            "maximum of all keys",
            "The largest score of all keys is subtracted, also of those that may not be seen. Where such a one leads by 746, all "
            "allowed exponentials are 0, and their sum too. Mask first, then take the maximum.",
            (
                *(_after_exponential(_row_maximum, small) for small in (0.0, 1e-12, 1e-9, 1e-8, 1e-6)),
                lambda query, key, value, *, allowed: np.nan_to_num(
                    _after_exponential(_row_maximum)(query, key, value, allowed=allowed)
                ),
            ),
        ),
        Wrong(
            "one maximum for all queries",
            "The largest score of the whole table is subtracted: for a query far below it every exponential is 0.",
            _after_exponential(np.max),
        ),
        Wrong(
            "root of another number",
            "d is the width of queries and keys, the number of products in a score: not that of the values, and not how many "
            "keys there are.",
            (
                _scaled_by(lambda query, key, value: value.shape[1]),
                _scaled_by(lambda query, key, value: len(key)),
                _scaled_by(lambda query, key, value: len(query)),
            ),
        ),
        Wrong(
            "clipped scores",
            "The scores are clipped before the exponential, so that all that lies beyond the bound looks alike.",
            tuple(
                _attention_with(
                    mask=lambda scores, allowed, most=most: np.where(allowed, np.clip(scores, -most, most), -np.inf)
                )
                for most in (50, 88, 100, 500, 700)
            ),
        ),
        Wrong(
            "the best key alone",
            "Each query takes the value of its best key alone; softmax leaves a share to the others.",
            lambda query, key, value, *, allowed: value[np.where(allowed, query @ key.T, -np.inf).argmax(axis=1)],
        ),
        Wrong(
            "always causal",
            "No query looks ahead, whatever `allowed` says: the mask is an argument.",
            _always_causal,
        ),
        Wrong(
            "softmax over the queries",
            "The weights add up to 1 over the queries; each query's weights are to add up to 1 over the keys.",
            (_over_queries, _over_queries_from_a_low_number),
        ),
        Wrong(
            "overflow",
            "It is right until scores reach some hundreds; then both sides of the fraction are infinite.",
            _unstable_attention,
        ),
        Wrong(
            "single precision",
            "Float32 has seven digits, and of a score of some thousands few are left behind the point. Subtract the maximum in "
            "float64, as the queries and keys come.",
            _single_precision,
        ),
        Wrong(
            "last key left out",
            "The last key has no share: range(n − 1) ends at n − 2, and the keys are those from 0 to n − 1.",
            lambda query, key, value, *, allowed: masked_attention(
                query, key, value, allowed=allowed & (np.arange(len(key)) < len(key) - 1)
            ),
        ),
    ),
    after="A query that may look nowhere gets NaN from −∞, which you notice; with −10⁹ in its place it gets the mean of all "
    "values, which you do not.",
    also_right=(_attention_by_definition, _one_query_at_a_time),
)
