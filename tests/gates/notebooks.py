"""The notebooks of the course: their one normal form, and the gates they must pass.

``python -m tests.gates.notebooks [--run] [paths]`` writes the normal form and prints what the gates
still find. With ``--run`` the notebooks are executed first, and the stored outputs and the numbers
bound in the prose are refreshed. A gate is a function that returns a list of problems.
"""

import argparse
import ast
import csv
import re
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha1
from pathlib import Path

import nbformat
from IPython.core.inputtransformer2 import TransformerManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError

ROOT = Path(__file__).resolve().parents[2]
STORED = "nbval-check-output"


def all_notebooks(root=ROOT):
    return [path for path in sorted(root.glob("notebooks/**/*.ipynb")) if ".ipynb_checkpoints" not in path.parts]


def read(path):
    return nbformat.read(path, as_version=4)


def tags(cell):
    return cell.metadata.get("tags", [])


def tagged(notebook, tag):
    """The cells that carry a tag, with their numbers counted from 1."""
    return [(number, cell) for number, cell in enumerate(notebook.cells, start=1) if tag in tags(cell)]


def problem(path, number, text):
    return f"{Path(path).name}, cell {number}: {text}" if number else f"{Path(path).name}: {text}"


# ---------------------------------------------------------------------------------- the normal form


def stored_outputs(cell):
    """The text outputs of a cell whose output is compared, without anything that varies."""
    outputs = []
    for output in cell.outputs:
        if output.output_type == "stream" and output.name == "stdout":
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


def check_normal_form(path):
    path = Path(path)
    if path.read_text(encoding="utf-8") == normal_text(read(path)):
        return []
    return [problem(path, 0, f"is not in normal form: run `python -m tests.gates.notebooks notebooks/{path.name}`")]


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
    error: str | None = None


class Runner(NotebookClient):
    """Executes a notebook and evaluates the bound numbers of each markdown cell where it stands.

    The expressions travel as ``user_expressions`` of an empty silent request, so that no variable,
    no count and no output of the notebook is touched.
    """

    async def async_execute_cell(self, cell, cell_index, **options):
        if cell_index == 0:
            await self.kc.execute(NO_NETWORK, silent=True, reply=True, timeout=60)
        if cell.cell_type == "markdown":
            for match in BOUND.finditer(cell.source):
                self.bound.append(await self.evaluate(cell_index + 1, match))
        return await super().async_execute_cell(cell, cell_index, **options)

    async def evaluate(self, number, match):
        bound = Bound(number, match["token"].lstrip("_"), match["inside"])
        expression, _, spec = bound.inside.rpartition(":")
        if not expression or not SPEC.fullmatch(spec):
            bound.error = "needs `=expression:spec` with a format such as .1f"
            return bound
        wanted = {"value": f"format({expression}, {spec!r})"}
        reply = await self.kc.execute("", silent=True, user_expressions=wanted, reply=True, timeout=60)
        answer = reply["content"]["user_expressions"]["value"]
        if answer["status"] == "ok":
            bound.value = ast.literal_eval(answer["data"]["text/plain"])
        else:
            bound.error = f"{answer['ename']}: {answer['evalue']}"
        return bound


def execute(path):
    """Run a notebook from top to bottom in its own folder, as a reader would."""
    notebook = read(path)
    folder = {"metadata": {"path": str(Path(path).resolve().parent)}}
    runner = Runner(notebook, timeout=120, kernel_name="python3", resources=folder, record_timing=False)
    runner.bound = []
    executed = Executed(notebook, runner.bound)
    start = time.perf_counter()
    try:
        runner.execute()
    except (CellExecutionError, CellTimeoutError) as error:
        executed.error = str(error).strip().splitlines()[-1]
    executed.seconds = time.perf_counter() - start
    return executed


def refresh_prose(executed):
    """Write the values of the bound numbers into the prose, with the minus sign that stood there."""
    values = iter(executed.bound)

    def renewed(match):
        bound = next(values)
        if bound.value is None or bound.value == bound.token.replace("−", "-"):
            return match[0]
        value = bound.value.replace("-", "−") if "−" in bound.token else bound.value
        return match[0].replace(bound.token + "<!--", value + "<!--", 1)

    for cell in executed.notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = BOUND.sub(renewed, cell.source)


