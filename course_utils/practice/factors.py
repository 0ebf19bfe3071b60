"""Mistakes of a factor or a term: the result is so many times the right one, or so much more."""

from collections.abc import Iterator

import numpy as np

from .compare import Trial, as_array, close, differs
from .listed import ENOUGH_BITS, bits_of
from .steps import TOLERANCE, failed

MEAN_OR_SUM = {
    True: "a sum where a mean is asked, or 1/{0} missing",
    False: "a mean where a sum is asked, or 1/{0} twice",
}
LOGARITHMS = {
    "ln 10, as between ln and log₁₀": np.log(10),
    "ln 2, as between ln and log₂": np.log(2),
    "log₂ 10, as between log₂ and log₁₀": np.log2(10),
    "ln 10 / 20, as between ln and 20 log₁₀": np.log(10) / 20,
    "ln 10 / 10, as between ln and 10 log₁₀": np.log(10) / 10,
}
COUNTS = {"N": "the length of the last axis", "M": "the number of rows", "N·M": "the number of all values"}


def constant_ratio(trial: Trial) -> float | None:
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


def shared_ratio(trials: list[Trial]) -> float | None:
    """The ratio of the first case that failed, where it explains several of the values that failed."""
    ratios = [(constant_ratio(trial), trial) for trial in failed(trials)]
    if not ratios or ratios[0][0] is None:
        return None
    alike = [t for ratio, t in ratios if ratio is not None and np.isclose(ratio, ratios[0][0], rtol=1e-4)]
    return ratios[0][0] if sum(n_told(trial) for trial in alike) > 1 else None


def n_told(trial: Trial) -> int:
    """How many values of a case tell a factor: those that are not 0, each once."""
    expected = trial.pair[0]
    return np.unique(expected[expected != 0]).size


def whole_options(trial: Trial) -> Iterator[tuple[str, int]]:
    """The whole numbers among the named arguments, such as n_fft."""
    for name, value in trial.case.options.items():
        if isinstance(value, (int, np.integer)) and not isinstance(value, bool) and value > 1:
            yield name, int(value)


def lengths(trial: Trial) -> dict[str, int]:
    """What a count could have been taken from: options, and the axes of the signal."""
    found = dict(whole_options(trial))
    found.pop("sample_rate", None)
    signal = trial.signal
    if signal is not None and signal.ndim:
        last = {"N": signal.shape[-1]} if signal.ndim == 1 else {"N": signal.shape[-1], "M": signal.shape[-2]}
        found = last | {"N·M": signal.size} | found
    for argument in trial.case.arguments:
        if isinstance(argument, (int, np.integer)) and not isinstance(argument, bool) and "N" not in found:
            found["N"] = int(argument)
    return {name: n for name, n in found.items() if n > 1}


def unit_ratios(trial: Trial) -> dict[str, float]:
    rate = trial.case.options.get("sample_rate")
    n = next(
        iter(
            {
                name: trial.case.options[name] for name in ("n_fft", "n_points", "length") if name in trial.case.options
            }.values()
        ),
        None,
    )
    n = n or lengths(trial).get("N")
    ratios = {"2π, as between hertz and radians per second": 2 * np.pi}
    ratios["180/π, as between degrees and radians"] = 180 / np.pi
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


def scale_ratios(trial: Trial) -> dict[str, float]:
    """Factors that depend on a length come first: they are told from a constant by cases of several lengths."""
    ratios = {}
    for name, n in lengths(trial).items():
        ratios |= {name: float(n), f"√{name}": np.sqrt(n), f"{name}/2": n / 2, f"{name} − 1": n - 1.0}
        ratios |= {
            f"{name}/({name} − 1)": n / (n - 1),
            f"√({name}/({name} − 1))": np.sqrt(n / (n - 1)),
            f"{name} + 1": n + 1.0,
        }
    return ratios


PLAIN_RATIOS = {
    "2": 2.0,
    "4": 4.0,
    "√2": np.sqrt(2),
    "10": 10.0,
    "100": 100.0,
    "1000": 1000.0,
    "π": np.pi,
    "4π²": 4 * np.pi**2,
}


