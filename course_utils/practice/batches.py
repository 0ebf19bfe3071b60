"""Mistakes with leading axes: one that is lost, a statistic that several signals share, values that are mixed up."""

import contextlib
import itertools
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from .compare import Trial, as_array, close, is_number
from .inputs import LIMIT_S, call, limited, passed
from .listed import ENOUGH_BITS, bits_of
from .model import Case
from .steps import NEAR, TOLERANCE, failed, nearer, news
from .where import in_case

MOST_ALONE = 6  # parts of a batch that are passed alone
SIGNALS = ("x", "y", "signal", "signals", "noise", "samples", "sound", "a", "b")  # names of arguments over time


def n_axes(trials: list[Trial]) -> int:
    """The axes of one signal: the fewest that any case has."""
    return min(trial.signal.ndim for trial in trials if trial.signal is not None)


def lead(trial: Trial, n_own: int) -> tuple[int, ...]:
    """The leading axes of the input of a case."""
    return trial.signal.shape[: trial.signal.ndim - n_own] if trial.signal is not None else ()


def batches_fail(trials: list[Trial], alone: bool = True) -> bool:
    """Is all of the fewest axes right, and what failed has leading axes, more of them than any batch that is right?

    A batch of one or of equal rows may be right by chance. ``alone``: nothing else may set the failed apart, which is
    asked where their numbers do not say it.
    """
    found = [trial for trial in trials if trial.signal is not None]
    if not found or len(failed(trials)) != len(failed(found)) or not failed(found):
        return False
    n_own = n_axes(found)
    singles = [trial for trial in found if trial.signal.ndim == n_own]
    right = [lead(trial, n_own) for trial in found if trial.right and has_rows(trial, n_own)]
    wrong = [lead(trial, n_own) for trial in failed(found)]
    if n_own == 0 or not all(t.right for t in singles) or len(min(wrong, key=len)) <= max(map(len, right), default=0):
        return False
    if not alone:
        return True
    options = [str(list(trial.case.options.items())) for trial in found if trial.right]

    def is_for_the_axis(trial):
        pair = trial.pair
        has_shape = pair is not None and pair[0].shape == pair[1].shape
        return not has_shape or str(list(trial.case.options.items())) in options

    return all(map(is_for_the_axis, failed(found)))


def only_batches_fail(trials: list[Trial]) -> bool:
    """Has all that failed leading axes, and is what has none right?"""
    if not failed(trials) or any(trial.signal is None for trial in trials):
        return False
    n_own = n_axes(trials)
    return n_own > 0 and all(lead(trial, n_own) for trial in failed(trials))


def one_by_one(trials: list[Trial], retry) -> tuple[str, str] | None:
    """What failed has leading axes, and each of its parts is right when it is passed alone."""
    if not only_batches_fail(trials) or any(trial.error is not None for trial in failed(trials)):
        return None
    n_own = n_axes(trials)
    try:
        for trial in failed(trials):
            places = itertools.islice(np.ndindex(*lead(trial, n_own)), MOST_ALONE)
            if not all(retry(part(trial, place)).right for place in places):
                return None
    except Exception:  # the task asks for no such case
        return None
    return (
        "one by one",
        "Passed alone, each part without leading axes is right; together they are not, "
        f"{in_case(failed(trials)[0])}: is an axis counted from the front, where leading ones may stand?",
    )


def part(trial: Trial, place: tuple[int, ...]) -> Case:
    """The case with one part of each array that has the leading axes of the first."""
    shape = trial.signal.shape[: len(place)]
    arguments = tuple(
        as_array(value)[place].copy()
        if isinstance(value, (np.ndarray, list)) and as_array(value).shape[: len(place)] == shape
        else value
        for value in trial.case.arguments
    )
    return replace(trial.case, arguments=arguments, gives=None)


def has_rows(trial: Trial, n_own: int) -> bool:
    """Has it several rows, and are not all alike?"""
    leading = lead(trial, n_own)
    arrays = [trial.signal] if isinstance(trial.expected, tuple) else [trial.signal, as_array(trial.expected)]
    tables = [
        array.reshape(np.prod(leading, dtype=int), -1) for array in arrays if array.shape[: len(leading)] == leading
    ]
    return np.prod(leading) > 1 and all((rows != rows[:1]).any() for rows in tables)


