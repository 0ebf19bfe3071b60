"""Run a learner's answer in a process of its own, with limits on time, memory, files and processes.

What an answer does by mistake does no harm to the notebook: it changes no variable there, and all that it starts ends
with it. It is no wall against intent: the answer runs as the reader's own user, may delete files and use the network,
and can reach into the judge, which runs in the same process, and make itself right.

On Linux the child is a fork, which starts in milliseconds and knows everything that the notebook has defined. Where it
may have failed because it is a fork, and everywhere else, it is a new Python that receives the answer by cloudpickle.
"""

import contextlib
import ctypes
import io
import os
import pickle
import subprocess
import sys
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from . import inside
from .catalogue import in_use
from .judge import NOT_ATTEMPTED, RIGHT, WRONG, Verdict, at_a_glance
from .model import Exercise
from .processes import LIMIT_BYTES, LIMIT_PROCESSES, LIMIT_TOLD, LIMIT_WRITTEN, Child, new_sign

LIMIT_S = 8.0
STARTS_BY_FORK = sys.platform == "linux"
PAUSE_S = 0.02  # between two looks


@dataclass(frozen=True)
class Checked:
    """The verdict, what the answer printed, and how long it took."""

    verdict: Verdict
    printed: str
    seconds: float


def run(exercise: Exercise, answer: Any, *, fork: bool = STARTS_BY_FORK, limit_s: float = LIMIT_S) -> Checked:
    """Judge an answer in a child process; whatever it does there ends in a verdict.

    ``limit_s`` is of running, on Linux of the processor, and more where the task promises more: what a new Python and
    the answer's own imports take to load does not count.
    """
    started, children = time.monotonic(), []
    limit_s += getattr(exercise.spec, "promised_s", 0.0)
    try:
        if inside.is_here():  # a check in an answer that is being checked
            verdict, printed = inside.judged(exercise, answer), ""
        else:
            verdict, printed = watched(children, exercise, answer, fork, limit_s)
    except CannotSend as error:
        verdict, printed = at_a_glance(exercise, answer) or Verdict(NOT_ATTEMPTED, str(error), "not portable"), ""
    finally:
        for child in children:
            child.stop()
    return Checked(verdict, printed, time.monotonic() - started)


def watched(children: list[Child], exercise, answer, fork: bool, limit_s: float) -> tuple[Verdict, str]:
    """Start a child and wait for its verdict; where the fork itself may be what fails, start a new Python beside it."""
    news = threading.Event()
    first = (start_fork if fork else start_python)(exercise, answer, news, limit_s)
    children.append(first)
    may_fork_fail = fork
    while True:
        news.wait(PAUSE_S)
        news.clear()
        for child in children:
            child.look()
            if child.verdict and child.verdict.status == RIGHT:
                return child.verdict, child.printed
        if may_fork_fail and fails_by_fork(first):
            may_fork_fail = False
            with contextlib.suppress(CannotSend):
                children.append(start_python(exercise, answer, news, limit_s - first.running_s()))
        if all(child.is_over for child in children):
            return best_said(children, limit_s)


CRASHES = ("SIGABRT", "SIGBUS", "SIGFPE", "SIGILL", "SIGSEGV", "SIGTERM")  # numba ends a fork by SIGTERM


def fails_by_fork(child: Child) -> bool:
    """May it be the fork that is at fault: a lock never released, a library that does not survive it or says so?"""
    complains = child.verdict is not None and child.verdict.status == WRONG and "fork" in child.verdict.message
    return complains or child.ending in CRASHES or (child.is_idle and not child.is_over)


def best_said(children: list[Child], limit_s: float) -> tuple[Verdict, str]:
    """What the new Python found, if one was needed and has judged; else the fork's verdict, or how it ended."""
    for child in reversed(children):
        if child.verdict and (child is children[0] or child.verdict.status == WRONG):
            return child.verdict, child.printed
    return verdict_on_ending(children[0], limit_s), ""


