"""In which cases an answer is wrong: what they have in common, found by turning it round and trying again."""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from .compare import Trial, as_array
from .factors import whole_options
from .inputs import passed
from .model import Case
from .steps import failed


def case_lengths(trial: Trial) -> dict[str, int]:
    found = {} if trial.signal is None or not trial.signal.ndim else {"length": trial.signal.shape[-1]}
    return found | {name: n for name, n in whole_options(trial) if name != "sample_rate"}


@dataclass(frozen=True)
class Kind:
    """What a case may have: in words, whether it has it, and the same case where that is turned round."""

    words: str
    has: Callable[[Trial], bool]
    other: Callable[[Case], Case]


def with_signal(case: Case, change: Callable[[np.ndarray], np.ndarray]) -> Case:
    """The case with its first array changed, and all others that are as long."""
    arrays = [isinstance(argument, (np.ndarray, list)) for argument in case.arguments]
    length = as_array(case.arguments[arrays.index(True)]).shape[-1]
    arguments = []
    for argument, is_array in zip(case.arguments, arrays, strict=True):
        is_alike = is_array and as_array(argument).ndim and as_array(argument).shape[-1] == length
        arguments.append(change(as_array(argument)) if is_alike else argument)
    return replace(case, arguments=tuple(arguments), gives=None)


def of_signal(words: str, has: Callable[[np.ndarray], bool], change: Callable[[np.ndarray], np.ndarray]) -> Kind:
    return Kind(
        words, lambda trial: trial.signal is not None and has(trial.signal), lambda case: with_signal(case, change)
    )


def kinds(trial: Trial) -> list[Kind]:
    found = [
        of_signal("an odd length", lambda x: x.shape[-1] % 2 == 1, lambda x: x[..., :-1]),
        of_signal("an even length", lambda x: x.shape[-1] % 2 == 0, lambda x: x[..., :-1]),
        of_signal("negative values", lambda x: x.dtype.kind in "fi" and bool((x < 0).any()), np.abs),
        of_signal("values beyond ±1", lambda x: bool((np.abs(x) > 1).any()), lambda x: x / np.abs(x).max()),
        of_signal("whole numbers", lambda x: x.dtype.kind in "iu", lambda x: x.astype(float)),
        of_signal("single precision (float32)", lambda x: x.dtype == np.float32, lambda x: x.astype(float)),
        of_signal("complex values", lambda x: x.dtype.kind == "c", lambda x: x.real.copy()),
    ]
    return found + [kind for name, _ in whole_options(trial) for kind in parities(name)]


def parities(name: str) -> list[Kind]:
    """An odd and an even value of an option; one less turns both round."""

    def one_less(case: Case) -> Case:
        return replace(case, options=case.options | {name: case.options[name] - 1}, gives=None)

    def kind(words: str, rest: int) -> Kind:
        return Kind(f"an {words} {name}", lambda trial: trial.case.options.get(name, 1 - rest) % 2 == rest, one_less)

    return [kind("odd", 1), kind("even", 0)]


def in_some_cases(
    trials: list[Trial], retry: Callable[[Case], Trial], more: Sequence[Trial] = ()
) -> tuple[str, str] | None:
    """What all failed cases have and no other, and what decides: without it they are right.

    A parity is changed both ways, since it is one step from any length. It must hold in the ``more`` cases, too.
    """
    wrong, right = failed(trials), [trial for trial in trials if trial.right]
    if not wrong or not right or trials[0].spec.expected is None:
        return None
    for kind in kinds(trials[0]):
        if not all(map(kind.has, wrong)) or any(map(kind.has, right)):
            continue
        if any(kind.has(trial) == trial.right for trial in more):
            continue
        two_ways = kind.words.startswith(("an odd", "an even"))
        changed = [(retry, trial, True) for trial in wrong] + [(retry, trial, False) for trial in right if two_ways]
        turned = [is_so for is_so in (turns(kind, *one) for one in changed) if is_so is not None]
        if len(turned) >= (2 if two_ways else 1) and all(turned):
            return (
                kind.words,
                f"It is wrong for {kind.words}{which(kind, wrong, right)} and right for all else that was tried.",
            )
    return None


def turns(kind: Kind, retry: Callable[[Case], Trial], trial: Trial, to_right: bool) -> bool | None:
    """Does the verdict on a case turn with what the kind is about? None if the definition takes no such case."""
    try:
        return retry(kind.other(trial.case)).right == to_right
    except Exception:
        return None


def which(kind: Kind, wrong: list[Trial], right: list[Trial]) -> str:
    """The lengths that were tried, where it is about them."""
    name = kind.words.rpartition(" ")[2]
    numbers = [
        sorted({case_lengths(trial)[name] for trial in group if name in case_lengths(trial)})
        for group in (wrong, right)
    ]
    if not all(numbers):
        return ""
    tried, fine = (", ".join(map(str, some)) for some in numbers)
    return f" (it was tried with {tried}; with {fine} it is right)"


def varied(case: Case) -> Case:
    """The case with every number in its arrays a little different: what is true of a mistake stays true."""
    rng = np.random.default_rng(5)

    def other(value):
        if not isinstance(value, np.ndarray) or value.dtype.kind not in "fc":
            return value
        return (value * (1 + 0.1 * rng.standard_normal(value.shape))).astype(value.dtype)

    options = {name: other(value) for name, value in case.options.items()}
    return replace(case, arguments=tuple(map(other, case.arguments)), options=options, gives=None)


def with_other_numbers(trials: list[Trial], retry: Callable[[Case], Trial]) -> list[Trial]:
    """The cases again, all numbers a little different; the same trial where the task asks for no such case."""
    found = []
    for trial in trials:
        try:
            found.append(retry(varied(trial.case)))
        except Exception:
            found.append(trial)
    return found


MOST_LABELS = 4


def labels(trials: list[Trial]) -> str:
    """Which cases are right, by their names, or which are wrong beside the first: whichever are fewer, if few."""
    wrong, right = failed(trials), [trial for trial in trials if trial.right]
    rest = wrong[1:]
    if right and len(right) <= min(MOST_LABELS, len(wrong)):
        return f" Right {is_are(right)} {quoted(right)}."
    if right and 0 < len(rest) <= MOST_LABELS:
        return f" Wrong {is_are(rest)} {quoted(rest)}, too."
    return ""


def is_are(trials: list[Trial]) -> str:
    return "is" if len(trials) == 1 else "are"


def quoted(trials: list[Trial]) -> str:
    return ", ".join(f"“{trial.case.says}”" for trial in trials)


def quantities(trial: Trial) -> dict[str, float]:
    """The numbers of a case by their names: what is passed by name or place, and the length of the first array."""
    found = {}
    if trial.signal is not None and trial.signal.ndim:
        found["the length of the signal"] = float(trial.signal.shape[-1])
    with contextlib.suppress(Exception):  # no definition whose parameters have names
        arguments = passed(trial)
        found |= {
            f"`{name}`": float(value)
            for name, value in arguments.items()
            if isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
        }
    return found
