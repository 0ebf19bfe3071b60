"""Is an answer right, whatever its style; and what is said of one that is not."""

import dataclasses
import operator
import sys
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from course_utils import exercises
from course_utils.practice import sandbox
from course_utils.practice.counts import right_count
from course_utils.practice.judge import judge
from course_utils.practice.model import Design, Function, Property, Value, Wrong, case
from course_utils.practice.words import plain
from tests.answers import START, doubling, exercise, notebook_function

# ------------------------------------------------------------------------- answers of any style pass

STYLES = {
    "vectorised": lambda x: 2 * x,
    "comprehension": lambda x: [2 * value for value in x],
    "list out": lambda x: (2 * x).tolist(),
    "generator": lambda x: (2 * value for value in x),
    "float32": lambda x: (2 * x).astype(np.float32),
    "whole numbers where they are whole": lambda x: 2 * x if np.any(x % 1) else (2 * x).astype(int),
    "torch tensor": lambda x: 2 * torch.from_numpy(x),
    "torch scalars in a list": lambda x: [2 * torch.tensor(value) for value in x],
    "complex without imaginary part": lambda x: 2 * x + 0j,
}


@pytest.mark.parametrize("answer", STYLES.values(), ids=STYLES)
def test_any_style_is_right(answer):
    assert judge(doubling(), answer).status == "right"


@pytest.mark.parametrize("answer", [3, 3.0, np.float32(3), np.int64(3), torch.tensor(3.0), np.array(3), 3 + 0j])
def test_any_kind_of_number_is_right(answer):
    assert judge(exercise(Value(truth=lambda: 3.0)), answer).status == "right"


@pytest.mark.parametrize("answer", [["b", "a"], ("B ", "A"), np.array(["b", "a"])])
def test_words_in_any_container_and_case_are_right(answer):
    assert judge(exercise(Value(truth=lambda: ["b", "a"], options=("a", "b"))), answer).status == "right"


def test_a_generator_that_is_wrong_is_shown_as_what_it_gave():
    verdict = judge(doubling(), lambda x: (6 * value for value in x))
    assert dict(verdict.evidence)["got"] == "[6, 12, 18]"


# ------------------------------------------------------------------------ not attempted, right, wrong


def test_untouched_stub_is_not_attempted():
    namespace = {}
    exec(START, namespace)
    assert judge(doubling(), namespace["answer"]).status == "not attempted"
    assert judge(doubling(), None).status == judge(doubling(), ...).status == "not attempted"


def test_a_stub_that_is_called_inside_a_property_is_not_attempted():
    spec = Function(cases=lambda: [], properties=(Property("even", lambda f: f(1) and None),))
    namespace = {}
    exec(START, namespace)
    assert judge(exercise(spec), namespace["answer"]).status == "not attempted"


def test_a_listed_wrong_answer_is_named_by_all_cases():
    """Right by chance on the first case, it must behave like the listed one on the others too."""
    wrongs = (Wrong("squared", "It squares.", lambda x: x**2), Wrong("tripled", "It triples.", lambda x: 3 * x))
    verdict = judge(doubling(wrongs=wrongs), lambda x: x * x)
    assert (verdict.diagnosis, verdict.message) == ("squared", "It squares.")
    only_at_first = lambda x: x**2 if x.size == 3 else x  # noqa: E731
    assert judge(doubling(wrongs=wrongs), only_at_first).diagnosis != "squared"


def test_a_family_of_wrong_answers_is_one_mistake():
    """Each member names it, of a function and of a value."""
    family = Wrong("clipped", "It is cut off.", tuple(lambda x, top=top: np.minimum(2 * x, top) for top in (1, 3, 5)))
    for top in (1, 3, 5):
        verdict = judge(doubling(wrongs=(family,)), lambda x: np.clip(2 * x, None, top))  # noqa: B023 -- at once
        assert verdict.diagnosis == "clipped"
    asked = exercise(Value(truth=lambda: 3.0), wrongs=(Wrong("guessed", "That is a guess.", (lambda: 7, lambda: 8)),))
    assert [judge(asked, value).diagnosis for value in (7, 8, 9)] == ["guessed", "guessed", None]


