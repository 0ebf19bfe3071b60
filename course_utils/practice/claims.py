"""What is said of an answer in general is tried on more cases first, and said only if it holds there as well."""

import contextlib
import dis
import inspect
import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from . import compare
from .cases import quantities, quoted, varied, with_signal
from .compare import Trial, close, parts
from .inputs import passed
from .model import Case
from .steps import failed

LENGTHS = (3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 16, 20, 32)
LIMIT_S = 1.5  # of processor time, for all that is tried
N_BASES = 3  # cases that fail, and as many that are right, from which others are made
LEAST = 3  # cases of either kind before a rule is said
SIGNAL = "the length of the signal"
Retry = Callable[[Case], Trial]


def with_number(trial: Trial, name: str, value: float) -> Case:
    """The case with another number, or with a signal of another length."""
    if name == SIGNAL:

        def cut(x):
            return np.take(x, np.arange(int(value)) % x.shape[-1], axis=-1)

        changed = with_signal(trial.case, cut)
        return varied(changed) if value > trial.signal.shape[-1] else changed
    kind = type(passed(trial)[name.strip("`")])
    return with_argument(trial, name.strip("`"), kind(value))


def with_argument(trial: Trial, name: str, value) -> Case:
    """The case with another value of one argument."""
    bound = inspect.signature(trial.spec.expected).bind(*trial.case.arguments, **trial.case.options)
    bound.arguments[name] = value
    return replace(trial.case, arguments=bound.args, options=bound.kwargs, gives=None)


def whole_numbers(trial: Trial) -> dict[str, int]:
    return {name: int(n) for name, n in quantities(trial).items() if n == round(n) and n > 0 and "rate" not in name}


def others(trial: Trial) -> Iterator[tuple[str, float]]:
    """Other numbers for one quantity of a case at a time: from small ones to such as stand in a relation to another."""
    numbers = quantities(trial)
    rate, count = numbers.get("`sample_rate`"), numbers.get("`n_fft`", numbers.get(SIGNAL))
    for name, n in whole_numbers(trial).items():
        near = {n - 1, n + 1, *LENGTHS}
        near |= {k * m for other, m in whole_numbers(trial).items() if other != name and m > 1 for k in (1, 2, 3)}
        yield from ((name, m) for m in sorted(near - {n}) if 3 <= m <= 4 * max(n, 16))
    for name in numbers if rate and count else ():
        if "hz" in name:
            yield from ((name, places * rate / count) for places in (1, 2, 1.3, 1.6, 2.4))


def rolled(case: Case) -> Case:
    """The case with its arrays turned on by one along the first axis: what hangs on a place stays at its place."""
    arguments = tuple(
        np.roll(value, 1, axis=0) if isinstance(value, np.ndarray) and value.ndim else value for value in case.arguments
    )
    return replace(case, arguments=arguments, gives=None)


def made_over(base: Trial) -> Iterator[Callable[[], Case]]:
    """Ways to make another case of one: its arrays turned on, and other numbers."""
    arrays = [value for value in base.case.arguments if isinstance(value, np.ndarray) and value.ndim]
    if any(np.unique(value).size > 1 for value in arrays):
        yield lambda: rolled(base.case)
    for name, value in others(base):
        yield lambda name=name, value=value: with_number(base, name, value)


def further(trials: list[Trial], retry: Retry) -> list[Trial]:
    """The cases made over with other lengths and numbers, as far as the task asks for them and the time goes."""
    bases = failed(trials)[:N_BASES] + [trial for trial in trials if trial.right and not is_plain(trial)][-N_BASES:]
    found, deadline = [], time.process_time() + LIMIT_S
    for make in filter(None, itertools.chain(*itertools.zip_longest(*map(made_over, bases)))):
        if time.process_time() > deadline:
            break
        with contextlib.suppress(Exception):  # the task asks for no such case
            trial = retry(make())
            if trial.error is None and np.isfinite(np.asarray(trial.expected, complex)).all() and not is_plain(trial):
                found.append(trial)
    return found


def is_plain(trial: Trial) -> bool:
    """Silence, a constant, a click: what is asked of it comes out right by chance."""
    return trial.signal is not None and trial.signal.size > 2 and np.unique(trial.signal).size < 3


# ------------------------------------------------------------------------------------------- rules

TRIED = "As far as it was tried, it is"


