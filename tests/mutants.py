"""Small faults planted into the source of a function: a sign flipped, a factor dropped, an index or a bound moved.

Calls of ``_checks`` and docstrings are left alone: what happens with bad input is not what an exercise asks.
``python -m tests.mutants`` sums up, by topic, what ``make mutants`` has counted.
"""

import ast
import copy
import inspect
import json
import textwrap
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COUNTS = ROOT / "build" / "practice"  # how many mutants were rejected, one file an exercise

BINARY = {
    ast.Add: [ast.Sub],
    ast.Sub: [ast.Add],
    ast.Mult: [ast.Div],
    ast.Div: [ast.Mult],
    ast.FloorDiv: [ast.Mult],
    ast.Mod: [ast.Mult],
    ast.Pow: [ast.Mult],
    ast.MatMult: [ast.Mult],
    ast.LShift: [ast.RShift],
}
COMPARISONS = {
    ast.Lt: [ast.LtE, ast.Gt],
    ast.LtE: [ast.Lt, ast.Gt],
    ast.Gt: [ast.GtE, ast.Lt],
    ast.GtE: [ast.Gt, ast.Lt],
    ast.Eq: [ast.NotEq],
    ast.NotEq: [ast.Eq],
}


def is_check(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func).startswith("_checks.")


def variants(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """What may stand in place of one node, and what was done to it."""
    if isinstance(node, ast.BinOp):
        for operator in BINARY.get(type(node.op), []):
            yield f"{type(node.op).__name__} becomes {operator.__name__}", ast.BinOp(node.left, operator(), node.right)
        yield "right operand dropped", node.left
        yield "left operand dropped", node.right
    elif isinstance(node, ast.UnaryOp):
        yield f"{type(node.op).__name__} dropped", node.operand
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        for operator in COMPARISONS.get(type(node.ops[0]), []):
            changed = ast.Compare(node.left, [operator()], node.comparators)
            yield f"{type(node.ops[0]).__name__} becomes {operator.__name__}", changed
    elif isinstance(node, ast.IfExp):
        yield "the first branch always", node.body
        yield "the second branch always", node.orelse
    elif isinstance(node, ast.Constant):
        yield from constant_variants(node.value)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not node.args and not node.keywords:
        yield f".{node.func.attr}() dropped", node.func.value
    elif isinstance(node, ast.Call) and ast.unparse(node.func) == "len":
        yield "length and one", ast.BinOp(node, ast.Add(), ast.Constant(1))
        yield "length less one", ast.BinOp(node, ast.Sub(), ast.Constant(1))
    elif isinstance(node, ast.Call) and len(node.args) == 1:
        yield f"{ast.unparse(node.func)} dropped", node.args[0]
    elif isinstance(node, ast.Attribute) and node.attr in ("real", "imag", "T"):
        yield f".{node.attr} dropped", node.value
    elif isinstance(node, ast.Return) and not isinstance(node.value, (ast.List, ast.Tuple, type(None))):
        yield "sign of the result", ast.Return(ast.UnaryOp(ast.USub(), node.value))
    elif isinstance(node, ast.List) and len(node.elts) > 1:
        one, other, *rest = node.elts
        orders = {
            "first two exchanged": [other, one, *rest],
            "reversed": node.elts[::-1],
            "rotated": [other, *rest, one],
        }
        orders |= {
            "first dropped": [other, *rest],
            "last dropped": node.elts[:-1],
            "the first always": [one] * len(node.elts),
        }
        for words, elements in orders.items():
            yield words, ast.List(elements, node.ctx)


def constant_variants(value) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(value, bool):
        yield f"{value} becomes {not value}", ast.Constant(not value)
    elif isinstance(value, int) and abs(value) > 16:  # one more or less would drown in the tolerance
        yield f"{value} becomes its double", ast.Constant(value * 2)
        yield f"{value} becomes its half", ast.Constant(value // 2)
    elif isinstance(value, int):
        yield f"{value} becomes {value + 1}", ast.Constant(value + 1)
        yield f"{value} becomes {value - 1}", ast.Constant(value - 1)
    elif isinstance(value, (float, complex)):
        yield f"{value} becomes its double", ast.Constant(value * 2)
        yield f"{value} becomes its negative", ast.Constant(-value)
    elif isinstance(value, str):
        yield f"{value!r} becomes another word", ast.Constant(value + "?")


class Places(ast.NodeTransformer):
    """Visits every node that may be changed, in order, and replaces the one whose turn it is."""

    def __init__(self, turn: int | None = None):
        self.turn, self.n_seen, self.said = turn, 0, None

    def visit(self, node):
        if is_check(node):
            return node
        for words, replacement in variants(node):
            if self.n_seen == self.turn:
                self.said = words
                self.n_seen += 1
                return ast.copy_location(copy.deepcopy(replacement), node)
            self.n_seen += 1
        return super().visit(node)

    def visit_FunctionDef(self, node):
        node.body = [statement for statement in node.body if not is_docstring(statement)]
        node.args.defaults = [self.visit(default) for default in node.args.defaults]
        node.args.kw_defaults = [default and self.visit(default) for default in node.args.kw_defaults]
        node.body = [self.visit(statement) for statement in node.body]
        return node

    def visit_Raise(self, node):
        return node


def is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def mutants(function) -> Iterator[tuple[str, object]]:
    """Every mutant of a function, with what was done to it; each lives in a copy of the function's module."""
    source = textwrap.dedent(inspect.getsource(function))
    counter = Places()
    counter.visit(ast.parse(source))
    original = ast.unparse(Places().visit(ast.parse(source)))
    seen = {original}
    for turn in range(counter.n_seen):
        places = Places(turn)
        tree = ast.fix_missing_locations(places.visit(ast.parse(source)))
        text = ast.unparse(tree)
        if text in seen:
            continue
        seen.add(text)
        namespace = dict(vars(inspect.getmodule(function)))
        try:
            exec(compile(text, f"<mutant of {function.__name__}>", "exec"), namespace)
        except SyntaxError:
            continue
        yield f"{places.said}: {changed_line(original, text)}", namespace[function.__name__]


def changed_line(old: str, new: str) -> str:
    pairs = zip(old.splitlines(), new.splitlines(), strict=False)
    return next((after.strip() for before, after in pairs if before != after), "")


def main() -> None:
    """Write ``assets/mutants.json``."""
    topics: dict[str, Counter] = {}
    for path in sorted(COUNTS.glob("*.json")):
        topics.setdefault(path.stem.partition("-")[0], Counter()).update(json.loads(path.read_text(encoding="utf-8")))
    topics["all"] = sum(topics.values(), Counter())
    text = json.dumps({topic: dict(counts) for topic, counts in topics.items()}, indent=1)
    (ROOT / "assets" / "mutants.json").write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
