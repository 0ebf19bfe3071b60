import math

import numpy as np

from ...practice.model import Case, Exercise, Function, Wrong, case


def _step_by_definition(vectors, keys, values, *, positions, w_query, w_key, w_value):
    def times(row, matrix):
        return [math.fsum(row[n] * matrix[n][c] for n in range(len(row))) for c in range(len(matrix[0]))]

    keys, values, outputs = [list(row) for row in keys], [list(row) for row in values], []
    for vector in vectors:
        placed = [a + b for a, b in zip(vector, positions[len(keys)], strict=True)]
        query = times(placed, w_query)
        keys.append(times(placed, w_key))
        values.append(times(placed, w_value))
        scores = [math.fsum(a * b for a, b in zip(query, key, strict=True)) / math.sqrt(len(query)) for key in keys]
        shares = [math.exp(score - max(scores)) for score in scores]
        total = math.fsum(shares)
        outputs.append(
            [math.fsum(s * v[c] for s, v in zip(shares, values, strict=True)) / total for c in range(len(values[0]))]
        )
    return np.array(outputs), np.array(keys), np.array(values)


def _weights(rng, width, n_key, n_value):
    return {
        "positions": rng.standard_normal((12, width)),
        "w_query": rng.standard_normal((width, n_key)),
        "w_key": rng.standard_normal((width, n_key)),
        "w_value": rng.standard_normal((width, n_value)),
    }


def _steps() -> list[Case]:
    rng = np.random.default_rng(5)
    weights = _weights(rng, width=3, n_key=4, n_value=2)
    tokens = rng.standard_normal((8, 3))
    nothing = np.zeros((0, 4)), np.zeros((0, 2))

    def after(n):
        return _step_by_definition(tokens[:n], *nothing, **weights)[1:]

    by_hand = {
        "positions": np.array([[100.0], [10.0], [1.0]]),
        "w_query": np.array([[0.0]]),
        "w_key": np.array([[1.0]]),
        "w_value": np.array([[2.0]]),
    }
    held = np.array([[7.0], [8.0]]), np.array([[3.0], [6.0]])
    loud = weights | {"w_query": 1000 * weights["w_query"]}
    return [
        case(
            np.array([[5.0]]),
            *held,
            **by_hand,
            says="a third token, worked by hand",
            gives=(np.array([[7.0]]), np.array([[7.0], [8], [6]]), np.array([[3.0], [6], [12]])),
        ),
        case(tokens[:1], *nothing, **weights, says="the first token"),
        case(tokens[1:2], *after(1), **weights, says="the second token"),
        case(tokens[5:6], *after(5), **weights, says="the sixth token"),
        case(tokens, *nothing, **weights, says="eight tokens at once"),
        case(tokens[:3], *nothing, **weights, says="three tokens at once"),
        case(tokens[3:5], *after(3), **weights, says="two tokens after three"),
        case(tokens[2:8], *after(2), **weights, says="six tokens after two"),
        case(tokens[:4], *nothing, **loud, says="scores of some thousands"),
        case(tokens[5:6], *after(5), **loud, says="one row of scores of some thousands"),
    ]


def step_with_cache(vectors, keys, values, *, positions, w_query, w_key, w_value):
    n, n_held = len(vectors), len(keys)
    placed = vectors + positions[n_held : n_held + n]
    keys, values = np.concatenate([keys, placed @ w_key]), np.concatenate([values, placed @ w_value])
    scores = placed @ w_query @ keys.T / np.sqrt(w_query.shape[1])
    scores = np.where(np.tri(n, n_held + n, n_held, dtype=bool), scores, -np.inf)
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers @ values / powers.sum(axis=1, keepdims=True), keys, values


def _step_with(
    place=lambda n_held, n: np.arange(n_held, n_held + n),
    mask=lambda n_held, n: np.tri(n, n_held + n, n_held, dtype=bool),
    join=lambda held, new: np.concatenate([held, new]),
    seen=lambda joined, held, new: joined,
    scale=lambda width, d: np.sqrt(d),
    placed_for="qkv",
    highest=lambda scores: scores.max(axis=1, keepdims=True),
):
    """A step whose parts may be wrong: where it stands, what it may see, how the cache grows, what is looked at."""

    def step(vectors, keys, values, *, positions, w_query, w_key, w_value):
        n, n_held = len(vectors), len(keys)
        placed = vectors + positions[np.minimum(place(n_held, n), len(positions) - 1)]
        rows = {name: placed if name in placed_for else vectors for name in "qkv"}
        new = rows["k"] @ w_key, rows["v"] @ w_value
        grown = join(keys, new[0]), join(values, new[1])
        looked = seen(grown[0], keys, new[0]), seen(grown[1], values, new[1])
        scores = rows["q"] @ w_query @ looked[0].T / scale(*w_query.shape)
        allowed = mask(len(looked[0]) - n, n) if len(looked[0]) >= n else np.ones(scores.shape, bool)
        with np.errstate(all="ignore"):
            scores = np.where(allowed, scores, -np.inf)
            powers = np.exp(scores - highest(scores))
            return powers @ looked[1] / powers.sum(axis=1, keepdims=True), *grown

    return step


