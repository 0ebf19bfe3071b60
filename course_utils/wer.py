"""How many words did a recogniser get wrong? Two sentences are aligned, errors counted, and counts added up.

A sentence is a ``str``, split at white space, or a list of words: strings, or whole numbers from 0. Words are compared
as they are. Whether "Two," and "two" are the same word, or the two ways in which Unicode writes an é, is decided by
whoever calls: bring references and hypotheses into one form first, and say which. Lecture: ctc
"""

import unicodedata
from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np

from ._checks import wer as _checks
from .metrics import student_interval

Sentence = str | Sequence[str] | Sequence[int] | np.ndarray

HIT, SUBSTITUTION, DELETION, INSERTION = "hit", "substitution", "deletion", "insertion"
LETTERS = {HIT: "", SUBSTITUTION: "S", DELETION: "D", INSERTION: "I"}
GAP = "***"  # stands where the other side has a word

# ------------------------------------------------------------------------------------ one pair of sentences


class Step(NamedTuple):
    """One column of an alignment; None where that side has no word."""

    kind: str
    reference: str | int | None
    hypothesis: str | int | None


class Errors(NamedTuple):
    """What became of the words: of the reference's, hit, substituted or deleted; of the hypothesis's, inserted."""

    hits: int
    substitutions: int
    deletions: int
    insertions: int

    @property
    def n_errors(self) -> int:
        """S + D + I, the edit distance."""
        return self.substitutions + self.deletions + self.insertions

    @property
    def n_reference(self) -> int:
        """N = H + S + D, the words that were said."""
        return self.hits + self.substitutions + self.deletions

    @property
    def n_hypothesis(self) -> int:
        """H + S + I, the words that were heard."""
        return self.hits + self.substitutions + self.insertions

    @property
    def rate(self) -> float:
        """(S + D + I)/N; 0 where nothing was said and nothing heard, refused where only something was heard."""
        _checks.can_be_divided(self.n_errors, self.n_reference)
        return self.n_errors / max(self.n_reference, 1)


def edit_distance_loop(reference: Sentence, hypothesis: Sentence) -> int:
    """The fewest substitutions, deletions and insertions that turn one sentence into the other: the definition.

    ``d[i, j] = min(d[i−1, j−1] + (r_i ≠ h_j), d[i−1, j] + 1, d[i, j−1] + 1)``, where ``d[i, 0] = i``, ``d[0, j] = j``.

    Parameters
    ----------
    reference, hypothesis : str or list of words
        One sentence each.

    Returns
    -------
    int, words
        ``d[N, M]``. A metric: 0 for equal sentences alone, the same both ways, and no longer than any detour.

    Source: Levenshtein 1966, Soviet Physics Doklady 10(8); the table: Wagner & Fischer 1974, Journal of the ACM 21(1).
    Lecture: ctc
    """
    r, h = _checks.pair(reference, hypothesis)
    _checks.definition_fits(len(r), len(h))
    d = [[i + j for j in range(len(h) + 1)] for i in range(len(r) + 1)]  # the edges are right, the inside is to come
    for i in range(1, len(r) + 1):
        for j in range(1, len(h) + 1):
            d[i][j] = min(d[i - 1][j - 1] + (r[i - 1] != h[j - 1]), d[i - 1][j] + 1, d[i][j - 1] + 1)
    return d[-1][-1]


def _costs(r: list, h: list) -> tuple[np.ndarray, int]:
    """The table of ``edit_distance_loop``, row by row: errors times ``unit``, plus the substitutions among them.

    Insertions run along a row, ``d[j] = min_k≤j (above[k] + (j − k) unit)``, which is a running minimum.
    """
    _checks.table_fits(len(r), len(h))
    unit = min(len(r), len(h)) + 1  # no alignment has so many substitutions: an error outweighs them all
    number_of: dict = {}
    r, h = (np.array([number_of.setdefault(word, len(number_of)) for word in words], int) for words in (r, h))
    along = unit * np.arange(len(h) + 1)
    d = np.empty((len(r) + 1, len(h) + 1), np.int64)
    d[0] = along
    for i, word in enumerate(r, 1):
        d[i] = d[i - 1] + unit
        np.minimum(d[i, 1:], d[i - 1, :-1] + (unit + 1) * (h != word), out=d[i, 1:])
        d[i] = np.minimum.accumulate(d[i] - along) + along
    return d, unit


