"""General mistakes, seen by comparing what was expected with what came.

A diagnoser receives the trials of one answer and returns the sentence that names the mistake, or
None. It speaks only if its mistake explains *every* trial that failed.
"""

from collections.abc import Callable

import numpy as np

from .compare import Trial, close, is_number, parts, text

TOLERANCE = 1e-4  # a mistake that explains the numbers explains them to four digits


def failed(trials: list[Trial]) -> list[Trial]:
    return [trial for trial in trials if not trial.right]


def explains(trials: list[Trial], undo: Callable[[np.ndarray, Trial], list[np.ndarray]]) -> bool:
    """Does one of the mistakes ``undo(expected, trial)`` turn what was expected into what came, in all failed trials?

    Each mistake is a place in the list that ``undo`` returns, the same one for all trials.
    """
    still_possible = None
    for trial in failed(trials):
        pair = trial.pair
        if pair is None:
            return False
        with np.errstate(all="ignore"):
            made = undo(pair[0], trial)
        here = {n for n, array in enumerate(made) if array is not None and close(array, pair[1], TOLERANCE)}
        still_possible = here if still_possible is None else still_possible & here
    return bool(still_possible)


# ------------------------------------------------------------------------------ how the answer behaves


def input_changed(trials):
    changed = [trial.changed for trial in trials if trial.changed]
    if changed:
        return (
            f"It changes its argument {changed[0]} in place, and the caller's data with it: "
            "work on a copy, as in np.array(x)."
        )
    return None


def nothing_returned(trials):
    if all(trial.error is None and trial.got is None for trial in trials):
        return "It returns None: the last line of the function needs a return."
    return None


def batch_axis(trials):
    """Everything along one axis is right, everything with a leading axis wrong, and nothing else sets them apart."""
    batches = [trial for trial in trials if trial.signal is not None and trial.signal.ndim > 1]
    singles = [trial for trial in trials if trial.signal is not None and trial.signal.ndim == 1]
    options = [text(list(trial.case.options.items())) for trial in singles]

    def is_for_the_axis(trial):
        pair = trial.pair
        has_shape = pair is not None and pair[0].shape == pair[1].shape
        return not has_shape or text(list(trial.case.options.items())) in options

    if batches and singles and all(t.right for t in singles) and not any(t.right for t in batches):
        if all(map(is_for_the_axis, batches)):
            return (
                "It is right for one signal and not for a batch of them: the leading axes must stay, "
                "so work along axis=-1 and index with x[..., n]."
            )
    return None


def not_a_number(trials):
    """Whatever failed holds NaN or infinity where a number is expected."""

    def has_none(trial):
        pair = trial.pair
        return pair is not None and np.isfinite(pair[0]).all() and not np.isfinite(pair[1]).all()

    if failed(trials) and all(map(has_none, failed(trials))):
        where = failed(trials)[0].case.says
        return f"It gives NaN or infinity for {where}: look for a division by 0 or the logarithm of 0 there."
    return None


# ------------------------------------------------------------------------------ what the numbers say


def conjugate(trials):
    if explains(trials, lambda expected, _: [expected.conj()] if expected.dtype.kind == "c" else []):
        return "It is the complex conjugate of the right answer: the phasor turns the other way, e^(+i…) for e^(−i…)."
    return None


def sign(trials):
    if explains(trials, lambda expected, _: [-expected.astype(complex if expected.dtype.kind == "c" else float)]):
        return "Every value has the wrong sign: look for a difference taken the other way round."
    return None


def transpose(trials):
    def swapped(expected, _):
        return [expected.swapaxes(-1, -2)] if expected.ndim >= 2 else []

    if explains(trials, swapped):
        return "Rows and columns are exchanged: the values are right, in the transpose of the shape that is asked."
    return None


def shift_by_one(trials):
    """Everything one place too early or too late; what lies at the ends does not matter."""

    def shifted(trial, step):
        pair = trial.pair
        if pair is None or pair[0].ndim == 0 or pair[0].shape[-1] < 3:
            return False
        expected, got = pair
        if abs(expected.shape[-1] - got.shape[-1]) > 1 or expected.shape[:-1] != got.shape[:-1]:
            return False
        length = min(expected.shape[-1], got.shape[-1]) - 1
        early, late = (expected, got) if step > 0 else (got, expected)
        if not np.ptp(np.abs(early[..., :length]), axis=-1).all():
            return False  # a constant looks the same anywhere
        return close(early[..., :length], late[..., 1 : length + 1], TOLERANCE)

    long = [t for t in failed(trials) if t.pair is not None and t.pair[0].ndim and t.pair[0].shape[-1] >= 3]
    for step, words in ((1, "one place too late"), (-1, "one place too early")):
        if long and len(long) >= len(failed(trials)) - 1 and all(shifted(trial, step) for trial in long):
            return f"Every value stands {words}: does the count start at 0 or at 1?"
    return None


