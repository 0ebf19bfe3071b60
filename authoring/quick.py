"""Is a small change good? ``make quick``: lint, the gates that need no run, and the tests of what has changed.

What has changed is what git sees: since the last commit, or since another one (``SINCE=main``).
"""

import argparse
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

import nbformat

from .cells import ROOT, TRAINING, NotebookError, read

CODE = ["authoring", "course_utils", "data", "tests", "tools", "notebooks", "conftest.py", "setup.py"]
LINT = [["ruff", "check", "--quiet", *CODE], ["ruff", "format", "--check", "--quiet", *CODE], ["codespell_lib"]]
ENVIRONMENT = ("pyproject.toml", "constraints.txt", "environment.yml")
GATES = ["tests/gates/test_house.py", "tests/gates/test_layers.py", "tests/gates/test_notebooks.py"]
NOTHING_FOUND = 5  # what pytest answers where a selection is empty


def git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"git {' '.join(arguments)} must work, got: {done.stderr.strip()}")
    return done.stdout


def changed_files(since: str) -> list[Path]:
    """Files that differ from a commit or are new, and still there."""
    names = {*git("diff", "--name-only", since).splitlines()}
    names |= {*git("ls-files", "--others", "--exclude-standard").splitlines()}
    return sorted(ROOT / name for name in names if (ROOT / name).is_file())


def tests_of(path: Path, since: str) -> tuple[str, ...]:
    """What pytest is told to run for one changed file; nothing where the gates are all there is to say."""
    name = path.relative_to(ROOT)
    folder, stem = name.parts[0], path.stem
    if path.suffix == ".ipynb":
        return (str(name),) if is_worth_running(path, since) else ()
    if name.parts[:2] == ("course_utils", "exercises") and len(name.parts) == 4:
        topic = name.parts[2]
        if stem == "questions":
            return ("tests/test_questions.py", "-k", topic)
        return (
            "tests/test_exercises.py",
            "tests/test_mutants.py",
            "-k",
            topic if stem[0] == "_" else f"{topic}/{stem}",
        )
    if name.parts[:2] == ("course_utils", "_checks") and stem == "__init__":
        return ("tests", "-k", "hostile")
    if path.suffix in (".js", ".css") or name.parts[:2] == ("course_utils", "explorables"):
        drawn = () if name.parts[-2] == "js" or stem in ("base", "__init__") else ("-k", f"{stem} or scripts")
        return (
            "tests/gates/test_javascript.py",
            "tests/test_explorables.py",
            "tests/browser/test_explorables.py",
            *drawn,
        )
    if folder == "data":
        return ("tests/test_data.py",)
    if name.parts[:2] == ("tests", "questions"):
        return ("tests/test_questions.py",) if stem.startswith("_") else ("tests/test_questions.py", "-k", stem)
    if name.parts[:2] == ("tests", "survivors"):
        return ("tests/test_mutants.py", "-k", stem)
    if name.name == "CONTRIBUTING.md":
        return ("tests/test_contributing.py", "tests/test_explorables.py")
    if folder == "tests" and stem.startswith("test_"):
        return (str(name),)
    mirrored = ROOT / "tests" / f"test_{'environment' if name.name in ENVIRONMENT else stem}.py"
    if mirrored.is_file():
        return (str(mirrored.relative_to(ROOT)),)
    return tuple(tests_that_import(stem)) if path.suffix == ".py" and stem != "__init__" else ()


def tests_that_import(stem: str) -> list[str]:
    """Test files that import a module: for what no test file mirrors."""
    files = [*ROOT.glob("tests/test_*.py"), *ROOT.glob("tests/gates/test_*.py"), *ROOT.glob("tests/browser/test_*.py")]
    named = re.compile(rf"^\s*(from|import)\b.*\b{stem}\b", re.M)
    return sorted(str(path.relative_to(ROOT)) for path in files if named.search(path.read_text(encoding="utf-8")))


def is_worth_running(path: Path, since: str) -> bool:
    """A notebook is run where its code has changed; of its prose, the gates are enough."""
    name = path.relative_to(ROOT).as_posix()
    is_new = not git("ls-tree", since, name)
    if not is_new and code_of(read(path)) == code_of(nbformat.reads(git("show", f"{since}:{name}"), as_version=4)):
        return False
    if path.stem in TRAINING:
        print(f"{path.name} trains models and is not run here: make fix NB={name}")
    return path.stem not in TRAINING


def code_of(notebook: nbformat.NotebookNode) -> list[str]:
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def commands(changed: list[Path], since: str) -> list[list[str]]:
    """What is run, one after the other: lint, the gates with the tests of whole files, and chosen tests."""
    wanted = {tests_of(path, since) for path in changed} - {()}
    whole = sorted({name for each in wanted if "-k" not in each for name in each} - set(GATES))
    chosen = [list(each) for each in sorted(wanted) if "-k" in each]
    wider = [each[-1] for each in chosen]  # "dft" chooses what "dft/idft" does
    chosen = [each for each in chosen if not any(each[-1].startswith(f"{other}/") for other in wider)]
    pytest = ["pytest", "-q", "--tb=short", "-n", "2", "-m", "not reads_runs"]
    return [*LINT, *([*pytest, *each] for each in [[*GATES, *whole], *chosen])]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m authoring.quick", description=__doc__.split("\n")[0])
    parser.add_argument("--since", default="HEAD", help="the commit to compare with, the last one by default")
    since, started = parser.parse_args(arguments).since, time.monotonic()
    known = subprocess.run(
        ["git", "rev-parse", "--quiet", "--verify", f"{since}^{{commit}}"], cwd=ROOT, capture_output=True
    )
    if known.returncode:
        parser.error(f"--since must be a commit, got {since!r}: try main or HEAD~1")
    changed = changed_files(since)
    print(f"{len(changed)} changed: {', '.join(path.relative_to(ROOT).as_posix() for path in changed) or 'nothing'}")
    try:
        todo = commands(changed, since)
    except NotebookError as error:
        print(f"not good: {error}")
        return 1
    failed = []
    for command in todo:
        line = shlex.join(["python", "-m", *command])
        print(f"· {line}", flush=True)
        if subprocess.run([sys.executable, "-m", *command], cwd=ROOT, check=False).returncode not in (0, NOTHING_FOUND):
            failed.append(line)
    print(f"{'good' if not failed else 'not good'}, in {time.monotonic() - started:.0f} s", *failed, sep="\n  ")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
