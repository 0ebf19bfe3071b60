"""What a learner's function gave, beside what was expected: as arrays, and as equal or not."""

import inspect
import numbers
import reprlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from .model import Case, Function

SINGLE_PRECISION = 1e-4  # of the largest value: room for sums of some thousand float32 products
SINGLES = (np.float32, np.complex64, np.float16)
FEW_BITS = 12  # of a fraction that need not come of float32
EXACT = 1e-9


def as_array(value: Any) -> np.ndarray:
    """Numbers in any container as an array: lists, tensors, tables, fractions; what is none has dtype object."""
    try:
        if hasattr(value, "detach"):  # a torch tensor, without importing torch
            return tensor_array(value)
        if isinstance(value, np.ma.MaskedArray):
            return value.data if not np.any(value.mask) else value.astype(float).filled(np.nan)
        if isinstance(value, (str, bytes, type, set, frozenset, Mapping)):  # words, and what has no order
            return np.asarray(value)
        if hasattr(value, "__iter__") and not hasattr(value, "__array__"):
            return list_array(list(value))  # generators, ranges and zip, too
        return plain_numbers(np.asarray(value))
    except Exception:  # a learner's object may raise anything
        return object_array([value]).reshape(())


def tensor_array(tensor: Any) -> np.ndarray:
    """A tensor's numbers, whether it needs a gradient, is conjugated lazily, sparse, or of a dtype that numpy lacks."""
    tensor = tensor.detach().resolve_conj().resolve_neg().cpu()
    tensor = tensor if str(tensor.layout) == "torch.strided" else tensor.to_dense()
    return (tensor.float() if str(tensor.dtype) == "torch.bfloat16" else tensor).numpy()


def list_array(items: list) -> np.ndarray:
    try:
        array = np.asarray(items)
        if array.dtype != object:
            return array
    except Exception:  # rows of different lengths, tensors that need a gradient
        array = object_array(items)
    rows = [as_array(item) for item in items]
    if all(row.dtype != object and row.shape == rows[0].shape for row in rows):
        return np.stack(rows)
    return plain_numbers(array)


def object_array(items: list) -> np.ndarray:
    array = np.empty(len(items), object)
    for place, item in enumerate(items):  # one by one, or numpy looks into them
        array[place] = item
    return array


def plain_numbers(array: np.ndarray) -> np.ndarray:
    """Fractions, decimals and large integers as the floats that they are."""
    if array.dtype != object or not all(isinstance(item, (numbers.Number, Decimal)) for item in array.flat):
        return array
    return array.astype(
        complex if any(isinstance(item, (complex, np.complexfloating)) for item in array.flat) else float
    )


def is_number(array: np.ndarray) -> bool:
    return array.dtype.kind in "biufc"


def parts(expected: Any, got: Any) -> list[tuple[np.ndarray, np.ndarray]] | None:
    """Pairs of arrays to be compared: one, or one for each member of an expected tuple; None if the counts differ."""
    if not isinstance(expected, tuple):
        return [(as_array(expected), as_array(got))]
    if not isinstance(got, (tuple, list)):
        rows = as_array(got)
        got = list(rows) if rows.ndim and is_number(rows) else []
    if len(got) != len(expected):
        return None
    return [(as_array(one), as_array(other)) for one, other in zip(expected, got, strict=True)]


def differs(expected: np.ndarray, got: np.ndarray, tolerance: float, per_value: bool = False) -> np.ndarray:
    """Which values differ, of two arrays of one shape: words at all, numbers by more than ``tolerance`` of the largest
    that is expected, or ``per_value`` of each one."""
    if not is_number(expected):
        return np.asarray(expected != got, bool)
    if got.dtype in SINGLES or is_single(got):
        tolerance = max(tolerance, SINGLE_PRECISION)
    finite = np.isfinite(expected)
    with np.errstate(all="ignore"):
        expected, got = expected.astype(complex), got.astype(complex)
        size = np.abs(expected)
        largest = size[finite].max(initial=0.0) or 1.0
        room = size + np.finfo(np.float32).tiny if per_value else largest
        same = (expected == got) | (np.isnan(expected) & np.isnan(got))
        return ~np.where(finite, np.abs(got - expected) <= tolerance * room, same)


def is_single(got: np.ndarray) -> bool:
    """Is it one number that float32 holds to its last bit, as that of a tensor's ``item()``? One in 2²⁹ is by chance;
    what float32 holds with bits to spare, as a whole number or a half, says nothing."""
    if got.ndim or got.dtype != np.float64 or not np.isfinite(got) or got == np.round(got):
        return False
    with np.errstate(over="ignore"):
        few = np.ldexp(np.frexp(got)[0], FEW_BITS)
        return bool(np.float32(got) == got and few != np.round(few))


def close(expected: np.ndarray, got: np.ndarray, tolerance: float, per_value: bool = False) -> bool:
    """Equal in shape, and in each value up to the tolerance."""
    if expected.shape != got.shape or is_number(expected) != is_number(got):
        return False
    return not differs(expected, got, tolerance, per_value).any()


