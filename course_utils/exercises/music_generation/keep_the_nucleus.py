import numpy as np

from ...practice.model import Case, Exercise, Function, Wrong, case


def _by_definition(p, at_least):
    """From the most probable on, tokens are taken until they have at least ``at_least`` together."""
    p = [float(value) for value in p]
    left, kept, total = list(range(len(p))), [], 0.0
    while left:
        best = max(left, key=lambda token: (p[token], -token))
        left.remove(best)
        kept.append(best)
        total += p[best]
        if total >= at_least:
            break
    return np.array([value / total if token in kept else 0.0 for token, value in enumerate(p)])


def nucleus_of(p, at_least):
    p = np.asarray(p, float)
    order = np.argsort(-p, kind="stable")
    before = np.cumsum(p[order]) - p[order]
    kept = order[before < at_least]
    q = np.zeros(len(p))
    q[kept] = p[kept]
    return q / q.sum()


def _by_count(p, at_least):
    p = np.asarray(p, float)
    order = np.argsort(-p, kind="stable")
    n = int(np.searchsorted(np.cumsum(p[order]), at_least, side="left")) + 1
    q = np.zeros_like(p)
    q[order[:n]] = p[order[:n]] / p[order[:n]].sum()
    return list(q)


def _cases() -> list[Case]:
    rng = np.random.default_rng(16)
    found = [
        case(np.array([0.02, 0.95, 0.03]), 0.9, says="a model that is sure", gives=[0, 1, 0]),
        case(
            np.array([0.5, 0.25, 0.125, 0.125]), 0.6, says="a sum that jumps over the line", gives=[2 / 3, 1 / 3, 0, 0]
        ),
        case(np.array([0.125, 0.125, 0.25, 0.5]), 0.7, says="the most probable token last", gives=[0, 0, 1 / 3, 2 / 3]),
        case(np.array([0.5, 0.25, 0.25]), 1.0, says="all of it"),
        case(np.array([0.5, 0.25, 0.25]), 0.5, says="a line that the first token reaches exactly", gives=[1, 0, 0]),
        case(
            np.array([0.25, 0.5, 0.25]),
            0.75,
            says="two equal tokens, of which the first is enough",
            gives=[1 / 3, 2 / 3, 0],
        ),
        case(np.array([1.0]), 0.3, says="one token", gives=[1.0]),
        case(np.array([0.25, 0.5, 0.25]), 0.05, says="a line near 0", gives=[0, 1, 0]),
    ]
    for n, at_least in ((5, 0.5), (20, 0.9), (50, 0.8), (50, 0.95), (7, 0.33), (100, 0.99)):
        found.append(case(rng.dirichlet(np.full(n, 0.4)), at_least, says=f"{n} tokens and {at_least}"))
    return found


def _with(keep=lambda sums, p, line: sums - p < line, scaled=True, back=True):
    def answer(p, at_least):
        p = np.asarray(p, float)
        order = np.argsort(-p, kind="stable")
        kept = order[keep(np.cumsum(p[order]), p[order], at_least)]
        q = np.zeros(len(p))
        q[kept] = p[kept]
        if scaled and q.sum() > 0:
            q = q / q.sum()
        return q if back else q[order]

    return answer


def _rare_end(p, at_least):
    p = np.asarray(p, float)
    order = np.argsort(p, kind="stable")
    kept = order[np.cumsum(p[order]) - p[order] < at_least]
    q = np.zeros(len(p))
    q[kept] = p[kept]
    return q / q.sum()


EXERCISE = Exercise(
    title="keep the nucleus",
    stars=2,
    kind="repair",
    task="""
Published code for nucleus sampling removes every token whose cumulated probability exceeds the line. Where the model is sure, that is all of them.

**Mend it.** `p` holds probabilities that add up to 1. Take tokens from the most probable on **until they have at least `at_least` together**; the one that crosses the line belongs to them. The result has the shape and the order of `p`: the kept probabilities, divided by their sum, and 0 for the rest. `at_least` lies above 0, and is 1 at most.
""",
    given='''import numpy as np


def published(p, at_least):
    """As published."""
    order = np.argsort(p)[::-1]
    remove = np.cumsum(p[order]) > at_least
    q = p.copy()
    q[order[remove]] = 0
    return q / q.sum()


with np.errstate(all="ignore"):
    print("unsure:", published(np.array([0.4, 0.3, 0.2, 0.1]), 0.65))
    print("sure:  ", published(np.array([0.02, 0.95, 0.03]), 0.9))''',
    form="Probabilities (tokens,), a line above 0; probabilities (tokens,).",
    answer="nucleus_of",
    spec=Function(cases=_cases, expected=_by_definition),
    reference=nucleus_of,
    hints=(
        "A token belongs to the nucleus if those *before* it have not reached the line yet.",
        "The sum of those before it is `np.cumsum(p[order]) - p[order]`.",
        "Keep `order[before < at_least]`, put their probabilities at their own places in zeros, and divide by the sum.",
    ),
    wrongs=(
        Wrong(
            "as published",
            "The token that crosses the line is left out; where the first one crosses it, nothing is left.",
            _with(keep=lambda sums, p, line: sums <= line),
        ),
        Wrong(
            "below the line only",
            "Only what stays strictly below the line is kept: the token that reaches it belongs to the nucleus.",
            _with(keep=lambda sums, p, line: sums < line),
        ),
        Wrong(
            "a threshold for each",
            "Each probability is compared with the line by itself: it is their sum that counts.",
            _with(keep=lambda sums, p, line: p >= line),
        ),
        Wrong(
            "what is rare",
            "It keeps what lies beyond the line: the rare tokens and not the nucleus.",
            _with(keep=lambda sums, p, line: sums - p >= line),
        ),
        Wrong(
            "sorted",
            "The result stands in the order of the probabilities: each token must have its own place again.",
            _with(back=False),
        ),
        Wrong(
            "one too many",
            "It keeps one token more than it takes to reach the line.",
            _with(keep=lambda sums, p, line: np.concatenate([[True], (sums - p < line)[:-1]])),
        ),
        Wrong(
            "the best alone",
            "Only the most probable token is kept, whatever the line is: take more until they reach it.",
            lambda p, at_least: np.eye(len(p))[int(np.argmax(p))],
        ),
        Wrong(
            "all alike",
            "The kept tokens all get the same probability: they keep theirs, divided by their sum.",
            lambda p, at_least: (_by_definition(p, at_least) > 0) / np.sum(_by_definition(p, at_least) > 0),
        ),
        Wrong(
            "first half",
            "It keeps a share of the number of tokens: the line is a probability.",
            _with(keep=lambda sums, p, line: np.arange(len(p)) < max(1, round(line * len(p)))),
        ),
        Wrong(
            "from the rare end",
            "The tokens are taken from the least probable on.",
            _rare_end,
        ),
    ),
    after="Libraries shift the mask by one token for this; some also keep a smallest number of tokens, which helps where the model is too sure.",
    also_right=(_by_definition, _by_count),
)
