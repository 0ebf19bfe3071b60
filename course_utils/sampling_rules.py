"""How the next token is drawn from a model's probabilities, and what the drawn text repeats or has copied.

Lecture: music_generation
"""

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from ._checks import sampling_rules as _checks


def temperature(probabilities: np.ndarray, t: float) -> np.ndarray:
    """Sharpen or flatten a distribution: ``q_i = p_i^(1/T) / Σ_j p_j^(1/T)``, as the softmax of logits divided by T.

    Parameters
    ----------
    probabilities : ndarray, shape (tokens,), adds up to 1
    t : float, 0 or more
        1 changes nothing, 0 leaves the largest alone (the first of several), above 1 flattens.

    Returns
    -------
    ndarray, shape (tokens,), float64, adds up to 1

    Lecture: music_generation
    """
    p = _checks.distribution(probabilities).astype(np.float64)
    t = _checks.number(t, "t", at_least=0)
    if t == 0:
        q = np.zeros(len(p))
        q[np.argmax(p)] = 1.0
        return q
    with np.errstate(divide="ignore"):
        logits = np.log(p) / max(t, 1e-6)
    q = np.exp(logits - logits.max())
    return q / q.sum()


def top_k(probabilities: np.ndarray, k: int) -> np.ndarray:
    """Keep the k most likely tokens, ``q_i = p_i / Σ_kept p``, and draw no other; of equals the first.

    Parameters
    ----------
    probabilities : ndarray, shape (tokens,), adds up to 1
    k : int, 1 or more
        More than there are tokens keeps all.

    Returns
    -------
    ndarray, shape (tokens,), float64, adds up to 1

    Source: Fan, Lewis & Dauphin 2018, "Hierarchical Neural Story Generation".
    Lecture: music_generation
    """
    p, k = _checks.distribution(probabilities).astype(np.float64), _checks.count(k, "k")
    kept = np.argsort(-p, kind="stable")[:k]
    q = np.zeros(len(p))
    q[kept] = p[kept]
    return q / q.sum()


def nucleus(probabilities: np.ndarray, p: float) -> np.ndarray:
    """Keep the fewest tokens whose probabilities, from the largest on, add up to at least p: the nucleus, or top-p.

    The token that crosses p is kept, so that the largest always is.

    Parameters
    ----------
    probabilities : ndarray, shape (tokens,), adds up to 1
    p : float, 0…1
        1 keeps every token that has a probability.

    Returns
    -------
    ndarray, shape (tokens,), float64, adds up to 1

    Source: Holtzman et al. 2020, "The Curious Case of Neural Text Degeneration".
    Lecture: music_generation
    """
    all_p, p = _checks.distribution(probabilities).astype(np.float64), _checks.number(p, "p", at_least=0, at_most=1)
    order = np.argsort(-all_p, kind="stable")
    before = np.cumsum(all_p[order]) - all_p[order]  # what the likelier ones have together
    kept = order[(before < p) | (np.arange(len(order)) == 0)]
    q = np.zeros(len(all_p))
    q[kept] = all_p[kept]
    return q / q.sum()


def draw_token(probabilities: np.ndarray, rng: np.random.Generator) -> int:
    """Draw a token: the first whose cumulated probability exceeds a number drawn evenly from 0…1.

    Parameters
    ----------
    probabilities : ndarray, shape (tokens,), adds up to 1
    rng : numpy.random.Generator

    Returns
    -------
    int

    Lecture: music_generation
    """
    p = _checks.distribution(probabilities).astype(np.float64)
    cumulated = np.cumsum(p)
    token = int(np.searchsorted(cumulated, _checks.generator(rng).random() * cumulated[-1], side="right"))
    return min(token, int(np.flatnonzero(p)[-1]))


def generate(
    next_probabilities: Callable[[list[int]], np.ndarray],
    rng: np.random.Generator,
    *,
    start: Sequence[int] = (0,),
    rule: Callable[[np.ndarray], np.ndarray] | None = None,
    longest: int = 200,
) -> list[int]:
    """Continue a piece token by token until a 0 is drawn: ``t_k ~ rule(P(· | t_<k))``.

    Parameters
    ----------
    next_probabilities : function
        Of a list of tokens, an array for the one that follows.
    rng : numpy.random.Generator
    start : sequence of int
        What is there already, from the 0 that begins a piece on.
    rule : function, optional
        What is done to the probabilities before a token is drawn, as ``lambda p: nucleus(temperature(p, 0.9), 0.95)``.
    longest : int
        Tokens in all, if no 0 comes before.

    Returns
    -------
    list of int
        Ends with 0 unless it ran to ``longest``.

    Lecture: music_generation
    """
    model, longest = _checks.callable_model(next_probabilities), _checks.count(longest, "longest", maximum=100_000)
    piece, rng = _checks.started(start), _checks.generator(rng)
    rule = _checks.rule(rule)
    while len(piece) < longest:
        piece.append(draw_token(rule(model(list(piece))), rng))
        if piece[-1] == 0:
            break
    return piece


def repeated_ngrams(piece: Sequence[int], n: int = 4) -> float:
    """The share of a piece's n-grams that have stood in it before: ``1 − different / all``.

    Parameters
    ----------
    piece : sequence of int
    n : int

    Returns
    -------
    float, 0…1
        0 for a piece shorter than n.

    Lecture: music_generation
    """
    piece, n = _checks.row(piece, "piece"), _checks.count(n, "n", maximum=1000)
    grams = [tuple(piece[k : k + n]) for k in range(len(piece) - n + 1)]
    return 1 - len(set(grams)) / len(grams) if grams else 0.0


def longest_copied_run(piece: Sequence[int], pieces: Iterable[Sequence[int]]) -> int:
    """The longest run of tokens that a piece shares with any of the others, zeros left out.

    Parameters
    ----------
    piece : sequence of int
    pieces : iterable of sequences of int
        What it may have been copied from.

    Returns
    -------
    int, tokens

    Lecture: music_generation
    """
    piece, longest = [token for token in _checks.row(piece, "piece") if token], 0
    for other in _checks.rows(pieces, "pieces"):
        others = np.array([token for token in other if token])
        run = np.zeros(len(others) + 1, dtype=int)  # how long the run is that ends at each place of the other
        for token in piece:
            run[1:] = np.where(others == token, run[:-1] + 1, 0)
            longest = max(longest, int(run.max()))
    return longest
