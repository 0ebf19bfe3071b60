"""Every notebook: its normal form, its shape, and what it shows when it is run from top to bottom."""

import pytest

from course_utils import exercises
from tests.gates import lectures, notebooks, practice


def alone_if_it_trains(path):
    marks = [pytest.mark.serial] if path.stem in lectures.TRAINING else []
    return pytest.param(path, marks=marks, id=f"{path.parent.name}-{path.stem}")


NOTEBOOKS = lectures.all_notebooks()
MADE = [topic for topic in exercises.TOPICS if exercises.exercises(topic)]
every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: f"{path.parent.name}-{path.stem}")
every_notebook_run = pytest.mark.parametrize("path", [alone_if_it_trains(path) for path in NOTEBOOKS])


@every_notebook
def test_notebook_is_built_as_agreed(path):
    assert notebooks.static_problems(path) == []


@every_notebook_run
def test_notebook_runs_and_shows_what_it_says(path, record_property):
    executed = notebooks.execute_in_time(path)
    record_property("seconds", round(executed.seconds, 1))
    record_property("processor_s", round(executed.processor_s, 1))
    record_property("slowness", round(executed.slowness, 2))
    assert notebooks.executed_problems(path, executed) == []


def test_every_clip_is_used_by_its_lecture():
    manifest = lectures.read_manifest()
    assert manifest, "data/manifest.csv is missing or empty: run `make data`"
    assert list(lectures.check_clip_lectures(manifest)) == []


def test_there_are_notebooks():
    assert NOTEBOOKS


@pytest.mark.parametrize("topic", MADE)
def test_exercise_notebook_is_what_its_exercises_make(topic):
    """If this fails: python -m tests.gates.notebooks."""
    assert practice.made_path(topic).read_text(encoding="utf-8") == notebooks.made_text(topic)


def test_every_exercise_notebook_has_its_exercises():
    assert {path.name for path in practice.FOLDER.glob("*.ipynb")} == {practice.made_path(t).name for t in MADE}
