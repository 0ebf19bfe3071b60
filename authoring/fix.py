"""Put notebooks into their normal form: ``python -m authoring.fix [--no-run] [notebooks]``, which ``make fix`` calls.

A notebook that has changed since its last recorded run is run; its stored outputs and the numbers bound in its prose
are refreshed. Without names all notebooks are put in order, those of the exercises and the glossary are made anew, and
every page of questions is read.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from course_utils.exercises import CATALOGUE

from . import exercises, glossary, runs
from .cells import ROOT, NotebookError, all_lectures, all_notebooks, read, tagged
from .normal_form import normal_text


def fix(path: Path, *, run: bool = True) -> str | None:
    """Write the normal form of a notebook, refreshed if it is run; what failed in it, or None."""
    try:
        path.write_text(normal_text(read(path)), encoding="utf-8")
    except NotebookError as error:
        return str(error)
    for options in (["check", "--fix", "--quiet"], ["format", "--quiet"]):
        subprocess.run([sys.executable, "-m", "ruff", *options, path], cwd=ROOT, check=False)
    path.write_text(normal_text(read(path)), encoding="utf-8")
    if not run:
        return None
    executed = runs.load(path)
    if executed is None:
        executed = runs.execute(path)
        took = f"{executed.seconds:.1f} s, processor {executed.processor_s:.1f} s"
        print(f"{path.name}: {took}, this machine {executed.slowness:.2f} times as slow", file=sys.stderr)
    if executed.error:
        number, reason = executed.error
        return f"{path.name}, cell {number}: fails: {reason}"
    runs.refresh_prose(executed)
    path.write_text(normal_text(executed.notebook), encoding="utf-8")
    runs.save(path, executed)
    return None


def fault_of_path(path: Path) -> str | None:
    """Why a path cannot be put in order: a learner's own copy keeps its outputs."""
    if path.suffix != ".ipynb" or not path.is_file():
        return f"a path must be a notebook that exists, got {path}: name one in notebooks/"
    if path.resolve() not in [known.resolve() for known in all_notebooks()]:
        return f"a path must lie in notebooks/, got {path}: what lies elsewhere is left as it is"
    return None


def make_glossary() -> None:
    """Write the cell of the start page that links to where each term is explained."""
    start = all_lectures()[0]
    notebook = read(start)
    for _, cell in tagged(notebook, glossary.TAG):
        cell.source = glossary.glossary_text()
    start.write_text(normal_text(notebook), encoding="utf-8")


def make_content() -> list[str]:
    """Make the exercise notebooks and the glossary, and read the questions; what is wrong with any of them."""
    found = []
    make_glossary()
    for topic in CATALOGUE.topics:
        try:
            CATALOGUE.questions(topic)
            exercises.write_notebook(topic)
        except (ValueError, TypeError) as error:
            found.append(f"{topic}: {error}")
    return found


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m authoring.fix", description=__doc__.split("\n")[0])
    parser.add_argument("--no-run", action="store_true", help="only the form: run nothing, refresh nothing")
    parser.add_argument("paths", nargs="*", type=Path, help="default: all notebooks")
    options = parser.parse_args(arguments)
    found = [] if options.paths else make_content()
    for path in options.paths or all_notebooks():
        problem = fault_of_path(path) or fix(path, run=not options.no_run)
        found += [problem] if problem else []
    print("\n".join(found) or "all in order")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
