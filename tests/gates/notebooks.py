"""The notebooks of the course: their one normal form, and the gates they must pass.

``python -m tests.gates.notebooks [--run] [paths]`` writes the normal form and prints what the gates
still find. With ``--run`` the notebooks are executed first, and the stored outputs and the numbers
bound in the prose are refreshed. The gates are those of ``tests.gates.lectures``.
"""

import argparse
import ast
import re
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha1
from pathlib import Path

import nbformat
import numpy as np
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from course_utils import exercises
from tests.gates import lectures, practice
from tests.gates.lectures import STORED, all_notebooks, read, tags

# ---------------------------------------------------------------------------------- the normal form


def stored_outputs(cell):
    """The text outputs of a cell whose output is compared, without anything that varies."""
    outputs = []
    for output in cell.outputs:
        if output.output_type == "stream" and output.name == "stdout":
            if outputs and outputs[-1]["output_type"] == "stream":  # the kernel sends a text in pieces, as time falls
                outputs[-1]["text"] += output.text
            else:
                outputs.append({"output_type": "stream", "name": "stdout", "text": output.text})
        elif output.output_type in ("execute_result", "display_data") and "text/plain" in output.data:
            text = {
                "output_type": output.output_type,
                "metadata": {},
                "data": {"text/plain": output.data["text/plain"]},
            }
            outputs.append(text | ({"execution_count": 1} if output.output_type == "execute_result" else {}))
    return outputs


def normal_metadata(cell):
    kept = {}
    if tags(cell):
        kept["tags"] = sorted(set(tags(cell)))
    if "slide_type" in cell.metadata.get("slideshow", {}):
        kept["slideshow"] = {"slide_type": cell.metadata.slideshow.slide_type}
    if "minutes" in cell.metadata.get("course", {}):
        kept["course"] = {"minutes": cell.metadata.course.minutes}
    if "nbgrader" in cell.metadata:
        kept["nbgrader"] = cell.metadata.nbgrader
    return kept


def normalise(notebook):
    """The normal form of a notebook: no outputs, counts or volatile metadata, and stable cell ids."""
    seen = Counter()
    cells = []
    for cell in notebook.cells:
        source = "\n".join(line.rstrip() for line in cell.source.split("\n")).strip("\n")
        identity = sha1((cell.cell_type + source).encode()).hexdigest()[:8]
        seen[identity] += 1
        repeat = f"-{seen[identity]}" if seen[identity] > 1 else ""
        normal = {
            "cell_type": cell.cell_type,
            "id": identity + repeat,
            "metadata": normal_metadata(cell),
            "source": source,
        }
        if cell.cell_type == "code":
            outputs = stored_outputs(cell) if STORED in tags(cell) else []
            normal |= {"execution_count": 1 if outputs else None, "outputs": outputs}
        cells.append(normal)
    metadata = {
        "kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"},
        "language_info": {"name": "python"},
    }
    return nbformat.from_dict({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})


def normal_text(notebook):
    """The text of the file: JSON with an indent of 1, sorted keys, and a final newline."""
    return nbformat.writes(normalise(notebook)).rstrip("\n") + "\n"


# --------------------------------------------------------------------------------------- execution

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


@dataclass
class Bound:
    """One number in the prose: ``39.9<!-- =snr_db:.1f -->`` and what its expression is worth there."""

    number: int
    token: str
    inside: str
    value: str | None = None
    error: str | None = None


@dataclass
class Executed:
    notebook: nbformat.NotebookNode
    bound: list[Bound] = field(default_factory=list)
    seconds: float = 0.0
    processor_s: float = 0.0  # the kernel's and its children's: does not grow because others use the machine
    slowness: float = 1.0  # of this machine at this moment, see `slowness`
    error: tuple[int, str] | None = None  # number of the cell that failed, and why


