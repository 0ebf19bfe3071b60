"""What a learner's function gave, beside what was expected: as arrays, as equal or not, and in words."""

import reprlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from .model import Case

SINGLE_PRECISION = 1e-4  # of the largest value: room for sums of some thousand float32 products


def as_array(value: Any) -> np.ndarray:
    """Lists, tuples, numpy and torch scalars and tensors as an array; what is none has dtype object."""
    if hasattr(value, "detach"):  # a torch tensor, without importing torch
        value = value.detach().cpu().numpy()
    if isinstance(value, (list, tuple)):
        value = [as_array(item) if hasattr(item, "detach") else item for item in value]
    elif hasattr(value, "__iter__") and not isinstance(value, (str, bytes, dict, np.ndarray)):
        value = list(value)  # generators, ranges, zip
    try:
        return np.asarray(value)
    except ValueError:  # rows of different lengths
        return np.asarray(list(value), dtype=object)


def is_number(array: np.ndarray) -> bool:
    return array.dtype.kind in "biufc"


def parts(expected: Any, got: Any) -> list[tuple[np.ndarray, np.ndarray]] | None:
    """Pairs of arrays to be compared: one, or one for each member of an expected tuple; None if the counts differ."""
    if not isinstance(expected, tuple):
        return [(as_array(expected), as_array(got))]
    if not isinstance(got, (tuple, list)) or len(got) != len(expected):
        return None
    return [(as_array(one), as_array(other)) for one, other in zip(expected, got, strict=True)]


def close(expected: np.ndarray, got: np.ndarray, tolerance: float) -> bool:
    """Equal in shape, and in each value up to ``tolerance`` of the largest expected one; words exactly."""
    if expected.shape != got.shape or is_number(expected) != is_number(got):
        return False
    if not is_number(expected):
        return bool((expected == got).all())
    if got.dtype in (np.float32, np.complex64, np.float16):
        tolerance = max(tolerance, SINGLE_PRECISION)
    finite = np.isfinite(expected)
    with np.errstate(all="ignore"):
        if not np.array_equal(expected[~finite], got[~finite], equal_nan=expected.dtype.kind in "fc"):
            return False
        largest = np.abs(expected[finite].astype(complex)).max(initial=0.0)
        difference = np.abs(got[finite].astype(complex) - expected[finite])
        return bool((difference <= tolerance * (largest or 1.0)).all())


def equal(expected: Any, got: Any, tolerance: float) -> bool:
    pairs = parts(expected, got)
    return pairs is not None and all(close(*pair, tolerance) for pair in pairs)


@dataclass
class Trial:
    """One case that was tried: what was expected, what came, and whether that is right."""

    case: Case
    expected: Any
    got: Any = None
    error: BaseException | None = None
    changed: str | None = None  # the argument that the function changed
    right: bool = False
    wrong_dtype: bool = False

    @property
    def pair(self) -> tuple[np.ndarray, np.ndarray] | None:
        """Expected and got as numbers, of the first part that is not right; None where there is no such pair."""
        pairs = None if self.error is not None or self.got is None else parts(self.expected, self.got)
        for expected, got in pairs or []:
            if not close(expected, got, 1e-9):
                return (expected, got) if is_number(expected) and is_number(got) else None
        return None

    @property
    def signal(self) -> np.ndarray | None:
        """The first argument that is an array of numbers."""
        for argument in self.case.arguments:
            if isinstance(argument, (np.ndarray, list)) and is_number(as_array(argument)):
                return as_array(argument)
        return None


# ----------------------------------------------------------------------------------------- in words


def number_text(value) -> str:
    if isinstance(value, (complex, np.complexfloating)):
        return f"{value:.4g}"
    return f"{value:.6g}" if isinstance(value, (float, np.floating)) else str(value)


def text(value: Any, n_shown: int = 6) -> str:
    """A value in one line: the first numbers of an array, and its shape where they are not all."""
    if isinstance(value, tuple):
        return "(" + ", ".join(text(item, n_shown) for item in value) + ")"
    if isinstance(value, np.random.Generator):
        return "a random generator"
    if callable(value):
        return getattr(value, "__name__", "a function")
    if not isinstance(value, (np.ndarray, list)) and not hasattr(value, "detach"):
        return number_text(value) if isinstance(value, (float, np.number)) else reprlib.repr(value)
    array = as_array(value)
    if not is_number(array) or array.ndim == 0:
        return number_text(array[()]) if is_number(array) else reprlib.repr(value)
    shown = ", ".join(number_text(item) for item in array.ravel()[:n_shown])
    if array.size <= n_shown and array.ndim == 1:
        return f"[{shown}]"
    return f"[{shown}{', …' if array.size > n_shown else ''}] of shape {array.shape}"


def call_text(case: Case) -> str:
    """The arguments of a case as they would be written."""
    options = [f"{name}={text(value)}" for name, value in case.options.items()]
    return ", ".join([text(argument) for argument in case.arguments] + options)
