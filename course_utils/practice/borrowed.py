"""Does an answer only call the package function that it is to write? Seen by running it, not by its text.

What the package's function returns is changed on the way; an answer that then gives exactly the changed result, case
after case, has done nothing but hand it on. One that calls it to compare with its own result, or uses other functions
of the package, is not touched.
"""

import contextlib
import copy
import inspect
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from . import compare
from .model import Case, Exercise

PACKAGE = __name__.partition(".")[0]
CONTENT = (f"{PACKAGE}.practice", f"{PACKAGE}.exercises")  # what asks, and what is asked
_answering = []  # who answers in place of the function whose code was exchanged


def borrowed(exercise: Exercise, answer: Callable, cases: list[Case]) -> str | None:
    """The full name of the function that an answer hands on, in half of the cases or more."""
    for function in asked_functions(exercise):
        if answer is function or hands_on(function, answer, cases):
            return f"{function.__module__}.{function.__qualname__}"
    return None


def asked_functions(exercise: Exercise) -> list[types.FunctionType]:
    """What the package exports under the names that are asked: that of the answer, and that of the reference."""
    names = {exercise.answer, exercise.reference.__name__}
    found = {}
    for place, module in list(sys.modules.items()):
        if module is not None and place.startswith(f"{PACKAGE}.") and not place.startswith(CONTENT):
            mine = [vars(module).get(name) for name in names]
            found |= {id(one): one for one in mine if isinstance(one, types.FunctionType)}
    return [one for one in found.values() if not one.__module__.startswith(CONTENT)]


def hands_on(function: types.FunctionType, answer: Callable, cases: list[Case]) -> bool:
    n_handed_on = 0
    for n_tried, case in enumerate(cases):
        n_handed_on += is_handed_on(function, answer, case)
        if n_tried == 0 and not n_handed_on:  # who hands on does so in the plainest case
            return False
    return 2 * n_handed_on >= len(cases) > 0


def is_handed_on(function: types.FunctionType, answer: Callable, case: Case) -> bool:
    """With what ``function`` makes of this case changed, does the answer give exactly that?"""
    signature, seen = inspect.signature(function), []

    def answer_instead(original, *arguments, **options):
        result = original(*arguments, **options)
        if not is_this_case(signature, arguments, options, case):
            return result
        seen.append(changed(result))
        return copy.deepcopy(seen[-1])

    arguments, options = copy.deepcopy((case.arguments, case.options))
    with exchanged(function, answer_instead), np.errstate(all="ignore"):
        try:
            got = answer(*arguments, **options)
            got = list(got) if hasattr(got, "__next__") else got
        except Exception:  # it holds the result against something, and finds it changed
            return False
    return bool(seen) and compare.equal(seen[-1], got, compare.EXACT)


def is_this_case(signature: inspect.Signature, arguments: tuple, options: dict, case: Case) -> bool:
    """Are all that the case passes among what is passed here?"""
    bound = signature.bind(*arguments, **options)
    bound.apply_defaults()
    here = [compare.as_array(value) for value in bound.arguments.values()]
    asked = [compare.as_array(value) for value in (*case.arguments, *case.options.values())]
    return all(any(compare.close(one, other, compare.EXACT) for other in here) for one in asked)


def changed(result: Any) -> Any:
    """Another result of the same form, with numbers that nobody would come upon."""
    if isinstance(result, tuple):
        return tuple(map(changed, result))
    if hasattr(result, "detach"):
        return result + 1 if str(result.dtype) != "torch.bool" else ~result
    array = compare.as_array(result)
    if not compare.is_number(array):
        return result
    if array.dtype == bool:
        other = ~array
    elif array.dtype.kind in "iu":
        other = array ^ 1
    else:
        other = array + (0.37 + np.arange(array.size).reshape(array.shape) % 7).astype(array.real.dtype)
    return other.tolist() if isinstance(result, list) else type(result)(other) if array.ndim == 0 else other


def _stand_in(*arguments, **options):
    """Runs among the variables of another module, whose function has this code for a while."""
    from course_utils.practice import borrowed

    return borrowed._answering[-1](*arguments, **options)


@contextlib.contextmanager
def exchanged(function: types.FunctionType, instead: Callable) -> Iterator[None]:
    """Whoever holds ``function``, by whatever name, calls ``instead(original, …)``."""
    code = function.__code__
    original = types.FunctionType(
        code, function.__globals__, function.__name__, function.__defaults__, function.__closure__
    )
    original.__kwdefaults__ = function.__kwdefaults__
    try:
        function.__code__ = _stand_in.__code__
    except ValueError:  # it has variables of an outer function: no package function does
        yield
        return
    _answering.append(lambda *arguments, **options: instead(original, *arguments, **options))
    try:
        yield
    finally:
        function.__code__ = code
        _answering.pop()
