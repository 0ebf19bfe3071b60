"""Which of the wrong answers that an exercise lists an answer is, found on the cases that it fails."""

import math
import re
import time
from collections.abc import Callable, Iterator

import numpy as np

from . import compare
from .compare import Trial, is_number
from .model import Exercise, Property, Wrong

ENOUGH_BITS = 10.0  # what must agree before two mistakes are one: the odds of chance are one in a thousand
FLOAT_BITS = 13.0  # of a number that agrees to four digits
MOST = 0.6  # of the cases that fail
OTHERS = 0.2  # of them may come out as other numbers: more, and it is another mistake
LIMIT_S = 1.0  # of processor time, to try all listed answers on them
NEAR = 0.05  # two answers that make one mistake differ by less than this part of the mistake


def listed(
    exercise: Exercise, trials: list[Trial], attempt: Callable, broken: tuple[Property, str] | None = None
) -> tuple[Wrong | None, Wrong | None]:
    """The listed wrong answer that gives on the failed cases what the learner's gave; and a near relative.

    ``attempt(code, trial)`` tries a listed answer's code on a trial's case. One that fails where the learner's does and
    nowhere else is the learner's, of several the nearest. One that fails elsewhere, too, is a near relative: it counts
    only if much agrees, it fails in fewer other cases than the learner's does, and none of another name does as well.
    Where all cases are right a property was ``broken``, and the listed answer must break it in the same words.
    """
    same, relatives, n_failed = [], [], sum(not trial.right for trial in trials)
    for wrong, code in codes(exercise, trials):
        others = likeness(trials, lambda trial, code=code: attempt(code, trial))
        n_elsewhere = sum(trial.right and not other.right for trial, other in zip(trials, others, strict=False))
        if others and n_elsewhere == 0 and (not broken or broken[0].broken(code) == broken[1]):
            same.append((sum(map(distance, trials, others)), wrong))
            if same[-1][0] == 0:
                break
        elif 0 < n_elsewhere < n_failed and sum(map(agreement, trials)) >= ENOUGH_BITS:
            relatives.append((n_elsewhere, wrong))
    if same:
        return min(same, key=lambda pair: pair[0])[1], None
    fewest = [wrong for n, wrong in relatives if n == min(relatives, key=lambda pair: pair[0])[0]]
    return None, fewest[0] if len({wrong.name for wrong in fewest}) == 1 else None


def mostly(exercise: Exercise, trials: list[Trial], attempt: Callable) -> tuple[Wrong, list[Trial], list[Trial]] | None:
    """The listed wrong answer that gives what the learner's gave in most of the cases that fail, in which not, and
    in which neither gives a number.

    Two ways to guard against a division by 0, say, differ in one case, and the mistake is the same. Much must agree,
    nothing may be wrong where the learner's is right, and no other mistake may explain as many cases.
    """
    n_failed = sum(not trial.right for trial in trials)
    fewest, deadline = max(2, math.ceil(MOST * n_failed)), time.process_time() + LIMIT_S
    found: dict[str, tuple[Wrong, list[Trial], Callable]] = {}
    for wrong, code in codes(exercise, trials):
        if time.process_time() > deadline:
            break
        apart = cases_apart(trials, lambda trial, code=code: attempt(code, trial), n_failed - fewest)
        if apart is not None and len(apart) < len(found.get(wrong.name, (wrong, trials))[1]):
            found[wrong.name] = wrong, apart, code
    ranked = sorted(found.values(), key=lambda one: len(one[1]))
    if not ranked or (len(ranked) > 1 and len(ranked[0][1]) == len(ranked[1][1])):
        return None
    wrong, apart, code = ranked[0]
    akin = [trial for trial in apart if has_no_number(trial) and has_no_number(attempt(code, trial))]
    return wrong, [trial for trial in apart if not any(trial is one for one in akin)], akin


def has_no_number(trial: Trial) -> bool:
    """Did it stop, or give NaN or infinity somewhere?"""
    return trial.error is not None or (
        trial.pair is not None and is_number(trial.pair[1]) and not np.isfinite(trial.pair[1]).all()
    )


def cases_apart(trials: list[Trial], attempt: Callable[[Trial], Trial], most: int) -> list[Trial] | None:
    """The failed cases in which a listed answer does not give the same; None where they are too many, the others say
    too little, or it is wrong elsewhere. An error is no number that could be the same."""
    apart, bits, n_failed = [], 0.0, sum(not trial.right for trial in trials)
    for trial in sorted(trials, key=lambda trial: trial.right):
        other = attempt(trial)
        if trial.right and not other.right:
            return None
        if not trial.right:
            is_same = trial.error is None and not other.right and same_result(trial, other)
            bits += agreement(trial) if is_same else 0.0
            apart += [] if is_same else [trial]
            if len(apart) > most or sum(map(of_numbers, apart)) > OTHERS * n_failed:
                return None
    return apart if bits >= 2 * ENOUGH_BITS else None


