"""Input checks: the only place where the wording of an input error is written.

Each function returns the value it was given, as an array or a number ready for use, or raises
``ValueError``/``TypeError`` with one sentence: name, rule, value received, way out.
"""

import inspect
import math
import os
import pickle
import reprlib
import warnings
from collections.abc import Callable, Sequence
from numbers import Integral
from pathlib import Path

import numpy as np

LARGEST_COUNT = 2**28  # samples: 2 GB in float64, 1.7 hours at 44.1 kHz
LARGEST_TABLE = 2**26  # values of a matrix: 512 MB in float64
LARGEST_RATE = 192_000  # Hz: above it encoders refuse, and one of libsndfile's crashes


def _show(value) -> str:
    """The value received, on one line and short enough for a sentence."""
    return " ".join(reprlib.repr(value).split())


def _numbers(x, name: str) -> np.ndarray:
    try:
        x = np.asarray(x)
    except ValueError:
        raise TypeError(f"{name} must be a table of numbers, got rows of different lengths: pad or part them") from None
    if x.dtype.kind not in "iufc":
        raise TypeError(f"{name} must hold numbers, got dtype {x.dtype}: pass a numeric array")
    return x


def array(x, name: str = "x", *, real: bool = False, scalar: bool = False, one_axis: bool = False) -> np.ndarray:
    """Numbers along the last axis: not empty, finite, float32/float64 or complex64/complex128."""
    x = _numbers(x, name)
    if one_axis and x.ndim != 1:
        raise ValueError(f"{name} must have one axis, got shape {x.shape}: pass a list or one row of the array")
    if x.ndim == 0 and not scalar:
        raise ValueError(f"{name} must have at least one axis, got the single number {x}: pass a list or an array")
    if x.size == 0:
        raise ValueError(f"{name} is empty, got shape {x.shape}: pass at least one sample")
    if real and x.dtype.kind == "c":
        raise TypeError(f"{name} must be real, got {x.dtype}: pass {name}.real or the magnitude abs({name})")
    if x.dtype not in (np.float32, np.float64, np.complex64, np.complex128):
        x = x.astype(np.complex128 if x.dtype.kind == "c" else np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        total = x.sum()  # one bad value spoils it; five times as fast as looking at each
    n_bad = 0 if np.isfinite(total) else x.size - np.count_nonzero(np.isfinite(x))
    if n_bad:
        raise ValueError(
            f"{name} must be finite, got {n_bad} NaN or infinite values of {x.size}: "
            f"find them with np.argwhere(~np.isfinite({name}))"
        )
    return x


def signal(x, name: str = "signal", *, mono: bool = False) -> np.ndarray:
    """A real signal ``(…, time)`` in floating point, nominally within ±1."""
    x = _numbers(x, name)
    if x.dtype.kind in "iu":
        zero = " - 1" if x.dtype.kind == "u" else ""  # unsigned codes have their zero halfway up
        divisor = f"{2 ** (8 * x.dtype.itemsize - 1)}{zero}"
        raise TypeError(
            f"{name} must be floating point, nominally within ±1, got integer PCM of dtype {x.dtype}: "
            f"convert it with {name} / {divisor}, or read the file with course_utils.audio.load"
        )
    x = array(x, name, real=True)
    if x.ndim >= 2 and 2 <= x.shape[-1] <= 8 and x.shape[-2] >= 16 * x.shape[-1]:
        raise ValueError(
            f"{name} must have time as its last axis, got shape {x.shape}: "
            f"this looks like (time, channels), pass {name}.T"
        )
    if mono and x.ndim != 1:
        raise ValueError(
            f"{name} must be mono with shape (time,), got shape {x.shape}: "
            f"take one channel with {name}[0] or the mean with {name}.mean(axis=0)"
        )
    return x


def spectrum(x, name: str = "spectrum", *, real: bool = False) -> np.ndarray:
    """A spectrogram ``(…, freq, time)``."""
    x = array(x, name, real=real)
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
        raise ValueError(
            f"{name} must not add up to 0, got {x.sum():.1e}: levels are relative to the sum, change {name}"
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
        if bound is not None and not holds(value, bound):
            raise ValueError(f"{name} must be {words} {bound:g}, got {value:g}: change {name}")
    return value.item() if isinstance(value, np.generic) else value


def sample_rate(value) -> float:
    """A sampling rate in Hz."""
    return number(value, "sample_rate", above=0)


def frequency(value_hz, rate: float, name: str = "frequency_hz") -> float:
    """A frequency that ``rate`` can carry: from 0 to the Nyquist frequency."""
    number(value_hz, name, at_least=0)
    if value_hz > rate / 2:
        raise ValueError(
            f"{name}={value_hz:g} lies above the Nyquist frequency {rate / 2:g} Hz and would alias: "
            f"lower {name} or raise sample_rate={rate:g}"
        )
    return value_hz


def n_samples(duration_s, rate: float, name: str = "duration_s") -> int:
    """The whole number of samples in a duration, at least one."""
    number(duration_s, name, above=0)
    n = float(duration_s) * sample_rate(rate)
    if n > LARGEST_COUNT:
        raise ValueError(
            f"{name}={duration_s:g} holds {n:.3g} samples at sample_rate={rate:g}, more than {LARGEST_COUNT}: "
            "make it shorter"
        )
    if round(n) < 1:
        raise ValueError(f"{name}={duration_s:g} holds no sample at sample_rate={rate:g}: use at least {1 / rate:g} s")
    return round(n)


def generator(rng) -> np.random.Generator:
    """A random generator that the caller owns and has seeded."""
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng must be a numpy.random.Generator, got {_show(rng)}: pass numpy.random.default_rng(seed)")
    return rng


def choice(value, name: str, options: Sequence) -> str:
    """One of the names in ``options``."""
    if not isinstance(value, str) or value not in options:
        known = ", ".join(map(repr, options))
        raise ValueError(f"{name} must be one of {known}, got {_show(value)}: choose one of them")
    return value


def switch(value, name: str) -> bool:
    """True or False."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be True or False, got {_show(value)}: pass one of the two")
    return bool(value)


def listed(value, name: str, values: Sequence[float]):
    """One of a few numbers."""
    if value not in values:
        raise ValueError(f"{name} must be one of {', '.join(map(str, values))}, got {_show(value)}: choose one of them")
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
            f"{name} must be [] or two moments 0 ≤ a < b ≤ {end:g} in s, got {_show(value)}: change {name}"
        )
    return [float(moment) for moment in ends]


def heard(recording):
    """What a page has recorded and sent."""
    if recording is None:
        raise ValueError(
            "nothing has been heard yet, got no message from the page: press its button, allow the microphone, "
            "and stop it before you read signal"
        )
    return recording


def points(value, name: str, n_points: int, most: float) -> list[list[float]]:
    """A few points of a plane, as pairs of numbers that lie within ±most."""
    rows = [list(row) for row in value]
    if len(rows) != n_points or any(len(row) != 2 for row in rows):
        raise ValueError(f"{name} must be {n_points} pairs [x, y], got {_show(value)}: pass one pair for each")
    return [[float(number(part, name, at_least=-most, at_most=most)) for part in row] for row in rows]


def fits_page(n_bytes: int, most: int, name: str) -> None:
    """Sounds that a page can be sent."""
    if n_bytes > most:
        raise ValueError(
            f"{name} must fit into {most:,} bytes at 2 bytes a sample, got {n_bytes:,}: "
            "pass fewer seconds or a lower sample_rate"
        )


def lasts(n_time: int, least_s: float, rate: float) -> None:
    """A sound that fills the piece that is cut from it."""
    if n_time < round(least_s * rate):
        raise ValueError(f"signal must last at least {least_s:g} s, got {n_time} samples at {rate:g} Hz: pass more")


def function_of_time(function, name: str = "function") -> Callable:
    """A Python callable."""
    if not callable(function):
        raise TypeError(f"{name} must be a function of time in seconds, got {_show(function)}: pass e.g. np.sin")
    return function


def same_shape(a: np.ndarray, b: np.ndarray, names: str) -> None:
    """Two arrays that are compared sample by sample."""
    if a.shape != b.shape:
        raise ValueError(f"{names} must have the same shape, got {a.shape} and {b.shape}: trim or pad one of them")


def power_of_two(n: int, name: str) -> int:
    """A length that radix-2 can halve down to one."""
    if n & (n - 1):
        raise ValueError(f"{name} must be a power of two, got {n}: zero-pad, or use fft, which takes any length")
    return n


def codes(x, name: str, *, highest: int) -> np.ndarray:
    """Integer codes from 0 to ``highest``."""
    x = _numbers(x, name)
    if x.dtype.kind not in "iu":
        raise TypeError(f"{name} must be integers in 0…{highest}, got dtype {x.dtype}: pass the output of the encoder")
    if x.size == 0:
        raise ValueError(f"{name} is empty, got shape {x.shape}: pass at least one code")
    if x.min() < 0 or x.max() > highest:
        raise ValueError(f"{name} must lie in 0…{highest}, got {x.min()}…{x.max()}: pass the output of the encoder")
    return x


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


def window_length(window: np.ndarray, win_length: int) -> None:
    """Window values as many as the window is said to be long."""
    if len(window) != win_length:
        raise ValueError(f"window must have win_length={win_length} values, got {len(window)}: leave win_length out")


def reflects(n_time: int, n_pad: int, pad_mode: str) -> None:
    """A signal long enough to be mirrored at its ends."""
    if pad_mode == "reflect" and n_time <= n_pad:
        raise ValueError(
            f"pad_mode='reflect' needs more than n_fft // 2 = {n_pad} samples, got {n_time}: "
            "use pad_mode='constant' or a smaller n_fft"
        )


def bins_match(n_bins: int, n_fft: int) -> None:
    """A one-sided spectrum that belongs to a transform of ``n_fft`` points."""
    if n_bins != n_fft // 2 + 1:
        raise ValueError(
            f"n_fft={n_fft} has {n_fft // 2 + 1} one-sided bins, got {n_bins} along axis -2: "
            "pass the n_fft of the analysis, and the spectrum as (…, freq, time)"
        )


def hop_fits(hop_length: int, win_length: int) -> None:
    """A hop that leaves no gap between windows."""
    if hop_length > win_length:
        raise ValueError(
            f"hop_length={hop_length} exceeds the window length {win_length}, so samples between frames are never seen "
            "(NOLA: the summed squared windows must stay above zero): lower hop_length"
        )


def nola(total: np.ndarray, hop_length: int) -> None:
    """Nonzero overlap-add: the summed squared windows must not touch zero."""
    lowest = float(total.min() / total.max()) if total.max() > 0 else 0.0
    if lowest <= np.finfo(total.dtype).eps:
        raise ValueError(
            f"hop_length={hop_length} breaks NOLA (nonzero overlap-add): the squared windows, summed over all frames, "
            f"fall to {lowest:.1e} of their maximum at position {int(total.argmin())}, and a sample that every frame "
            "multiplies by zero cannot be recovered: lower hop_length or take a window without zeros"
        )


def covered(seen: np.ndarray, hop_length: int) -> None:
    """Every sample asked for lies under some frame."""
    if seen.size == 0:
        raise ValueError("the frames must hold a sample besides the padding of a centred transform, got 0: pass length")
    if not seen.all():
        raise ValueError(
            f"sample {int(seen.argmin())} of the output must lie under a frame, got none with hop_length={hop_length} "
            "(NOLA fails there, the summed squared windows are zero): "
            "zero-pad the signal before stft, or ask for a smaller length"
        )


def not_silent(power: np.ndarray, name: str) -> np.ndarray:
    """A power that a ratio can be taken of."""
    if np.any(power == 0):
        raise ValueError(f"{name} must not be silent, got a power of 0: a ratio in dB needs a signal")
    return power


def within_full_scale(x: np.ndarray, name: str = "signal") -> np.ndarray:
    """A signal that does not clip."""
    largest = float(np.abs(x).max())
    if largest > 1:
        raise ValueError(f"{name} must lie within ±1, got a peak of {largest:.4g}: scale it down by that factor")
    return x


def path(value) -> Path:
    """The name of a file."""
    if not isinstance(value, str | os.PathLike) or not os.fspath(value):
        raise TypeError(f"path must be the name of a file, got {_show(value)}: pass a str or a pathlib.Path")
    return Path(value)


def float_type(dtype) -> np.dtype:
    """A floating-point type for samples."""
    if not isinstance(dtype, type | np.dtype) or dtype not in (np.float32, np.float64):
        raise TypeError(
            f"dtype must be numpy.float32 or numpy.float64, got {_show(dtype)}: convert the result yourself"
        )
    return np.dtype(dtype)


def channels_first(signal: np.ndarray) -> np.ndarray:
    """A sound that a file can hold, as (channels, time)."""
    if signal.ndim > 2:
        raise ValueError(f"signal must have shape (time,) or (channels, time), got {signal.shape}: write it in parts")
    return np.atleast_2d(signal)


def folder_exists(path: Path) -> None:
    """A place to write to."""
    if not path.parent.is_dir():
        raise FileNotFoundError(f"the folder of {path} must exist, got none: make it with Path.mkdir(parents=True)")


def not_written(path: Path, error) -> ValueError:
    """What to say when the encoder refuses a sound."""
    return ValueError(
        f"{path} must suit its format, got a sound that the encoder refuses ({_reason(error)}): "
        "save it as wav, or change sample_rate or the number of channels"
    )


def readable_file(path: Path) -> None:
    """A file that exists and holds something."""
    if path.is_dir():
        raise ValueError(f"{path} must be a sound file, got a folder: name a file in it")
    if not path.is_file():
        raise FileNotFoundError(
            f"no sound file at {path}: check the spelling, or list the course's clips with course_utils.audio.clips()"
        )
    if path.stat().st_size == 0:
        raise ValueError(f"{path} must hold sound, got an empty file of 0 bytes: copy or download it again")


_FIRST_BYTES = {b"RIFF": ".wav", b"fLaC": ".flac", b"OggS": ".ogg", b"ID3": ".mp3", b"FORM": ".aiff"}


def _reason(error) -> str:
    return str(getattr(error, "error_string", error)).strip(" .")


def not_a_sound_file(path, error) -> ValueError:
    """What to say when the decoder refuses a file."""
    with open(path, "rb") as file:
        first = file.read(12)
    is_mpeg_frame = first[:1] == b"\xff" and first[1:2] >= b"\xe0"
    if is_mpeg_frame or any(first.startswith(magic) for magic in _FIRST_BYTES):
        return ValueError(
            f"{path} must be a whole sound file, got a damaged or truncated one ({_reason(error)}): "
            "copy or download it again"
        )
    return ValueError(
        f"{path} must be wav, flac, ogg, mp3 or aiff, got a file that begins with {first!r} ({_reason(error)}): "
        f"convert it with 'ffmpeg -i {path.name} {path.stem}_converted.wav'"
    )


def named_rightly(path, file_format: str) -> None:
    """A name whose ending tells what is inside: other programs trust it."""
    expected = {".wav": ("WAV", "WAVEX", "RF64", "W64"), ".flac": ("FLAC",), ".ogg": ("OGG",), ".mp3": ("MP3",)}
    allowed = expected.get(path.suffix.lower(), (file_format,))
    if file_format not in allowed:
        raise ValueError(
            f"{path} must hold what its ending says, got {file_format} inside a {path.suffix} name: "
            f"rename it to {path.stem}.{file_format.lower()}"
        )


def complete_file(path, n_read: int, n_promised: int) -> None:
    """A file with as many samples as its header says, and at least one."""
    if n_read == 0:
        raise ValueError(
            f"{path} must hold at least one sample, got 0: this is a header without sound, record it again"
        )
    if n_read < n_promised:
        raise ValueError(
            f"{path} must hold the {n_promised} samples that its header promises, got {n_read}: "
            "the file is truncated, copy or download it again"
        )


def known_length(path: Path, n_promised: int) -> None:
    """A file that says how many samples it holds; libsndfile gives the largest number to one that does not."""
    if n_promised == 2**63 - 1:
        raise ValueError(
            f"{path} must say how many samples it holds, got a stream of unknown length: "
            f"convert it with 'ffmpeg -i {path.name} {path.stem}_converted.wav'"
        )


def has_last_page(path: Path, notes: str) -> None:
    """An ogg stream that ends where it says so; ``notes`` are libsndfile's."""
    if "Last page lacks an end-of-stream bit" in notes or "Junk after the last page" in notes:
        raise ValueError(
            f"{path} must end with the last page of its stream, got none: "
            "the file is truncated, copy or download it again"
        )


def playable(signal: np.ndarray, sample_rate: int, longest_s: float) -> np.ndarray:
    """Mono or stereo, and short enough for a page."""
    if signal.ndim > 2 or (signal.ndim == 2 and signal.shape[0] != 2):
        raise ValueError(f"signal must have shape (time,) or (2, time) to be played, got {signal.shape}: pick one")
    duration_s = signal.shape[-1] / sample_rate
    if duration_s > longest_s:
        raise ValueError(f"signal must last at most {longest_s:g} s to be played, got {duration_s:.1f} s: cut it")
    return signal


def words(text, name: str) -> str:
    """A description that says something."""
    if not isinstance(text, str) or len(text.split()) < 2:
        raise ValueError(f"{name} must say in words what is heard or seen, got {_show(text)}: write a short sentence")
    return text


def one_spectrogram(level_db: np.ndarray, name: str) -> np.ndarray:
    """A spectrogram of one channel that has at least two bins."""
    if level_db.ndim != 2 or len(level_db) < 2:
        raise ValueError(f"{name} must have shape (freq, time), two bins or more, got {level_db.shape}: pick a channel")
    return level_db


def top_of_axis(max_hz, rate: float) -> float:
    """The upper end of a frequency axis: the Nyquist frequency unless a lower one is asked for."""
    return rate / 2 if max_hz is None else number(max_hz, "max_hz", above=0, at_most=rate / 2)


def redraws(update, controls: dict) -> None:
    """A function to call, and controls that can be watched."""
    if not callable(update):
        raise TypeError(f"update must be a function of the controls' values, got {_show(update)}: pass a function")
    for name, control in controls.items():
        if not hasattr(control, "observe"):
            raise TypeError(f"{name} must be a control of ipywidgets, got {_show(control)}: pass an IntSlider")


def cutoff(value_hz, rate: float, name: str = "frequency_hz") -> float:
    """A corner that a filter at ``rate`` can have: between 0 and the Nyquist frequency, neither included."""
    number(value_hz, name)
    if not 0 < value_hz < rate / 2:
        raise ValueError(
            f"{name}={value_hz:g} must lie between 0 and the Nyquist frequency {rate / 2:g} Hz, both excluded: "
            "there is nothing to keep or to remove beyond them, change it or leave the filter out"
        )
    return value_hz


def coefficients(b, a) -> tuple[np.ndarray, np.ndarray]:
    """Numerator and denominator of a filter, scaled so that ``a[0]`` is 1."""
    b, a = array(b, "b", real=True, one_axis=True), array(a, "a", real=True, one_axis=True)
    if a[0] == 0:
        raise ValueError(
            f"a must not begin with 0, got {_show(a.tolist())}: a[0] weighs the output itself, drop the leading zeros"
        )
    with np.errstate(over="ignore"):
        return array(b.astype(np.float64) / a[0], "b / a[0]"), array(a.astype(np.float64) / a[0], "a / a[0]")


def stable(is_stable: bool, radius: float) -> None:
    """A recursion whose echoes die away."""
    if not is_stable:
        raise ValueError(
            f"a must have all its poles inside the unit circle, got one of radius {radius:.6g}, so the output never "
            "dies away: move the pole inwards, or look at the first samples with lfilter_loop"
        )


def off_the_zeros(response: np.ndarray, frequency_hz: np.ndarray, name: str, quantity: str) -> None:
    """Frequencies at which a polynomial in z is not zero, so that it can be divided by."""
    if not response.all():
        first = np.broadcast_to(frequency_hz, response.shape)[response == 0][0]
        raise ValueError(
            f"frequency_hz must avoid the zeros of {name}, where the {quantity} is undefined, got {first:g}: "
            "leave it out"
        )


def filter_size(n_values: int, largest: int, from_rate: int, to_rate: int) -> None:
    """A pair of rates whose filter fits into memory."""
    if n_values > largest:
        raise ValueError(
            f"from_rate={from_rate} and to_rate={to_rate} need a filter of {n_values:.3g} values, more than {largest}: "
            "choose rates with a larger common divisor or nearer each other, or lower lowpass_filter_width"
        )


def resampler(function) -> Callable:
    """Something that can be called with a signal."""
    if not callable(function):
        raise TypeError(
            f"resampler must be a function of a signal, got {_show(function)}: pass lambda x: resample(x, …)"
        )
    return function


def resampled(y, n_samples: int) -> np.ndarray:
    """What a resampler has returned: one channel of the length that the rates ask for, give or take a sample."""
    y = signal(y, "the output of resampler", mono=True)
    if abs(len(y) - n_samples) > 1:
        raise ValueError(
            f"resampler must return {n_samples} samples, got {len(y)}: "
            "let it take a signal at from_rate and return it at to_rate"
        )
    return y


def mono_or_channels(signal: np.ndarray) -> np.ndarray:
    """A sound as an editor holds it: (time,) or (channels, time)."""
    if signal.ndim > 2:
        raise ValueError(f"signal must have shape (time,) or (channels, time), got {signal.shape}: pass one at a time")
    return signal


def mono_or_stereo(signal: np.ndarray) -> np.ndarray:
    """A sound with at most two channels."""
    if signal.ndim > 2 or (signal.ndim == 2 and len(signal) != 2):
        raise ValueError(
            f"signal must have shape (time,) or (2, time) for a stereo effect, got {signal.shape}: use stereo_depth=0"
        )
    return signal


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


def effect_list(effects) -> list:
    """The steps of an effect chain."""
    if not isinstance(effects, list | tuple) or any(isinstance(step, str) for step in effects):
        raise TypeError(
            f'effects must be a list of tuples such as [("gain", -3), ("speed", 0.8)], got {_show(effects)}: '
            "put each effect into a tuple of its own"
        )
    return list(effects)


def something_left(n_samples: int, effect: str) -> None:
    """An effect that leaves at least one sample."""
    if n_samples < 1:
        raise ValueError(f"{effect} must leave at least one sample, got none: change its times")


def in_order(fade_in_end: int, fade_out_start: int) -> None:
    """A fade-in that ends before the fade-out begins."""
    if fade_in_end > fade_out_start:
        raise ValueError(
            f"fade must end its fade-in before its fade-out begins, got samples {fade_in_end} and {fade_out_start}: "
            "shorten one of them or move the stop position"
        )


def features(x, name: str, first_axis: str) -> np.ndarray:
    """Real features over time, such as (…, mel, time)."""
    x = array(x, name, real=True)
    if x.ndim < 2:
        raise ValueError(
            f"{name} must have the axes (…, {first_axis}, time), got shape {x.shape}: "
            f"pass one frame as {name}[:, np.newaxis]"
        )
    return x


def no_more(n_few: int, n_many: int, few: str, many: str) -> None:
    """A count that another one limits."""
    if n_few > n_many:
        raise ValueError(f"{few}={n_few} exceeds {many}={n_many}: lower {few} or raise {many}")


def undoes_lifter(weights: np.ndarray, n_lifter: float) -> np.ndarray:
    """Weights that can be divided by."""
    smallest = int(np.abs(weights).argmin())
    if abs(weights[smallest]) < 1e-9:
        raise ValueError(
            f"n_lifter={n_lifter:g} must leave every coefficient to be undone, got weight 0 for number {smallest}: "
            "pass fewer coefficients or another lifter"
        )
    return weights


def odd(value: int, name: str) -> None:
    """A number of frames with one in the middle."""
    if value % 2 == 0:
        raise ValueError(
            f"{name} must be odd, so that a frame stands in the middle, got {value}: take {value - 1} or {value + 1}"
        )


def enough_frames(n_time: int, width: int) -> None:
    """As many frames as a polynomial is fitted to."""
    if n_time < width:
        raise ValueError(
            f"width={width} exceeds the number of frames {n_time}: lower width, or use mode='nearest', "
            "which repeats the first and the last frame"
        )


def choice_or_none(value, name: str, options: Sequence) -> str | None:
    """One of the names in ``options``, or None, which stands among them."""
    return value if value is None else choice(value, name, options)


def not_below_zero(x, name: str) -> np.ndarray:
    """Frequencies or pitches, one or many."""
    x = array(x, name, real=True, scalar=True)
    if x.min() < 0:
        raise ValueError(f"{name} must not be negative, got {x.min():.6g}: pass the distance from 0, abs({name})")
    return x


def band(f_min, f_max) -> None:
    """Two frequencies in their order."""
    number(f_min, "f_min", at_least=0)
    number(f_max, "f_max", above=0)
    if f_min >= f_max:
        raise ValueError(
            f"f_min={f_min:g} must lie below f_max={f_max:g}, got none between: lower f_min or raise f_max"
        )


def edges_apart(edges_hz: np.ndarray, n_mels: int) -> None:
    """Edges of filters that rounding has not made one."""
    narrowest = float(np.diff(edges_hz).min())
    if narrowest < 1e-9:
        raise ValueError(
            f"n_mels={n_mels} filters between {edges_hz[0]:g} and {edges_hz[-1]:g} Hz must be at least 1e-9 Hz wide, "
            f"got {narrowest:.1e} Hz: move f_min and f_max apart or lower n_mels"
        )


def filters_hold_bins(bank: np.ndarray, edges_hz: np.ndarray, n_fft: int, rate: float) -> None:
    """Warn of rows of a filter bank that are zero everywhere."""
    empty = np.flatnonzero(~bank.any(axis=1))
    if len(empty):
        enough = int(rate / (edges_hz[2:] - edges_hz[:-2]).min()) + 1  # bins closer than the narrowest filter is wide
        named = ", ".join(map(str, empty[:8])) + (", …" if len(empty) > 8 else "")
        warnings.warn(
            f"{len(empty)} of n_mels={len(bank)} filters are empty, their rows all 0, since no bin of n_fft={n_fft} "
            f"lies inside: filter {named}: lower n_mels, or raise n_fft ({enough} fills all)",
            stacklevel=3,
        )


def rate_of_model(value, expected: int, name: str) -> None:
    """The one sampling rate that a model was trained on."""
    if sample_rate(value) != expected:
        raise ValueError(
            f"sample_rate must be {expected} for {name}, got {value:g}: "
            f"resample first, e.g. course_utils.audio.load(path, sample_rate={expected})"
        )


def long_enough(n_time: int, minimum: int) -> None:
    """A signal that a fixed analysis can begin with."""
    if n_time < minimum:
        raise ValueError(f"signal must hold at least {minimum} samples, got {n_time}: zero-pad it or raise pad_s")


def centers(center_hz, rate: float) -> np.ndarray:
    """Centre frequencies of filters at ``rate``: a list of them, each between 0 and the Nyquist frequency."""
    number(rate, "sample_rate", at_most=1e9)  # beyond, the poles stand nearer the unit circle than float64 can tell
    center_hz = array(center_hz, "center_hz", real=True, one_axis=True).astype(np.float64)
    outside = center_hz[(center_hz <= 0) | (center_hz >= rate / 2)]
    if len(outside):
        raise ValueError(
            f"center_hz must lie between 0 and the Nyquist frequency {rate / 2:g} Hz, both excluded, "
            f"got {outside[0]:g}: leave that channel out, or lower f_max of erb_space_hz"
        )
    return center_hz


def response_is_held(gain: float, duration_s: float, rate: float) -> float:
    """An impulse response of which the samples show something."""
    if not gain > 0:
        raise ValueError(
            f"duration_s={duration_s:g} at sample_rate={rate:g} must hold some of the impulse response, "
            "got samples that are all 0: raise duration_s, or sample_rate if the response ends within a sample"
        )
    return gain


def bank_fits(n_channels: int, n_each: int) -> None:
    """The output of a filter bank that fits into memory."""
    if n_channels * n_each > LARGEST_COUNT:
        raise ValueError(
            f"{n_channels} channels of {n_each} values must hold at most {LARGEST_COUNT} together, "
            f"got {n_channels * n_each}: lower the number of channels or pass a shorter signal"
        )


def window_fits_signal(n_needed: int, n_time: int, window_s: float) -> None:
    """A signal at least as long as one analysis window."""
    if n_needed > n_time:
        raise ValueError(
            f"window_s={window_s:g} needs {n_needed} samples, got a signal of {n_time}: "
            "zero-pad the signal or lower window_s"
        )


def pitch_range(f_min, f_max, rate: float) -> None:
    """Lowest and highest pitch that a tracker may report."""
    band(number(f_min, "f_min", above=0), frequency(f_max, sample_rate(rate), "f_max"))


def holds_two_periods(frame_length: int, f_min: float, rate: float) -> None:
    """A frame in which the longest period is seen twice."""
    if frame_length * f_min < 2 * rate:
        raise ValueError(
            f"frame_length={frame_length} must hold two periods of f_min={f_min:g} Hz, "
            f"got {frame_length * f_min / rate:.2g} at sample_rate={rate:g}: "
            f"use at least {min(2 * rate / f_min, 1e300):.6g} samples or raise f_min"
        )


def bins_below_nyquist(f_top: float, n_bins: int, rate: float) -> None:
    """Constant-Q bins that the sampling rate can carry."""
    if f_top > rate / 2:
        raise ValueError(
            f"n_bins={n_bins} reach up to {f_top:g} Hz, above the Nyquist frequency {rate / 2:g} Hz: "
            f"lower n_bins or f_min, or raise sample_rate={rate:g}"
        )


def holds_kernel(n_time: int, n_kernel: float, f_min: float) -> None:
    """A signal at least as long as the longest constant-Q kernel."""
    if n_time < n_kernel:
        raise ValueError(
            f"signal must be at least as long as the kernel of f_min={f_min:g} Hz, {n_kernel:.6g} samples, "
            f"got {n_time}: zero-pad the signal, raise f_min or lower bins_per_octave"
        )


def whole_semitones(bins_per_octave: int) -> int:
    """Bins that divide every semitone alike."""
    count(bins_per_octave, "bins_per_octave", minimum=12, maximum=1200)
    if bins_per_octave % 12:
        raise ValueError(
            f"bins_per_octave must be a multiple of 12, got {bins_per_octave}: take {12 * round(bins_per_octave / 12)}"
        )
    return bins_per_octave


def spans_periods(n_frames: int, n_lags: int, what: str) -> None:
    """Onset strength that lasts long enough for a period to come back."""
    if n_frames < n_lags:
        raise ValueError(
            f"onset_strength must have at least {n_lags} frames, {what}, got {n_frames}: pass a longer recording"
        )


def fraction(value, name: str) -> float:
    """A part of a whole, neither nothing nor all."""
    if not 0 < number(value, name) < 1:
        raise ValueError(f"{name} must lie between 0 and 1, both excluded, got {value:g}: pass 0.85 for 85 %")
    return value


def below_zero(value, name: str) -> float:
    """A level below its reference."""
    if number(value, name) >= 0:
        raise ValueError(f"{name} must be below 0 dB, the loudest frame, got {value:g}: pass {-abs(value) or -30:g}")
    return value


# ------------------------------------------------------------------------------------ metrics


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


def label_fits(highest: int, n_classes: int) -> None:
    """A class index below the number of classes."""
    if highest >= n_classes:
        raise ValueError(f"labels must lie below n_classes={n_classes}, got {highest}: number the classes from 0")


def confusion(x) -> np.ndarray:
    """A square table of counts."""
    x = _numbers(x, "confusion")
    if x.dtype.kind not in "iu":
        raise TypeError(f"confusion must hold counts, got dtype {x.dtype}: pass the output of confusion_matrix")
    if x.ndim != 2 or x.shape[0] != x.shape[1] or x.size == 0:
        raise ValueError(f"confusion must be square, got shape {x.shape}: pass the output of confusion_matrix")
    if x.min() < 0:
        raise ValueError(f"confusion must hold counts, got {x.min()}: pass the output of confusion_matrix")
    return x.astype(np.int64)


def _numbers_or_bools(x, name: str) -> np.ndarray:
    x = x if isinstance(x, np.ndarray) else _numbers(np.multiply(x, 1) if _all_bools(x) else x, name)
    return x if x.dtype.kind == "b" else _numbers(x, name)


def _all_bools(x) -> bool:
    """A list, or a list of lists, of True and False."""
    return isinstance(x, list | tuple) and all(isinstance(v, bool | np.bool_) or _all_bools(v) for v in x)


def decisions(x, name: str, *, one_axis: bool = True) -> np.ndarray:
    """True or False, or 0 and 1, along the last axis."""
    x = _numbers_or_bools(x, name)
    if x.dtype.kind == "c":
        raise TypeError(f"{name} must hold True and False, got dtype {x.dtype}: compare the labels with the class")
    if x.size == 0 or x.ndim == 0 or (one_axis and x.ndim != 1):
        shape = "(items,)" if one_axis else "(…, frames)"
        raise ValueError(f"{name} must have shape {shape} with at least one value, got {x.shape}: pass an array")
    if not np.isin(x, (0, 1)).all():
        raise ValueError(f"{name} must hold True and False, got other numbers: compare them with a threshold first")
    return x.astype(bool)


def both_kinds(n_positive: int, n_negative: int) -> None:
    """Items of both kinds, so that both error rates can be measured."""
    if n_positive == 0 or n_negative == 0:
        raise ValueError(
            f"is_positive must hold both kinds, got {n_positive} positive and {n_negative} negative items: "
            "a rate over no items is undefined, add items of the other kind"
        )


def has_positive(n_positive: int) -> None:
    """A class that occurs."""
    if n_positive == 0:
        raise ValueError("is_positive must hold a positive item, got 0: leave out the class that does not occur")


def item_by_class(x, name: str) -> np.ndarray:
    """A table with a row for each item and a column for each class."""
    x = _numbers_or_bools(x, name)
    if x.ndim != 2 or x.size == 0:
        raise ValueError(f"{name} must have shape (items, classes), got {_show(x.shape)} of {x.dtype}: pass a table")
    return x


def probabilities(x, name: str, *, n_axes: int) -> np.ndarray:
    """Numbers from 0 to 1."""
    x = array(x, name, real=True)
    if x.ndim != n_axes:
        raise ValueError(f"{name} must have {n_axes} axes, got shape {x.shape}: pass one recording, classes by frames")
    if x.min() < 0 or x.max() > 1:
        raise ValueError(
            f"{name} must lie in 0…1, got {x.min():.4g}…{x.max():.4g}: pass probabilities, after softmax or sigmoid"
        )
    return x


def distributions(x, name: str = "probabilities") -> np.ndarray:
    """A table (items, classes) whose rows add up to 1."""
    x = probabilities(x, name, n_axes=2)
    total = x.sum(axis=1, dtype=np.float64)
    worst = total[np.abs(total - 1).argmax()]
    if abs(worst - 1) > 1e-3:
        raise ValueError(f"the rows of {name} must add up to 1, got {worst:.4g}: pass the output of softmax")
    return x


def events(x, name: str) -> list:
    """Events with a beginning before their end."""
    found = list(x) if isinstance(x, list | tuple) else None
    if found is None or any(not isinstance(e, tuple) or len(e) != 3 for e in found):
        raise TypeError(f"{name} must be a list of Event(onset_s, offset_s, label), got {_show(x)}: pass one recording")
    for onset_s, offset_s, label in found:
        number(onset_s, "onset_s", at_least=0)
        number(offset_s, "offset_s", above=onset_s)
        if isinstance(label, bool) or not isinstance(label, str | Integral):
            raise TypeError(f"the label of an event must be a name or a whole number, got {_show(label)}: pass one")
    return found


def recordings(truth, found) -> tuple[list, list]:
    """True and found events, a list for each recording, with something to be found."""
    for name, value in (("truth", truth), ("found", found)):
        if not isinstance(value, list | tuple) or any(not isinstance(e, list) for e in value):
            raise TypeError(f"{name} must be a list of lists of events, got {_show(value)}: one list per recording")
    if len(truth) != len(found):
        raise ValueError(f"truth and found must have as many recordings, got {len(truth)} and {len(found)}: pair them")
    if not any(truth):
        raise ValueError("truth must hold at least one event, got 0: there is nothing to be found")
    return truth, found


def clip_lengths(lengths: list, n_frames: int) -> None:
    """Frames of each clip of a padded batch."""
    for place, length in enumerate(lengths):
        if isinstance(length, float):
            raise TypeError(f"lengths must be whole numbers of frames, got {length:g}: pass ints")
        if not 1 <= length <= n_frames:
            raise ValueError(
                f"lengths must lie in 1…{n_frames}, the frames of the batch, got {length} for clip {place}: "
                "count frames, not samples, and leave empty clips out"
            )


def batch_of_features(shape: tuple, n_mels: int) -> None:
    """Features of a batch of clips for a model of ``n_mels`` bands."""
    if len(shape) != 3 or shape[1] != n_mels or 0 in shape:
        turned = ": this looks like (batch, frames, n_mels), transpose the last two axes"
        is_turned = len(shape) == 3 and shape[2] == n_mels
        raise ValueError(
            f"features must have the shape (batch, {n_mels}, frames), got {shape}"
            f"{turned if is_turned else ': pass the output of LogMel, one clip as features[None]'}"
        )


def one_length_each(shape: tuple, n_batch: int) -> None:
    """One length for each clip of a batch."""
    if shape != (n_batch,):
        raise ValueError(f"lengths must hold one number for each of {n_batch} clips, got shape {shape}: pass a list")


def attention_mask(is_boolean: bool, dtype) -> None:
    """A mask that says where a query may look."""
    if not is_boolean:
        raise TypeError(f"mask must be boolean, true where a query may look, got {dtype}: pass mask.bool()")


def something_to_attend(n_blind: int) -> None:
    """A mask that leaves every query at least one key."""
    if n_blind:
        raise ValueError(
            f"mask must leave every query a key to look at, got {n_blind} rows that are all false: "
            "if it came from torch's key_padding_mask, where true means ignore, pass ~mask"
        )


def heads_divide(width: int, n_heads: int) -> None:
    """A width that the heads share evenly."""
    if width % n_heads:
        raise ValueError(f"width={width} must be a multiple of n_heads={n_heads}: change one of them")


def positions_reach(n_frames: int, n_longest: int) -> None:
    """A clip that the learned positions cover."""
    if n_frames > n_longest:
        raise ValueError(
            f"the longest clip must have at most n_longest={n_longest} frames, got {n_frames}: cut it, "
            'or build the model with past="interpolate" or a larger n_longest'
        )


def one_for_each_layer(n_kernels: int, n_strides: int, n_dilations: int) -> None:
    """Stride and dilation of each layer."""
    if not n_kernels == n_strides == n_dilations:
        raise ValueError(
            f"strides and dilations must have one value for each of {n_kernels} kernels, "
            f"got {n_strides} and {n_dilations}: pass as many of each"
        )


def even(value: int, name: str) -> None:
    """A number of sines and cosines."""
    if value % 2:
        raise ValueError(f"{name} must be even, got {value}: use {value + 1}")


def noise_for(noise, sound: np.ndarray) -> np.ndarray:
    """Noise of one channel for all signals, or with one for each; in the precision of the signal."""
    noise = signal(noise, "noise")
    if noise.ndim > 1 and noise.shape[:-1] != sound.shape[:-1]:
        raise ValueError(
            f"noise must have one axis or the leading axes {sound.shape[:-1]} of signal, got shape {noise.shape}: "
            "pass one channel, or one noise for each signal"
        )
    return noise.astype(sound.dtype, copy=False)


def class_shares(labels, n_items: int) -> np.ndarray:
    """Labels that can be blended: a row of class shares for each item."""
    labels = _numbers(labels, "labels")
    if labels.ndim != 2 or len(labels) != n_items:
        raise ValueError(
            f"labels must have shape ({n_items}, n_classes), a row of shares for each item of the batch, "
            f"got {labels.shape}: pass numpy.eye(n_classes)[labels]"
        )
    return array(labels, "labels", real=True)


def step_list(steps) -> list:
    """The steps of a chain of augmentations."""
    if not isinstance(steps, list | tuple) or any(isinstance(step, str) for step in steps):
        raise TypeError(
            f'steps must be a list of tuples such as [("gain", {{"gain_db": (-6, 6)}}, 0.5)], got {_show(steps)}: '
            "put each step into a tuple of its own"
        )
    return list(steps)


def augmentation_step(step, known: dict, rate) -> tuple[Callable, dict, float]:
    """A step (what, parameters, probability) whose function can be called so, in any process."""
    if not isinstance(step, tuple | list) or len(step) != 3 or not isinstance(step[1], dict):
        raise TypeError(
            f'a step must be (what, parameters, probability), got {_show(step)}: write ("gain", {{"gain_db": -6}}, 1.0)'
        )
    what, parameters, probability = step
    function = what if callable(what) else known[choice(what, "the name of a step", tuple(known))]
    name = getattr(function, "__name__", _show(function))
    number(probability, f"the probability of {name}", at_least=0, at_most=1)
    for key, value in parameters.items():
        random_parameter(value, f"{key} of {name}")
    given = set(parameters) | {"rng"} | ({"sample_rate"} if rate is not None else set())
    taken = inspect.signature(function).parameters
    try:
        inspect.signature(function).bind(None, **{key: None for key in given if key in parameters or key in taken})
    except TypeError as error:
        raise TypeError(f"{name} must be callable with its parameters, got {_show(parameters)}: {error}") from None
    try:
        pickle.dumps((function, parameters))
    except (pickle.PicklingError, AttributeError, TypeError):
        raise TypeError(
            f"a step must be picklable for the workers of a DataLoader, got {name}: "
            "define it with def at the top level of a module, without lambda"
        ) from None
    return function, dict(parameters), probability


def random_parameter(value, name: str) -> None:
    """A range (low, high), a list to choose from, or a constant."""
    if isinstance(value, tuple):
        if len(value) != 2:
            raise ValueError(f"{name} must be a range (low, high), got {_show(value)}: use a list to choose from")
        low, high = (number(bound, f"a bound of {name}") for bound in value)
        if low > high:
            raise ValueError(f"{name} must be a range (low, high), got {_show(value)}: swap its bounds")
    elif isinstance(value, list) and not value:
        raise ValueError(f"{name} must have something to choose from, got an empty list: add a value")


def room(room_m, absorption) -> tuple[np.ndarray, np.ndarray]:
    """Three lengths, and the absorption of six walls as rows (x, y, z) of (wall at 0, wall at L)."""
    room_m = positive(room_m, "room_m").astype(float)
    if len(room_m) != 3:
        raise ValueError(f"room_m must be length, width and height, got {len(room_m)} numbers: pass three")
    absorption = array(absorption, "absorption", real=True, scalar=True).astype(float)
    if absorption.ndim > 1 or absorption.size not in (1, 6):
        raise ValueError(
            f"absorption must be one number or six, for the walls x = 0, x = L, y = 0, y = L, floor and ceiling, "
            f"got shape {absorption.shape}: pass one for all walls"
        )
    if absorption.min() < 0 or absorption.max() > 1:
        raise ValueError(
            f"absorption must lie in 0…1, the part of the energy that a wall keeps, "
            f"got {absorption.min():g}…{absorption.max():g}: divide percent by 100"
        )
    return room_m, np.resize(absorption, (3, 2))


def inside_room(place_m, room_m: np.ndarray, name: str) -> np.ndarray:
    """A place within the walls."""
    place_m = array(place_m, name, real=True, one_axis=True).astype(float)
    if place_m.shape != (3,) or (place_m <= 0).any() or (place_m >= room_m).any():
        raise ValueError(
            f"{name} must be three coordinates inside the room of {_show(room_m.tolist())} m, "
            f"got {_show(place_m.tolist())}: move it off the walls"
        )
    return place_m


def apart(distance_m: float) -> None:
    """Source and receiver that are not one."""
    if distance_m < 0.01:
        raise ValueError(
            f"source_m and receiver_m must be at least 0.01 m apart, got {distance_m:.2g} m: "
            "the sound pressure grows as 1 / distance, move one of them"
        )


def direct_sound_within(distance_m: float, reach_m: float) -> None:
    """A response that lasts until something is heard."""
    if reach_m < distance_m:
        raise ValueError(
            f"the response must reach the direct sound, {distance_m:.3g} m or {distance_m / 343:.2g} s away, "
            f"got {reach_m:.3g} m: raise duration_s or max_distance_m"
        )


def some_absorption(mean: float) -> None:
    """A room whose sound dies away."""
    if mean <= 0:
        raise ValueError("absorption must be above 0 for at least one wall, got 0 for all: the sound would never end")


def images_fit(n_images: float, most: int) -> None:
    """Mirror images that fit into memory."""
    if n_images > most:
        raise ValueError(
            f"the room must have at most {most} mirror images within its response, got about {n_images:.3g}: "
            "lower max_order or duration_s, or raise the absorption"
        )


def decays(total_db: float, fitted_db: float) -> None:
    """An impulse response that goes on beyond the part to which a line is fitted: its end bends Schroeder's curve."""
    if total_db < fitted_db + 5:
        raise ValueError(
            f"rir must decay by {fitted_db + 5:g} dB, 5 more than are fitted, got {max(total_db, 0):.1f} dB: "
            "pass a longer response, or lower decay_db to 20 or 10"
        )
