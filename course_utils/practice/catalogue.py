"""What the engine is handed: the exercises and questions of a course, found by topic and by name."""

import re
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from pathlib import Path

from .. import _files
from .model import Exercise, Question
from .questions import read_questions

NOTEBOOKS = _files.ROOT / "notebooks"


def stem_of(topic: str) -> str:
    """The name of a lecture's notebook, which is where its number stands; the topic where there is no notebook."""
    named = re.compile(rf"\d+_{re.escape(topic)}")
    return next((path.stem for path in sorted(NOTEBOOKS.glob("*.ipynb")) if named.fullmatch(path.stem)), topic)


@dataclass(frozen=True)
class Catalogue:
    """Exercises and questions in a package: ``<package>/<topic>/<exercise>.py`` and ``<package>/<topic>/questions.md``.

    The docstring of ``<topic>/__init__.py`` is about its exercises, and its ``ORDER`` names them in their order.
    Nothing is imported before it is asked for.
    """

    package: str
    topics: tuple[str, ...]

    def __post_init__(self):
        if isinstance(self.topics, str) or not self.topics or len(set(self.topics)) != len(self.topics):
            rule = "topics must be a tuple of names, each once"
            raise ValueError(f"{rule}, got {self.topics!r}: write it as in ('dft', 'stft')")

    def topic_of(self, lecture: str) -> str:
        """The topic in the name of a lecture: "03_dft", "03_dft.ipynb" and "dft" are about dft, "04_dft" is nothing."""
        name = str(lecture).removesuffix(".ipynb")
        number, _, rest = name.partition("_")
        topic = rest if number.isdigit() else name
        if topic not in self.topics:
            known = ", ".join(self.topics)
            raise ValueError(f"there is no practice for the lecture {lecture!r}: choose one of {known}")
        stem = stem_of(topic)
        if topic != name and stem != topic and int(number) != int(stem.partition("_")[0]):
            raise ValueError(f"there is no lecture {lecture!r}: the one about {topic} is {stem!r}")
        return topic

    def describe(self, topic: str) -> str:
        """What the exercises of a topic are about."""
        return import_module(f"{self.package}.{topic}").__doc__

    def names(self, topic: str) -> tuple[str, ...]:
        """The names of a topic's exercises, in the order of its notebook."""
        return tuple(f"{topic}/{each}" for each in order_in(self.package, topic))

    def exercises(self, topic: str) -> tuple[Exercise, ...]:
        """The exercises of a topic, in the order of its notebook."""
        return tuple(exercise_in(self.package, name) for name in self.names(topic))

    def questions(self, topic: str, kind: str | None = None) -> tuple[Question, ...]:
        """The questions of a topic, or those of one kind."""
        found = questions_in(self.package, topic)
        return tuple(question for question in found if kind in (None, question.kind))

    def find(self, name: str) -> Exercise:
        """The exercise of a name such as "dft/idft"; an unknown name raises a ValueError with the nearest ones."""
        topic = str(name).partition("/")[0]
        known = [each for topic in ([topic] if topic in self.topics else self.topics) for each in self.names(topic)]
        if name in known:
            return exercise_in(self.package, name)
        near = get_close_matches(str(name), known, n=3) or known[:3]
        raise ValueError(f"there is no exercise {name!r}: did you mean {', '.join(map(repr, near))}?")


@cache
def order_in(package: str, topic: str) -> tuple[str, ...]:
    """``ORDER`` of a topic, if it names the files that are there, each once; a file that is not named is nobody's."""
    try:
        module = import_module(f"{package}.{topic}")
    except ModuleNotFoundError as error:
        if error.name != f"{package}.{topic}":
            raise
        raise ValueError(f"topics must be folders of {package}, got {topic!r}: make {topic}/__init__.py") from None
    order = getattr(module, "ORDER", None)
    there = {path.stem for path in Path(module.__file__).parent.glob("*.py") if not path.name.startswith("_")}
    if order is None or sorted(order) != sorted(there):
        differing = "none" if order is None else ", ".join(sorted({*order} ^ there)) or "a name twice"
        rule = f"ORDER of {topic}/__init__.py must name the exercises of the folder, each once"
        raise ValueError(f"{rule}, got a difference in {differing}: write the file, or mend ORDER")
    return tuple(order)


@cache
def exercise_in(package: str, name: str) -> Exercise:
    """The exercise of one file, with its path for a name."""
    try:
        exercise = getattr(import_module(f"{package}.{name.replace('/', '.')}"), "EXERCISE", None)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{name}.py must hold an exercise, got {error}: see practice/model.py") from error
    if not isinstance(exercise, Exercise):
        raise ValueError(f"{name}.py must bind EXERCISE, got {type(exercise).__name__}: EXERCISE = Exercise(…)")
    return replace(exercise, name=name)


@cache
def questions_in(package: str, topic: str) -> tuple[Question, ...]:
    """The questions of one page."""
    return read_questions(Path(import_module(f"{package}.{topic}").__file__).with_name("questions.md"))


_handed: list[Catalogue] = []


def use(catalogue: Catalogue) -> None:
    """Hand the engine a catalogue: from now on it checks and asks what stands there."""
    if not isinstance(catalogue, Catalogue):
        raise TypeError(f"catalogue must be a Catalogue, got {catalogue!r}: make one with Catalogue(package, topics)")
    _handed[:] = [catalogue]


def in_use() -> Catalogue:
    """The catalogue that the engine was handed; unless it was handed another, that of this course."""
    if not _handed:
        parent = import_module(__package__.partition(".")[0])
        use(import_module(parent.CONTENT).CATALOGUE)
    return _handed[0]