def length_of(trial) -> int | None:
    for name in ("n_fft", "n_points", "length"):
        if name in trial.case.options:
            return trial.case.options[name]
    return None if trial.signal is None else trial.signal.shape[-1]


def unit_ratios(trial) -> dict[str, float]:
    rate, n = trial.case.options.get("sample_rate"), length_of(trial)
    ratios = {"2π, as between hertz and radians per second": 2 * np.pi}
    if rate:
        ratios["2π / f_s, as between hertz and radians per sample"] = 2 * np.pi / rate
        ratios["f_s, the sampling rate"] = float(rate)
        ratios["f_s / 2, the Nyquist frequency"] = rate / 2
        ratios["1000, as between Hz and kHz, or s and ms"] = 1000.0
    if rate and n:
        ratios["f_s / N, as between bins and hertz"] = rate / n
    if n:
        ratios["2π / N, as between bins and radians per sample"] = 2 * np.pi / n
    return ratios


def scale_ratios(trial) -> dict[str, float]:
    ratios = {"2": 2.0, "4": 4.0, "√2": np.sqrt(2), "10": 10.0, "1000": 1000.0}
    n = length_of(trial)
    if n and n > 1:
        ratios = {f"N = {n}, the length": float(n), f"√N, N = {n} the length": np.sqrt(n)} | ratios
        ratios |= {f"N/2, N = {n} the length": n / 2, f"N − 1, N = {n} the length": n - 1.0}
    return ratios


def constant_ratio(trial) -> float | None:
    """got / expected where that is the same for all values that are not 0."""
    pair = trial.pair
    if pair is None or pair[0].shape != pair[1].shape or pair[0].size == 0:
        return None
    expected, got = pair[0].astype(complex), pair[1].astype(complex)
    energy = (np.abs(expected) ** 2).sum()
    if not np.isfinite(energy) or energy == 0 or not np.isfinite(got).all():
        return None
    ratio = (expected.conj() * got).sum() / energy
    alike = close(expected * ratio, got, TOLERANCE)
    return float(ratio.real) if alike and abs(ratio.imag) <= 1e-6 * abs(ratio) and ratio.real > 0 else None


def named_ratio(trials, ratios) -> tuple[str, bool] | None:
    """The first of the named ratios that all failed trials share, and whether the answer is too large by it."""
    found = [(constant_ratio(trial), list(ratios(trial).items())) for trial in failed(trials)]
    if not found or any(ratio is None for ratio, _ in found):
        return None
    for place, (name, _) in enumerate(found[0][1]):
        for power in (1, -1):
            if all(len(r) > place and np.isclose(ratio, r[place][1] ** power, rtol=1e-3) for ratio, r in found):
                return name, power == 1
    return None


def other_way(way: str) -> str:
    return {"multiplied": "divided", "divided": "multiplied"}[way]


def hertz_radians_bins(trials):
    found = named_ratio(trials, unit_ratios)
    if found:
        way = "multiplied" if found[1] else "divided"
        return f"Every value is {way} once too often by {found[0]}, or {other_way(way)} once too seldom."
    return None


def scale(trials):
    ratios = [constant_ratio(trial) for trial in failed(trials)]
    if not ratios or any(ratio is None or np.isclose(ratio, 1, rtol=1e-3) for ratio in ratios):
        return None
    found = named_ratio(trials, scale_ratios)
    if found:
        name, too_large = found
        return (
            f"Every value is {name} times too {'large' if too_large else 'small'}: a factor is missing or twice there."
        )
    sizes = [trial.pair[0].size for trial in failed(trials)]
    if np.allclose(ratios, ratios[0], rtol=1e-3):
        words = f"Every value is {ratios[0]:.4g} times the right one: the shape is right, the scale is not."
        return words if sum(sizes) > 1 else None  # any single number is some factor away from any other
    if min(sizes) == 1:
        return None
    shown = f"{ratios[0]:.4g} times in one case, {ratios[-1]:.4g} times in another"
    return f"The shape is right in every case, the scale is not: {shown}. What does the factor depend on?"


