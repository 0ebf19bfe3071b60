"""The run that nbval makes is recorded as it was, and used as long as nothing has changed, and no longer."""

import subprocess
import sys

import nbformat
import pytest
from nbformat import v4

from authoring import runs
from authoring.cells import ROOT, STORED

CELLS = [
    v4.new_code_cell("import ipywidgets\nlevel = -2.52\nprint('one')\nprint('two')"),
    v4.new_markdown_cell("It is −2.5<!-- =level:.1f -->, and 7<!-- =nothing:d -->."),
    v4.new_code_cell("level", metadata={"tags": [STORED]}),
    v4.new_code_cell("slider = ipywidgets.IntSlider(3)\nslider"),
    v4.new_code_cell("import warnings\nwarnings.warn('careful')\nlevel = 4"),
    v4.new_markdown_cell("Now it is 4<!-- =level:d -->."),
]


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    path = tmp_path_factory.mktemp("recorded") / "small.ipynb"
    nbformat.write(v4.new_notebook(cells=CELLS), path)
    yield path
    runs.record_path(path).unlink(missing_ok=True)


def nbval(path, *options):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "conftest", "-c", "pyproject.toml", *options, path]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def told(executed):
    """What a run has shown, without what differs from one run to the next."""
    outputs = [
        [
            (o.output_type, o.get("text", "").splitlines()[-1:], sorted(o.get("data", {})))
            for o in cell.get("outputs", [])
        ]
        for cell in executed.notebook.cells
    ]
    widgets = executed.notebook.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"]
    models = sorted(model["model_name"] for model in widgets.values())
    return outputs, models, executed.bound, executed.error


def test_what_nbval_records_is_what_nbclient_would_have_run(notebook):
    assert runs.load(notebook) is None
    done = nbval(notebook)
    assert "4 passed" in done.stdout, done.stdout
    recorded, executed = runs.load(notebook), runs.execute(notebook)
    assert told(recorded) == told(executed)
    assert [bound.value for bound in recorded.bound] == ["-2.5", None, "4"]
    assert recorded.bound[1].error.startswith("NameError")
    assert 0.1 < recorded.processor_s < 10 and recorded.seconds > 0


def test_a_part_of_a_notebook_is_no_run(notebook):
    runs.record_path(notebook).unlink(missing_ok=True)
    nbval(notebook, "-k", "Cell 1 or Cell 2 or Cell 3")
    assert runs.load(notebook) is None


def test_a_failure_is_recorded_where_it_happened(tmp_path):
    path = tmp_path / "failing.ipynb"
    nbformat.write(v4.new_notebook(cells=[v4.new_markdown_cell("# One"), v4.new_code_cell("1 / 0")]), path)
    assert "1 failed" in nbval(path).stdout
    assert runs.load(path).error == (2, "ZeroDivisionError: division by zero")
    runs.record_path(path).unlink()


def test_a_run_is_used_until_something_changes(notebook, monkeypatch):
    executed = runs.Executed(runs.read(notebook), processor_s=1.5)
    runs.save(notebook, executed)
    assert runs.recorded(notebook).processor_s == 1.5
    monkeypatch.setattr(runs, "state_of_the_tree", lambda: "another package")
    assert runs.load(notebook) is None
    monkeypatch.undo()
    notebook.write_text(notebook.read_text().replace("2.52", "2.53"))
    assert runs.load(notebook) is None


def test_a_damaged_record_counts_as_none(notebook):
    runs.record_path(notebook).parent.mkdir(parents=True, exist_ok=True)
    for text in ("", "{", "[]", "{}"):
        runs.record_path(notebook).write_text(text)
        assert runs.load(notebook) is None
