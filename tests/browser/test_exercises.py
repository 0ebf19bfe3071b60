"""Exercise notebooks in the real JupyterLab: their pictures speak, and each untouched answer gets its card.

They are all made by one program: ``make test`` opens a third of them, drawn anew whenever the package changes,
``make mutants`` all.
"""

import random

import pytest

from authoring import runs
from authoring.cells import all_notebooks, is_lecture
from tests.browser.lab import lab
from tests.browser.needed import as_left, has_widget

EXERCISES = [path for path in all_notebooks() if not is_lecture(path)]
pytestmark = pytest.mark.reads_runs


def pytest_generate_tests(metafunc):
    drawn = EXERCISES
    if not metafunc.config.option.all_mutants:
        drawn = random.Random(runs.state_of_the_tree()).sample(EXERCISES, len(EXERCISES) // 3)
    metafunc.parametrize("path", drawn, ids=lambda path: path.stem)


@pytest.fixture(scope="module")
def opened():
    with lab(EXERCISES) as opened:
        yield opened


def test_exercise_notebook_in_the_browser(opened, path):
    n_widgets = sum(has_widget(cell) for cell in runs.recorded(path).notebook.cells)
    notebook, to_run = as_left(path)
    with opened(path, notebook) as page:
        page.run_cells(to_run)
        assert page.problems() == []
        cards = page.page.locator("section.practice")
        assert cards.count() == page.page.get_by_text("Not attempted yet").count() == n_widgets >= 6
