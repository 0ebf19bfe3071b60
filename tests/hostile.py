"""Hostile input: values that no function may accept, arguments that work, and the tests that try one on the other.

A module's own test says in ``CALLS``, for every public function and parameter, what works and what is wrong; what only
one module needs stands there. Of ``models``, classes are tried as well, and the ``forward`` of each network: its key is
that of an instance, ``Net(4).forward``. What works is tried in other forms, too: stored otherwise it must give the
same, much quieter, louder or in another precision something finite, and in any case no error but a sentence.
"""

import copy
import importlib
import inspect
import pickle
import re
import warnings

import numpy as np
import pytest
import torch

from tests.support import assert_one_sentence, random_signal, random_spectrum

NOISE = random_signal(64)  # 8 ms at 8 kHz
SECOND = random_signal(8000)
FEATURES = random_signal(14, 20)
SPECTROGRAM = random_spectrum(9, 9)

# ------------------------------------------------------------------- what is wrong for a kind of argument

NAN, INF = float("nan"), float("inf")
NO_SWITCHES = ["False", "no", "", 0, 1, None, [], [False], np.array([True, False]), 0.0]
NO_NUMBERS = [None, "x", True, b"x", object(), {}, [1.0], np.array([1, 2]), 1j]
NUMBER = [*NO_NUMBERS, NAN, INF, -INF, 10**400]
COUNT = [*NUMBER, 0, -1, 1.5, np.float64(2), 10**12]
POSITIVE = [*NUMBER, 0, -1.0]
NO_ARRAYS = [None, "x", b"x", object(), {}, [], [None], ["a"], [[1.0], [1.0, 2.0]], [True], [1j * NAN], [NAN], [INF]]
NO_ARRAYS += [np.array([object()]), np.zeros((0, 3)), np.array(["2026"], "datetime64[D]"), np.zeros(3, "f8, i4")]
MASKED = np.ma.masked_array([1.0, 2.0, 3.0], [False, True, False])
NO_ARRAYS += [MASKED, [MASKED, MASKED], torch.ones(3, requires_grad=True), torch.ones(3, device="meta")]
NO_ARRAYS += [torch.ones(3).to_sparse(), torch.ones(3, dtype=torch.bfloat16), [torch.ones(3, requires_grad=True)]]
ARRAY = [*NO_ARRAYS, 0.5, np.float64(1), 3]
REAL = [*ARRAY, [1j]]
SIGNAL = [*REAL, [1], np.ones(3, np.int16), np.ones((100, 2)), np.ones((100, 1)), np.ones((3, 100, 2)), [1.0, 1e11]]
MONO = [*SIGNAL, np.ones((2, 9))]
VECTOR = [*REAL, np.ones((2, 2))]
LEVELS = [*NO_ARRAYS, [1j], 1j]
NO_FEATURES = [*REAL, NOISE]
SPECTRUM = [*ARRAY, [1.0, 2.0]]
NAME = [None, 5, True, b"hann", "nonsense", "", ["hann"], np.array(["a", "b"])]
RNG = [None, 5, "x", np.random, np.random.RandomState(0)]

