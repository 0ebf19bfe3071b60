"""Mistakes of one step: what was expected, put through a step too many, is what came; or what came lacks a step.

A kind of mistake gives, for what was expected in a trial, the arrays that its members would have made of it, by what
distinguishes them. A member counts only if it explains every trial that failed, and if so much agrees that chance is
excluded.
"""

from collections.abc import Callable

import numpy as np

from ..dft import WINDOWS, window
from .compare import Trial, close, differs
from .listed import ENOUGH_BITS, bits_of

TOLERANCE = 1e-4  # a mistake that explains the numbers explains them to four digits
NEAR = 0.05  # and leaves of the error less than this part: of large numbers with small changes four digits say nothing

Made = dict[str, np.ndarray]


def failed(trials: list[Trial]) -> list[Trial]:
    return [trial for trial in trials if not trial.right]


def explains(trials: list[Trial], made: Callable[[np.ndarray, Trial], Made], too_few: bool = False) -> str | None:
    """The member that makes what came of what was expected, in all failed trials; ``too_few``: the other way round."""
    bits: dict[str, float] | None = None
    for trial in failed(trials):
        if trial.pair is None:
            return None
        here = {}
        start, end = trial.pair[::-1] if too_few else trial.pair
        with np.errstate(all="ignore"):
            for name, array in made(start, trial).items():
                if close(end, array, TOLERANCE) and nearer(trial, end, array):
                    here[name] = news(start, end)
        bits = here if bits is None else {name: bits[name] + more for name, more in here.items() if name in bits}
    found = [name for name, enough in (bits or {}).items() if enough >= ENOUGH_BITS]
    return found[0] if found else None


def nearer(trial: Trial, end: np.ndarray, made: np.ndarray) -> bool:
    """Does a mistake leave only a small part of the error where the answer is wrong?"""
    wrong = trial.wrong_values
    if wrong is None or not end.shape == made.shape == wrong.shape:
        return True
    expected, got = (array[wrong].astype(complex) for array in trial.pair)
    there = np.isfinite(expected) & np.isfinite(got)
    apart, off = np.abs(end[wrong].astype(complex) - made[wrong])[there], np.abs(expected - got)[there]
    return bool(apart.max(initial=0) <= NEAR * off.max(initial=0))


def news(start: np.ndarray, end: np.ndarray) -> float:
    """The bits of what a step changed: what looks the same before and after says nothing."""
    if start.shape != end.shape:
        return bits_of(end)
    return bits_of(end[differs(start, end, 10 * TOLERANCE)])


def is_real(array: np.ndarray) -> bool:
    return array.dtype.kind != "c"


# -------------------------------------------------------------------------------------- the steps


def conjugated(y, _):
    return {} if is_real(y) else {"": y.conj()}


def negated(y, _):
    return {"": -y.astype(float if is_real(y) else complex)}


def transposed(y, _):
    return {"": y.swapaxes(-1, -2)} if y.ndim >= 2 else {}


def moved_axes(y, _):
    """Other orders of three axes and more than the exchange of the last two."""
    if not 3 <= y.ndim <= 4:
        return {}
    orders = list(np.ndindex(*[y.ndim] * y.ndim))
    return {str(order): y.transpose(order) for order in orders if sorted(order) == list(range(y.ndim)) != list(order)}


def reversed_order(y, _):
    return {f"axis {axis}": np.flip(y, axis) for axis in (-1, -2) if y.ndim >= -axis}


def rotated(y, _):
    """The halves of a spectrum exchanged; of three values and fewer it would be any exchange."""
    return {"": np.fft.fftshift(y, -1), "back": np.fft.ifftshift(y, -1)} if y.ndim and y.shape[-1] > 3 else {}


def accumulated(y, _):
    return {f"axis {axis}": np.cumsum(y, axis) for axis in (-1, -2) if y.ndim >= -axis}


def without_sign(y, _):
    return {"": np.abs(y)} if is_real(y) else {}


def cut(y, _):
    whole = (np.floor, np.trunc, np.ceil, np.round)
    return {step.__name__: step(y) for step in whole} if y.dtype.kind == "f" else {}


def put_in_order(y, _):
    return {"up": np.sort(y, -1), "down": -np.sort(-y, -1)} if is_real(y) and y.dtype != bool and y.ndim else {}


def turned_over(y, _):
    return {"1 / y": 1 / y.astype(complex)} | ({"1 − y": 1 - y.astype(float)} if is_real(y) else {})


def logarithms(y, _):
    """A logarithm, of any base, or its inverse."""
    if not is_real(y):
        return {}
    y = y.astype(float)
    taken = {"ln": np.log(y), "log₂": np.log2(y), "log₁₀": np.log10(y), "ln(1 + …)": np.log1p(y)}
    return taken | {"exp": np.exp(y), "exp(…) − 1": np.expm1(y), "a power of 2": 2**y, "a power of 10": 10**y}


def turned_by_i(y, _):
    return {"i": 1j * y, "−i": -1j * y}


def part_lost(y, _):
    return {} if is_real(y) else {"real": y.real, "imaginary": y.imag}


def level(y: np.ndarray, axis: int | None, step: Callable) -> np.ndarray:
    return step(y, axis=axis, keepdims=True)


