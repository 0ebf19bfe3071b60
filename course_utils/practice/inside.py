"""What goes on inside the child process: limits, the judge, and what the answer changed outside itself."""

import builtins
import contextlib
import faulthandler
import gc
import importlib._bootstrap as importing
import io
import itertools
import json
import os
import pickle
import random
import sys
import threading
import time
import types
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from .._checks import NotInstalledError
from .judge import NOT_ATTEMPTED, RIGHT, WRONG, Verdict, judge
from .model import Exercise
from .processes import Sign
from .store import VARIABLE

LIMIT_PRINTED = 2000  # characters
LIMIT_RESERVED = 8_000_000_000  # bytes that one process may reserve; what it really takes, the parent watches
LIMIT_PROCESSOR_S = 600  # should the parent be gone, nothing that an answer has started runs for ever
KILLED_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl

_here = False


def is_here() -> bool:
    """Is this the process that judges an answer, or one that the answer has forked?"""
    return _here


def in_child(writing: int, sign: Sign, exercise: Exercise, answer: Any) -> None:
    """Judge under limits, and tell: which case, at the end the verdict and what was printed."""
    global _here
    _here = True
    os.environ[VARIABLE] = "off"  # a check, hint or quiz in an answer keeps nothing
    told = partial(tell, writing, sign)
    printed = take_streams()
    faulthandler.disable()  # a crash is told in a sentence, not as a dump in the notebook's log
    take_one_thread()
    gc.freeze()  # what the notebook has thrown away is not ours to finish
    close_doors(answer)
    set_limits(sign)
    before = state_outside(answer)
    watch_imports(told, before)
    warnings.simplefilter("ignore")
    verdict = judged(exercise, answer, partial(tell_progress, told))
    if verdict.status == RIGHT:
        verdict = changed_outside(answer, before, state_outside(answer)) or verdict
    told(verdict=verdict.as_dict(), printed=printed.told())
    time.sleep(LIMIT_PROCESSOR_S)  # the parent ends it, with all that it has started


def take_one_thread() -> None:
    """Threads of OpenMP wait for one another busily: on a busy machine that is what would take most of the time."""
    os.environ["OMP_NUM_THREADS"] = "1"  # for what the answer imports itself
    torch = sys.modules.get("torch")
    if hasattr(torch, "set_num_threads"):
        torch.set_num_threads(1)


def tell_progress(told: Callable, says: str | Verdict) -> None:
    """The case that comes next, or what holds already should time run out before the mistake has a name."""
    told(so_far=says.as_dict()) if isinstance(says, Verdict) else told(case=says)


def judged(exercise: Exercise, answer: Any, tell: Callable[[str | Verdict], None] = lambda _: None) -> Verdict:
    """The judge's verdict, or that on what escaped it."""
    try:
        return judge(exercise, answer, tell)
    except SystemExit:
        return Verdict(WRONG, "It calls exit(), which would end the notebook: use return.", "exit")
    except MemoryError:
        return Verdict(WRONG, "It asks for more memory than there is: does something grow without end?", "memory")
    except NotInstalledError as error:  # the exercise's own scene or truth needs what is not here: nobody's mistake
        return Verdict(NOT_ATTEMPTED, f"It cannot be checked here: {error}.")
    except BaseException as error:
        said = " ".join(str(error).split())[:200]
        return Verdict(WRONG, f"It raises {type(error).__name__}: {said}.", type(error).__name__)


def tell(writing: int, sign: Sign, **message) -> None:
    os.write(writing, b"\n" + sign.token + json.dumps(message).encode() + b"\n")


def serve() -> None:
    """The new Python: take catalogue and answer from the standard input, tell the verdict to the standard output."""
    from .catalogue import use

    writing = os.dup(1)
    os.dup2(2, 1)
    sign = pickle.load(sys.stdin.buffer)
    try:
        catalogue, path, settings, name, answer = pickle.load(sys.stdin.buffer)
        sys.path += [place for place in path if place not in sys.path]
        use(catalogue)
        take_settings(settings)
        exercise, answer = catalogue.find(name), pickle.loads(answer)
    except Exception as error:  # nobody's mistake: nothing has been judged yet
        verdict = Verdict(NOT_ATTEMPTED, f"It cannot be checked here: {type(error).__name__}: {error}.")
        tell(writing, sign, verdict=verdict.as_dict(), printed="")
    else:
        tell(writing, sign, importing=False)
        in_child(writing, sign, exercise, answer)
    os._exit(0)


def settings() -> list[tuple]:
    """What a notebook may have set that decides what its functions give, as calls: a new Python takes it over."""
    calls = [(np.seterr, np.geterr()), (sys.setrecursionlimit, sys.getrecursionlimit())]
    torch = sys.modules.get("torch")
    if hasattr(torch, "set_default_dtype") and torch.get_default_dtype() != torch.float32:
        calls.append((torch.set_default_dtype, torch.get_default_dtype()))  # else nobody waits for an import of torch
    return calls


def take_settings(calls: list[tuple]) -> None:
    for call, value in calls:
        call(**value) if isinstance(value, dict) else call(value)


# ------------------------------------------------------------------------------------------- streams


class Printed(io.StringIO):
    """Keeps the first characters that are printed, and counts what comes after them."""

    n_written = 0
    rest = itertools.count()

    def write(self, text: str) -> int:
        if self.n_written > LIMIT_PRINTED:
            return next(self.rest)
        super().write(text[: LIMIT_PRINTED - self.n_written])
        self.n_written += len(text)
        if self.n_written > LIMIT_PRINTED:
            self.write = partial(next, self.rest)  # counts without running a line of Python
        return len(text)

    def told(self) -> str:
        if self.n_written <= LIMIT_PRINTED:
            return self.getvalue()
        return (
            f"{self.getvalue()}\n… It printed more, in {next(self.rest):,} further pieces, which slows it down: "
            f"only the first {LIMIT_PRINTED:,} characters are shown."
        )