def test_the_evidence_holds_input_expected_got_and_ratio():
    verdict = judge(doubling(), lambda x: 6 * x)
    shown = dict(verdict.evidence)
    assert shown["input"] == "three numbers: [1, 2, 3]"
    assert (shown["expected"], shown["got"], shown["got / expected"]) == ("[2, 4, 6]", "[6, 12, 18]", "3")


def test_a_wrong_answer_that_is_right_in_some_cases_says_where_it_fails():
    verdict = judge(doubling(), lambda x: 2 * x if x.size > 1 else x + 0.7)
    assert "right in 2 of 3 cases and wrong in the case “one number”" in verdict.message


def test_a_function_that_remembers_is_found():
    calls = []

    def answer(x):
        calls.append(1)
        return 2 * x if len(calls) < 4 else 2 * x + 1

    assert judge(doubling(), answer).diagnosis == "remembers"


def test_a_list_as_default_argument_is_found_whatever_else_is_wrong():
    def answer(x, found=[]):  # noqa: B006 -- the mistake
        found.extend(2 * x.ravel())
        return found

    verdict = judge(doubling(), answer)
    assert verdict.diagnosis == "remembers"
    assert "a list as default argument" in verdict.message


def test_an_answer_that_remembers_one_shape_is_found():
    """The first case is right both times, and another is not."""
    seen = {}

    def answer(x):
        result = seen.get(x.shape, 2 * x) if x.ndim == 2 else 2 * x
        seen[x.shape] = 2 * x + 1
        return result

    assert judge(doubling(), answer).diagnosis == "remembers"


def test_an_answer_that_is_wrong_in_the_same_way_twice_remembers_nothing():
    assert judge(doubling(), lambda x: 3 * x).diagnosis != "remembers"
    assert judge(doubling(), lambda x: None).diagnosis != "remembers"
    assert judge(doubling(), lambda x: x * np.nan).diagnosis != "remembers"


def test_a_design_that_remembers_is_found():
    few = Property("few", lambda answer: "Too many." if len(answer([1])) + len(answer([2])) > 2 else None)
    asked = exercise(Design(properties=(few,), score=lambda answer: 1.0, unit="", best=1))

    def growing(x, found=[]):  # noqa: B006 -- the mistake
        found.extend(x)
        return found

    assert judge(asked, growing).diagnosis == "remembers"
    assert judge(asked, lambda x: [*x, 0]).diagnosis == "few"
    assert judge(asked, lambda x: x).status == "right"


def test_a_count_left_to_rounding_is_found_at_the_size_where_it_is_wrong():
    def calls():
        return [(case(n, says="any"), (n,)) for n in range(1, 60)]

    spec = Function(cases=lambda: [case(2, says="two", gives=[0, 0.5])], properties=(right_count(calls),))
    assert judge(exercise(spec), lambda n: np.arange(n) / n).status == "right"
    verdict = judge(exercise(spec), lambda n: np.arange(0, 1, 1 / n))
    assert verdict.diagnosis == "count left to rounding"
    assert "for 49 there is the shape (50,), and the shape (49,) is asked" in verdict.message
    assert (
        "for 49 there is a ValueError" in judge(exercise(spec), lambda n: np.arange(0, 1, 1 / n) + np.zeros(n)).message
    )


def test_a_called_function_is_told_from_a_function():
    assert judge(doubling(), 3.0).diagnosis == "not a function"