def _steps(r: list, h: list) -> list[Step]:
    """From the last corner of the table back to the first."""
    d, unit = _costs(r, h)
    i, j, steps = len(r), len(h), []
    while i or j:
        is_hit = i and j and r[i - 1] == h[j - 1]
        if i and j and d[i, j] == d[i - 1, j - 1] + (0 if is_hit else unit + 1):
            i, j = i - 1, j - 1
            steps.append(Step(HIT if is_hit else SUBSTITUTION, r[i], h[j]))
        elif i and d[i, j] == d[i - 1, j] + unit:
            i -= 1
            steps.append(Step(DELETION, r[i], None))
        else:
            j -= 1
            steps.append(Step(INSERTION, None, h[j]))
    return steps[::-1]


def align(reference: Sentence, hypothesis: Sentence) -> list[Step]:
    """Which word was taken for which: an alignment with the fewest errors.

    Of several with equally few it is one with the most hits, so the four counts are unique; among those, read from the
    end, a hit or substitution is taken before a deletion, and a deletion before an insertion.

    Parameters
    ----------
    reference, hypothesis : str or list of words
        One sentence each. For characters, pass ``list(text)``.

    Returns
    -------
    list of Step
        ``kind`` ("hit", "substitution", "deletion" or "insertion"), ``reference``, ``hypothesis``. Without its None,
        each of the two columns is the sentence again. Other tools break ties otherwise: their number of errors is the
        same, their split into three kinds need not be.

    Source: Wagner & Fischer 1974, Journal of the ACM 21(1).
    Lecture: ctc
    """
    return _steps(*_checks.pair(reference, hypothesis))


def draw_alignment(reference: Sentence, hypothesis: Sentence, *, width: int = 100) -> str:
    """An alignment as text: the reference, below it the hypothesis, below that S, D or I under each error.

    Parameters
    ----------
    reference, hypothesis : str or list of words
        One sentence each. For characters, pass ``list(text)``; a space is drawn as ␣.
    width : int, characters
        Longer lines are broken, all three at the same word.

    Returns
    -------
    str
        To be printed in a font of fixed width. ``***`` stands where a word is missing on that side; the letter below
        tells it from a word that looks like it.

    Lecture: ctc
    """
    width = _checks.count(width, "width", minimum=20, maximum=10_000)
    blocks, used = [[["REF"], ["HYP"], ["   "]]], 3
    for kind, *words in align(reference, hypothesis):
        cells = [*(GAP if word is None else _shown(word) for word in words), LETTERS[kind]]
        widest = max(map(_columns, cells))
        if used + 1 + widest > width and used > 3:
            blocks, used = [*blocks, [["REF"], ["HYP"], ["   "]]], 3
        for row, cell in zip(blocks[-1], cells, strict=True):
            row.append(cell + " " * (widest - _columns(cell)))
        used += 1 + widest
    return "\n\n".join("\n".join(" ".join(row).rstrip() for row in block) for block in blocks)


def _shown(word: str | int) -> str:
    """A word on one line."""
    return "".join("␣" if c.isspace() else c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in str(word))