def of_numbers(trial: Trial) -> bool:
    """Did plain numbers come, in the shape that is asked?"""
    return trial.error is None and trial.wrong_values is not None and bool(np.isfinite(trial.pair[1]).all())


def codes(exercise: Exercise, trials: list[Trial]) -> Iterator[tuple[Wrong, Callable]]:
    """Each listed answer; and the same on floats, where whole numbers of few bits come in, which run over in some."""
    few_bits = any(is_of_few_bits(value) for trial in trials for value in trial.case.arguments)
    for wrong, code in exercise.wrong_codes:
        yield wrong, code
        if few_bits:
            yield wrong, on_floats(code)


def is_of_few_bits(value) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind in "iu" and value.dtype.itemsize < 8


class TakesNoFloats(Exception):
    """What a listed answer raises for floats that it does not raise for whole numbers."""


def on_floats(code: Callable) -> Callable:
    def converted(*arguments, **options):
        try:
            return code(*(value.astype(float) if is_of_few_bits(value) else value for value in arguments), **options)
        except Exception as error:
            raise TakesNoFloats from error

    return converted


def likeness(trials: list[Trial], attempt: Callable[[Trial], Trial]) -> list[Trial]:
    """What a listed answer makes of all cases; nothing where it is another mistake on one that the learner's fails."""
    others = {}
    for place, trial in sorted(enumerate(trials), key=lambda pair: pair[1].right):  # those that fail decide first
        others[place] = attempt(trial)
        if not trial.right and (others[place].right or not same_result(trial, others[place])):
            return []
    return [others[place] for place in range(len(trials))]


def distance(trial: Trial, other: Trial) -> float:
    """How far two results are apart, of the largest value; 0 where they cannot be compared."""
    pairs = compare.parts(trial.got, other.got) if trial.got is not None and other.got is not None else None
    apart = 0.0
    for one, two in pairs or []:
        if is_number(one) and is_number(two) and one.shape == two.shape:
            is_finite = np.isfinite(one) & np.isfinite(two)
            size = np.abs(one[is_finite].astype(complex)).max(initial=0)
            apart += np.abs(one[is_finite].astype(complex) - two[is_finite]).max(initial=0) / (size or 1.0)
    return float(apart)


def same_result(trial: Trial, other: Trial) -> bool:
    """Did both give the same, or raise the same?"""
    if trial.error is not None or other.error is not None:
        return type(trial.error) is type(other.error) and words_of(trial.error) == words_of(other.error)
    if bool(trial.changed) != bool(other.changed) or trial.wrong_dtype != other.wrong_dtype:
        return False
    if trial.got is None or other.got is None:
        return trial.got is other.got
    with np.errstate(all="ignore"):
        tolerance = max(trial.spec.tolerance, compare.EXACT)
        if isinstance(trial.got, tuple) != isinstance(other.got, tuple):
            return False
        return compare.equal(other.got, trial.got, tolerance, trial.spec.per_value) and same_error(trial, other)


def words_of(error: BaseException) -> str:
    """What an error says, whatever its numbers: two that say different things need not have one reason."""
    return re.sub(r"[\d.,()\s]+", " ", str(error))


def same_error(trial: Trial, other: Trial) -> bool:
    """Nearer to each other than either is to the truth: a wide tolerance does not make two mistakes one."""
    if trial.pair is None or other.pair is None or trial.wrong_values is None or other.wrong_values is None:
        return trial.pair is None or trial.pair[0].shape != trial.pair[1].shape or bool(trial.wrong_dtype)
    expected, got = trial.pair
    wrong = trial.wrong_values & np.isfinite(got) & np.isfinite(expected) & np.isfinite(other.pair[1])
    apart, off = (np.abs(got[wrong].astype(complex) - y[wrong]).max(initial=0) for y in (other.pair[1], expected))
    return bool(apart <= NEAR * off)


def agreement(trial: Trial) -> float:
    """How much it says, in bits, that somebody else's wrong answer is the same: much of a number with digits, little of
    0, 1 or a shape, nothing of an error or of a right answer."""
    if trial.right or trial.wrong_values is None:
        return 0.0
    return bits_of(trial.pair[1][trial.wrong_values])


def bits_of(got: np.ndarray) -> float:
    """Of each distinct number, by how many others could stand in its place; and of the pattern in which they come."""
    got = got[np.isfinite(got)].astype(complex).ravel() if is_number(got) else np.zeros(0)
    if not got.any():
        return 0.0
    _, first, counts = np.unique(np.round(got / np.abs(got).max(), 9), return_index=True, return_counts=True)
    size = np.abs(got[first])
    whole = (got[first] == np.round(got[first].real)) & (size < 2**FLOAT_BITS)
    of_values = np.where(whole, np.log2(1 + np.where(whole, size, 0)), FLOAT_BITS).sum()
    of_pattern = (len(got) - len(counts)) * (
        counts / len(got) * np.log2(len(got) / counts)
    ).sum()  # of what comes again
    return float(of_values + of_pattern)