def test_an_error_inside_a_design_is_told_with_its_line(tmp_path):
    path = tmp_path / "cell.py"
    path.write_text("def detector(x):\n    return x[7]\n")
    namespace = {}
    exec(compile(path.read_text(), str(path), "exec"), namespace)
    runs = Property("runs", operator.methodcaller("__call__", [1, 2]))
    spec = Design(properties=(runs,), score=len, unit="", best=1)
    message = judge(exercise(spec), namespace["detector"]).message
    assert "IndexError in the line `return x[7]`: list index out of range" in message


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("3 Hz", "without text and unit"),
        ([3, 4], "one value"),
        (np.nan, "finite"),
        (3000.0, "1000 times"),
        (-3.0, "sign"),
        (4.0, "Too large."),
        (2.0, "Too small."),
        ({"f": 3}, "number"),
    ],
)
def test_wrong_values_get_a_sentence(answer, expected):
    assert expected in judge(exercise(Value(truth=lambda: 3.0)), answer).message


def test_wrong_words_get_a_sentence():
    asked = exercise(Value(truth=lambda: ["a", "b", "a"], options=("a", "b")))
    assert "'c' is none of them" in judge(asked, ["a", "b", "c"]).message
    assert judge(asked, "a b a").message.startswith("A list of 3 words is asked, got one text, 'a b a': ")
    assert "2 of 3" in judge(asked, ["b", "a", "a"]).message
    assert "none of them" in judge(asked, [1, 2, 3]).message


@pytest.mark.parametrize(
    ("answer", "name", "words"),
    [
        ("bacd", "exchanged", "number 1 and 2"),
        ("acdb", "in each other's places", "Number 1 is right"),
        ("badc", "none in its place", "None of the 4"),
        ("abca", "a word twice", "'d' in none"),
        ("aaaa", "a word twice", "'b' and 'c' and 'd' in none"),
    ],
)
def test_words_in_another_order_are_told_apart(answer, name, words):
    verdict = judge(exercise(Value(truth=lambda: list("abcd"), options=tuple("abcd"))), list(answer))
    assert verdict.diagnosis == name and words in verdict.message


def test_words_in_the_order_of_the_task_are_told():
    options = ("a", "b", "c")
    asked = exercise(Value(truth=lambda: list("bca"), options=options), task="One is `a`, one **b**, one `c`.")
    assert judge(asked, ["a", "b", "c"]).message.startswith("That is the order in which the task names the words")
    assert judge(asked, ["c", "a", "b"]).diagnosis == "none in its place"
    asked = exercise(Value(truth=lambda: list("bac"), options=options), task="One is `a`, one **b**, one `c`.")
    assert judge(asked, ["a", "b", "c"]).diagnosis == "exchanged"


def test_a_design_may_be_a_tensor_or_a_generator():
    level = Property("sum", lambda x: None if np.sum(x, axis=-1) == 3 and np.sum(x) == 3 else "no")
    asked = exercise(Design(properties=(level,), score=lambda x: float(np.max(x, initial=0)), unit="dB", best=2.0))
    for answer in (torch.tensor([1.0, 2.0], requires_grad=True), (float(n) for n in (1, 2))):
        assert judge(asked, answer).status == "right"


TASK = "A cosine is sampled at 16 kHz for 1,200 samples. Which bin, counted from 0?"
NUMBERS = [  # what is true, its unit, what came, and what is said of it
    (975, "bins", -225, "counted from the end", "count from 0, so add 1,200"),
    (975, "bins", 225, "counted from the end", "from the other end of 1,200"),
    (975, "bins", 224, "counted from the end", "from the other end of 1,200, from 0"),
    (975, "bins", 976, "off by one", "One too many"),
    (975, "bins", 974, "off by one", "One too few"),
    (975, "bins", 2175, "a round too many", "1,200 too large"),
    (15_000, "samples", -1000, "counted from the end", "add 16,000"),
    (0.25, "", 4.0, "upside down", "one over"),
    (0.3, "", 0.7, "the rest", "1 less the right value"),
    (30.0, "per cent", 70.0, "the rest", "100 less the right value"),
    (6.02, "dB", 2.0, "decibels", "It may be a ratio, and its level in dB is asked"),
    (8.7, "", 9.4, "decibels", "the ratio itself is asked"),
    (5.43, "Hz", 5, "rounded", "give more digits"),
    (0.5, "rad", 28.65, "scale", "degrees and radians"),
    (0.5, "", 0.707, "scale", "the peak of a sine"),
    ([3.0, 5.0, 9.0], "Hz", [5, 3, 9], "order", "another order"),
    ([40, 52.5], "Hz", [40, 26.25], "scale", "Number 2 of 2 is not right. It is about 0.5 times"),
]


