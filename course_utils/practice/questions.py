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
ITEM = re.compile(r"\s*([-*+–—•]|\d+[.)]|\[[ xX]?\])(\s|\[)")  # what was meant to be an option
OPTION = re.compile(r"- \[(?P<mark>[ x])\] (?P<text>\S.*?) \| (?P<why>\S.*)")


class Page:
    """A page of questions on its way through the parser, for errors that name file, line and way out."""

    def __init__(self, text: str, where: str):
        if not isinstance(text, str):
            raise TypeError(f"{where} must be text, got {type(text).__name__}: pass a str")
        self.lines, self.where = [line.rstrip() for line in text.removeprefix("\ufeff").split("\n")], where

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
            rule = "a heading must be `## name` or `## name (predict)`"
            raise page.error(number, rule, "a name is of a-z, 0-9 and _, and nothing but (predict) may follow")
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
        if line.lstrip().startswith(("#", "```")):
            raise page.error(
                number, "the text must be one paragraph", "leave headings and blocks of code to the lecture"
            )
        if not ITEM.match(line):
            if options:
                raise page.error(number, "options must come last, a line each", "join it to its option")
            said.append(line.strip())
            continue
        option = OPTION.fullmatch(line.rstrip())
        if option is None:
            raise page.error(number, "an option must be `- [ ] text | why` or `- [x] text | why`", "mend this line")
        options.append(Option(option["text"], option["why"], right=option["mark"] == "x"))
    n_right, texts = sum(option.right for option in options), [option.text for option in options]
    wrong = {
        "write what is asked below the heading": not said,
        "write two options or more": len(options) < 2,
        "mark one option with [x]": n_right == 0,
        "mark one option only with [x]": n_right > 1,
        "two options say the same": len(set(texts)) < len(texts),
    }
    for way_out, is_so in wrong.items():
        if is_so:
            raise page.error(heading, "a question must have a text and options, one of them right", way_out)
    return " ".join(said), tuple(options)


def read_questions(path: Path) -> tuple[Question, ...]:
    """The questions of a file."""
    return parse_questions(path.read_text(encoding="utf-8-sig"), f"{path.parent.name}/{path.name}")
