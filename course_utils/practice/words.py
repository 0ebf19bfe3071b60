"""Sentences with `code`, **weight** and *stress*, as HTML and as plain text."""

import html
import re

LETTERS = "ABCDEFGH"  # of the options of a question
VERDICT_SIGNS = {"not attempted": "○", "wrong": "✗", "right": "✓"}


def inline(text: str) -> str:
    """HTML of a sentence; everything else in it is shown as it stands."""
    pieces = re.split(r"(`[^`]+`)", text)
    done = [f"<code>{html.escape(p[1:-1])}</code>" if p.startswith("`") else stressed(html.escape(p)) for p in pieces]
    return "".join(done)


def stressed(text: str) -> str:
    text = re.sub(r"\*\*(\S(?:[^*]*\S)?)\*\*", r"<strong>\1</strong>", text)
    return re.sub(r"(?<![\w*])\*(\S(?:[^*]*\S)?)\*(?![\w*])", r"<em>\1</em>", text)


def counted(n: int, one: str, more: str | None = None) -> str:
    """A number with its noun: 1 entry, 2 entries."""
    return f"{n} {one if n == 1 else more or one + 's'}"


def plain(text: str) -> str:
    """The same without marks; code of more than one word stands in quotes, so that its end is seen."""
    pieces = re.split(r"(`[^`]+`)", text)
    return "".join(unmarked(p[1:-1]) if p.startswith("`") else p.replace("**", "") for p in pieces)


def unmarked(code: str) -> str:
    return f"“{code}”" if " " in code else code
