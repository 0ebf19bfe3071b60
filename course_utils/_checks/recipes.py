"""What ``recipes`` words."""

import numpy as np
import torch

from .datasets import tensor as item_tensor  # noqa: F401 -- for recipes
from .layers import *  # noqa: F403
from .layers import _show, count, network, number
from .recogniser import digits as string_digits
from .recogniser import recogniser  # noqa: F401 -- for recipes


def examples(items, n_classes: int, name: str, *, batch_size: int = 1) -> None:
    """Pairs (clip, class), a whole batch at least, among them some of every class."""
    sequence(items, name, "(clip, class)")
    if len(items) < max(1, batch_size):
        raise ValueError(
            f"{name} must hold at least batch_size={batch_size} clips, got {len(items)}: pass more or lower batch_size"
        )
    missing = sorted(set(range(n_classes)) - labelled(items, n_classes, name))
    if missing:
        raise ValueError(
            f"{name} must hold clips of all {n_classes} classes, got none of {', '.join(map(str, missing))}: "
            "what is never heard is never learned, add some"
        )


def labelled(items, n_classes: int, name: str) -> set[int]:
    """The classes of pairs (clip, class)."""
    sequence(items, name, "(clip, class)")
    return {_class(pair(items[n], name, "(clip, class)", n)[1], n_classes, name, n) for n in range(len(items))}


def pair(item, name: str, form: str, place: int):
    """An item of a data set that has two parts."""
    if not isinstance(item, tuple | list) or len(item) != 2:
        raise TypeError(f"{name} must hold pairs {form}, got {_show(item)} as item {place}: write pairs")
    return item


def _class(label, n_classes: int, name: str, place: int) -> int:
    try:
        return count(label.item() if hasattr(label, "item") else label, "label", minimum=0, maximum=n_classes - 1)
    except (TypeError, ValueError, RuntimeError):
        raise ValueError(
            f"{name} must have classes 0…{n_classes - 1}, got {_show(label)} in item {place}: number them from 0"
        ) from None


def budget(
    n_epochs, batch_size, learning_rate, rate_name: str = "learning_rate", *, size_name: str = "batch_size"
) -> tuple[int, int, float]:
    """How long and how fast to learn."""
    n_epochs, batch_size = count(n_epochs, "n_epochs", maximum=1_000_000), count(batch_size, size_name)
    return n_epochs, batch_size, number(learning_rate, rate_name, above=0, at_most=1e3)


def sequence_model(model) -> int:
    """A network with a scale to measure and a number of classes."""
    if not hasattr(network(model), "scale") or not hasattr(model, "score"):
        raise TypeError(f"model must be a SequenceModel, got {type(model).__name__}: make one of MODELS")
    return model.score.out_features


def digit_of(digits, place: int, number: int) -> int:
    """The digit in one place of a string."""
    if isinstance(digits, str | dict) or not hasattr(digits, "__getitem__") or getattr(digits, "ndim", 1) != 1:
        raise TypeError(f"digits must be a list or a row of digits, got {_show(digits)} in string {number}: pass one")
    if place >= len(digits):
        raise ValueError(
            f"place={place} must lie below the number of digits, got {len(digits)} in string {number}: lower it"
        )
    try:
        digit = int(digits[place])
        is_whole = digit == digits[place]
    except (TypeError, ValueError, OverflowError):
        is_whole = False
    if not is_whole:
        raise TypeError(f"digits must be whole numbers, got {_show(digits[place])} in string {number}: convert them")
    return digit


def sequence(value, name: str, pair: str):
    """A data set, or a list, of pairs."""
    if isinstance(value, str | dict) or not (hasattr(value, "__len__") and hasattr(value, "__getitem__")):
        raise TypeError(f"{name} must be a data set or a list of pairs {pair}, got {_show(value)}: pass one")
    return value


def some_lessons(lessons) -> None:
    """Data sets of strings, none of them empty."""
    is_list = hasattr(lessons, "__len__") and hasattr(lessons, "__getitem__")
    if isinstance(lessons, str | dict | torch.Tensor | np.ndarray) or not is_list:
        raise TypeError(f"lessons must be a list of data sets, got {_show(lessons)}: write [strings]")
    if not len(lessons):
        raise ValueError("lessons must hold at least one, got none: see string_lessons")
    first = lessons[0]
    if isinstance(first, list | tuple) and len(first) and hasattr(first[0], "ndim"):  # a signal
        raise TypeError(
            f"lessons must be a list of data sets, got {len(lessons):,} strings, which are one lesson: write [strings]"
        )
    for place, lesson in enumerate(lessons):
        strings(lesson, f"lesson {place}")


def strings(items, name: str):
    """Some strings and what is said in each."""
    if not len(sequence(items, name, "(signal, digits)")):
        raise ValueError(f"{name} must hold at least one string, got none: leave it out")
    return items


def string_item(lesson, place: int) -> tuple:
    """An item of a lesson: a signal and its digits."""
    signal, digits = pair(lesson[place], "strings", "(signal, digits)", place)
    if getattr(signal, "ndim", 0) != 1 or not len(signal):
        raise TypeError(f"a signal must be samples (time,), got {_show(signal)} in item {place}: pass one channel")
    return signal, string_digits(digits, 10)


def timed_lessons(lessons) -> None:
    """Data sets of strings that know when each digit is said."""
    some_lessons(lessons)
    for place, lesson in enumerate(lessons):
        if not callable(getattr(lesson, "spans_s", None)):
            raise TypeError(
                f"lessons must know when each digit is said, got a {type(lesson).__name__} in place {place}: "
                "see string_lessons"
            )


def watcher(watch) -> None:
    """What is called while a network learns."""
    if watch is not None and not callable(watch):
        raise TypeError(f"watch must be callable, got {_show(watch)}: pass a function of the number of a part")


def batch_and_shift(batch_s, shift_s) -> float:
    """How much sound a batch holds, and how late in its window a string may begin."""
    number(shift_s, "shift_s", at_least=0, at_most=60)
    return number(batch_s, "batch_s", above=0, at_most=1e6)
