"""At which values an answer is wrong: facts, for what no mistake explains."""

import re
from collections.abc import Callable

import numpy as np

from .compare import Trial, as_array, is_number, number_text, parts
from .listed import ENOUGH_BITS, bits_of
from .steps import TOLERANCE, failed
from .words import counted

MOST_PLACES = 6  # the tolerance hides more
LEAST_LINE = 5  # values of which every second one can be wrong: of fewer, a single one is as well


def in_case(trial: Trial) -> str:
    """The name of a case as part of a sentence, whatever its grammar."""
    return f"in the case “{trial.case.says}”"


def holes(trial: Trial) -> np.ndarray | None:
    """Which values of what came are NaN or infinite, where others are expected; None where none are."""
    pair = trial.pair
    if pair is None:
        return None
    expected, got = pair
    if expected.shape != got.shape:
        found = ~np.isfinite(got) if np.isfinite(expected).all() else np.zeros(0, bool)
    else:
        found = ~np.isfinite(got) & ~((got == expected) | (np.isnan(got) & np.isnan(expected)))
    return found if found.any() else None


def not_a_number(trials: list[Trial]) -> str | None:
    """Whatever failed holds NaN or infinity where a number is expected."""
    wrong = failed(trials)
    is_so = wrong and all(holes(trial) is not None for trial in wrong)
    return hole_sentence(wrong[0], all(map(has_holes, wrong))) if is_so else None


def hole_sentence(trial: Trial, is_only_there: bool) -> str:
    """``is_only_there``: what failed has such numbers in its input, each time; else they need not be the reason."""
    found, got = holes(trial), trial.pair[1]
    what = "NaN" if np.isnan(got[found]).all() else infinity(got[found])
    what = f"NaN and {infinity(got[found & ~np.isnan(got)])}" if what != "NaN" and np.isnan(got[found]).any() else what
    share = "" if found.all() else f" at {np.count_nonzero(found)} of {found.size} places"
    place = "" if found.all() else f", the first at {place_text(found)}"
    seen = f"It gives {what}{share} {in_case(trial)}{place}"
    if has_holes(trial):
        return f"{seen}: {OWN}" if is_only_there else f"{seen}, whose input holds such numbers, too."
    return f"{seen}: {SUSPECTS}"


def infinity(values: np.ndarray) -> str:
    """In words, with its sign where all have the lower one."""
    return "−infinity" if values.dtype.kind == "f" and (values < 0).all() else "infinity"


def has_holes(trial: Trial) -> bool:
    """Does NaN or infinity go in?"""
    arrays = [as_array(value) for value in trial.case.arguments]
    return any(is_number(array) and not np.isfinite(array).all() for array in arrays)


OWN = "its input holds such numbers, too, and they are not to come through."
SUSPECTS = "it may come of 0/0, a division by 0, the logarithm of 0 or a number too large for its exponential."


def place_text(found: np.ndarray) -> str:
    """The first index at which it is so."""
    first = [int(n) for n in np.argwhere(found)[0]]
    return f"index {first[0] if len(first) == 1 else first}"


def holes_in_part(trials: list[Trial]) -> str | None:
    """NaN in some of the failed cases, and other numbers in the others; whether for the same reason is not known."""
    wrong = [trial for trial in failed(trials) if holes(trial) is not None]
    if not wrong:
        return None
    others = otherwise([trial for trial in failed(trials) if holes(trial) is None])
    sentence = hole_sentence(wrong[0], all(map(has_holes, failed(trials))))
    more = len(wrong) > 1 and f" So it does in {counted(len(wrong) - 1, 'more case')}."
    return f"{sentence}{more or ''}{others and f' {others[0].upper()}{others[1:]}.'}"


def outcome(trial: Trial, tells: bool = False) -> str:
    """What is seen of a case that failed: an error, nothing, another form or shape, NaN, other numbers."""
    if trial.error is not None:
        said = " ".join(str(trial.error).split())[:100].rstrip(". ")
        return f"it stops with {type(trial.error).__name__}{f': {said}' if tells and said else ''}"
    if trial.got is None:
        return "it returns None"
    if trial.wrong_part is None:
        if parts(trial.expected, trial.got) is None:
            return f"it gives no tuple of {len(trial.expected)}"
        return "it changes its argument" if trial.changed else "it gives another dtype"
    if trial.pair is None:
        return "it gives something else than is asked"
    if holes(trial) is not None:
        values = trial.pair[1][holes(trial)]
        return "it gives NaN" if np.isnan(values).any() else f"it gives {infinity(values)}"
    return "it gives other numbers" if trial.wrong_values is not None else "it gives another shape"


def otherwise(trials: list[Trial]) -> str:
    """What is seen of some cases, for each thing that is: “in 2 cases it gives NaN and in the case … it stops …”."""
    groups: dict[str, list[Trial]] = {}
    for trial in trials:
        groups.setdefault(outcome(trial), []).append(trial)
    said = [
        f"{in_case(group[0])} {outcome(group[0], tells=True)}" if len(group) == 1 else f"in {len(group)} cases {words}"
        for words, group in groups.items()
    ]
    return " and ".join(filter(None, [", ".join(said[:-1]), *said[-1:]]))


