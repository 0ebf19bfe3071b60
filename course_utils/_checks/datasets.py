"""What ``datasets`` words."""

import math
import operator
import os
from collections.abc import Sequence
from functools import reduce
from pathlib import Path

import numpy as np
import torch

from .layers import *  # noqa: F403
from .layers import _show, count, fits_memory, for_torch, interval, number, plain


def pairs(items) -> list:
    """Items of a data set that make a batch."""
    if isinstance(items, str | dict) or not hasattr(items, "__iter__"):
        raise TypeError(f"items must be a list of pairs (input, target), got {_show(items)}: pass [(signal, label)]")
    items = list(items)
    if not items:
        raise ValueError("items must hold at least one, got []: leave empty batches out")
    for place, item in enumerate(items):
        if not isinstance(item, tuple | list) or len(item) != 2:
            raise TypeError(
                f"an item must be a pair (input, target), got {_show(item)} for item {place}: "
                "put several inputs, or several targets, in a tuple"
            )
    return items


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
    """A number or an array of numbers, as a dense tensor that holds them."""
    entry = for_torch(entry, name)
    try:
        entry = torch.as_tensor(entry)
    except (TypeError, ValueError, RuntimeError):
        raise TypeError(
            f"the {name} of an item must be a number, an array or a tensor, got {_show(entry)}: convert it"
        ) from None
    if entry.layout != torch.strided or entry.is_quantized:
        way, kind = ("dequantize", entry.dtype) if entry.is_quantized else ("to_dense", entry.layout)
        raise TypeError(f"the {name} of an item must be a dense tensor, got {kind}: pass x.{way}()")
    return entry


def same_kind(entries: list[torch.Tensor], name: str) -> torch.dtype:
    """The type that holds the numbers of all items."""
    for entry in entries:
        if entry.device != entries[0].device:
            raise ValueError(
                f"the {name} must lie in one place in all items, got {entries[0].device} and {entry.device}: "
                'move them with x.to("cpu")'
            )
    if entries[0].device.type == "meta":
        raise TypeError(
            f"the {name} of an item must hold numbers, got a tensor on meta, which has a shape only: make it on the cpu"
        )
    dtypes = [entry.dtype for entry in entries if entry.numel()] or [entries[0].dtype]
    for dtype in dtypes:
        if (dtype.is_complex, dtype == torch.bool) != (dtypes[0].is_complex, dtypes[0] == torch.bool):
            raise TypeError(
                f"the {name} must be of one kind in all items, got {dtypes[0]} and {dtype}: convert one of them"
            )
    return reduce(torch.promote_types, dtypes)


def batch_fits(entry: torch.Tensor, dtype: torch.dtype, shape: tuple) -> None:
    """A padded batch in memory."""
    if entry.device.type == "cpu":
        what = f"a batch of {shape[0]:,} items of {shape[-1]:,} values"
        fits_memory(dtype.itemsize * math.prod(shape), what, "cut the longest item, or lower the batch size")


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


