"""Which cells of a notebook must run for its interactives and quizzes to stand on the page, by its recorded run."""

import ast

from nbformat import NotebookNode

from tests.gates.lectures import code_tree

VIEW = "application/vnd.jupyter.widget-view+json"


def has_widget(cell: NotebookNode) -> bool:
    return any(VIEW in output.get("data", {}) for output in cell.get("outputs", []))


def base_name(node: ast.AST) -> str | None:
    """The variable that ``x.a[0].b`` is part of."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


def read_and_written(cell: NotebookNode) -> tuple[set[str], set[str]]:
    """The names that a cell looks up, and those that it binds or may change: ``x = …``, ``x[0] = …``, ``x.add(…)``."""
    read, written = set(), set()
    for node in ast.walk(code_tree(cell)):
        if isinstance(node, ast.Name):
            (read if isinstance(node.ctx, ast.Load) else written).add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            written.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            written |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
        elif isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(node.ctx, ast.Store):
            written.add(base_name(node))
        elif isinstance(node, ast.AugAssign):
            read.add(base_name(node.target))
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            written.add(base_name(node.value.func))
    return read - {None}, written - {None, "cu"} if "import" not in cell.source else written - {None}


def cells_to_run(notebook: NotebookNode) -> list[int]:
    """The numbers, from 0, of the cells that show a widget, and of those before that make what these use."""
    chosen, names = [], set()
    for number in reversed(range(len(notebook.cells))):
        cell = notebook.cells[number]
        if cell.cell_type != "code":
            continue
        read, written = read_and_written(cell)
        if has_widget(cell) or written & names:
            chosen.append(number)
            names |= read
    return chosen[::-1]