@pytest.mark.parametrize(("truth", "unit", "answer", "name", "words"), NUMBERS)
def test_how_a_wrong_number_came_about(truth, unit, answer, name, words):
    verdict = judge(exercise(Value(truth=lambda: truth, unit=unit, tolerance=1e-3), task=TASK), answer)
    assert verdict.diagnosis == name and words in verdict.message


def test_a_number_that_says_nothing_gets_no_reason():
    for answer in (731, 402.7, -3.3, 0, 1e9):
        assert judge(exercise(Value(truth=lambda: 975, unit="bins"), task=TASK), answer).diagnosis is None


def test_what_is_true_is_measured_once():
    """It may take a second on a scene."""
    calls = []
    asked = exercise(Value(truth=lambda: calls.append(1) or 3.0), wrongs=(Wrong("guessed", "A guess.", lambda: 8),))
    for n, answer in enumerate((3.0, 8, 731, True), 1):
        judge(asked, answer)
        assert len(calls) == n


def test_a_wide_tolerance_makes_no_reasons():
    """What is read off a picture to a tenth is near to many multiples of the truth."""
    asked = exercise(Value(truth=lambda: 10.3, unit="", tolerance=0.1))
    assert judge(asked, 14.6).diagnosis == "scale" and judge(asked, 15.0).diagnosis is None


def test_a_frequency_has_neither_peak_nor_level_and_a_count_is_told_exactly():
    asked = exercise(Value(truth=lambda: 155.28, unit="Hz"))
    assert judge(asked, 219.6).diagnosis is None and judge(asked, 21.9).diagnosis is None
    assert judge(exercise(Value(truth=lambda: 2, unit="")), 3).diagnosis is None
    assert judge(exercise(Value(truth=lambda: 5, unit="")), 7).diagnosis is None


def designs():
    spec = Design(
        properties=(Property("too short", lambda x: "Five are asked." if len(x) < 5 else None),),
        score=lambda x: float(np.sum(x)),
        unit="in all",
        best=5.0,
    )
    return exercise(spec)


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        ([1, 1, 1, 1, 1], "right", "as good"),
        ([2, 2, 2, 2, 2], "right", "Yours has 10 in all; the best known has 5: it can be done with less"),
        ([0.1] * 5, "right", "yours is better, please report it"),
        ([1, 1], "wrong", "Five are asked."),
        (7, "wrong", "cannot be measured: TypeError"),
        (..., "not attempted", "still empty"),
    ],
)
def test_designs_are_scored(answer, status, words):
    verdict = judge(designs(), answer)
    assert verdict.status == status and words in verdict.message


def test_a_larger_score_may_be_better():
    spec = Design(properties=(), score=float, unit="dB", best=10.0, smaller_is_better=False)
    assert "with more" in judge(exercise(spec), 8.0).message
    assert "yours is better" in judge(exercise(spec), 12.0).message


# ------------------------------------------------------------------------------------------ odd answers


async def doubled_later(x):
    return 2 * x


async def doubled_piece_by_piece(x):
    for value in x:
        yield 2 * value


class Doubler:
    def __call__(self, x):
        return 2 * x


class Idle:
    pass


class Table:
    """As pandas has it: iterating over it gives names, and the numbers come as an array."""

    def __init__(self, values):
        self.values = values

    def __iter__(self):
        return iter("abc")

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.values, dtype)