def no_infinity(trials: list[Trial]) -> str | None:
    """All finite values are right; where NaN or infinity is asked, something else came."""
    shown = None
    for trial in failed(trials):
        if trial.wrong_values is None or not trial.wrong_values.any():
            return None
        if np.isfinite(trial.pair[0][trial.wrong_values]).any():
            return None
        place = tuple(np.argwhere(trial.wrong_values)[0])
        shown = shown or (trial, *(number_text(array[place]) for array in trial.pair))
    if shown is None:
        return None
    return f"All finite values are right; where {shown[1]} is asked, it gives {shown[2]} {in_case(shown[0])}."


def clipped(trials: list[Trial]) -> str | None:
    """The wrong values all lie at one bound, which the right ones pass; or they pass one which those keep."""
    for start, end, sentence in (
        (0, 1, "Values {} {} are cut off there, and must not be."),
        (1, 0, "No value {} {} is asked: the right ones are held at that bound, and these are not."),
    ):
        for words, is_beyond in (("above", np.greater), ("below", np.less)):
            bound = common_bound(trials, start, end, is_beyond)
            if bound is not None:
                return sentence.format(words, number_text(bound))
    return None


def common_bound(trials: list[Trial], start: int, end: int, is_beyond: Callable) -> float | None:
    """The number at which one of the pair stands wherever the other is beyond it, in all that failed.

    Several different values must lie beyond it, and in the same cases others on its near side be right.
    """
    bounds, bits, n_beyond, n_free = [], 0.0, 0, []
    for trial in failed(trials):
        wrong = trial.wrong_values
        if wrong is None or trial.pair[0].dtype.kind == "c" or not np.isfinite(trial.pair[1]).all():
            return None
        free, held = trial.pair[start].astype(float), trial.pair[end].astype(float)
        bound = held[wrong][0]
        room = TOLERANCE * max(abs(bound), 1e-300)
        if (
            np.ptp(held[wrong]) > room
            or not is_beyond(free[wrong], bound).all()
            or is_beyond(held, bound + room * (1 if is_beyond is np.greater else -1)).any()
        ):
            return None
        bounds.append(bound)
        bits += bits_of(free[wrong])
        n_beyond += np.unique(free[wrong]).size
        allowed = is_beyond(bound - room * (1 if is_beyond is np.greater else -1), held[~wrong])
        n_free.append(np.unique(held[~wrong][allowed]).size)
    is_one = bounds and np.allclose(bounds, bounds[0], rtol=TOLERANCE, atol=0)
    is_seen = is_one and bits >= ENOUGH_BITS and n_beyond >= 3 and min(n_free) >= 1 and max(n_free) >= 2
    return float(bounds[0]) if is_seen else None


def all_alike(trials: list[Trial]) -> str | None:
    """Each case that failed gives one number throughout, where different ones are asked."""
    values, n_asked = [], 0
    for trial in failed(trials):
        if trial.wrong_values is None or trial.pair[1].size < 2 or not np.isfinite(trial.pair[1]).all():
            return None
        if np.ptp(np.abs(trial.pair[1] - trial.pair[1].ravel()[0])) > 0:
            return None
        values.append(trial.pair[1].ravel()[0])
        n_asked += np.unique(trial.pair[0]).size > 1
    if not n_asked:
        return None
    if all(value == values[0] for value in values):
        return f"Everything comes out as {number_text(values[0] + 0)}, where different numbers are asked."
    return "All values come out alike, where different ones are asked."


def rounded(trials: list[Trial]) -> str | None:
    """What came is what is expected, rounded to one number of decimal places in all that failed."""
    found, values = set(range(1, MOST_PLACES + 1)), []
    for trial in failed(trials):
        if trial.wrong_values is None or trial.pair[0].dtype == bool:  # numpy rounds no truth values
            return None
        expected, got = trial.pair
        found = {n for n in found if np.allclose(got, np.round(expected, n), rtol=1e-6, atol=1e-9, equal_nan=True)}
        values.append(got[trial.wrong_values].ravel())
    if not found or not values or bits_of(np.round(np.concatenate(values) * 10 ** min(found))) < ENOUGH_BITS:
        return None
    n_places = min(found)
    return f"The result is rounded to {n_places} decimal place{'s' * (n_places > 1)}: return it with all its digits."