SIZES = {
    "largest magnitude is 1": lambda y, **o: np.abs(y).max(**o),
    "sum is 1": lambda y, **o: y.sum(**o),
    "RMS is 1": lambda y, **o: np.sqrt((np.abs(y) ** 2).mean(**o)),
    "sum of squares is 1": lambda y, **o: np.sqrt((np.abs(y) ** 2).sum(**o)),
}


AXES = {-1: "", -2: " in each column", None: " over all"}


def normalised(y, _):
    """Divided by a size of its own, along an axis or altogether."""
    axes = [axis for axis in AXES if axis is None or y.ndim >= -axis] if y.size > 1 and y.ndim else []
    return {f"{name}{AXES[axis]}": y / level(y, axis, size) for axis in axes for name, size in SIZES.items()}


def centred(y, _):
    if y.size < 2 or not y.ndim:
        return {}
    return {
        "its mean": y - level(y, -1, np.mean),
        "the mean of all": y - y.mean(),
        "its first value": y - y[..., :1],
    }


def amplitude_power_db(y, _):
    """Magnitude for power, decibels for neither, 10 log for 20 log."""
    if not is_real(y):
        return {"the magnitude": np.abs(y), "the squared magnitude": np.abs(y) ** 2}
    size, y = np.abs(y), y.astype(float)
    made = {"the square": size**2, "the square root": np.sqrt(size)}
    made |= {f"{k} log₁₀": k * np.log10(size) for k in (10, 20)}
    return made | {f"a power, 10 to the y/{k},": 10 ** (y / k) for k in (10, 20)}


def other_window(y, _):
    """The symmetric window where the periodic one is asked, or the other way round: alone or as a factor."""
    n, made = y.shape[-1] if y.ndim else 0, {}
    for name in WINDOWS[1:] if n > 3 else ():
        periodic, symmetric = window(name, n), window(name, n, periodic=False)
        for way, old, new in (("symmetric", periodic, symmetric), ("periodic", symmetric, periodic)):
            ratio = np.divide(new, old, out=np.zeros(n), where=np.abs(old) > 1e-9)
            made[f"{name}, {way}"] = np.where(np.abs(old) > 1e-9, y * ratio, new if y.ndim == 1 else 0)
    return made


# What is said of a step: too many, and too few where that can be told from it.
STEPS: dict[str, tuple[Callable, str, str]] = {
    "conjugate": (
        conjugated,
        "It is the complex conjugate of the right answer: does a phasor turn the other way, or is a conjugate missing, "
        "or one too many?",
        "",
    ),
    "sign": (negated, "Every value has the wrong sign: is a difference taken the other way round?", ""),
    "transpose": (
        transposed,
        "Rows and columns are exchanged: the values are right, in the transpose of the shape that is asked.",
        "",
    ),
    "axes": (moved_axes, "The values are right, and the axes stand in another order than is asked.", ""),
    "reversed order": (reversed_order, "The right values stand in reversed order along {}.", ""),
    "halves exchanged": (
        rotated,
        "The two halves of the last axis are exchanged, as fftshift and ifftshift do.",
        "",
    ),
    "part lost": (
        part_lost,
        "Only the {} part of the right result is there.",
        "",
    ),
    "factor i": (turned_by_i, "Every value is turned by a quarter: it is {} times the right one.", ""),
    "integer division": (
        cut,
        "The digits after the point are lost: // and int(…) round down or towards 0, round(…) to the nearest.",
        "Whole numbers are asked: they are what np.{} makes of these.",
    ),
    "symmetric or periodic window": (
        other_window,
        "The window is symmetric where a periodic one is asked, or the other way round: "
        "the period of a periodic window is N, that of a symmetric one N − 1.",
        "",
    ),
    "absolute value": (
        without_sign,
        "The sizes are right and the signs are lost: is an absolute value taken that is not asked?",
        "The sizes are right and some signs are not: is an absolute value missing?",
    ),
    "order": (
        put_in_order,
        "The right values are sorted by size, and their own order is asked.",
        "The values are right and their order is not: in the right result they go {}, along the last axis.",
    ),
    "amplitude, power or dB": (
        amplitude_power_db,
        "What came is {} of the right value y: is it amplitude, power or level in dB that is asked?",
        "",
    ),
    "logarithm": (
        logarithms,
        "What came is the right answer after one step too many, {}: leave it out, or undo it.",
        "",
    ),
    "one over": (turned_over, "What came is {} where y is the right value: which one is subtracted or divided?", ""),
    "running sum": (
        accumulated,
        "The values are the running sum of the right ones along {}: is there a cumsum, or a sum that goes on?",
        "What is asked is the running sum of these values along {}: add each one to all before it.",
    ),
    "normalised": (
        normalised,
        "The result is scaled so that its {}: that is not asked.",
        "The result is right up to a factor: of what is asked here, the {}.",
    ),
    "mean": (
        centred,
        "What came is the right result less {}, which must stay.",
        "What is asked is this result less {}.",
    ),
}


def step_sentence(name: str, trials: list[Trial]) -> str | None:
    """What is to be said if a step of this kind explains all that failed."""
    made, too_many, too_few = STEPS[name]
    for sentence, other_way in ((too_many, False), (too_few, True)):
        member = explains(trials, made, other_way) if sentence else None
        if member is not None:
            said = sentence.format(member)
            return said[0].upper() + said[1:]
    return None