RIGHT_IN_SUBSTANCE = {
    "fractions": lambda x: np.vectorize(lambda value: Fraction(float(2 * value)), otypes=[object])(x).tolist(),
    "decimals": lambda x: np.vectorize(lambda value: Decimal(float(2 * value)), otypes=[object])(x).tolist(),
    "a tensor that needs a gradient": lambda x: 2 * torch.tensor(x, requires_grad=True),
    "such tensors in a list": lambda x: list(2 * torch.tensor(x, requires_grad=True)),
    "a lazily conjugated tensor": lambda x: torch.conj(2 * torch.from_numpy(x) + 0j),
    "a sparse tensor": lambda x: (2 * torch.from_numpy(x)).to_sparse(),
    "a masked array with no value masked": lambda x: np.ma.array(2 * x),
    "a table": lambda x: Table(2 * x),
    "a callable object": Doubler(),
    "a generator of lists": lambda x: (list(row) for row in 2 * x) if x.ndim > 1 else (2 * value for value in x),
    "a map": lambda x: map(lambda value: 2 * value, x),
    "an array of objects": lambda x: (2 * x).astype(object),
}


@pytest.mark.parametrize("answer", RIGHT_IN_SUBSTANCE.values(), ids=RIGHT_IN_SUBSTANCE)
def test_what_is_right_in_substance_is_right(answer):
    assert judge(doubling(), answer).status == "right"


ODD_FUNCTIONS = {
    "an async function": (doubled_later, "async function", "write def in place of async def"),
    "an async generator": (doubled_piece_by_piece, "async function", "write def in place of async def"),
    "an async lambda": (lambda x: doubled_later(x), "odd result", "It returns a coroutine, in which nothing has run"),
    "a generator that was called": (
        (2 * x for x in range(3)),
        "not a function",
        "a generator, which comes of calling it",
    ),
    "its name": ("answer", "not a function", "without quotes"),
    "an object": (Idle(), "not a function", "an object of type Idle, which cannot be called"),
    "a set": (lambda x: set((2 * x).ravel()), "odd result", "a set, which has no order"),
    "a dict": (lambda x: dict(enumerate(2 * x)), "odd result", "a dict: take its values"),
    "text": (lambda x: str(2 * x), "odd result", "the text"),
    "numbers in quotes": (lambda x: (2 * x).astype(str), "odd result", "words, such as '2.0'"),
    "None in a list": (
        lambda x: [None if value == 2 else 2 * value for value in np.ravel(x)],
        "odd result",
        "None in it, at",
    ),
    "a ragged list": (lambda x: [2 * x[:0], 2 * x], "odd result", "rows of different shapes"),
    "a method": (lambda x: (2 * x).copy, "odd result", "the function copy and not what it gives"),
    "a class": (lambda x: Idle, "odd result", "the class Idle"),
    "an object of its own": (lambda x: Idle(), "odd result", "of type Idle, which is no number"),
    "holes in a masked array": (lambda x: np.ma.masked_less(2 * x, 9), "odd result", "of its values masked"),
    "NotImplemented": (lambda x: NotImplemented, "odd result", "NotImplemented, which stands for"),
    "a comma behind it": (lambda x: (2 * x,), "a tuple", "is there a comma behind it"),
    "two results": (lambda x: (2 * x, 3), "a tuple", "It returns 2 things"),
    "nothing, from one branch": (lambda x: 2 * x if x.size > 1 else None, "no return", "one of its branches"),
}


@pytest.mark.parametrize(("answer", "name", "words"), ODD_FUNCTIONS.values(), ids=ODD_FUNCTIONS)
@pytest.mark.filterwarnings("error")
def test_odd_functions_and_results_get_a_sentence(answer, name, words):
    verdict = judge(doubling(), answer)
    assert (verdict.status, verdict.diagnosis) == ("wrong", name)
    assert words in verdict.message


def test_true_is_not_the_number_one():
    count = Function(cases=lambda: [case([1.0], says="one")], expected=lambda x: 1)
    verdict = judge(exercise(count), lambda x: True)
    assert verdict.diagnosis == "odd result" and "True, an answer to a question of yes or no" in verdict.message
    assert dict(verdict.evidence)["expected"] != dict(verdict.evidence)["got"]
    mask = Function(cases=lambda: [case([1.0, 2], says="two")], expected=lambda x: [1, 0])
    assert judge(exercise(mask), lambda x: np.array([True, False])).status == "right"
    assert judge(exercise(count), lambda x: np.int8(1)).status == "right"


