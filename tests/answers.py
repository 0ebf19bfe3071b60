"""Exercises on doubling, and functions as a notebook defines them, for the tests of the engine."""

import textwrap

import numpy as np

from course_utils.practice.model import Exercise, Function, case

START = "def answer(x):\n    ### BEGIN SOLUTION\n    raise NotImplementedError\n    ### END SOLUTION"


def exercise(spec, **changes):
    """An exercise on doubling, or what is asked of it."""
    fields = {
        "name": "dft/double",
        "title": "twice",
        "stars": 1,
        "kind": "implement",
        "task": "Double it.",
        "start": START,
        "answer": "answer",
        "reference": getattr(spec, "expected", None) or (lambda x: 2 * np.asarray(x)),
        "hints": ("Think.", "Think of two.", "Multiply."),
        "wrongs": (),
    }
    return Exercise(spec=spec, **fields | changes)


def doubling(**changes):
    def cases():
        return [
            case(np.array([1.0, 2, 3]), says="three numbers", gives=[2, 4, 6]),
            case(np.array([0.5]), says="one number"),
            case(np.arange(6.0).reshape(2, 3), says="a batch"),
        ]

    return exercise(Function(cases=cases, expected=lambda x: x + x), **changes)


def notebook_function(source, **variables):
    """A function as the notebook defines it: its variables are those of __main__."""
    namespace = {"__name__": "__main__", "np": np} | variables
    exec(textwrap.dedent(source), namespace)
    return namespace["answer"]
