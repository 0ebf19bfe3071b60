"""The practice engine: what becomes of an answer, whatever it is and whatever it does."""

import inspect
import sys

import numpy as np
import pytest

from course_utils import exercises, practice
from course_utils.practice import catalogue, checking, sandbox, store


@pytest.fixture(autouse=True)
def own_progress(tmp_path, monkeypatch):
    """Every test has a file of progress of its own."""
    path = tmp_path / "progress.sqlite3"
    monkeypatch.setenv(store.VARIABLE, str(path))
    monkeypatch.setattr(checking, "_asked_once", set())
    monkeypatch.setattr(checking, "_hints_here", {})
    return path


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


def test_what_is_not_the_readers_is_not_kept():
    """The start page checks somebody's answer."""
    assert practice.check("dft/idft", lambda x: np.fft.fft(x), keep=False).status == "wrong"
    assert practice.progress("03_dft").lectures[0].exercises[0].state == "open"
    assert practice.check("dft/idft", np.fft.ifft, keep=False).points
    assert store.events("dft/idft")[0] == []


def test_what_was_printed_is_that_of_all_calls():
    result = practice.check("dft/idft", lambda x: print(len(x)) or x)
    words = "t printed, in all its calls together:"
    assert words in repr(result) and words in result._repr_mimebundle_()["text/html"]


def test_html_of_a_result_is_escaped():
    result = practice.check("dft/idft", lambda x: exec("raise ValueError('<script>alert(1)</script> & co')"))
    html = result._repr_mimebundle_()["text/html"]
    assert "<script>" not in html and "&lt;script&gt;" in html


def test_hints_come_one_after_the_other_and_stay_at_the_last():
    n = len(exercises.find("dft/idft").hints)
    given = [str(practice.hint("dft/idft")) for _ in range(n + 1)]
    heads = [f"Hint {k} of {n}. " for k in range(1, n)]
    heads += [f"Hint {n} of {n}, the last. ", f"There are no more hints; hint {n} was: "]
    assert [text.startswith(head) for text, head in zip(given, heads, strict=True)] == [True] * (n + 1)
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


def test_before_a_solution_the_hints_that_are_left_are_counted():
    assert str(practice.solution("dft/idft")).startswith('3 hints are left: hint("dft/idft"). A solution')
    practice.hint("dft/frequencies_hz", len(exercises.find("dft/frequencies_hz").hints) - 1)
    assert str(practice.solution("dft/frequencies_hz")).startswith("1 hint is left: ")


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
