"""The exercise notebooks: each is made from its topic in course_utils/exercises, and a test compares the two.

Answer cells and checks carry nbgrader's metadata, so that a lecturer can assign a notebook as it is.
"""

import subprocess
import sys
from pathlib import Path

import nbformat
from nbformat import v4

from course_utils import exercises
from course_utils.practice.model import KINDS, Exercise
from course_utils.practice.overview import stem_of

from .cells import ROOT
from .normal_form import normal_text

FOLDER = ROOT / "notebooks" / "exercises"
NEXT_CELL = "\n# %%\n"  # where what is given goes on in another cell


HOW = (
    "Each exercise has a cell for your answer, to be written between its two marks, and a cell that checks it. "
    "The check says what is most likely wrong, and never the answer. "
    '`hint("…")` gives one hint after the other, `solution("…")` shows one way to do it. '
    "Arrays that come in are NumPy arrays of floats unless a task says otherwise. "
    "★ takes minutes, ★★ a quarter of an hour, ★★★ is open: it can be done better and better."
)


def graded(cell, name: str, *, solution: bool, points: int | None = None):
    """The metadata of schema 3: an answer is a solution without points, a check is locked and has points."""
    grade = {} if points is None else {"points": points}
    cell.metadata["nbgrader"] = grade | {
        "schema_version": 3,
        "grade_id": name,
        "solution": solution,
        "grade": points is not None,
        "locked": not solution,
        "task": False,
    }
    return cell


def heading(topic: str, stem: str) -> str:
    number, _, _ = stem.partition("_")
    first, _, rest = (exercises.describe(topic) or "").partition("\n")
    return f"# {number} · Exercises: {first.rstrip('.')}\n\n{rest.strip()}\n\nTo [the lecture](../{stem}.ipynb). {HOW}"


def named(cell, name: str):
    """A cell with an id that stays when its text changes."""
    cell["id"] = name
    return cell


def exercise_cells(exercise: Exercise, number: int) -> list:
    title = f"## {number} {exercise.title[0].upper()}{exercise.title[1:]}"
    task = f"{title}\n\n{'★' * exercise.stars} · {KINDS[exercise.kind]}\n\n{exercise.task.strip()}"
    short = exercise.name.replace("/", "-").replace("_", "-")
    cells = [named(v4.new_markdown_cell(task), f"{short}-task")]
    for place, given in enumerate(filter(None, exercise.given.split(NEXT_CELL)), 1):
        cells.append(named(v4.new_code_cell(given.strip()), f"{short}-given" + (f"-{place}" if place > 1 else "")))
    answer = graded(v4.new_code_cell(exercise.stub), f"{short}-answer", solution=True)
    check = v4.new_code_cell(f'check("{exercise.name}", {exercise.answer})')
    check = graded(check, f"{short}-check", solution=False, points=exercise.points)
    return [*cells, named(answer, f"{short}-answer"), named(check, f"{short}-check")]


def made_notebook(topic: str) -> nbformat.NotebookNode:
    """The notebook of a topic's exercises, unattempted."""
    cells = [
        named(v4.new_markdown_cell(heading(topic, stem_of(topic))), "heading"),
        named(v4.new_code_cell("from course_utils.practice import check, hint, progress, solution"), "imports"),
    ]
    for number, exercise in enumerate(exercises.exercises(topic), 1):
        cells += exercise_cells(exercise, number)
    cells.append(named(v4.new_markdown_cell("## Where you stand"), "standing"))
    cells.append(named(v4.new_code_cell(f'progress("{stem_of(topic)}")'), "progress"))
    return formatted(v4.new_notebook(cells=cells))


def formatted(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The notebook with its code in the layout that ruff asks of notebooks."""
    command = [
        sys.executable,
        "-m",
        "ruff",
        "format",
        "--config",
        ROOT / "notebooks" / "ruff.toml",
        "--stdin-filename=made.ipynb",
        "-",
    ]
    text = nbformat.writes(notebook)
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
    return nbformat.reads(done.stdout, as_version=4)


def made_path(topic: str) -> Path:
    return FOLDER / f"{stem_of(topic)}.ipynb"


def made_text(topic: str) -> str:
    """The exercise notebook of a topic as its exercises make it, in normal form."""
    return normal_text(made_notebook(topic))


def write_notebook(topic: str) -> None:
    """Make the exercise notebook of a topic anew, where it has exercises."""
    if not exercises.exercises(topic):
        return
    if not stem_of(topic)[0].isdigit():
        raise ValueError(
            f"a topic with exercises must have a lecture, got none: write notebooks/NN_{topic}.ipynb first"
        )
    FOLDER.mkdir(exist_ok=True)
    made_path(topic).write_text(made_text(topic), encoding="utf-8")
