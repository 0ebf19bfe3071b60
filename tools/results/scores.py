"""What a recogniser is worth, as lectures quote it: errors of all strings and of each speaker."""

import numpy as np

from course_utils import wer
from course_utils.models import datasets


def said_in(strings: datasets.DigitStrings) -> tuple[list[np.ndarray], list[list[str]], list[str]]:
    """The signals, what is said in each, and who says it."""
    items = [strings[n] for n in range(len(strings))]
    said = [[datasets.DIGITS[digit] for digit in digits] for _, digits in items]
    return [signal for signal, _ in items], said, [strings.speaker(n) for n in range(len(strings))]


def scores_of(said: list[list[str]], found: list[list[str]], speakers: list[str]) -> dict:
    """Errors of all strings and of each speaker, in per cent, and the interval that speakers as different allow."""
    of_each = {who: 100 * e.rate for who, e in sorted(wer.errors_by_speaker(said, found, speakers).items())}
    errors = wer.word_errors(said, found)
    return {
        "pooled": 100 * errors.rate,
        "mean": float(np.mean(list(of_each.values()))),
        "median": float(np.median(list(of_each.values()))),
        "interval": [100 * end for end in wer.wer_interval(said, found, speakers)],
        "substitutions": errors.substitutions,
        "deletions": errors.deletions,
        "insertions": errors.insertions,
        "n_words": errors.n_reference,
        "speakers": of_each,
    }
