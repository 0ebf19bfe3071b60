"""The map of the course: what is done, what is mastered, what is due today."""

import html
from dataclasses import dataclass
from pathlib import Path

from .. import _files
from . import store
from .asking import Quiz, item_of
from .catalogue import in_use, stem_of
from .model import KINDS
from .store import Standing
from .words import counted, inline

SIGNS = {"open": "○", "tried": "◐", "right": "●", "mastered": "★"}
MEANINGS = {
    "open": "not tried",
    "tried": "tried, not yet right",
    "right": "right",
    "mastered": f"mastered: kept for {store.MASTERED_DAYS} days or more",
}


@dataclass(frozen=True)
class Item:
    """One exercise or checkpoint question, and where the reader stands with it."""

    name: str
    title: str
    is_exercise: bool
    state: str
    is_due: bool

    @property
    def label(self) -> str:
        return f"{self.title}: {MEANINGS[self.state]}{', due for review' if self.is_due else ''}"


@dataclass(frozen=True)
class Lecture:
    topic: str
    stem: str  # "03_dft", of its notebook
    items: tuple[Item, ...]

    @property
    def exercises(self) -> list[Item]:
        return [item for item in self.items if item.is_exercise]

    @property
    def questions(self) -> list[Item]:
        return [item for item in self.items if not item.is_exercise]


def lecture_of(topic: str, standings: dict[str, Standing]) -> Lecture:
    until = store.today_ends()

    def item(name: str, title: str, is_exercise: bool) -> Item:
        standing = standings.get(name, Standing())
        return Item(name, title, is_exercise, standing.state, standing.is_due(until))

    found = [
        item(exercise.name, f"{'★' * exercise.stars} {exercise.title} ({KINDS[exercise.kind].lower()})", True)
        for exercise in in_use().exercises(topic)
    ]
    found += [
        item(item_of(topic, question), question.text, False) for question in in_use().questions(topic, "checkpoint")
    ]
    return Lecture(topic, stem_of(topic), tuple(found))


def link(stem: str, words: str) -> str:
    """A link to an exercise notebook, from the notebook that shows it: a lecture or another exercise notebook.

    Only words where the course was installed without its notebooks.
    """
    if _files.INSTALLED:
        return html.escape(words)
    folder = "" if Path.cwd().name == "exercises" else "exercises/"
    return f'<a href="{folder}{stem}.ipynb">{html.escape(words)}</a>'


# -------------------------------------------------------------------------------------------- the map


@dataclass(frozen=True)
class Map:
    """The course, or one lecture of it, with a sign for every exercise and question."""

    lectures: tuple[Lecture, ...]
    note: str | None

    def __repr__(self) -> str:
        rows = [("lecture", "exercises", "checkpoint", "exercises done, due today"), *map(signs_of, self.lectures)]
        widths = [max(len(row[column]) for row in rows) for column in range(3)]
        lines = [
            "  ".join([cell.ljust(width) for cell, width in zip(row, widths, strict=False)] + [row[3]]) for row in rows
        ]
        lines.append(", ".join(f"{sign} {MEANINGS[state]}" for state, sign in SIGNS.items()))
        return "\n".join(lines + [self.note] * bool(self.note))

    def _repr_html_(self) -> str:
        many = len(self.lectures) > 1
        body = course_table(self.lectures) if many else lecture_list(self.lectures[0])
        note = f"<p><strong>{html.escape(self.note)}</strong></p>" if self.note else ""
        return f"{note}{body}{legend()}"


def signs_of(lecture: Lecture) -> tuple[str, str, str, str]:
    """A lecture's name, the signs of its exercises and questions, and the counts."""
    done = sum(item.state in ("right", "mastered") for item in lecture.exercises)
    n_due = sum(item.is_due for item in lecture.items)
    count = f"{done} of {len(lecture.exercises)}" if lecture.exercises else "no exercises"
    signs = ["".join(SIGNS[item.state] for item in some) for some in (lecture.exercises, lecture.questions)]
    return lecture.stem, *signs, count + (f", {n_due} due" if n_due else "")


def chip(item: Item) -> str:
    """A sign, framed if it is due; its words for those who do not see it, and on hovering."""
    frame = "outline:2px solid currentColor;outline-offset:1px;border-radius:3px;" if item.is_due else ""
    label = html.escape(item.label, quote=True)
    return (
        f'<span role="img" aria-label="{label}" title="{label}" style="margin:0 3px;{frame}">{SIGNS[item.state]}</span>'
    )


