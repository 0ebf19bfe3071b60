"""A notebook's run, made once and recorded: what it printed and drew, and what the numbers in its prose are worth.

``make test`` records the run that nbval makes anyway. ``recorded`` gives it to whoever needs it, as long as neither the
notebook nor anything that it uses has changed since; else it runs the notebook.
"""

import ast
import json
import re
import time
from dataclasses import asdict, dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path

import nbformat
import numpy as np
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from .cells import ROOT, read

RUNS = ROOT / "build" / "runs"
# What a notebook's outputs depend on.
USED = ("course_utils", "data", "assets/results.json", "assets/checkpoints", "constraints.txt")
HANGS_S = 600  # a cell that takes so long on the clock hangs, however busy the machine

SPEC = re.compile(r"z?[+ ]?z?#?\d*[,_]?(\.\d+)?[deEfFgGs%]")
BOUND = re.compile(r"""(?P<token>[^\s()\[\]{}*=<>~≈–…×|$"'`/]*)<!--\s*=(?P<inside>.*?)\s*-->""")

# Runs in the kernel before the first cell: whatever leaves the machine fails, wherever it hides.
NO_NETWORK = """
def _no_network():
    import sys
    def guard(event, arguments):
        if event == "socket.connect" and isinstance(arguments[1], tuple):
            host = str(arguments[1][0])
            if not host.startswith("127.") and host not in ("::1", "localhost"):
                raise OSError(f"the notebook reached for the network: {host}")
    sys.addaudithook(guard)
_no_network()
del _no_network
"""
PROCESSOR_S = "sum(__import__('os').times()[:4])"


@dataclass
class Bound:
    """One number in the prose: ``39.9<!-- =snr_db:.1f -->`` and what its expression is worth there."""

    number: int
    token: str
    inside: str
    value: str | None = None
    error: str | None = None

    @property
    def question(self) -> str | None:
        """The expression whose value is the number in words; None where the binding is malformed."""
        expression, _, spec = self.inside.rpartition(":")
        return f"format({expression}, {spec!r})" if expression and SPEC.fullmatch(spec) else None

    def take(self, answer: dict | None) -> None:
        """The kernel's answer to the question, or None where there was no question."""
        if answer is None:
            self.error = "needs `=expression:spec` with a format such as .1f"
        elif answer["status"] == "ok":
            self.value = ast.literal_eval(answer["data"]["text/plain"])
        else:
            self.error = f"{answer['ename']}: {answer['evalue']}"


def bound_in(cell: NotebookNode, number: int) -> list[Bound]:
    """The bound numbers of a cell of prose, still without values."""
    if cell.cell_type != "markdown":
        return []
    return [Bound(number, match["token"].lstrip("_"), match["inside"]) for match in BOUND.finditer(cell.source)]


@dataclass
class Executed:
    notebook: NotebookNode
    bound: list[Bound] = field(default_factory=list)
    seconds: float = 0.0
    processor_s: float = 0.0  # the kernel's and its children's: does not grow because others use the machine
    slowness: float = 1.0  # of this machine at this moment, see `slowness`
    error: tuple[int, str] | None = None  # number of the cell that failed, and why


# What the work below takes on the machine of reference. Lectures 04 and 05 took at most 15 s there; where the work
# takes 0.325 s they took 22.9 and 18.6 s, 1.53 and 1.24 times as long: the mean of the two.
REFERENCE_S = 0.325 / 1.38


def slowness() -> float:
    """How many times as long as on the machine of reference a fixed piece of work takes here and now.

    Processors differ, and two that share a core slow each other down; a limit is meant for the notebook alone.
    """
    started = time.process_time()
    x = np.random.default_rng(0).standard_normal(2**16)
    for _ in range(60):
        np.abs(np.fft.rfft(x)).sum()
    sum(n * n % 7 for n in range(2_000_000))
    return (time.process_time() - started) / REFERENCE_S


# -------------------------------------------------------------------------------------------- running


