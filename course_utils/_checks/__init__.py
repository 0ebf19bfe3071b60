"""Input checks: the only place where the wording of an input error is written.

Each function returns the value it was given, as an array or a number ready for use, or raises
``ValueError``/``TypeError`` with one sentence: name, rule, value received, way out.

Here stands what several modules use; what one module words stands in the file of its name, which a module imports as
``from ._checks import mel as _checks`` and which brings what stands here.
"""

import math
import os
import reprlib
import sys
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from numbers import Integral
from pathlib import Path

import numpy as np

from .digits import beside, exactly, plain, rounded_up, told_apart
from .foreign import as_code, nothing_masked, plain_tensor

LARGEST_COUNT = 2**28  # samples: 2 GB in float64, 1.7 hours at 44.1 kHz


LARGEST_TABLE = 2**26  # values of a matrix: 512 MB in float64


LARGEST_RATE = 192_000  # Hz: above it encoders refuse, and one of libsndfile's crashes


LARGEST_PEAK = 1e10  # of a signal, nominally ±1: 32-bit integers read as they are, and squares that float32 can add up


SILENT_POWER = 1e-40  # re full scale: float32 can be scaled up from here, and from little below


LARGEST_BIN = 1e30  # of a spectrogram: a power of such a signal, with room for sums in float32


ALWAYS_FITS = 2**28  # bytes: below it nobody asks how much memory is free


class NotInstalledError(ImportError):
    """An optional part of the course is used, and the package that it stands on is not there."""


def installed(package: str, part: str, extra: str) -> None:
    """A package that comes with one of the extras in pyproject.toml."""
    if find_spec(package) is None:
        raise NotInstalledError(
            f"{part} needs {package}, which a plain install leaves out: "
            f'install it with pip install "course-utils[{extra}]"',
            name=package,
        )


def _show(value) -> str:
    """The value received, on one line and short enough for a sentence."""
    return " ".join(reprlib.repr(value).split())


# ------------------------------------------------------------------------------------------ arrays


def _as_array(x, name: str) -> np.ndarray:
    """What numpy makes of x, where nothing is lost on the way: no mask, no gradient."""
    if type(x) is np.ndarray:
        return x
    kinds = set(map(type, x)) if isinstance(x, list | tuple) else {type(x)}
    if any(issubclass(kind, np.ma.MaskedArray) for kind in kinds):
        nothing_masked(x, name)
    if "torch" in sys.modules and any(issubclass(kind, sys.modules["torch"].Tensor) for kind in kinds):
        for tensor in x if isinstance(x, list | tuple) else [x]:
            plain_tensor(tensor, name)
    try:
        return np.asarray(x)
    except ValueError:
        raise TypeError(f"{name} must be a table of numbers, got rows of different lengths: pad or part them") from None
    except (TypeError, RuntimeError, AttributeError) as error:
        why = str(error).partition("\n")[0].rstrip(".")
        raise TypeError(
            f"{name} must be an array, got a {type(x).__name__} that numpy cannot read ({why}): convert it"
        ) from None


def _numbers(x, name: str) -> np.ndarray:
    x = _as_array(x, name)
    if x.dtype.kind not in "iufc":
        raise TypeError(f"{name} must hold numbers, got dtype {x.dtype}: pass a numeric array")
    return x


def _largest(x: np.ndarray) -> float:
    """The largest magnitude, of complex numbers that of their parts. Not finite where any value is not."""
    with np.errstate(over="ignore", invalid="ignore"):
        if x.dtype.kind == "c":  # the parts side by side
            x = x.ravel(order="K").view(x.real.dtype)
        highest, lowest = float(x.max()), float(x.min())
    return max(highest, -lowest) if highest == highest else highest


def array(
    x,
    name: str = "x",
    *,
    real: bool = False,
    scalar: bool = False,
    one_axis: bool = False,
    largest: float | None = None,
) -> np.ndarray:
    """Numbers along the last axis: not empty, finite, float32/float64 or complex64/complex128."""
    x = _numbers(x, name)
    if one_axis and x.ndim != 1:
        raise ValueError(f"{name} must have one axis, got shape {x.shape}: pass a list or one row of the array")
    if x.ndim == 0 and not scalar:
        raise ValueError(f"{name} must have at least one axis, got the single number {x}: pass a list or an array")
    if x.size == 0:
        raise ValueError(f"{name} must not be empty, got shape {x.shape}: pass at least one sample")
    if real and x.dtype.kind == "c":
        raise TypeError(
            f"{name} must be real, got {x.dtype}: pass {as_code(name)}.real or the magnitude abs({as_code(name)})"
        )
    if x.dtype not in (np.float32, np.float64, np.complex64, np.complex128):
        with np.errstate(over="ignore"):  # of long double: it is not finite then
            x = x.astype(np.complex128 if x.dtype.kind == "c" else np.float64)
    peak = _largest(x)
    n_bad = 0 if math.isfinite(peak) else x.size - np.count_nonzero(np.isfinite(x))
    if n_bad:
        raise ValueError(
            f"{name} must be finite, got {n_bad} NaN or infinite values of {x.size}: "
            f"find them with np.argwhere(~np.isfinite({as_code(name)}))"
        )
    if largest is not None and peak > largest:
        raise ValueError(
            f"{name} must lie within ±{largest:g}, got a peak of {told_apart(peak, largest)[0]}: "
            "divide it by its full scale"
        )
    return x


