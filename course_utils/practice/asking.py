"""Quizzes: the checkpoint of a lecture, one prediction, or what is due for review."""

from dataclasses import dataclass, field

from . import store
from .catalogue import in_use
from .model import Question
from .store import Event
from .words import LETTERS, plain

AGAIN, GOOD = 1, 3


@dataclass(frozen=True)
class Quiz:
    """Questions with options; a widget where there is one, else a page of questions with folded explanations."""

    title: str
    questions: tuple[tuple[str, Question], ...]  # by item, such as "dft?bins"
    notes: list[str] = field(default_factory=list, compare=False)

    def __len__(self) -> int:
        return len(self.questions)

    def __repr__(self) -> str:
        lines = [self.title]
        for number, (_, question) in enumerate(self.questions, 1):
            lines.append(f"{number}. {plain(question.text)}")
            lines += [f"   {LETTERS[n]}. {plain(option.text)}" for n, option in enumerate(question.options)]
        return "\n".join(lines)

    def _repr_mimebundle_(self, **options) -> dict:
        from .cards import quiz_bundle

        return quiz_bundle(self)

    def answer(self, item: str, choice: int) -> str | None:
        """Keep the reader's first choice of a question; a sentence where that was not possible."""
        question = dict(self.questions)[item]
        is_right = question.options[choice].right
        rating = None if question.kind == "predict" else GOOD if is_right else AGAIN
        event = Event(item, "predict" if question.kind == "predict" else "quiz", outcome(is_right), LETTERS[choice])
        return store.record(event, rating)


def outcome(is_right: bool) -> str:
    return "right" if is_right else "wrong"


def item_of(topic: str, question: Question) -> str:
    return f"{topic}?{question.name}"


def quiz(lecture: str, name: str | None = None) -> Quiz:
    """The checkpoint of a lecture, or one question of it by name; every option says why.

    Parameters
    ----------
    lecture : str
        Such as "03_dft".
    name : str, optional
        One question: a prediction is kept at once and explained when you ask, after the next cell.

    Returns
    -------
    Quiz
        Shown by the notebook; works on a static page too.

    Raises
    ------
    ValueError
        If there is no such lecture or question.
    """
    catalogue = in_use()
    topic = catalogue.topic_of(lecture)
    if name is None:
        chosen, title = catalogue.questions(topic, "checkpoint"), "Choose, then see why. Nothing is graded."
    else:
        chosen = tuple(question for question in catalogue.questions(topic) if question.name == name)
        title = "Predict" if chosen and chosen[0].kind == "predict" else "One question"
        if not chosen:
            known = ", ".join(question.name for question in catalogue.questions(topic))
            raise ValueError(f"{lecture} has no question {name!r}: choose one of {known}")
    return Quiz(title, tuple((item_of(topic, question), question) for question in chosen))