NO_TENSORS = [None, "x", 5, 1.0, b"x", object(), {}, [1.0], np.ones(3), np.array(["a"]), torch.ones(3).to_sparse()]
MODULE = [None, "x", 5, object(), torch.nn.Linear, torch.ones(3)]
LENGTHS = [
    "x",
    0.5,
    object(),
    {},
    [0.5, 1.0],
    [True, True],
    [[1, 2]],
    [0, 3],
    [-1, 3],
    [10**6, 3],
    [1, 2, 3],
    ["a", "b"],
]
# No list of whole numbers: no entries, no numbers, no order.
NO_ROW = [torch.tensor(1), np.array(1), torch.tensor([1, 2], device="meta"), torch.tensor([1, 2]).to_sparse()]
NO_ROW += [{1, 2}, frozenset([1, 2]), {1: 2}.keys(), bytearray(b"\1")]
SHARE = [*NUMBER, -0.1, 1.1]
DEVICE = [
    None,
    5,
    0.5,
    "",
    "gpu",
    "cuda:99",
    "mps:9",
    "meta",
    "xla",
    "nonsense",
    ["cpu"],
    object(),
    torch.device("meta"),
]
PATHS = [5, True, object(), [], "missing/run.pt", ".", "a" * 300, "/proc/run.pt"]

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

    functions = [*public_functions(topic), *(key for key in calls if inspect.ismethod(key))]

    @pytest.mark.parametrize("function", functions, ids=lambda function: function.__qualname__)
    def test(function, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        found = let_through(function, calls) or broken(function, calls)
        assert found == [], "\n".join(found)

    return test


def public_functions(topic):
    """What is called with arguments: functions, and of ``models`` classes, but those that only hold values."""
    module = importlib.import_module(f"course_utils.{topic}")
    members = inspect.getmembers(module, inspect.isfunction)
    if topic.startswith("models."):
        members += [(name, c) for name, c in inspect.getmembers(module, inspect.isclass) if not is_record(c)]
    return [f for name, f in members if f.__module__ == module.__name__ and not name.startswith("_")]


def is_record(kind):
    return issubclass(kind, tuple | Exception) or hasattr(kind, "__dataclass_fields__")


def let_through(function, calls):
    """What a function does with hostile input other than refuse it in one sentence."""
    if function not in calls:
        return [f"CALLS lacks {function.__name__}"]
    if inspect.isclass(function) and "forward" in vars(function):
        if not any(isinstance(getattr(key, "__self__", None), function) for key in calls):
            return [f"CALLS lacks {function.__name__}(…).forward"]
    if missing := [name for name in worth_trying(function) if name not in calls[function]]:
        return [f"CALLS of {function.__name__} lacks {', '.join(missing)}"]
    usual = {name: value for name, (value, _) in calls[function].items()}
    call(function, usual)
    found = []
    switches = {name: (None, NO_SWITCHES) for name in switches_of(function) if name not in calls[function]}
    for name, (_, hostile) in (calls[function] | switches).items():
        for value in hostile:
            try:
                result = call(function, {**usual, name: value})
                found.append(f"{name}={value!r} gave {result!r:.60}")
            except (ValueError, TypeError, FileNotFoundError) as error:
                try:
                    assert_one_sentence(error)
                    assert speaks_of(function, str(error)), f"{error} names what the function has not"
                except AssertionError as reason:
                    found.append(f"{name}={value!r}: {reason}")
            except Exception as error:
                found.append(f"{name}={value!r} gave {error!r}")
    return found


def speaks_of(function, sentence):
    """Whether a sentence begins with a parameter of the function, if with any that has a unit or counts."""
    subject = re.match(r"(n_[a-z_]+|[a-z_]+_(?:hz|s|db|rad|m|bpm|rate|fft|length))(?==| must)", sentence)
    parameters = inspect.signature(function).parameters.values()
    takes_more = any(p.kind in (p.VAR_KEYWORD, p.VAR_POSITIONAL) for p in parameters)
    holds_parts = any(p.name in ("effects", "events", "truth", "found") for p in parameters)  # with names of their own
    return takes_more or holds_parts or not subject or any(subject[1] in p.name for p in parameters)


def worth_trying(function):
    """The parameters of a function but flags, and names that it hands on."""
    parameters = inspect.signature(function).parameters.values()
    named = [p for p in parameters if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]
    return [p.name for p in named if not isinstance(p.default, bool)]


def switches_of(function):
    """The parameters that are True or False."""
    return [p.name for p in inspect.signature(function).parameters.values() if isinstance(p.default, bool)]


def call(function, arguments):
    parameters = inspect.signature(function).parameters.items()
    positional = [name for name, parameter in parameters if parameter.kind == parameter.POSITIONAL_OR_KEYWORD]
    named = {name: value for name, value in arguments.items() if name not in positional}
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a warning from inside numpy means that the input went too far
        return function(*(arguments[name] for name in positional if name in arguments), **named)


# ------------------------------------------------------------------ what works, stored or scaled otherwise


def broken(function, calls):
    """What a function does with relatives of an array that works, where it neither works nor refuses in a sentence."""
    usual = {name: value for name, (value, _) in calls[function].items()}
    expected, found = call(function, fresh(usual)), []
    for name, value in usual.items():
        scalars = () if function.__name__ == "forward_s" else other_scalars(value)  # it gives a time
        for kind, relative, is_same in (*relatives(value), *scalars, *extremes(value)):
            try:
                result = call(function, fresh(usual) | {name: relative})
            except (ValueError, TypeError) as error:
                try:
                    assert_one_sentence(error)
                except AssertionError as reason:
                    found.append(f"{name} {kind}: {reason}")
                if is_same and is_same != "or refused":
                    found.append(f"{name} {kind} is refused: {error}")
                continue
            except Exception as error:
                found.append(f"{name} {kind} gave {error!r:.200}")
                continue
            if is_same and not equal(result, expected, summed_otherwise=kind == SUMMED_OTHERWISE):
                found.append(f"{name} {kind} gave {result!r:.60} and not {expected!r:.60}")
            elif is_finite(expected) and not is_finite(result):
                found.append(f"{name} {kind} gave what is not finite, {result!r:.60}")
    return found


def fresh(arguments):
    """Arguments that no call before has changed: generators, caches, arrays."""
    kept = {name: value for name, value in arguments.items() if hasattr(value, "observe")}  # a widget has no copy
    axes = {name: value for name, value in arguments.items() if hasattr(value, "get_figure")}
    others = {name: value for name, value in arguments.items() if name not in (*kept, *axes)}
    return copy.deepcopy(others) | pickle.loads(pickle.dumps(axes)) | kept  # a figure is pickled in a third of the time


# Numbers of few bits wrap round where they are computed with; what the checks have made of them does not.
INTEGERS = (np.int8, np.uint8, np.int16, np.uint16, np.uint32, np.int64, np.uint64)
FLOATS = (np.float16, np.float32, np.float64, np.longdouble)


def other_scalars(value):
    """Numbers, alone or in lists, tuples and dicts, of numpy's types that hold them exactly: the same must come."""
    for dtype in (*INTEGERS, *FLOATS):
        relative = of_type(dtype, value)
        if relative is not None:
            must_work = dtype in INTEGERS or not holds_int(value)  # no count is a float
            yield f"as {dtype.__name__}", relative, True if must_work else "or refused"
    if is_number(value):
        yield "as an array without axes", np.array(value), "or refused"


def is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool)


