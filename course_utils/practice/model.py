"""What an exercise and a question are made of. The content stands in course_utils/exercises, an exercise a file."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

KINDS = {
    "implement": "Implement",
    "repair": "Repair",
    "predict": "Predict a number",
    "read": "Read a picture",
    "listen": "Listen and decide",
    "design": "Design to a specification",
    "train": "Train a network",
}


@dataclass(frozen=True)
class Wrong:
    """A plausible wrong answer: what it is called, the sentence that helps, and its code.

    ``code`` is a function like the learner's where a function is asked, else a function without
    arguments that gives the wrong value. A tuple is a family: the same mistake with another constant.
    Where the answer is a design, ``name`` is that of the property which it lacks, and the property
    words the sentence.
    """

    name: str
    advice: str
    code: Callable | tuple[Callable, ...]

    @property
    def codes(self) -> tuple[Callable, ...]:
        return self.code if isinstance(self.code, tuple) else (self.code,)


@dataclass(frozen=True)
class Case:
    """One call of the learner's function. ``says`` names it in a sentence: "an odd length", "silence"."""

    arguments: tuple
    options: dict
    says: str
    gives: Any = None  # worked by hand; None: the definition computes it


def case(*arguments, says: str, gives: Any = None, **options) -> Case:
    """A call ``answer(*arguments, **options)`` and, where it was worked by hand, what it gives."""
    return Case(arguments, options, says, gives)


@dataclass(frozen=True)
class Property:
    """What must hold of an answer: ``broken(answer)`` gives None, or the sentence that says what is wrong."""

    name: str
    broken: Callable[[Any], str | None]


@dataclass(frozen=True, kw_only=True)
class Function:
    """The answer is a function: it must agree with a definition on all cases and have all properties.

    ``tolerance`` is relative to the largest value that is expected in a case; with ``per_value`` it is relative to each
    value, so that an error in a small one is no rounding: for probabilities, powers, a loud and a soft signal in one.
    ``sees`` is given the trials of an answer whose mistake has no name, and says what is true of its numbers, or None.
    """

    cases: Callable[[], list[Case]]
    expected: Callable | None = None  # shaped like the definition; never the reference itself
    properties: tuple[Property, ...] = ()
    tolerance: float = 1e-6
    per_value: bool = False
    keeps_dtype: bool = False  # float32 in must give float32 out
    sees: Callable[[list], str | None] | None = None
    integers: bool = False  # the task asks for whole numbers: where they are expected, floats of equal value are wrong


@dataclass(frozen=True, kw_only=True)
class Value:
    """The answer is a number, a word, or a list of them: it must equal the truth.

    ``tolerance`` is relative to each true number; ``absolute`` replaces it where 0 or dB are asked.
    """

    truth: Callable[[], Any]  # measured or derived, not typed, and another way than the reference
    unit: str = ""
    tolerance: float = 0.01
    absolute: float | None = None
    options: tuple[str, ...] = ()  # the words that may be answered


@dataclass(frozen=True, kw_only=True)
class Design:
    """The answer is open: it must have all properties, and is scored against the best that is known."""

    properties: tuple[Property, ...]
    score: Callable[[Any], float]
    unit: str
    best: float
    smaller_is_better: bool = True
    promised_s: float = 0.0  # of the processor, for all calls of an answer together, where the task allows it so much


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """One exercise. ``reference`` gives the right answer, and its source is the solution that is shown.

    Where a function is asked, ``reference`` is that function, from the package where it has one;
    elsewhere it is a function without arguments that gives the answer.
    """

    title: str
    stars: int  # 1 to 3
    kind: str  # of KINDS
    task: str  # markdown
    answer: str  # the name that the answer cell binds
    form: str = ""  # what goes in and comes out: the docstring of a function, else the comment behind `...`
    spec: Function | Value | Design
    reference: Callable
    hints: tuple[str, ...]  # from a nudge to nearly the answer
    wrongs: tuple[Wrong, ...]
    after: str = ""  # follows *Right*: one sentence, of 41 to 279 characters, on what the answer is good for
    also_right: tuple[Callable, ...] = ()  # other ways, for the tests: shaped like the reference
    given: str = ""  # code of the cell before: a picture to read, a sound to hear; a line "# %%" begins another cell
    start: str = ""  # the answer cell, where it does not follow from `answer`, `form` and the signature
    name: str = ""  # "dft/idft": the path of its file, which the catalogue fills in

    def __post_init__(self):
        if self.kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}, got {self.kind!r}: choose one of them")
        if self.stars not in (1, 2, 3):
            raise ValueError(f"stars must be 1, 2 or 3, got {self.stars!r}: 1 takes minutes, 3 is open")

    @property
    def stub(self) -> str:
        """The answer cell as the learner finds it; the lines between BEGIN and END SOLUTION are theirs."""
        if self.start:
            return self.start
        if isinstance(self.spec, Function):
            head = f'def {self.answer}{bare_signature(self.spec.expected or self.reference)}:\n    """{self.form}"""\n'
            return head + "    ### BEGIN SOLUTION\n    raise NotImplementedError\n    ### END SOLUTION"
        comment = f"  # {self.form}" if self.form else ""
        return f"### BEGIN SOLUTION\n{self.answer} = ...{comment}\n### END SOLUTION"

    @property
    def topic(self) -> str:
        return self.name.partition("/")[0]

    @property
    def wrong_codes(self) -> list[tuple[Wrong, Callable]]:
        """Each listed wrong answer with its code; a family stands there with each of its members."""
        return [(wrong, code) for wrong in self.wrongs for code in wrong.codes]

    @property
    def points(self) -> int:
        """A star is a point."""
        return self.stars


def bare_signature(function: Callable) -> inspect.Signature:
    """The parameters and defaults of a function, without types."""
    parameters = inspect.signature(function).parameters.values()
    return inspect.Signature([parameter.replace(annotation=inspect.Parameter.empty) for parameter in parameters])


@dataclass(frozen=True)
class Option:
    """One answer that may be chosen, and why it is right or not."""

    text: str
    why: str
    right: bool = False


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question with options. A checkpoint is explained at once, a prediction after the reader has run the next cell.

    Questions are written in markdown, see ``questions.py``; their proofs stand in ``tests/questions/<topic>.py``.
    """

    name: str
    text: str
    options: tuple[Option, ...]
    kind: str = "checkpoint"  # or "predict"

    @property
    def right(self) -> int:
        return next(number for number, option in enumerate(self.options) if option.right)
