"""The one form in which a notebook is kept, whatever JupyterLab has made of it.

No outputs but those that are compared, no counts, no volatile metadata. A cell keeps its id when its text changes, so
that an edit costs its own lines; a new cell of a lecture gets the default slide type. What only draws or compares is
folded, and the goals say how long the lecture takes.
"""

import re
from hashlib import sha1

import nbformat
from nbformat import NotebookNode

from .cells import STORED, tagged, tags
from .paths import is_folded, times

UUID = re.compile(r"([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")  # JupyterLab's, for a new cell
TIMES = re.compile(r"Reading: [^.\n]*\. Lecturing: [\d.]+ min")
ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def stored_outputs(cell: NotebookNode) -> list[dict]:
    """The text outputs of a cell whose output is compared, without anything that varies."""
    outputs = []
    for output in cell.outputs:
        if output.output_type == "stream" and output.name == "stdout":
            if outputs and outputs[-1]["output_type"] == "stream":  # the kernel sends a text in pieces, as time falls
                outputs[-1]["text"] += output.text
            else:
                outputs.append({"output_type": "stream", "name": "stdout", "text": output.text})
        elif output.output_type in ("execute_result", "display_data") and "text/plain" in output.data:
            text = {
                "output_type": output.output_type,
                "metadata": {},
                "data": {"text/plain": output.data["text/plain"]},
            }
            outputs.append(text | ({"execution_count": 1} if output.output_type == "execute_result" else {}))
    return outputs


def normal_metadata(cell: NotebookNode, *, has_slides: bool) -> dict:
    kept = {}
    if tags(cell):
        kept["tags"] = sorted(set(tags(cell)))
    slide_type = cell.metadata.get("slideshow", {}).get("slide_type", "-" if has_slides else None)
    if slide_type is not None:
        kept["slideshow"] = {"slide_type": slide_type}
    if has_slides and is_folded(cell):
        kept["jupyter"] = {"source_hidden": True}
    if "minutes" in cell.metadata.get("course", {}):
        kept["course"] = {"minutes": cell.metadata.course.minutes}
    if "nbgrader" in cell.metadata:
        kept["nbgrader"] = cell.metadata.nbgrader
    return kept


def normal_id(cell: NotebookNode, source: str, taken: set[str]) -> str:
    """The id that the cell has, a long one cut short; one that follows from its text where it has none of its own."""
    own = cell.get("id") or ""
    short = UUID.fullmatch(own)
    own = short[1] if short else own
    if not ID.fullmatch(own) or own in taken:
        own = sha1((cell.cell_type + source).encode()).hexdigest()[:8]
    number, unique = 1, own
    while unique in taken:
        number += 1
        unique = f"{own}-{number}"
    return unique


def normalise(notebook: NotebookNode) -> NotebookNode:
    """The normal form of a notebook."""
    for _, cell in tagged(notebook, "goals"):
        cell.source = TIMES.sub(times(notebook), cell.source)
    has_slides = any("slideshow" in cell.metadata for cell in notebook.cells)
    taken: set[str] = set()
    cells = []
    for cell in notebook.cells:
        source = "\n".join(line.rstrip() for line in cell.source.split("\n")).strip("\n")
        normal = {
            "cell_type": cell.cell_type,
            "id": normal_id(cell, source, taken),
            "metadata": normal_metadata(cell, has_slides=has_slides),
            "source": source,
        }
        taken.add(normal["id"])
        if cell.cell_type == "code":
            outputs = stored_outputs(cell) if STORED in tags(cell) else []
            normal |= {"execution_count": 1 if outputs else None, "outputs": outputs}
        cells.append(normal)
    metadata = {
        "kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"},
        "language_info": {"name": "python"},
    }
    return nbformat.from_dict({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})


def normal_text(notebook: NotebookNode) -> str:
    """The text of the file: JSON with an indent of 1, sorted keys, and a final newline."""
    return nbformat.writes(normalise(notebook)).rstrip("\n") + "\n"
