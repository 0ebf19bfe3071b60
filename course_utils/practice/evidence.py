"""What is shown of a case that failed: from the first value that differs, with digits enough to see it."""

from typing import Any

import numpy as np

from . import compare
from .compare import Changed, Trial, call_text, is_number, number_text, text

N_SHOWN = 6  # values in a line
SHORT = 3  # fewer values of a row say too little
DIGITS = range(6, 18)  # 17 tell any two floats apart


def evidence(trial: Trial, ratio: float | None = None) -> tuple[tuple[str, str], ...]:
    """Input, expected, got, and their ratio where it is the same everywhere."""
    shown = [("input", f"{trial.case.says}: {call_text(trial.case)}")]
    if trial.error is not None:
        return (*shown, ("expected", text(trial.expected)), ("got", type(trial.error).__name__))
    if trial.changed:
        shown += in_place(trial.changed)
        if trial.wrong_part is None:
            return tuple(shown)
    expected, got = beside(trial)
    shown += [("expected", expected), ("got", got)]
    said = f"{ratio:.6g}" if ratio is not None else "1"  # which says nothing of the few values that are wrong
    return (*shown, ("got / expected", said)) if said != "1" else tuple(shown)


def in_place(changed: Changed) -> list[tuple[str, str]]:
    """An argument before the call and after it, in two lines that differ."""
    old, new = compare.as_array(changed.before), compare.as_array(changed.after)
    if old.shape == new.shape and old.ndim and is_number(old) and is_number(new):
        lines = from_the_first(old, new, compare.unequal(old, new))
    else:
        lines = in_digits(lambda n: [text(value, N_SHOWN, n) for value in (changed.before, changed.after)])
    return [(f"{changed.name} before", lines[0]), (f"{changed.name} after", lines[1])]


def beside(trial: Trial) -> tuple[str, str]:
    """What was expected and what came, in two lines that differ where the values do."""
    if trial.wrong_dtype:
        asked, came = trial.wrong_dtype
        return f"{text(trial.expected)} of dtype {asked}", f"{text(trial.got)} of dtype {came}"
    place = trial.wrong_part
    if place is None:  # right in its values, or no tuple of as many
        return text(trial.expected), told_apart(trial.expected, trial.got)
    expected, got = compare.parts(trial.expected, trial.got)[place]
    member = f"number {place + 1} of the tuple: " if isinstance(trial.expected, tuple) else ""
    if trial.wrong_values is None or expected.ndim == 0:
        whole = (expected, got) if member else (trial.expected, trial.got)
        lines = in_digits(lambda n: [text(value, N_SHOWN, n) for value in whole])
        lines[1] = told_apart(whole[0], whole[1]) if lines[0] == lines[1] else lines[1]
    else:
        lines = from_the_first(expected, got, trial.wrong_values)
    return member + lines[0], member + lines[1]


def in_digits(lines_of) -> list[str]:
    """Two lines, with the fewest digits that tell one from the other."""
    for n_digits in DIGITS:
        lines = lines_of(n_digits)
        if lines[0] != lines[1]:
            break
    return lines


def told_apart(expected: Any, got: Any) -> str:
    """What came in words, with its type where the words are those of what was expected."""
    same = text(expected) == text(got)
    return f"{text(got)} of type {type(got).__name__}" if same and type(got) is not type(expected) else text(got)


def from_the_first(expected: np.ndarray, got: np.ndarray, wrong: np.ndarray) -> list[str]:
    """Each array from its first wrong value to the end of that row, or beyond a short one."""
    first = tuple(int(n) for n in np.argwhere(wrong)[0])
    rows, is_wrong = [rest_from(array, first) for array in (expected, got)], rest_from(wrong, first)
    start = "" if not any(first) else f"at index {first[0] if len(first) == 1 else list(first)}: "
    is_all = expected.ndim == 1 and len(rows[0]) <= N_SHOWN
    end = "" if is_all else f" of shape {expected.shape}"
    is_last = np.ravel_multi_index(first, expected.shape) + min(len(rows[0]), N_SHOWN) == expected.size
    more = "" if is_last else ", …"
    n_digits = digits_for(*(row[:N_SHOWN] for row in rows), is_wrong[:N_SHOWN])
    return [f"{start}[{', '.join(number_text(v, n_digits) for v in row[:N_SHOWN])}{more}]{end}" for row in rows]


def rest_from(array: np.ndarray, first: tuple[int, ...]) -> np.ndarray:
    """The values from a place to the end of its row; of short rows those that follow, too."""
    row = array[first[:-1]][first[-1] :]
    return row if len(row) >= SHORT else array.ravel()[np.ravel_multi_index(first, array.shape) :]


def digits_for(expected: np.ndarray, got: np.ndarray, wrong: np.ndarray) -> int:
    """So many that no wrong value prints as the right one does."""
    pairs = list(zip(expected[wrong], got[wrong], strict=True))
    for n_digits in DIGITS:
        if all(number_text(one, n_digits) != number_text(other, n_digits) for one, other in pairs):
            break
    return n_digits
