"""A learner's own copies: ``my/`` mirrors ``notebooks/``, git ignores it, and an update overwrites nothing of theirs.

``my/.originals.json`` keeps for each copy a hash of the cells it was made from. A copy that still has these cells
holds nothing of the learner's and is renewed; beside any other the new version is put, as ``03_dft.new.ipynb``.
"""

import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
import textwrap
from contextlib import suppress
from itertools import count
from pathlib import Path

from . import doctor
from ._checks import files

FIRST = "my/00_start_here.ipynb"
FETCH_S = 300
MESSAGE_CHARACTERS = 400


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


def read_notebook(path: Path) -> bytes | None:
    """The content of what can be read and is a notebook, else None."""
    with suppress(OSError):
        content = path.read_bytes()
        return content if fingerprint(content) else None
    return None


def unread(root: Path, name: str) -> str:
    """The words for a notebook of the course that `read_notebook` cannot read."""
    path, why = root / "notebooks" / name, "it is no notebook"
    try:
        path.read_bytes()
    except OSError as error:
        why = error.strerror
    return f"notebooks/{name} cannot be read ({why})"


def write(path: Path, content: bytes) -> None:
    """All of it or nothing, should the disk be full or the power fail; a link is written through."""
    path = Path(os.path.realpath(path)) if path.is_symlink() else path
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_bytes(content)
        os.replace(unfinished, path)
    except (FileExistsError, NotADirectoryError):
        raise WorkspaceError(
            f"{path.parent} must be a folder for your copies, got something else: rename that, then try again"
        ) from None
    except OSError as error:
        with suppress(OSError):
            unfinished.unlink()
        raise WorkspaceError(str(files.unwritable(path, error))) from None


