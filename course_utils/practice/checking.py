"""Check an answer, ask for a hint, see the solution."""

import ast
import hashlib
import html
import inspect
import textwrap
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from . import sandbox, store
from .catalogue import in_use
from .compare import text
from .judge import NOT_ATTEMPTED, RIGHT
from .model import Exercise, Function
from .store import Event, Standing
from .words import VERDICT_SIGNS, counted, inline, plain

AGAIN, HARD, GOOD = 1, 2, 3  # ratings of the scheduler
_asked_once = set()  # solutions asked for and not yet shown, in this session


@dataclass(frozen=True)
class Result:
    """What a check found. ``status`` is "not attempted", "wrong" or "right"; ``diagnosis`` names the mistake."""

    exercise: str
    status: str
    message: str
    diagnosis: str | None = None
    evidence: tuple[tuple[str, str], ...] = ()
    printed: str = ""
    score: float | None = None
    points: float = 0.0
    seconds: float = field(default=0.0, compare=False)
    note: str | None = None  # on the file of the progress

    def __repr__(self) -> str:
        lines = [f"{VERDICT_SIGNS[self.status]} {self.exercise}: {self.status}. {plain(self.message)}"]
        lines += [f"    {label}: {value}" for label, value in self.evidence]
        lines += [f"    it printed, in all its calls together: {self.printed.strip()}"] if self.printed.strip() else []
        return "\n".join(lines + ([f"    {self.note}"] if self.note else []))

    def _repr_mimebundle_(self, **options) -> dict:
        """A card with buttons; as text the points, which is where nbgrader looks for them."""
        from .cards import result_bundle

        return result_bundle(self, {"hint": hint, "solution": solution}) | {"text/plain": f"{self.points:.1f}"}


def check(name: str, answer: Any, *, keep: bool = True) -> Result:
    """Check an answer to an exercise; whatever it does, it ends in a sentence.

    It has eight seconds of the processor (of the clock where that is no Linux), and more where the task allows more;
    imports are not counted.

    Parameters
    ----------
    name : str
        The exercise, such as "dft/idft".
    answer : function, number, word, list or array
        What the exercise asks for; None and ``...`` count as not attempted.
    keep : bool
        False for an answer that is not yours: it is checked, and your progress stays as it is.

    Returns
    -------
    Result
        ``status``, ``diagnosis`` (a name, or None), ``message``, ``evidence``.

    Raises
    ------
    ValueError
        If there is no exercise of that name.
    """
    exercise = in_use().find(name)
    checked = sandbox.run(exercise, answer)
    verdict = checked.verdict
    note = None if verdict.status == NOT_ATTEMPTED or not keep else remember(exercise, verdict, answer)
    points = float(exercise.points) if verdict.status == RIGHT else 0.0
    return Result(
        name,
        verdict.status,
        verdict.message,
        verdict.diagnosis,
        verdict.evidence,
        checked.printed,
        verdict.score,
        points,
        checked.seconds,
        note,
    )


def remember(exercise: Exercise, verdict, answer: Any) -> str | None:
    """Record a try, unless the same answer was tried before: a notebook that is run anew is neither try nor review.

    A right number or word cannot be given in another way: when it is due, giving it again is a review.
    """
    event = Event(exercise.name, "check", verdict.status, f"{fingerprint(answer)} {verdict.diagnosis or ''}".strip())
    past, problem = store.events(exercise.name)
    known = any((old.kind, old.outcome, old.detail) == (event.kind, event.outcome, event.detail) for old in past)
    if known and not (verdict.status == RIGHT and not callable(answer) and is_due(exercise.name)):
        return problem
    rating = None
    if verdict.status == RIGHT:
        since = since_right(past)
        n_wrong = sum(old.kind == "check" for old in since)
        helped = any(old.kind == "hint" for old in since)
        shown = any(old.kind == "solution" and old.outcome == "shown" for old in since)
        rating = AGAIN if shown else HARD if helped or n_wrong >= 2 else GOOD
    return store.record(event, rating) or problem


def is_due(name: str) -> bool:
    """Whether an exercise is due for review today."""
    standings, _ = store.standings()
    return standings.get(name, Standing()).is_due(store.today_ends())


def since_right(past: list[Event]) -> list[Event]:
    """What has happened to an exercise since it was last right."""
    rights = [n for n, event in enumerate(past) if event.kind == "check" and event.outcome == RIGHT]
    return past[rights[-1] + 1 :] if rights else past


def fingerprint(answer: Any) -> str:
    """The same for the same answer in the next session: of a function its code, else the value in words."""
    code = getattr(answer, "__code__", None)
    content = repr(parts_of(code)) if code else text(answer, n_shown=10_000)
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def parts_of(code: types.CodeType) -> tuple:
    constants = [parts_of(const) if isinstance(const, types.CodeType) else const for const in code.co_consts]
    return code.co_code, code.co_names, code.co_varnames, constants


