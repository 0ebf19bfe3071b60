"""Every exercise notebook in the real JupyterLab: untouched, it runs from top to bottom."""

import pytest

from authoring.cells import all_notebooks
from tests.browser.lab import lab

NOTEBOOKS = [path for path in all_notebooks() if path.parent.name == "exercises"]


@pytest.fixture(scope="module")
def opened():
    with lab(NOTEBOOKS) as opened:
        yield opened


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_exercise_notebook_in_the_browser(opened, path):
    with opened(path) as page:
        page.run_all()
        assert page.problems() == []
        cards = page.page.locator("section.practice")
        assert cards.count() == page.page.get_by_text("Not attempted yet").count() >= 6