def _mask_multiplied(vectors, keys, values, *, positions, w_query, w_key, w_value):
    """The exponentials as they are, times a mask of 0 and 1: infinity times 0 is NaN."""
    n, n_held = len(vectors), len(keys)
    placed = vectors + positions[n_held : n_held + n]
    keys, values = np.concatenate([keys, placed @ w_key]), np.concatenate([values, placed @ w_value])
    with np.errstate(all="ignore"):
        powers = np.exp(placed @ w_query @ keys.T / np.sqrt(w_query.shape[1])) * np.tri(n, n_held + n, n_held)
        return powers @ values / powers.sum(axis=1, keepdims=True), keys, values


def _one_by_one(vectors, keys, values, **weights):
    outputs = []
    for vector in vectors:
        output, keys, values = step_with_cache(vector[np.newaxis], keys, values, **weights)
        outputs.append(output[0])
    return np.array(outputs), keys, values


def _only_new(vectors, keys, values, **weights):
    outputs, grown_keys, grown_values = step_with_cache(vectors, keys, values, **weights)
    return outputs, grown_keys[len(keys) :], grown_values[len(values) :]


def _not_grown(vectors, keys, values, **weights):
    return step_with_cache(vectors, keys, values, **weights)[0], keys, values


def _last_output(vectors, keys, values, **weights):
    outputs, *grown = step_with_cache(vectors, keys, values, **weights)
    return outputs[-1:], *grown