def power_of_two_above(x: np.ndarray, axis: int | None = None) -> np.ndarray:
    """What an array is divided by, without rounding, where squares of very small numbers would be 0; 1 for silence."""
    peak = np.abs(x).max(axis=axis, keepdims=axis is not None)
    return np.ldexp(1.0, np.frexp(peak)[1]).astype(x.dtype)


def time_last(shape: tuple, name: str, *, most_channels: int = 8) -> None:
    """A shape (…, time), and not (time, channels): many rows of a few samples are taken for the latter."""
    if len(shape) < 2 or not 1 <= shape[-1] <= most_channels or shape[-2] < 16 * shape[-1]:
        return
    turned = f"{name}.T" if len(shape) == 2 else f"{name}.swapaxes(-1, -2)"
    column = f"{name}[:, 0]" if len(shape) == 2 else f"{name}[..., 0]"
    raise ValueError(
        f"{name} must have time as its last axis, got shape {tuple(shape)}: this looks like (time, channels), "
        f"pass {column if shape[-1] == 1 else turned}"
    )


def signal(x, name: str = "signal", *, mono: bool = False, largest: float | None = LARGEST_PEAK) -> np.ndarray:
    """A real signal ``(…, time)`` in floating point, nominally within ±1."""
    x = _numbers(x, name)
    if x.dtype.kind in "iu":
        zero = " - 1" if x.dtype.kind == "u" else ""  # unsigned codes have their zero halfway up
        divisor = f"{2 ** (8 * x.dtype.itemsize - 1)}{zero}"
        raise TypeError(
            f"{name} must be floating point, nominally within ±1, got integer PCM of dtype {x.dtype}: "
            f"convert it with {name} / {divisor}, or read the file with course_utils.audio.load"
        )
    x = array(x, name, real=True, largest=largest)
    time_last(x.shape, name)
    if mono and x.ndim != 1:
        raise ValueError(
            f"{name} must be mono with shape (time,), got shape {x.shape}: "
            f"take one channel with {as_code(name)}[0] or the mean with {as_code(name)}.mean(axis=0)"
        )
    return x


def spectrum(x, name: str = "spectrum", *, real: bool = False) -> np.ndarray:
    """A spectrogram ``(…, freq, time)``."""
    x = array(x, name, real=real, largest=LARGEST_BIN)
    if x.ndim < 2:
        raise ValueError(f"{name} must have the axes (…, freq, time), got shape {x.shape}: pass the output of stft")
    return x


def non_negative(x, name: str) -> np.ndarray:
    """An array of magnitudes or powers."""
    x = array(x, name, real=True, scalar=True)
    if x.min() < 0:
        raise ValueError(
            f"{name} must not be negative, got {x.min():.6g}: pass a magnitude or a power, no signal, no dB"
        )
    return x


def positive(x, name: str) -> np.ndarray:
    """A list of numbers above zero."""
    x = array(x, name, real=True, one_axis=True)
    if x.min() <= 0:
        raise ValueError(f"{name} must be above 0, got {x.min():.6g}: leave that entry out or correct it")
    return x


def sum_not_zero(x: np.ndarray, name: str) -> np.ndarray:
    """Numbers whose sum can be a reference."""
    if abs(x.sum()) <= np.finfo(x.dtype).eps * np.abs(x).sum():
        rounding = ", which is 0 but for rounding" if x.sum() else ""
        raise ValueError(
            f"{name} must not add up to 0, got {x.sum():.2g}{rounding}: levels are relative to the sum, change {name}"
        )
    return x


