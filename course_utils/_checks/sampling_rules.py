"""What ``sampling_rules`` words."""

from collections.abc import Iterable
from numbers import Integral

from .ngrams import *  # noqa: F403
from .ngrams import _show


def row(value, name: str) -> list[int]:
    """Whole numbers in an order."""
    items = value.tolist() if hasattr(value, "tolist") else value
    if not isinstance(items, list | tuple):
        raise TypeError(
            f"{name} must be a list of whole numbers, got {_show(value)}: pass what encode or generate gives"
        )
    for item in items:
        if isinstance(item, bool) or not isinstance(item, Integral):
            raise TypeError(f"{name} must hold whole numbers, got {_show(item)}: pass what encode or generate gives")
        if item < 0:
            raise ValueError(f"{name} must hold no padding, got {int(item)}: cut each piece at its own length first")
    return [int(item) for item in items]


def rows(value, name: str) -> list[list[int]]:
    """Several lists of whole numbers."""
    if isinstance(value, str | bytes | dict) or not isinstance(value, Iterable):
        raise TypeError(f"{name} must be lists of whole numbers, got {_show(value)}: put the pieces into a list")
    return [row(one, f"each of {name}") for one in value]


def started(value) -> list[int]:
    """What a piece begins with."""
    start = row(value, "start")
    if not start or start[0] != 0 or 0 in start[1:]:
        raise ValueError(f"start must begin with 0 and hold no other, got {_show(start)}: put the notes behind a 0")
    return start


def rule(value):
    """A function of a distribution, or none."""
    if value is None:
        return lambda p: p
    if not callable(value):
        raise TypeError(f"rule must be a function of probabilities, got {_show(value)}: pass a lambda, or None")
    return value
