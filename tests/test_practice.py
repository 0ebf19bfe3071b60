"""The practice engine: what becomes of an answer, whatever it is and whatever it does."""

import inspect
import operator
import sys

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from course_utils import exercises, practice
from course_utils.practice import catalogue, checking, compare, diagnose, sandbox, store
from course_utils.practice.compare import Trial
from course_utils.practice.judge import judge, try_case
from course_utils.practice.model import Design, Function, Property, Value, Wrong, case
from tests.answers import START, doubling, exercise


@pytest.fixture(autouse=True)
def own_progress(tmp_path, monkeypatch):
    """Every test has a file of progress of its own."""
    path = tmp_path / "progress.sqlite3"
    monkeypatch.setenv(store.VARIABLE, str(path))
    monkeypatch.setattr(checking, "_asked_once", set())
    monkeypatch.setattr(checking, "_hints_here", {})
    return path


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
    assert "right in 2 of 3 cases, wrong for one number" in verdict.message


def test_a_function_that_remembers_is_found():
    calls = []

    def answer(x):
        calls.append(1)
        return 2 * x if len(calls) < 4 else 2 * x + 1

    assert judge(doubling(), answer).diagnosis == "remembers"


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
        (4.0, "too large"),
        (2.0, "too small"),
        ({"f": 3}, "number"),
    ],
)
def test_wrong_values_get_a_sentence(answer, expected):
    assert expected in judge(exercise(Value(truth=lambda: 3.0)), answer).message


def test_wrong_words_get_a_sentence():
    asked = exercise(Value(truth=lambda: ["a", "b", "a"], options=("a", "b")))
    assert "'c' is none of them" in judge(asked, ["a", "b", "c"]).message
    assert "a list of 3" in judge(asked, "a").message
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


def test_a_tensor_is_a_design_like_an_array():
    level = Property("sum", lambda x: None if np.sum(x, axis=-1) == 3 else "no")
    asked = exercise(Design(properties=(level,), score=lambda x: float(np.max(x, initial=0)), unit="dB", best=2.0))
    assert judge(asked, torch.tensor([1.0, 2.0])).status == "right"


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


# --------------------------------------------------------------------------------- general diagnosers

N = 12
RNG = np.random.default_rng(0)
SIGNAL, PICTURE = RNG.standard_normal(N) + 3, RNG.standard_normal((5, 5)) + 3
SPECTRUM = RNG.standard_normal(N) + 1j * RNG.standard_normal(N)
POWER = SIGNAL**2
PERIODIC, SYMMETRIC = np.hanning(17)[:16], np.hanning(16)

# What was expected, what came, and the options of the call, for each mistake that must be seen.
MISTAKES = {
    "scale": [
        (SIGNAL, SIGNAL * N, {}),
        (SIGNAL, SIGNAL / N, {}),
        (SIGNAL, 1.7 * SIGNAL, {}),
        (SPECTRUM, SPECTRUM / 2, {}),
    ],
    "offset": [(SIGNAL, SIGNAL + 0.25, {}), (SIGNAL, SIGNAL - 7, {})],
    "sign": [(SIGNAL, -SIGNAL, {}), (SPECTRUM, -SPECTRUM, {})],
    "conjugate": [(SPECTRUM, SPECTRUM.conj(), {})],
    "transpose": [(PICTURE, PICTURE.T, {}), (PICTURE[:3], PICTURE[:3].T, {})],
    "shift by one": [
        (SIGNAL, np.roll(SIGNAL, 1), {}),
        (SIGNAL, np.roll(SIGNAL, -1), {}),
        (SIGNAL, np.append(0, SIGNAL), {}),
        (SIGNAL, SIGNAL[1:], {}),
    ],
    "amplitude, power or dB": [
        (SPECTRUM, abs(SPECTRUM), {}),
        (POWER, SIGNAL, {}),
        (SIGNAL, POWER, {}),
        (10 * np.log10(POWER) - 15, 20 * np.log10(POWER) - 30, {}),
        (POWER, 10 * np.log10(POWER), {}),
        (20 * np.log10(SIGNAL), SIGNAL, {}),
    ],
    "hertz, radians or bins": [
        (SIGNAL, SIGNAL * 2 * np.pi, {}),
        (SIGNAL, SIGNAL * 2 * np.pi / 8000, {"sample_rate": 8000}),
        (SIGNAL, SIGNAL * 512 / 16_000, {"sample_rate": 16_000, "n_fft": 512}),
        (SIGNAL, SIGNAL / 8000, {"sample_rate": 8000}),
        (SIGNAL, SIGNAL * 1000, {"sample_rate": 8000}),
    ],
    "symmetric or periodic window": [
        (PERIODIC, SYMMETRIC, {}),
        (SYMMETRIC, PERIODIC, {}),
        (np.outer([1.0, 3, 2], PERIODIC), np.outer([1.0, 3, 2], SYMMETRIC), {}),
    ],
    "integer division": [(SIGNAL, np.floor(SIGNAL), {}), (SIGNAL, SIGNAL.astype(int), {})],
    "wrong dtype": [
        (SPECTRUM, SPECTRUM.real, {}),
        (SIGNAL, SIGNAL.astype(str), {}),
        (SIGNAL, np.array([{}] * N), {}),
    ],
    "not a number": [(np.zeros(4), np.zeros(4) * np.nan, {}), (SIGNAL, SIGNAL * np.inf, {})],
    "no return": [(SIGNAL, None, {})],
}
MISTAKE_CASES = [(name, *mistake) for name, mistakes in MISTAKES.items() for mistake in mistakes]


