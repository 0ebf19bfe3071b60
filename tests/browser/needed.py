"""Which cells of a notebook must run for its interactives and quizzes to stand on the page, by its recorded run."""

import ast
import re
from pathlib import Path

from nbformat import NotebookNode

from authoring import runs
from authoring.cells import code_tree
from authoring.names import names_of

VIEW = "application/vnd.jupyter.widget-view+json"


def has_widget(cell: NotebookNode) -> bool:
    return any(VIEW in output.get("data", {}) for output in cell.get("outputs", []))


def imported(node: ast.Import | ast.ImportFrom) -> set[str]:
    return {(alias.asname or alias.name).partition(".")[0] for alias in node.names}


TRAINS = re.compile(r"\b(fit|train\w*)\(")


def cells_to_run(notebook: NotebookNode) -> list[int]:
    """The numbers, from 0, of the cells that show a widget, and of those before that make what these use.

    A widget that needs a trained model is left as it was shown: nbval has trained it once.
    """
    trees = [code_tree(cell) for cell in notebook.cells if cell.cell_type == "code"]
    imports = [node for tree in trees for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))]
    modules = set().union(*map(imported, imports))  # a call of theirs changes nothing that is shown
    names = {n: names_of(cell) for n, cell in enumerate(notebook.cells) if cell.cell_type == "code"}
    chosen = set()
    for number in names:
        if has_widget(notebook.cells[number]):
            cells = slice_of(number, names, modules)
            if not any(TRAINS.search(notebook.cells[n].source) for n in cells):
                chosen |= cells
    return sorted(chosen)


def slice_of(last: int, names: dict[int, tuple], modules: set[str]) -> set[int]:
    """A cell, and those before it that bind or change what it needs."""
    chosen, wanted = {last}, set(names[last][0])
    for number in sorted((n for n in names if n < last), reverse=True):
        needed, bound, changed = names[number]
        if (bound | (changed - modules)) & wanted:
            chosen.add(number)
            wanted = wanted - bound | needed
    return chosen


def as_left(path: Path) -> tuple[NotebookNode, list[int]]:
    """A notebook as its recorded run has left it, and the cells that must run anew: widgets belong to a kernel."""
    notebook = runs.recorded(path).notebook
    notebook.metadata.pop("widgets", None)
    to_run = cells_to_run(notebook)
    for number in to_run:
        notebook.cells[number].update(outputs=[], execution_count=None)
    return notebook, to_run