def take_streams() -> Printed:
    """What is printed is kept, also by those who hold the notebook's streams; what goes past Python is dropped."""
    printed = Printed()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError):  # a file of the interpreter: it ends in what is dropped
            stream.write, stream.flush = printed.write, printed.flush
    sys.stdout = sys.stderr = printed
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)
    return printed


def leave(*_):
    raise SystemExit


def no_input(*_):
    raise RuntimeError("input() cannot be used here: take what is needed from the arguments")


def close_doors(answer: Any) -> None:
    """exit() raises, where IPython would only make a note; nothing waits for the keyboard."""
    builtins.exit = builtins.quit = leave
    builtins.input = no_input
    namespace = getattr(answer, "__globals__", {})
    for name in ("exit", "quit"):
        if name in namespace:
            namespace[name] = leave


def set_limits(sign: Sign) -> None:
    """What each process may take by itself; what all of them take together, the parent watches."""
    try:
        import resource
    except ImportError:  # Windows: only the parent watches
        return
    limits = {resource.RLIMIT_FSIZE: sign.mark, resource.RLIMIT_CORE: 0, resource.RLIMIT_CPU: LIMIT_PROCESSOR_S}
    if sys.platform == "linux":
        import ctypes
        import signal

        ctypes.CDLL(None).prctl(KILLED_WITH_PARENT, signal.SIGKILL)
        with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
            file.write("1000")  # where memory runs out for all, the notebook is not what is ended
        with open("/proc/self/statm", encoding="ascii") as file:
            used = int(file.read().split()[5]) * resource.getpagesize()
        limits[resource.RLIMIT_DATA] = used + LIMIT_RESERVED
    for kind, most in limits.items():
        with contextlib.suppress(OSError, ValueError):  # a limit that is lower already
            resource.setrlimit(kind, (most, most))


# -------------------------------------------------------------------------- what is changed outside


def watch_imports(told: Callable, before: dict[str, Any]) -> None:
    """Tell when something is imported, as it is not the answer's running time, and take what it changes for given."""
    load, judging, depth = importing._find_and_load, threading.get_ident(), 0

    def loading(name, import_):
        nonlocal depth
        if depth or threading.get_ident() != judging:
            return load(name, import_)
        depth, known = 1, surroundings()
        told(importing=True)
        try:
            return load(name, import_)
        finally:
            depth, now = 0, surroundings()
            before.update({key: now.get(key) for key in known.keys() | now.keys() if known.get(key) != now.get(key)})
            told(importing=False)

    importing._find_and_load = loading  # the import statement and import_module look it up for what is not there yet


VARIABLE_OF = "the environment variable"


def surroundings() -> dict[str, Any]:
    """What belongs to the whole process and can be changed by any code, as values that can be compared."""
    try:
        folder = os.getcwd()
    except OSError:  # it was deleted
        folder = None
    return {
        "the state of numpy.random": pickle.dumps(np.random.get_state(legacy=True)),  # noqa: NPY002
        "the state of random": random.getstate(),
        "numpy's error handling (np.seterr)": np.geterr(),
        "the working directory": folder,
    } | {f"{VARIABLE_OF} {name}": value for name, value in os.environ.items()}


def state_outside(answer: Any) -> dict[str, Any]:
    """What an answer could change outside itself, as values that can be compared."""
    state = surroundings()
    for name, value in used_globals(answer).items():
        with contextlib.suppress(Exception):  # what cannot be pickled is not compared
            state[f"the variable {name}"] = pickle.dumps(value)
    return state


def functions_of(function: Any, seen: set | None = None) -> Iterator[types.FunctionType]:
    """A function of the notebook, and those of the notebook that it names, directly or through others."""
    seen = set() if seen is None else seen
    code, namespace = getattr(function, "__code__", None), getattr(function, "__globals__", {})
    if code is None or code in seen or namespace.get("__name__") != "__main__":
        return
    seen.add(code)
    yield function
    for name in names_in(code) & namespace.keys():
        yield from functions_of(namespace[name], seen)


def used_globals(answer: Any) -> dict[str, Any]:
    """The variables of the notebook that a function names, directly or through functions of the notebook."""
    found = {}
    for function in functions_of(answer):
        for name in names_in(function.__code__) & function.__globals__.keys():
            value = function.__globals__[name]
            if not isinstance(value, (types.ModuleType, type)) and not callable(value):
                found[name] = value
    return found


def names_in(code: types.CodeType) -> set[str]:
    inner = [const for const in code.co_consts if isinstance(const, types.CodeType)]
    return set(code.co_names).union(*map(names_in, inner))


def changed_outside(answer: Any, before: dict, after: dict) -> Verdict | None:
    """What an answer has changed. The environment counts where it reaches for it: libraries set variables, too."""
    reaches = any("environ" in names_in(function.__code__) for function in functions_of(answer))
    for name in before.keys() | after.keys():
        if before.get(name) != after.get(name) and (reaches or not name.startswith(VARIABLE_OF)):
            message = (
                f"The values are right, but it changes {name}, which belongs to the rest of the notebook: "
                "keep everything in variables of the function, and draw random numbers from the rng that is passed."
            )
            return Verdict(WRONG, message, "global state")
    return None