def trial(expected, got, **options):
    return Trial(case(SIGNAL, says="an input", **options), expected, got)


@pytest.mark.parametrize(("name", "expected", "got", "options"), MISTAKE_CASES)
def test_general_mistake_is_named(name, expected, got, options):
    found = diagnose.diagnose([trial(expected, got, **options)])
    assert found is not None and found[0] == name
    assert found[1].endswith((".", "?"))


def test_every_diagnoser_is_tried():
    elsewhere = {"in-place modification", "missing batch axis"}
    assert set(MISTAKES) | elsewhere == set(diagnose.DIAGNOSERS)


def test_input_changed_in_place_is_named_though_the_result_is_right():
    def answer(x):
        x *= 2
        return x

    verdict = judge(doubling(), answer)
    assert verdict.diagnosis == "in-place modification" and "np.array(x)" in verdict.message


def test_missing_batch_axis_is_named():
    verdict = judge(doubling(), lambda x: [2 * value for value in np.ravel(x)])
    assert verdict.diagnosis == "missing batch axis"


def test_a_batch_with_an_option_of_its_own_is_not_called_a_missing_axis():
    """Wrong because the option is left out, and only the batch has it."""

    def cases():
        return [case(np.ones(3), factor=2, says="one"), case(np.ones((2, 3)), factor=3, says="a batch")]

    spec = Function(cases=cases, expected=lambda x, factor: factor * x)
    verdict = judge(exercise(spec), lambda x, factor: 2 * x)
    assert verdict.diagnosis == "scale"


def test_parts_of_a_tuple_are_compared_one_by_one():
    """Arrays of different lengths make no table, and are numbers all the same."""
    found = diagnose.diagnose([trial((SIGNAL, PERIODIC), (SIGNAL, 3 * PERIODIC))])
    assert found[0] == "scale"
    assert diagnose.diagnose([trial((SIGNAL, SIGNAL), (np.ones(30), SIGNAL))]) is None
    assert "A tuple of 2" in judge(doubling_and(), lambda x: 2 * x).message


def doubling_and():
    cases = [case(np.ones(3), says="ones")]
    return exercise(Function(cases=lambda: cases, expected=lambda x: (x + x, x)))


def test_a_ratio_of_nearly_one_is_no_scale():
    found = diagnose.diagnose([trial(SIGNAL, SIGNAL * 0.99998)])
    assert found is None


def test_wrong_dtype_is_named_where_it_matters():
    def cases():
        return [case(np.ones(3, np.float32), says="float32")]

    spec = Function(cases=cases, expected=lambda x: x + x, keeps_dtype=True)
    verdict = judge(exercise(spec), lambda x: 2.0 * x.astype(float))
    assert verdict.diagnosis == "wrong dtype" and "float32 is asked, float64 came" in verdict.message


def test_floats_are_wrong_where_whole_numbers_are_asked():
    """Of any width, in a list or an array, and in each member of a tuple; where floats are expected, they are right."""
    cases = [case(np.array([1.0, 2]), says="two numbers"), case(np.zeros(0), says="nothing")]
    spec = Function(cases=lambda: cases, expected=lambda x: ((2 * x).astype(int), x), integers=True)
    for whole in (lambda y: y.astype(np.int16), lambda y: [int(v) for v in y], lambda y: torch.as_tensor(y).long()):
        assert judge(exercise(spec), lambda x: (whole(2 * x), x)).status == "right"  # noqa: B023 -- at once
    verdict = judge(exercise(spec), lambda x: (2 * x, x))
    assert (verdict.diagnosis, verdict.message) == (
        "wrong dtype",
        "The values are right, the dtype is not: whole numbers are asked, float64 came.",
    )


