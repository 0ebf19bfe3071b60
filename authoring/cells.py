"""Notebooks and their cells: where they lie, how they are read, what their tags are."""

import ast
from collections.abc import Iterator
from pathlib import Path

import nbformat
from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[1]
STORED = "nbval-check-output"  # the tag of a cell whose stored output is compared
# Lectures that take longer.
TRAINING = ("10_augmentation", "11_classification", "12_sequence_models", "13_ctc", "14_attention_asr")
TRAINING += ("15_text_to_speech", "16_music_generation")


def all_notebooks(root: Path = ROOT) -> list[Path]:
    return [path for path in sorted(root.glob("notebooks/**/*.ipynb")) if ".ipynb_checkpoints" not in path.parts]


def all_lectures(root: Path = ROOT) -> list[Path]:
    return [path for path in all_notebooks(root) if is_lecture(path)]


def is_lecture(path: Path) -> bool:
    return Path(path).parent.name == "notebooks"


class NotebookError(ValueError):
    """A file that is no notebook, in one sentence."""


def read(path: Path) -> NotebookNode:
    """The notebook in a file; a file that is none raises a NotebookError."""
    try:
        notebook = nbformat.reads(Path(path).read_text(encoding="utf-8"), as_version=4)
        if not isinstance(notebook.cells, list):
            raise ValueError("cells that are no list")
    except Exception as error:  # nbformat has a dozen of them
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:120]
        raise NotebookError(f"{path} must be a notebook, got {reason}: mend it, or git checkout {path}") from None
    return notebook


def numbered(notebook: NotebookNode) -> Iterator[tuple[int, NotebookNode]]:
    """The cells, counted from 1."""
    return enumerate(notebook.cells, start=1)


def tags(cell: NotebookNode) -> list[str]:
    return cell.metadata.get("tags", [])


def tagged(notebook: NotebookNode, tag: str) -> list[tuple[int, NotebookNode]]:
    """The cells that carry a tag, with their numbers."""
    return [(number, cell) for number, cell in numbered(notebook) if tag in tags(cell)]


def code_tree(cell):
    """The syntax tree of a code cell, its magics turned into Python first; empty if it does not parse."""
    try:
        return ast.parse(TransformerManager().transform_cell(cell.source))
    except SyntaxError:  # reported when the cell is executed
        return ast.Module(body=[], type_ignores=[])


def quiz_calls(cell):
    """The arguments of the calls of cu.practice.quiz in a code cell."""
    if cell.cell_type != "code":
        return []
    calls = [node for node in ast.walk(code_tree(cell)) if isinstance(node, ast.Call)]
    quizzes = [node for node in calls if ast.unparse(node.func) == "cu.practice.quiz"]
    return [tuple(ast.literal_eval(argument) for argument in node.args) for node in quizzes]