SENTENCES = {
    "time": (
        "endless loop",
        "It was still running after {limit_s:g} s and was stopped{place}: "
        "is there a loop that never ends, or one with far too many steps?",
    ),
    "waiting": (
        "endless loop",
        "It had not ended after {limit_s:g} s and was stopped{place}: it waits for something that does not come.",
    ),
    "memory": (
        "memory",
        f"It took more than {LIMIT_BYTES / 1e9:g} GB of memory and was stopped{{place}}: "
        "does a list grow without end, or is an array larger than meant?",
    ),
    "disk": (
        "disk",
        f"It wrote more than {LIMIT_WRITTEN / 1e9:g} GB and was stopped{{place}}: is a file written in a loop?",
    ),
    "processes": (
        "processes",
        f"It started more than {LIMIT_PROCESSES} processes and was stopped{{place}}: does each start others?",
    ),
    "flood": (
        "flood",
        f"It wrote more than {LIMIT_TOLD / 1e6:g} MB to where its verdict is told and was stopped{{place}}: "
        "write only to files that it has opened itself.",
    ),
    "end": ("exit", "It ended the process it ran in{place}: leave exit(), os._exit() and the like out; use return."),
}
CRASH = "crash", "It crashed Python itself ({ending}){place}: a recursion or an array gone too far?"


def verdict_on_ending(child: Child, limit_s: float) -> Verdict:
    """A sentence on how a child ended without a verdict."""
    if child.so_far and child.ending == "time":
        return child.so_far  # the time went into the search for a name, on a busy machine: that is no loop of theirs
    ending = "waiting" if child.ending == "time" and child.is_idle else child.ending
    name, sentence = SENTENCES.get(ending, CRASH)
    place = f", in the case “{child.case}”" if child.case else ""
    return Verdict(WRONG, sentence.format(limit_s=limit_s, place=place, ending=ending), name)


# ---------------------------------------------------------------------------------------- by a fork


def start_fork(exercise: Exercise, answer: Any, news: threading.Event, limit_s: float) -> Child:
    rest_openmp()
    sign = new_sign()
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forking with threads: see fails_by_fork
        pid = os.fork()
    if pid == 0:
        try:
            os.setsid()
            os.close(reading)
            inside.in_child(writing, sign, exercise, answer)
        finally:
            os._exit(0)
    os.close(writing)
    return Child(pid, os.fdopen(reading, "rb"), sign, news, limit_s)


PAUSE_HARD = 2  # omp_pause_hard of OpenMP 5.0


def rest_openmp() -> None:
    """End the waiting threads of GNU OpenMP (torch, scikit-learn): a fork would count on them, and has none.

    They start anew in the next parallel loop. Other runtimes see to a fork themselves.
    """
    with contextlib.suppress(OSError), open("/proc/self/maps", encoding="utf-8", errors="replace") as file:
        for path in {line.split(maxsplit=5)[5].strip() for line in file if "libgomp" in line}:
            with contextlib.suppress(OSError, AttributeError):  # gone, or older than OpenMP 5.0
                ctypes.CDLL(path).omp_pause_resource_all(PAUSE_HARD)


# ----------------------------------------------------------------------------------- by a new Python


class CannotSend(Exception):
    """The answer cannot be given to another process."""


def start_python(exercise: Exercise, answer: Any, news: threading.Event, limit_s: float) -> Child:
    try:
        payload = pickled((in_use(), sys.path, inside.settings(), exercise.name, pickled(answer)))
    except Exception as error:
        raise CannotSend(
            f"It cannot be checked here, as it uses something that cannot be sent to another process ({error}): "
            "leave out exit(), input(), open files and widgets."
        ) from None
    sign = new_sign()
    command = [sys.executable, "-c", "from course_utils.practice import inside; inside.serve()"]
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    pipe, is_posix = subprocess.PIPE, os.name == "posix"
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, env=environment, start_new_session=is_posix)
    payload = pickle.dumps(sign) + payload
    threading.Thread(target=feed, args=(process.stdin, payload), daemon=True).start()
    return Child(process.pid, process.stdout, sign, news, limit_s, process)


def pickled(value: Any) -> bytes:
    """By cloudpickle, but locks and pools of threads are made anew: who holds or fills them here is not there."""
    import cloudpickle

    class Pickler(cloudpickle.CloudPickler):
        def reducer_override(self, obj):
            if isinstance(obj, type(threading.Lock())):
                return threading.Lock, ()
            if isinstance(obj, type(threading.RLock())):
                return threading.RLock, ()
            if isinstance(obj, ThreadPoolExecutor):
                return ThreadPoolExecutor, (obj._max_workers,)
            return super().reducer_override(obj)

    file = io.BytesIO()
    Pickler(file).dump(value)
    return file.getvalue()


def feed(stream, payload: bytes) -> None:
    with contextlib.suppress(OSError), stream:
        stream.write(payload)
