"""Answers and results of a kind that nobody asked for: what they are, and the way out, in words."""

import inspect
import numbers
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import numpy as np

from .compare import as_array, is_number, text

ASYNC = "write def in place of async def, and leave await out"


def is_async(answer: Any) -> bool:
    """Is it a function, or an object that is called like one, whose call would only give a coroutine?"""
    called = answer if inspect.isroutine(answer) else getattr(type(answer), "__call__", None)  # noqa: B004 -- its code
    called = getattr(answer, "func", called)  # of a partial
    return inspect.iscoroutinefunction(called) or inspect.isasyncgenfunction(called)


def no_function(answer: Any, name: str) -> str:
    """What to say where a function is asked and something came that cannot be called."""
    if isinstance(answer, str):
        return f"A function is asked, got the text {answer[:40]!r}: pass {name} itself, without quotes."
    if isinstance(answer, np.ndarray) or isinstance(answer, (numbers.Number, list, tuple)) or hasattr(answer, "detach"):
        return f"A function is asked, got {text(answer)}: pass {name} itself, without calling it."
    if inspect.isgenerator(answer) or inspect.iscoroutine(answer):
        kind = "a generator" if inspect.isgenerator(answer) else "a coroutine"
        return f"A function is asked, got {kind}, which comes of calling it: pass {name} itself."
    kind = type(answer).__name__
    return f"A function is asked, got an object of type {kind}, which cannot be called: pass {name} itself."


def odd_number(value: Any) -> str | None:
    """What a value is, with the way out, where numbers are asked and it is something else; None where it is numbers."""
    return next(filter(None, (told(value) for told in (odd_object, odd_container, odd_items))), None)


def odd_object(value: Any) -> str | None:
    if inspect.iscoroutine(value):
        value.close()  # or Python complains of it later
        return f"a coroutine, in which nothing has run: {ASYNC}"
    if inspect.isasyncgen(value):
        return f"an asynchronous generator, in which nothing has run: {ASYNC}"
    if value is NotImplemented:
        return "NotImplemented, which stands for an operator that is missing: return the result"
    if inspect.isclass(value):
        return f"the class {value.__name__} and no value: what is it made from?"
    if isinstance(value, Callable) and not hasattr(value, "__array__"):
        return f"the function {text(value)} and not what it gives: call it, with parentheses"
    if isinstance(value, (bool, np.bool_)):
        return f"{value}, an answer to a question of yes or no: write 1 or 0 if that is meant"
    return odd_text(value) if isinstance(value, (str, bytes)) else None


def odd_text(value: str | bytes) -> str:
    said = text(value)
    if reads_as_number(value):
        return f"{said}, a number in quotes: leave the quotes out"
    return f"the text {said}: a number is asked, without text and unit"


def reads_as_number(value: Any) -> bool:
    try:
        Decimal(value.decode() if isinstance(value, bytes) else value)
    except (ArithmeticError, ValueError, TypeError):
        return False
    return True


def odd_container(value: Any) -> str | None:
    if isinstance(value, (set, frozenset)):
        return "a set, which has no order and holds nothing twice: make it a list or an array"
    if isinstance(value, Mapping):
        return f"a {type(value).__name__}: take its values, in the order that is asked, as a list"
    if isinstance(value, np.ma.MaskedArray) and np.any(value.mask):
        n_masked = np.count_nonzero(value.mask)
        return f"a masked array, {n_masked} of its values masked: say with .filled(…) what stands in their places"
    return None


def odd_items(value: Any) -> str | None:
    """What spoils an array: a row of another length, None, words, other objects."""
    array = as_array(value)
    if is_number(array):
        return None
    if array.dtype.kind in "US":
        return f"words, such as {text(str(array.flat[0]))}: numbers are asked, without quotes" if array.size else None
    items = list(array.flat)
    for place, item in enumerate(items):
        if item is None:
            return (
                f"a list with None in it, at index {place}: does one of its branches return nothing?"
                if array.ndim
                else None
            )
    shapes = [as_array(item).shape for item in items]
    if array.ndim and len(set(shapes)) > 1:
        return f"rows of different shapes, {shapes[0]} and {next(s for s in shapes if s != shapes[0])}"
    odd = next((item for item in items if not is_number(as_array(item))), value)
    inside = odd_object(odd) or odd_container(odd) if array.ndim else None
    return (
        f"a list that holds {inside}" if inside else f"of type {type(odd).__name__}, which is no number: return numbers"
    )