def row_words(trial: Trial) -> tuple[str, str]:
    """What one row of the input is called, and several: signals where the argument is one."""
    name = ""
    with contextlib.suppress(Exception):  # no definition, or none that is called so
        arguments = passed(trial)
        name = next(key for key, value in arguments.items() if isinstance(value, (np.ndarray, list)))
    return ("one signal", "a batch") if name in SIGNALS else ("an array without leading axes", "one with leading axes")


def off_by_rows(expected: np.ndarray, got: np.ndarray) -> bool:
    """Is each row off by one factor, or one term, and not all by the same?"""
    if expected.ndim < 2 or expected.shape[-1] < 2 or not np.isfinite(got).all() or not np.isfinite(expected).all():
        return False
    x, y = (array.reshape(-1, array.shape[-1]).astype(complex) for array in (expected, got))
    energy = (np.abs(x) ** 2).sum(-1)
    factors = (x.conj() * y).sum(-1) / np.where(energy > 0, energy, 1)
    terms = (y - x).mean(-1)
    told = sum(np.unique(row[row != 0]).size > 1 for row in x)  # a single number is some factor from any other
    if told < 2:
        return False
    off = np.abs(y - x).max()
    made = ((x * factors[:, None], factors), (x + terms[:, None], terms))
    return any(
        close(z, y, TOLERANCE) and np.abs(z - y).max() <= NEAR * off and np.ptp(np.abs(each)) > TOLERANCE
        for z, each in made
    )


def reduced_batch(trials: list[Trial]) -> str | None:
    """One number, or one signal's, for a whole batch; or each signal off by a factor or a term of its own."""
    if not batches_fail(trials):
        return None
    pairs = [trial.pair for trial in failed(trials)]
    if any(pair is None for pair in pairs):
        return None
    one, many = row_words(failed(trials)[0])
    if all(got.ndim < expected.ndim and got.size < expected.size for expected, got in pairs):
        return (
            f"It is right for {one}; of {many} it makes shape {pairs[0][1].shape} where {pairs[0][0].shape} is "
            "asked: the leading axes must stay."
        )
    if n_axes(trials) == 1 and all(a.shape == b.shape and off_by_rows(a, b) for a, b in pairs):
        return (
            f"It is right for {one}; in {many} each row is off by an amount of its own: is a sum, mean or maximum "
            "taken over the whole batch? Each row has its own: take it along axis=-1, with keepdims=True."
        )
    return None


# ------------------------------------------------------------------------------- what the definition can tell


def same_for_all(trials: list[Trial], made) -> bool:
    """Does ``made(trial)`` give, in all that failed, what came; and does that say enough?"""
    bits = 0.0
    with contextlib.suppress(TimeoutError), limited(LIMIT_S):
        for trial in failed(trials):
            if trial.pair is None or trial.spec.expected is None or isinstance(trial.expected, tuple):
                return False
            try:
                with np.errstate(all="ignore"):
                    array = made(trial)
            except TimeoutError:
                raise
            except Exception:  # the definition takes no such arguments
                return False
            if array is None or not close(array, trial.pair[1], TOLERANCE) or not nearer(trial, trial.pair[1], array):
                return False
            bits += news(*trial.pair)
        return bits >= ENOUGH_BITS
    return False


def of_changed(trial: Trial, change) -> np.ndarray:
    """The definition on the case with every array of the shape of the first one changed."""
    shape = trial.signal.shape
    arguments = {
        name: change(as_array(value))
        if isinstance(value, (np.ndarray, list)) and is_number(as_array(value)) and as_array(value).shape == shape
        else value
        for name, value in passed(trial).items()
    }
    return as_array(call(trial.spec.expected, arguments))


def shared(trials: list[Trial]) -> str | None:
    """What is right for the signals of some leading axes laid end to end: they share a mean, a maximum, a state."""
    if not only_batches_fail(trials) or n_axes(trials) != 1:
        return None
    n_lead = max(len(lead(trial, 1)) for trial in failed(trials))
    batches = [trial for trial in trials if lead(trial, 1)]
    for axes in axes_to_join(n_lead):
        if is_joined(batches, axes if len(axes) < n_lead else None):
            one, many = row_words(failed(trials)[0])
            which = "all of its signals" if len(axes) == n_lead else f"those along axis {axes[0] - n_lead - 1}"
            which = which if one == "one signal" else which.replace("signals", "rows")
            return (
                f"It is right for {one}. Of {many} it gives what is right for {which} laid end to end as one: each "
                "has its own start, end, sums and states, along the last axis."
            )
    return None


