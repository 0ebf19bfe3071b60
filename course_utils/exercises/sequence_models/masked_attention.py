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
    return [
        case(*by_hand, allowed=np.ones((1, 2), bool), says="scores 0 and ln 3 after the division", gives=[[5]]),
        case(*by_hand, allowed=np.array([[True, False]]), says="a query that may see the first key only", gives=[[8]]),
        case(random(4, 6), random(5, 6), random(5, 3), allowed=np.ones((4, 5), bool), says="four queries, five keys"),
        case(random(5, 4), random(7, 4), random(7, 2), allowed=some, says="a mask with holes"),
        case(random(6, 3), random(6, 3), random(6, 6), allowed=np.tri(6, dtype=bool), says="no query may look ahead"),
        case(*huge, allowed=np.ones((4, 6), bool), says="scores of some thousands"),
        case(random(1, 2), random(1, 2), random(1, 2), allowed=np.ones((1, 1), bool), says="one query, one key"),
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


def _unstable_attention(query, key, value, *, allowed):
    with np.errstate(all="ignore"):
        powers = np.exp(query @ key.T / np.sqrt(query.shape[1])) * allowed
        return powers @ value / powers.sum(axis=1, keepdims=True)


def _over_queries(query, key, value, *, allowed):
    scores = np.where(allowed, query @ key.T / np.sqrt(query.shape[1]), -np.inf)
    with np.errstate(all="ignore"):
        return softmax(scores.T).T @ value


def _one_query_at_a_time(query, key, value, *, allowed):
    rows = []
    for q, may in zip(query, allowed, strict=True):
        rows.append(softmax(key[may] @ q / len(q) ** 0.5) @ value[may])
    return np.array(rows)


EXERCISE = Exercise(
    title="attention that looks only where it may",
    stars=2,
    kind="implement",
    task=r"""
One head of attention, with a mask:

$$\mathrm{out}_i = \sum_j w_{ij}\, v_j, \qquad w_{ij} = \frac{a_{ij}\, e^{s_{ij}}}{\sum_k a_{ik}\, e^{s_{ik}}}, \qquad s_{ij} = \frac{q_i \cdot k_j}{\sqrt d}$$

`query` is `(n, d)`, `key` is `(m, d)`, `value` is `(m, c)`, the result is `(n, c)`. `allowed` is boolean, `(n, m)`: $a_{ij}$ is 1 where it is **True, and query i may look at key j**, else 0. Every query may look at one key at least. Scores of some thousands occur.
""",
    form="Queries (n, d), keys (m, d), values (m, c), allowed (n, m) in; (n, c) out.",
    answer="masked_attention",
    spec=Function(cases=_queries, expected=_attention_by_definition),
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
            _attention_with(mask=lambda scores, allowed: np.where(allowed, -np.inf, scores)),
        ),
        Wrong(
            "mask ignored",
            "Without a mask it is right; keys that may not be seen still get their share.",
            _attention_with(mask=lambda scores, allowed: scores),
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
            "softmax over the queries",
            "The weights add up to 1 over the queries; each query's weights are to add up to 1 over the keys.",
            _over_queries,
        ),
        Wrong(
            "overflow",
            "It is right until scores reach some hundreds; then both sides of the fraction are infinite.",
            _unstable_attention,
        ),
    ),
    also_right=(_attention_by_definition, _one_query_at_a_time),
)