def test_a_mistake_must_explain_every_failure():
    """Twice too large here and three times there is no factor 2; too large here and shifted there is neither."""
    twice, thrice = trial(SIGNAL, 2 * SIGNAL), trial(SIGNAL, 3 * SIGNAL)
    name, sentence = diagnose.diagnose([twice, thrice])
    assert name == "scale" and "2 times in one case, 3 times in another" in sentence
    assert diagnose.diagnose([twice, trial(SIGNAL, np.roll(SIGNAL, 1))]) is None
    assert diagnose.diagnose([trial(SIGNAL, SIGNAL + 1), trial(SIGNAL, SIGNAL + 2)]) is None


def test_two_mistakes_of_one_kind_are_not_one_mistake():
    """Rounded down here and cut off towards 0 there: both cut digits off, and no one mistake does both."""
    down, cut = trial(-SIGNAL, np.floor(-SIGNAL)), trial(-SIGNAL, np.trunc(-SIGNAL))
    assert diagnose.diagnose([down])[0] == diagnose.diagnose([cut])[0] == "integer division"
    assert diagnose.diagnose([down, cut]) is None


def test_a_listed_wrong_answer_that_spoils_its_input_is_told_from_one_that_does_not():
    def spoils(x):
        x *= 3
        return x

    spoiling = Wrong("tripled in place", "It triples, and spoils x.", spoils)
    asked = doubling(wrongs=(spoiling, Wrong("tripled", "It triples.", lambda x: 3 * x)))
    assert judge(asked, lambda x: x + x + x).diagnosis == "tripled"


@given(st.integers(0, 2**32 - 1), st.integers(5, 40))  # two numbers may well agree to four digits
def test_noise_is_not_diagnosed(seed, n):
    """An answer that has nothing to do with what is asked gets no name."""
    rng = np.random.default_rng(seed)
    found = diagnose.diagnose([trial(rng.standard_normal(n) * 5, rng.standard_normal(n) * 5)])
    assert found is None


def test_a_single_number_is_not_called_scaled_shifted_or_offset():
    """It is some factor and some difference away from any other; two numbers are not."""
    one, other = trial(np.array(3.0), np.array(3.37)), trial(np.array(5.0), np.array(5.0 * 3.37 / 3))
    assert diagnose.diagnose([one]) is None
    assert diagnose.diagnose([one, other])[0] == "scale"


# ------------------------------------------------------------------------- another course's catalogue

TOY = """from course_utils.practice.model import Exercise, Value

EXERCISE = Exercise(
    title="twice", stars=1, kind="predict", task="Twice two?", answer="four", spec=Value(truth=lambda: 4.0),
    reference=lambda: 4, hints=("Add.",), wrongs=(),
)
"""
QUESTIONS = "## two\n\nHow many?\n\n- [x] two | It is two.\n- [ ] three | It is not.\n"


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """A course of one topic with one exercise, handed to the engine in place of this one."""
    folder = tmp_path / "toy_course" / "sums"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").write_text("")
    (folder / "__init__.py").write_text('"""Sums"""\n\nORDER = ("four",)\n')
    (folder / "four.py").write_text(TOY)
    (folder / "questions.md").write_text(QUESTIONS)
    monkeypatch.syspath_prepend(str(tmp_path))
    for cached in (catalogue.order_in, catalogue.exercise_in, catalogue.questions_in):
        cached.cache_clear()
    before = catalogue.in_use()
    catalogue.use(catalogue.Catalogue("toy_course", ("sums",)))
    yield folder
    catalogue.use(before)
    for name in [name for name in sys.modules if name.startswith("toy_course")]:
        del sys.modules[name]


def test_the_engine_checks_and_asks_what_it_is_handed(toy):
    assert practice.check("sums/four", 4).status == "right" and practice.check("sums/four", 5).status == "wrong"
    assert [question.name for _, question in practice.quiz("sums").questions] == ["two"]
    asked = catalogue.in_use().find("sums/four")
    assert sandbox.run(asked, 4, fork=False).verdict.status == "right"


def test_what_cannot_be_judged_in_a_new_python_is_nobodys_mistake(toy):
    asked = catalogue.in_use().find("sums/four")
    (toy / "four.py").write_text("raise OSError('gone')")
    verdict = sandbox.run(asked, 4, fork=False).verdict
    assert verdict.status == "not attempted" and "It cannot be checked here: OSError: gone" in verdict.message