def named_ratio(trials: list[Trial], ratios) -> tuple[str, bool] | None:
    """The first of the named ratios that all failed trials share, and whether the answer is too large by it."""
    found = [(constant_ratio(trial), ratios(trial)) for trial in failed(trials)]
    if not found or any(ratio is None for ratio, _ in found):
        return None
    for name in found[0][1]:
        for power in (1, -1):
            if all(name in named and np.isclose(ratio, named[name] ** power, rtol=1e-4) for ratio, named in found):
                return name, power == 1
    return None


def known(trials: list[Trial], n_free: int) -> bool:
    """Does more agree than chance and ``n_free`` numbers that were chosen to fit explain?"""
    off = [t.pair[1][differs(*t.pair, min(t.spec.tolerance, 10 * TOLERANCE))] for t in failed(trials)]
    n_known = sum(np.unique(values).size for values in off)
    return n_known > n_free and sum(map(bits_of, off)) * (1 - n_free / n_known) >= ENOUGH_BITS


def hertz_radians_bins(trials: list[Trial]) -> str | None:
    found = named_ratio(trials, unit_ratios)
    if found and known(trials, 0):
        ways = ("multiplied", "divided") if found[1] else ("divided", "multiplied")
        return f"Every value is {ways[0]} once too often by {found[0]}, or {ways[1]} once too seldom."
    return None


def other_logarithm(trials: list[Trial]) -> str | None:
    found = named_ratio(trials, lambda _: LOGARITHMS)
    if found and known(trials, 0):
        return f"Every value is too {'large' if found[1] else 'small'} by the factor {found[0]}."
    return None


def scale(trials: list[Trial]) -> str | None:
    ratios = [constant_ratio(trial) for trial in failed(trials)]
    if not ratios or any(ratio is None or np.isclose(ratio, 1, rtol=1e-3) for ratio in ratios):
        return None
    return same_scale(trials, ratios[0]) if np.allclose(ratios, ratios[0], rtol=1e-3) else None


def scale_of_each(trials: list[Trial]) -> str | None:
    """A factor in every case, and not the same one."""
    ratios = [constant_ratio(trial) for trial in failed(trials)]
    if not ratios or None in ratios or np.allclose(ratios, ratios[0], rtol=1e-3):
        return None
    found = named_ratio(trials, scale_ratios)
    if found and known(trials, 0):
        return length_sentence(*found, lengths(failed(trials)[0])[base_name(found[0])], "in the first of these cases")
    n_free = sum(n_told(trial) < 2 for trial in failed(trials))  # a single number is some factor from any other
    if len(ratios) - n_free < 2 or not known(trials, len(ratios)):
        return None
    shown = f"{min(ratios):.4g} times the right one in one case, {max(ratios):.4g} times in another"
    return f"Where it is wrong, the shape is right and the scale is not: {shown}. What does the factor depend on?"


def base_name(name: str) -> str:
    """The count in the name of a ratio: N of √N, N/2 or N/(N − 1)."""
    return name.replace("√", "").lstrip("(").partition("/")[0].partition(" − ")[0].partition(" + ")[0]


def length_sentence(name: str, too_large: bool, count: int, where: str) -> str:
    base = base_name(name)
    now = f"{base} = {count} is {COUNTS[base]} {where}" if base in COUNTS else f"{base} = {count} {where}"
    words = f"Every value is {name} times too {'large' if too_large else 'small'} ({now}): "
    if name == base:
        return f"{words}{MEAN_OR_SUM[too_large].format(name)}?"
    if "− 1)" in name:
        return f"{words}is a sum divided by one count where the other is asked, as with ddof?"
    return f"{words}is a factor missing, or twice there?"


def same_scale(trials: list[Trial], ratio: float) -> str | None:
    """One factor in all cases. That it is a length of theirs, too, is said and not concluded."""
    plain = named_ratio(trials, lambda _: PLAIN_RATIOS)
    length = named_ratio(trials, scale_ratios)
    if not known(trials, 0 if plain or length else 1):
        return None
    if length and not plain:
        return length_sentence(*length, lengths(failed(trials)[0])[base_name(length[0])], "here")
    if plain:
        name, too_large = plain
        aside = f" (which is {length[0]} here, too)" if length else ""
        words = f"Every value is {name} times too {'large' if too_large else 'small'}{aside}"
        return f"{words}: is a factor missing, or twice there?"
    return f"Every value is {ratio:.4g} times the right one: the shape is right, the scale is not."


