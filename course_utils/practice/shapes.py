"""Mistakes of shape and place: too many values, members or rows exchanged, all that stands one place too late."""

import numpy as np

from .batches import batches_fail, off_by_rows
from .compare import Trial, as_array, close, is_number, parts
from .listed import ENOUGH_BITS, bits_of
from .steps import TOLERANCE, failed


def too_many_or_few(trials: list[Trial]) -> str | None:
    """Values at one end of one axis that are too many, or missing, and all others right."""
    kinds = [dict(excess(trial)) for trial in failed(trials)]
    found = [kind for kind in kinds[0] if sum(bits.get(kind, -np.inf) for bits in kinds) >= ENOUGH_BITS]
    if not found:
        return None
    axis, side, is_more = min(found, key=lambda kind: (kind[0] != -1, kind[1]))
    shapes = [
        (trial.pair[1].shape[axis] if trial.pair[1].size else 0) - trial.pair[0].shape[axis] for trial in failed(trials)
    ]
    counts = {abs(n) for n in shapes}
    n = f"{counts.pop()}" if len(counts) == 1 else f"{min(counts)} to {max(counts)}"
    said = f"{'one value' if n == '1' else n + ' values'} too {'many' if is_more else 'few'}"
    where = "" if axis == -1 else f" along axis {axis}"
    verb = "is" if n == "1" else "are"
    return f"There {verb} {said}{where}, at the {side}; all others are right."


def excess(trial: Trial):
    """(axis, side, is it too much) for each way in which what is asked is a piece of what came, or the reverse; and how
    much it says, in bits, that the piece agrees."""
    pair = trial.pair
    if pair is not None and not pair[1].size and pair[1].ndim == 1 and pair[0].size:  # an empty list has no other axes
        yield from (((axis, side, False), 0.0) for axis in range(-pair[0].ndim, 0) for side in ("end", "start"))
        return
    if pair is None or pair[0].ndim != pair[1].ndim or pair[0].shape == pair[1].shape:
        return
    for axis in range(-pair[0].ndim, 0):
        short, long = sorted(pair, key=lambda array: array.shape[axis])
        n = short.shape[axis]
        for side, kept in (("end", slice(0, n)), ("start", slice(long.shape[axis] - n, None))):
            piece = np.moveaxis(np.moveaxis(long, axis, 0)[kept], 0, axis)
            if close(short, piece, TOLERANCE):
                yield (axis, side, long is pair[1]), bits_of(short)


def same_values(trials: list[Trial]) -> str | None:
    """The right values in the right order, in another shape; where that is so of batches only, they are the point."""
    if batches_fail(trials):
        return None
    for trial in failed(trials):
        pair = trial.pair
        if pair is None or pair[0].shape == pair[1].shape or pair[0].size != pair[1].size:
            return None
        if not close(pair[0].ravel(), pair[1].ravel(), TOLERANCE):
            return None
    pair = failed(trials)[0].pair
    if pair[0].ndim == 0:
        return f"The value is right, and a single number is asked: it came in an array of shape {pair[1].shape}."
    return f"The values are right and in order, their shape is not: {pair[0].shape} is asked, {pair[1].shape} came."


def some_signs(trials: list[Trial]) -> str | None:
    """The magnitudes are right, and part of the values have the other sign."""
    n_turned, n_values, bits = 0, 0, 0.0
    for trial in failed(trials):
        pair = trial.pair
        if pair is None or pair[0].shape != pair[1].shape or not close(abs(pair[0]), abs(pair[1]), TOLERANCE):
            return None
        turned = trial.wrong_values
        if np.iscomplexobj(pair[1]) or not close(-pair[0][turned], pair[1][turned], TOLERANCE):
            return None
        n_turned, n_values, bits = n_turned + turned.sum(), n_values + turned.size, bits + bits_of(pair[1])
    if not 0 < n_turned < n_values or bits < ENOUGH_BITS:
        return None
    return f"Every magnitude is right, and {n_turned} of {n_values} values have the other sign: what decides the sign?"


