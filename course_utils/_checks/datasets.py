"""What ``datasets`` words."""

from collections.abc import Sequence
from functools import reduce

import numpy as np
import torch

from . import *  # noqa: F403
from . import _show


def pairs(items: list) -> None:
    """Items of a data set that make a batch."""
    if not items:
        raise ValueError("items must hold at least one, got []: leave empty batches out")
    for place, item in enumerate(items):
        if not isinstance(item, tuple | list) or len(item) != 2:
            raise TypeError(
                f"an item must be a pair (input, target), got {_show(item)} for item {place}: "
                "put several inputs, or several targets, in a tuple"
            )


def tuples_alike(entries: Sequence, name: str) -> bool:
    """Whether each item has a tuple: of as many as the first, or none has one."""
    sizes = [len(entry) if isinstance(entry, tuple) else None for entry in entries]
    for place, size in enumerate(sizes):
        if size != sizes[0]:
            found, first = ("no tuple" if n is None else f"a tuple of {n}" for n in (size, sizes[0]))
            raise TypeError(
                f"the {name} of each item must be built alike, got {found} for item {place} and {first} for item 0: "
                "give every item as many"
            )
    return sizes[0] is not None


def tensor(entry, name: str) -> torch.Tensor:
    """A number or an array of numbers."""
    if isinstance(entry, np.ndarray) and min(entry.strides, default=0) < 0:
        entry = entry.copy()  # turned round, which a tensor cannot be
    try:
        return torch.as_tensor(entry)
    except (TypeError, ValueError, RuntimeError):
        pass
    raise TypeError(f"the {name} of an item must be a number, an array or a tensor, got {_show(entry)}: convert it")


def same_kind(entries: list[torch.Tensor], name: str) -> torch.dtype:
    """The type that holds the numbers of all items."""
    dtypes = [entry.dtype for entry in entries if entry.numel()] or [entries[0].dtype]
    for dtype in dtypes:
        if (dtype.is_complex, dtype == torch.bool) != (dtypes[0].is_complex, dtypes[0] == torch.bool):
            raise TypeError(
                f"the {name} must be of one kind in all items, got {dtypes[0]} and {dtype}: convert one of them"
            )
    return reduce(torch.promote_types, dtypes)


def stackable(shapes: list[tuple], name: str) -> None:
    """Shapes that differ in their last axis only, which is not empty in an input."""
    for place, shape in enumerate(shapes):
        if len(shape) != len(shapes[0]) or shape[:-1] != shapes[0][:-1]:
            raise ValueError(
                f"the {name} must differ from item to item in its last axis only, got shape {shape} for item {place} "
                f"and {shapes[0]} for item 0: nothing is repeated, make them alike"
            )
        if 0 in shape and name.startswith("input"):
            raise ValueError(f"the {name} must not be empty, got shape {shape} for item {place}: leave that item out")


def paddable(dtype: torch.dtype, padding, name: str) -> None:
    """A type that can hold what stands behind the shorter items."""
    if isinstance(padding, bool) or not isinstance(padding, int | float):
        raise TypeError(f"padding must be a number, got {_show(padding)}: pass the ignore_index of the loss")
    if dtype.is_floating_point or dtype.is_complex:
        return
    lowest, highest = (0, 1) if dtype == torch.bool else (torch.iinfo(dtype).min, torch.iinfo(dtype).max)
    if not lowest <= padding <= highest or padding != int(padding):
        raise ValueError(
            f"padding={padding} must fit the {name}, got {dtype}, which holds whole numbers {lowest}…{highest}: "
            "convert it to int64 or to float, or choose another padding"
        )


def classes(targets: tuple, n_classes: int) -> torch.Tensor:
    """One class for each item."""
    kinds = [(str(target.dtype), tuple(target.shape)) for target in targets]
    is_one = len(targets) == 1 and targets[0].ndim == 1
    if not is_one or targets[0].is_floating_point() or targets[0].is_complex() or targets[0].dtype == torch.bool:
        raise TypeError(f"the target of an item must be one class, a whole number, got {_show(kinds)}: pass an int")
    lowest, highest = int(targets[0].min()), int(targets[0].max())
    if lowest < 0 or highest >= n_classes:
        raise ValueError(
            f"labels must lie in 0…{n_classes - 1}, got {lowest if lowest < 0 else highest}: "
            f"number the classes from 0, or raise n_classes={n_classes}"
        )
    return targets[0].long()
