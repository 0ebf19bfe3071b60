"""What ``metrics`` words."""

from numbers import Integral

import numpy as np

from . import *  # noqa: F403
from . import _as_array, _numbers, _show, array, beside, number

LARGEST_TALLY = 10**12  # items in a cell of a confusion matrix: sums over 10,000 classes are exact


def label_fits(highest: int, n_classes: int) -> None:
    """A class index below the number of classes."""
    if highest >= n_classes:
        raise ValueError(f"labels must lie below n_classes={n_classes}, got {highest}: number the classes from 0")


def confusion(x) -> np.ndarray:
    """A square table of counts."""
    x = _numbers(x, "confusion")
    if x.dtype.kind not in "iu":
        raise TypeError(f"confusion must hold counts, got dtype {x.dtype}: pass the output of confusion_matrix")
    if x.ndim != 2 or x.shape[0] != x.shape[1] or x.size == 0:
        raise ValueError(f"confusion must be square, got shape {x.shape}: pass the output of confusion_matrix")
    if x.min() < 0:
        raise ValueError(f"confusion must hold counts, got {x.min()}: pass the output of confusion_matrix")
    if x.max() > LARGEST_TALLY:
        raise ValueError(f"confusion must hold counts of at most {LARGEST_TALLY}, got {x.max()}: count fewer items")
    return x.astype(np.int64)


def _numbers_or_bools(x, name: str) -> np.ndarray:
    x = _as_array(x, name)
    return x if x.dtype.kind == "b" else _numbers(x, name)


def decisions(x, name: str, *, one_axis: bool = True) -> np.ndarray:
    """True or False, or 0 and 1, along the last axis."""
    x = _numbers_or_bools(x, name)
    if x.dtype.kind == "c":
        raise TypeError(f"{name} must hold True and False, got dtype {x.dtype}: compare the labels with the class")
    if x.size == 0 or x.ndim == 0 or (one_axis and x.ndim != 1):
        shape = "(items,)" if one_axis else "(…, frames)"
        raise ValueError(f"{name} must have shape {shape} with at least one value, got {x.shape}: pass an array")
    if not np.isin(x, (0, 1)).all():
        raise ValueError(f"{name} must hold True and False, got other numbers: compare them with a threshold first")
    return x.astype(bool)


def both_kinds(n_positive: int, n_negative: int) -> None:
    """Items of both kinds, so that both error rates can be measured."""
    if n_positive == 0 or n_negative == 0:
        raise ValueError(
            f"is_positive must hold both kinds, got {n_positive} positive and {n_negative} negative items: "
            "a rate over no items is undefined, add items of the other kind"
        )


def has_positive(n_positive: int) -> None:
    """A class that occurs."""
    if n_positive == 0:
        raise ValueError("is_positive must hold a positive item, got 0: leave out the class that does not occur")


def item_by_class(x, name: str) -> np.ndarray:
    """A table with a row for each item and a column for each class."""
    x = _numbers_or_bools(x, name)
    if x.ndim != 2 or x.size == 0:
        raise ValueError(f"{name} must have shape (items, classes), got {_show(x.shape)} of {x.dtype}: pass a table")
    return x


def probabilities(x, name: str, *, n_axes: int) -> np.ndarray:
    """Numbers from 0 to 1."""
    x = array(x, name, real=True)
    if x.ndim != n_axes:
        raise ValueError(f"{name} must have {n_axes} axes, got shape {x.shape}: pass one recording, classes by frames")
    if x.min() < 0 or x.max() > 1:
        lowest, highest = (beside(value, 0, 1, digits=4) for value in (x.min(), x.max()))
        raise ValueError(
            f"{name} must lie in 0…1, got {lowest}…{highest}: pass probabilities, after softmax or sigmoid"
        )
    return x


def distributions(x, name: str = "probabilities") -> np.ndarray:
    """A table (items, classes) whose rows add up to 1."""
    x = probabilities(x, name, n_axes=2)
    total = x.sum(axis=1, dtype=np.float64)
    worst = total[np.abs(total - 1).argmax()]
    if abs(worst - 1) > 1e-3:
        raise ValueError(
            f"the rows of {name} must add up to 1, got {beside(worst, 1, digits=4)}: pass the output of softmax"
        )
    return x


def events(x, name: str) -> list:
    """Events with a beginning before their end, as tuples of plain numbers."""
    found = list(x) if isinstance(x, list | tuple) else None
    if found is None or any(not isinstance(e, tuple) or len(e) != 3 for e in found):
        raise TypeError(f"{name} must be a list of Event(onset_s, offset_s, label), got {_show(x)}: pass one recording")
    for i, (onset_s, offset_s, label) in enumerate(found):
        onset_s = number(onset_s, "onset_s", at_least=0)
        offset_s = number(offset_s, "offset_s", above=onset_s)
        if isinstance(label, bool) or not isinstance(label, str | Integral):
            raise TypeError(f"the label of an event must be a name or a whole number, got {_show(label)}: pass one")
        found[i] = onset_s, offset_s, label if isinstance(label, str) else int(label)
    return found


def recordings(truth, found) -> tuple[list, list]:
    """True and found events, a list for each recording, with something to be found."""
    for name, value in (("truth", truth), ("found", found)):
        if not isinstance(value, list | tuple) or any(not isinstance(e, list) for e in value):
            raise TypeError(f"{name} must be a list of lists of events, got {_show(value)}: one list per recording")
    if len(truth) != len(found):
        raise ValueError(f"truth and found must have as many recordings, got {len(truth)} and {len(found)}: pair them")
    if not any(truth):
        raise ValueError("truth must hold at least one event, got 0: there is nothing to be found")
    return truth, found


def held(low: float, high: float) -> tuple[float, float]:
    """Two ends of an interval that a float can hold."""
    if not (np.isfinite(low) and np.isfinite(high)):
        raise ValueError(
            f"values must be so small that their interval can be held, got {low:g} to {high:g}: scale them"
        )
    return low, high
