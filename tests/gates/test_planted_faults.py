"""Every gate reports the fault it is there for, and is silent on clean work."""

import re
import subprocess
import sys
import textwrap
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbformat import v4

from authoring import exercises, fix, normal_form, runs
from authoring.cells import STORED, read, tagged
from course_utils import _checks
from course_utils.practice.model import Question
from tests import hostile
from tests.gates import house, lectures, notebooks

# -------------------------------------------------------------------------------- a clean lecture

ANSWER = "<details><summary>Why?</summary>Because the sum of phasors is linear.</details>\n"


def markdown(text, *tags, slide="-", minutes=None):
    metadata = {"tags": list(tags), "slideshow": {"slide_type": slide}}
    return v4.new_markdown_cell(text, metadata=metadata | ({"course": {"minutes": minutes}} if minutes else {}))


def code(text, *tags, slide="-"):
    return v4.new_code_cell(text, metadata={"tags": list(tags), "slideshow": {"slide_type": slide}})


def prediction(n):
    """A question, its options, and the cell that answers it."""
    asked = code(f'cu.practice.quiz("03_dft", "question_{n}")')
    return markdown(f"What is {n}?", "predict"), asked, code(f"level_db = {n} + 39.94")


def lecture():
    cells = [
        markdown("# A lecture", "hook", slide="slide", minutes=45),
        markdown("Reading 30 min, lecturing 50 min. You can:\n\n- hear\n- see\n- say", "goals"),
        code("import course_utils as cu"),
        code("def dft(x):\n    return x", "derivation"),
        code("assert dft(1) == cu.dft", "agreement"),
        *[cell for n in range(3) for cell in prediction(n)],
        markdown("The level is **39.9<!-- =level_db - 2:.1f --> dB**."),
        code("print(f'{level_db:.1f} dB')", STORED),
        code("cu.plotting.explore(print)", "live"),
        code("signal, rate = cu.audio.load('speech/toy')\ncu.audio.play(signal, rate, caption='hi')", "real-sound"),
        code("wrong = 1 / 2", "bug"),
        code("right = 1", "fix"),
        code('cu.practice.quiz("03_dft")', "checkpoint"),
        markdown(ANSWER * 3, "interview"),
        markdown("Use a window.", "summary"),
        markdown("Oppenheim, chapter 8.", "reading"),
        code('cu.practice.progress("03_dft")'),
    ]
    notebook = v4.new_notebook(cells=cells)
    stored = at(notebook, STORED)
    stored.outputs, stored.execution_count = [v4.new_output("stream", text="41.9 dB\n")], 1
    return notebook


