"""Does an answer give the same for the same input? One that keeps something from call to call does not."""

import copy
import functools
from collections.abc import Callable
from typing import Any

from . import compare
from .compare import Trial


def two_results(where: str) -> str:
    return (
        f"Called twice with the same input, it gives two different results{where and ' '}{where}. It keeps something "
        "from one call to the next, in a list as default argument or in a variable outside it; or it takes what "
        "nobody has set, as random numbers or the contents of np.empty."
    )


def gives_another(trial: Trial, attempt: Callable[[], Trial]) -> bool:
    """Does another call with the same input give something else? Only numbers can be told from others."""
    if trial.error is None and (trial.got is None or not of_numbers(trial.got)):
        return False
    other = attempt()
    if trial.error is not None or other.error is not None:
        return type(trial.error) is not type(other.error)
    return differ(trial.got, other.got)


def of_numbers(result: Any) -> bool:
    members = result if isinstance(result, tuple) else (result,)
    return all(compare.is_number(compare.as_array(member)) for member in members)


def differ(one: Any, two: Any) -> bool:
    """Are two results not the same? What is not made of numbers is not compared."""
    return of_numbers(one) and of_numbers(two) and not compare.equal(one, two, compare.EXACT)


class Calls:
    """Stands for a function that is designed, and keeps its first call, to be made once more."""

    def __init__(self, function: Callable):
        self.function, self.first = function, None
        functools.update_wrapper(self, function, updated=())

    def __call__(self, *arguments, **options):
        passed = copy.deepcopy((arguments, options)) if self.first is None else None
        got = self.function(*arguments, **options)
        got = list(got) if hasattr(got, "__next__") else got
        if passed:
            self.first = passed, copy.deepcopy(got)
        return got

    def differ(self) -> bool:
        """Does the first call, made again, give something else?"""
        if self.first is None:
            return False
        (arguments, options), before = self.first
        try:
            return differ(before, self.function(*copy.deepcopy(arguments), **options))
        except Exception:  # it has failed already, and its sentence says at what
            return False