VALUES_RIGHT = [
    Fraction(3),
    Decimal("3.0"),
    torch.tensor(3.0, requires_grad=True),
    [3.0],
    np.array([[3]]),
    np.ma.array(3),
]


@pytest.mark.parametrize("answer", VALUES_RIGHT)
def test_other_numbers_of_the_same_value_are_right(answer):
    assert judge(exercise(Value(truth=lambda: 3.0)), answer).status == "right"


ODD_VALUES = {
    "True": (True, "True, an answer to a question"),
    "numpy's True": (np.bool_(True), "an answer to a question"),
    "True in a list": ([True], "answers yes or no"),
    "a number in quotes": ("3.0", "a number in quotes: leave the quotes out"),
    "a set": ({3}, "a set, which has no order"),
    "a dict": ({"f": 3}, "a dict: take its values"),
    "None in a list": ([None], "None in it"),
    "a function": (len, "the function len and not what it gives"),
    "a class": (int, "the class int and no value"),
    "an imaginary part": (3 + 1j, "is a real number"),
    "nothing": ([], "got a list of 0"),
    "a table": (np.ones((2, 2)), "a table of shape (2, 2)"),
    "a masked number": (np.ma.masked, "a masked array"),
    "rows of different lengths": ([[1, 2], [3]], "rows of different shapes"),
    "an object": (Idle(), "of type Idle"),
}


@pytest.mark.parametrize(("answer", "words"), ODD_VALUES.values(), ids=ODD_VALUES)
def test_odd_values_get_a_sentence(answer, words):
    verdict = judge(exercise(Value(truth=lambda: 1.0)), answer)
    assert (verdict.status, verdict.diagnosis) == ("wrong", "form") and words in verdict.message


@pytest.mark.parametrize("answer", [{"a", "b"}, {"a": 1, "b": 2}])
def test_words_without_an_order_get_a_sentence(answer):
    verdict = judge(exercise(Value(truth=lambda: ["b", "a"], options=("a", "b"))), answer)
    assert verdict.diagnosis == "form" and ("no order" in verdict.message or "take its values" in verdict.message)


def test_a_coroutine_is_not_attempted_by_nobody():
    """What was called is told, in a design and a value, too."""
    assert judge(designs(), doubled_later).diagnosis == "async function"
    coroutine = doubled_later(1)
    assert "a coroutine, in which nothing has run" in judge(exercise(Value(truth=lambda: 1.0)), coroutine).message


WAYS = pytest.mark.parametrize("fork", [True, False] if sys.platform == "linux" else [False])


@WAYS
def test_odd_answers_get_their_sentence_in_a_process_of_their_own(fork):
    """By a fork, and by the new Python of macOS and Windows, to which not everything can be sent."""
    idft, bin_ = exercises.find("dft/idft"), exercises.find("dft/mirror_bin")
    asked = [
        (idft, notebook_function("async def answer(X): return X"), "async function"),
        (idft, (value for value in range(3)), "not a function"),
        (idft, notebook_function("def answer(X): return set(np.ravel(X))"), "odd result"),
        (idft, notebook_function("def answer(X): return np.fft.ifft(X) * len(X)"), "1/N missing"),
        (bin_, True, "form"),
        (bin_, {975}, "form"),
        (bin_, -225, "a bin below 0"),
        (bin_, Fraction(975), None),
    ]
    for exercise_, answer, name in asked:
        verdict = sandbox.run(exercise_, answer, fork=fork).verdict
        assert verdict.diagnosis == name and verdict.status == ("wrong" if name else "right"), (answer, verdict)


# -------------------------------------------------------------------------------------------- evidence


def shown(expected, got, tolerance=1e-6):
    spec = Function(cases=lambda: [case(1, says="one")], expected=lambda _: expected, tolerance=tolerance)
    return dict(judge(exercise(spec), lambda _: got).evidence)


