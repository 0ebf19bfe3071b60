"""Which cells of a notebook must run for its interactives and quizzes to stand on the page, by its recorded run."""

import ast
import builtins
import re
import symtable
from pathlib import Path

from nbformat import NotebookNode

from authoring import runs
from tests.gates.lectures import code_tree

VIEW = "application/vnd.jupyter.widget-view+json"


def has_widget(cell: NotebookNode) -> bool:
    return any(VIEW in output.get("data", {}) for output in cell.get("outputs", []))


def base_name(node: ast.AST) -> str | None:
    """The variable that ``x.a[0].b`` is part of."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


def names_of(cell: NotebookNode) -> tuple[set[str], set[str], set[str]]:
    """The names that a cell needs, those that it binds, and those that it may change, as in ``x[0] = …; x.add(…)``."""
    needed, bound, changed = set(), set(), set()
    for statement in code_tree(cell).body:
        top = symtable.symtable(ast.unparse(statement), "cell", "exec")
        read = {symbol.get_name() for symbol in top.get_symbols() if symbol.is_referenced()} | looked_up_inside(top)
        new = {symbol.get_name() for symbol in top.get_symbols() if symbol.is_assigned() or symbol.is_imported()}
        is_compound = hasattr(statement, "body")  # a loop binds its variable before its body looks it up
        needed |= read - bound - (new if is_compound else set())
        bound |= new
        changed |= changed_by(statement)
    return needed, bound, changed - {None, *dir(builtins)}


def changed_by(statement: ast.stmt) -> set[str | None]:
    found = set()
    for node in ast.walk(statement):
        if isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(node.ctx, ast.Store):
            found.add(base_name(node))
        elif (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Call)
            and isinstance(node.value.func, ast.Attribute)
        ):
            found.add(base_name(node.value.func))
    return found


def looked_up_inside(table: symtable.SymbolTable) -> set[str]:
    """The notebook's names that functions, classes and comprehensions look up."""
    found = set()
    for child in table.get_children():
        found |= {symbol.get_name() for symbol in child.get_symbols() if symbol.is_global()} | looked_up_inside(child)
    return found


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
