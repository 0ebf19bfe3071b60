"""Models that count: what followed the last few tokens, and how to share probability with what never did.

A piece is a list of tokens that begins and ends with 0. Every model gives each of ``n_tokens`` tokens a probability
above zero after any history. Lecture: music_generation
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

import numpy as np

from ._checks import ngrams as _checks

SMOOTHINGS = ("add one", "Witten-Bell", "Kneser-Ney")


class NGram:
    """Probabilities of the next token given the last ``order − 1``.

    With c the count of a history h followed by token t, c(h·) its sum, and n₊ the number of different tokens behind it:

    - *add one*: ``(c + 1) / (c(h·) + V)``, and the shorter history where h was never seen;
    - *Witten–Bell*: ``(c + n₊ p(t | shorter h)) / (c(h·) + n₊)``: what never followed gets as much as there were
      surprises;
    - *Kneser–Ney*: ``(max(c − D, 0) + D n₊ p(t | shorter h)) / c(h·)``, where for the shorter histories c counts in how
      many different contexts h t has stood, and ``D = n₁ / (n₁ + 2 n₂)``, n₁ and n₂ the numbers of pairs seen once and
      twice.

    Below the shortest history stands ``1 / V``.

    Parameters
    ----------
    pieces : sequence of sequences of int
        Each begins and ends with 0.
    order : int, 1…12
        3 looks at two tokens.
    smoothing : {"add one", "Witten-Bell", "Kneser-Ney"}
    n_tokens : int
        V, the size of the vocabulary.

    Source: Witten & Bell 1991, IEEE Transactions on Information Theory 37(4), method C; Kneser & Ney 1995, ICASSP;
    Chen & Goodman 1999, Computer Speech and Language 13(4), for both as interpolated models.
    Lecture: music_generation
    """

    def __init__(
        self, pieces: Sequence[Sequence[int]], order: int = 3, *, smoothing: str = "Kneser-Ney", n_tokens: int = 302
    ):
        self.n_tokens = _checks.count(n_tokens, "n_tokens", minimum=2, maximum=100_000)
        self.order = _checks.count(order, "order", maximum=12)
        self.smoothing = _checks.choice(smoothing, "smoothing", SMOOTHINGS)
        pieces = _checks.pieces(pieces, self.n_tokens)
        self.followers = [self._counted(pieces, length) for length in range(self.order)]  # by length of the history
        if self.smoothing == "Kneser-Ney":
            shorter = [self._contexts(*tables) for tables in zip(self.followers, self.followers[1:], strict=False)]
            self.followers = [*shorter, self.followers[-1]]
        self.discounts = [_discount(table) for table in self.followers]

    def _counted(self, pieces: list[list[int]], length: int) -> dict[tuple, Counter]:
        """Of each history of ``length`` tokens, how often each token followed; nothing stands before the first 0."""
        table = defaultdict(Counter)
        for piece in pieces:
            for k in range(1, len(piece)):
                if k >= length:
                    table[tuple(piece[k - length : k])][piece[k]] += 1
        return dict(table)

    def _contexts(self, own: dict[tuple, Counter], longer: dict[tuple, Counter]) -> dict[tuple, Counter]:
        """In how many contexts a token stood behind a history; behind the first 0, which has none, how often."""
        table = defaultdict(Counter, {history: followers for history, followers in own.items() if history[:1] == (0,)})
        for history, followers in longer.items():
            for token in followers:
                table[history[1:]][token] += 1
        return dict(table)

    def next_probabilities(self, history: Sequence[int]) -> np.ndarray:
        """P(token | history), the last ``order − 1`` tokens of which count.

        Parameters
        ----------
        history : sequence of int
            From the beginning of a piece on, so that it begins with 0.

        Returns
        -------
        ndarray, shape (n_tokens,), adds up to 1

        Lecture: music_generation
        """
        history = _checks.tokens(history, self.n_tokens, "history")
        p = np.full(self.n_tokens, 1 / self.n_tokens)
        for length in range(min(self.order - 1, len(history)) + 1):
            followers = self.followers[length].get(tuple(history[len(history) - length :]))
            if followers:
                p = self._mixed(followers, p, self.discounts[length])
        return p

    def _mixed(self, followers: Counter, shorter: np.ndarray, discount: float) -> np.ndarray:
        """The estimate of one history, with that of the next shorter one."""
        tokens, counts = list(followers), np.array(list(followers.values()), dtype=np.float64)
        n_all, n_kinds = counts.sum(), len(tokens)
        if self.smoothing == "add one":
            p = np.full(self.n_tokens, 1 / (n_all + self.n_tokens))
            p[tokens] = (counts + 1) / (n_all + self.n_tokens)
        elif self.smoothing == "Witten-Bell":
            p = n_kinds * shorter / (n_all + n_kinds)
            p[tokens] += counts / (n_all + n_kinds)
        else:
            p = discount * n_kinds * shorter / n_all
            p[tokens] += np.maximum(counts - discount, 0) / n_all
        return p


def _discount(table: dict[tuple, Counter]) -> float:
    """``D = n₁ / (n₁ + 2 n₂)``; 0.5 where nothing was seen once."""
    seen = Counter(count for followers in table.values() for count in followers.values())
    return seen[1] / (seen[1] + 2 * seen[2]) if seen[1] else 0.5


def perplexity(
    next_probabilities: Callable[[list[int]], np.ndarray], pieces: Sequence[Sequence[int]], *, n_tokens: int = 302
) -> float:
    """How many equally likely tokens a model hesitates between: ``2^(−Σ log₂ p(t_k | t_<k) / N)``.

    The sum runs over all tokens but the 0 that begins a piece; the 0 that ends it is one of the N.

    Parameters
    ----------
    next_probabilities : function
        Of a list of tokens, an array (n_tokens,) for the one that follows.
    pieces : sequence of sequences of int
    n_tokens : int

    Returns
    -------
    float, 1 or more
        ∞ where something happens that had the probability 0.

    Source: Jelinek et al. 1977, "Perplexity — a measure of the difficulty of speech recognition tasks".
    Lecture: music_generation
    """
    n_tokens = _checks.count(n_tokens, "n_tokens", minimum=2, maximum=100_000)
    model, bits, n_counted = _checks.callable_model(next_probabilities), 0.0, 0
    for piece in _checks.pieces(pieces, n_tokens):
        for k in range(1, len(piece)):
            p = float(_checks.distribution(model(piece[:k]), n_tokens)[piece[k]])
            bits -= math.log2(p) if p > 0 else -math.inf
            n_counted += 1
    return 2 ** (bits / n_counted)
