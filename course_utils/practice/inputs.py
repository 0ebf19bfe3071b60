"""Mistakes about what goes in: what came is right for other arguments than those that were passed.

An option that is left out, arguments exchanged, an axis that is not the one asked, padding that is counted. The
definition is asked what would be right for these others, and must give what came in every case that failed.
"""

import contextlib
import copy
import inspect
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .compare import Trial, as_array, close, is_number, parts, text
from .steps import ENOUGH_BITS, TOLERANCE, failed, nearer, news

USUAL = {"sample_rate": (22_050, 16_000, 44_100, 48_000), "n_fft": (2048, 1024, 512), "hop_length": (512, 256)}
USUAL |= {"n_mels": (128, 80, 40), "f_min": (0,)}
LEAST = 2  # cases that say something
FIXED = "In each wrong case the result is that for"
LIMIT_S = 1.0  # of processor time: a definition is a slow loop
Passed = dict[str, Any]  # the arguments of a call, by name


def passed(trial: Trial) -> Passed:
    """The arguments of a case by their names in the definition, its defaults among them."""
    bound = inspect.signature(trial.spec.expected).bind(*trial.case.arguments, **trial.case.options)
    bound.apply_defaults()
    return bound.arguments


def call(definition: Callable, arguments: Passed) -> Any:
    bound = inspect.BoundArguments(inspect.signature(definition), copy.deepcopy(arguments))
    return definition(*bound.args, **bound.kwargs)


def other_input(trials: list[Trial]) -> str | None:
    """The first other input that explains all that failed, in a sentence. One case may agree by chance: of a batch
    of one clip, its length squared counts all of its padding. Of an option the cases that are right tell as well."""
    wrong = sorted(failed(trials), key=lambda trial: as_array(trial.expected).size)
    if not wrong or any(trial.spec.expected is None or trial.error is not None or trial.got is None for trial in wrong):
        return None
    is_one = sum(trial.pair is not None and news(*trial.pair) > 0 for trial in wrong) < LEAST
    with contextlib.suppress(TimeoutError), limited(LIMIT_S):
        for sentence, change in hypotheses(trials):
            if is_one and not (sentence.startswith(FIXED) and leaves_the_right(trials, change)):
                continue
            if sum_of_bits(wrong, change) >= ENOUGH_BITS:
                said, colon, _ = sentence.partition(": ")
                return f"{said}." if colon and not leaves_the_right(trials, change) else sentence
    return None


@contextlib.contextmanager
def limited(seconds: float):
    """Raise TimeoutError after so much processor time, where the system can: a definition may be slow, or never end."""

    def stop(*_):
        raise TimeoutError

    can = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGVTALRM, stop) if can else None
    try:
        if can:
            signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
        yield
    finally:
        if can:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            signal.signal(signal.SIGVTALRM, before)


def leaves_the_right(trials: list[Trial], change: Callable[[Passed], Passed]) -> bool:
    """Does another input leave the cases that are right as they are? Else it is not what the answer always takes."""
    for trial in trials:
        if trial.right:
            try:
                pairs = parts(call(trial.spec.expected, change(dict(passed(trial)))), trial.expected)
            except TimeoutError:
                raise
            except Exception:  # the definition takes no such arguments
                return False
            if pairs is None or not all(close(one, other, TOLERANCE) for one, other in pairs):
                return False
    return True


def sum_of_bits(wrong: list[Trial], change: Callable[[Passed], Passed]) -> float:
    """How much agrees between what came and what is right for the changed arguments; 0 where something does not."""
    bits = 0.0
    for trial in wrong:
        try:
            with np.errstate(all="ignore"):
                made = call(trial.spec.expected, change(dict(passed(trial))))
        except TimeoutError:
            raise
        except Exception:  # the definition takes no such arguments
            return 0.0
        pairs = parts(made, trial.got)
        if pairs is None or not all(close(one, other, TOLERANCE) for one, other in pairs) or trial.pair is None:
            return 0.0
        if len(pairs) == 1 and not nearer(trial, pairs[0][1], pairs[0][0]):
            return 0.0
        bits += news(*trial.pair)
    return bits


def hypotheses(trials: list[Trial]) -> Iterator[tuple[str, Callable[[Passed], Passed]]]:
    """What an answer may have taken for its input: a sentence, and the change of the arguments that tries it."""
    arguments = [passed(trial) for trial in trials]
    for name in arguments[0]:
        values = [one[name] for one in arguments]
        if all(isinstance(value, (np.ndarray, list)) and is_number(as_array(value)) for value in values):
            is_signal = trials[0].signal is not None and values[0] is trials[0].case.arguments[0]
            yield from changed_arrays(name, as_array(values[0]), is_signal)
            yield from centred_frames(name, arguments)
        elif all(isinstance(value, (int, float, str, bool, np.number, type(None))) for value in values):
            default = inspect.signature(trials[0].spec.expected).parameters[name].default
            yield from fixed_options(name, values, default)
            if all(isinstance(value, (int, float, np.number)) and not isinstance(value, bool) for value in values):
                yield from changed_numbers(name, values)
    yield from exchanged(arguments[0])


def with_value(name: str, change: Callable) -> Callable[[Passed], Passed]:
    return lambda arguments: arguments | {name: change(arguments[name])}


