"""The exercises and questions of the course, one file a lecture; ``course_utils.practice`` checks and asks them."""

from importlib import import_module

from ..practice.exercise import Exercise, Question

# In the order of the lectures, without their numbers, which stand in the names of the notebooks only.
TOPICS = (
    "start_here",
    "sound",
    "sampling",
    "dft",
    "stft",
    "filters",
    "mel",
    "mfcc",
    "gammatone",
    "descriptors",
    "augmentation",
    "classification",
    "sequence_models",
)


def topic_of(lecture: str) -> str:
    """The topic in the name of a lecture: "03_dft", "03_dft.ipynb" and "dft" are about dft."""
    name = str(lecture).removesuffix(".ipynb")
    number, _, rest = name.partition("_")
    topic = rest if number.isdigit() else name
    if topic not in TOPICS:
        raise ValueError(f"there is no practice for the lecture {lecture!r}: choose one of {', '.join(TOPICS)}")
    return topic


def exercises(topic: str) -> tuple[Exercise, ...]:
    """The exercises of a topic, in the order of its notebook."""
    return import_module(f"{__name__}.{topic}").EXERCISES


def describe(topic: str) -> str:
    """What the exercises of a topic are about: the docstring of its file."""
    return import_module(f"{__name__}.{topic}").__doc__


def questions(topic: str, kind: str | None = None) -> tuple[Question, ...]:
    """The questions of a topic, or those of one kind."""
    found = import_module(f"{__name__}.{topic}").QUESTIONS
    return tuple(question for question in found if kind in (None, question.kind))


def find(name: str) -> Exercise:
    """The exercise of a name such as "dft/idft"; an unknown name raises a ValueError with the nearest ones."""
    topic = str(name).partition("/")[0]
    known = [exercise.name for each in ([topic] if topic in TOPICS else TOPICS) for exercise in exercises(each)]
    if name in known:
        return next(exercise for exercise in exercises(topic) if exercise.name == name)
    from difflib import get_close_matches

    near = get_close_matches(str(name), known, n=3) or known
    raise ValueError(f"there is no exercise {name!r}: did you mean {', '.join(map(repr, near))}?")
