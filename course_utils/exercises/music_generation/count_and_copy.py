from functools import cache

import numpy as np

from ...practice.model import Design, Exercise, Property, Wrong

N_TRAIN, N_TEST, N_TOKENS = 300, 12, 302
MOST = 12.0


@cache
def composed_pieces(split: str) -> list[list[int]]:
    """Tunes A A B A of the lecture's composer as tokens, each from a 0 to a 0."""
    from ... import composer, melody_tokens

    rng = np.random.default_rng({"train": 16, "test": 17}[split])
    n = {"train": N_TRAIN, "test": N_TEST}[split]
    return [melody_tokens.encode(composer.compose(rng), tonic=composer.TONIC) for _ in range(n)]


def _rows(answer):
    """What an answer says before each token of the test."""
    return [
        (np.asarray(answer(list(piece[:k])), float), piece[k])
        for piece in composed_pieces("test")
        for k in range(1, len(piece))
    ]


def _no_probabilities(answer):
    for history in ([0], composed_pieces("test")[0][:9], composed_pieces("test")[1][:-1]):
        p = np.asarray(answer(list(history)), float)
        if p.shape != (N_TOKENS,):
            return f"{N_TOKENS} numbers are asked for, one for each token; this has the shape {p.shape}."
        if np.isfinite(p).all() and abs(p.sum() - 1) > 1e-6:
            return f"The probabilities must add up to 1; after {len(history)} tokens they add up to {p.sum():.4g}."
    return None


def _negative(answer):
    for p, _ in [(np.asarray(answer([0]), float), 0), *_rows(answer)]:
        if p.shape != (N_TOKENS,) or not np.isfinite(p).all() or (p < 0).any() or abs(p.sum() - 1) > 1e-6:
            return "Probabilities are finite, none is below 0, and they add up to 1 after every history of the test."
    return None


def _impossible(answer):
    n_zero = sum(p[token] <= 0 for p, token in _rows(answer))
    if n_zero:
        return (
            f"{n_zero} tokens of the test have the probability 0, so that its perplexity is infinite. Give every token a little: "
            "mix in equal shares, or smooth."
        )
    return None


def _score(answer):
    return float(2 ** np.mean([-np.log2(max(p[token], 1e-300)) for p, token in _rows(answer)]))


def _too_much(answer):
    found = _score(answer)
    if found > MOST:
        return (
            f"The perplexity of {N_TEST} new tunes is {found:.1f}, and {MOST:g} at most is asked for. Counting pairs gives about 18: "
            "what else is known? The form is A A B A, and much of a tune has been there before."
        )
    return None


def _counted(length: int) -> dict:
    table = {}
    for piece in composed_pieces("train"):
        for k in range(1, len(piece)):
            row = table.setdefault(tuple(piece[max(0, k - length) : k]), np.zeros(N_TOKENS))
            row[piece[k]] += 1
    return table


@cache
def _tables():
    return [_counted(length) for length in (0, 1, 2)]


def _witten_bell(history, tables):
    p = np.full(N_TOKENS, 1 / N_TOKENS)
    for length, table in enumerate(tables):
        row = table.get(tuple(history[max(0, len(history) - length) :])) if length else table.get(())
        if row is not None:
            n, kinds = row.sum(), np.count_nonzero(row)
            p = (row + kinds * p) / (n + kinds)
    return p


def _copied(history, least=2):
    """What came behind earlier copies of the longest end of the history that has been there, and how long that is."""
    for length in range(min(12, len(history) - 1), least - 1, -1):
        end = history[-length:]
        places = [k for k in range(len(history) - length) if history[k : k + length] == end]
        if places:
            return [history[k + length] for k in places], length
    return [], 0


def _model(weight):
    def next_probabilities(history):
        p = _witten_bell(history, _tables())
        followers, length = _copied(history)
        if followers:
            share = weight(length)
            p = (1 - share) * p
            for token in followers:
                p[token] += share / len(followers)
        return p

    return next_probabilities


def next_probabilities():
    def mixed(history):
        p = _witten_bell(history, _tables())  # counts of up to two tokens before
        followers, length = _copied(history)  # what came where the last tokens have been before
        if not followers:
            return p
        copy = np.bincount(followers, minlength=N_TOKENS) / len(followers)
        share = 0.9 if length > 2 else 0.6
        return (1 - share) * p + share * copy

    return mixed


def _unigram(history):
    return _witten_bell(history, _tables()[:1])


def _bigram(history):
    return _witten_bell(history, _tables()[:2])


def _greedy_copy(history):
    """Sure of the copy: what is new then has no probability."""
    followers, _ = _copied(history)
    if followers:
        return np.eye(N_TOKENS)[followers[-1]]
    return _bigram(history)


EXERCISE = Exercise(
    title="count and copy",
    stars=3,
    kind="design",
    task=f"""
Counting alone cannot remember, and an LSTM of the lecture did not learn to. But a model may be built of two parts: one counts what follows what, the other looks whether the last notes have been there before in this tune, and expects what came then.

**Write `next_probabilities(history)`** for the composer's tunes. `history` is a list of tokens from the 0 that begins a tune; the result holds {N_TOKENS} probabilities for the next token, adding up to 1, none of which is 0 for what may come. It is judged by the **perplexity** of {N_TEST} new tunes: {MOST:g} at most. Whoever knows all rules and forgets A has 7.5, whoever remembers it 2.7. All calls together may take 20 s.
""",
    given="""import numpy as np

from course_utils.exercises.music_generation import composed_pieces

pieces = composed_pieces("train")  # 300 tunes of the form A A B A
followers = {}
for piece in pieces:
    for before, token in zip(piece, piece[1:], strict=False):
        followers.setdefault(before, np.zeros(302))[token] += 1
print("a tune:", *pieces[0])""",
    form="Tokens from a 0 on; probabilities (302,) of the next.",
    start="""### BEGIN SOLUTION
def next_probabilities(history):
    raise NotImplementedError
### END SOLUTION""",
    answer="next_probabilities",
    spec=Design(
        properties=(
            Property("no probabilities", _no_probabilities),
            Property("negative", _negative),
            Property("impossible", _impossible),
            Property("too uncertain", _too_much),
        ),
        score=_score,
        unit="perplexity of new tunes",
        best=6.0,
        promised_s=20.0,
    ),
    reference=next_probabilities,
    hints=(
        "Begin with counts of pairs, smoothed so that nothing has the probability 0. Then measure on tunes of your own: keep some of the 300 apart.",
        "Search the history for earlier places of its last two notes. What came behind them is a good guess; the longer the match, the better.",
        "Mix: (1 − w) · counted + w · copied, where w is 0.6 for a match of two tokens and 0.9 for a longer one.",
    ),
    wrongs=(
        Wrong("no probabilities", "", (lambda: lambda history: np.ones(N_TOKENS), lambda: lambda history: np.zeros(5))),
        Wrong("negative", "", lambda: lambda history: np.r_[-1.0, 2.0, np.zeros(N_TOKENS - 2)]),
        Wrong("impossible", "", (lambda: _greedy_copy, lambda: lambda history: np.eye(N_TOKENS)[history[-1]])),
        Wrong(
            "too uncertain",
            "",
            (lambda: _unigram, lambda: _bigram, lambda: lambda history: np.full(N_TOKENS, 1 / N_TOKENS)),
        ),
    ),
    after="A cache beside an n-gram was how speech recognisers followed a topic in the 1990s; attention learned to do the same by itself.",
    also_right=(
        lambda: _model(lambda length: 1 - 0.55**length),
        lambda: _model(lambda length: min(0.97, 0.3 * length)),
    ),
)