class Runner(NotebookClient):
    """Executes a notebook and evaluates the bound numbers of each markdown cell where it stands.

    The expressions travel as ``user_expressions`` of an empty silent request, so that no variable,
    no count and no output of the notebook is touched.
    """

    async def async_execute_cell(self, cell, cell_index, **options):
        self.reached = cell_index + 1
        if cell_index == 0:
            await self.kc.execute(NO_NETWORK, silent=True, reply=True, timeout=HANGS_S)
        for bound in bound_in(cell, cell_index + 1):
            bound.take(await self.value_of(bound.question) if bound.question else None)
            self.bound.append(bound)
        done = await super().async_execute_cell(cell, cell_index, **options)
        if cell_index == len(self.nb.cells) - 1:
            self.processor_s = float((await self.value_of(PROCESSOR_S))["data"]["text/plain"])
        return done

    async def value_of(self, expression: str) -> dict:
        options = {"silent": True, "user_expressions": {"value": expression}, "reply": True, "timeout": HANGS_S}
        reply = await self.kc.execute("", **options)
        return reply["content"]["user_expressions"]["value"]


def execute(path: Path) -> Executed:
    """Run a notebook from top to bottom in its own folder, as a reader would."""
    notebook = read(path)
    folder = {"metadata": {"path": str(Path(path).resolve().parent)}}
    runner = Runner(notebook, timeout=HANGS_S, kernel_name="python3", resources=folder, record_timing=False)
    runner.bound, runner.processor_s = [], 0.0
    executed = Executed(notebook, runner.bound)
    before, start = slowness(), time.perf_counter()
    try:
        runner.execute()
    except CellExecutionError as error:
        executed.error = (runner.reached, f"{error.ename}: {error.evalue}")
    except (CellTimeoutError, DeadKernelError) as error:
        executed.error = (runner.reached, str(error).strip().splitlines()[0])
    executed.seconds, executed.processor_s = time.perf_counter() - start, runner.processor_s
    executed.slowness = (before + slowness()) / 2
    return executed


# ------------------------------------------------------------------------------------------- the record


@cache
def state_of_the_tree() -> str:
    """A hash of everything that a notebook uses, as the files stand when it is first asked for."""
    digest = sha256()
    for name in USED:
        place = ROOT / name
        for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()


def key_of(path: Path) -> str:
    """The same as long as neither the notebook nor anything that it uses has changed."""
    return sha256(state_of_the_tree().encode() + Path(path).read_bytes()).hexdigest()


def record_path(path: Path) -> Path:
    path = Path(path).resolve()
    return RUNS / f"{path.parent.name}-{path.stem}.json"


def save(path: Path, executed: Executed) -> None:
    """Keep the run of a notebook; the last one replaces those before."""
    record = record_path(path)
    record.parent.mkdir(parents=True, exist_ok=True)
    unfinished = record.with_suffix(".part")
    unfinished.write_text(json.dumps({"key": key_of(path)} | asdict(executed)), encoding="utf-8")
    unfinished.replace(record)


def load(path: Path) -> Executed | None:
    """The recorded run of a notebook as it is now, or None."""
    try:
        kept = json.loads(record_path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(kept, dict) or kept.pop("key", None) != key_of(path):
        return None
    kept["notebook"] = nbformat.from_dict(kept["notebook"])
    kept["bound"] = [Bound(**bound) for bound in kept["bound"]]
    kept["error"] = kept["error"] and tuple(kept["error"])
    return Executed(**kept)


def recorded(path: Path) -> Executed:
    """The recorded run of a notebook; where there is none of it as it is now, it is run, and the run recorded."""
    executed = load(path)
    if executed is None:
        executed = execute(path)
        save(path, executed)
    return executed


def refresh_prose(executed: Executed) -> None:
    """Write the values of the bound numbers into the prose, with the minus sign that stood there."""
    values = iter(executed.bound)

    def renewed(match):
        bound = next(values)
        if bound.value is None or bound.value == bound.token.replace("−", "-"):
            return match[0]
        old, bound.token = bound.token, bound.value.replace("-", "−") if "−" in bound.token else bound.value
        return match[0].replace(old + "<!--", bound.token + "<!--", 1)

    for cell in executed.notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = BOUND.sub(renewed, cell.source)