# ------------------------------------------------------------------------------- hints and solutions


@dataclass(frozen=True)
class Words:
    """A sentence or two for the reader."""

    text: str

    def __repr__(self) -> str:
        return plain(self.text)

    def _repr_html_(self) -> str:
        return f"<p>{inline(self.text)}</p>"


@dataclass(frozen=True)
class Source:
    """The source of a solution."""

    title: str
    source: str

    def __repr__(self) -> str:
        return f"{self.title}\n\n{self.source}"

    def _repr_html_(self) -> str:
        return f"<p>{inline(self.title)}</p><pre><code>{html.escape(self.source)}</code></pre>"


def hint(name: str, number: int | None = None) -> Words:
    """The next hint each time, or the one of a number; they go from a nudge to nearly the answer.

    Parameters
    ----------
    name : str
        The exercise, such as "dft/idft".
    number : int, optional
        Counted from 1.

    Returns
    -------
    Words

    Raises
    ------
    ValueError
        If there is no such exercise or no such hint.
    """
    exercise = in_use().find(name)
    n_hints = len(exercise.hints)
    if number is not None and (isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= n_hints):
        raise ValueError(f"number must be from 1 to {n_hints}, got {number!r}: {name} has {n_hints} hints")
    is_over = number is None and hints_given(name) >= n_hints
    if number is None:
        number = n_hints if is_over else hints_given(name) + 1
    note = store.record(Event(name, "hint", "given", str(number)))
    _hints_here[name] = number
    text = f"{hint_head(number, n_hints, is_over)} {exercise.hints[number - 1]}"
    return Words(f"{text} ({note})" if note else text)


def hint_head(number: int, n_hints: int, is_over: bool) -> str:
    if is_over:
        return f"There are no more hints; hint {number} was:"
    return f"Hint {number} of {n_hints}{', the last' if number == n_hints else ''}."


_hints_here = {}  # how far each exercise has got in this session, should nothing be kept


def hints_given(name: str) -> int:
    """How many hints were given since the exercise was last right."""
    past, _ = store.events(name)
    given = [int(event.detail) for event in since_right(past) if event.kind == "hint" and event.detail.isdigit()]
    return max(given, default=0 if past else _hints_here.get(name, 0))


def solution(name: str) -> Words | Source:
    """The source of the reference; asked for twice before it is shown the first time.

    Parameters
    ----------
    name : str
        The exercise, such as "dft/idft".

    Returns
    -------
    Words or Source

    Raises
    ------
    ValueError
        If there is no exercise of that name.
    """
    exercise = in_use().find(name)
    past, _ = store.events(name)
    shown_before = any(event.kind == "solution" and event.outcome == "shown" for event in past)
    is_done = any(event.kind == "check" and event.outcome == RIGHT for event in past)
    if not (shown_before or is_done or name in _asked_once):
        _asked_once.add(name)
        store.record(Event(name, "solution", "asked"))
        left = len(exercise.hints) - hints_given(name)
        way = f'{counted(left, "hint is", "hints are")} left: `hint("{name}")`. ' if left > 0 else ""
        return Words(f"{way}A solution that was seen comes back for review sooner. To see it, ask once more.")
    store.record(Event(name, "solution", "shown"))
    return Source(f"{exercise.title}: one way to do it.", reference_source(exercise))


def reference_source(exercise: Exercise) -> str:
    """The source of the function that the exercise takes for right, as a cell that runs; there is no second copy."""
    reference, called = exercise.reference, exercise.reference.__name__
    source = textwrap.dedent(inspect.getsource(reference))
    imports = "\n".join(imports_for(reference, source))
    is_function = isinstance(exercise.spec, Function)
    if is_function and not reference.__module__.startswith(f"{in_use().package}."):
        source = f"# {reference.__module__}.{called}\n{source}"
    given = called if is_function else f"{called}()"
    bound = "" if given == exercise.answer else f"\n\n{exercise.answer} = {given}\n"
    return f"{imports}\n\n\n{source}{bound}" if imports else source + bound


def imports_for(function: Callable, source: str) -> list[str]:
    """The lines that bring what a function finds in its own module to a notebook, which has none of it."""
    used = {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)} - {function.__name__}
    found = {name: function.__globals__[name] for name in sorted(used & function.__globals__.keys())}
    modules = {name: value.__name__ for name, value in found.items() if isinstance(value, types.ModuleType)}
    lines = [f"import {full}" + (f" as {name}" if name != full else "") for name, full in modules.items()]
    others = ", ".join(name for name in found if name not in modules)
    return sorted(lines) + ([f"from {function.__module__} import {others}"] if others else [])