def count(value, name: str, *, minimum: int = 1, maximum: int = LARGEST_COUNT) -> int:
    """A whole number within the limits."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name} must be a whole number, got {_show(value)}: pass an int")
    if value < minimum:
        raise ValueError(f"{name} must be at least {minimum}, got {_show(value)}: raise {name}")
    if value > maximum:
        raise ValueError(f"{name} must be at most {maximum}, got {_show(value)}: lower {name}")
    return int(value)


def _is_finite(value) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # an int beyond the largest float
        return False


def number(
    value, name: str, *, above: float | None = None, at_least: float | None = None, at_most: float | None = None
) -> float:
    """A finite real number within the limits given."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        raise TypeError(f"{name} must be a number, got {_show(value)}: pass an int or a float")
    limits = [(above, "above", lambda v, b: v > b), (at_least, "at least", lambda v, b: v >= b)]
    limits += [(at_most, "at most", lambda v, b: v <= b)]
    if not _is_finite(value):
        raise ValueError(f"{name} must be finite, got {_show(value)}: pass an ordinary number")
    for bound, words, holds in limits:
        with np.errstate(over="ignore"):  # where a number of 16 bits is compared with a larger one
            is_within = bound is None or holds(value, bound)
        if not is_within:
            raise ValueError(f"{name} must be {words} {exactly(bound)}, got {beside(value, bound)}: change {name}")
    return plain(value) + 0  # of −0.0 it makes 0