EXERCISE = Exercise(
    title="where does a new token stand?",
    stars=2,
    kind="repair",
    task=r"""
A decoder that writes one token at a time need not compute the keys and values of the earlier tokens again: it keeps them in a **cache**. The published step is right when all tokens come at once, and wrong when they come one by one: every new token stands at position 0.

**Mend it**, so that tokens one at a time, in pieces, or all at once give the same. `vectors` `(n, width)` are the new tokens. `keys` `(m, d)` and `values` `(m, c)` are the cache, which may be empty (m = 0). The result is a tuple: the outputs `(n, c)`, the keys `(m + n, d)` and the values `(m + n, c)`, with the new ones behind the old. The cache that came in stays as it is.

The token that follows m others stands at position m: its row of `positions` `(longest, width)` is added before the three projections. A token may look at all in the cache, at the new ones before it, and at itself. Scores are divided by $\sqrt d$, and some reach thousands.
""",
    given='''import numpy as np


def published_step(vectors, keys, values, *, positions, w_query, w_key, w_value):
    """As published: positions are counted from the first of the new tokens."""
    n, m = len(vectors), len(keys)
    placed = vectors + positions[:n]
    keys = np.concatenate([keys, placed @ w_key])
    values = np.concatenate([values, placed @ w_value])
    scores = placed @ w_query @ keys.T / np.sqrt(w_query.shape[1])
    scores = np.where(np.tri(n, m + n, m, dtype=bool), scores, -np.inf)
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers @ values / powers.sum(axis=1, keepdims=True), keys, values

# %%
rng = np.random.default_rng(0)
weights = {name: rng.standard_normal((3, 3)) for name in ("w_query", "w_key", "w_value")}
weights["positions"] = rng.standard_normal((5, 3))
tokens, cache = rng.standard_normal((4, 3)), (np.zeros((0, 3)), np.zeros((0, 3)))
at_once = published_step(tokens, *cache, **weights)[0]
for n, token in enumerate(tokens):
    output, *cache = published_step(token[np.newaxis], *cache, **weights)
    print(f"token {n}: all at once {at_once[n].round(2)}, one at a time {output[0].round(2)}")''',
    form="Tokens (n, width), cached keys (m, d), values (m, c); a tuple: outputs, keys, values.",
    answer="step_with_cache",
    spec=Function(cases=_steps, expected=_step_by_definition),
    reference=step_with_cache,
    hints=(
        "The cell above agrees for token 0 and for no other. Which line of the step does not know how many came before?",
        "The cache knows: it holds one row for each token that came before.",
        "With m = `len(keys)`, counted before the new keys are added, the first new token stands at position m, and n of them "
        "fill the positions up to m + n − 1.",
    ),
    wrongs=(
        Wrong(
            "always from position 0",
            "The first of the new tokens stands at position 0, whatever the cache holds. That is the published bug: right with an "
            "empty cache only.",
            _step_with(place=lambda n_held, n: np.arange(n)),
        ),
        Wrong(
            "one position too late",
            "With m tokens in the cache the first new one stands at position m; here it stands at m + 1. The very first token "
            "stands at position 0.",
            _step_with(place=lambda n_held, n: np.arange(n_held, n_held + n) + 1),
        ),
        Wrong(
            "one position too early",
            "With m tokens in the cache, which stand at positions 0 to m − 1, the first new one stands at m; here it stands one "
            "place earlier.",
            (
                _step_with(place=lambda n_held, n: np.maximum(np.arange(n_held, n_held + n) - 1, 0)),
                _step_with(place=lambda n_held, n: max(n_held - 1, 0) + np.arange(n)),
            ),
        ),
        Wrong(
            "one position for all",
            "All new tokens stand at one position. It is right for one token at a time; of several, each stands one place further.",
            (
                _step_with(place=lambda n_held, n: np.full(n, n_held)),
                _step_with(place=lambda n_held, n: np.full(n, n_held + n - 1)),
            ),
        ),
        Wrong(
            "no positions",
            "No position is added: the decoder cannot tell the order of the tokens before it.",
            _step_with(placed_for=""),
        ),
        Wrong(
            "positions for some",
            "The position reaches some of query, key and value only: it is added to the token before all three projections.",
            tuple(_step_with(placed_for=names) for names in ("q", "k", "v", "qk", "qv", "kv")),
        ),
        Wrong(
            "mask without the cache",
            "New token i may look at the keys 0 to i of all: the mask does not count what the cache holds. It may look at the m in "
            "the cache, too, that is at m + i + 1.",
            _step_with(mask=lambda n_held, n: np.tri(n, n_held + n, dtype=bool)),
        ),
        Wrong(
            "it looks ahead",
            "A new token looks at new tokens after it. One at a time that cannot be, so several at once give something else.",
            (
                _step_with(mask=lambda n_held, n: np.ones((n, n_held + n), bool)),
                _step_with(mask=lambda n_held, n: np.tri(n, n_held + n, n_held + 1, dtype=bool)),
            ),
        ),
        Wrong(
            "not at itself",
            "A token does not look at itself: its own key and value are added first, and it may look at them.",
            (
                _step_with(mask=lambda n_held, n: np.tri(n, n_held + n, n_held - 1, dtype=bool)),
                lambda vectors, keys, values, **weights: _step_with(
                    mask=lambda n_held, n: np.tri(n, n_held + n, n_held - 1 if n_held + n > 1 else 0, dtype=bool)
                )(vectors, keys, values, **weights),
            ),
        ),
        Wrong(
            "only the new ones are seen",
            "The new tokens look at each other, and not at what the cache holds.",
            _step_with(seen=lambda joined, held, new: new),
        ),
        Wrong(
            "new before old",
            "The new keys and values stand before the old ones: they belong after them, in the order in which they came.",
            (
                _step_with(join=lambda held, new: np.concatenate([new, held])),
                lambda vectors, keys, values, **weights: (
                    (found := step_with_cache(vectors, keys, values, **weights))[0],
                    *(np.roll(part, len(vectors), axis=0) for part in found[1:]),
                ),
            ),
        ),
        Wrong(
            "only the new ones returned",
            "The outputs are right. Keys and values are only the new ones: the next step needs the old ones, too.",
            _only_new,
        ),
        Wrong(
            "the cache does not grow",
            "The outputs are right. The keys and values that come back are those that came in: the next step would not see these tokens.",
            _not_grown,
        ),
        Wrong(
            "only the last output",
            "Only the output of the last token comes back: each new token has one.",
            _last_output,
        ),
        Wrong(
            "another scale",
            "The scores are not divided by √d, the root of the width of a key.",
            (_step_with(scale=lambda width, d: 1.0), _step_with(scale=lambda width, d: d)),
        ),
        Wrong(
            "root of the width",
            "The scores are divided by the root of the width of a token, and d is the width of a key.",
            _step_with(scale=lambda width, d: np.sqrt(width)),
        ),
        Wrong(
            "one largest score for all rows",
            "One largest score is subtracted from all rows, and a row whose own scores lie far below it becomes 0/0: each row needs "
            "the largest of its own.",
            (
                _step_with(highest=lambda scores: scores.max()),
                lambda vectors, keys, values, **weights: (
                    (found := _step_with(highest=lambda scores: scores.max())(vectors, keys, values, **weights))
                    and (np.nan_to_num(found[0]), *found[1:])
                ),
            ),
        ),
        Wrong(
            "overflow",
            "It is right for small scores. For scores of some thousands the exponential is infinite: subtract the largest one first.",
            (_step_with(highest=lambda scores: 0.0), _mask_multiplied),
        ),
    ),
    after="A position that is off raises no error, so the test of a cache is that one token at a time, in pieces, and all at once "
    "give the same numbers.",
    also_right=(_step_by_definition, _one_by_one),
)
