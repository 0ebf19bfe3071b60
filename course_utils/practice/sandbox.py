"""Run a learner's answer where it can do no harm: in a child process, with limits on time and memory.

On Linux the child is a fork, which starts in milliseconds and knows everything that the notebook
has defined. Elsewhere it is a new Python that receives the answer by cloudpickle.
"""

import builtins
import contextlib
import faulthandler
import io
import json
import os
import pickle
import random
import signal
import subprocess
import sys
import threading
import time
import types
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._checks import NotInstalledError
from .catalogue import in_use, use
from .judge import NOT_ATTEMPTED, RIGHT, WRONG, Verdict, judge
from .model import Exercise

LIMIT_S = 8.0
LIMIT_BYTES = 1_000_000_000  # beyond what the notebook itself holds
LIMIT_PRINTED = 2000  # characters
STARTS_BY_FORK = sys.platform == "linux"


@dataclass(frozen=True)
class Checked:
    """The verdict, what the answer printed, and how long it took."""

    verdict: Verdict
    printed: str
    seconds: float


def run(exercise: Exercise, answer: Any, *, fork: bool = STARTS_BY_FORK, limit_s: float = LIMIT_S) -> Checked:
    """Judge an answer in a child process; whatever it does there ends in a verdict."""
    started = time.monotonic()
    try:
        child = start_fork(exercise, answer) if fork else start_python(exercise, answer)
    except CannotSend as error:
        return Checked(Verdict(WRONG, str(error), "not portable"), "", time.monotonic() - started)
    try:
        messages, ending = listen(child, started + limit_s)
    finally:
        child.stop()
    verdict = verdict_of(messages, ending, limit_s)
    printed = next((m["printed"] for m in messages if "printed" in m), "")
    return Checked(verdict, printed, time.monotonic() - started)


def verdict_of(messages: list[dict], ending: str, limit_s: float) -> Verdict:
    """The child's own verdict, or a sentence on how it ended without one."""
    for message in messages:
        if "verdict" in message:
            fields = message["verdict"]
            return Verdict(**fields | {"evidence": tuple(map(tuple, fields["evidence"]))})
    place = next((f", on {m['case']}" for m in reversed(messages) if "case" in m), "")
    sentences = {
        "time": f"It was still running after {limit_s:g} s and was stopped{place}: "
        "is there a loop that never ends, or one with far too many steps?",
        "memory": f"It took more than {LIMIT_BYTES / 1e9:g} GB of memory and was stopped{place}: "
        "does a list grow without end, or is an array larger than meant?",
        "end": f"It ended the process it ran in{place}: leave exit(), os._exit() and the like out; use return.",
    }
    names = {"time": "endless loop", "memory": "memory", "end": "exit"}
    if ending in sentences:
        return Verdict(WRONG, sentences[ending], names[ending])
    return Verdict(WRONG, f"It crashed Python itself ({ending}){place}: a recursion or an array gone too far?", "crash")


# ------------------------------------------------------------------------------------ in the parent


class CannotSend(Exception):
    """The answer cannot be given to another process."""