LONG = np.arange(40.0)
EVIDENCE = {
    "from the first": ([1.0, 2, 3], [4.0, 2, 3], "[1, 2, 3]", "[4, 2, 3]"),
    "later in a short one": ([1.0, 2, 3], [1.0, 2, 4], "at index 2: [3]", "at index 2: [4]"),
    "later in a long one": (
        LONG,
        LONG + (LONG == 30),
        "at index 30: [30, 31, 32, 33, 34, 35, …] of shape (40,)",
        "at index 30: [31, 31, 32, 33, 34, 35, …] of shape (40,)",
    ),
    "in a table": (
        LONG.reshape(4, 10),
        LONG.reshape(4, 10) - (LONG == 25).reshape(4, 10),
        "at index [2, 5]: [25, 26, 27, 28, 29, …] of shape (4, 10)",
        "at index [2, 5]: [24, 26, 27, 28, 29, …] of shape (4, 10)",
    ),
    "in the eighth digit": ([1.0, 2.0], [1.0, 2.0000003], "at index 1: [2]", "at index 1: [2.0000003]"),
    "a single number": (0.12345678901, 0.12345678902, "0.12345678901", "0.12345678902"),
    "a complex number": ([1 + 1j], [1 + 1.000001j], "[1+1j]", "[1+1.000001j]"),
    "a member of a tuple": (
        (1.0, [1.0, 2]),
        (1.0, [1.0, 3]),
        "number 2 of the tuple: at index 1: [2]",
        "number 2 of the tuple: at index 1: [3]",
    ),
    "shape alone": (np.ones(3), np.ones((1, 3)), "[1, 1, 1]", "[1, 1, 1] of shape (1, 3)"),
    "cut after a row": (
        np.arange(6.0).reshape(2, 3),
        np.array([[9.0, 1, 2], [3, 4, 5]]),
        "[0, 1, 2, …] of shape (2, 3)",
        "[9, 1, 2, …] of shape (2, 3)",
    ),
    "to the end of the last row": (
        np.arange(6.0).reshape(2, 3),
        np.array([[0.0, 1, 2], [3, 4, 6]]),
        "at index [1, 2]: [5] of shape (2, 3)",
        "at index [1, 2]: [6] of shape (2, 3)",
    ),
    "text": (3, "3", "3", "'3'"),
    "large whole numbers": (
        [2**40, 2**40],
        [2**40, 2**40 + 1],
        "at index 1: [1099511627776]",
        "at index 1: [1099511627777]",
    ),
}


@pytest.mark.parametrize(("expected", "got", "first", "second"), EVIDENCE.values(), ids=EVIDENCE)
def test_evidence_begins_where_it_differs(expected, got, first, second):
    found = shown(expected, got, tolerance=1e-13)
    assert (found["expected"], found["got"]) == (first, second)


def test_what_was_changed_in_place_is_shown_before_and_after():
    """And not what was expected beside what came, which are the same."""

    def spoils(signal, gain):
        signal[3] *= 1 + 1e-7
        return 2.0

    spec = Function(cases=lambda: [case(LONG.astype(np.float32) + 1, 2, says="one")], expected=lambda *_: 2.0)
    verdict = judge(exercise(spec), lambda signal, gain: spoils(signal.astype(float), gain))
    assert verdict.status == "right"
    spec = dataclasses.replace(spec, cases=lambda: [case(LONG + 1, 2, says="one")])
    found = dict(judge(exercise(spec), spoils).evidence)
    assert list(found) == ["input", "signal before", "signal after"]
    assert found["signal before"] == "at index 3: [4, 5, 6, 7, 8, 9, …] of shape (40,)"
    assert found["signal after"] == "at index 3: [4.0000004, 5, 6, 7, 8, 9, …] of shape (40,)"


def test_what_was_changed_in_place_and_is_wrong_is_shown_with_both():
    def spoils(values):
        values.append(3.0)
        return 7.0

    spec = Function(cases=lambda: [case([1.0, 2.0], says="two")], expected=lambda _: 2.0)
    found = dict(judge(exercise(spec), spoils).evidence)
    assert found["values before"] == "[1, 2]" and found["values after"] == "[1, 2, 3]"
    assert (found["expected"], found["got"]) == ("2", "7")