def padding(value) -> float:
    """A number, NaN included."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        raise TypeError(f"padding must be a number, got {_show(value)}: pass the ignore_index of the loss")
    return plain(value)


def index(value, n_items: int) -> int:
    """A position, from the end where it is negative; past it an IndexError, by which a loop finds its end."""
    try:
        place = None if isinstance(value, bool) else operator.index(value)
    except TypeError:
        place = None
    if place is None:
        raise TypeError(f"index must be a whole number, got {_show(value)}: ask for one item at a time")
    if not -n_items <= place < n_items:
        raise IndexError(
            f"index must lie in {-n_items}…{n_items - 1}, the items of the dataset, got {place}: ask for one of them"
        )
    return place % n_items


def mixing(alpha) -> float:
    """The parameter of a beta distribution from which single precision can draw; or none."""
    alpha = float(number(alpha, "alpha", at_least=0, at_most=1e6))
    if 0 < alpha < 1e-6:
        raise ValueError(f"alpha must be 0 or at least 1e-06, got {alpha:g}: pass 0 where nothing is to be blended")
    return alpha


def paddable(dtype: torch.dtype, padding, name: str) -> None:
    """A type that can hold what stands behind the shorter items."""
    if dtype.is_floating_point or dtype.is_complex:
        return
    lowest, highest = (0, 1) if dtype == torch.bool else (torch.iinfo(dtype).min, torch.iinfo(dtype).max)
    if not lowest <= padding <= highest or padding != int(padding):
        raise ValueError(
            f"padding={padding} must fit the {name}, got {dtype}, which holds whole numbers {lowest}…{highest}: "
            "convert it to int64 or to float, or choose another padding"
        )


def folder_of_digits(folder) -> list[Path]:
    """The recordings in a folder, named {digit}_{speaker}_{number}.wav."""
    if isinstance(folder, bool) or not isinstance(folder, str | os.PathLike):
        raise TypeError(f"folder must be a path, got {_show(folder)}: name the folder of the recordings")
    try:
        files = sorted(Path(folder).iterdir())
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise FileNotFoundError(
            f"folder must be one that can be read, got {_show(str(folder))} ({why}): look for a slip in the name"
        ) from None
    named = [path for path in files if path.suffix.lower() == ".wav" and path.match("[0-9]_*_*")]
    paths = [path for path in named if path.stem.count("_") == 2]
    if not paths:
        raise FileNotFoundError(
            f"folder must hold files such as 7_george_0.wav, found none in {folder}, got {len(named)} with more parts: "
            "unpack the recordings of the Free Spoken Digit Dataset there"
        )
    return paths


def chosen(names, known: Sequence[str], name: str = "speakers") -> tuple[str, ...]:
    """Speakers or the like, each of whom is there; None for all."""
    if names is None:
        return tuple(known)
    if isinstance(names, str) or not hasattr(names, "__iter__"):
        raise TypeError(f"{name} must be a list of names, got {_show(names)}: write [{names!r:.40}]")
    names = tuple(names)
    missing = [one for one in names if one not in known]
    if missing or not names:
        raise ValueError(
            f"{name} must be some of {', '.join(known)}, got {_show(missing[0]) if missing else 'none'}: "
            f"choose from these, or leave {name} out"
        )
    return names


def rendered(folder: Path, *, needed: bool) -> bool:
    """Whether sentences have been rendered on this machine."""
    is_there = (folder / "index.csv").is_file()
    if needed and not is_there:
        raise FileNotFoundError(
            f"source must be one that is there, got 'rendered' and nothing in {folder.parent.name}/{folder.name}: run "
            "python data/make_sentences.py --render, or pass 'shipped'"
        )
    return is_there


def all_recorded(places: dict, people: Sequence[str], n_digits: int) -> None:
    """A recording of each digit by each speaker."""
    for person in people:
        missing = [digit for digit in range(n_digits) if (person, digit) not in places]
        if missing:
            raise ValueError(
                f"each speaker must have recorded all {n_digits} digits, got no {missing[0]} by {person}: "
                "add the recording, or name the others in speakers"
            )


def fewest_and_most(value, name: str, *, minimum: int, maximum: int) -> tuple:
    """A range of counts."""
    return interval(value, name, lambda n, bound: count(n, bound, minimum=minimum, maximum=maximum))


def between(value, name: str, *, at_least: float, at_most: float) -> tuple:
    """A range of numbers."""
    return interval(value, name, lambda x, bound: number(x, bound, at_least=at_least, at_most=at_most))


def frames_in(duration_s: float, hop_s: float) -> int:
    """Frames of a scene, at least one."""
    n_frames = round(duration_s / number(hop_s, "hop_s", at_least=1e-6))
    return count(n_frames, "the number of frames, duration_s / hop_s,", maximum=10_000_000)


def classes(targets: tuple, n_classes: int) -> torch.Tensor:
    """One class for each item."""
    kinds = [(str(target.dtype), tuple(target.shape)) for target in targets]
    is_one = len(targets) == 1 and targets[0].ndim == 1
    if not is_one or targets[0].is_floating_point() or targets[0].is_complex() or targets[0].dtype == torch.bool:
        raise TypeError(f"the target of an item must be one class, a whole number, got {_show(kinds)}: pass an int")
    labels = targets[0].long()  # torch has no minimum of some unsigned types
    lowest, highest = int(labels.min()), int(labels.max())
    if lowest < 0 or highest >= n_classes:
        raise ValueError(
            f"labels must lie in 0…{n_classes - 1}, got {lowest if lowest < 0 else highest}: "
            f"number the classes from 0, or raise n_classes={n_classes}"
        )
    return labels


def voices(wanted, n_voices: int) -> Sequence[int]:
    """Numbers of voices, or all of them."""
    if wanted is None:
        return range(n_voices)
    if isinstance(wanted, str | dict) or not hasattr(wanted, "__len__") or not len(wanted):
        raise TypeError(f"voices must be a list of numbers, got {_show(wanted)}: write voices=[0]")
    return [count(number, "voices", minimum=0, maximum=n_voices - 1) for number in wanted]