def one_number(name: str) -> dict[str, Callable]:
    def of(holds):
        return lambda numbers: holds(numbers[name])

    return {f"{name} is a power of two": of(lambda n: int(n) & (int(n) - 1) == 0)} | {
        f"{name} is a whole multiple of {k}": of(lambda n, k=k: n % k == 0) for k in (2, 3, 4, 5, 8, 10)
    }


def two_numbers(one: str, two: str) -> dict[str, Callable]:
    def is_multiple(numbers):
        ratio = numbers[one] / numbers[two] if numbers[two] else 0.5
        return abs(ratio - round(ratio)) < 1e-9

    rules = {f"{one} is a whole multiple of {two}": is_multiple}
    if one < two:
        rules[f"{one} and {two} are equal"] = lambda numbers: numbers[one] == numbers[two]
    rules[f"{one} is at most {two}"] = lambda numbers: numbers[one] <= numbers[two]
    rules[f"{one} is less than {two}"] = lambda numbers: numbers[one] < numbers[two]
    return rules


def rules_of(all_numbers: list[dict[str, float]]) -> dict[str, Callable]:
    """What may hold of the numbers of a case, in words; parities and powers only of what is counted."""
    found, numbers = {}, all_numbers[0]
    rate, count = numbers.get("`sample_rate`"), numbers.get("`n_fft`", numbers.get(SIGNAL))
    for name in numbers if rate and count else ():
        if "hz" in name:
            found[f"{name} lies on a bin"] = lambda n, name=name: is_whole(
                n[name] * n.get("`n_fft`", n.get(SIGNAL)) / n["`sample_rate`"]
            )
    names = [name for name in numbers if "rate" not in name]
    for one, two in itertools.permutations(names, 2):
        found |= two_numbers(one, two)
    for name in names:
        if all(one[name] == round(one[name]) and one[name] > 0 for one in all_numbers):
            found = one_number(name) | found
    return {f"{name} is 0": lambda n, name=name: n[name] == 0 for name in names} | found


def named_in(words: str, numbers: dict[str, float]) -> tuple[float, ...]:
    """The numbers that a rule is about."""
    return tuple(number for name, number in numbers.items() if name in words)


def is_whole(number: float) -> bool:
    return abs(number - round(number)) < 1e-9


def rule(trials: list[Trial], more: list[Trial]) -> tuple[str, str] | None:
    """Where the answer is right and where not, if one rule says so for all cases and for those that were made."""
    tried = [trial for trial in trials if trial.right is False or not is_plain(trial)] + more
    if not failed(trials) or not any(trial.right for trial in tried) or trials[0].spec.expected is None:
        return None
    numbers = [quantities(trial) for trial in tried]
    if any(set(one) != set(numbers[0]) for one in numbers):
        return None
    for words, holds in rules_of(numbers).items():
        told = [bool(holds(one)) for one in numbers]
        pairs = [
            (is_so, named_in("" if words.endswith(" is 0") and is_so else words, one) or tuple(one.items()))
            for is_so, one in zip(told, numbers, strict=True)
        ]  # each set of numbers once
        enough = min(sum(one[0] is which for one in set(pairs)) for which in (True, False)) >= LEAST
        if enough and all(is_so == trial.right for is_so, trial in zip(told, tried, strict=True)):
            case = quoted(failed(trials)[:1])
            return "a rule for the right", f"{TRIED} right where {words}, and wrong where not, as in the case {case}."
    return threshold(tried, numbers)


def threshold(tried: list[Trial], numbers: list[dict[str, float]]) -> tuple[str, str] | None:
    """Right up to a number and wrong beyond it, or the other way round, where the numbers on both sides were tried."""
    for name in numbers[0]:
        right, wrong = ([n[name] for n, t in zip(numbers, tried, strict=True) if t.right == which] for which in (1, 0))
        if "rate" in name or min(len(set(right)), len(set(wrong))) < LEAST:
            continue
        if min(wrong) - max(right) == 1:
            return "a rule for the right", f"{TRIED} right where {name} is at most {max(right):.0f}, and wrong above."
        if min(right) - max(wrong) == 1:
            return "a rule for the right", f"{TRIED} wrong where {name} is at most {max(wrong):.0f}, and right above."
    return None


# ------------------------------------------------------------------------------ an argument not used


