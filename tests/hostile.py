"""Hostile input: values that no function may accept, arguments that work, and the tests that try one on the other.

A module's own test says in ``CALLS``, for every public function and parameter, what works and what is wrong; what only
one module needs stands there.
"""

import importlib
import inspect
import warnings

import numpy as np
import pytest

from tests.support import assert_one_sentence, random_signal, random_spectrum

NOISE = random_signal(64)  # 8 ms at 8 kHz
SECOND = random_signal(8000)
FEATURES = random_signal(14, 20)
SPECTROGRAM = random_spectrum(9, 9)

# ------------------------------------------------------------------- what is wrong for a kind of argument

NAN, INF = float("nan"), float("inf")
NO_NUMBERS = [None, "x", True, b"x", object(), {}, [1.0], np.array([1, 2]), 1j]
NUMBER = [*NO_NUMBERS, NAN, INF, -INF, 10**400]
COUNT = [*NUMBER, 0, -1, 1.5, np.float64(2), 10**12]
POSITIVE = [*NUMBER, 0, -1.0]
NO_ARRAYS = [None, "x", b"x", object(), {}, [], [None], ["a"], [[1.0], [1.0, 2.0]], [True], [1j * NAN], [NAN], [INF]]
NO_ARRAYS += [np.array([object()]), np.zeros((0, 3)), np.array(["2026"], "datetime64[D]")]
ARRAY = [*NO_ARRAYS, 0.5, np.float64(1), 3]
REAL = [*ARRAY, [1j]]
SIGNAL = [*REAL, [1], np.ones(3, np.int16), np.ones((100, 2))]
MONO = [*SIGNAL, np.ones((2, 9))]
VECTOR = [*REAL, np.ones((2, 2))]
LEVELS = [*NO_ARRAYS, [1j], 1j]
NO_FEATURES = [*REAL, NOISE]
SPECTRUM = [*ARRAY, [1.0, 2.0]]
NAME = [None, 5, True, b"hann", "nonsense", "", ["hann"], np.array(["a", "b"])]
RNG = [None, 5, "x", np.random, np.random.RandomState(0)]

# --------------------------------------------- arguments: what works, and what is wrong for each of them

TIME = {"duration_s": (0.01, POSITIVE), "sample_rate": (8000, [*POSITIVE, "44100", 1e-9])}
SAMPLE_RATE = {"sample_rate": (8000, [*POSITIVE, "44100"])}
WHOLE_RATE = {"sample_rate": (8000, [*COUNT, "44100"])}
FREQUENCY = (100, [*NUMBER, -1, 4001])
CORNER = (100, [*NUMBER, 0, -1, 4000, 4001])
RANDOM = {"rng": (np.random.default_rng(0), RNG)}
HOP = {"hop_length": (4, COUNT)}
GRID = {"n_fft": (16, COUNT), "win_length": (16, [*COUNT[1:], 17, 15]), "hop_length": (4, COUNT[1:])}
GRID |= {"window": (np.ones(16), [*VECTOR, np.ones(15), np.ones(17), "nonsense"])}
MAGNITUDE = (abs(SPECTROGRAM), [*SPECTRUM, SPECTROGRAM, SPECTROGRAM.real])
LEVEL = {"ref": (1.0, [*POSITIVE, lambda x: None, lambda x: x, lambda x: -1.0]), "floor_db": (-80, [*NUMBER, 1e9])}

# ------------------------------------------------------------------------------------- how it is tried


def refusals(topic, calls):
    """A test of every public function of ``course_utils.<topic>``.

    ``calls[function][parameter]`` is a value that works and a list of what is wrong in its place.
    """

    @pytest.mark.parametrize("function", public_functions(topic), ids=lambda function: function.__name__)
    def test(function, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        found = let_through(function, calls)
        assert found == [], "\n".join(found)

    return test


def public_functions(topic):
    module = importlib.import_module(f"course_utils.{topic}")
    functions = inspect.getmembers(module, inspect.isfunction)
    return [f for name, f in functions if f.__module__ == module.__name__ and not name.startswith("_")]


def let_through(function, calls):
    """What a function does with hostile input other than refuse it in one sentence."""
    if function not in calls:
        return [f"CALLS lacks {function.__name__}"]
    if missing := [name for name in worth_trying(function) if name not in calls[function]]:
        return [f"CALLS of {function.__name__} lacks {', '.join(missing)}"]
    usual = {name: value for name, (value, _) in calls[function].items()}
    call(function, usual)
    found = []
    for name, (_, hostile) in calls[function].items():
        for value in hostile:
            try:
                result = call(function, {**usual, name: value})
                found.append(f"{name}={value!r} gave {result!r:.60}")
            except (ValueError, TypeError, FileNotFoundError) as error:
                try:
                    assert_one_sentence(error)
                except AssertionError as reason:
                    found.append(f"{name}={value!r}: {reason}")
            except Exception as error:
                found.append(f"{name}={value!r} gave {error!r}")
    return found


def worth_trying(function):
    """The parameters of a function but flags, and names that it hands on."""
    parameters = inspect.signature(function).parameters.values()
    return [p.name for p in parameters if p.kind != p.VAR_KEYWORD and not isinstance(p.default, bool)]


def call(function, arguments):
    parameters = inspect.signature(function).parameters.items()
    positional = [name for name, parameter in parameters if parameter.kind == parameter.POSITIONAL_OR_KEYWORD]
    named = {name: value for name, value in arguments.items() if name not in positional}
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a warning from inside numpy means that the input went too far
        return function(*(arguments[name] for name in positional if name in arguments), **named)
