"""The terms of the course: bold in the prose of a lecture means that a term is explained here, where it first stands.

The start page holds a glossary that links to these places; ``make fix`` makes it.
"""

import re
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from nbformat import NotebookNode

from .cells import all_lectures, read, tags
from .paths import HEADING, is_for_the_lecturer

TAG = "glossary"  # of the cell of the start page that is made here
BOLD = re.compile(r"\*\*([^*\n]+?)\*\*")
NO_TERM = re.compile(r"[.:?!,]$|<!--|^[\d\W]")  # a label such as **Predict.**, or a number
NOT_PROSE = re.compile(r"<!--.*?-->|`[^`\n]*`|\]\([^)]*\)|\$\$.*?\$\$|\$[^$]*\$|^#+ [^\n]*$", re.S | re.M)
NAMES = {"Butterworth", "Conformer", "Freeverb", "Nyquist", "Transformer", "Welch's"}  # capitals that are no sentence's
ELSEWHERE = {"hook", "goals", "predict", "interview", "summary", "reading", TAG}  # parts that look ahead or back


class Term(NamedTuple):
    """Where a term is explained: the file of the lecture, the number of the cell from 1, the heading above it."""

    name: str
    lecture: Path
    number: int
    heading: str

    @property
    def link(self) -> str:
        return f"[{in_a_row(self.name)}]({self.lecture.name}#{quote(self.heading.replace(' ', '-'))})"


def in_a_row(name: str) -> str:
    """A term as it stands within a sentence: the capital of one that began its own goes."""
    first = name.split()[0]
    is_ordinary = first[1:2].islower() and first[1:].islower() and first not in NAMES
    return name[0].lower() + name[1:] if is_ordinary else name


def prose(notebook: NotebookNode) -> list[tuple[int, NotebookNode]]:
    """The cells that may explain a term, and where it may not be used before."""
    return [
        (number, cell)
        for number, cell in enumerate(notebook.cells, start=1)
        if cell.cell_type == "markdown" and ELSEWHERE.isdisjoint(tags(cell)) and not is_for_the_lecturer(cell)
    ]


def explained_in(lecture: Path) -> list[Term]:
    """The terms of a lecture in the order in which it explains them."""
    notebook, heading, found = read(lecture), "", []
    wanted = dict(prose(notebook))
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type == "markdown":
            for place in re.finditer(f"{HEADING.pattern}|{BOLD.pattern}", cell.source, re.M):
                heading = place[2] or heading
                if number in wanted and place[3] and not NO_TERM.search(place[3]):
                    found.append(Term(place[3], lecture, number, heading))
    return found


def taught(lectures: list[Path] | None = None) -> list[Path]:
    """The lectures that explain terms: the start page only shows the way."""
    return [path for path in lectures or all_lectures() if not path.stem.startswith("00_")]


def terms(lectures: list[Path] | None = None) -> list[Term]:
    return [term for path in taught(lectures) for term in explained_in(path)]


def singular(name: str) -> str:
    return name.lower().removesuffix("s") if not name.endswith(("ss", "is", "us", "as")) else name.lower()


def used_in(name: str, cell: NotebookNode) -> bool:
    """Does the prose of a cell use a term, in the singular or the plural?"""
    return bool(re.search(rf"\b{re.escape(name)}(e?s)?\b", NOT_PROSE.sub(" ", cell.source), re.I))


def glossary_text(lectures: list[Path] | None = None) -> str:
    """The cell of the start page: all terms by their first letter, each a link to where it is explained."""
    by_letter: dict[str, list[str]] = {}
    for term in sorted(terms(lectures), key=lambda term: term.name.lower()):
        by_letter.setdefault(term.name[0].upper(), []).append(term.link)
    rows = [f"{letter} — {', '.join(links)}" for letter, links in by_letter.items()]
    head = "## Glossary\n\nEach link leads to the place where its term is explained."
    return "\n\n".join([head, *rows])
