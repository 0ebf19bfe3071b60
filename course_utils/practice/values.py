"""Is a number, a word or a list of them right, and if not, how did it come about?"""

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from .compare import as_array, is_number, text
from .model import Exercise, Value
from .odd import odd_container, odd_number


def as_answer(value: Any, truth: np.ndarray) -> np.ndarray:
    """The array that is compared: words in lower case; one value in a list of one stands for itself."""
    array = as_array(value)
    array = array.reshape(()) if truth.ndim == 0 and array.size == 1 else array
    return array if is_number(truth) or array.dtype.kind not in "US" else normal_words(array)


def normal_words(array: np.ndarray) -> np.ndarray:
    return np.char.strip(np.char.lower(array.astype(str)))


def true_answer(spec: Value) -> np.ndarray:
    """What is compared with; to be asked for once, as it may be measured on a scene."""
    truth = as_array(spec.truth())
    return truth if is_number(truth) else normal_words(truth)


def same_value(spec: Value, truth: np.ndarray, given: np.ndarray) -> bool:
    if truth.shape != given.shape or is_number(truth) != is_number(given):
        return False
    if not is_number(truth):
        return bool((truth == given).all())
    allowed = np.abs(truth) * spec.tolerance if spec.absolute is None else spec.absolute
    return bool((np.abs(given.astype(complex) - truth) <= allowed + 1e-12).all())


def value_problem(spec: Value, truth: np.ndarray, answer: Any) -> str | None:
    """What is wrong with the form of an answer, before its value is looked at."""
    given = as_answer(answer, truth)
    if spec.options and truth.ndim and isinstance(answer, str):
        return f"A list of {len(truth)} words is asked, got one text, {answer!r}: give each word quotes of its own."
    problem = odd_word(spec, answer, given) if spec.options else no_number(spec, answer, given)
    if problem is None and given.shape != truth.shape:
        asked = "one value" if truth.ndim == 0 else f"a list of {len(truth)}"
        came = {0: "one value", 1: f"a list of {given.size}"}.get(given.ndim, f"a table of shape {given.shape}")
        return f"The answer is {asked}; got {came}."
    return problem


def odd_word(spec: Value, answer: Any, given: np.ndarray) -> str | None:
    odd = odd_container(answer)
    if odd:
        return f"Words are asked, got {odd}."
    known = set(normal_words(np.array(spec.options)).tolist())
    unknown = [word for word in np.atleast_1d(given) if str(word) not in known]
    if unknown:
        options = ", ".join(map(repr, spec.options))
        return f"The answer is made of the words {options}; {str(unknown[0])!r} is none of them."
    return None


def no_number(spec: Value, answer: Any, given: np.ndarray) -> str | None:
    odd = odd_number(answer)
    if odd:
        return f"A number{' in ' + spec.unit if spec.unit else ''} is asked, got {odd}."
    if given.dtype == bool:
        return f"Numbers are asked, got {text(answer)}, which answers yes or no: write 1 or 0 if that is meant."
    if not np.isfinite(given).all():
        return "The answer must be finite: NaN and infinity are no numbers of anything."
    if np.any(given.imag):
        return f"The answer is a real number, got {text(answer)}: is the magnitude asked, or the real part?"
    return None


def wrong_value(exercise: Exercise, truth: np.ndarray, answer: Any) -> tuple[str | None, str] | None:
    """The name of the mistake and a sentence, of an answer that has the form asked; None where it is right."""
    spec, given = exercise.spec, as_answer(answer, truth)
    if same_value(spec, truth, given):
        return None
    for wrong, code in exercise.wrong_codes:
        value = as_answer(code(), truth)
        if value.shape == given.shape and same_value(spec, value, given):
            return wrong.name, wrong.advice
    if is_number(truth):
        return wrong_number(exercise, truth, given)
    if as_in_task(exercise, given) and not (given == truth).any():
        return (
            "as listed",
            "That is the order in which the task names the words; asked is the one that belongs to each place.",
        )
    return misplaced_words(truth, given) if truth.size > 1 else (None, "That is not it: look or listen again.")


def as_in_task(exercise: Exercise, given: np.ndarray) -> bool:
    """Are these all of the words, in the order in which the task names them first?"""
    marked = {word: re.search(f'[`*"]{re.escape(word)}[`*"]', exercise.task) for word in exercise.spec.options}
    if len(marked) < 3 or None in marked.values():
        return False
    in_order = sorted(marked, key=lambda word: marked[word].start())
    return given.tolist() == normal_words(np.array(in_order)).tolist()


def misplaced_words(truth: np.ndarray, given: np.ndarray) -> tuple[str | None, str]:
    """What can be said of a list of words: one of them twice, two exchanged, others in each other's places."""
    wrong = [n + 1 for n in range(truth.size) if truth[n] != given[n]]
    right = [n + 1 for n in range(truth.size) if truth[n] == given[n]]
    missing = [repr(str(word)) for word in truth if word not in given]
    if len(set(truth.tolist())) < truth.size or set(given.tolist()) - set(truth.tolist()):
        return (
            None,
            f"{len(wrong)} of {truth.size} are not right.",
        )  # words that may stand in several places, or in none
    if missing:
        return "a word twice", f"Each word belongs in one place, and {' and '.join(missing)} in none of yours."
    if not right:
        return (
            "none in its place",
            f"None of the {truth.size} is in its place: begin with the one that stands out most.",
        )
    if len(wrong) == 2:
        return "exchanged", f"Two are exchanged: number {' and '.join(map(str, wrong))}."
    verb = "is" if len(right) == 1 else "are"
    return "in each other's places", f"Number {' and '.join(map(str, right))} {verb} right; the others are exchanged."