CONTENT_FAULTS = {
    "no file": ("__init__.py", 'ORDER = ("four", "five")', "ORDER of sums/__init__.py must name .* in five: write"),
    "a file that nobody names": ("six.py", TOY, "ORDER of sums/__init__.py must name .* in six: write the file"),
    "a name twice": ("__init__.py", 'ORDER = ("four", "four")', "ORDER of .* a name twice"),
    "no order": ("__init__.py", '"""Sums"""', "ORDER of .* got a difference in none"),
    "no exercise": ("four.py", "x = 1", "sums/four.py must bind EXERCISE, got NoneType"),
    "unknown kind": ("four.py", TOY.replace('"predict"', '"predikt"'), "four.py must hold .* kind must be one of"),
    "seven stars": ("four.py", TOY.replace("stars=1", "stars=7"), "stars must be 1, 2 or 3, got 7"),
    "unknown field": ("four.py", TOY.replace("hints=", "hint="), "four.py must hold an exercise, got .*'hint'"),
}


@pytest.mark.parametrize(("name", "text", "said"), CONTENT_FAULTS.values(), ids=CONTENT_FAULTS)
def test_a_fault_in_the_content_is_named(toy, name, text, said):
    (toy / name).write_text(text)
    with pytest.raises(ValueError, match=said):
        catalogue.in_use().exercises("sums")


@pytest.mark.parametrize("topics", ["dft", (), ("dft", "dft")])
def test_a_catalogue_has_topics(topics):
    with pytest.raises(ValueError, match="topics must be a tuple of names, each once, got"):
        catalogue.Catalogue("toy_course", topics)
    with pytest.raises(TypeError, match="catalogue must be a Catalogue, got 'toy_course'"):
        catalogue.use("toy_course")


# ------------------------------------------------------------------------------- check, hint, solution


def test_an_unknown_exercise_is_answered_with_the_nearest():
    for name in ("dft/idtf", "idft", "dft/nothing", 7):
        with pytest.raises(ValueError, match="there is no exercise .*: did you mean"):
            practice.check(name, 1)
    with pytest.raises(ValueError, match="'dft/idft'"):
        practice.hint("dft/idtf")


def test_a_result_speaks_in_every_form():
    result = practice.check("dft/idft", lambda x: np.fft.fft(x) / len(x))
    assert (result.status, result.diagnosis, result.points) == ("wrong", "forward phasors", 0.0)
    assert repr(result).startswith("✗ dft/idft: wrong. The phasors turn backward")
    assert "    expected: " in repr(result)
    bundle = result._repr_mimebundle_()
    assert bundle["text/plain"] == "0.0"  # where nbgrader reads the points
    assert "The phasors turn backward" in bundle["text/html"]
    assert "application/vnd.jupyter.widget-view+json" in bundle
    right = practice.check("dft/idft", np.fft.ifft)
    assert right.points == exercises.find("dft/idft").stars and right._repr_mimebundle_()["text/plain"] == "1.0"


def test_html_of_a_result_is_escaped():
    result = practice.check("dft/idft", lambda x: exec("raise ValueError('<script>alert(1)</script> & co')"))
    html = result._repr_mimebundle_()["text/html"]
    assert "<script>" not in html and "&lt;script&gt;" in html


def test_hints_come_one_after_the_other_and_stay_at_the_last():
    n = len(exercises.find("dft/idft").hints)
    given = [str(practice.hint("dft/idft")) for _ in range(n + 1)]
    assert [text.partition(".")[0] for text in given] == [f"Hint {min(k, n)} of {n}" for k in range(1, n + 2)]
    assert str(practice.hint("dft/idft", 2)).startswith(f"Hint 2 of {n}")
    for number in (0, n + 1, 1.5, True, "2"):
        with pytest.raises(ValueError, match=f"number must be from 1 to {n}"):
            practice.hint("dft/idft", number)


def test_hints_go_on_where_nothing_is_kept(monkeypatch):
    monkeypatch.setenv(store.VARIABLE, "off")
    assert [str(practice.hint("dft/idft"))[:6] for _ in range(2)] == ["Hint 1", "Hint 2"]


def test_a_solution_is_asked_for_twice():
    first, second = practice.solution("dft/idft"), practice.solution("dft/idft")
    source = inspect.getsource(exercises.find("dft/idft").reference)
    assert "ask once more" in str(first) and source not in str(first)
    assert source in str(second)
    assert source in str(practice.solution("dft/idft"))


def test_after_a_right_answer_the_solution_comes_at_once():
    practice.check("dft/idft", np.fft.ifft)
    assert "def idft" in str(practice.solution("dft/idft"))


# ------------------------------------------------------------------------------------------- quizzes