def amplitude_power_db(trials):
    """Magnitude for power, decibels for neither, 10 log for 20 log."""

    def made(expected, _):
        if expected.dtype.kind == "c":
            return [np.abs(expected), np.abs(expected) ** 2]
        size = np.abs(expected)
        return [size**2, np.sqrt(size), 2 * expected, expected / 2] + [
            array for k in (10, 20) for array in (k * np.log10(size), 10 ** (expected / k))
        ]

    words = "power and amplitude, or dB of one and of the other: 10 log₁₀ is for powers, 20 log₁₀ for amplitudes."
    for place in range(8):
        only = lambda expected, trial, place=place: made(expected, trial)[place : place + 1]  # noqa: E731
        is_factor = place in (2, 3) and all(t.pair is None or t.pair[0].min() >= 0 for t in failed(trials))
        if not is_factor and explains(trials, only):
            return f"The values are those of the right answer after a step too many or too few between {words}"
    return None


def offset(trials):
    differences, n_values = [], 0
    for trial in failed(trials):
        pair = trial.pair
        if pair is None or pair[0].shape != pair[1].shape or not np.isfinite(pair[1]).all():
            return None
        difference = pair[1].astype(complex) - pair[0]
        if not close(np.full(pair[0].shape, difference.mean()), difference, TOLERANCE):
            return None
        differences.append(difference.mean())
        n_values += difference.size
    if n_values > 1 and np.allclose(differences, differences[0], rtol=1e-3):  # any number is so much from any other
        return (
            f"Every value is off by the same amount, {differences[0].real:+.4g}: something is added or left out once."
        )
    return None


def window_period(trials):
    """The symmetric window where the periodic one is asked, or the other way round: alone or as a factor."""
    from ..dft import WINDOWS, window

    def exchanged(expected, _):
        n = expected.shape[-1] if expected.ndim else 0
        if n < 4:
            return []
        made = []
        for name in WINDOWS[1:]:
            periodic, symmetric = window(name, n), window(name, n, periodic=False)
            for old, new in ((periodic, symmetric), (symmetric, periodic)):
                ratio = np.divide(new, old, out=np.zeros(n), where=np.abs(old) > 1e-9)
                made.append(np.where(np.abs(old) > 1e-9, expected * ratio, new if np.ndim(expected) == 1 else 0))
        return made

    if explains(trials, exchanged):
        return (
            "The window is symmetric where a periodic one is asked, or the other way round: "
            "the period of a periodic window is N, that of a symmetric one N − 1."
        )
    return None


def integer_division(trials):
    def cut(expected, _):
        return [np.floor(expected), np.trunc(expected)] if expected.dtype.kind == "f" else []

    if explains(trials, cut):
        return "The digits after the point are cut off: // divides whole numbers, and int(…) cuts; use / and floats."
    return None


def wrong_dtype(trials):
    for trial in failed(trials):
        if trial.error is not None or trial.got is None:
            continue
        if trial.wrong_dtype:
            pairs = parts(trial.expected, trial.got)
            asked, came = next((e.dtype, g.dtype) for e, g in pairs if g.dtype != e.dtype)
            words = "whole numbers are" if asked.kind in "iu" and came.kind not in "iu" else f"{asked} is"
            return f"The values are right, the dtype is not: {words} asked, {came} came."
        for expected, got in parts(trial.expected, trial.got) or []:
            if is_number(expected) and not is_number(got):
                return f"Numbers are asked, and it returns dtype {got.dtype}: {text(trial.got)[:60]}."
            if expected.dtype.kind == "c" and got.dtype.kind != "c" and close(expected.real, got, TOLERANCE):
                return "Only the real part is there: the result needs a complex dtype, or the imaginary part is lost."
    return None


DIAGNOSERS = {
    "in-place modification": input_changed,
    "no return": nothing_returned,
    "transpose": transpose,
    "missing batch axis": batch_axis,
    "not a number": not_a_number,
    "wrong dtype": wrong_dtype,
    "conjugate": conjugate,
    "sign": sign,
    "integer division": integer_division,
    "symmetric or periodic window": window_period,
    "hertz, radians or bins": hertz_radians_bins,
    "amplitude, power or dB": amplitude_power_db,
    "scale": scale,
    "offset": offset,
    "shift by one": shift_by_one,
}


def diagnose(trials: list[Trial]) -> tuple[str, str] | None:
    """The first general mistake that explains what came, by name and in a sentence."""
    for name, diagnoser in DIAGNOSERS.items():
        sentence = diagnoser(trials)
        if sentence:
            return name, sentence
    return None