class Runner(NotebookClient):
    """Executes a notebook and evaluates the bound numbers of each markdown cell where it stands.

    The expressions travel as ``user_expressions`` of an empty silent request, so that no variable,
    no count and no output of the notebook is touched.
    """

    async def async_execute_cell(self, cell, cell_index, **options):
        self.reached = cell_index + 1
        if cell_index == 0:
            await self.kc.execute(NO_NETWORK, silent=True, reply=True, timeout=60)
        if cell.cell_type == "markdown":
            for match in BOUND.finditer(cell.source):
                self.bound.append(await self.evaluate(cell_index + 1, match))
        done = await super().async_execute_cell(cell, cell_index, **options)
        if cell_index == len(self.nb.cells) - 1:
            self.processor_s = float((await self.value_of("sum(__import__('os').times()[:4])"))["data"]["text/plain"])
        return done

    async def value_of(self, expression):
        reply = await self.kc.execute("", silent=True, user_expressions={"value": expression}, reply=True, timeout=60)
        return reply["content"]["user_expressions"]["value"]

    async def evaluate(self, number, match):
        bound = Bound(number, match["token"].lstrip("_"), match["inside"])
        expression, _, spec = bound.inside.rpartition(":")
        if not expression or not SPEC.fullmatch(spec):
            bound.error = "needs `=expression:spec` with a format such as .1f"
            return bound
        answer = await self.value_of(f"format({expression}, {spec!r})")
        if answer["status"] == "ok":
            bound.value = ast.literal_eval(answer["data"]["text/plain"])
        else:
            bound.error = f"{answer['ename']}: {answer['evalue']}"
        return bound


# What the work below takes on the machine for which lectures.LIMIT_S was set. Lectures 04 and 05 took at most 15 s
# there; where the work takes 0.325 s they took 22.9 and 18.6 s, 1.53 and 1.24 times as long: the mean of the two.
REFERENCE_S = 0.325 / 1.38


def slowness():
    """How many times as long as on the machine of reference a fixed piece of work takes here and now.

    Processors differ, and two that share a core slow each other down; the limit is meant for the notebook alone.
    """
    started = time.process_time()
    x = np.random.default_rng(0).standard_normal(2**16)
    for _ in range(60):
        np.abs(np.fft.rfft(x)).sum()
    sum(n * n % 7 for n in range(2_000_000))
    return (time.process_time() - started) / REFERENCE_S


def execute(path):
    """Run a notebook from top to bottom in its own folder, as a reader would."""
    notebook = read(path)
    folder = {"metadata": {"path": str(Path(path).resolve().parent)}}
    runner = Runner(notebook, timeout=240, kernel_name="python3", resources=folder, record_timing=False)
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


def execute_in_time(path, n_tries=3):
    """Run a notebook, and again while it takes too long: one slow run tells of the machine, three of the notebook."""
    for _ in range(n_tries):
        executed = execute(path)
        if executed.error or not list(lectures.check_time(path, executed)):
            break
    return executed


def refresh_prose(executed):
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


# ---------------------------------------------------------------------------------------- the gates


def problems(path, gates, checked):
    """What the gates find, one sentence each: file, cell, what to do."""
    name = Path(path).name
    found = [(number, text) for gate in gates for number, text in gate(path, checked)]
    return [f"{name}, cell {number}: {text}" if number else f"{name}: {text}" for number, text in found]


def check_normal_form(path, notebook):
    if Path(path).read_text(encoding="utf-8") != normal_text(notebook):
        yield 0, "is not in normal form: run `python -m tests.gates.notebooks` on it"


def static_problems(path):
    """Every gate that needs no execution."""
    shape = lectures.SHAPE if Path(path).parent.name == "notebooks" else lectures.EXERCISES
    return problems(path, [check_normal_form, *lectures.STATIC, *shape], read(path))


def made_text(topic):
    """The exercise notebook of a topic as its exercises make it, in normal form."""
    return normal_text(practice.made_notebook(topic))


def write_exercises(topics=exercises.TOPICS):
    """Make the exercise notebooks anew from their exercises."""
    practice.FOLDER.mkdir(exist_ok=True)
    for topic in topics:
        if exercises.exercises(topic):
            practice.made_path(topic).write_text(made_text(topic), encoding="utf-8")


def executed_problems(path, executed):
    return problems(path, lectures.EXECUTED, executed)


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m tests.gates.notebooks", description=__doc__.split("\n")[0])
    parser.add_argument("--run", action="store_true", help="execute first; refresh stored outputs and bound numbers")
    parser.add_argument("paths", nargs="*", type=Path, help="default: all notebooks")
    options = parser.parse_args(arguments)
    found = []
    if not options.paths:
        write_exercises()
    for path in options.paths or all_notebooks():
        notebook = read(path)
        if options.run:
            executed = execute(path)
            took = f"{executed.seconds:.1f} s, processor {executed.processor_s:.1f} s"
            print(f"{path.name}: {took}, this machine {executed.slowness:.2f} times as slow", file=sys.stderr)
            if not executed.error:
                refresh_prose(executed)
                notebook = executed.notebook
            found += executed_problems(path, executed)
        path.write_text(normal_text(notebook), encoding="utf-8")
        found += static_problems(path)
    print("\n".join(found) or "no problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