def places(trial: Trial) -> dict[str, np.ndarray]:
    """Sets of places that a mistake may be confined to, in words."""
    expected = trial.pair[0]
    found = {}
    for axis, along in ((-1, ""), (-2, " along axis −2"), (-3, " along axis −3")):
        if expected.ndim < -axis:
            break
        n = expected.shape[axis]
        index = np.arange(n).reshape([-1] + [1] * (-axis - 1))
        named = {
            "the first one": index == 0, "the last one": index == n - 1,
            "the first and the last one": index % max(n - 1, 1) == 0,
            "all but the first": index > 0, "all but the last": index < n - 1,
            "those with an odd index": index % 2 == 1, "those with an even index": index % 2 == 0,
            "the first half": index < n // 2, "the second half": index >= n - n // 2,
        }  # fmt: skip
        found |= {name + along: np.broadcast_to(set_, expected.shape) for name, set_ in named.items()}
    if is_number(expected) and expected.dtype.kind != "c":
        found |= {"those where 0 is asked": expected == 0, "those where a negative value is asked": expected < 0}
    signal = trial.signal
    if signal is not None and signal.shape == expected.shape and signal.dtype.kind != "c":
        found |= {"those where the input is 0": signal == 0, "those where the input is negative": signal < 0}
        found |= {"those where the input is positive": signal > 0, "those where |input| exceeds 1": np.abs(signal) > 1}
    return found


def is_parity_of_few(name: str, trials: list[Trial]) -> bool:
    """Is it every second place of so few that no case shows more than one or two of them?"""
    axis = int(re.search("axis −(.)|$", name)[1] or 1)
    return " index" in name and all(trial.wrong_values.shape[-axis] < LEAST_LINE for trial in failed(trials))


def at_some_places(trials: list[Trial]) -> str | None:
    """The wrong values are exactly those at places of one kind, and all others are right."""
    names, n_right = None, 0
    for trial in failed(trials):
        wrong = trial.wrong_values
        if wrong is None or wrong.ndim == 0:
            return None
        here = {name for name, places_ in places(trial).items() if np.array_equal(places_, wrong)}
        names = here if names is None else names & here
        n_right += np.count_nonzero(~wrong)
    names = {name for name in names or () if not is_parity_of_few(name, trials)}
    if not names or n_right < 2 or all(trial.wrong_values.all() for trial in failed(trials)):
        return None
    name = next(name for name in places(failed(trials)[0]) if name in names)
    but = re.fullmatch("all but the (first|last)(.*)", name)
    if but:
        return f"Only the {but[1]} value{but[2]} is right, and all others are wrong{by_factor(trials)}."
    verb = "is" if re.match("the (first|last) one", name) else "are"
    return f"Of the values only {name} {verb} wrong{by_factor(trials)}; the others are right."


LINES = {-1: "column", -2: "row"}


def one_line(trials: list[Trial]) -> str | None:
    """All that is wrong stands in the first or in the last row or column, and not all of it is."""
    wrong = [trial.wrong_values for trial in failed(trials)]
    if not wrong or any(places_ is None or places_.ndim < 2 for places_ in wrong):
        return None
    for axis, line in LINES.items():
        if any(places_.shape[axis] < 3 for places_ in wrong):
            continue
        line = line if all(places_.ndim == 2 for places_ in wrong) else f"place along axis −{-axis}"
        for name, index in (("last", -1), ("first", 0)):
            ends = [np.moveaxis(places_, axis, 0)[index] for places_ in wrong]
            if all(end.sum() == places_.sum() for end, places_ in zip(ends, wrong, strict=True)):
                kept = [np.moveaxis(trial.pair[1], axis, 0)[index] for trial in failed(trials)]
                is_empty = not any(values.any() for values in kept)
                return f"All but the {name} {line} is right{', and that one is 0 throughout' if is_empty else ''}."
    return None


def one_value_throughout(trials: list[Trial]) -> str | None:
    """All that is wrong in a case is one number, and other numbers are right."""
    shown, n_right = [], 0
    for trial in failed(trials):
        wrong = trial.wrong_values
        if wrong is None or np.count_nonzero(wrong) < 2 or not np.isfinite(trial.pair[1]).all():
            return None
        got = trial.pair[1][wrong]
        if not np.allclose(got, got[0], rtol=1e-6, atol=0) or np.allclose(
            trial.pair[0][wrong], trial.pair[0][wrong][0]
        ):
            return None
        shown.append(number_text(got[0]))
        n_right += np.unique(trial.pair[1][~wrong]).size
    if not shown or n_right < 2:
        return None
    return (
        f"The other values are right; where it is wrong, it gives {shown[0]} throughout {in_case(failed(trials)[0])}."
    )


def by_factor(trials: list[Trial]) -> str:
    """By how much the wrong values are off, where that is one factor for all."""
    ratios = [
        t.pair[1][t.wrong_values] / np.where(t.pair[0][t.wrong_values] == 0, np.nan, t.pair[0][t.wrong_values])
        for t in failed(trials)
    ]
    ratio = np.concatenate([r.ravel() for r in ratios])
    if ratio.size < 2:
        return ""  # any number is some factor from any other
    if not np.isfinite(ratio).all() or not np.allclose(ratio, ratio[0], rtol=TOLERANCE, atol=0) or not ratio[0]:
        return ""
    return f", {ratio[0].real:.4g} times the right value" if abs(ratio[0].imag) < 1e-9 else ""