@given(st.integers(0, 2**32 - 1), st.integers(1, 300), st.floats(-12, 0))
def test_two_unequal_lines_are_never_printed_alike(seed, n, digits):
    rng = np.random.default_rng(seed)
    expected = rng.standard_normal(n) * 10.0 ** rng.integers(-3, 6)
    got = expected.copy()
    got[rng.integers(n)] += abs(expected).max() * 10.0**digits
    found = shown(expected, got, tolerance=1e-13)
    assert found["expected"] != found["got"]
    assert found["expected"].partition(": ")[0] == found["got"].partition(": ")[0] or "index" not in found["got"]


def test_a_case_is_named_whatever_its_grammar():
    cases = [case(1.0, says="a logit of 1,000, and wrong"), case(2.0, says="two")]
    asked = exercise(Function(cases=lambda: cases, expected=lambda x: 2 * x))
    message = judge(asked, lambda x: 4.0 if x == 2 else 0.3).message
    assert "right in 1 of 2 cases and wrong in the case “a logit of 1,000, and wrong”." in message
    message = judge(asked, lambda x: 4.0 if x == 2 else [][7]).message
    assert "in the case “a logit of 1,000, and wrong”: list index" in message


def test_how_many_values_are_wrong_is_told():
    cases = [case(LONG, says="forty")]
    asked = exercise(Function(cases=lambda: cases, expected=lambda x: 2 * x))
    message = judge(asked, lambda x: np.where(np.isin(x, (7, 11)), x**3 + 1, 2 * x)).message
    assert "Of 40, 2 values are wrong, the first at index 7." in message


def test_a_tensor_is_a_design_like_an_array():
    level = Property("sum", lambda x: None if np.sum(x, axis=-1) == 3 else "no")
    asked = exercise(Design(properties=(level,), score=lambda x: float(np.max(x, initial=0)), unit="dB", best=2.0))
    assert judge(asked, torch.tensor([1.0, 2.0])).status == "right"


def test_a_function_for_a_design_is_not_shown_by_its_name():
    spec = Design(properties=(Property("loud", lambda answer: "It is loud."),), score=lambda _: 0, unit="dB", best=0)
    assert judge(exercise(spec), lambda x: x).evidence == ()
    assert judge(exercise(spec), [1.0, 2]).evidence == (("got", "[1, 2]"),)


def test_what_an_exercise_sees_is_told_where_nothing_has_a_name():
    cases = [case(np.arange(1.0, 4), says="three numbers"), case(np.arange(1.0, 6), says="five")]
    spec = Function(
        cases=lambda: cases, expected=lambda x: x + x, sees=lambda trials: f"{len(trials)} cases were tried."
    )
    assert judge(exercise(spec), lambda x: x**3 + 7).message == "2 cases were tried."
    assert judge(exercise(spec), lambda x: 3 * x).diagnosis == "scale"


def test_code_of_several_words_stands_in_quotes_where_nothing_else_marks_it():
    assert plain("`x` in the line `print(1, 2)` is **wrong**") == "x in the line “print(1, 2)” is wrong"


def test_a_mask_where_numbers_are_asked_breaks_nothing():
    """No difference can be taken of truth values: they are compared as 0 and 1."""
    exercise = exercises.find("music_generation/keep_the_nucleus")
    verdict = judge(exercise, lambda p, at_least: np.asarray(p) >= np.max(p))
    assert verdict.status == "wrong" and "subtract" not in verdict.message


def test_yes_and_no_are_not_explained_by_arithmetic():
    """Of False any number is made by some formula: 10 to the power of 0 is 1."""
    exercise = exercises.find("music_generation/same_tune")
    for answer in (lambda a, b: True, lambda a, b: len(a) == len(b)):
        verdict = judge(exercise, answer)
        assert verdict.status == "wrong" and "dB" not in verdict.message and "power" not in verdict.message