def holds_int(value):
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return is_number(value) and isinstance(value, int) or any(map(holds_int, inside))


def of_type(dtype, value):
    """The value with all numbers of a type that holds them, None where there is no such number."""
    if is_number(value):
        fits = dtype in FLOATS or isinstance(value, int)
        with np.errstate(all="ignore"):
            try:
                made = dtype(value) if fits else None
            except OverflowError:
                return None
        return made if made is not None and float(made) == value else None
    if isinstance(value, list | tuple | dict):
        items = list(value.values() if isinstance(value, dict) else value)
        made = [of_type(dtype, item) for item in items]
        if all(item is None for item in made):
            return None
        made = [item if new is None else new for item, new in zip(items, made, strict=True)]
        if isinstance(value, dict):
            return dict(zip(value, made, strict=True))
        return type(value)(*made) if hasattr(value, "_fields") else type(value)(made)
    return None


def extremes(value):
    """Numbers that a check may let pass: then something finite must come."""
    if is_number(value):
        yield from ((f"as {x!r}", x, False) for x in (-0.0, 1e-308, 1e-30, 1e15, 2**63, 1e200, 1e308, -1e308))


SCALES = {"float16": (1, 1e-4), "float32": (1, 1e-44, 1e-30, 1e-18, 1e9), "float64": (1e-300, 1e-160, 1e9, 1e200)}


def relatives(value):
    """(what kind, the array, whether the result must be the same) of arrays and tensors that hold floating point."""
    if isinstance(value, torch.Tensor):
        yield from relatives_of_tensor(value)
    elif isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.ndim:
        frozen = value.copy()
        frozen.setflags(write=False)
        yield "read-only", frozen, True
        yield "in Fortran's order", np.asfortranarray(value), True
        yield "reversed twice", value[..., ::-1].copy()[..., ::-1], True
        yield "strided", np.repeat(value, 2, axis=-1)[..., ::2], True
        yield "big-endian", value.astype(value.dtype.newbyteorder(">")), True
        yield "masked nowhere", np.ma.masked_array(value), True
        for dtype, scales in SCALES.items():
            with np.errstate(all="ignore"):
                scaled = [(scale, (value * scale).astype(dtype)) for scale in scales]
            yield from ((f"times {scale:g} as {dtype}", x, False) for scale, x in scaled)


SUMMED_OTHERWISE = "a strided tensor"  # torch sums a product of it in another order: float32's last bits change


def relatives_of_tensor(x):
    """Tensors of other kinds, in other places, of other shapes: most are refused, and some may work."""
    yield "as numpy has it", x.numpy(), False
    yield "as a list", x.tolist(), False
    yield SUMMED_OTHERWISE, torch.repeat_interleave(x, 2, dim=-1)[..., ::2] if x.ndim else x, True
    yield "on meta", x.to("meta"), False
    yield "sparse", x.to_sparse(), False
    yield "empty", x[..., :0] if x.ndim else x[None][:0], False
    yield "short of an axis", x[0] if x.ndim else x, False
    yield "with an axis more", x[None], False
    for dtype in (torch.int16, torch.int64, torch.bool, torch.complex64, torch.half, torch.bfloat16, torch.double):
        yield f"as {dtype}", x.to(dtype), False
    if x.is_floating_point():
        yield "with a gradient", x.clone().requires_grad_(), True


def parts(result):
    """The numbers of a result, whatever holds them."""
    if isinstance(result, tuple | list):
        return [part for item in result for part in parts(item)]
    if isinstance(result, torch.Tensor):
        return [] if result.device.type == "meta" else [result.detach().to_dense().double().numpy()]
    return [np.asarray(result)] if isinstance(result, np.ndarray | np.generic | int | float | complex) else []


def is_finite(result):
    return all(np.isfinite(part).all() for part in parts(result) if part.dtype.kind in "fc")


def equal(result, expected, *, summed_otherwise=False):
    found, wanted = parts(result), parts(expected)
    return len(found) == len(wanted) and all(
        a.shape == b.shape and np.array_equal(a, b)
        if a.dtype.kind == "U"
        else a.shape == b.shape
        and np.allclose(a, b, rtol=1e-5, atol=1e-8 + summed_otherwise * last_bits(b), equal_nan=a.dtype.kind in "fc")
        for a, b in zip(found, wanted, strict=True)
    )


def last_bits(values):
    """Eight of float32's steps at the largest value."""
    return 8 * float(np.finfo(np.float32).eps) * np.abs(values[np.isfinite(values)]).max(initial=0)