class Originals(dict):
    """The hashes in ``my/.originals.json``, by the name of the copy; none where the file is lost or damaged."""

    def __init__(self, mine: Path):
        if os.path.lexists(mine) and not mine.is_dir():
            got = "a file" if mine.exists() else "a link to nothing"
            raise WorkspaceError(f"{mine} must be a folder for your copies, got {got}: rename it, then try again")
        self.path = mine / ".originals.json"
        if self.path.is_dir():
            raise WorkspaceError(f"{self.path} must be a file, got a folder: move it away, then try again")
        try:
            super().__init__(json.loads(self.path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError, RecursionError):
            super().__init__()
        self.before = dict(self)

    def save(self) -> None:
        if self != self.before:
            write(self.path, json.dumps(self, indent=1, sort_keys=True).encode())


def make_copies(root: Path, *, only_changed: bool = False) -> list[str]:
    """Copy each notebook that ``my/`` lacks, with what was written into it in ``notebooks/``; a line for each.

    `only_changed` leaves out those that are as the course has them.
    """
    mine, lines = root / "my", []
    originals = Originals(mine)
    missing = [name for name in names(root) if not os.path.lexists(mine / name)]
    course = course_versions(root) if missing else {}
    for name in missing:
        if only_changed and name not in course:
            continue
        written = read_notebook(root / "notebooks" / name)
        original = course.get(name, written)
        if original is None:
            lines.append(f"{unread(root, name)}, and is left out")
            continue
        write(mine / name, written or original)
        originals[name] = fingerprint(original)
        says = f"new, as the course has it; {unread(root, name)}" if written is None else "new"
        if written and fingerprint(written) != originals[name]:
            says = f"copied with what you wrote in notebooks/{name}"
        lines.append(f"my/{name}: {says}")
    originals.save()
    return lines


def bring(root: Path) -> list[str]:
    """Make missing copies, renew untouched ones, and put new versions beside the others; a line for each."""
    new = make_copies(root)
    originals, lines = Originals(root / "my"), []
    course, present = course_versions(root), names(root)
    for name in present:
        content = course.get(name) or read_notebook(root / "notebooks" / name)
        if content is None:
            lines.append(f"{unread(root, name)}, and is left out")
            continue
        recall(root, name, originals)
        line = renew(root / "my", name, content, originals)
        lines += [line] if line else []
    lines += changed_here(root, course)
    lines += deleted(root, course)
    lines += dropped(root, [name for name in originals if name not in {*present, *course}], originals)
    originals.save()
    return new + [line for line in lines if line not in new]


def changed_here(root: Path, course: dict[str, bytes]) -> list[str]:
    """Lines on notebooks that were changed in ``notebooks/``, where the copy is another: it takes the course's only."""
    lines = []
    for name in course:
        written = fingerprint_of(root / "notebooks" / name)
        if written not in (None, fingerprint(course[name]), fingerprint_of(root / "my" / name)):
            lines.append(f"notebooks/{name}: changed here, which my/{name} does not follow: copy it there to have it")
    return lines


def deleted(root: Path, course: dict[str, bytes]) -> list[str]:
    """Lines on notebooks of the course that were deleted here in ``notebooks/``, with the way to have them back."""
    if not names(root):
        way = f"`git checkout {commit_with(root, 'notebooks')} -- notebooks` brings them back"
        if not is_clone(root):
            way = "download the course anew and move your folder my into it"
        return [f"notebooks/: there are no notebooks in it; {way}"]
    paths = [f"notebooks/{name}" for name in course if name.endswith(".ipynb")]
    return [
        f"{path}: missing; `git checkout {commit_with(root, path)} -- {shlex.quote(path)}` brings it back"
        for path in paths
        if not os.path.lexists(root / path)
    ]


def dropped(root: Path, gone: list[str], originals: Originals) -> list[str]:
    """Lines on copies of what the course has no longer: said once, where git could tell what such a copy was."""
    lines, in_clone = [], is_clone(root)
    for name in gone:
        if (root / "my" / name).exists() and ".new" not in name:
            lines.append(f"my/{name}: no longer in {'the course' if in_clone else 'notebooks/'}; your copy stays")
            if in_clone:
                del originals[name]
    return lines


def renew(mine: Path, name: str, content: bytes, originals: Originals) -> str | None:
    """Bring one notebook's new version; the line that says where it is, None where there is nothing new."""
    path = mine / name
    found, new, made_from = fingerprint_of(path), fingerprint(content), originals.get(name)
    if new is None or found == new:
        originals.update({name: new} if new else {})
        return None
    if found is not None and found == made_from and not path.is_symlink():
        write(path, content)
        originals[name] = new
        return f"my/{name}: renewed, you had not changed it"
    if found is not None and made_from == new:
        return None
    beside = put_beside(mine, name, "new", content, originals)
    originals[beside] = originals[name] = new  # it was offered, and is not offered again
    kept = "kept as you left it" if found else "cannot be read as a notebook, and is kept"
    if path.is_symlink():
        kept = "is a link, and is kept" if path.exists() else "is a link to nothing, and is kept"
    return f"my/{name}: {kept}; the course's version is my/{beside}: delete that, or put it in the place of yours"


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
        is_courses = there is not None and there == originals.get(beside) and not path.is_symlink()
        if is_courses or not os.path.lexists(path):
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
    found = git(root, "diff", "--name-only", "--no-renames", "-z", *arguments).stdout
    return [os.fsdecode(name) for name in found.split(b"\0") if name]


def shared_commit(root: Path) -> str:
    """The last commit of the course in this clone: what comes after it is the learner's."""
    shared = git(root, "merge-base", "HEAD", "@{upstream}")
    return shared.stdout.decode().strip() if shared.returncode == 0 else "HEAD"


def commit_with(root: Path, path: str) -> str:
    """The commit that has a path which the course has: HEAD, unless the learner committed that it is deleted."""
    in_head = git(root, "cat-file", "-e", f"HEAD:{path}").returncode == 0
    return "HEAD" if in_head else shared_commit(root)[:12]


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
    upstream = followed(root)
    fetched = git(root, "fetch", "--quiet")
    if fetched.returncode:
        way = "check the address with `git remote -v`, then the network, then try again"
        raise WorkspaceError(f"nothing was fetched ({message(fetched)}): {way_out(root, fetched) or way}")
    if git(root, "merge-base", "--is-ancestor", "@{upstream}", "HEAD").returncode == 0:
        return "The course is up to date."
    refuse_changed_files(root)
    before = git(root, "rev-parse", "HEAD").stdout.decode().strip()
    merged = git(root, "merge", "--ff-only", "--quiet", "@{upstream}")
    if merged.returncode:
        way = "see `git status`"
        if git(root, "merge-base", "--is-ancestor", "HEAD", "@{upstream}").returncode:
            way += f", and try `git rebase {shlex.quote(upstream)}`"
        raise WorkspaceError(f"nothing was merged ({message(merged)}): {way_out(root, merged) or way}")
    n_changes = int(git(root, "rev-list", "--count", "--no-merges", f"{before}..HEAD").stdout)
    new = f"The course is newer by {n_changes} change{'s' * (n_changes != 1)}"
    if listed(root, before, "HEAD", "--", "pyproject.toml", "constraints.txt"):
        return f"{new}; so are packages that it needs: run `{doctor.install_line()}`."
    return f"{new}."


def followed(root: Path) -> str:
    """The branch of the origin that this one follows, as "origin/main"."""
    if not is_clone(root):
        asked = git(root, "rev-parse", "--show-toplevel")
        if "dubious ownership" in message(asked):
            raise WorkspaceError(f"nothing was fetched ({message(asked)}): {way_out(root, asked)}")
        raise WorkspaceError(
            f"nothing was fetched, {root} is no git clone: download the course anew and move your folder my into it"
        )
    if git(root, "symbolic-ref", "--quiet", "HEAD").returncode:
        raise WorkspaceError("nothing was fetched, no branch is checked out: type `git switch main`, then try again")
    upstream = git(root, "rev-parse", "--abbrev-ref", "@{upstream}")
    if upstream.returncode:
        raise WorkspaceError(
            "nothing was fetched, this branch follows no other: try `git checkout main`, "
            f"or `{doctor.course_line('update --no-pull')}`"
        )
    return os.fsdecode(upstream.stdout.strip())


def message(done: subprocess.CompletedProcess) -> str:
    """What git said, on one line."""
    said = textwrap.shorten(done.stderr.decode(errors="replace"), MESSAGE_CHARACTERS, placeholder=" ...")
    return said or f"git ended with {done.returncode}"


def way_out(root: Path, failed: subprocess.CompletedProcess) -> str | None:
    """What to do about a fetch or merge that failed for a cause in this clone; None where the cause is another."""
    said = failed.stderr.decode(errors="replace")
    paths = re.findall(r"^\t(.+)$", said, re.MULTILINE)
    if paths and "untracked files" in said or "untracked working tree files" in said:
        return f"move {', '.join(paths)} out of the course's folder, then try again"
    if re.search(r"(Permission denied|Read-only file system)$|insufficient permission for", said, re.MULTILINE):
        return f"give yourself the right to write in {root} and its folder .git, then try again"
    if lock := re.search(r"Unable to create '(.+\.lock)': File exists", said):
        return f"wait until the other update or git has ended; if none runs, remove {lock[1]}; then try again"
    if "cannot lock ref" in said:
        return "wait until the other update or git has ended, then try again"
    if owned := re.search(r"dubious ownership in repository at '(.+)'", said):
        return f"type `git config --global --add safe.directory {shlex.quote(owned[1])}`, then try again"
    return None


def refuse_changed_files(root: Path) -> None:
    """Raise where files that come were changed here as well; what was written in notebooks is then safe in ``my/``."""
    coming = set(listed(root, "HEAD...@{upstream}"))
    not_merged = {*listed(root), *listed(root, "@{upstream}")}  # the rest is what a merge that was cut off has left
    changed = sorted(coming & not_merged & set(listed(root, "HEAD")))
    if not changed:
        return
    notebooks = [path for path in changed if path.startswith("notebooks/") and path.endswith(".ipynb")]
    kept = keep_in_my(root, [path.removeprefix("notebooks/") for path in notebooks])
    others = [path for path in changed if path not in notebooks]
    ways = []
    if notebooks:
        where = f", what you wrote there is in {', '.join(kept)}" if kept else ""
        ways.append(f"`git checkout HEAD -- {shlex.join(notebooks)}`{where}")
    if others:
        ways.append(f"`git stash push -- {shlex.join(others)}`, and `git stash pop` afterwards")
    raise WorkspaceError(
        f"nothing was merged, {', '.join(changed)} changed both here and in the course: "
        f"type {'; and '.join(ways)}; then `{doctor.course_line('update')}` again"
    )


def keep_in_my(root: Path, changed: list[str]) -> list[str]:
    """Where in ``my/`` the cells are that were written in these notebooks; put there what is not yet."""
    mine, kept = root / "my", []
    course = course_versions(root)
    for name in changed:
        path = root / "notebooks" / name
        if not os.path.lexists(path):
            continue
        try:
            content = path.read_bytes()
        except OSError:
            raise WorkspaceError(
                f"nothing was merged, {unread(root, name)} and changed in the course: "
                "give yourself the right to read it, then try again"
            ) from None
        written = fingerprint(content)
        is_there = written is not None and written in (fingerprint_of(mine / name), fingerprint(course.get(name)))
        kept.append(f"my/{name if is_there else put_beside(mine, name, 'yours', content, {})}")
    return kept


# -------------------------------------------------------------------------------------------- commands


def update(root: Path, *, fetch: bool = True) -> bool:
    """Print what is new, a line each; False where something was in the way."""
    went_well = True
    lines = make_copies(root, only_changed=True)  # before the pull: what was written in notebooks/ is then in my/
    if fetch:
        try:
            print(pull(root))
        except WorkspaceError as error:
            print(f"error: {error}", file=sys.stderr)
            went_well = False
    lines += bring(root)
    print(*lines or ["Nothing is new in my/."], sep="\n")
    return went_well
