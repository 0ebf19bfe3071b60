"""What ``entropy_coding`` words."""

from numbers import Integral

from . import *  # noqa: F403
from . import _show


def _whole(value, name: str) -> list[int]:
    items = value.tolist() if hasattr(value, "tolist") else value
    if not isinstance(items, list | tuple | range):
        raise TypeError(f"{name} must be a list of whole numbers, got {_show(value)}: pass a list or an array of ints")
    for item in items:
        if isinstance(item, bool) or not isinstance(item, Integral):
            raise TypeError(f"{name} must hold whole numbers, got {_show(item)}: pass a flat list of ints")
    return [int(item) for item in items]


def symbols(value, n_symbols: int) -> list[int]:
    """Whole numbers below n_symbols, one at least."""
    items = _whole(value, "symbols")
    if not items:
        raise ValueError("symbols must not be empty, got none: there is nothing to encode")
    if min(items) < 0 or max(items) >= n_symbols:
        raise ValueError(f"symbols must lie in 0…{n_symbols - 1}, got {min(items)}…{max(items)}: raise n_symbols")
    return items


def contexts(value, n: int) -> list[int]:
    """A context for each symbol; one for all by default."""
    if value is None:
        return [0] * n
    items = _whole(value, "contexts")
    if len(items) != n:
        raise ValueError(f"contexts must be as many as symbols, got {len(items)} for {n}: pass one for each")
    return items


def coded_bytes(value) -> bytes:
    """What an encoder has written."""
    if not isinstance(value, bytes | bytearray):
        raise TypeError(f"coded must be bytes, got {_show(value)}: pass what arithmetic_encode gives")
    return bytes(value)