# ----------------------------------------------------------------------------- gates: what is stored


def check_stored_outputs(path, notebook):
    """Cells whose output is compared have one, and it is short, rounded text."""
    found = []
    for number, cell in tagged(notebook, STORED):
        text = "".join(
            output.get("text", "") or output.get("data", {}).get("text/plain", "") for output in cell.get("outputs", [])
        )
        decimals = re.findall(r"\d[\d,]*\.\d+", text)
        if not text or cell.execution_count is None:
            found.append(
                problem(path, number, f"tagged {STORED} but has no stored output: run the normaliser with --run")
            )
        if len(text.splitlines()) > 15:
            found.append(problem(path, number, "stored output longer than 15 lines: print less"))
        if any("image" in kind for output in cell.get("outputs", []) for kind in output.get("data", {})):
            found.append(problem(path, number, "stored output is a picture: compare numbers, not pixels"))
        if long := [n for n in decimals if len(n.replace(",", "").replace(".", "").lstrip("0")) > 6]:
            found.append(
                problem(path, number, f"stored output has more than 6 significant digits ({long[0]}): round it")
            )
    return found


def code_tree(cell):
    """The syntax tree of a code cell, its magics turned into Python first; empty if it does not parse."""
    try:
        return ast.parse(TransformerManager().transform_cell(cell.source))
    except SyntaxError:  # reported when the cell is executed
        return ast.Module(body=[], type_ignores=[])


def exported_names(root=ROOT):
    """Public functions and classes of the package, by the module that defines them."""
    exported = {}
    for module in sorted((root / "course_utils").glob("*.py")):
        for node in ast.parse(module.read_text(encoding="utf-8")).body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
                exported[node.name] = module.stem
    return exported


def bound_names(tree):
    """Every name that the code binds: functions, classes, assignments, loop variables, imports."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from (alias.asname or alias.name.split(".")[0] for alias in node.names)


def check_derivations(path, notebook, exported=None):
    """An exported name is derived once, in the lecture of its module, and agrees with the package at once."""
    exported = exported_names() if exported is None else exported
    topic = Path(path).stem.partition("_")[2]
    code = [(number, cell) for number, cell in enumerate(notebook.cells, start=1) if cell.cell_type == "code"]
    found = []
    for number, cell in code:
        for name in sorted(set(bound_names(code_tree(cell))) & set(exported)):
            if "derivation" not in tags(cell):
                found.append(
                    problem(
                        path,
                        number,
                        f"redefines {name} of course_utils.{exported[name]}: rename it, or tag the cell derivation",
                    )
                )
            elif exported[name] != topic:
                found.append(
                    problem(
                        path, number, f"derives {name} of course_utils.{exported[name]} in another lecture: import it"
                    )
                )
    for (number, cell), (_, after) in zip(code, [*code[1:], (0, None)], strict=True):
        if "derivation" in tags(cell) and not (
            after and "agreement" in tags(after) and "assert" in after.source and "cu." in after.source
        ):
            found.append(
                problem(
                    path, number, "derivation: the next code cell must be tagged agreement and assert equality with cu."
                )
            )
    return found


# ---------------------------------------------------------------------------- gates: how it is built

SLIDE_TYPES = {"slide", "subslide", "fragment", "skip", "notes", "-"}


def check_slides(path, notebook):
    """Every cell knows its place in the slide deck, and the 50-minute path adds up."""
    found = []
    minutes = 0
    for number, cell in enumerate(notebook.cells, start=1):
        slide_type = cell.metadata.get("slideshow", {}).get("slide_type")
        if slide_type not in SLIDE_TYPES:
            found.append(
                problem(path, number, f"slide type is {slide_type}: choose one of {', '.join(sorted(SLIDE_TYPES))}")
            )
        value = cell.metadata.get("course", {}).get("minutes")
        if (slide_type == "slide") != isinstance(value, (int, float)):
            found.append(problem(path, number, "course.minutes is for cells of type slide, and each of them needs it"))
        minutes += value or 0
    least = 10 if Path(path).stem.startswith("00_") else 40
    if not least <= minutes <= 50:
        found.append(problem(path, 0, f"the slides take {minutes:g} minutes: make it {least} to 50"))
    return found


def check_shape(path, notebook):
    """The parts of a lecture that CONTRIBUTING's anatomy asks for."""
    start = Path(path).stem.startswith("00_")
    needed = {
        "hook": 1,
        "goals": 1,
        "predict": 3,
        "live": 1,
        "real-sound": 1,
        "checkpoint": 1,
        "summary": 1,
        "reading": 1,
    }
    if not start:
        needed |= {"derivation": 1, "bug": 1, "fix": 1, "interview": 1}
    found = [
        problem(path, 0, f"has {len(tagged(notebook, tag))} cells tagged {tag}: at least {count} needed")
        for tag, count in needed.items()
        if len(tagged(notebook, tag)) < count
    ]
    first_hook = min((number for number, _ in tagged(notebook, "hook")), default=1)
    if first_hook > 2:
        found.append(problem(path, first_hook, "hook: belongs into the first two cells"))
    bugs, fixes = tagged(notebook, "bug"), tagged(notebook, "fix")
    if bugs and fixes and fixes[-1][0] < bugs[0][0]:
        found.append(problem(path, fixes[-1][0], "fix: show the bug before"))
    return found + check_goals(path, notebook) + check_predictions(path, notebook) + check_questions(path, notebook)


