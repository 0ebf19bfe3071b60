"""Put notebooks into their normal form: ``python -m authoring.fix [--no-run] [notebooks]``, which ``make fix`` calls.

A notebook that has changed since its last recorded run is run; its stored outputs and the numbers bound in its prose
are refreshed. Without names all notebooks are put in order, and those of the exercises are made anew.
"""

import argparse
import sys
from pathlib import Path

from . import exercises, runs
from .cells import all_notebooks, read
from .normal_form import normal_text


def fix(path: Path, *, run: bool = True) -> str | None:
    """Write the normal form of a notebook, refreshed if it is run; what failed in it, or None."""
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


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m authoring.fix", description=__doc__.split("\n")[0])
    parser.add_argument("--no-run", action="store_true", help="only the form: run nothing, refresh nothing")
    parser.add_argument("paths", nargs="*", type=Path, help="default: all notebooks")
    options = parser.parse_args(arguments)
    if missing := [str(path) for path in options.paths if path.suffix != ".ipynb" or not path.is_file()]:
        parser.error(f"a path must be a notebook that exists, got {', '.join(missing)}: name one in notebooks/")
    if not options.paths:
        exercises.write_notebooks()
    problems = filter(None, [fix(path, run=not options.no_run) for path in options.paths or all_notebooks()])
    found = list(problems)
    print("\n".join(found) or "all in order")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
