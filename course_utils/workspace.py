"""A learner's own copies: ``my/`` mirrors ``notebooks/``, git ignores it, and an update overwrites nothing of theirs.

``my/.originals.json`` keeps for each copy a hash of the cells it was made from. A copy that still has these cells
holds nothing of the learner's and is renewed; beside any other the new version is put, as ``03_dft.new.ipynb``.
"""

import hashlib
import json
import os
import subprocess
import sys
from contextlib import suppress
from itertools import count
from pathlib import Path

FIRST = "my/00_start_here.ipynb"
FETCH_S = 300


class WorkspaceError(Exception):
    """One sentence for the learner: what is wrong and the way out."""


# ------------------------------------------------------------------------------------------- notebooks


def names(root: Path) -> list[str]:
    """The notebooks of the course: "03_dft.ipynb", "exercises/03_dft.ipynb"."""
    folder = root / "notebooks"
    paths = [*sorted(folder.glob("*.ipynb")), *sorted(folder.glob("exercises/*.ipynb"))]
    return [path.relative_to(folder).as_posix() for path in paths]


def fingerprint(content: bytes | None) -> str | None:
    """The same for the same cells, whatever their outputs; empty cells do not count. None for what is no notebook."""
    try:
        cells = [(cell["cell_type"], "".join(cell["source"])) for cell in json.loads(content)["cells"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    filled = [cell for cell in cells if cell[1].strip()]
    return hashlib.sha256(json.dumps(filled).encode()).hexdigest()


def fingerprint_of(path: Path) -> str | None:
    try:
        return fingerprint(path.read_bytes())
    except OSError:
        return None


def write(path: Path, content: bytes) -> None:
    """All of it or nothing, should the disk be full or the power fail."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_bytes(content)
        os.replace(unfinished, path)
    except OSError as error:
        with suppress(OSError):
            unfinished.unlink()
        raise WorkspaceError(
            f"{path} cannot be written ({error.strerror}): make room, or give yourself the right to write there"
        ) from None


class Originals(dict):
    """The hashes in ``my/.originals.json``, by the name of the copy; none where the file is lost or damaged."""

    def __init__(self, mine: Path):
        if mine.exists() and not mine.is_dir():
            raise WorkspaceError(f"{mine} must be a folder for your copies, got a file: rename it, then try again")
        self.path = mine / ".originals.json"
        try:
            super().__init__(json.loads(self.path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            super().__init__()
        self.before = dict(self)

    def save(self) -> None:
        if self != self.before:
            write(self.path, json.dumps(self, indent=1, sort_keys=True).encode())


def make_copies(root: Path) -> list[str]:
    """Copy each notebook that ``my/`` lacks, with what was written into it in ``notebooks/``; a line for each."""
    mine, lines = root / "my", []
    originals = Originals(mine)
    missing = [name for name in names(root) if not (mine / name).exists()]
    course = course_versions(root) if missing else {}
    for name in missing:
        content = (root / "notebooks" / name).read_bytes()
        original = fingerprint(course.get(name, content))
        write(mine / name, content)
        originals[name] = original
        with_answers = fingerprint(content) != original
        lines.append(f"my/{name}: " + (f"copied with what you wrote in notebooks/{name}" if with_answers else "new"))
    originals.save()
    return lines


def bring(root: Path) -> list[str]:
    """Make missing copies, renew untouched ones, and put new versions beside the others; a line for each."""
    lines = make_copies(root)
    originals = Originals(root / "my")
    course = course_versions(root)
    for name in names(root):
        content = course.get(name) or (root / "notebooks" / name).read_bytes()
        recall(root, name, originals)
        line = renew(root / "my", name, content, originals)
        lines += [line] if line else []
    dropped = [name for name in originals if name not in names(root) and ".new" not in name]
    lines += [
        f"my/{name}: no longer in the course; your copy stays" for name in dropped if (root / "my" / name).exists()
    ]
    originals.save()
    return lines


def renew(mine: Path, name: str, content: bytes, originals: Originals) -> str | None:
    """Bring one notebook's new version; the line that says where it is, None where there is nothing new."""
    found, new, made_from = fingerprint_of(mine / name), fingerprint(content), originals.get(name)
    if new is None or found == new:
        originals.update({name: new} if new else {})
        return None
    if found is not None and found == made_from:
        write(mine / name, content)
        originals[name] = new
        return f"my/{name}: renewed, you had not changed it"
    if found is not None and made_from == new:
        return None
    beside = put_beside(mine, name, "new", content, originals)
    originals[beside] = originals[name] = new  # it was offered, and is not offered again
    kept = "kept as you left it" if found else "cannot be read as a notebook, and is kept"
    return f"my/{name}: {kept}; the course's version is my/{beside}"


def put_beside(mine: Path, name: str, word: str, content: bytes, originals: dict[str, str]) -> str:
    """Write as ``03_dft.<word>.ipynb``, or under the next name where that holds something else; the name.

    What has the cells that ``originals`` gives for it may be overwritten.
    """
    for number in count(1):
        beside = f"{name.removesuffix('.ipynb')}.{word}{'' if number == 1 else f'-{number}'}.ipynb"
        path = mine / beside
        there = fingerprint_of(path)
        if there is not None and there == fingerprint(content):
            return beside
        if not path.exists() or (there is not None and there == originals.get(beside)):
            write(path, content)
            return beside


# ------------------------------------------------------------------------------------------------- git


def git(root: Path, *arguments: str) -> subprocess.CompletedProcess:
    """Run git; without the program the result is that of a failed call. It never asks for a password."""
    variables = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    options = {"stdin": subprocess.DEVNULL, "capture_output": True, "env": variables, "timeout": FETCH_S}
    try:
        return subprocess.run(["git", *arguments], cwd=root, check=False, **options)
    except (OSError, subprocess.TimeoutExpired) as error:
        return subprocess.CompletedProcess(arguments, 127, b"", str(error).encode())


def is_clone(root: Path) -> bool:
    """Whether the folder itself is one of git's, and not a download that lies in another one."""
    top = git(root, "rev-parse", "--show-toplevel")
    return top.returncode == 0 and Path(os.fsdecode(top.stdout.strip())).resolve() == root.resolve()


def listed(root: Path, *arguments: str) -> list[str]:
    """The files that `git diff` finds different."""
    found = git(root, "diff", "--name-only", "-z", *arguments).stdout
    return [os.fsdecode(name) for name in found.split(b"\0") if name]


def shared_commit(root: Path) -> str:
    """The last commit of the course in this clone: what comes after it is the learner's."""
    shared = git(root, "merge-base", "HEAD", "@{upstream}")
    return shared.stdout.decode().strip() if shared.returncode == 0 else "HEAD"


def recall(root: Path, name: str, originals: Originals) -> None:
    """Fill in a lost record: cells that are those of an earlier version of the course are not the learner's."""
    found, path = fingerprint_of(root / "my" / name), f"notebooks/{name}"
    if name in originals or found is None or not is_clone(root):
        return
    commits = git(root, "log", "--format=%H", shared_commit(root), "--", path).stdout.decode().split()
    if any(fingerprint(git(root, "show", f"{commit}:{path}").stdout) == found for commit in commits):
        originals[name] = found


def course_versions(root: Path) -> dict[str, bytes]:
    """The course's version of each notebook that was changed here in ``notebooks/``, committed or not, by its name."""
    if not is_clone(root):
        return {}
    base = shared_commit(root)
    changed = listed(root, base, "--", "notebooks")
    versions = {path.removeprefix("notebooks/"): git(root, "show", f"{base}:{path}") for path in changed}
    return {name: shown.stdout for name, shown in versions.items() if shown.returncode == 0}


def pull(root: Path) -> str:
    """Bring the repository to the state of its origin, if nothing is in the way; one sentence on what was done."""
    if not is_clone(root):
        raise WorkspaceError(
            f"nothing was fetched, {root} is no git clone: download the course anew and move your folder my into it"
        )
    upstream = git(root, "rev-parse", "--abbrev-ref", "@{upstream}")
    if upstream.returncode:
        raise WorkspaceError(
            "nothing was fetched, this branch follows no other: try `git checkout main`, or `course update --no-pull`"
        )
    fetched = git(root, "fetch", "--quiet")
    if fetched.returncode:
        raise WorkspaceError(f"nothing was fetched ({last_line(fetched)}): check the network, then try again")
    if git(root, "merge-base", "--is-ancestor", "@{upstream}", "HEAD").returncode == 0:
        return "The course is up to date."
    refuse_changed_files(root)
    before = git(root, "rev-parse", "HEAD").stdout.decode().strip()
    merged = git(root, "merge", "--ff-only", "--quiet", "@{upstream}")
    if merged.returncode:
        name = os.fsdecode(upstream.stdout.strip())
        raise WorkspaceError(f"nothing was merged ({last_line(merged)}): see `git status`, and try `git rebase {name}`")
    if listed(root, before, "HEAD", "--", "pyproject.toml", "constraints.txt"):
        from .doctor import install_line

        return f"The course is new; so are packages that it needs: run `{install_line()}`."
    return "The course is new."


def last_line(done: subprocess.CompletedProcess) -> str:
    lines = done.stderr.decode(errors="replace").strip().splitlines()
    return lines[-1].strip() if lines else f"git ended with {done.returncode}"


def refuse_changed_files(root: Path) -> None:
    """Raise where files that come were changed here as well; what was written in notebooks is then safe in ``my/``."""
    coming = set(listed(root, "HEAD...@{upstream}"))
    changed = sorted(coming & set(listed(root, "HEAD")))
    if not changed:
        return
    notebooks = [path for path in changed if path.startswith("notebooks/") and path.endswith(".ipynb")]
    kept = keep_in_my(root, [path.removeprefix("notebooks/") for path in notebooks])
    others = [path for path in changed if path not in notebooks]
    ways = []
    if notebooks:
        where = f", what you wrote there is in {', '.join(kept)}" if kept else ""
        ways.append(f"`git checkout HEAD -- {' '.join(notebooks)}`{where}")
    if others:
        ways.append(f"`git stash push -- {' '.join(others)}`, and `git stash pop` afterwards")
    raise WorkspaceError(
        f"nothing was merged, {', '.join(changed)} changed both here and in the course: "
        f"type {'; and '.join(ways)}; then `course update` again"
    )


def keep_in_my(root: Path, changed: list[str]) -> list[str]:
    """Where in ``my/`` the cells are that were written in these notebooks; put there what is not yet."""
    mine, kept = root / "my", []
    course = course_versions(root)
    for name in changed:
        path = root / "notebooks" / name
        if not path.exists():
            continue
        written = fingerprint_of(path)
        is_there = written is not None and written in (fingerprint_of(mine / name), fingerprint(course.get(name)))
        kept.append(f"my/{name if is_there else put_beside(mine, name, 'yours', path.read_bytes(), {})}")
    return kept


# -------------------------------------------------------------------------------------------- commands


def update(root: Path, *, fetch: bool = True) -> bool:
    """Print what is new, a line each; False where something was in the way."""
    went_well = True
    lines = make_copies(root)  # before the pull: what was written in notebooks/ is then in my/
    if fetch:
        try:
            print(pull(root))
        except WorkspaceError as error:
            print(f"error: {error}", file=sys.stderr)
            went_well = False
    lines += bring(root)
    print(*lines or ["Nothing is new in my/."], sep="\n")
    return went_well
