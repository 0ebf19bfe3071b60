"""Questions written in markdown, many to a page::

    ## half_bin (predict)

    Where does a tone between two bins show?

    - [ ] in neither | Each bin hears a part of it.
    - [x] in both, and beyond | Its phasors never close a whole turn, so no bin cancels it.

A heading is a name, with ``(predict)`` where the question is asked before the cell that answers it; the text follows;
then the options, of which one is right, each with its reason after ``|``. No line of a page is passed over: what is
none of these is refused with its number.
"""

import re
from pathlib import Path

from .model import Option, Question

HEADING = re.compile(r"## (?P<name>[a-z0-9_]+)(?P<predict> \(predict\))?")
ITEM = re.compile(r"\s*[-+*](\s|\[)")  # of a list, whatever is wrong with it
OPTION = re.compile(r"- \[(?P<mark>[ x])\] (?P<text>.+?) \| (?P<why>.+)")


class Page:
    """A page of questions on its way through the parser, for errors that name file, line and way out."""

    def __init__(self, text: str, where: str):
        self.lines, self.where = text.splitlines(), where

    def error(self, number: int, rule: str, way_out: str) -> ValueError:
        return ValueError(f"{self.where}, line {number}: {rule}, got {self.lines[number - 1]!r}: {way_out}")


def parse_questions(text: str, where: str = "questions") -> tuple[Question, ...]:
    """The questions of a page.

    Parameters
    ----------
    text : str
        Markdown, as shown above.
    where : str
        The name of the page, for errors.

    Returns
    -------
    tuple of Question
        In the order of the page.

    Raises
    ------
    ValueError
        With the line, if a heading or an option has another form, a name stands twice, a question has no text or
        fewer than two options, or not exactly one option is right; and if the page is empty.
    """
    page, found = Page(text, where), {}
    for number, lines in sections(page):
        head = HEADING.fullmatch(lines[0])
        if head is None:
            raise page.error(number, "a heading must be `## name` or `## name (predict)`", "use a-z, 0-9 and _")
        if head["name"] in found:
            raise page.error(number, "a name must stand once in a page", "rename one of the two")
        said, options = body(page, number, lines[1:])
        kind = "predict" if head["predict"] else "checkpoint"
        found[head["name"]] = Question(name=head["name"], kind=kind, text=said, options=options)
    return tuple(found.values())


def sections(page: Page) -> list[tuple[int, list[str]]]:
    """The headings' line numbers, counted from 1, with the lines from there to the next."""
    starts = [n for n, line in enumerate(page.lines) if line.startswith("#")]
    for n, line in enumerate(page.lines[: starts[0]] if starts else page.lines):
        if line.strip():
            raise page.error(n + 1, "a page must begin with a heading", "write `## name` above it")
    if not starts:
        raise ValueError(f"{page.where}: a page must hold a question, got none: write `## name` and what it asks")
    ends = [*starts[1:], len(page.lines)]
    return [(start + 1, page.lines[start:end]) for start, end in zip(starts, ends, strict=True)]


def body(page: Page, heading: int, lines: list[str]) -> tuple[str, tuple[Option, ...]]:
    """The text of a question and its options; the text is one paragraph, and options come last."""
    said, options = [], []
    for number, line in enumerate(lines, heading + 1):
        if not line.strip():
            continue
        if not ITEM.match(line):
            if options:
                raise page.error(number, "options must come last, a line each", "join it to its option")
            said.append(line.strip())
            continue
        option = OPTION.fullmatch(line.rstrip())
        if option is None:
            raise page.error(number, "an option must be `- [ ] text | why` or `- [x] text | why`", "mend this line")
        options.append(Option(option["text"], option["why"], right=option["mark"] == "x"))
    n_right = sum(option.right for option in options)
    if not said or len(options) < 2 or n_right != 1:
        has = f"{'a' if said else 'no'} text and {len(options)} options, {n_right} of them right"
        raise page.error(
            heading, "a question must have a text and two options or more, one of them right", f"it has {has}"
        )
    return " ".join(said), tuple(options)


def read_questions(path: Path) -> tuple[Question, ...]:
    """The questions of a file."""
    return parse_questions(path.read_text(encoding="utf-8"), f"{path.parent.name}/{path.name}")
