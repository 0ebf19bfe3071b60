"""The two paths through a lecture, the core, complete in itself, and what lies deeper, and the time that each takes.

A heading that ends in "(deeper)" takes all below it off the core path, down to the next heading of its level or above.
"""

import re

from nbformat import NotebookNode

from .cells import quiz_calls, tags

DEEPER = "(deeper)"
HEADING = re.compile(r"^(#{1,6}) +(.*?) *$", re.M)
FOLDED = {"figure", "agreement"}  # code that only draws, or only compares with the package
NOT_READ = {"interview", "reading", "glossary"}  # looked up when they are needed

# Estimates: with them lectures 03 to 05, as they stood before anything was folded, come to 121, 145 and 140 minutes.
WORDS_A_MINUTE = 110  # of text with formulas
SECONDS = {"line of code": 5, "quiz": 75, "checkpoint": 300, "picture": 35, "sound": 40, "film": 45, "interactive": 300}
SHOWN = {
    "picture": r"\.show\(|\bplotting\.(waveform|spectrum|spectrogram)\(",
    "sound": r"\baudio\.play\(",
    "film": r"\bexplorables\.film\(",
    "interactive": r"\bexplorables\.(?!film\b)\w+\(|\bplotting\.explore\(",
}


def are_deeper(notebook: NotebookNode) -> list[bool]:
    """Of each cell, whether it lies beyond the core path."""
    found, level = [], None
    for cell in notebook.cells:
        for marks, text in HEADING.findall(cell.source) if cell.cell_type == "markdown" else ():
            if level is None or len(marks) <= level:
                level = len(marks) if text.endswith(DEEPER) else None
        found.append(level is not None)
    return found


def is_folded(cell: NotebookNode) -> bool:
    return cell.cell_type == "code" and not FOLDED.isdisjoint(tags(cell))


def is_for_the_lecturer(cell: NotebookNode) -> bool:
    return cell.metadata.get("slideshow", {}).get("slide_type") == "notes"


def seconds(cell: NotebookNode) -> float:
    """How long a reader stays with a cell."""
    if is_for_the_lecturer(cell) or not NOT_READ.isdisjoint(tags(cell)):
        return 0.0
    if cell.cell_type == "markdown":
        return 60 * len(re.sub(r"<!--.*?-->", "", cell.source).split()) / WORDS_A_MINUTE
    n_lines = 0 if is_folded(cell) else sum(bool(line.strip()) for line in cell.source.splitlines())
    found = [kind for kind, pattern in SHOWN.items() if re.search(pattern, cell.source)]
    found += ["quiz" if len(call) > 1 else "checkpoint" for call in quiz_calls(cell)]
    return SECONDS["line of code"] * n_lines + sum(SECONDS[kind] for kind in found)


def minutes(notebook: NotebookNode) -> tuple[float, float]:
    """Of the core path, and of everything."""
    taken = [seconds(cell) / 60 for cell in notebook.cells]
    core = [time for time, deeper in zip(taken, are_deeper(notebook), strict=True) if not deeper]
    return sum(core), sum(taken)


def times(notebook: NotebookNode) -> str:
    """The sentence of the goals, in steps of five minutes, and what the slides say of themselves."""
    core, everything = (5 * max(1, round(taken / 5)) for taken in minutes(notebook))
    lecturing = sum(cell.metadata.get("course", {}).get("minutes", 0) for cell in notebook.cells)
    reading = f"{core} min" if core == everything else f"{core} min for the core path, {everything} min for everything"
    return f"Reading: {reading}. Lecturing: {lecturing:g} min"
