"""What the interactives words."""

from collections.abc import Sequence

import numpy as np

from . import *  # noqa: F403
from . import _show, number, rounded_up


def switch(value, name: str) -> bool:
    """True or False."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be True or False, got {_show(value)}: pass one of the two")
    return bool(value)


def listed(value, name: str, values: Sequence[float]):
    """One of a few numbers."""
    if value not in values:
        raise ValueError(f"{name} must be one of {', '.join(map(str, values))}, got {_show(value)}: choose one of them")
    return value


def heard(recording):
    """What a page has recorded and sent."""
    if recording is None:
        raise ValueError(
            "nothing has been heard yet, got no message from the page: press its button, allow the microphone, "
            "and stop it before you read signal"
        )
    return recording


def points(value, name: str, n_points: int, most: float) -> list[list[float]]:
    """A few points of a plane, as pairs of numbers that lie within ±most."""
    rows = [list(row) for row in value]
    if len(rows) != n_points or any(len(row) != 2 for row in rows):
        raise ValueError(f"{name} must be {n_points} pairs [x, y], got {_show(value)}: pass one pair for each")
    return [[float(number(part, name, at_least=-most, at_most=most)) for part in row] for row in rows]


def fits_page(n_bytes: int, most: int, name: str) -> None:
    """Sounds that a page can be sent."""
    if n_bytes > most:
        raise ValueError(
            f"{name} must fit into {most:,} bytes at 2 bytes a sample, got {n_bytes:,}: "
            "pass fewer seconds or a lower sample_rate"
        )


def overshoots_little(resampled: np.ndarray, rate: int) -> np.ndarray:
    """A resampled sound within ±1, give or take half of a 16-bit step, which rounding takes away."""
    largest = float(np.abs(resampled).max())
    if largest > 1 + 0.5 / 32767:
        raise ValueError(
            f"signal must lie within ±1 once it is resampled to {rate} Hz, whose filter overshoots at steep edges, "
            f"got a peak of {rounded_up(largest)}: scale it down by that factor"
        )
    return np.clip(resampled, -1, 1)


def expression(text: str, longest: int) -> str:
    """A formula that fits into its field: one line, and not too long."""
    if not isinstance(text, str):
        raise TypeError(f"expression must be a str, got {_show(text)}: write it in quotes")
    if len(text) > longest:
        raise ValueError(f"expression must have at most {longest} characters, got {len(text)}: shorten it")
    return " ".join(text.splitlines()) if "\n" in text or "\r" in text else text


def _named(values: dict, name: str) -> dict:
    """A table from names, as they stand in a formula."""
    if not isinstance(values, dict):
        raise TypeError(f"{name} must be a dict, got {_show(values)}: pass {{name: …}}")
    for key in values:
        if not (isinstance(key, str) and key.isidentifier()):
            raise ValueError(f"the names in {name} must be words, got {_show(key)}: pass them as in the formula")
    return values


def parameters(values: dict) -> dict:
    """Values of the parameters of a formula."""
    return {key: float(number(value, f"parameter {key}")) for key, value in _named(values, "parameters").items()}


def ranges(values: dict) -> dict:
    """From where to where the parameters of a formula reach."""
    found = {}
    for key, ends in _named(values, "ranges").items():
        ends = list(ends) if isinstance(ends, list | tuple | np.ndarray) else [ends]
        if len(ends) != 2:
            raise ValueError(f"range of {key} must be two numbers, got {_show(ends)}: pass (lowest, highest)")
        low, high = (float(number(end, f"range of {key}", at_least=-1e9, at_most=1e9)) for end in ends)
        if low >= high:
            raise ValueError(f"range of {key} must rise, got {low:g} to {high:g}: pass (lowest, highest)")
        found[key] = [low, high]
    return found