@dataclass
class Child:
    pid: int
    pipe: int  # what it tells is read here, one JSON object a line
    process: subprocess.Popen | None = None

    def ended(self, wait: bool = False) -> str | None:
        """How it ended: the name of the signal that did it, or "end" where it left by itself; None while it runs."""
        if self.process:
            with contextlib.suppress(subprocess.TimeoutExpired):
                code = self.process.wait(10 if wait else 0)
                return signal.Signals(-code).name if code < 0 else "end"
            return None
        pid, status = os.waitpid(self.pid, 0 if wait else os.WNOHANG)
        if pid == 0:
            return None
        return signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else "end"

    def stop(self) -> None:
        """End it and whatever it has started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if os.name == "posix":
                os.killpg(self.pid, signal.SIGKILL)
            else:
                self.process.kill()
        with contextlib.suppress(ChildProcessError):  # it was waited for before
            self.ended(wait=True)
        with contextlib.suppress(OSError):
            os.close(self.pipe)


def listen(child: Child, deadline: float) -> tuple[list[dict], str]:
    """Collect what the child tells until it ends, takes too long or too much memory."""
    import psutil

    buffer, done = bytearray(), threading.Event()

    def read():
        while piece := os.read(child.pipe, 65536):
            buffer.extend(piece)
        done.set()

    threading.Thread(target=read, daemon=True).start()
    try:
        watched = psutil.Process(child.pid)
        allowed = watched.memory_info().rss + LIMIT_BYTES
    except psutil.Error:
        watched = None
    ending = None
    while ending is None:
        if done.wait(0.02):
            ending = child.ended()
        if ending is None and time.monotonic() > deadline:
            ending = "time"
        with contextlib.suppress(psutil.Error, AttributeError):
            if ending is None and watched.memory_info().rss > allowed:
                ending = "memory"
    messages = []
    for line in bytes(buffer).splitlines():
        with contextlib.suppress(ValueError):
            messages.append(json.loads(line))
    return messages, ending


def start_fork(exercise: Exercise, answer: Any) -> Child:
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forking with threads: the child uses none of them
        pid = os.fork()
    if pid == 0:
        try:
            os.setsid()
            os.close(reading)
            in_child(writing, exercise, answer)
        finally:
            os._exit(0)
    os.close(writing)
    return Child(pid, reading)


def start_python(exercise: Exercise, answer: Any) -> Child:
    import cloudpickle

    try:
        payload = cloudpickle.dumps((in_use(), sys.path, exercise.name, cloudpickle.dumps(answer)))
    except Exception as error:
        raise CannotSend(
            f"The answer uses something that cannot be sent to another process ({error}): "
            "leave out exit(), input(), open files and widgets."
        ) from None
    command = [sys.executable, "-c", "from course_utils.practice import sandbox; sandbox.serve()"]
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, start_new_session=os.name == "posix"
    )
    threading.Thread(target=feed, args=(process.stdin, payload), daemon=True).start()
    return Child(process.pid, os.dup(process.stdout.fileno()), process)


def feed(stream, payload: bytes) -> None:
    with contextlib.suppress(OSError), stream:
        stream.write(payload)


# ------------------------------------------------------------------------------------- in the child


def serve() -> None:
    """The new Python: take catalogue and answer from the standard input, tell the verdict to the standard output."""
    writing = os.dup(1)
    os.dup2(2, 1)  # what the answer prints goes elsewhere
    try:
        catalogue, path, name, answer = pickle.load(sys.stdin.buffer)
        sys.path += [place for place in path if place not in sys.path]
        use(catalogue)
        exercise, answer = catalogue.find(name), pickle.loads(answer)
    except Exception as error:  # nobody's mistake: nothing has been judged yet
        verdict = Verdict(NOT_ATTEMPTED, f"It cannot be checked here: {type(error).__name__}: {error}.")
        tell(writing, verdict=verdict.as_dict(), printed="")
    else:
        in_child(writing, exercise, answer)
    os._exit(0)


def tell(writing: int, **message) -> None:
    os.write(writing, json.dumps(message).encode() + b"\n")


def in_child(writing: int, exercise: Exercise, answer: Any) -> None:
    """Judge under limits, and tell: which case, at the end the verdict and what was printed."""

    printed = Printed()
    sys.stdout = sys.stderr = printed
    faulthandler.disable()  # a crash is told in a sentence, not as a dump in the notebook's log
    close_doors(answer)
    limit_memory()
    before = state_outside(answer)
    warnings.simplefilter("ignore")
    try:
        verdict = judge(exercise, answer, lambda says: tell(writing, case=says))
        if verdict.status == RIGHT:
            verdict = changed_outside(before, state_outside(answer)) or verdict
    except SystemExit:
        verdict = Verdict(WRONG, "It calls exit(), which would end the notebook: use return.", "exit")
    except MemoryError:
        verdict = Verdict(WRONG, "It asks for more memory than there is: does something grow without end?", "memory")
    except NotInstalledError as error:  # the exercise's own scene or truth needs what is not here: nobody's mistake
        verdict = Verdict(NOT_ATTEMPTED, f"It cannot be checked here: {error}.")
    except BaseException as error:
        said = " ".join(str(error).split())[:200]
        verdict = Verdict(WRONG, f"It raises {type(error).__name__}: {said}.", type(error).__name__)
    tell(writing, verdict=verdict.as_dict(), printed=printed.getvalue())


class Printed(io.StringIO):
    """Keeps the first characters that are printed, and drops the rest."""

    def write(self, text: str) -> int:
        room = LIMIT_PRINTED - self.tell()
        if room > 0:
            super().write(text[:room])
        return len(text)


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


def limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows: only the parent watches
        return
    with contextlib.suppress(OSError, ValueError, FileNotFoundError):
        with open("/proc/self/statm", encoding="ascii") as file:
            used = int(file.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + LIMIT_BYTES, used + LIMIT_BYTES))


def state_outside(answer: Any) -> dict[str, Any]:
    """What an answer could change outside itself, as values that can be compared."""
    state = {
        "the state of numpy.random": pickle.dumps(np.random.get_state(legacy=True)),  # noqa: NPY002
        "the state of random": random.getstate(),
        "numpy's error handling (np.seterr)": np.geterr(),
        "the working directory": os.getcwd(),
        "the environment variables": dict(os.environ),
    }
    for name, value in used_globals(answer).items():
        with contextlib.suppress(Exception):  # what cannot be pickled is not compared
            state[f"the variable {name}"] = pickle.dumps(value)
    return state


def used_globals(function: Any, seen: tuple = ()) -> dict[str, Any]:
    """The variables of the notebook that a function names, directly or through functions of the notebook."""
    code, namespace = getattr(function, "__code__", None), getattr(function, "__globals__", {})
    if code is None or code in seen or namespace.get("__name__") != "__main__":
        return {}
    found = {}
    for name in names_in(code) & namespace.keys():
        value = namespace[name]
        if isinstance(value, types.FunctionType):
            found |= used_globals(value, (*seen, code))
        elif not isinstance(value, (types.ModuleType, type)) and not callable(value):
            found[name] = value
    return found


def names_in(code: types.CodeType) -> set[str]:
    inner = [const for const in code.co_consts if isinstance(const, types.CodeType)]
    return set(code.co_names).union(*map(names_in, inner))


def changed_outside(before: dict, after: dict) -> Verdict | None:
    for name in before.keys() | after.keys():
        if before.get(name) != after.get(name):
            message = (
                f"The values are right, but it changes {name}, which belongs to the rest of the notebook: "
                "keep everything in variables of the function, and draw random numbers from the rng that is passed."
            )
            return Verdict(WRONG, message, "global state")
    return None