def is_joined(batches: list[Trial], axes: tuple[int, ...] | None) -> bool:
    """Does what came of each batch, the right ones among them, agree with signals laid end to end along these axes?"""

    def made(trial):
        return joined(trial, tuple(range(len(lead(trial, 1)))) if axes is None else axes)

    if not same_for_all(batches, made):
        return False
    with contextlib.suppress(Exception), limited(LIMIT_S):  # the definition takes no such arguments
        return all(close(as_array(trial.expected), made(trial), TOLERANCE) for trial in batches if trial.right)
    return False


def axes_to_join(n_lead: int) -> Iterator[tuple[int, ...]]:
    for n in range(n_lead, 0, -1):
        yield from itertools.combinations(range(n_lead), n)


def joined(trial: Trial, axes: tuple[int, ...]) -> np.ndarray | None:
    """The definition on a batch in which these leading axes run on along time; back in the shape that is asked."""
    shape, n_lead = trial.signal.shape, trial.signal.ndim - 1
    if max(axes) >= n_lead:
        return None
    others = [axis for axis in range(n_lead) if axis not in axes]
    made = of_changed(trial, lambda x: x.transpose(*others, *axes, n_lead).reshape(*(shape[n] for n in others), -1))
    expected, kept = as_array(trial.expected), [shape[n] for n in others]
    inner = [shape[n] for n in axes]
    if expected.shape == shape:
        made = made.reshape(*kept, *inner, shape[-1])
    else:
        made = np.broadcast_to(
            made.reshape(*kept, *[1] * len(axes), *made.shape[len(kept) :]),
            (*kept, *inner, *made.shape[len(kept) :]),
        )
    return np.moveaxis(made, range(n_lead), (*others, *axes))


def mixed_up(trials: list[Trial]) -> str | None:
    """The right values in other places; or what is right for the input read on in storage order."""
    if not batches_fail(trials, alone=False):
        return None
    one, many = row_words(failed(trials)[0])
    pairs = [trial.pair for trial in failed(trials)]
    if all(pair is not None and pair[0].shape == pair[1].shape and rows_moved(*pair) for pair in pairs):
        return f"It is right for {one}. Of {many} every result is right and stands at the place of another."
    if all(pair is not None and pair[0].shape == pair[1].shape and permuted(*pair) for pair in pairs):
        return (
            f"It is right for {one}. Of {many} all values are right and stand in other places. Is there a reshape? It "
            "reads on in storage order and exchanges no axes: np.moveaxis does."
        )
    n_own = n_axes(trials)
    for way in scrambled_axes(n_own):
        if same_for_all(trials, lambda trial, way=way: scrambled(trial, n_own, way)):
            return (
                f"It is right for {one}. Of {many} the values are mixed up before anything is computed: a reshape "
                "reads on in storage order, across the leading axes. Move the axis where it is needed first, as with "
                "np.moveaxis, and back afterwards."
            )
    return None


def rows_in_another_order(trials: list[Trial]) -> str | None:
    """What failed has the right rows along its first axis, and others in their places."""
    pairs = [trial.pair for trial in failed(trials)]
    if not pairs or any(pair is None or pair[0].shape != pair[1].shape or pair[0].ndim < 2 for pair in pairs):
        return None
    flat = [tuple(array.reshape(len(array), -1) for array in pair) for pair in pairs]
    if not all(np.isfinite(got).all() and rows_moved(expected, got, 0.0) for expected, got in flat):
        return None
    if sum(bits_of(got) for _, got in flat) < ENOUGH_BITS:
        return None
    return (
        "The rows along the first axis are right, and stand in another order than is asked: has it been changed on the "
        "way, as by a sort, and not been changed back?"
    )