def check_goals(path, notebook):
    found = []
    for number, cell in tagged(notebook, "goals")[:1]:
        text = cell.source.lower()
        if not (re.search(r"\d\s*min", text) and "read" in text and "lectur" in text):
            found.append(problem(path, number, "goals: say the minutes for reading and for lecturing"))
        if len(re.findall(r"^\s*([-*]|\d+\.) ", cell.source, re.M)) < 3:
            found.append(problem(path, number, "goals: list at least 3 things the reader will be able to do"))
    return found


def check_predictions(path, notebook):
    found = []
    for number, cell in tagged(notebook, "predict"):
        answered = number < len(notebook.cells) and notebook.cells[number].cell_type == "code"
        if cell.cell_type != "markdown" or "?" not in cell.source or not answered:
            found.append(
                problem(path, number, "predict: a question in markdown, and the next cell is the code that answers it")
            )
    return found


DETAILS = re.compile(r"<details>\s*<summary>(.*?)</summary>(.*?)</details>", re.S)


def check_questions(path, notebook):
    """Checkpoint: 4 to 8 questions, every option explained, one right. Interview: 3 to 6 folded answers."""
    found = []
    checkpoint = "\n".join(cell.source for _, cell in tagged(notebook, "checkpoint"))
    questions = re.split(r"^\*\*\d+\.", checkpoint, flags=re.M)[1:]
    if tagged(notebook, "checkpoint") and not 4 <= len(questions) <= 8:
        found.append(problem(path, 0, f"checkpoint: {len(questions)} questions of the form `**1. …**`: make it 4 to 8"))
    for count, question in enumerate(questions, start=1):
        answers = [answer.strip(" *\n") for _, answer in DETAILS.findall(question)]
        if len(answers) < 2 or len(answers) != question.count("<summary>"):
            found.append(
                problem(
                    path,
                    0,
                    f"checkpoint question {count}: needs at least 2 options as <details><summary>A. …</summary>why</details>",
                )
            )
        if any(len(answer) < 20 for answer in answers):
            found.append(problem(path, 0, f"checkpoint question {count}: explain every option"))
        if sum(answer.startswith("Right") for answer in answers) != 1:
            found.append(
                problem(
                    path, 0, f"checkpoint question {count}: the explanation of exactly one option starts with Right"
                )
            )
    interview = "\n".join(cell.source for _, cell in tagged(notebook, "interview"))
    folded = [answer for _, answer in DETAILS.findall(interview) if len(answer.strip()) >= 20]
    if interview and not 3 <= len(folded) <= 6:
        found.append(
            problem(path, 0, f"interview: {len(folded)} questions with the answer in <details>: make it 3 to 6")
        )
    return found