def switch(value, name: str) -> bool:
    """Yes or no, and no word for it: whatever is not empty counts as True, "False" as well."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be True or False, got {_show(value)}: pass a bool")
    return bool(value)


def sample_rate(value) -> float:
    """A sampling rate in Hz."""
    return number(value, "sample_rate", above=0, at_least=1e-12, at_most=1e12)


def frequency(value_hz, rate: float, name: str = "frequency_hz") -> float:
    """A frequency that ``rate`` can carry: from 0 to the Nyquist frequency."""
    value_hz = number(value_hz, name, at_least=0)
    if value_hz > rate / 2:
        raise ValueError(
            f"{name}={beside(value_hz, rate / 2)} lies above the Nyquist frequency {exactly(rate / 2)} Hz and would "
            f"alias: lower {name} or raise sample_rate={exactly(rate)}"
        )
    return value_hz


def n_samples(duration_s, rate: float, name: str = "duration_s") -> int:
    """The whole number of samples in a duration, at least one."""
    duration_s = number(duration_s, name, above=0)
    rate = sample_rate(rate)
    n = float(duration_s) * rate
    if n > LARGEST_COUNT:
        raise ValueError(
            f"{name}={duration_s:g} must hold at most {LARGEST_COUNT} samples, "
            f"got {beside(n, LARGEST_COUNT, digits=3)} at sample_rate={rate:g}: make it shorter"
        )
    fits_memory(32 * n, f"{name}={duration_s:g} at sample_rate={rate:g}", "make it shorter")  # and three in between
    if round(n) < 1:
        raise ValueError(
            f"{name}={duration_s:g} must hold a sample at sample_rate={rate:g}, got none: use at least {1 / rate:g} s"
        )
    return round(n)


def interval(value, name: str, check: Callable) -> tuple:
    """A range (low, high) from which something is drawn; ``check(bound, name)`` looks at each end."""
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise TypeError(f"{name} must be a range (low, high), got {_show(value)}: write two numbers, low first")
    low, high = (check(bound, f"a bound of {name}") for bound in value)
    if low > high:
        raise ValueError(f"{name} must be a range (low, high), got {_show(value)}: swap its bounds")
    return low, high


def free_bytes() -> float:
    """How much more memory this process may take: what the system has left, or the limits of this process."""
    free = [16 * 2**30]  # where nothing is known
    if sys.platform == "linux":
        files = {"/proc/meminfo": "MemAvailable:", "/proc/self/status": "VmSize:"}
        found = {}
        for file, word in files.items():
            lines = Path(file).read_text().splitlines()
            found[word] = next((1024 * int(line.split()[1]) for line in lines if line.startswith(word)), 0)
        free = [found["MemAvailable:"] or free[0]]
        import resource

        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        free += [limit - found["VmSize:"]] if limit != resource.RLIM_INFINITY else []
        group = Path("/sys/fs/cgroup")  # a container's limit
        try:
            free.append(int((group / "memory.max").read_text()) - int((group / "memory.current").read_text()))
        except (OSError, ValueError):  # no such file, or "max"
            pass
    elif hasattr(os, "sysconf"):
        free = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    return max(0, min(free))


def fits_memory(n_bytes: float, what: str, way_out: str) -> None:
    """Something that is about to be made, in a memory that can hold it."""
    if n_bytes > ALWAYS_FITS and n_bytes > (free := free_bytes()):
        raise ValueError(
            f"{what} needs {n_bytes / 1e9:,.3g} GB of memory, which exceeds what is free, got {free / 1e9:,.3g} GB: "
            f"{way_out}"
        )


def generator(rng) -> np.random.Generator:
    """A random generator that the caller owns and has seeded."""
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng must be a numpy.random.Generator, got {_show(rng)}: pass numpy.random.default_rng(seed)")
    return rng


def reference(ref, values: np.ndarray):
    """What 0 dB is: a number, or a function that finds it in the values."""
    if not callable(ref):
        return ref
    try:
        return ref(values)
    except Exception as error:
        name, why = getattr(ref, "__name__", _show(ref)), " ".join(str(error).split()).partition(". ")[0].rstrip(".")
        raise TypeError(
            f"ref must be a number, or a function that gives one for an array of shape {values.shape}, got {name}, "
            f"which fails ({type(error).__name__}: {why}): pass numpy.max for the largest value"
        ) from None


def choice(value, name: str, options: Sequence) -> str:
    """One of the names in ``options``."""
    if not isinstance(value, str) or value not in options:
        known = ", ".join(map(repr, options))
        raise ValueError(f"{name} must be one of {known}, got {_show(value)}: choose one of them")
    return value


def same_length(signals: Sequence, names: Sequence[str]) -> None:
    """Versions of one sound, which run in step."""
    if not signals:
        raise ValueError("signal must hold at least one version, got none: pass an array or a dict of arrays")
    for signal, name in zip(signals, names, strict=True):
        if len(signal) != len(signals[0]):
            raise ValueError(
                f"versions must have the same length, got {len(signals[0])} samples of {names[0]!r} and {len(signal)} "
                f"of {name!r}: cut or pad them"
            )


def span(value, name: str, end: float) -> list[float]:
    """Two moments, the earlier first, within a sound; or nothing."""
    ends = list(value)
    if not ends:
        return ends
    if len(ends) != 2 or not 0 <= number(ends[0], name) < number(ends[1], name) <= end:
        raise ValueError(
            f"{name} must be [] or two moments 0 ≤ a < b ≤ {exactly(end)} in s, got {_show(value)}: change {name}"
        )
    return [float(moment) for moment in ends]


def lasts(n_time: int, least_s: float, rate: float) -> None:
    """A sound that fills the piece that is cut from it."""
    if n_time < round(least_s * rate):
        raise ValueError(
            f"signal must last at least {exactly(least_s)} s, got {n_time} samples at {exactly(rate)} Hz: pass more"
        )


def same_shape(a: np.ndarray, b: np.ndarray, names: str) -> None:
    """Two arrays that are compared sample by sample."""
    if a.shape != b.shape:
        raise ValueError(f"{names} must have the same shape, got {a.shape} and {b.shape}: trim or pad one of them")


def fits_signal(frame_length: int, n_time: int, name: str = "n_fft") -> None:
    """A frame no longer than the signal that it is cut from."""
    if frame_length > n_time:
        raise ValueError(
            f"{name}={frame_length} exceeds the signal length {n_time}: zero-pad the signal or lower {name}"
        )


def window_fits(win_length: int, n_fft: int) -> None:
    """A window no longer than the transform that it is padded to."""
    if win_length > n_fft:
        raise ValueError(f"win_length={win_length} exceeds n_fft={n_fft}: lower win_length or raise n_fft")


def bins_match(n_bins: int, n_fft: int) -> None:
    """A one-sided spectrum that belongs to a transform of ``n_fft`` points."""
    if n_bins != n_fft // 2 + 1:
        raise ValueError(
            f"n_fft={n_fft} needs {n_fft // 2 + 1} one-sided bins, got {n_bins} along axis -2: "
            "pass the n_fft of the analysis, and the spectrum as (…, freq, time)"
        )


def not_silent(power: np.ndarray, name: str) -> np.ndarray:
    """A power that a ratio can be taken of: not 0, nor what a decay leaves 400 dB below full scale."""
    if np.any(power <= SILENT_POWER):
        raise ValueError(
            f"{name} must not be silent, got a power of {float(np.min(power)):.2g}: a ratio in dB needs a signal"
        )
    return power


def within_full_scale(x: np.ndarray, name: str = "signal") -> np.ndarray:
    """A signal that does not clip."""
    peak = _largest(x)
    if peak > 1:
        raise ValueError(f"{name} must lie within ±1, got a peak of {rounded_up(peak)}: scale it down by that factor")
    return x


def channels_first(signal: np.ndarray) -> np.ndarray:
    """A sound that a file can hold, as (channels, time)."""
    if signal.ndim > 2:
        raise ValueError(f"signal must have shape (time,) or (channels, time), got {signal.shape}: write it in parts")
    return np.atleast_2d(signal)


def words(text, name: str) -> str:
    """A description that says something."""
    if not isinstance(text, str) or len(text.split()) < 2:
        raise ValueError(f"{name} must say in words what is heard or seen, got {_show(text)}: write a short sentence")
    return text


def cutoff(value_hz, rate: float, name: str = "frequency_hz") -> float:
    """A corner that a filter at ``rate`` can have: between 0 and the Nyquist frequency, neither included."""
    value_hz = number(value_hz, name)
    if not 0 < value_hz < rate / 2:
        raise ValueError(
            f"{name}={beside(value_hz, 0, rate / 2)} must lie between 0 and the Nyquist frequency "
            f"{exactly(rate / 2)} Hz, both excluded: "
            "there is nothing to keep or to remove beyond them, change it or leave the filter out"
        )
    return value_hz


def effect(step, known: dict) -> tuple:
    """A step of an effect chain, parted into name, option (or None) and as many numbers as that effect takes."""
    if not isinstance(step, tuple | list) or not step:
        raise TypeError(f'an effect must be a tuple such as ("gain", -3), got {_show(step)}: write a name and numbers')
    name = choice(step[0], "the name of an effect", tuple(known))
    fewest, most, usage, options = known[name][1:]
    option, numbers = None, step[1:]
    if options and numbers and isinstance(numbers[0], str):
        option, numbers = choice(numbers[0], f"the option of {name}", options), numbers[1:]
    if not fewest <= len(numbers) <= most:
        expected = f"{fewest} to {most} numbers" if fewest < most else f"{fewest} number"
        raise ValueError(f"{name} must have {expected}, got {len(numbers)}: write ({usage})")
    return name, option, numbers


def something_left(n_samples: int, effect: str) -> None:
    """An effect that leaves at least one sample."""
    if n_samples < 1:
        raise ValueError(f"{effect} must leave at least one sample, got none: change its times")


def features(x, name: str, first_axis: str) -> np.ndarray:
    """Real features over time, such as (…, mel, time)."""
    x = array(x, name, real=True)
    if x.ndim < 2:
        raise ValueError(
            f"{name} must have the axes (…, {first_axis}, time), got shape {x.shape}: "
            f"pass one frame as {as_code(name)}[:, np.newaxis]"
        )
    return x


def no_more(n_few: int, n_many: int, few: str, many: str) -> None:
    """A count that another one limits."""
    if n_few > n_many:
        raise ValueError(f"{few}={n_few} exceeds {many}={n_many}: lower {few} or raise {many}")


def odd(value: int, name: str) -> None:
    """A number of frames with one in the middle."""
    if value % 2 == 0:
        raise ValueError(
            f"{name} must be odd, so that a frame stands in the middle, got {value}: take {value - 1} or {value + 1}"
        )


def choice_or_none(value, name: str, options: Sequence) -> str | None:
    """One of the names in ``options``, or None, which stands among them."""
    return value if value is None else choice(value, name, options)


def not_below_zero(x, name: str) -> np.ndarray:
    """Frequencies or pitches, one or many."""
    x = array(x, name, real=True, scalar=True)
    if x.min() < 0:
        raise ValueError(
            f"{name} must not be negative, got {x.min():.6g}: pass the distance from 0, abs({as_code(name)})"
        )
    return x


def band(f_min, f_max) -> tuple[float, float]:
    """Two frequencies in their order."""
    f_min = number(f_min, "f_min", at_least=0)
    f_max = number(f_max, "f_max", above=0)
    if f_min >= f_max:
        raise ValueError(
            f"f_min={beside(f_min, f_max)} must lie below f_max={exactly(f_max)}, got none between: "
            "lower f_min or raise f_max"
        )
    return f_min, f_max


def below_zero(value, name: str) -> float:
    """A level below its reference."""
    value = number(value, name)
    if value >= 0:
        raise ValueError(f"{name} must be below 0 dB, the loudest frame, got {value:g}: pass {-abs(value) or -30:g}")
    return value


def labels(x, name: str) -> np.ndarray:
    """One class, a whole number from 0, for each item."""
    x = _numbers(x, name)
    if x.dtype.kind not in "iu":
        raise TypeError(f"{name} must hold whole numbers, got dtype {x.dtype}: pass class indices")
    if x.ndim != 1 or x.size == 0:
        raise ValueError(f"{name} must have shape (items,) with at least one item, got {x.shape}: pass a flat list")
    if x.min() < 0 or x.max() >= 10_000:
        raise ValueError(f"{name} must lie in 0…9999, got {x.min()}…{x.max()}: number the classes from 0")
    return x.astype(np.int64)