def at(notebook, tag):
    return tagged(notebook, tag)[0][1]


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write a notebook in normal form where the gates expect lectures; the manifest knows one clip."""
    monkeypatch.setattr(lectures, "read_manifest", lambda: [{"file": "speech/toy.flac", "lecture": "03_dft"}])
    monkeypatch.setattr(lectures, "exported_names", lambda: {"dft": "dft", "sine": "sound"})
    known = [Question(name=f"question_{n}", text="?", options=(), kind="predict") for n in range(3)]
    monkeypatch.setattr(lectures, "questions_of", lambda path: known)

    def write(notebook, name="03_dft.ipynb"):
        path = tmp_path / "notebooks" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(normal_form.normal_text(notebook), encoding="utf-8")
        return path

    return write


def assert_reported(found, expected):
    assert any(expected in problem for problem in found), found


def test_a_clean_lecture_passes(write):
    assert notebooks.static_problems(write(lecture())) == []


# ------------------------------------------------------------------------------- the normal form


def test_the_normal_form_is_its_own_normal_form(write):
    path = write(lecture())
    once = path.read_text(encoding="utf-8")
    assert normal_form.normal_text(read(path)) == once
    assert once.endswith("}\n")


def test_an_edit_keeps_the_id_of_its_cell():
    """Correcting one word is a change of one line."""
    notebook = normal_form.normalise(lecture())
    before = normal_form.normal_text(notebook).splitlines()
    at(notebook, "summary").source = "Use a Hann window."
    after = normal_form.normal_text(notebook).splitlines()
    assert len(before) == len(after) and sum(one != other for one, other in zip(before, after, strict=True)) == 1


def test_cells_get_different_ids():
    notebook = v4.new_notebook(cells=[code("x = 1") for _ in range(3)])
    for cell, own in zip(
        notebook.cells, ["of its own", "0f47ac10-58cc-4372-a567-0e02b2c3d479", "0f47ac10"], strict=True
    ):
        cell["id"] = own
    ids = [cell.id for cell in normal_form.normalise(notebook).cells]
    assert len(set(ids)) == 3 and ids[1] == "0f47ac10" and normal_form.ID.fullmatch(ids[0])


def test_a_new_cell_of_a_lecture_gets_the_default_slide_type():
    notebook = lecture()
    del at(notebook, "summary").metadata["slideshow"]
    assert at(normal_form.normalise(notebook), "summary").metadata.slideshow.slide_type == "-"
    assert "slideshow" not in normal_form.normalise(exercise_notebook_without_slides()).cells[0].metadata


def test_what_only_compares_is_folded_and_the_goals_say_the_times():
    notebook = lecture()
    at(notebook, "goals").source += "\n\nReading: 3 min. Lecturing: 4 min."
    notebook.cells += [markdown("## More (deeper)", slide="skip"), markdown("word " * 2200, slide="skip")]
    mended = normal_form.normalise(notebook)
    assert at(mended, "agreement").metadata.jupyter.source_hidden
    assert "jupyter" not in at(mended, "derivation").metadata
    assert "Reading: 15 min for the core path, 35 min for everything. Lecturing: 45 min." in at(mended, "goals").source


def exercise_notebook_without_slides():
    return v4.new_notebook(cells=[v4.new_markdown_cell("# Exercises")])


@pytest.mark.parametrize(
    "disturb",
    [
        lambda nb: nb.cells[2].outputs.append(v4.new_output("stream", text="left over")),
        lambda nb: nb.cells[2].update(execution_count=7),
        lambda nb: nb.cells[2].metadata.update(collapsed=True),
        lambda nb: nb.cells[2].update(id="0f47ac10-58cc-4372-a567-0e02b2c3d479"),
        lambda nb: nb.cells[2].update(source="import course_utils as cu  \n"),
        lambda nb: nb.metadata.update(widgets={}),
        lambda nb: nb.metadata.kernelspec.update(name="my-own"),
    ],
    ids=["output", "count", "cell metadata", "long id", "trailing space", "metadata", "kernel"],
)
def test_whatever_varies_is_reported_and_mended(write, disturb):
    path = write(lecture())
    notebook = read(path)
    disturb(notebook)
    nbformat.write(notebook, path)
    assert_reported(notebooks.static_problems(path), "is not in normal form")
    assert fix.fix(path, run=False) is None
    assert notebooks.static_problems(path) == []


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"cells": []', '{"cells": 3, "nbformat": 4, "nbformat_minor": 5}']
)
def test_what_is_no_notebook_is_left_and_named(tmp_path, text):
    path = tmp_path / "broken.ipynb"
    path.write_text(text)
    assert re.match(rf"{path} must be a notebook, got .+: mend it, or git checkout", fix.fix(path, run=False))
    assert path.read_text() == text


def test_only_the_courses_own_notebooks_are_put_in_order(tmp_path, capsys):
    copy = tmp_path / "mine.ipynb"
    nbformat.write(v4.new_notebook(cells=[code("1")]), copy)
    for path in (copy, tmp_path / "nothing.ipynb", tmp_path):
        assert fix.main(["--no-run", str(path)]) == 1
        assert capsys.readouterr().out.startswith("a path must")


# --------------------------------------------------------------------- faults that stand in the file


def put(tag, text):
    """Replace the source of the first cell with this tag."""
    return lambda notebook: at(notebook, tag).update(source=text)


def put_after(tag, text):
    """Replace the source of the cell after the first one with this tag."""
    return lambda notebook: notebook.cells[tagged(notebook, tag)[0][0]].update(source=text)


def swap(tag, old, new):
    return lambda notebook: at(notebook, tag).update(source=at(notebook, tag).source.replace(old, new))


def swap_source(place, old, new):
    return lambda notebook: notebook.cells[place].update(source=notebook.cells[place].source.replace(old, new))


def untag(tag):
    return lambda notebook: at(notebook, tag).metadata.tags.remove(tag)


def add(text, *tags):
    return lambda notebook: notebook.cells.insert(-1, code(text, *tags))


def store(text):
    return lambda notebook: at(notebook, STORED).outputs[0].update(text=text)


def add_slides(count):
    return lambda notebook: notebook.cells.extend(markdown("More.", slide="subslide") for _ in range(count))


def read_from(tag, reader):
    """Bind a name in the cell with this tag, and read it in a new one."""

    def plant(notebook):
        at(notebook, tag).source += "\nmade_there = 1"
        notebook.cells.append(reader)

    return plant


def read_from_below(heading):
    """Bind a name below a heading, and read it below the next one."""
    below = [markdown(heading, slide="skip"), code("made_there = 1", slide="skip")]
    return lambda notebook: notebook.cells.extend([*below, markdown("## Back"), code("print(made_there)")])


PLAY = "cu.audio.play(signal, rate, caption='hi')"
FAULTS = {
    "no stored output": (lambda nb: at(nb, STORED).update(outputs=[]), "has no stored output"),
    "long stored output": (store("1\n" * 16), "longer than 15 lines"),
    "full precision": (store("0.1234567"), "more than 6 significant digits"),
    "redefined function": (add("def dft(x):\n    return x"), "redefines dft"),
    "redefined by assignment": (add("sine = 3"), "redefines sine"),
    "redefined by a loop": (add("for sine in []:\n    pass"), "redefines sine"),
    "redefined by import": (add("from scipy.fft import fft as dft"), "redefines dft"),
    "derived in another lecture": (put("derivation", "def sine(x):\n    return x"), "in another lecture"),
    "no agreement": (untag("agreement"), "must be tagged agreement"),
    "agreement without assert": (put("agreement", "dft(1) == cu.dft"), "must be tagged agreement"),
    "agreement with itself": (put("agreement", "assert dft(1) == dft(1)"), "must be tagged agreement"),
    "unknown slide type": (lambda nb: nb.cells[3].metadata.slideshow.update(slide_type="page"), "slide type is page"),
    "slide without minutes": (lambda nb: nb.cells[0].metadata.pop("course"), "course.minutes"),
    "too long": (lambda nb: nb.cells[0].metadata.course.update(minutes=51), "take 51 minutes"),
    "too short": (lambda nb: nb.cells[0].metadata.course.update(minutes=39), "take 39 minutes"),
    "too many slides": (add_slides(45), "46 slides: at most 45"),
    "too many quizzes": (put("bug", 'cu.practice.quiz("03_dft", "question_0")\n' * 5), "9 quizzes on the slides"),
    "read from a folded cell": (
        read_from("agreement", code("print(made_there)")),
        "reads made_there, which the folded",
    ),
    "a number from a folded cell": (
        read_from("agreement", markdown("It is 1<!-- =made_there:.0f -->.")),
        "reads made_there, which the folded",
    ),
    "a figure that draws nothing": (add("x = 1", "figure"), "figure: this tag is for a code cell that draws"),
    "words for the lecturer in the open": (
        lambda nb: nb.cells.append(markdown("Let them vote.", slide="notes")),
        "a cell of notes begins with",
    ),
    "core that needs what lies deeper": (read_from_below("## More (deeper)"), "reads made_there, which cell"),
    "deeper on a slide": (
        lambda nb: nb.cells.append(markdown("## More (deeper)", slide="slide", minutes=1)),
        "lies deeper, and is on a slide",
    ),
    "a long core": (lambda nb: nb.cells.append(markdown("word " * 6600, slide="skip")), "the core path takes 7"),
    "late hook": (lambda nb: nb.cells.insert(2, nb.cells.pop(0)), "hook: belongs"),
    "fix before bug": (lambda nb: nb.cells.insert(3, nb.cells.pop(nb.cells.index(at(nb, "fix")))), "show the bug"),
    "goals without time": (swap("goals", "lecturing 50 min", ""), "goals: say the minutes"),
    "goals without a list": (swap("goals", "- ", ""), "goals: list"),
    "two predictions": (untag("predict"), "has 2 cells tagged predict"),
    "prediction that asks nothing": (put("predict", "It is 0."), "predict: a question"),
    "prediction without answer": (lambda nb: nb.cells.append(markdown("Why?", "predict")), "predict: a question"),
    "prediction without options": (put_after("predict", "x = 1"), "predict: a question"),
    "prediction unknown to the engine": (
        put_after("predict", 'cu.practice.quiz("03_dft", "question_9")'),
        "is no prediction",
    ),
    "prediction of another lecture": (
        put_after("predict", 'cu.practice.quiz("04_stft", "question_0")'),
        "is no prediction",
    ),
    "prediction that is never asked": (
        put_after("predict", 'cu.practice.quiz("03_dft", "question_1")'),
        "question_0 of course_utils/exercises is not asked",
    ),
    "checkpoint of another lecture": (put("checkpoint", 'cu.practice.quiz("04_stft")'), "checkpoint: one code cell"),
    "checkpoint not by the engine": (put("checkpoint", "quiz = 1"), "checkpoint: one code cell"),
    "nothing to practise next": (lambda nb: nb.cells.pop(), "what to practise next"),
    "practice of another lecture": (
        lambda nb: nb.cells[-1].update(source='cu.practice.progress("04_stft")'),
        "what to practise next",
    ),
    "two interview questions": (put("interview", ANSWER * 2), "interview: 2 questions"),
    "17 lines of code": (add("x = 1\n" * 17), "17 lines of code: at most 16"),
    "21 lines of derivation": (put("derivation", "x = 1\n" * 21), "21 lines of code: at most 20"),
    "two sounds": (add(f"{PLAY}\n{PLAY}"), "more than one picture or sound"),
    "picture not last": (add("cu.plotting.waveform(signal, rate, title='t')\nx = 1"), "must be the last"),
    "picture that is not shown": (add("shown = picture.show('alt')"), "must be the last"),
    "pyplot": (add("import matplotlib.pyplot as plt"), "draws past cu.plotting"),
    "IPython's player": (add("from IPython.display import Audio"), "plays past cu.audio"),
    "network in code": (add("import urllib.request"), "reaches for the network"),
    "network in prose": (put("summary", "![a](https://example.org/a.png)"), "loads from the network"),
    "unknown clip": (add("cu.audio.load('music/nothing.flac')"), "clip music/nothing is not"),
    "synthetic real sound": (put("real-sound", "x = 1"), "real-sound: name a clip"),
}
FAULTS |= {
    f"no {tag}": (untag(tag), f"has 0 cells tagged {tag}")
    for tag in "hook goals live real-sound checkpoint summary reading derivation bug fix interview".split()
}


@pytest.mark.parametrize(("plant", "expected"), FAULTS.values(), ids=FAULTS)
def test_fault_in_a_lecture_is_reported(write, plant, expected):
    notebook = lecture()
    plant(notebook)
    assert_reported(notebooks.static_problems(write(notebook)), expected)


def test_stored_pictures_are_reported():
    notebook = lecture()
    at(notebook, STORED).outputs.append(v4.new_output("display_data", data={"image/png": "iVBO"}))
    assert any("picture" in text for _, text in lectures.check_stored_outputs("03_dft.ipynb", notebook))


def test_the_start_needs_no_derivation_bug_or_interview(write):
    notebook = lecture()
    notebook.cells[0].metadata.course.minutes = 10
    for tag in ("derivation", "agreement", "bug", "fix", "interview"):
        notebook.cells.remove(at(notebook, tag))
    for cell in notebook.cells:
        cell.source = cell.source.replace("03_dft", "00_start_here")
    assert notebooks.static_problems(write(notebook, "00_start_here.ipynb")) == []


def test_clip_bound_to_a_lecture_that_does_not_use_it_is_reported(write, tmp_path):
    write(lecture())
    row = {"file": "speech/toy.flac", "lecture": "03_dft"}
    assert list(lectures.check_clip_lectures([row], tmp_path)) == []
    for fault in (row | {"file": "speech/other.flac"}, row | {"lecture": "04_stft"}, row | {"lecture": ""}):
        assert_reported(lectures.check_clip_lectures([fault], tmp_path), "does not name it")


def test_a_map_that_says_otherwise_is_reported(write, tmp_path):
    def course(on_map, builds_on):
        row = f"| [03 · DFT](03_dft.ipynb) | {on_map} | read a spectrum |"
        write(v4.new_notebook(cells=[markdown(row)]), "00_start_here.ipynb")
        write(v4.new_notebook(cells=[markdown(f"Builds on {builds_on}. Reading: 60 min.")]), "03_dft.ipynb")
        return list(lectures.check_map(tmp_path))

    both = "[01 · Sound](01_sound.ipynb) and [02 · Sampling](02_sampling.ipynb)"
    assert course("01, 02", both) == []
    assert_reported(course("01", both), "name the same lectures")
    assert_reported(course("01, 02", "school"), "name the same lectures")


# ----------------------------------------------------------------- faults that show when it is run

ALT = "A single peak at 440 Hz stands 42 dB above the noise."
CAPTIONED = "<figure><audio></audio><figcaption>A bell</figcaption></figure>"


def showing(html):
    """A cell whose value shows this HTML, without IPython.display."""
    return code(f"class Told:\n    def _repr_html_(self):\n        return {html!r}\nTold()")


RUN_FAULTS = {
    "wrong number": (markdown("It is 3.1<!-- =level:.1f -->."), "computes -2.5"),
    "number without token": (markdown("It is <!-- =level:.1f -->."), "computes -2.5"),
    "unknown name": (markdown("It is 3<!-- =nothing:d -->."), "NameError"),
    "no format": (markdown("It is 3<!-- =level -->."), "needs `=expression:spec`"),
    "warning": (code("import warnings\nwarnings.warn('deprecated')"), "writes to stderr"),
    "network": (
        code("import socket\nsocket.create_connection(('192.0.2.1', 80), 1)", "raises-exception"),
        "reached for the network",
    ),
    "picture in prose without alt": (markdown("![](../assets/a.png)"), "alt text"),
    "no alt": (showing("<img src=''>"), "alt text"),
    "short alt": (showing("<img src='' alt='spectrum plot'>"), "alt text"),
    "no caption": (showing("<audio></audio>"), "without a caption"),
    "empty caption": (showing("<figure><audio></audio><figcaption></figcaption></figure>"), "without a caption"),
    "two sounds": (showing(CAPTIONED * 2), "more than one picture or sound"),
    "bare image": (code("class Bare:\n    def _repr_png_(self):\n        return b'x'\nBare()"), "without alt text"),
    "picture without alt in an interactive": (
        code("import ipywidgets\nipywidgets.HTML('<img src=\"\">')"),
        "in an interactive: the alt text",
    ),
}


@pytest.fixture(scope="module")
def faulty_run(tmp_path_factory):
    """The problems of one notebook that holds every fault, executed once."""
    cells = [code("level = -2.5"), *(cell for cell, _ in RUN_FAULTS.values())]
    path = tmp_path_factory.mktemp("faulty") / "faulty.ipynb"
    nbformat.write(v4.new_notebook(cells=cells), path)
    executed = runs.execute(path)
    blocked = executed.notebook.cells[list(RUN_FAULTS).index("network") + 1].outputs[0].evalue
    return [*notebooks.executed_problems(path, executed), blocked]


@pytest.mark.parametrize("fault", RUN_FAULTS)
def test_fault_that_shows_when_run_is_reported(faulty_run, fault):
    number = list(RUN_FAULTS).index(fault) + 2
    expected = RUN_FAULTS[fault][1]
    place = "" if fault in ("network", "picture without alt in an interactive") else f"cell {number}: "
    mine = [problem for problem in faulty_run if place in problem]
    assert_reported(mine, expected)


def test_a_cell_that_fails_is_reported(tmp_path):
    path = tmp_path / "failing.ipynb"
    nbformat.write(v4.new_notebook(cells=[markdown("# One"), code("1 / 0"), code("x = 1")]), path)
    assert notebooks.executed_problems(path, runs.execute(path)) == [
        "failing.ipynb, cell 2: fails: ZeroDivisionError: division by zero"
    ]


def test_a_clean_run_passes_and_is_refreshed(tmp_path):
    cells = [
        code("import numpy as np\nlevel = -2.52\npicks = {'a': np.arange(5)}"),
        markdown("**(−9.9<!-- =level:.1f --> dB)**, 0<!-- =picks['a'][1:3].sum():,d -->–`x` and 9%<!-- =0.5:.0% -->."),
        code("print(level)", STORED),
        showing(f'<figure><img src="" alt="{ALT}"></figure>'),
        showing(CAPTIONED),
        code("sorted(name for name in dir() if name in ('level', 'value') or 'network' in name)"),
    ]
    path = tmp_path / "clean.ipynb"
    nbformat.write(v4.new_notebook(cells=cells), path)
    assert fix.fix(path) is None
    notebook = read(path)
    assert "**(−2.5<!--" in notebook.cells[1].source
    assert ", 3<!--" in notebook.cells[1].source and "50%<!--" in notebook.cells[1].source
    assert notebook.cells[2].outputs[0].text == "-2.52\n"
    executed = runs.execute(path)
    assert notebooks.executed_problems(path, executed) == []
    assert 0.1 < executed.processor_s < 10
    assert 0.2 < executed.slowness < 20
    assert executed.notebook.cells[5].outputs[0].data["text/plain"] == "['level']"


def test_slow_and_heavy_notebooks_are_reported(monkeypatch):
    executed = runs.Executed(lecture(), seconds=900, processor_s=40.2, slowness=2.0)
    monkeypatch.setattr(lectures, "LIMIT_BYTES", 1000)
    found = notebooks.executed_problems("03_dft.ipynb", executed)
    assert_reported(found, "computes for 20.1 s")
    assert_reported(found, "MB when executed")


def test_a_lecture_that_trains_has_its_own_limit():
    slow, slower = (runs.Executed(lecture(), processor_s=processor_s, slowness=2.0) for processor_s in (479, 481))
    assert list(lectures.check_time("11_classification.ipynb", slow)) == []
    assert_reported(notebooks.executed_problems("11_classification.ipynb", slower), "at most 240 s")


def test_a_slow_run_is_repeated(monkeypatch):
    """The machine may have been busy; a notebook that is slow three times is slow."""
    for times, expected in (([30, 10], 10), ([30, 31, 10], 10), ([30, 31, 32], 32), ([10], 10)):
        first, *others = [runs.Executed(lecture(), processor_s=processor_s) for processor_s in times]
        following = iter(others)
        monkeypatch.setattr(runs, "execute", lambda path, following=following: next(following))
        assert notebooks.in_time("03_dft.ipynb", first).processor_s == expected


def test_nbval_compares_tagged_outputs(tmp_path):
    """The stored output of a tagged cell counts; nbval itself is the gate, so it is what is tried."""
    for name, stored in (("right", "42\n"), ("wrong", "43\n")):
        cell = code("print(42)", STORED)
        cell.outputs = [v4.new_output("stream", text=stored)]
        (tmp_path / f"{name}.ipynb").write_text(normal_form.normal_text(v4.new_notebook(cells=[cell])))
    command = [sys.executable, "-m", "pytest", "--nbval-lax", "-q", "-p", "no:cacheprovider", tmp_path]
    process = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "1 failed, 1 passed" in process.stdout
    assert "wrong.ipynb" in process.stdout and process.returncode == 1


# -------------------------------------------------------------------------- the exercise notebooks

STUB = "def f(x):\n    ### BEGIN SOLUTION\n    raise NotImplementedError\n    ### END SOLUTION"


def exercise_notebook():
    answer = exercises.graded(code(STUB), "dft-f-answer", solution=True)
    check = exercises.graded(code('check("dft/f", f)'), "dft-f-check", solution=False, points=1)
    return v4.new_notebook(cells=[markdown("# Exercises"), answer, check])


def test_a_clean_exercise_notebook_passes():
    assert list(lectures.check_nbgrader("03_dft.ipynb", exercise_notebook())) == []


EXERCISE_FAULTS = {
    "somebody's answer": (swap_source(1, "raise NotImplementedError", "return 2 * x"), "committed unattempted"),
    "no mark": (swap_source(1, "### BEGIN SOLUTION", "# here"), "needs the lines"),
    "same name twice": (
        lambda nb: nb.cells[2].metadata.nbgrader.update(grade_id="dft-f-answer"),
        "two cells have nbgrader's name dft-f-answer",
    ),
}


@pytest.mark.parametrize(("plant", "expected"), EXERCISE_FAULTS.values(), ids=EXERCISE_FAULTS)
def test_fault_in_an_exercise_notebook_is_reported(plant, expected):
    notebook = exercise_notebook()
    plant(notebook)
    assert any(expected in text for _, text in lectures.check_nbgrader("03_dft.ipynb", notebook))


def test_the_normal_form_keeps_what_nbgrader_needs():
    kept = normal_form.normalise(exercise_notebook()).cells[2].metadata.nbgrader
    assert (kept.grade, kept.locked, kept.points, kept.schema_version) == (True, True, 1, 3)


# --------------------------------------------------------------------------------------- the house

FUNCTION = '''
def {name}(x: float, *, rate: float) -> float:
    """Double it.

    Parameters
    ----------
    x, rate : float
        Numbers.

    Returns
    -------
    float

    Lecture: sound
    """
    return 2 * x
'''
TEST = """
import course_utils.{topic} as module
from tests.hostile import refusals