def shown(tree):
    """Calls that make a picture or a sound, those inside functions left out."""
    if isinstance(tree, (ast.FunctionDef, ast.Lambda)):
        return
    if isinstance(tree, ast.Call) and re.search(
        r"\.show$|\baudio\.play$|\bplotting\.(waveform|spectrum|spectrogram)$", ast.unparse(tree.func)
    ):
        yield tree
    for child in ast.iter_child_nodes(tree):
        yield from shown(child)


FORBIDDEN = {
    r"\bplt\.|\bmatplotlib\b|\bpylab\b": "draws past cu.plotting: use Picture or a one-liner of cu.plotting",
    r"IPython\.display|\bAudio\(": "plays past cu.audio: use cu.audio.play, which never normalises",
    r"\b(urllib|requests|httpx|pooch|socket)\b|^[!%](pip|curl|wget|conda)": "reaches for the network: ship the clip in data/",
}


def check_code_cells(path, notebook):
    """Short cells; one picture or one sound, last; drawing and playing go through the package."""
    found = []
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type != "code":
            if re.search(r"(!\[[^\]]*\]\(|src\s*=\s*[\"']?)https?:", cell.source):
                found.append(problem(path, number, "loads from the network: put the picture into assets/"))
            continue
        limit = 20 if "derivation" in tags(cell) else 16
        if len(cell.source.splitlines()) > limit:
            found.append(
                problem(
                    path,
                    number,
                    f"{len(cell.source.splitlines())} lines of code: at most {limit}, the rest belongs into the package",
                )
            )
        for pattern, advice in FORBIDDEN.items():
            if re.search(pattern, cell.source, re.M):
                found.append(problem(path, number, advice))
        body = code_tree(cell).body
        calls = [statement for statement in body for _ in shown(statement)]
        if len(calls) > 1:
            found.append(problem(path, number, "more than one picture or sound: one a cell"))
        elif calls and not (calls[0] is body[-1] and isinstance(body[-1], ast.Expr)):
            found.append(problem(path, number, "the picture or sound must be the last expression of its cell"))
    return found


# ----------------------------------------------------------------------------------- gates: the clips

CLIP = re.compile(r"""["'`]((?:music|speech|environment|test_signals)/[\w.-]+)""")


def clips_named(notebook):
    """The clips a notebook names, without the suffix, by cell number."""
    return {
        (number, name.removesuffix(".flac"))
        for number, cell in enumerate(notebook.cells, start=1)
        for name in CLIP.findall(cell.source)
    }


def read_manifest(root=ROOT):
    manifest = root / "data" / "manifest.csv"
    return list(csv.DictReader(manifest.read_text(encoding="utf-8").splitlines())) if manifest.exists() else []


def check_clips(path, notebook, manifest):
    """A clip that a notebook names exists, and a real-sound cell names one."""
    known = {row["file"].removesuffix(".flac") for row in manifest}
    named = clips_named(notebook)
    found = [
        problem(path, number, f"clip {name} is not in data/manifest.csv")
        for number, name in sorted(named)
        if name not in known
    ]
    for number, _ in tagged(notebook, "real-sound"):
        if not any(number == where and name in known for where, name in named):
            found.append(problem(path, number, "real-sound: name a clip of data/ in this cell"))
    return found


def check_clip_lectures(manifest, root=ROOT):
    """The lectures that the manifest gives for a clip do use it."""
    used = {path.stem: {name for _, name in clips_named(read(path))} for path in all_notebooks(root)}
    found = []
    for row in manifest:
        lectures = re.split(r"[;,\s]+", row["lecture"].strip())
        for lecture in lectures:
            if row["file"].removesuffix(".flac") not in used.get(lecture.removesuffix(".ipynb"), ()):
                found.append(f"manifest.csv: {row['file']} is bound to lecture {lecture!r}, which does not name it")
    return found


# ----------------------------------------------------------------------------- gates: what it shows

LIMIT_S = 20  # the limit on two free cores; lectures take about 5 s, so that a busy machine passes too
LIMIT_BYTES = 8_000_000


def check_prose(path, executed):
    """Every bound number is what its expression gives at that point."""
    found = []
    for bound in executed.bound:
        where = f"`{bound.token}<!-- ={bound.inside} -->`"
        if bound.error:
            found.append(problem(path, bound.number, f"{where}: {bound.error}"))
        elif bound.token.replace("−", "-") != bound.value:
            found.append(
                problem(
                    path, bound.number, f"{where}: the notebook computes {bound.value}: run the normaliser with --run"
                )
            )
    return found