def course_table(lectures: tuple[Lecture, ...]) -> str:
    rows = []
    for lecture in lectures:
        n_due = sum(item.is_due for item in lecture.items)
        done = sum(item.state in ("right", "mastered") for item in lecture.exercises)
        count = f"{done} of {len(lecture.exercises)}" if lecture.exercises else "–"
        name = link(lecture.stem, lecture.stem) if lecture.exercises else html.escape(lecture.stem)
        rows.append(
            f'<tr><th scope="row" style="text-align:left">{name}</th>'
            f'<td style="text-align:left;font-size:1.3em">{"".join(map(chip, lecture.exercises))}</td>'
            f'<td style="text-align:left;font-size:1.3em">{"".join(map(chip, lecture.questions))}</td>'
            f"<td>{count}</td><td>{n_due or '–'}</td></tr>"
        )
    head = "".join(
        f'<th scope="col" style="text-align:left">{words}</th>'
        for words in ("lecture", "exercises", "checkpoint", "exercises done", "due today")
    )
    caption = "<caption>Where you stand</caption>"
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def lecture_list(lecture: Lecture) -> str:
    """What to practise next in one lecture: its exercises, the open ones first named."""
    following = next((i for i in lecture.exercises if i.is_due), None)
    following = following or next((i for i in lecture.exercises if i.state in ("open", "tried")), None)
    if following:
        why = "due for review" if following.is_due else "next"
        advice = f"{why}: <code>{html.escape(following.name)}</code>, {inline(following.title)}"
    else:
        advice = "nothing is open or due; <code>review()</code> says when to come back"
    rows = "".join(
        f"<li>{chip(item)} <code>{html.escape(item.name)}</code> {inline(item.title)}"
        f"{' <strong>due</strong>' if item.is_due else ''}</li>"
        for item in lecture.exercises
    )
    done = sum(item.state in ("right", "mastered") for item in lecture.questions)
    questions = f"<p>Checkpoint: {done} of {len(lecture.questions)} answered right.</p>" if lecture.questions else ""
    notebook = link(lecture.stem, f"exercises/{lecture.stem}.ipynb")
    return (
        f"<p><strong>Practise in {notebook}</strong>; {advice}.</p>"
        f'<ul style="list-style:none;padding-left:0">{rows}</ul>{questions}'
    )


def legend() -> str:
    shown = ", ".join(f"{sign} {MEANINGS[state]}" for state, sign in SIGNS.items())
    return f'<p style="opacity:.8">{shown}; framed: due today.</p>'


def progress(lecture: str | None = None) -> Map:
    """A map of the course with what is done, mastered and due; or one lecture and what to practise next.

    Parameters
    ----------
    lecture : str, optional
        Such as "03_dft"; by default all.

    Returns
    -------
    Map

    Raises
    ------
    ValueError
        If there is no such lecture.
    """
    topics = in_use().topics if lecture is None else (in_use().topic_of(lecture),)
    standings, note = store.standings()
    return Map(tuple(lecture_of(topic, standings) for topic in topics), note)


# ----------------------------------------------------------------------------------------- the review


@dataclass(frozen=True)
class Review:
    """What is due today: exercises to do again, and questions to answer here."""

    lectures: tuple[Lecture, ...]
    quiz: Quiz
    following: str  # when the next review is due, in words
    note: str | None

    @property
    def due(self) -> list[str]:
        """The names of the exercises and questions that are due."""
        return [item.name for lecture in self.lectures for item in lecture.items if item.is_due]

    def __repr__(self) -> str:
        lines = [self.heading, *(f"  {name}" for name in self.due)]
        return "\n".join(lines + [self.note] * bool(self.note))

    @property
    def heading(self) -> str:
        if not self.due:
            return f"Nothing is due today. {self.following}"
        n_exercises = len(self.due) - len(self.quiz)
        return f"Due today: {counted(n_exercises, 'exercise')} and {counted(len(self.quiz), 'question')}."

    def exercises_html(self) -> str:
        rows = [
            f"<li>{link(lecture.stem, item.name)} {inline(item.title)}: solve it once more, "
            "in another way or from memory</li>"
            for lecture in self.lectures
            for item in lecture.exercises
            if item.is_due
        ]
        note = f"<p><strong>{html.escape(self.note)}</strong></p>" if self.note else ""
        return f"{note}<p><strong>{html.escape(self.heading)}</strong></p><ul>{''.join(rows)}</ul>"

    def _repr_mimebundle_(self, **options) -> dict:
        from .cards import review_bundle

        return review_bundle(self)


def review() -> Review:
    """What is due today by the scheduler's dates; right answers put a date off, wrong ones bring it near.

    Returns
    -------
    Review
        ``due`` lists the names; the questions among them can be answered where it is shown.
    """
    standings, note = store.standings()
    lectures = tuple(lecture_of(topic, standings) for topic in in_use().topics)
    due = {item.name for lecture in lectures for item in lecture.questions if item.is_due}
    questions = [
        (item_of(topic, question), question)
        for topic in in_use().topics
        for question in in_use().questions(topic, "checkpoint")
    ]
    chosen = tuple((item, question) for item, question in questions if item in due)
    dates = [standing.due for standing in standings.values() if standing.due]
    following = f"The next review is on {min(dates).astimezone():%d %B}." if dates else "Solve something first."
    return Review(lectures, Quiz("Due today", chosen), following, note)
