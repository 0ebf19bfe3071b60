"""The practice engine: what becomes of an answer, whatever it is and whatever it does."""

import inspect
import os
import sys
import time

import numpy as np
import pytest

from course_utils import exercises, practice
from course_utils.practice import catalogue, checking, sandbox, store
from course_utils.practice.model import Function
from tests.answers import doubling, notebook_function


@pytest.fixture(autouse=True)
def own_progress(tmp_path, monkeypatch):
    """Every test has a file of progress of its own."""
    path = tmp_path / "progress.sqlite3"
    monkeypatch.setenv(store.VARIABLE, str(path))
    monkeypatch.setattr(checking, "_asked_once", set())
    monkeypatch.setattr(checking, "_hints_here", {})
    return path


# ---------------------------------------------------------------------- what an answer may do to itself

HOSTILE = {
    "endless loop": ("while True: pass", "endless loop"),
    "endless loop that catches everything": (
        "while True:\n        try:\n            x = 1\n        except BaseException:\n            pass",
        "endless loop",
    ),
    "sleep": ("import time; time.sleep(1000)", "endless loop"),
    "recursion": ("return answer(x)", "endless recursion"),
    "memory in one piece": ("return np.ones(4_000_000_000)", "memory"),
    "memory piece by piece": ("kept = []\n    while True: kept.append(np.ones(1_000_000))", "memory"),
    "list without end": ("kept = []\n    while True: kept.append([0] * 1_000_000)", "memory"),
    "exception": ("return 1 / 0", "ZeroDivisionError"),
    "unknown name": ("return two * x", "NameError"),
    "wrong arguments": ("return x.sum(axis=7)", "AxisError"),
    "exit": ("exit()", "exit"),
    "sys.exit": ("import sys; sys.exit(0)", "exit"),
    "os._exit": ("import os; os._exit(0)", "exit"),
    "killed": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "crash"),
    "segmentation fault": ("import ctypes; ctypes.string_at(0)", "crash"),
    "input": ("return input()", "RuntimeError"),
    "interrupt": ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    "pipe closed": ("import os; os.closerange(3, 100); return 2 * x", None),
    "child process": ("import os\n    if os.fork() == 0:\n        while True: pass\n    return 2 * x", None),
}


@pytest.mark.parametrize("fork", [True, False] if sys.platform == "linux" else [False])
@pytest.mark.parametrize(("body", "diagnosis"), HOSTILE.values(), ids=HOSTILE)
def test_whatever_an_answer_does_ends_in_a_sentence(body, diagnosis, fork):
    asked = doubling()
    answer = notebook_function(f"def answer(x):\n    {body}")
    started = time.monotonic()
    if fork:
        limit_s = 3 if diagnosis == "endless loop" else sandbox.LIMIT_S  # filling the memory takes its time
        checked = sandbox.run(asked, answer, fork=True, limit_s=limit_s)
    else:  # the new Python looks the exercise up by its name, so it must be a real one
        checked = sandbox.run(exercises.exercises("dft")[0], answer, fork=False, limit_s=4)
    assert time.monotonic() - started < 60  # it hangs
    assert checked.verdict.status in ("wrong", "right") and len(checked.verdict.message) > 20
    if diagnosis and fork:
        assert checked.verdict.diagnosis == diagnosis
    if diagnosis and not fork:
        assert checked.verdict.status == "wrong"


def test_no_child_is_left_behind():
    import psutil

    me = psutil.Process()
    before = set(me.children(recursive=True))
    for body in ("while True: pass", "import os; os.fork(); return 2 * x", "os._exit(3)"):
        sandbox.run(doubling(), notebook_function(f"def answer(x):\n    {body}"), fork=True, limit_s=1)
    time.sleep(0.2)
    assert set(me.children(recursive=True)) <= before


