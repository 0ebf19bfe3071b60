"""Every notebook: its normal form, its shape, and what it shows when it is run from top to bottom."""

import pytest

from tests.gates import lectures, notebooks

NOTEBOOKS = lectures.all_notebooks()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_built_as_agreed(path):
    assert notebooks.static_problems(path) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs_and_shows_what_it_says(path, record_property):
    executed = notebooks.execute(path)
    record_property("seconds", round(executed.seconds, 1))
    record_property("processor_s", round(executed.processor_s, 1))
    assert notebooks.executed_problems(path, executed) == []


def test_every_clip_is_used_by_its_lecture():
    manifest = lectures.read_manifest()
    assert manifest, "data/manifest.csv is missing or empty: run `make data`"
    assert list(lectures.check_clip_lectures(manifest)) == []


def test_there_are_notebooks():
    assert NOTEBOOKS