def exchanged_parts(trials: list[Trial]) -> str | None:
    """The members of a tuple in another order."""
    for trial in failed(trials):
        pairs = parts(trial.expected, trial.got) if isinstance(trial.expected, tuple) and trial.error is None else None
        if not pairs or len(pairs) < 2 or not all(is_number(array) for pair in pairs for array in pair):
            return None
        if not all(close(one, other, TOLERANCE) for (one, _), (_, other) in zip(pairs, pairs[::-1], strict=True)):
            return None
    return "The members of the tuple are right and stand in the wrong order."


def shift_by_one(trials: list[Trial]) -> str | None:
    """Everything one place too early or too late; what lies at the ends does not matter."""
    if any(trial.pair is None for trial in failed(trials)):
        return None
    long = [t for t in failed(trials) if t.pair[0].ndim and t.pair[0].shape[-1] >= 3]
    for step, words in ((1, "one place too late"), (-1, "one place too early")):
        if long and len(long) >= len(failed(trials)) - 1 and all(shifted(trial, step) for trial in long):
            return f"Every value stands {words}: does the count start at 0 or at 1?"
    return None


def shifted(trial: Trial, step: int) -> bool:
    expected, got = trial.pair
    if (
        expected.ndim != got.ndim
        or abs(expected.shape[-1] - got.shape[-1]) > 1
        or expected.shape[:-1] != got.shape[:-1]
    ):
        return False
    length = min(expected.shape[-1], got.shape[-1]) - 1
    early, late = (expected, got) if step > 0 else (got, expected)
    if bits_of(early[..., :length]) < ENOUGH_BITS or not np.ptp(np.abs(early[..., :length]), axis=-1).all():
        return False  # a constant looks the same anywhere
    one, other = early[..., :length], late[..., 1 : length + 1]
    still = close(early[..., :length], late[..., :length], 20 * TOLERANCE)  # so slow that any place would do
    return not still and close(one, other, TOLERANCE)


def rows_scaled(trials: list[Trial]) -> str | None:
    """A factor or a term for each row, or for each column."""
    pairs = [trial.pair for trial in failed(trials)]
    if not pairs or any(pair is None or pair[0].shape != pair[1].shape or pair[0].ndim < 2 for pair in pairs):
        return None
    for axis, words in ((-1, "row"), (-2, "column")):
        if all(off_by_rows(*(array.swapaxes(axis, -1) for array in pair)) for pair in pairs):
            some = all(some_rows_right(trial.wrong_values, axis) for trial in failed(trials))
            which = f"Some {words}s are right; within each of the others" if some else f"Within each {words}"
            apart = "" if some else f", and that differs from {words} to {words}"
            return f"{which} the values are right up to one factor or term{apart}."
    return None


def some_rows_right(wrong: np.ndarray | None, axis: int) -> bool:
    """Is one row, or one column, right as a whole?"""
    return wrong is not None and not wrong.any(axis=axis).all()


def other_indices(trials: list[Trial]) -> str | None:
    """Where a list of indices is asked: which are missing, and which must not be there."""
    for trial in failed(trials):
        pair = trial.pair
        if pair is None or not all(array.ndim == 1 and array.dtype.kind in "iuf" for array in pair):
            return None
        if pair[0].shape == pair[1].shape or any(np.any(np.diff(array) <= 0) or np.any(array % 1) for array in pair):
            return None
    expected, got = (set(array.astype(int).tolist()) for array in failed(trials)[0].pair)
    said = [listing(expected - got, "missing"), listing(got - expected, "there and not asked")]
    case = failed(trials)[0].case
    return f"{' and '.join(filter(None, said))}, in the case “{case.says}”."


def listing(numbers: set[int], what: str) -> str:
    shown = ", ".join(map(str, sorted(numbers)[:4])) + (", …" if len(numbers) > 4 else "")
    return f"{shown} {'is' if len(numbers) == 1 else 'are'} {what}" if numbers else ""


def mask_for_indices(trials: list[Trial]) -> str | None:
    for trial in failed(trials):
        got = as_array(trial.got) if trial.error is None else np.zeros(0)
        expected = as_array(trial.expected)
        if got.dtype != bool or got.ndim != 1 or not is_number(expected) or expected.ndim != 1:
            return None
        if not np.array_equal(np.flatnonzero(got), expected):
            return None
    return "The places are right; it returns True and False, and their indices are asked: see np.flatnonzero."
