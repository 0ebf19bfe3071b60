"""Complex numbers of which one half is right: the magnitudes and not the phases, or the other way round."""

import numpy as np

from .batches import batches_fail, row_words
from .compare import Trial, close
from .factors import known
from .listed import ENOUGH_BITS, bits_of
from .steps import TOLERANCE, failed

LEAST = 1e-3  # of the largest magnitude: below it a phase is rounding


def same_magnitudes(trials: list[Trial]) -> bool:
    """Complex numbers are asked, and in all that failed the magnitudes agree, with more digits than chance gives."""
    pairs, bits = [trial.pair for trial in failed(trials)], 0.0
    for pair in pairs:
        if pair is None or pair[0].shape != pair[1].shape or not np.isfinite(pair[1]).all():
            return False
        if "c" not in (pair[0].dtype.kind, pair[1].dtype.kind) or not close(
            np.abs(pair[0]), np.abs(pair[1]), TOLERANCE
        ):
            return False
        bits += bits_of(np.abs(pair[1]))
    return bool(pairs) and bits >= ENOUGH_BITS


def turns(expected: np.ndarray, got: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """By what each value is turned, as a number on the unit circle, and where there is enough of it to say."""
    is_there = np.abs(expected) > LEAST * np.abs(expected).max(initial=0)
    return np.where(is_there, got / np.where(is_there, expected, 1), 1), is_there


def is_one_turn(expected: np.ndarray, got: np.ndarray) -> bool:
    """Is got = c · expected with |c| = 1?"""
    turned, is_there = turns(expected, got)
    return bool(is_there.any()) and close(expected * turned[is_there][0], got, TOLERANCE)


def constant_turn(trials: list[Trial]) -> str | None:
    """One angle for all values of all cases that failed."""
    if not same_magnitudes(trials) or batches_fail(trials):  # of a batch the rest is of more help
        return None
    pairs = [trial.pair for trial in failed(trials)]
    turned, is_there = turns(*pairs[0])
    angle = turned[is_there][0] if is_there.any() else 1
    if not known(trials, 2) or not all(close(expected * angle, got, TOLERANCE) for expected, got in pairs):
        return None
    return f"Every magnitude is right, and all phases are off by one angle, {np.degrees(np.angle(angle)):+.4g}°."


def grows(expected: np.ndarray, got: np.ndarray, axis: int) -> bool:
    """Does the phase that is too much grow by the same angle from each place along the axis to the next?"""
    if expected.ndim < -axis or expected.shape[axis] < 4:
        return False
    turned, is_there = (np.moveaxis(array, axis, -1) for array in turns(expected, got))
    steps = turned[..., 1:] * turned[..., :-1].conj()
    both = is_there[..., 1:] & is_there[..., :-1]
    return bool(
        np.count_nonzero(both) >= 3 and np.abs(steps[both] - steps[both][0]).max() < 10 * TOLERANCE / LEAST**0.5
    )


def magnitudes_only(trials: list[Trial]) -> str | None:
    """Every magnitude is right, and the phases are not: how they are wrong, where that can be seen."""
    if not same_magnitudes(trials):
        return None
    pairs = [trial.pair for trial in failed(trials)]
    said = f"Every magnitude is right, and the phases are not{kind_of_turn(pairs)}."
    if not batches_fail(trials):
        return said
    one, many = row_words(failed(trials)[0])
    return (
        f"It is right for {one}. Of {many} e{said[1:]} Does a length, such as len(x), come from the first axis, "
        "where that of the last is meant?"
    )


def kind_of_turn(pairs: list[tuple[np.ndarray, np.ndarray]]) -> str:
    if all(is_one_turn(*pair) for pair in pairs if pair[0].size > 1):
        return "" if all(pair[0].size == 1 for pair in pairs) else ": in each case they are off by one angle of its own"
    if all(is_one_turn(expected.conj(), got) for expected, got in pairs):
        return ": they have the opposite sign, up to one angle in each case"
    for axis, words in ((-1, "the last axis"), (-2, "the last axis but one")):
        if all(grows(*pair, axis) for pair in pairs):
            return (
                f": what they have too much grows evenly along {words}, as if time or place were counted from "
                "another zero"
            )
    return ""


def phases_only(trials: list[Trial]) -> str | None:
    """Every phase is right, and the magnitudes are not."""
    bits = 0.0
    for trial in failed(trials):
        pair = trial.pair
        if pair is None or pair[0].shape != pair[1].shape or not np.iscomplexobj(pair[1]):
            return None
        size = np.abs(pair[0])
        wanted = pair[1] * np.where(np.abs(pair[1]) > 0, size / np.where(pair[1] == 0, 1, np.abs(pair[1])), 0)
        if not np.isfinite(pair[1]).all() or not close(pair[0], wanted, TOLERANCE):
            return None
        bits += bits_of(pair[0].imag[np.abs(pair[0].imag) > LEAST * size.max(initial=0)])
    if bits < ENOUGH_BITS:
        return None
    return "Every phase is right, and the magnitudes are not: what multiplies them, or is taken of them?"