@pytest.mark.skipif(sys.platform != "linux", reason="os.fork and flock")
def test_what_an_answer_has_started_is_ended_with_it(tmp_path):
    """A child of the child holds a lock for as long as it lives."""
    import fcntl

    path = tmp_path / "lock"
    body = """
    import fcntl, os, time
    if os.fork() == 0:
        held = open(path, "w")
        fcntl.flock(held, fcntl.LOCK_EX)
        while True: time.sleep(1)
    time.sleep(0.3)
    return 2 * x"""
    sandbox.run(doubling(), notebook_function(f"def answer(x):{body}", path=str(path)))
    time.sleep(0.3)
    with open(path, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # raises where it is still held


def test_an_endless_loop_names_the_case():
    answer = notebook_function("def answer(x):\n    while x.size == 1: pass\n    return 2 * x")
    message = sandbox.run(doubling(), answer, limit_s=2).verdict.message
    assert "after 2 s" in message and "on one number" in message


def test_the_line_that_raises_is_shown(tmp_path):
    path = tmp_path / "cell.py"  # the notebook's cells have sources, and so has a file
    path.write_text("def answer(x):\n    half = 1 / 0\n    return half * x\n")
    namespace = {"__name__": "__main__"}
    exec(compile(path.read_text(), str(path), "exec"), namespace)
    message = sandbox.run(doubling(), namespace["answer"]).verdict.message
    assert "ZeroDivisionError in the line `half = 1 / 0` in the case “three numbers”: division by zero" in message


STATE = {
    "a variable": ("global count\n    count += 1", "the variable count"),
    "a list": ("seen.append(1)", "the variable seen"),
    "an array": ("table[0] += 1", "the variable table"),
    "a dictionary, by a function": ("remember(x)", "the variable kept"),
    "numpy's generator": ("np.random.seed(0)", "numpy.random"),
    "numpy's errors": ("np.seterr(divide='ignore')", "np.seterr"),
    "the folder": ("import os; os.chdir('/')", "working directory"),
    "the environment": ("import os; os.environ['PATH_X'] = '1'", "environment"),
}


@pytest.mark.skipif(sys.platform != "linux", reason="os.fork is used on Linux only")
@pytest.mark.parametrize(("body", "named"), STATE.values(), ids=STATE)
def test_a_changed_global_state_is_named_and_does_not_reach_the_notebook(body, named):
    kept, folder = {}, os.getcwd()
    variables = {"count": 0, "seen": [], "table": np.zeros(2), "kept": kept}
    source = f"def remember(x):\n    kept[len(x)] = 1\n\ndef answer(x):\n    {body}\n    return 2 * x"
    answer = notebook_function(source, **variables)
    random_state = np.random.get_state()[1].copy()  # noqa: NPY002
    verdict = sandbox.run(doubling(), answer, fork=True).verdict
    assert verdict.diagnosis == "global state" and named in verdict.message
    mine = answer.__globals__
    assert (mine["count"], mine["seen"], mine["kept"]) == (0, [], {}) and not mine["table"].any()
    assert os.getcwd() == folder and "PATH_X" not in os.environ
    assert np.array_equal(np.random.get_state()[1], random_state)  # noqa: NPY002


def test_what_an_answer_prints_is_shown_and_cut():
    answer = notebook_function("def answer(x):\n    print('here', x.size)\n    return 2 * x")
    assert sandbox.run(doubling(), answer).printed.startswith("here 3\nhere 1\n")
    flood = notebook_function("def answer(x):\n    for _ in range(100_000): print('flood')\n    return 2 * x")
    checked = sandbox.run(doubling(), flood)
    assert checked.verdict.status == "right" and len(checked.printed) == sandbox.LIMIT_PRINTED


def test_an_answer_that_cannot_be_sent_gets_a_sentence(tmp_path):
    with open(tmp_path / "file", "w") as file:
        answer = notebook_function("def answer(x):\n    file.write('x')\n    return x", file=file)
        verdict = sandbox.run(exercises.exercises("dft")[0], answer, fork=False).verdict
    assert (verdict.status, verdict.diagnosis) == ("wrong", "not portable")


def test_both_ways_of_starting_agree():
    asked = exercises.find("dft/idft")
    for answer in (
        asked.reference,  # told to be the package's own, by either way
        lambda x: np.fft.ifft(x),
        lambda x: np.fft.fft(x) / len(x),
        lambda x: [0 * v for v in x],
    ):
        by_fork = sandbox.run(asked, answer, fork=True).verdict if sys.platform == "linux" else None
        by_python = sandbox.run(asked, answer, fork=False).verdict
        assert by_fork in (None, by_python)


ONE_OF_EACH_KIND = {
    exercise.kind: exercise for topic in ("dft", "mel", "filters") for exercise in exercises.exercises(topic)
}


@pytest.mark.parametrize("asked", ONE_OF_EACH_KIND.values(), ids=ONE_OF_EACH_KIND)
def test_a_new_python_judges_as_a_fork_does(asked):
    """The way of macOS and Windows, tried wherever the tests run: right, wrong and untouched."""
    is_function = isinstance(asked.spec, Function)
    codes = [asked.reference, asked.wrongs[0].codes[0]]
    answers = [code if is_function else code() for code in codes]
    verdicts = [sandbox.run(asked, answer, fork=False).verdict for answer in (*answers, None)]
    assert [verdict.status for verdict in verdicts] == ["right", "wrong", "not attempted"]
    assert verdicts[1].diagnosis == asked.wrongs[0].name


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


# ------------------------------------------------------------------------------- in a real notebook

CELLS = {
    "import numpy as np\nfrom course_utils.practice import check\nmine, n = [1, 2, 3], 0": None,
    "def idft(s):\n    while True: pass": None,
    "check('dft/idft', idft)": "still running after 8 s",
    "def idft(s):\n    exit()": None,
    "check('dft/idft', idft) ": "calls exit()",
    "def idft(s):\n    global n\n    n += 1\n    mine.append(4)\n    return np.fft.ifft(s)": None,
    "check('dft/idft', idft)  ": "it changes the variable",
    "def idft(s):\n    return idft(s)": None,
    "check('dft/idft', idft)   ": "calls itself without end",
    "mine, n": "([1, 2, 3], 0)",
}


def test_the_kernel_of_a_notebook_lives_on_with_its_variables():
    from nbclient import NotebookClient
    from nbformat import v4

    notebook = v4.new_notebook(cells=[v4.new_code_cell(source) for source in CELLS])
    NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    for cell, expected in zip(notebook.cells, CELLS.values(), strict=True):
        shown = "".join("".join(output.get("data", {}).values()) for output in without_views(cell))
        assert expected is None or expected in shown


def without_views(cell):
    for output in cell.outputs:
        output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)
        yield output


@pytest.mark.skipif(os.name != "posix", reason="the signal of the stop button is sent with os.kill")
def test_the_stop_button_stops_the_answer_too():
    import signal
    import threading

    import psutil

    answer = notebook_function("def answer(x):\n    while True: pass")
    threading.Timer(1, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        sandbox.run(doubling(), answer)
    assert not [child for child in psutil.Process().children() if child.status() == "running"]