def check_execution(path, executed):
    """It runs to its end, in time, without warnings, and the result is not too heavy."""
    found = [problem(path, 0, f"does not run: {executed.error}")] if executed.error else []
    for number, cell in enumerate(executed.notebook.cells, start=1):
        for output in cell.get("outputs", []):
            if output.get("name") == "stderr":
                found.append(problem(path, number, f"writes to stderr: {output.text.strip().splitlines()[-1]}"))
    if executed.seconds > LIMIT_S:
        found.append(problem(path, 0, f"takes {executed.seconds:.1f} s: at most {LIMIT_S} s"))
    size = len(nbformat.writes(executed.notebook))
    if size > LIMIT_BYTES:
        found.append(problem(path, 0, f"weighs {size / 1e6:.1f} MB when executed: at most {LIMIT_BYTES / 1e6:.0f} MB"))
    return found


def check_shown(path, executed):
    """Every picture says what is seen, every sound has a caption, and a cell shows one of them."""
    found = []
    for number, cell in enumerate(executed.notebook.cells, start=1):
        data = [output.data for output in cell.get("outputs", []) if "data" in output]
        html = "".join(bundle.get("text/html", "") for bundle in data)
        if any(kind.startswith("image/") for bundle in data for kind in bundle):
            found.append(problem(path, number, "a picture without alt text: end the cell with .show(alt)"))
        if len(re.findall(r"<img\b|<audio\b", html)) > 1:
            found.append(problem(path, number, "shows more than one picture or sound: one a cell"))
        found += [problem(path, number, text) for text in unlabelled(html)]
    widgets = executed.notebook.metadata.get("widgets", {}).get("application/vnd.jupyter.widget-state+json", {})
    for model in widgets.get("state", {}).values():
        found += [
            problem(path, 0, f"in an interactive: {text}") for text in unlabelled(str(model["state"].get("value", "")))
        ]
    return found


def unlabelled(html):
    """What is wrong with the pictures and sounds of a piece of HTML."""
    for image in re.findall(r"<img\b[^>]*>", html):
        alt = re.search(r"""\balt=(["'])(.*?)\1""", image, re.S)
        if not alt or len(alt[2].strip()) < 40:
            yield "the alt text of a picture has less than 40 characters: say what is seen"
    captioned = [
        figure
        for figure in re.findall(r"<figure\b.*?</figure>", html, re.S)
        if re.search(r"<figcaption[^>]*>\s*[^<\s]", figure)
    ]
    if html.count("<audio") > sum(figure.count("<audio") for figure in captioned):
        yield "a sound without a caption: cu.audio.play(…, caption=…)"


# ------------------------------------------------------------------------------------------- together


def static_problems(path):
    """Every gate that needs no execution."""
    notebook = read(path)
    found = check_normal_form(path) + check_stored_outputs(path, notebook) + check_derivations(path, notebook)
    found += check_code_cells(path, notebook) + check_clips(path, notebook, read_manifest())
    if Path(path).parent.name == "notebooks":
        found += check_slides(path, notebook) + check_shape(path, notebook)
    return found


def executed_problems(path, executed):
    return check_prose(path, executed) + check_execution(path, executed) + check_shown(path, executed)


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m tests.gates.notebooks", description=__doc__.split("\n")[0])
    parser.add_argument("--run", action="store_true", help="execute first; refresh stored outputs and bound numbers")
    parser.add_argument("paths", nargs="*", type=Path, help="default: all notebooks")
    options = parser.parse_args(arguments)
    found = []
    for path in options.paths or all_notebooks():
        notebook = read(path)
        if options.run:
            executed = execute(path)
            print(f"{path.name}: {executed.seconds:.1f} s", file=sys.stderr)
            found += check_execution(path, executed) + check_shown(path, executed)
            found += [problem(path, b.number, f"`{b.inside}`: {b.error}") for b in executed.bound if b.error]
            if not executed.error:
                refresh_prose(executed)
                notebook = executed.notebook
        path.write_text(normal_text(notebook), encoding="utf-8")
        found += static_problems(path)
    print("\n".join(found) or "no problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
