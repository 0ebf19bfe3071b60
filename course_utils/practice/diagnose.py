"""General mistakes, seen by comparing what was expected with what came.

A diagnoser receives the trials of one answer and returns the sentence that names the mistake, or
None. It speaks only if its mistake explains *every* trial that failed, and if so much agrees that
chance is excluded.
"""

import re
from functools import partial

import numpy as np

from . import batches, ends, factors, phases, shapes, where
from .cases import quantities
from .compare import Trial, as_array, is_number
from .inputs import other_input
from .odd import odd_number
from .steps import failed, step_sentence

# ------------------------------------------------------------------------------ how the answer behaves


def input_changed(trials: list[Trial]) -> str | None:
    changed = [trial.changed for trial in trials if trial.changed]
    if changed:
        return (
            f"It changes its argument {changed[0].name} in place, and the caller's data with it: "
            "work on a copy, as in np.array(x)."
        )
    return None


def nothing_returned(trials: list[Trial]) -> str | None:
    nothing = [trial for trial in trials if trial.error is None and trial.got is None]
    if nothing and len(nothing) == len(trials):
        return "It returns None: a return with the result is missing, or what stands behind it gives None, as x.sort()."
    if nothing and nothing == failed(trials):
        return f"It returns None {where.in_case(nothing[0])}: does one of its branches return nothing?"
    return None


def odd_result(trials: list[Trial]) -> str | None:
    """Something else than numbers came, in each case that failed."""
    said = None
    for trial in failed(trials):
        if trial.error is not None or trial.got is None or not all_numbers(trial.expected):
            return None
        members = (
            trial.got if isinstance(trial.expected, tuple) and isinstance(trial.got, (tuple, list)) else [trial.got]
        )
        here = next(filter(None, map(odd_number, members)), None)
        if here is None:
            return None
        said = said or here
    return said and f"It returns {said.removesuffix('?')}{'?' if said.endswith('?') else '.'}"


def all_numbers(expected) -> bool:
    members = expected if isinstance(expected, tuple) else (expected,)
    return all(is_number(as_array(member)) and as_array(member).dtype != bool for member in members)


def wrong_tuple(trials: list[Trial]) -> str | None:
    """One result is asked and came in a tuple, or with others."""
    for trial in failed(trials):
        if not isinstance(trial.got, tuple) or isinstance(trial.expected, tuple) or trial.error is not None:
            return None
        expected = as_array(trial.expected)
        is_row = expected.ndim == 1 and all(as_array(item).ndim == 0 for item in trial.got)  # of values, in parentheses
        if is_row or expected.shape == as_array(trial.got).shape:
            return None
    got = failed(trials)[0].got
    if len(got) == 1:
        return "It returns a tuple of one thing, and the thing itself is asked: is there a comma behind it?"
    return f"It returns {len(got)} things, and one is asked."


def wrong_dtype(trials: list[Trial]) -> str | None:
    kinds = [trial.wrong_dtype for trial in failed(trials)]
    if kinds and all(kinds):
        asked, came = kinds[0]
        words = "whole numbers are" if asked.kind in "iu" and came.kind not in "iu" else f"{asked} is"
        return f"The values are right, the dtype is not: {words} asked, {came} came."
    return None


def steps(*names: str) -> list[tuple]:
    return [(name, partial(step_sentence, name)) for name in names]


