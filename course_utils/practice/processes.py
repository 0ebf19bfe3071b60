"""A child process that is watched: what it tells, what it takes, and all that it starts.

On Linux whatever a child starts is known by a mark, to whichever process group or session it moves and whoever becomes
its parent: its limit on the size of a file, which every process inherits and none can raise, is a number of bytes that
no other check has. Elsewhere the tree of processes is followed for as long as it hangs together.
"""

import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from typing import BinaryIO, NamedTuple

from .judge import Verdict

LIMIT_BYTES = 1_000_000_000  # of memory beyond what the notebook itself holds, of all processes together
LIMIT_FILE = 100_000_000  # bytes of each file that is written
LIMIT_WRITTEN = 1_000_000_000  # bytes, of all processes together
LIMIT_TOLD = 10_000_000  # bytes on the pipe
LIMIT_PROCESSES = 50 + 2 * (os.cpu_count() or 1)
LIMIT_ENDING_S = 2.0
LIMIT_LOADING_S = 60.0  # what starting and importing may take beside the running time
PATIENCE = 6  # times as long as it may take of the processor, an answer may take by the clock: others work there, too
IDLE_S, IDLE_SHARE = 1.0, 0.05  # who takes less than that share of a processor for so long is waiting
IS_LINUX = sys.platform == "linux"


def verdict_of(fields: dict) -> Verdict:
    return Verdict(**fields | {"evidence": tuple(map(tuple, fields["evidence"]))})


class Sign(NamedTuple):
    """What a child is known by: what stands before each line that it tells, and the size that no file may exceed."""

    token: bytes
    mark: int


class Child:
    """A process that judges an answer. A thread of its own reads what it tells, and alone closes the pipe.

    ``news`` is set when there is a verdict or nothing more to come.
    """

    def __init__(self, pid: int, pipe: BinaryIO, sign: Sign, news: threading.Event, limit_s: float, process=None):
        self.pid, self.process, self.sign, self.news, self.limit_s = pid, process, sign, news, limit_s
        self.verdict, self.printed, self.case, self.ending = None, "", None, None
        self.so_far = None  # a verdict that holds, while the name of the mistake is looked for
        self.is_flooded = self.is_idle = self.is_reaped = False
        self.started = self.busy_at = time.monotonic()
        self.loading_s, self.loads_since = 0.0, self.started if process else None  # a new Python begins with imports
        self.busy_s, self.followed = 0.0, set()
        self.loading_busy_s = self.busy_told_s = 0.0  # of the processor: for imports, and until it last told something
        self.allowed = LIMIT_BYTES + (0 if process else memory_of([pid]))
        self.reader = threading.Thread(target=self.read, args=(pipe,), daemon=True)
        self.reader.start()

    # what it tells: lines of JSON behind a token

    def read(self, pipe: BinaryIO) -> None:
        n_told = 0
        with pipe:
            while line := pipe.readline(LIMIT_TOLD):
                n_told += len(line)
                if n_told >= LIMIT_TOLD:
                    self.is_flooded = True
                    break
                if line.startswith(self.sign.token):
                    with contextlib.suppress(ValueError, TypeError, KeyError):
                        self.hear(json.loads(line.removeprefix(self.sign.token)))
        self.news.set()

    def hear(self, message: dict) -> None:
        now, since = time.monotonic(), self.loads_since
        self.loading_s += 0.0 if since is None else now - since
        busy_s = processor_s(self.pid)
        self.loading_busy_s += 0.0 if since is None else busy_s - self.busy_told_s
        self.busy_told_s = busy_s
        self.loads_since = now if message.get("importing") else None
        self.case = message.get("case", self.case)
        if "so_far" in message:
            self.so_far = verdict_of(message["so_far"])
        if "verdict" in message:
            self.printed = message["printed"]
            self.verdict = verdict_of(message["verdict"])
            self.news.set()

    def running_s(self) -> float:
        """How long it has been running; starting and importing do not count."""
        now, since = time.monotonic(), self.loads_since
        loading_s = self.loading_s + (0.0 if since is None else now - since)
        return now - self.started - min(loading_s, LIMIT_LOADING_S)

    # how it ends

    @property
    def is_over(self) -> bool:
        return bool(self.verdict or self.ending)

    def look(self) -> None:
        """Has it ended, or must it be ended? ``ending`` says how: the name of a signal or of a limit, or "end"."""
        if not self.is_over:
            self.ending = "flood" if self.is_flooded else self.ended() or self.beyond_limits()
        if self.is_reaped and not self.verdict:
            self.reader.join(0.5)  # it may have told its verdict with its last breath

    def beyond_limits(self) -> str | None:
        family = self.family()
        self.is_idle = IS_LINUX and self.waits(family)
        if len(family) > LIMIT_PROCESSES:
            return "processes"
        if memory_of(family) > self.allowed and (len(family) == 1 or shared_memory_of(family) > self.allowed):
            return "memory"
        if IS_LINUX and sum(map(written_by, family)) > LIMIT_WRITTEN:
            return "disk"
        return "time" if self.is_out_of_time(family) else None

    def is_out_of_time(self, family: set[int]) -> bool:
        """Has it had its time of the processor, or does it wait? That others take the processor is not its fault."""
        running_s = self.running_s()
        if running_s <= self.limit_s or self.is_idle or not IS_LINUX:
            return running_s > self.limit_s
        busy_s = sum(map(processor_s, family)) - self.loading_busy_s
        return busy_s > self.limit_s or running_s > PATIENCE * self.limit_s

    def waits(self, family: set[int]) -> bool:
        """Has it done nothing for a while? A lock whose thread was not copied by the fork is never released.

        What is ready to run, or waits for a disk, does nothing only because others have the machine.
        """
        now, busy_s = time.monotonic(), sum(map(processor_s, family))
        if self.loads_since is not None or abs(busy_s - self.busy_s) > IDLE_SHARE * IDLE_S:
            self.busy_at, self.busy_s = now, busy_s
        return now - self.busy_at > IDLE_S and not any(stat_of(pid)[:1] in (["R"], ["D"]) for pid in family)

    def ended(self, wait: bool = False) -> str | None:
        """The name of the signal that ended it, or "end" where it left by itself; None while it runs."""
        if self.process:
            with contextlib.suppress(subprocess.TimeoutExpired):
                code = self.process.wait(10 if wait else 0)
                self.is_reaped = True
                return signal_name(-code) if code < 0 else "end"
            return None
        try:
            pid, status = os.waitpid(self.pid, 0 if wait else os.WNOHANG)
        except ChildProcessError:  # somebody in the notebook waits for any child, and was first
            pid, status = self.pid, 0
        self.is_reaped = pid != 0
        if self.is_reaped:
            return signal_name(os.WTERMSIG(status)) if os.WIFSIGNALED(status) else "end"
        return None

    def family(self) -> set[int]:
        """This process and all that it has started, as far as they still run."""
        own = set() if self.is_reaped else {self.pid}
        if IS_LINUX:
            return own | marked(self.sign.mark)
        import psutil

        with contextlib.suppress(psutil.Error):
            self.followed |= {child.pid for child in psutil.Process(self.pid).children(recursive=True)}
        return own | set(filter(psutil.pid_exists, self.followed))

    def stop(self) -> None:
        """End it and all that it has started, and wait until they have let go of what they held."""
        self.kill()
        if os.name == "posix":
            with contextlib.suppress(OSError):
                os.killpg(self.pid, signal.SIGKILL)
        if not self.is_reaped:
            self.ended(wait=True)
        deadline = time.monotonic() + LIMIT_ENDING_S
        while self.kill() and time.monotonic() < deadline:  # what was started meanwhile, too
            time.sleep(0.005)

    def kill(self) -> bool:
        """Kill all that still run; were there any?"""
        running = {pid for pid in self.family() if not is_zombie(pid)}
        for pid in running:
            with contextlib.suppress(OSError):  # gone, or another user's
                os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))  # Windows has only the one
        return bool(running)


def signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # one of real time
        return f"signal {number}"


# ------------------------------------------------------------------------------------------ the mark


def new_sign() -> Sign:
    most = LIMIT_FILE
    with contextlib.suppress(ImportError):  # Windows
        import resource

        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        most = LIMIT_FILE if hard == resource.RLIM_INFINITY else min(LIMIT_FILE, hard)
    return Sign(secrets.token_hex(8).encode(), most - secrets.randbelow(most // 8))


def marked(mark: int) -> set[int]:
    import resource

    found = set()
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):  # gone, or another user's
            if resource.prlimit(int(name), resource.RLIMIT_FSIZE)[1] == mark:
                found.add(int(name))
    return found


# -------------------------------------------------------------------------------- what a process takes


def table(pid: int, name: str) -> dict[str, int]:
    """A file of ``/proc/<pid>`` that has a name and a number in each line, or nothing where it is gone."""
    try:
        with open(f"/proc/{pid}/{name}", encoding="utf-8", errors="replace") as file:
            pairs = [line.split()[:2] for line in file]
    except OSError:
        return {}
    return {name: int(value) for name, value in (pair for pair in pairs if len(pair) == 2) if value.isdigit()}


def memory_of(pids) -> int:
    """Bytes that processes hold in memory. On Linux without those of files, so without the code of libraries."""
    if IS_LINUX:
        return sum(own_memory_of(pid) for pid in pids)
    import psutil

    total = 0
    for pid in pids:
        with contextlib.suppress(psutil.Error):
            total += psutil.Process(pid).memory_info().rss
    return total


def own_memory_of(pid: int) -> int:
    fields = table(pid, "status")
    return 1024 * (fields.get("RssAnon:", 0) + fields.get("RssShmem:", 0))


def shared_memory_of(pids) -> int:
    """The same, but what n processes share since they were forked counts 1/n for each; it takes longer to read."""
    if not IS_LINUX:
        return memory_of(pids)
    return sum(1024 * table(pid, "smaps_rollup").get("Pss:", 0) or own_memory_of(pid) for pid in pids)


def is_zombie(pid: int) -> bool:
    """Has it ended, and is only not waited for?"""
    return IS_LINUX and stat_of(pid)[:1] == ["Z"]


def stat_of(pid: int) -> list[str]:
    """The fields of ``/proc/<pid>/stat`` from the state on, or nothing where it is gone."""
    with contextlib.suppress(OSError), open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
        return file.read().rpartition(")")[2].split()
    return []


def written_by(pid: int) -> int:
    """Bytes that a process has written, to whatever file."""
    return table(pid, "io").get("wchar:", 0)


def processor_s(pid: int) -> float:
    """Processor time of a process and of those that it has started and outlived; 0 where Linux does not tell it."""
    if not IS_LINUX:
        return 0.0
    return sum(map(int, stat_of(pid)[11:15])) / os.sysconf("SC_CLK_TCK")
