"""Decode CTC by the best text in place of the best path: prefix beam search, with bigrams and a length bonus.

The best path of a clip need not spell its best text, whose probability is shared among many paths. The search goes
through the frames once, keeps the texts that are best so far, and adds what meets in one text. Lecture: ctc
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch

from .._checks import beam_search as _checks


class Bigrams:
    """How probable a symbol is after another, counted in texts: ``p(s | r) = (n(r, s) + add) / (n(r) + add · S)``.

    n(r, s) counts the places where s follows r, n(r) those where anything does, and S is the number of symbols, which
    is the number of classes less the blank. The first symbol follows the start of the text. Its end is not counted:
    ``log_prob_of`` a text is the probability that a text *begins* like this, so every further symbol costs something,
    and ``length_bonus`` pays for it.

    Parameters
    ----------
    texts : sequence of sequences of int
        None of them holds the blank. Without texts all symbols are equally probable.
    n_classes : int
        The blank among them.
    add : float, above 0
        Counted for each pair beforehand, so that what was never seen is rare and not impossible; 1 is Laplace's rule.
    blank : int

    Attributes
    ----------
    table : array, shape (n_classes, n_classes)
        ``ln p``: the row is what stands before, that of the blank the start; the column of the blank is −∞.

    Jurafsky & Martin, Speech and Language Processing, chapter 3. Lecture: ctc
    """

    def __init__(self, texts: Sequence[Sequence[int]], n_classes: int, *, add: float = 1.0, blank: int = 0):
        self.n_classes, self.blank = _checks.vocabulary(n_classes, blank)
        add = _checks.number(add, "add", at_least=1e-9, at_most=1e9)
        counts = np.full((self.n_classes,) * 2, float(add))
        counts[:, self.blank] = 0
        for text in _checks.texts_of(texts, self.n_classes, self.blank):
            for before, symbol in zip([self.blank, *text], text, strict=False):
                counts[before, symbol] += 1
        with np.errstate(divide="ignore"):  # of the blank
            self.table = np.log(counts / counts.sum(axis=1, keepdims=True))

    def log_prob(self, symbol: int, before: int | None = None) -> float:
        """``ln p`` of a symbol after another; without ``before``, at the start of a text."""
        symbol = _checks.symbol_of(symbol, "symbol", self.n_classes, self.blank)
        if before is not None:
            before = _checks.symbol_of(before, "before", self.n_classes, self.blank)
        return float(self.table[self.blank if before is None else before, symbol])

    def log_prob_of(self, text: Sequence[int]) -> float:
        """``ln p`` of the beginning of a text: the sum over its symbols; 0 of the empty one."""
        text = _checks.text_of(text, self.n_classes, self.blank)
        return float(sum(self.table[pair] for pair in zip([self.blank, *text], text, strict=False)))


class Hypothesis(NamedTuple):
    """A text that a search has found."""

    text: list[int]
    log_prob: float  # ln of the probability of its paths; of those that were dropped on the way, nothing
    score: float  # what it was chosen by: log_prob, language model and length together


class _Beam(NamedTuple):
    """The texts that are kept after a frame, the best first, and the logarithms that go with each."""

    texts: list[tuple[int, ...]]
    ends_in_blank: np.ndarray  # all paths of the text whose last frame is the blank
    ends_in_symbol: np.ndarray  # and those whose last frame is its last symbol
    extra: np.ndarray  # what language model and length add to its score


def beam_search(
    log_probs: torch.Tensor,
    *,
    beam_width: int = 16,
    blank: int = 0,
    language_model: Bigrams | None = None,
    lm_weight: float = 0.0,
    length_bonus: float = 0.0,
    n_best: int = 1,
) -> list[Hypothesis]:
    """The texts with the largest ``ln p(text) + lm_weight · ln p_bigrams(text) + length_bonus · |text|``.

    Each text ℓ that is kept has two probabilities: of its paths that end in the blank, and of those that end in its
    last symbol. With the probabilities y of one more frame

    ``p_blank(ℓ) ← y_blank (p_blank + p_symbol)(ℓ)``, and ``p_symbol(ℓ) ← y_last p_symbol(ℓ)``;

    and a longer text ℓc receives ``y_c (p_blank + p_symbol)(ℓ)``, if c is the last symbol of ℓ only ``y_c p_blank(ℓ)``:
    without a blank between, the repeat would merge. What meets in one text is added, and the ``beam_width`` texts with
    the largest score go on. All is computed in logarithms.

    Parameters
    ----------
    log_probs : tensor, shape (classes, frames)
        ``log_softmax`` over the classes, of one clip without its padding.
    beam_width : int
        Texts kept after each frame. If it covers all that can be, the result is exact; narrower, the best text may
        fall off before its frames come, and a wider beam may even answer worse.
    blank : int
    language_model : Bigrams, optional
    lm_weight : float, 0…1000
    length_bonus : float, −1000…1000
        Nats for each symbol; the language model alone prefers short texts.
    n_best : int
        How many texts are wanted, at most ``beam_width``.

    Returns
    -------
    list of Hypothesis
        The best first; fewer than ``n_best`` where no more texts are possible.

    Raises
    ------
    ValueError
        If what is given are probabilities or scores and no log-probabilities, or the language model has another
        vocabulary.

    Graves & Jaitly 2014, algorithm 1; Hannun et al. 2014, algorithm 1. Lecture: ctc
    """
    frames, blank = _checks.frames_of(log_probs, blank)
    beam_width, n_best = _checks.beam(beam_width, n_best, frames.shape[1])
    lm_weight = _checks.number(lm_weight, "lm_weight", at_least=0, at_most=1000)
    length_bonus = _checks.number(length_bonus, "length_bonus", at_least=-1000, at_most=1000)
    _checks.language_model(language_model, Bigrams, lm_weight, frames.shape[1], blank)
    gain = np.full((frames.shape[1],) * 2, float(length_bonus))  # in score, of a symbol after another
    if lm_weight:
        gain += lm_weight * language_model.table
    beam = _Beam([()], np.zeros(1), np.full(1, -np.inf), np.zeros(1))
    for frame in frames:
        beam = _after(frame, beam, gain, blank, beam_width)
    log_prob = np.logaddexp(beam.ends_in_blank, beam.ends_in_symbol)
    found = zip(beam.texts, log_prob.tolist(), (log_prob + beam.extra).tolist(), strict=True)
    return [Hypothesis(list(text), *values) for text, *values in found][:n_best]


def _after(frame: np.ndarray, beam: _Beam, gain: np.ndarray, blank: int, beam_width: int) -> _Beam:
    """What is kept after one more frame."""
    texts, rows = beam.texts, np.arange(len(beam.texts))
    last = np.array([text[-1] if text else blank for text in texts])
    total = np.logaddexp(beam.ends_in_blank, beam.ends_in_symbol)
    with_blank, with_symbol = total + frame[blank], beam.ends_in_symbol + frame[last]
    longer = total[:, None] + frame  # (texts, classes)
    longer[rows, last] = beam.ends_in_blank + frame[last]  # a repeat counts twice only across a blank
    longer[:, blank] = -np.inf
    row_of = {text: row for row, text in enumerate(texts)}
    for row, text in enumerate(texts):
        shorter = row_of.get(text[:-1]) if text else None
        if shorter is not None:  # two ways to one text: it is here, and a shorter one becomes it
            with_symbol[row] = np.logaddexp(with_symbol[row], longer[shorter, text[-1]])
            longer[shorter, text[-1]] = -np.inf
    extra = np.concatenate([beam.extra, (beam.extra[:, None] + gain[last]).ravel()])
    ends_in_blank = np.concatenate([with_blank, np.full(longer.size, -np.inf)])
    ends_in_symbol = np.concatenate([with_symbol, longer.ravel()])
    score = np.logaddexp(ends_in_blank, ends_in_symbol) + extra
    best = np.argsort(-score, kind="stable")[:beam_width]
    best = best[score[best] > -np.inf]
    kept = []
    for number in best.tolist():
        row, symbol = divmod(number - len(texts), len(frame))
        kept.append(texts[number] if number < len(texts) else (*texts[row], symbol))
    return _Beam(kept, ends_in_blank[best], ends_in_symbol[best], extra[best])