def unused(answer: Callable, trials: list[Trial], retry: Retry) -> str | None:
    """An argument that changes what is asked and never what the answer gives."""
    bases = sorted(trials, key=lambda trial: (trial.right, -size(trial)))
    bases = [trial for trial in bases if trial.error is None and trial.got is not None][: 3 * N_BASES]
    if not bases or bases[0].right or trials[0].spec.expected is None or len(passed(bases[0])) < 2:
        return None
    deadline = time.process_time() + LIMIT_S
    for name in passed(bases[0]):
        told = filter(None, (moved(base, name, retry, n) for base in bases for n in (0, 1)))
        is_kept = []
        for before, after in told:
            is_kept.append(same(before, after))
            if not is_kept[-1] or time.process_time() > deadline:
                break
        if len(is_kept) >= 2 and all(is_kept) and time.process_time() <= deadline:
            if is_read(answer, bases[0], name):
                return f"With another `{name}` it gives the same, and what is asked is something else."
            return f"`{name}` is not used: with another one it gives the same, and what is asked is something else."
    return None


def is_read(answer: Callable, trial: Trial, name: str) -> bool:
    """Does the code read what the definition calls ``name``? True, too, where that cannot be seen."""
    code, place = getattr(answer, "__code__", None), list(passed(trial)).index(name)
    if code is None or {"locals", "eval", "exec"} & set(code.co_names):
        return True
    n_named = code.co_argcount + code.co_kwonlyargcount
    by_name = inspect.signature(trial.spec.expected).parameters[name].kind is inspect.Parameter.KEYWORD_ONLY
    is_named = by_name or name in trial.case.options
    own = name if is_named else code.co_varnames[place] if place < code.co_argcount else None
    if own not in code.co_varnames[:n_named]:
        return True  # it goes in among *arguments or **options
    for step in dis.get_instructions(code):
        names = step.argval if isinstance(step.argval, tuple) else (step.argval,)
        if own in names and step.opname not in ("STORE_FAST", "DELETE_FAST"):
            return True
    return False


def size(trial: Trial) -> int:
    """How many numbers go in."""
    return sum(np.size(value) for value in trial.case.arguments)


def moved(base: Trial, name: str, retry: Retry, n: int) -> tuple | None:
    """What the answer gives before and after one argument is changed, where that changes what is asked."""
    value = passed(base)[name]
    with contextlib.suppress(Exception):
        changed = another(value, n)
        before = retry(replace(base.case, gives=None))
        trial = retry(with_argument(base, name, changed))
        if trial.error is None and before.error is None and not same(before.expected, trial.expected):
            return before.got, trial.got
    return None


def another(value, n: int):
    """Another value of its kind."""
    if isinstance(value, (bool, np.bool_)):
        return not value
    if isinstance(value, (int, np.integer)):
        return (value + 1, 2 * value)[n]
    if isinstance(value, (float, np.floating)):
        return value * (0.9, 1.3)[n]
    array = np.asarray(value)
    if array.dtype.kind == "b":
        return (np.roll(array, 1, -1), np.flip(array, -1))[n]
    if array.dtype.kind not in "fciu" or not array.ndim:
        raise TypeError
    if array.dtype.kind in "iu":
        return (np.flip(array, -1), np.roll(array, 1, -1))[n]
    rng = np.random.default_rng(n)
    return (array * (1 + 0.2 * rng.standard_normal(array.shape)) + 0.01 * rng.standard_normal(array.shape)).astype(
        array.dtype
    )


def same(one, two) -> bool:
    pairs = parts(one, two)
    return pairs is not None and all(np.isfinite(b).all() and close(a, b, 1e-9) for a, b in pairs)


# ------------------------------------------------------------------------------------ where NaN is from

SCALES = tuple(10.0**-n for n in (1, 2, 3, 6, 12, 30, 150, 298))


def of_holes(trials: list[Trial], holes: Callable, retry: Retry) -> str | None:
    """What in the input gives NaN, found by taking it out: zeros, the size of the numbers, their sign, equal ones."""
    wrong = [trial for trial in failed(trials) if holes(trial) is not None]
    if not all(stays(trial, holes, retry) for trial in wrong):
        return None
    for words, change in CAUSES:
        if wrong and all(mends(trial, change, holes, retry) for trial in wrong):
            of_sign = change is smaller and all(mends(trial, turned_over, holes, retry) for trial in wrong)
            return (
                words.replace("there is none", "there is none, nor with all signs turned round") if of_sign else words
            )
    return None