def _columns(text: str) -> int:
    """How wide a text is: an accent that is added to a letter takes no place, a wide letter of East Asia two."""
    return sum(0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF") for c in text)


# ------------------------------------------------------------------------------------ many sentences


def _counted(pairs: list[tuple[list, list]]) -> Errors:
    """Errors of all pairs together. The last corner of the table tells them: the way there is not needed."""
    hits = substitutions = deletions = insertions = 0
    for r, h in pairs:
        d, unit = _costs(r, h)
        n_errors, n_substituted = divmod(int(d[-1, -1]), unit)
        n_deleted = (n_errors - n_substituted + len(r) - len(h)) // 2  # D + I = n_errors − S, D − I = N − M
        hits += len(r) - n_substituted - n_deleted
        substitutions += n_substituted
        deletions += n_deleted
        insertions += n_errors - n_substituted - n_deleted
    return Errors(hits, substitutions, deletions, insertions)


def word_errors(references: Sentence | Sequence[Sentence], hypotheses: Sentence | Sequence[Sentence]) -> Errors:
    """Hits, substitutions, deletions and insertions, added up over sentences; each pair aligned as by ``align``.

    Parameters
    ----------
    references, hypotheses : str, or list of sentences
        What was said, what was heard. A list of strings is a list of sentences; one sentence as words is ``[words]``.
        A flat list of whole numbers is one sentence. A sentence may be empty: what is heard there is inserted.

    Returns
    -------
    Errors
        ``hits, substitutions, deletions, insertions``, and from them ``n_errors, n_reference, n_hypothesis, rate``.

    Lecture: ctc
    """
    return _counted(_checks.pairs(references, hypotheses))


def character_errors(references: Sentence | Sequence[Sentence], hypotheses: Sentence | Sequence[Sentence]) -> Errors:
    """As ``word_errors``, with characters in place of words.

    Parameters
    ----------
    references, hypotheses : str, or list of sentences
        White space at both ends of a string is dropped; that between words counts, each space as a character. A
        character is a code point: where some have several, as most flags do, pass lists of what you call a character.

    Returns
    -------
    Errors

    Lecture: ctc
    """
    return _counted(_checks.pairs(references, hypotheses, characters=True))


def wer(references: Sentence | Sequence[Sentence], hypotheses: Sentence | Sequence[Sentence]) -> float:
    """Word error rate: ``WER = Σ (S + D + I) / Σ N``, both sums over all sentences.

    A mean of the sentences' own rates would count a word of a short sentence more than one of a long sentence.

    Parameters
    ----------
    references, hypotheses : as in ``word_errors``

    Returns
    -------
    float
        0.05 is 5 %. Above 1 if more is inserted than hit. Of references without a word, 0 if nothing was heard either.
        jiwer 4 gives the same, but for the case below, where it gives the number of insertions.

    Raises
    ------
    ValueError
        If no reference has a word and something was heard: a share of no words is undefined, so report the insertions.

    Lecture: ctc
    """
    return word_errors(references, hypotheses).rate


def cer(references: Sentence | Sequence[Sentence], hypotheses: Sentence | Sequence[Sentence]) -> float:
    """Character error rate: as ``wer``, with characters in place of words.

    Parameters
    ----------
    references, hypotheses : as in ``character_errors``

    Returns
    -------
    float

    Raises
    ------
    ValueError
        As ``wer``.

    Lecture: ctc
    """
    return character_errors(references, hypotheses).rate


# ------------------------------------------------------------------------------------ whose errors?


def errors_by_speaker(
    references: Sequence[Sentence], hypotheses: Sequence[Sentence], speakers: Sequence[Hashable]
) -> dict[str | int, Errors]:
    """The errors of each speaker, added up over that speaker's sentences.

    Parameters
    ----------
    references, hypotheses : list of sentences
        As in ``word_errors``.
    speakers : list of str or int
        Who said each sentence.

    Returns
    -------
    dict
        ``Errors`` for each speaker, in the order in which they first speak; their sum is ``word_errors`` of all.

    Lecture: ctc
    """
    pairs = _checks.pairs(references, hypotheses)
    pairs_of: dict = {}
    for speaker, pair in zip(_checks.speakers(speakers, len(pairs)), pairs, strict=True):
        pairs_of.setdefault(speaker, []).append(pair)
    return {speaker: _counted(pairs) for speaker, pairs in pairs_of.items()}


def wer_interval(
    references: Sequence[Sentence],
    hypotheses: Sequence[Sentence],
    speakers: Sequence[Hashable],
    *,
    confidence: float = 0.95,
) -> tuple[float, float]:
    """Where the WER of all such speakers may lie: Student's interval of ``W + (E_k − W N_k)/N̄`` over speakers k.

    W is the WER of all, E_k and N_k the errors and words of speaker k, N̄ the mean of N_k. The mean of these values is
    W, and their spread that of a ratio of two sums. Speakers of equally many words give their own rates back.

    Parameters
    ----------
    references, hypotheses, speakers : as in ``errors_by_speaker``
        Two speakers or more, drawn independently; words of one speaker are not independent of each other.
    confidence : float, above 0, at most 0.9999

    Returns
    -------
    tuple of float
        Lower end, not below 0, and upper end. Few speakers, of whom one makes most of the errors, give an interval
        that is wide and yet too optimistic. Without any error it is (0, 0), which says nothing of rare ones.

    Raises
    ------
    ValueError
        If there are fewer than two speakers, or no reference has a word.

    Source: Cochran 1977, Sampling Techniques, 3rd ed., section 6.4 (the variance of a ratio).
    Lecture: ctc
    """
    counts = list(errors_by_speaker(references, hypotheses, speakers).values())
    _checks.enough_speakers(len(counts))
    n_errors, n_words = np.array([(errors.n_errors, errors.n_reference) for errors in counts], float).T
    _checks.can_be_divided(int(n_errors.sum()), int(n_words.sum()), or_empty=False)
    rate = n_errors.sum() / n_words.sum()
    low, high = student_interval(rate + (n_errors - rate * n_words) / n_words.mean(), confidence=confidence)
    return max(0.0, low), high