def rows_moved(expected: np.ndarray, got: np.ndarray, enough: float = ENOUGH_BITS) -> bool:
    """Are the rows along the last axis, or single numbers, the right ones in another order?"""
    if expected.ndim < 2 or bits_of(got) < enough or not np.isfinite(got).all():
        return False
    one, other = (array.reshape(-1, array.shape[-1]).astype(complex) for array in (expected, got))
    order = [int(np.abs(one - row).max(axis=1).argmin()) for row in other]
    in_place = list(range(len(one)))
    return order != in_place and sorted(order) == in_place and close(one[order], other, TOLERANCE)


def permuted(expected: np.ndarray, got: np.ndarray) -> bool:
    if bits_of(got) < ENOUGH_BITS:
        return False
    return close(np.sort(expected.ravel()), np.sort(got.ravel()), TOLERANCE)


def scrambled_axes(n_own: int) -> tuple[int, ...]:
    """Which of the signal's own axes comes first in the reshape: the others and all leading ones follow in one row."""
    return tuple(range(n_own))


def scrambled(trial: Trial, n_own: int, way: int) -> np.ndarray:
    """The definition on x.reshape(n, …, −1), n being one of the signal's own axes, and back with another reshape."""
    shape = trial.signal.shape
    n = shape[len(shape) - n_own + way]
    if n_own == 1:
        return of_changed(trial, lambda x: x.reshape(n, -1).T).T.reshape(as_array(trial.expected).shape)
    return of_changed(trial, lambda x: x.reshape(n, -1)).reshape(as_array(trial.expected).shape)


# --------------------------------------------------------------------------------------------- in words


def is_elementwise(trial: Trial) -> bool:
    """Does every number of the input stand for itself: laid out in a row, without the first, is the rest the same?"""
    try:
        with limited(LIMIT_S):
            expected, made = as_array(trial.expected), of_changed(trial, lambda x: x.ravel()[1:])
            return expected.shape == trial.signal.shape and close(expected.ravel()[1:], made, TOLERANCE)
    except Exception:  # the definition takes no row
        return False


def lost_axis(trials: list[Trial]) -> str | None:
    """Right for one signal, and of another shape for each batch."""
    pairs = [trial.pair for trial in failed(trials)]
    has_shape = any(pair is not None and pair[0].shape == pair[1].shape for pair in pairs)
    return None if has_shape else batch_axis(trials)


def batch_axis(trials: list[Trial]) -> str | None:
    """Right without leading axes, and wrong with them: the shape, or the values."""
    if not batches_fail(trials):
        return None
    told = [trial for trial in failed(trials) if trial.pair is not None]
    if not told:
        return None
    first = max(told, key=lambda trial: np.prod(lead(trial, n_axes(trials))))  # of a batch of one not all is seen
    one, many = row_words(first)
    expected, got = first.pair
    if expected.shape == got.shape:
        n_own = n_axes(trials)
        n_right = max(
            (len(lead(t, n_own)) for t in trials if t.right and t.signal is not None and has_rows(t, n_own)), default=0
        )
        also = " and for one leading axis" if n_right == 1 and len(lead(first, n_axes(trials))) > 1 else ""
        ask = "is a length, an index or a sum taken along another axis than the last, as len(x) and x[n] do?"
        if n_axes(trials) > 1:
            ask = "are the axes counted from the end, −1 and −2, so that leading ones change nothing?"
        return f"It is right for {one}{also}. Of {many} the shape is right and the values are not: {ask}"
    lost = f"{expected.shape} is asked, {got.shape} came"
    if expected.size == got.size and close(expected.ravel(), got.ravel(), TOLERANCE):
        if is_elementwise(first):
            return f"The values are right and their shape is lost: {lost}. Give the result the shape of the input."
        return f"It is right for {one}. Of {many} the values are right and in order, and leading axes are lost: {lost}."
    if is_elementwise(first):
        return f"It is right for a row of numbers and not for a table: {lost}. Every number stands for itself."
    way = ": work along axis=-1 and index with x[..., n]" if n_axes(trials) == 1 else ""
    n_lead = len(lead(first, n_axes(trials)))
    if got.shape[:n_lead] == expected.shape[:n_lead]:
        return f"It is right for {one} and not for {many}: {lost}. Is an axis counted from the front, not from the end?"
    return f"It is right for {one} and not for {many}: {lost}. The leading axes must stay{way}."