def stays(trial: Trial, holes: Callable, retry: Retry) -> bool:
    """Are there holes, too, where only what should not matter is changed: everything 1/16 larger, or smaller?

    Zeros stay, and signs, and what is alike.
    """
    for scale in (17 / 16, 15 / 16):
        arguments = tuple(
            value * value.dtype.type(scale) if is_floats(value) else value for value in trial.case.arguments
        )
        with contextlib.suppress(Exception):
            tried = retry(replace(trial.case, arguments=arguments, gives=None))
            if tried.error is None and holes(tried) is not None:
                continue
        return False
    return True


def own_value(trials: list[Trial], retry: Retry) -> str | None:
    """The value of an argument that all failed cases have and no other has, if it decides."""
    with contextlib.suppress(Exception):  # no definition whose parameters have names
        wrong, right = [passed(t) for t in failed(trials)], [passed(t) for t in trials if t.right]
        for name, value in wrong[0].items() if len(right) > 1 else ():
            if isinstance(value, (int, float, str, np.number)) and {one[name] for one in wrong} == {value}:
                if all(one[name] != value for one in right) and decides(trials, name, retry):
                    return f"It does so where `{name}` is {compare.text(value)}, and in no other case that was tried."
    return None


def decides(trials: list[Trial], name: str, retry: Retry) -> bool:
    """Is the answer right with the values of the right cases, and wrong with that of the failed ones, where asked?"""
    wrong, right = failed(trials)[0], [trial for trial in trials if trial.right]
    own, values = passed(wrong)[name], dict.fromkeys(passed(trial)[name] for trial in right)
    tried = [(wrong, value, True) for value in values][:N_BASES] + [(trial, own, False) for trial in right][:N_BASES]
    told = []
    for trial, value, is_right in tried:
        with contextlib.suppress(Exception):  # the task asks for no such case
            told.append(retry(with_argument(trial, name, value)).right == is_right)
    return len(told) >= 2 and all(told)


def mends(trial: Trial, change: Callable, holes: Callable, retry: Retry) -> bool:
    arrays = [n for n, value in enumerate(trial.case.arguments) if is_floats(value)]
    for n in arrays:
        for changed in change(np.asarray(trial.case.arguments[n])):
            arguments = [changed if m == n else value for m, value in enumerate(trial.case.arguments)]
            with contextlib.suppress(Exception):
                tried = retry(replace(trial.case, arguments=tuple(arguments), gives=None))
                if tried.error is None and holes(tried) is None and np.isfinite(np.asarray(tried.got)).all():
                    return True
    return False


def is_floats(value) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind in "fc" and value.size > 0


def without_zeros(x):
    if (x == 0).any() and not (x == 0).all():
        yield np.where(x == 0, 1e-3 * np.abs(x).max(), x)


def not_silent(x):
    if not x.any():
        yield np.random.default_rng(1).uniform(0.5, 1, x.shape)


def unequal(x):
    if x.size > 1:
        yield x + np.abs(x).max() * np.random.default_rng(1).uniform(0.01, 0.1, x.shape)


def smaller(x):
    if np.abs(x).max() > 50:
        yield from (x * scale for scale in SCALES if np.abs(x).max() * scale < 50)


def turned_over(x):
    if x.dtype.kind == "f" and (x != 0).any():
        yield -x


def larger(x):
    if 0 < np.abs(x).max() < 1e-3:
        yield x / np.abs(x).max()


def positive(x):
    if x.dtype.kind == "f" and (x < 0).any():
        yield np.abs(x)


CAUSES = (
    (
        "It comes of silence: with other numbers than 0 there is none. It may be divided by a size of theirs.",
        not_silent,
    ),
    (
        "It comes of the size of the numbers: with smaller ones there is none. An exponential or a power may become "
        "infinite, or all of them 0.",
        smaller,
    ),
    (
        "It comes of numbers that are too small: with larger ones there is none. A product or a power may become 0.",
        larger,
    ),
    (
        "It comes of the zeros in the input: with other numbers in their place there is none. It may be 0/0, "
        "a division by 0 or the logarithm of 0.",
        without_zeros,
    ),
    (
        "It comes of the negative numbers in the input: with positive ones there is none. It may be a root, "
        "a logarithm or a power of one.",
        positive,
    ),
    (
        "It comes of values that are alike: with unlike ones there is none. It may be divided by a difference or a "
        "spread of them.",
        unequal,
    ),
)
