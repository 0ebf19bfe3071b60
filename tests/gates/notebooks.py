"""What the gates find in a notebook: before it has run, and in its recorded run."""

from pathlib import Path

from authoring import runs
from authoring.cells import is_lecture, read
from authoring.normal_form import normal_text
from tests.gates import lectures


def problems(path, gates, checked):
    """What the gates find, one sentence each: file, cell, what to do."""
    name = Path(path).name
    found = [(number, text) for gate in gates for number, text in gate(path, checked)]
    return [f"{name}, cell {number}: {text}" if number else f"{name}: {text}" for number, text in found]


def check_normal_form(path, notebook):
    if Path(path).read_text(encoding="utf-8") != normal_text(notebook):
        yield 0, f"is not in normal form: make fix NB={path}"


def static_problems(path):
    """Every gate that needs no execution."""
    shape = lectures.SHAPE if is_lecture(path) else lectures.EXERCISES
    return problems(path, [check_normal_form, *lectures.STATIC, *shape], read(path))


def executed_problems(path, executed):
    return problems(path, lectures.EXECUTED, executed)


def in_time(path, executed, n_tries=2):
    """The run, or another one while it takes too long: one slow run tells of the machine, three of the notebook."""
    for _ in range(n_tries):
        if executed.error or not list(lectures.check_time(path, executed)):
            break
        executed = runs.execute(path)
    return executed
