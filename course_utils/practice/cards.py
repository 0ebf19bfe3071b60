"""What the notebook shows: cards and quizzes as widgets, and the same as plain HTML where there is none.

It shows what it is given, and knows neither how answers are checked nor how questions are chosen.
"""

import html
from collections.abc import Callable
from pathlib import Path

import anywidget
import traitlets

from .model import Question
from .words import LETTERS, VERDICT_SIGNS, inline

HERE = Path(__file__).parent
KEYS, CARD, QUIZ = ((HERE / f"{name}.js").read_text(encoding="utf-8") for name in ("keys", "card", "quiz"))


class Card(anywidget.AnyWidget):
    """The result of a check, with buttons: ``answers`` has a function of the exercise's name for each."""

    _esm = KEYS + CARD
    _css = HERE / "practice.css"
    html = traitlets.Unicode().tag(sync=True)
    status = traitlets.Unicode().tag(sync=True)
    label = traitlets.Unicode().tag(sync=True)
    wish = traitlets.Unicode().tag(sync=True)  # "hint 1", "solution 2": what was clicked, and the how manieth click
    said = traitlets.Unicode().tag(sync=True)  # the answer to the last wish, as HTML

    def __init__(self, result, answers: dict[str, Callable]):
        super().__init__(html=result_html(result), status=result.status, label=f"{result.exercise}: {result.status}")
        self.name, self.answers = result.exercise, answers
        self.observe(self.answer, "wish")

    def answer(self, change: dict) -> None:
        asked = self.answers[change["new"].partition(" ")[0]](self.name)
        self.said = asked._repr_html_() + f"<!-- {change['new']} -->"  # the same words again are said again


class Questions(anywidget.AnyWidget):
    """A quiz: one question after the other, each with its options."""

    _esm = KEYS + QUIZ
    _css = HERE / "practice.css"
    title = traitlets.Unicode().tag(sync=True)
    questions = traitlets.List().tag(sync=True)
    choices = traitlets.List().tag(sync=True)  # of each question the first option chosen, −1 before
    note = traitlets.Unicode().tag(sync=True)

    def __init__(self, quiz):
        asked = [described(question) for _, question in quiz.questions]
        super().__init__(title=quiz.title, questions=asked, choices=[-1] * len(quiz))
        self.quiz = quiz
        self.observe(self.keep, "choices")

    def keep(self, change: dict) -> None:
        for (item, _), old, new in zip(self.quiz.questions, change["old"], change["new"], strict=True):
            if old == -1 and new != -1:
                self.note = self.quiz.answer(item, new) or ""


def described(question: Question) -> dict:
    return {
        "kind": question.kind,
        "text": inline(question.text),
        "options": [
            {"text": f"{LETTERS[n]}. {inline(option.text)}", "why": inline(option.why), "right": option.right}
            for n, option in enumerate(question.options)
        ],
    }


def result_html(result) -> str:
    rows = "".join(
        f'<tr><th scope="row">{html.escape(label)}</th><td><code>{html.escape(value)}</code></td></tr>'
        for label, value in result.evidence
    )
    table = f"<table>{rows}</table>" if rows else ""
    said = html.escape(result.printed.strip())
    printed = f"<p>It printed, in all its calls together:</p><pre>{said}</pre>" if said else ""
    note = f"<p>{html.escape(result.note)}</p>" if result.note else ""
    head = f'<span aria-hidden="true">{VERDICT_SIGNS[result.status]}</span> <code>{html.escape(result.exercise)}</code>'
    return f"<p><strong>{head}: {result.status}</strong></p><p>{inline(result.message)}</p>{table}{printed}{note}"


def widget_view(widget) -> dict:
    """What shows a widget in the notebook; its text is left out."""
    bundle = widget._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    return {kind: value for kind, value in data.items() if kind != "text/plain"}


def result_bundle(result, answers: dict[str, Callable]) -> dict:
    return {"text/html": result_html(result)} | widget_view(Card(result, answers))


def static_html(quiz) -> str:
    """Questions with folded explanations, for pages without scripts."""
    pieces = []
    for number, (_, question) in enumerate(quiz.questions, 1):
        count = f"{number}. " if len(quiz) > 1 else ""
        pieces.append(f"<p><strong>{count}{inline(question.text)}</strong></p>")
        for n, option in enumerate(question.options):
            verdict = "Right: " if option.right else "Not quite: "
            folded = f"{verdict}{inline(option.why)}"
            pieces.append(f"<details><summary>{LETTERS[n]}. {inline(option.text)}</summary>{folded}</details>")
    return f'<section aria-label="{html.escape(quiz.title)}">{"".join(pieces)}</section>'


def quiz_bundle(quiz) -> dict:
    return {"text/plain": repr(quiz), "text/html": static_html(quiz)} | widget_view(Questions(quiz))


def review_bundle(review) -> dict:
    """The exercises as a list; under it the questions."""
    listed = review.exercises_html()
    if not len(review.quiz):
        return {"text/plain": repr(review), "text/html": listed}
    from ipywidgets import HTML, VBox

    box = VBox([HTML(listed), Questions(review.quiz)])
    return {"text/plain": repr(review), "text/html": listed + static_html(review.quiz)} | widget_view(box)
