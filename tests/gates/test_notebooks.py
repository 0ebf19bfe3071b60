"""Every notebook: its normal form, its shape, and what it shows when it is run from top to bottom.

The run is the one that nbval has made in the same call of ``make test``; where there is none of the notebook as it is
now, it is made here.
"""

import pytest

from authoring import runs
from authoring.cells import all_notebooks
from authoring.exercises import FOLDER, made_path, made_text
from course_utils import exercises
from tests.gates import lectures, notebooks
from tests.support import tell

NOTEBOOKS = all_notebooks()
MADE = [topic for topic in exercises.TOPICS if exercises.exercises(topic)]
every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: f"{path.parent.name}-{path.stem}")


@every_notebook
def test_notebook_is_built_as_agreed(path):
    tell(notebooks.static_problems(path))


@pytest.mark.reads_runs
@every_notebook
def test_notebook_shows_what_it_says(path, record_property):
    executed = notebooks.in_time(path, runs.recorded(path))
    record_property("seconds", round(executed.seconds, 1))
    record_property("processor_s", round(executed.processor_s, 1))
    record_property("slowness", round(executed.slowness, 2))
    tell(notebooks.executed_problems(path, executed))


def test_every_clip_is_used_by_its_lecture():
    manifest = lectures.read_manifest()
    assert manifest, "data/manifest.csv is missing or empty: run `make data`"
    assert list(lectures.check_clip_lectures(manifest)) == []


def test_the_map_says_what_each_lecture_builds_on():
    tell(list(lectures.check_map()))


def test_there_are_notebooks():
    assert NOTEBOOKS


@pytest.mark.parametrize("topic", MADE)
def test_exercise_notebook_is_what_its_exercises_make(topic):
    """If this fails: make fix."""
    assert made_path(topic).read_text(encoding="utf-8") == made_text(topic)


def test_every_exercise_notebook_has_its_exercises():
    assert {path.name for path in FOLDER.glob("*.ipynb")} == {made_path(topic).name for topic in MADE}
