"""Which names a cell of code needs, binds and changes."""

import ast
import builtins
import symtable

from nbformat import NotebookNode

from .cells import code_tree


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