FACTORS = {
    "the thousand between Hz and kHz, or s and ms": 1000.0,
    "2π, as between hertz and radians per second": 2 * np.pi,
    "180/π, as between degrees and radians": 180 / np.pi,
    "a 2 too many or too few": 2.0,
    "a 10 too many or too few": 10.0,
    "a hundred, as between a part of 1 and per cent": 100.0,
}
PEAK = {"√2, as between the peak of a sine and its RMS": np.sqrt(2)}
SIZES = (
    "",
    "dB",
    "times",
)  # how the units begin of what has a peak, an RMS and a level: a frequency or a count has none
DIGITS = 0.01  # to two digits at least


def wrong_number(exercise: Exercise, truth: np.ndarray, given: np.ndarray) -> tuple[str | None, str]:
    """The first way in which one mistake makes the number, or all of them, that came."""
    spec = exercise.spec
    truth, given = truth.astype(float), given.real.astype(float)
    found = way(exercise, truth, given)
    if found or not truth.ndim:
        return found or (None, f"Too {'large' if given > truth else 'small'}.")
    wrong = np.array([not same_value(spec, *pair) for pair in zip(truth, given, strict=True)])
    which = f"Number {', '.join(str(n + 1) for n in np.flatnonzero(wrong))} of {len(truth)} is not right."
    name, sentence = way(exercise, truth[wrong], given[wrong]) or (None, "")
    return name, f"{which} {sentence}".strip()


def has_size(spec: Value) -> bool:
    return spec.unit.partition(" ")[0] in SIZES


def way(exercise: Exercise, truth: np.ndarray, given: np.ndarray) -> tuple[str, str] | None:
    """The first mistake that makes what came of what is true, to two digits at least; of counts, exactly."""
    are_counts = bool((truth == np.round(truth)).all() and (given == np.round(given)).all())
    spec = replace(exercise.spec, tolerance=1e-9 if are_counts else min(exercise.spec.tolerance, DIGITS))
    for name, made, sentence in ways(exercise.task, exercise.spec, truth, given):
        is_made = made.shape == given.shape and np.isfinite(made).all()
        if is_made and same_value(spec, made, given) and not same_value(exercise.spec, truth, made):
            return name, sentence
    return None


def ways(task: str, spec: Value, truth: np.ndarray, given: np.ndarray) -> Iterator[tuple[str, np.ndarray, str]]:
    """What a mistake would have made of the true value, its name, and what is said of it."""
    yield "sign", -truth, "The size is right, the sign is not."
    yield from counted(task, truth, given)
    with np.errstate(all="ignore"):
        for words, factor in (FACTORS | (PEAK if has_size(spec) else {})).items():
            for ratio in (factor, 1 / factor):
                yield "scale", truth * ratio, f"It is about {ratio:.4g} times the right value: {words}?"
        yield (
            "upside down",
            1 / truth,
            "It is about one over the right value: which of the two is divided by the other?",
        )
        for base in (10, 20):
            if "dB" in spec.unit:
                yield "decibels", 10 ** (truth / base), "It may be a ratio, and its level in dB is asked."
            elif has_size(spec):
                yield "decibels", base * np.log10(truth), "It may be a level in dB, and the ratio itself is asked."
        for whole in (1.0, 100.0):
            if (0 < truth).all() and (truth < whole).all():
                yield (
                    "the rest",
                    whole - truth,
                    f"It is about {whole:g} less the right value: is it the part that is left over?",
                )
    if truth.ndim and truth.size <= 6:
        for order in itertools.permutations(range(truth.size)):
            yield "order", truth[list(order)], "The values are right, and stand in another order than is asked."
    if not np.array_equal(np.round(truth), truth):
        yield (
            "rounded",
            np.where(given == np.round(given), np.round(truth), np.nan),
            "That is the right value, rounded: give more digits.",
        )


def counted(task: str, truth: np.ndarray, given: np.ndarray) -> Iterator[tuple[str, np.ndarray, str]]:
    """Whole numbers that are counted from elsewhere: from 1, from the other end, round the whole count."""
    if not (truth == np.round(truth)).all() or not (given == np.round(given)).all():
        return
    if np.abs(truth).min() >= 10:  # a small number is soon one away from another
        yield "off by one", truth + 1, "One too many: is the first one counted as 0, and does the last one count?"
        yield "off by one", truth - 1, "One too few: is the first one counted as 1, and does the last one count?"
    for n in numbers_in(task):
        words = f"{n:,.0f}"
        if (given < 0).any():
            yield (
                "counted from the end",
                truth - n,
                f"A negative number counts from the end: count from 0, so add {words}.",
            )
        yield (
            "a round too few",
            truth - n,
            f"It is {words} too small, a number that the task names: count from 0, so add it.",
        )
        yield "a round too many", truth + n, f"It is {words} too large, a number that the task names: take it away."
        yield "counted from the end", n - truth, f"Counted from the other end of {words}: count from 0 upwards."
        yield (
            "counted from the end",
            n - 1 - truth,
            f"Counted from the other end of {words}, from 0: count from the start.",
        )


def numbers_in(task: str) -> list[float]:
    """The whole numbers above 1 that a task names, in its own units and in those without kilo."""
    found = [
        (float(digits.replace(",", "")), kilo) for digits, kilo in re.findall(r"(\d[\d,]*(?:\.\d+)?)\s*(k?)", task)
    ]
    values = [value * (1000 if kilo else 1) for value, kilo in found] + [value for value, _ in found]
    return sorted({value for value in values if value > 1 and value == round(value)})
