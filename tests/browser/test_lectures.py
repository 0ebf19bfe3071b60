"""Every lecture in the real JupyterLab: its pictures speak, its controls work, nothing leaves the machine.

A lecture is opened as its recorded run has left it; only the cells with an interactive or a quiz, and those that make
what these use, run here once more. What shows a trained model is not trained anew.
"""

import nbformat
import pytest
from nbformat import v4

from authoring.cells import all_lectures
from authoring.normal_form import normal_text
from tests.browser.lab import ROOT, lab, stem_of_shots
from tests.browser.needed import VIEW, as_left, cells_to_run

LECTURES = all_lectures()
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


@pytest.fixture(scope="module")
def opened(faulty):
    with lab([*LECTURES, faulty]) as opened:
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


def test_a_cell_that_fails_ends_the_wait_for_those_behind_it(opened, faulty):
    with opened(faulty) as page:
        page.run_cells([1, 2, 3])
        assert [text for text in page.errors() if "division by zero" in text]


@pytest.mark.parametrize("path", LECTURES, ids=lambda path: path.stem)
def test_lecture_in_the_browser(opened, path):
    notebook, to_run = as_left(path)
    with opened(path, notebook) as page:
        page.run_cells(to_run)
        assert page.problems() == []


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


def test_what_shows_a_trained_model_is_left_as_it_was():
    cells = [v4.new_code_cell(source) for source in ("net = fit(1)", "look(net)", "a = 1", "look(a)")]
    for cell in cells[1::2]:
        cell.outputs = [v4.new_output("display_data", data={VIEW: {}})]
    assert cells_to_run(v4.new_notebook(cells=cells)) == [2, 3]


def test_the_pictures_of_a_page_are_named_after_its_notebook(tmp_path):
    assert stem_of_shots("my/exercises/03_dft.ipynb") == "my_exercises_03_dft"
    assert stem_of_shots(ROOT / "notebooks" / "03_dft.ipynb") == "notebooks_03_dft"
    assert stem_of_shots(tmp_path / "03_dft.ipynb") == "03_dft"