def equal(expected: Any, got: Any, tolerance: float, per_value: bool = False) -> bool:
    pairs = parts(expected, got)
    return pairs is not None and all(close(*pair, tolerance, per_value) for pair in pairs)


class Changed(NamedTuple):
    """An argument that the function changed."""

    name: str
    before: Any
    after: Any


def changed_argument(case: Case, arguments: tuple, options: dict, answer: Callable) -> Changed | None:
    """The first array or list that the function changed."""
    names = [*argument_names(answer, len(arguments)), *options]
    before = [*case.arguments, *case.options.values()]
    for name, old, new in zip(names, before, [*arguments, *options.values()], strict=True):
        if isinstance(old, (np.ndarray, list)) and unequal(as_array(old), as_array(new)).any():
            return Changed(name, old, new)
    return None


def unequal(old: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Which values are not the same to the last digit, NaN being NaN; one True where the shapes differ."""
    if old.shape != new.shape:
        return np.array(True)
    return np.asarray((old != new) & ~((old != old) & (new != new)), bool)


def argument_names(answer: Callable, count: int) -> list[str]:
    """What the function calls the arguments that it gets by their place, else their numbers."""
    try:
        parameters = inspect.signature(answer).parameters.values()
    except (TypeError, ValueError):  # compiled code has none
        parameters = ()
    names = [one.name for one in parameters if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)][:count]
    return names + [f"number {n}" for n in range(len(names) + 1, count + 1)]


@dataclass
class Trial:
    """One case that was tried: what was expected, what came, and whether that is right.

    What follows from both is computed when it is first asked for, after all has been filled in.
    """

    case: Case
    expected: Any
    got: Any = None
    error: BaseException | None = None
    changed: Changed | None = None
    right: bool = False
    wrong_dtype: tuple[np.dtype, np.dtype] | None = None  # what was asked and what came, where the values are right
    spec: Function = Function(cases=list, tolerance=EXACT)

    def agrees(self, expected: np.ndarray, got: np.ndarray) -> bool:
        return close(expected, got, self.spec.tolerance, self.spec.per_value)

    @cached_property
    def wrong_part(self) -> int | None:
        """The place, in the tuple that is expected, of the first part that is not right; 0 where it is no tuple."""
        pairs = None if self.error is not None or self.got is None else parts(self.expected, self.got)
        wrong = (n for n, pair in enumerate(pairs or []) if not self.agrees(*pair))
        return next(wrong, None)

    @cached_property
    def pair(self) -> tuple[np.ndarray, np.ndarray] | None:
        """Expected and got as numbers, of the first part that is not right; None where there is no such pair."""
        place = self.wrong_part
        expected, got = parts(self.expected, self.got)[place] if place is not None else (np.array(""), np.array(""))
        if got.dtype == bool != expected.dtype:
            got = got.astype(np.float64)  # a mask where numbers are asked: differences can be taken then
        return (expected, got) if is_number(expected) and is_number(got) else None

    @cached_property
    def wrong_values(self) -> np.ndarray | None:
        """Which values of the pair are wrong; None where its shapes differ."""
        pair = self.pair
        if pair is None or pair[0].shape != pair[1].shape:
            return None
        return differs(*pair, self.spec.tolerance, self.spec.per_value)

    @cached_property
    def signal(self) -> np.ndarray | None:
        """The first argument that is an array of numbers."""
        for argument in self.case.arguments:
            if isinstance(argument, (np.ndarray, list)) and is_number(as_array(argument)):
                return as_array(argument)
        return None


# ----------------------------------------------------------------------------------------- in words


def number_text(value, n_digits: int = 6) -> str:
    if isinstance(value, (complex, np.complexfloating)):
        return f"{value:.{max(4, n_digits - 2)}g}"
    return f"{value:.{n_digits}g}" if isinstance(value, (float, np.floating)) else str(value)


def text(value: Any, n_shown: int = 6, n_digits: int = 6) -> str:
    """A value in one line: the first numbers of an array, and its shape where they are not all."""
    if isinstance(value, tuple):
        return "(" + ", ".join(text(item, n_shown, n_digits) for item in value) + ")"
    if isinstance(value, np.random.Generator):
        return "a random generator"
    if callable(value):
        return getattr(value, "__name__", "a function")
    if not isinstance(value, (np.ndarray, list)) and not hasattr(value, "detach"):
        return number_text(value, n_digits) if isinstance(value, (float, np.number)) else reprlib.repr(value)
    array = as_array(value)
    if not is_number(array) or array.ndim == 0:
        return number_text(array[()], n_digits) if is_number(array) else reprlib.repr(value)
    shown = ", ".join(number_text(item, n_digits) for item in array.ravel()[:n_shown])
    if array.size <= n_shown and array.ndim == 1:
        return f"[{shown}]"
    return f"[{shown}{', …' if array.size > n_shown else ''}] of shape {array.shape}"


def call_text(case: Case) -> str:
    """The arguments of a case as they would be written."""
    options = [f"{name}={text(value)}" for name, value in case.options.items()]
    return ", ".join([text(argument) for argument in case.arguments] + options)
