"""Answers that are right but for one end of the last axis, and what they may have taken for what lies beyond it."""

import numpy as np

from .batches import is_elementwise, of_changed, same_for_all
from .compare import Trial, as_array
from .steps import failed
from .where import in_case

LEAST = 6  # places of an axis that has a start and an end: fewer are a table of different things
MODES = {
    "wrap": "values from the other end, as a negative index, % and np.roll take them",
    "constant": "zeros",
    "edge": "the value at the end, repeated",
    "reflect": "the values mirrored, without the one at the end",
    "symmetric": "the values mirrored, the one at the end among them",
}


def padded(trial: Trial, mode: str, at_start: bool, at_end: bool) -> np.ndarray | None:
    """The definition on the signal with others before it or behind it, and of that the places of the signal."""
    n = trial.signal.shape[-1] if trial.signal is not None and trial.signal.ndim else 0
    if n == 0 or as_array(trial.expected).shape[-1:] != (n,):
        return None
    width = max(n - 1, 1) if mode == "reflect" else n
    sides = (width * at_start, width * at_end)
    made = of_changed(trial, lambda x: np.pad(x, [(0, 0)] * (x.ndim - 1) + [sides], mode=mode))
    return made[..., sides[0] : sides[0] + n]


def other_ends(trials: list[Trial]) -> str | None:
    """What stands beyond an end, where that explains all that failed."""
    sides = {"before the first": (True, False), "behind the last": (False, True)}
    sides["before the first and behind the last"] = (True, True)
    if any(trial.wrong_values is None for trial in failed(trials)):
        return None
    for where, which in sides.items():
        for mode, words in MODES.items():
            if same_for_all(trials, lambda trial, mode=mode, which=which: padded(trial, mode, *which)):
                return f"What came is right if {where} value there stand {words}: what does the task put there?"
    return None


def wrong_places(trial: Trial) -> np.ndarray | None:
    """Along the last axis, where anything is wrong; None where the shapes differ or all is."""
    wrong = trial.wrong_values
    if wrong is None or wrong.ndim == 0 or wrong.shape[-1] < LEAST:
        return None
    places = wrong.reshape(-1, wrong.shape[-1]).any(axis=0)
    return None if places.all() else places


def kind_of_end(places: np.ndarray) -> str | None:
    """Which end is wrong without a gap, where the rest is right: the start, the end, or both."""
    n, turns = len(places), np.flatnonzero(np.diff(places)) + 1
    lengths = np.diff([0, *turns, n])
    if min(lengths) < 2:
        return None  # single places are no end
    if len(turns) == 1 and lengths[0 if places[0] else 1] <= n / 2:
        return "start" if places[0] else "end"
    return "both" if len(turns) == 2 and places[0] and lengths[1] >= n / 3 else None


def one_end(trials: list[Trial]) -> str | None:
    """The start or the end is wrong in most of the cases that failed, and all of a short signal in the others."""
    kinds, shown = [], None
    for trial in failed(trials):
        if trial.wrong_values is None:
            return None
        places = wrong_places(trial)
        if places is None:
            continue
        kinds.append(kind_of_end(places))
        shown = shown or (trial, np.count_nonzero(places), len(places))
    if not kinds or len(set(kinds)) != 1 or kinds[0] is None or 2 * len(kinds) < len(failed(trials)):
        return None
    says = {
        "start": "the end is right, the start is not",
        "end": "the start is right, the end is not",
        "both": "the middle is right, the start and the end are not",
    }[kinds[0]]
    trial, n, size = shown
    if is_elementwise(trial):
        return None  # a list in any order
    return f"Along the last axis {says}: {n} of {size} places are wrong {in_case(trial)}."