CALLS = {{module.{name}: {{"x": (1, [None]), "rate": (1, [None])}}}}

test_hostile_input = refusals("{topic}", CALLS)


def test_{name}():
    assert module.{name}(1, rate=2) == 2
"""


@pytest.fixture
def repository(tmp_path):
    """A clean repository in small."""
    files = {
        house.module_path(Path(), m).as_posix(): '"""A module."""\n' + FUNCTION.format(name=m.replace(".", "_"))
        for m in house.DOCUMENTED
    }
    files |= {
        f"tests/test_{m.removeprefix('models.')}.py": TEST.format(topic=m, name=m.replace(".", "_"))
        for m in house.DOCUMENTED
    }
    files |= {
        "course_utils/__init__.py": "",
        "course_utils/models/__init__.py": "",
        "course_utils/exercises/mel.py": '"""A topic."""\n\nX = 1\n',
        "course_utils/practice/__init__.py": "",
        "course_utils/practice/judge.py": '"""May import anything."""\n\nimport sqlite3  # noqa: F401\n',
        "course_utils/practice/cards.py": '"""Shows a verdict."""\n\nfrom . import judge  # noqa: F401\n',
        "course_utils/exercises/__init__.py": "",
        "course_utils/exercises/dft.py": '"""A catalogue."""\n\nfrom ..practice import judge  # noqa: F401\n',
        "course_utils/_checks/__init__.py": '"""Checks."""\n\nimport numpy  # noqa: F401\n',
        "README.md": "# Title\n\n## The *second* part\n\n[there](notebooks/01_sound.ipynb#A-heading) [here](#title)\n",
        "pyproject.toml": '[tool.ruff.lint]\nselect = ["E", "F"]\n',
        "data/large.txt": "x" * 500_001,
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (tmp_path / "notebooks").mkdir()
    heading = v4.new_notebook(cells=[markdown("# A heading\n\n[up](../README.md#the-second-part)")])
    nbformat.write(heading, tmp_path / "notebooks" / "01_sound.ipynb")
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    return tmp_path


@pytest.mark.parametrize("gate", house.GATES, ids=lambda gate: gate.__name__)
def test_a_clean_house_passes(repository, gate):
    assert gate(repository) == []


NO_LECTURE = FUNCTION.format(name="f").replace("Lecture:", "See")
HOUSE_FAULTS = {
    "reads the layer above": (house.check_layers, "sound.py", "from . import dft", "imports course_utils.dft"),
    "imports the edge": (house.check_layers, "stft.py", "from course_utils.audio import audio", "course_utils.audio"),
    "library in a reference module": (house.check_layers, "dft.py", "import librosa", "imports librosa"),
    "late import": (house.check_layers, "dft.py", "def _f():\n    import soundfile", "imports soundfile"),
    "torch outside models": (house.check_layers, "audio.py", "import torch", "only course_utils/models"),
    "scipy in _checks": (house.check_layers, "_checks/__init__.py", "import scipy", "imports scipy"),
    "features that train": (
        house.check_layers,
        "models/features.py",
        "from .training import fit",
        "features.py imports course_utils.models.training: models.features stands below it",
    ),
    "features above": (
        house.check_layers,
        "mel.py",
        "from .models import training",
        "models.training: mel stands below",
    ),
    "data that draws": (house.check_layers, "rooms.py", "from . import plotting", "imports course_utils.plotting"),
    "a network that reads files": (
        house.check_layers,
        "models/training.py",
        "from .. import audio",
        "only models.datasets",
    ),
    "an engine that knows its content": (
        house.check_layers,
        "practice/judge.py",
        "def f():\n    from ..exercises.dft import X",
        "judge.py imports course_utils.exercises.dft: practice.judge stands below it",
    ),
    "a list that draws": (house.check_layers, "models/__init__.py", "from ..plotting import x", "would stand on it"),
    "a package that imports": (
        house.check_layers,
        "__init__.py",
        "from . import dft",
        "would stand on it, from _files",
    ),
    "import by a call": (
        house.check_layers,
        "dft.py",
        "import importlib\n\n\ndef f():\n    importlib.import_module('course_utils.audio')",
        "dft.py imports course_utils.audio: dft stands below it",
    ),
    "relative import by a call": (
        house.check_circles,
        "practice/judge.py",
        "from importlib import import_module\n\nimport_module('.cards', __package__)",
        "judge.py imports in a circle",
    ),
    "a network that reads sounds": (
        house.check_layers,
        "models/layers.py",
        "import soundfile",
        "layers.py imports soundfile: not in its layer",
    ),
    "tests in the product": (house.check_layers, "plotting.py", "from tests import support", "imports tests"),
    "an engine that draws": (house.check_layers, "practice/judge.py", "from .. import plotting", "the engine knows"),
    "an exercise that looks over the fence": (
        house.check_layers,
        "exercises/dft.py",
        "from .mel import X",
        "imports course_utils.exercises.mel: an exercise uses",
    ),
    "module of no layer": (house.check_layers, "wavelets.py", "x = 1", "wavelets.py is in no layer"),
    "circle": (
        house.check_circles,
        "practice/judge.py",
        "from . import cards",
        "judge.py imports in a circle: practice.cards",
    ),
    "heavy import": (house.check_light_imports, "stft.py", "import scipy.signal", "brings in scipy.signal"),
    "torch above a function": (house.check_light_imports, "exercises/dft.py", "import torch", "brings in torch"),
    "heavy package": (house.check_light_imports, "__init__.py", "import numpy", "import course_utils brings in numpy"),
    "broken import": (house.check_light_imports, "dft.py", "import nothing_of_the_kind", "fails: ModuleNotFound"),
    "long function": (house.check_sizes, "dft.py", "def f():\n" + "    x = 1\n" * 41, "f has 41 lines"),
    "torch in practice": (house.check_layers, "practice/judge.py", "import torch", "practice/judge.py imports torch"),
    "practice below": (house.check_layers, "dft.py", "from . import practice", "imports course_utils.practice"),
    "practice in its own folder": (
        house.check_layers,
        "dft.py",
        "from .practice.judge import case",
        "imports course_utils.practice.judge",
    ),
    "heavy exercises": (
        house.check_light_imports,
        "exercises/dft.py",
        "import scipy.signal",
        "import course_utils.exercises.dft brings in scipy.signal",
    ),
    "long function in practice": (
        house.check_sizes,
        "practice/judge.py",
        "def f():\n" + "    x = 1\n" * 41,
        "practice/judge.py: f has 41 lines",
    ),
    "long module": (house.check_sizes, "dft.py", "x = 1\n" * 401, "lines of code: at most 400"),
    "no types": (
        house.check_contracts,
        "dft.py",
        FUNCTION.format(name="f").replace(": float,", ",", 1),
        "f lacks types",
    ),
    "no result type": (
        house.check_contracts,
        "dft.py",
        FUNCTION.format(name="f").replace(" -> float", ""),
        "lacks types",
    ),
    "no docstring": (house.check_contracts, "dft.py", "def f(x: int) -> int:\n    return x", "the section Parameters"),
    "parameter left out": (
        house.check_contracts,
        "dft.py",
        FUNCTION.format(name="f").replace("x, rate :", "x :"),
        "rate",
    ),
    "no Returns": (
        house.check_contracts,
        "dft.py",
        FUNCTION.format(name="f").replace("Returns", "Gives"),
        "section Returns",
    ),
    "no lecture": (house.check_contracts, "dft.py", NO_LECTURE, "lacks `Lecture:"),
    "lecture that does not exist": (
        house.check_contracts,
        "dft.py",
        FUNCTION.format(name="f").replace("Lecture: sound", "Lecture: wavelets"),
        "lacks `Lecture:",
    ),
    "error outside _checks": (house.check_errors, "dft.py", "def _f():\n    raise ValueError('no')", "words an error"),
    "input never tried": (house.check_hostile_input, "../tests/test_dft.py", "test_hostile_input = 1", "add CALLS"),
    "input of another module": (
        house.check_hostile_input,
        "../tests/test_dft.py",
        "test_hostile_input = refusals('mel', CALLS)",
        "test_dft.py tries no hostile input",
    ),
    "function without a test": (
        house.check_hostile_input,
        "dft.py",
        "def f():\n    return 1",
        "test_dft.py tests f in",
    ),
    "dead link": (house.check_links, "README.md", "[a](nothing.md)", "link nothing.md leads nowhere"),
    "dead picture": (house.check_links, "README.md", "<img src='assets/a.png'>", "link assets/a.png leads"),
    "dead anchor": (house.check_links, "README.md", "[a](#nothing)", "names no heading"),
    "dead anchor in a notebook": (
        house.check_links,
        "README.md",
        "[a](notebooks/01_sound.ipynb#b)",
        "names no heading",
    ),
    "link out of the house": (house.check_links, "README.md", "[a](../)", "leads nowhere"),
    "misspelling": (house.check_spelling, "README.md", "It was " + "rec" + "ieved.", "received"),
    "machine path": (house.check_paths, "dft.py", "# see /" + "home/ann/notes", "names the machine path"),
    "path outside": (house.check_paths, "README.md", "See ." + "./shared/notes.", "outside the repository"),
    "large file": (house.check_file_sizes, "large.txt", "x" * 500_001, "large.txt has 500 kB"),
    "unused import": (house.check_ruff, "dft.py", "import os", "F401"),
    "comparison without assert": (house.check_ruff, "dft.py", "1 == 2", "B015"),
    "expression without effect": (house.check_ruff, "dft.py", "[1]", "B018"),
}


@pytest.mark.parametrize(("gate", "name", "text", "expected"), HOUSE_FAULTS.values(), ids=HOUSE_FAULTS)
def test_fault_in_the_house_is_reported(repository, gate, name, text, expected):
    path = repository / name if name in ("README.md", "large.txt") else repository / "course_utils" / name
    with path.open("a", encoding="utf-8") as file:
        file.write(f"\n{textwrap.dedent(text)}\n")
    assert_reported(gate(repository), expected)


def test_every_gate_of_the_house_has_its_fault():
    assert {gate for gate, *_ in HOUSE_FAULTS.values()} == set(house.GATES)


def test_a_module_without_a_test_of_its_own_is_reported(repository):
    (repository / "tests" / "test_dft.py").unlink()
    assert_reported(house.check_hostile_input(repository), "tests/test_dft.py tries no hostile input")


def half(x, unit="V", *, round_up=False, **rest):
    """Takes a boolean for a number, and refuses what is none in words of its own."""
    if not isinstance(x, float | bool):
        raise ValueError("No.")
    _checks.switch(round_up, "round_up")
    return x / 2


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        ({}, ["CALLS lacks half"]),
        ({half: {"x": (1.0, [])}}, ["CALLS of half lacks unit"]),
        ({half: {"x": (1.0, [True]), "unit": ("V", [])}}, ["x=True gave 0.5"]),
        ({half: {"x": (1.0, ["1"]), "unit": ("V", [])}}, ["x='1': raised in test_planted_faults.py: No."]),
        ({half: {"x": (1.0, []), "unit": ("V", []), "z": (1, [])}}, []),
    ],
    ids=["no function", "no parameter", "accepted", "worded elsewhere", "clean"],
)
def test_hostile_input_that_is_let_through_is_reported(calls, expected):
    assert hostile.let_through(half, calls) == expected


def test_a_warning_on_the_way_is_reported():
    def logarithm(x):
        return np.log(x)

    found = hostile.let_through(logarithm, {logarithm: {"x": (1.0, [0.0])}})
    assert len(found) == 1 and "divide by zero" in found[0]


def test_ruff_reads_notebooks(repository):
    path = repository / "notebooks" / "01_sound.ipynb"
    nbformat.write(v4.new_notebook(cells=[code("x = 1\nx == 2\nx")]), path)
    assert_reported(house.check_ruff(repository), "B015")


def test_links_and_spelling_in_notebooks_are_read(repository):
    text = "[a](nothing.md) and " + "rec" + "ieved"
    nbformat.write(v4.new_notebook(cells=[markdown(text)]), repository / "notebooks" / "01_sound.ipynb")
    assert_reported(house.check_links(repository), "leads nowhere")
    assert_reported(house.check_spelling(repository), "received")