# What explains all that failed, the surest first: how it behaves, a single step, another input.
DIAGNOSERS = [
    ("in-place modification", input_changed),
    ("no return", nothing_returned),
    ("a tuple", wrong_tuple),
    ("odd result", odd_result),
    ("exchanged results", shapes.exchanged_parts),
    ("mask for indices", shapes.mask_for_indices),
    ("wrong dtype", wrong_dtype),
    ("not a number", where.not_a_number),
    *steps("conjugate", "sign", "transpose", "axes"),
    ("shape", shapes.same_values),
    ("too many or too few", shapes.too_many_or_few),
    ("whole batch", batches.reduced_batch),
    ("clipped", where.clipped),
    *steps("integer division", "symmetric or periodic window"),
    ("rounded", where.rounded),
    ("hertz, radians or bins", factors.hertz_radians_bins),
    *steps("amplitude, power or dB", "part lost", "factor i", "reversed order", "halves exchanged", "absolute value"),
    ("turned by one angle", phases.constant_turn),
    ("some signs", shapes.some_signs),
    ("other logarithm", factors.other_logarithm),
    ("scale", factors.scale),
    ("offset", factors.offset),
    *steps("logarithm", "one over", "order", "running sum", "mean", "normalised"),
    ("whole turns", factors.whole_turns),
    ("scale and offset", factors.straight_line),
    ("other indices", shapes.other_indices),
    ("no infinity", where.no_infinity),
    ("shift by one", shapes.shift_by_one),
    ("mixed up", batches.mixed_up),
    ("shared", batches.shared),
    ("missing batch axis", batches.lost_axis),
    ("order of rows", batches.rows_in_another_order),
]
# What is said of a result as a whole; the others, of the first member of a tuple that is wrong.
OF_ALL = {"in-place modification", "no return", "a tuple", "odd result", "exchanged results", "wrong dtype"}
# What is tried out, and holds for other numbers if it is so.
GUESSES = [("other input", other_input), ("other ends", ends.other_ends)]
# What is true of an answer that nothing explains: where it differs.
FACTS = [
    ("all alike", where.all_alike),
    ("magnitudes only", phases.magnitudes_only),
    ("phases only", phases.phases_only),
    ("scale", factors.scale_of_each),
    ("some places", where.at_some_places),
    ("one line", where.one_line),
    ("one value", where.one_value_throughout),
    ("one end", ends.one_end),
    ("missing batch axis", batches.batch_axis),
    ("scale of rows", shapes.rows_scaled),
    ("not a number in part", where.holes_in_part),
]


# What is a rule for all inputs is tried on more of them before it is said without "in these cases".
FACTORS = {"scale", "hertz, radians or bins", "other logarithm", "offset", "scale and offset"}
NUMBERS = {"sign", "integer division", "rounded", "absolute value", "amplitude, power or dB", "part lost", "logarithm"}
NUMBERS |= {"one over", "mean", "normalised", "clipped"}
RULES = FACTORS | {"missing batch axis", "some places", "one line"}
# What one or two cases may show by chance is tried on more, too.
IN_FEW = NUMBERS | {"conjugate", "transpose", "axes", "factor i", "reversed order", "halves exchanged", "order"}
IN_FEW |= {"turned by one angle", "some signs", "running sum", "whole turns", "shift by one", "no infinity", "one end"}
FEW = 2


def diagnose(trials: list[Trial], diagnosers: list[tuple] = DIAGNOSERS) -> tuple[str, str] | None:
    """The first general mistake that explains what came: its name and a sentence."""
    for name, diagnoser in diagnosers:
        with np.errstate(all="ignore"):
            sentence = diagnoser(trials)
        if sentence:
            return name, sentence
    return None


def is_one_number(found: tuple[str, str], trials: list[Trial]) -> bool:
    """Is it a factor or a term of one case alone, or a single number, which many a mistake would give by chance?"""
    wrong = failed(trials)
    if len(wrong) != 1 or len(wrong) == len(trials) or found[0] not in FACTORS | NUMBERS:
        return False
    values = wrong[0].pair[1][wrong[0].wrong_values] if wrong[0].wrong_values is not None else ()
    return found[0] in FACTORS or np.unique(values).size == 1


def is_to_try(found: tuple[str, str], trials: list[Trial]) -> bool:
    """Is it said of all inputs, though these cases need not show it?"""
    return found[0] in RULES or (found[0] in IN_FEW and len(failed(trials)) <= FEW)


def tried_again(found: tuple[str, str], diagnosers: list[tuple], trials: list[Trial], more: list[Trial]) -> str | None:
    """The sentence, and that it is so in the cases here, unless more were wrong and it is so in them as well.

    Of one number alone nothing is said that does not hold in other cases; of a factor no reason.
    """
    name, sentence = found
    is_alone = is_one_number(found, trials)
    if is_alone:
        here = quantities(failed(trials)[0])
        more = [trial for trial in more if trial.right or quantities(trial) != here]
    elif not is_to_try(found, trials):
        return sentence
    again = diagnose(trials + more, [one for one in diagnosers if one[0] == name]) if failed(more) else None
    if again and re.split("[:(]", again[1])[0] == re.split("[:(]", sentence)[0]:
        return sentence
    if is_alone or (name == "missing batch axis" and failed(more)):
        return None
    sentence = f"{sentence.rpartition(': ')[0]}." if name in FACTORS and ": " in sentence else sentence
    return f"In {'one case' if len(failed(trials)) == 1 else 'these cases'} {sentence[0].lower()}{sentence[1:]}"
