"""A property of answers that make equal steps: their count must be right at every size, and not only at most."""

import copy
from collections.abc import Callable, Iterable

from .compare import as_array, call_text
from .model import Case, Property


def right_count(calls: Callable[[], Iterable[tuple[Case, tuple[int, ...]]]]) -> Property:
    """The result has the shape asked in each of many calls: ``calls()`` gives pairs of a call and its shape.

    A count that is left to rounding, as by np.arange with a float step, is right at most sizes; the few at which it is
    not depend on how the step was computed.
    """

    def broken(answer: Callable) -> str | None:
        for case, shape in calls():
            came = what_came(answer, case)
            if came != f"the shape {shape}":
                return (
                    f"It is right in all cases, and not at every size: for {call_text(case)} there is {came}, and "
                    f"the shape {shape} is asked. Does rounding decide how many steps there are, as in np.arange with "
                    "a step that is no whole number? Count in whole numbers."
                )
        return None

    return Property("count left to rounding", broken)


def what_came(answer: Callable, case: Case) -> str:
    """The shape of a result in words, or the error in its place."""
    arguments, options = copy.deepcopy((case.arguments, case.options))
    try:
        return f"the shape {as_array(answer(*arguments, **options)).shape}"
    except NotImplementedError:
        raise
    except Exception as error:  # two axes of unequal length, most likely
        return f"a {type(error).__name__}"
