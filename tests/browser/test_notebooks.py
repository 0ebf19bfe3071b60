"""Every notebook in the real JupyterLab: its pictures speak, its controls work, nothing leaves the machine.

A notebook is opened as its recorded run has left it; only the cells with an interactive, a quiz or a check, and those
that make what these use, run here once more.
"""

import nbformat
import pytest
from nbformat import v4

from authoring import runs
from authoring.cells import all_notebooks, is_lecture
from authoring.normal_form import normal_text
from tests.browser.lab import lab
from tests.browser.needed import VIEW, cells_to_run, has_widget

NOTEBOOKS = all_notebooks()
pytestmark = pytest.mark.reads_runs

# A slider and a list that work, a dead slider, a picture without alt text, one from the network, an error.
FAULTY = """import ipywidgets as widgets
level, clip = widgets.FloatSlider(), widgets.Dropdown(options=["a", "b"])
dead, picture = widgets.FloatSlider(), widgets.HTML()
def draw(change=None):
    picture.value = f'<img src="data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=#{level.value}{clip.value}">'
level.observe(draw, "value")
clip.observe(draw, "value")
draw()
widgets.VBox([level, clip, dead, picture])"""


@pytest.fixture(scope="module")
def faulty(tmp_path_factory):
    path = tmp_path_factory.mktemp("faulty") / "faulty.ipynb"
    cells = [v4.new_markdown_cell("![a note](https://example.org/note.png)"), v4.new_code_cell(FAULTY)]
    notebook = v4.new_notebook(cells=[*cells, v4.new_code_cell("1 / 0"), v4.new_code_cell("'never reached'")])
    path.write_text(normal_text(nbformat.from_dict(notebook)), encoding="utf-8")
    return path


def as_left(path):
    """A notebook as its run has left it, without the widgets, which belong to a kernel that has gone."""
    notebook = runs.recorded(path).notebook
    notebook.metadata.pop("widgets", None)
    to_run = cells_to_run(notebook)
    for number in to_run:
        notebook.cells[number].update(outputs=[], execution_count=None)
    return notebook, to_run


@pytest.fixture(scope="module")
def opened(faulty, tmp_path_factory):
    with lab([*NOTEBOOKS, faulty]) as opened:
        yield opened


def test_planted_faults_are_reported(opened, faulty):
    with opened(faulty) as page:
        page.run_all()
        found = page.problems()
        for expected in (
            "control 3 moves, but no picture or sound beside it changes",
            "error output: ZeroDivisionError: division by zero",
            "a request leaves the machine: https://example.org/note.png",
            "1 pictures without alt text",
            "error on the page: Failed to load resource",
        ):
            assert any(problem.startswith(expected) for problem in found), found
        assert sum(problem.startswith("control") for problem in found) == 1


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_notebook_in_the_browser(opened, path):
    n_widgets = sum(has_widget(cell) for cell in runs.recorded(path).notebook.cells)
    notebook, to_run = as_left(path)
    with opened(path, notebook) as page:
        page.run_cells(to_run)
        assert page.problems() == []
        if not is_lecture(path):
            cards = page.page.locator("section.practice")
            assert cards.count() == page.page.get_by_text("Not attempted yet").count() == n_widgets >= 6


def test_what_an_interactive_uses_runs_before_it():
    view = v4.new_output("display_data", data={VIEW: {}})
    sources = [
        "import course_utils as cu",
        "a = 1",
        "b = 2",
        "c = [a]",
        "c.append(3)",
        "d = 4",
        "c.sort()",
        "show(c, d)",
    ]
    cells = [v4.new_code_cell(source) for source in sources]
    cells[-1].outputs = [view]
    assert cells_to_run(v4.new_notebook(cells=cells)) == [1, 3, 4, 5, 6, 7]