def test_a_quiz_has_the_checkpoint_or_one_question():
    assert len(practice.quiz("03_dft")) == len(exercises.questions("dft", "checkpoint"))
    assert len(practice.quiz("03_dft", "five_turns")) == len(practice.quiz("dft", "five_turns")) == 1
    with pytest.raises(ValueError, match="03_dft has no question 'six'"):
        practice.quiz("03_dft", "six")
    with pytest.raises(ValueError, match="no practice for the lecture '99_nothing'"):
        practice.quiz("99_nothing")


def test_a_number_that_is_not_the_lectures_is_refused():
    for ask in (practice.quiz, practice.progress):
        for lecture in ("04_dft", "13_dft.ipynb", "0_dft"):
            with pytest.raises(ValueError, match=f"there is no lecture '{lecture}': the one about dft is '03_dft'"):
                ask(lecture)
    assert len(practice.quiz("3_dft")) == len(practice.quiz("03_dft.ipynb")) == len(practice.quiz("dft"))
    assert practice.progress("12_sequence_models").lectures[0].stem == "12_sequence_models"


def test_a_quiz_is_whole_without_scripts():
    bundle = practice.quiz("03_dft")._repr_mimebundle_()
    for question in exercises.questions("dft", "checkpoint"):
        for option in question.options:
            assert option.why.partition(",")[0].partition("&")[0][:12] in bundle["text/html"]
    assert bundle["text/html"].count("<details>") == sum(
        len(question.options) for question in exercises.questions("dft", "checkpoint")
    )
    assert "application/vnd.jupyter.widget-view+json" in bundle


def test_the_first_choice_of_a_question_is_kept():
    from course_utils.practice.cards import Questions

    quiz = practice.quiz("03_dft")
    widget = Questions(quiz)
    item, question = quiz.questions[1]
    choices = list(widget.choices)
    choices[1] = question.right
    widget.choices = choices
    assert store.events(item)[0][0].outcome == "right"
    assert store.standings()[0][item].due is not None
    assert widget.note == ""
    prediction = Questions(practice.quiz("03_dft", "five_turns"))
    prediction.choices = [0]
    kept = store.events("dft?five_turns")[0][0]
    assert (kept.kind, kept.outcome) == ("predict", "wrong")
    assert store.standings()[0]["dft?five_turns"].due is None  # a prediction is not reviewed


def test_words_are_escaped_and_marked():
    from course_utils.practice.words import inline, plain

    assert inline("`a<b` is **not** *so* & 2*3*4 = 24") == (
        "<code>a&lt;b</code> is <strong>not</strong> <em>so</em> &amp; 2*3*4 = 24"
    )
    assert plain("`a` is **b**, `2**n` is not") == "a is b, 2**n is not"


# --------------------------------------------------------------------------------- the small tools


def test_trials_copy_their_inputs():
    x = np.ones(3)

    def spoil(values):
        values[:] = 0
        return values

    spec = Function(cases=lambda: [], expected=lambda x: x + x)
    try_case(spoil, case(x, says="ones"), spec)
    assert x.all()


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (np.arange(3), "[0, 1, 2]"),
        (np.arange(100) / 3, "[0, 0.333333, 0.666667, 1, 1.33333, 1.66667, …] of shape (100,)"),
        (np.zeros((2, 2)), "[0, 0, 0, 0] of shape (2, 2)"),
        (np.float32(0.5), "0.5"),
        ((1, np.ones(2)), "(1, [1, 1])"),
        (np.random.default_rng(0), "a random generator"),
        (len, "len"),
        ("a" * 100, "'aaaaaaaaaaaa...aaaaaaaaaaaaa'"),
    ],
)
def test_values_in_words(value, words):
    assert compare.text(value) == words


@pytest.mark.parametrize(
    ("expected", "got", "is_close"),
    [
        ([1, 2], [1, 2.0000001], True),
        ([1, 2], [1, 2.00001], False),
        ([1, 2], np.array([1, 2.00001], np.float32), True),  # single precision has its own tolerance
        ([1, 2], np.array([1, 2.01], np.float32), False),
        ([0, 0], [0, 1e-9], True),
        ([0, 0], [0, 1e-3], False),
        ([1, 2], [[1, 2]], False),
        ([np.nan, 1], [np.nan, 1], True),
        ([np.inf, 1], [-np.inf, 1], False),
        ([1, 1], [np.nan, 1], False),
        (["a"], ["a"], True),
        (["a"], [1], False),
        ([1e300, 1e300], [1e300, 1e300], True),
    ],
)
def test_closeness(expected, got, is_close):
    assert compare.close(compare.as_array(expected), compare.as_array(got), 1e-6) == is_close
