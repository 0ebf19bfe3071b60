"""Every lecture in the real JupyterLab: it runs, its pictures speak, its controls work, nothing leaves the machine."""

import nbformat
import pytest
from nbformat import v4

from authoring.cells import all_notebooks
from authoring.normal_form import normal_text
from tests.browser.lab import lab
from tests.gates.lectures import TRAINING

NOTEBOOKS = [path for path in all_notebooks() if path.parent.name == "notebooks"]

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


@pytest.fixture(scope="module")
def opened(faulty):
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


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, marks=[pytest.mark.serial] if path.stem in TRAINING else [], id=path.stem)
        for path in NOTEBOOKS
    ],
)
def test_notebook_in_the_browser(opened, path):
    with opened(path) as page:
        page.run_all()
        assert page.problems() == []