def fixed_options(name: str, values: list, default: Any):
    """One value, whatever is passed: the default's, one of the others, or what libraries take unasked."""
    tried = [*([] if default is inspect.Parameter.empty else [default]), *USUAL.get(name, ())]
    for value in tried + values:
        if len(set(map(str, [*values, *tried]))) > 1:
            sentence = f"{FIXED} {name}={text(value)}: what becomes of `{name}`?"
            yield sentence, with_value(name, lambda _, value=value: value)


def changed_numbers(name: str, values: list):
    if all(isinstance(value, (int, np.integer)) for value in values):  # never 0 or below, for which no loop is made
        changes = {
            "one larger": lambda v: v + 1,
            "one smaller": lambda v: max(v - 1, 1),
            "twice as large": lambda v: 2 * v,
        }
        changes["half as large"] = lambda v: max(v // 2, 1)
    else:
        changes = {"twice as large": lambda v: 2 * v, "half as large": lambda v: v / 2, "negated": lambda v: -v}
    for words, change in changes.items():
        yield f"What came is right with `{name}` {words}: where does it enter?", with_value(name, change)


def exchanged(arguments: Passed):
    names = list(arguments)
    for n, one in enumerate(names):
        for other in names[n + 1 :]:
            swap = lambda a, one=one, other=other: a | {one: a[other], other: a[one]}  # noqa: E731
            yield f"What came is right with `{one}` and `{other}` exchanged: which one comes first?", swap


def with_zero(x: np.ndarray, place: tuple) -> np.ndarray:
    x = x.copy()
    x[place] = 0
    return x


ARRAYS = {
    "reversed": lambda x: x[..., ::-1],
    "negated": lambda x: -x,
    "replaced by its absolute value": np.abs,
    "squared": np.square,
    "less its mean": lambda x: x - x.mean(-1, keepdims=True),
    "scaled to a peak of 1": lambda x: x / np.abs(x).max(),
    "cut to whole numbers": np.trunc,
    "short of its last value": lambda x: x[..., :-1],
    "short of its first value": lambda x: x[..., 1:],
    "and a 0 for its last value: does a sum end one too soon?": lambda x: with_zero(x, (..., -1)),
    "and a 0 for its first value: does a sum begin one too late?": lambda x: with_zero(x, (..., 0)),
    "lengthened by a zero": lambda x: np.concatenate([x, np.zeros_like(x[..., :1])], -1),
    "moved on by one place, round the corner": lambda x: np.roll(x, 1, -1),
    "moved back by one place, round the corner": lambda x: np.roll(x, -1, -1),
    "all ones: is it left out?": np.ones_like,
    "all zeros: is it left out?": np.zeros_like,
}
ROWS = {  # counted along the last axis but one
    "and zeros for its last row: does a sum end one too soon?": lambda x: with_zero(x, (..., -1, slice(None))),
    "and zeros for its first row: does a sum begin one too late?": lambda x: with_zero(x, (..., 0, slice(None))),
}
TABLES = {
    "transposed: which axis is worked along?": lambda x: x.swapaxes(-1, -2),
    "laid out as one long row": lambda x: x.reshape(-1),
    "cut to its first row": lambda x: x[:1] if x.ndim == 2 else x[0],
}
MASKS = {
    "inverted": np.logical_not,
    "all True: is it left out?": np.ones_like,
    "all False: is it left out?": np.zeros_like,
}


def changed_arrays(name: str, first: np.ndarray, is_signal: bool):
    """Of the signal itself nobody asks whether it is left out: what does not change with it may come of much else."""
    changes = MASKS if first.dtype == bool else ARRAYS
    if first.dtype.kind == "c":
        changes = {"conjugated": np.conj, "cut to its real part": np.real} | ARRAYS
    for words, change in (TABLES | changes | ROWS).items():
        words = words.removesuffix(": is it left out?") if is_signal else words
        sentence = f"What came is right with `{name}` {words}"
        yield (
            sentence if words.endswith("?") else f"{sentence}.",
            with_value(name, lambda x, change=change: change(as_array(x))),
        )
    if first.dtype.kind in "iu":
        yield from counted_padding(name)


PADDED = {"edge": "the values at the ends, repeated", "constant": "zeros"}
PADDED |= {"reflect": "mirrored values", "symmetric": "mirrored values, those at the ends twice"}
FRAMES = ("frame_length", "n_fft", "win_length", "window_length", "n_window")


def centred_frames(name: str, arguments: list[Passed]):
    """Half a frame put before the first value and behind the last, as libraries do unasked (center=True)."""
    length = next((option for option in FRAMES if all(isinstance(one.get(option), int) for one in arguments)), None)
    for mode, words in PADDED.items():

        def longer(arguments, mode=mode):
            x, half = as_array(arguments[name]), arguments[length] // 2
            return arguments | {name: np.pad(x, [(0, 0)] * (x.ndim - 1) + [(half, half)], mode=mode)}

        if length:
            yield (
                f"Half a frame is padded on either side of `{name}` ({words}), as with center=True: frame 0 is to "
                "begin with the first value.",
                longer,
            )


def counted_padding(name: str):
    """Lengths taken for those of the padded array: the axes of the first argument that are long enough."""
    for axis in (-1, -2, 1, 0):

        def full(arguments, axis=axis):
            table = as_array(next(value for key, value in arguments.items() if key != name))
            lengths = as_array(arguments[name])
            if lengths.max() > table.shape[axis]:
                raise ValueError("shorter than its lengths")
            return arguments | {name: np.full_like(lengths, table.shape[axis])}

        yield f"The padding is counted: what came is right with the whole length for each of `{name}`.", full
