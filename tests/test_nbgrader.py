"""A lecturer assigns an exercise notebook as it is: the real nbgrader generates, collects and grades it."""

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from course_utils.practice import store

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOK = ROOT / "notebooks" / "exercises" / "03_dft.ipynb"
POINTS = {"dft-idft-check": 1, "dft-mirror-bin-check": 1, "dft-goertzel-check": 2}

# What two students write in place of nbgrader's stub; the rest of the notebook stays as it is.
ANSWERS = {
    "ada": {
        "dft-idft-answer": "return [sum(X * np.exp(2j * np.pi * k * n / len(spectrum)) / len(spectrum)"
        " for k, X in enumerate(spectrum)) for n in range(len(spectrum))]",
        "dft-mirror-bin-answer": "mirror_bin = 1200 - 225",
        "dft-goertzel-answer": "n = np.arange(np.shape(x)[-1])\n"
        "    return (x * np.exp(-2j * np.pi * frequency_hz * n / sample_rate)).sum(-1)",
    },
    "bob": {
        "dft-idft-answer": "return np.fft.fft(spectrum)",
        "dft-mirror-bin-answer": "mirror_bin = 225",
        "dft-goertzel-answer": "while True:\n        pass",
    },
}


def nbgrader(course, *arguments):
    command = [sys.executable, "-m", "nbgrader", *arguments, "--log-level=WARN"]
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])  # nbgrader calls alembic
    environment = os.environ | {"PATH": programs, store.VARIABLE: "off"}
    done = subprocess.run(
        command, cwd=course, env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course of one assignment with the submissions of both, and of one who never began."""
    course = tmp_path_factory.mktemp("course")
    (course / "source" / "ps1").mkdir(parents=True)
    shutil.copy(NOTEBOOK, course / "source" / "ps1")
    nbgrader(course, "generate_assignment", "ps1", "--create")
    released = course / "release" / "ps1" / NOTEBOOK.name
    for student in (*ANSWERS, "eve"):
        folder = course / "submitted" / student / "ps1"
        folder.mkdir(parents=True)
        submission = nbformat.read(released, 4)
        for cell in submission.cells:
            answer = ANSWERS.get(student, {}).get(cell.metadata.get("nbgrader", {}).get("grade_id"))
            if answer:
                cell.source = cell.source.replace("# YOUR CODE HERE", answer)
                cell.source = cell.source.replace("raise NotImplementedError()", "")
        submission.cells.insert(1, nbformat.v4.new_code_cell("import numpy as np"))
        nbformat.write(submission, folder / NOTEBOOK.name)
    nbgrader(course, "autograde", "ps1", "--create")
    return course


def scores(course, student):
    """The points that nbgrader's gradebook has for one student, by check."""
    query = """
        SELECT base_cell.name, grade.auto_score FROM grade
        JOIN base_cell ON base_cell.id = grade.cell_id
        JOIN submitted_notebook ON submitted_notebook.id = grade.notebook_id
        JOIN submitted_assignment ON submitted_assignment.id = submitted_notebook.assignment_id
        WHERE submitted_assignment.student_id = ?"""
    with sqlite3.connect(course / "gradebook.db") as connection:
        return dict(connection.execute(query, (student,)))


def test_the_released_notebook_holds_stubs_and_locked_checks(course):
    released = nbformat.read(course / "release" / "ps1" / NOTEBOOK.name, 4)
    cells = {cell.metadata.nbgrader.grade_id: cell for cell in released.cells if "nbgrader" in cell.metadata}
    assert "def idft(spectrum):" in cells["dft-idft-answer"].source
    assert "# YOUR CODE HERE" in cells["dft-idft-answer"].source
    assert "BEGIN SOLUTION" not in "".join(cell.source for cell in cells.values())
    assert all(cell.metadata.editable is False for name, cell in cells.items() if name.endswith("-check"))


def test_right_answers_get_their_points(course):
    graded = scores(course, "ada")
    assert {name: graded[name] for name in POINTS} == POINTS
    assert sum(graded.values()) == sum(POINTS.values())


@pytest.mark.parametrize("student", ["bob", "eve"])
def test_wrong_and_missing_answers_get_none(course, student):
    graded = scores(course, student)
    assert set(graded) >= set(POINTS) and sum(graded.values()) == 0


def test_the_graded_notebook_says_what_was_wrong(course):
    graded = nbformat.read(course / "autograded" / "bob" / "ps1" / NOTEBOOK.name, 4)
    html = "".join(
        output.data.get("text/html", "")
        for cell in graded.cells
        for output in cell.get("outputs", [])
        if "data" in output
    )
    assert "That is the bin in the lower half" in html and "is there a loop that never ends" in html