def offset(trials: list[Trial]) -> str | None:
    differences = []
    for trial in failed(trials):
        pair = trial.pair
        if pair is None or pair[0].shape != pair[1].shape or not np.isfinite(pair[1]).all():
            return None
        difference = pair[1].astype(complex) - pair[0]
        if not difference.size or not close(np.full(pair[0].shape, difference.mean()), difference, TOLERANCE):
            return None
        differences.append(difference.mean())
    if not differences or not known(trials, 1) or not np.allclose(differences, differences[0], rtol=1e-3):
        return None  # any number is so much from any other
    return f"Every value is off by the same amount, {differences[0].real:+.4g}: is something added, or left out?"


def straight_line(trials: list[Trial]) -> str | None:
    """One factor and one term for all: values of another unit, logarithms of another base under an offset."""
    pairs = [trial.pair for trial in failed(trials)]
    if not pairs or any(
        p is None or p[0].shape != p[1].shape or "c" in (p[0].dtype.kind, p[1].dtype.kind) for p in pairs
    ):
        return None
    x, y = (np.concatenate([pair[n].ravel() for pair in pairs]).astype(float) for n in (0, 1))
    if np.unique(x).size < 4 or not np.isfinite(x).all() or not np.isfinite(y).all() or not np.ptp(y):
        return None
    factor = ((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum()
    term = y.mean() - factor * x.mean()
    if not np.isfinite(term) or not close(factor * x + term, y, TOLERANCE) or np.isclose(factor, 1, rtol=1e-3):
        return None
    if abs(term) <= TOLERANCE * np.abs(y).max():
        return None  # a factor alone
    return f"Every value is {factor:.4g} times the right one, {'plus' if term > 0 else 'minus'} {abs(term):.4g}."


DTYPES = {"2³²": 32, "2¹⁶": 16, "2⁸": 8}
PERIODS = {"2π": 2 * np.pi, "π": np.pi, "360": 360.0, "2³²": 2.0**32, "2¹⁶": 2.0**16, "2⁸": 2.0**8}


def periods(trial: Trial) -> dict[str, float]:
    """The angles of turns; and the counts of a dtype of whole numbers, where there is one of so many bits."""
    arrays = [as_array(value) for value in (*trial.case.arguments, trial.got)]
    bits = {8 * array.dtype.itemsize for array in arrays if array.dtype.kind in "iu"}
    return {name: period for name, period in PERIODS.items() if name not in DTYPES or DTYPES[name] in bits}


def whole_turns(trials: list[Trial]) -> str | None:
    """Right but for whole periods: phases, or integers that ran over."""
    bits: dict[str, float] | None = None
    for trial in failed(trials):
        if trial.wrong_values is None or trial.pair[0].dtype.kind == "c" or not np.isfinite(trial.pair[1]).all():
            return None
        off = (trial.pair[1].astype(float) - trial.pair[0])[trial.wrong_values]
        named = periods(trial) | {name: float(n) for name, n in whole_options(trial)}
        size = np.abs(trial.pair[0]).max(initial=1.0)
        here = {name: turn_bits(off, period, TOLERANCE * max(1.0, size / period)) for name, period in named.items()}
        here = {name: more for name, more in here.items() if more}
        bits = here if bits is None else {name: bits[name] + more for name, more in here.items() if name in bits}
    found = [name for name, enough in (bits or {}).items() if enough >= ENOUGH_BITS]
    if not found:
        return None
    if found[0] in DTYPES:
        return f"The wrong values are off by multiples of {found[0]}: whole numbers ran over the ends of their dtype."
    return f"The wrong values are off by whole multiples of {found[0]} and by nothing else."


def turn_bits(off: np.ndarray, period: float, room: float) -> float:
    """How little chance it is that all these are whole periods, up to ``room`` of one; 0 where they are not."""
    turns = off / period
    is_whole = (
        (np.abs(turns - np.round(turns)) <= room).all() and np.any(np.round(turns)) and (np.abs(turns) < 1000).all()
    )
    each = -np.log2(2 * room) if room < 0.05 else 0.0
    if period not in PERIODS.values() and (off == off.round()).all():
        each = min(each, np.log2(period))  # one whole number in so many is a multiple
    return float(each * np.unique(turns.round(6)).size) if is_whole else 0.0
