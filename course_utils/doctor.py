"""The environment check: ``course doctor`` on the command line, ``cu.doctor.check()`` in a notebook.

Each check is one function that returns a `Result`; a result that is not ok carries the one line that fixes it.
"""

import ast
import csv
import html
import io
import json
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
import webbrowser
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import metadata, util
from pathlib import Path

from ._files import INSTALLED, ROOT

OK, WARN, FAIL = "ok", "warn", "FAIL"
OLDEST_PYTHON = (3, 11)
FREE_DISK_GB = 1.0
KERNEL, KERNEL_TIMEOUT_S = "python3", 30
PACKAGE = "course-utils"
BROWSERS = ("firefox", "chromium", "chromium-browser", "google-chrome", "microsoft-edge")
EXTRAS = ("models", "lab")  # what the lectures need beyond the package's own needs


@dataclass(frozen=True)
class Result:
    """One line of the report: `fix` is what to type or do, empty where nothing is wrong."""

    name: str
    status: str
    message: str
    fix: str = ""


@dataclass(frozen=True)
class Report:
    """All results, shown as a table in a terminal and in a notebook."""

    results: tuple[Result, ...]

    @property
    def ok(self) -> bool:
        return all(result.status != FAIL for result in self.results)

    @property
    def summary(self) -> str:
        counts = [f"{sum(result.status == status for result in self.results)} {status}" for status in (OK, WARN, FAIL)]
        return ", ".join(counts) + (": ready" if self.ok else ": not ready, see the lines marked fix")

    def __str__(self) -> str:
        width = max(len(result.name) for result in self.results)
        lines = []
        for result in self.results:
            lines.append(f"{result.status:<4}  {result.name:<{width}}  {result.message}")
            if result.fix:
                lines.append(f"{'':<4}  {'':<{width}}  fix: {result.fix}")
        return "\n".join([*lines, self.summary])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = "".join(
            "<tr>" + "".join(f'<td style="text-align:left">{html.escape(text)}</td>' for text in row) + "</tr>"
            for row in ((result.status, result.name, result.message, result.fix) for result in self.results)
        )
        head = "".join(f'<th scope="col" style="text-align:left">{name}</th>' for name in ("", "what", "found", "fix"))
        return f"<table><caption>{html.escape(self.summary)}</caption><tr>{head}</tr>{rows}</table>"


def install_line() -> str:
    """The command that repairs an installation of the kind that runs now."""
    if INSTALLED:
        return f"{sys.executable} -m pip install --force-reinstall {PACKAGE}"
    if (Path(sys.prefix) / "conda-meta").is_dir():
        return "conda env update --file environment.yml"
    return "py tools/install.py" if os.name == "nt" else "make lab"


def course_line(command: str) -> str:
    """How `course` is called where this Python runs: the folder .venv is on nobody's path."""
    folder = ""
    if is_same(sys.prefix, ROOT / ".venv"):
        folder = ".venv\\Scripts\\" if os.name == "nt" else ".venv/bin/"
    return f"{folder}course {command}"


def check_python() -> Result:
    found, oldest = (".".join(map(str, version)) for version in (sys.version_info[:3], OLDEST_PYTHON))
    if sys.version_info[:2] >= OLDEST_PYTHON:
        return Result("Python", OK, f"{found} in {sys.prefix}")
    fix = f"install Python {oldest} or later, remove .venv, then `{install_line()}`"
    return Result("Python", FAIL, f"{found} is older than {oldest}", fix)


def required_packages() -> list[str]:
    """The names of the packages that a reader needs, as the installed course itself declares them."""
    wanted = [None, *(() if INSTALLED else EXTRAS)]
    extras = {line: re.search(r"""extra == ["']([\w-]+)""", line) for line in metadata.requires(PACKAGE) or []}
    return [re.match(r"[\w.-]+", line)[0] for line, extra in extras.items() if (extra and extra[1]) in wanted]


def tested_versions(constraints: str) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)==([^\s;]+)", constraints, re.MULTILINE))


def check_package(name: str, tested: str | None) -> Result:
    """Whether the package is there (required) in the version that was tested (advised)."""
    try:
        found = metadata.version(name)
    except metadata.PackageNotFoundError:
        return Result(name, FAIL, "not installed", install_line())
    if tested is None or found.split("+")[0] == tested:
        return Result(name, OK, found)
    return Result(name, WARN, f"{found}, tested with {tested}", f"{sys.executable} -m pip install {name}=={tested}")


def check_packages() -> Iterator[Result]:
    try:
        names = required_packages()
    except metadata.PackageNotFoundError:
        yield Result(PACKAGE, FAIL, "the course's own package is not installed", install_line())
        return
    constraints = ROOT / "constraints.txt"
    tested = tested_versions(constraints.read_text(encoding="utf-8")) if constraints.exists() else {}
    for name in names:
        yield check_package(name, tested.get(name))


def imported_modules(source: str, package: str = "course_utils") -> set[str]:
    """The modules that Python source in a package imports: `numpy`, and `course_utils.dft` for ``cu.dft``."""
    modules, aliases = set(), set()
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules |= {name.name for name in node.names}
            aliases |= {name.asname or name.name for name in node.names if name.name == "course_utils"}
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) + 1 - node.level] if node.level else []
            base = ".".join([*above, *filter(None, [node.module])])
            names = {f"{base}.{name.name}" for name in node.names}
            modules |= names if base == "course_utils" or not node.module else {base}
    for node in ast.walk(tree):
        is_attribute = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        if is_attribute and node.value.id in aliases and not node.attr.startswith("__"):  # cu.__file__ is no module
            modules.add(f"course_utils.{node.attr}")
    return modules


def notebook_source(text: str) -> str:
    """The code of a notebook without the lines that only IPython understands."""
    cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
    lines = "\n".join("".join(cell["source"]) for cell in cells).splitlines()
    return "\n".join(line for line in lines if not line.lstrip().startswith(("%", "!")))


def course_file(module: str) -> Path | None:
    """The file of a module or package of the course, None where there is none."""
    path = Path(__file__).parent.joinpath(*module.split(".")[1:])
    files = [path / "__init__.py", path.with_suffix(".py")]
    return next((file for file in files if file.exists()), None)


@cache
def imports_of(path: Path) -> set[str]:
    """The modules that a file of the course imports."""
    folder = ".".join(["course_utils", *path.relative_to(Path(__file__).parent).parts[:-1]])
    return imported_modules(path.read_text(encoding="utf-8"), folder)


def missing_modules(modules: set[str]) -> list[str]:
    """What of `modules`, and of what the course's own modules import in turn, cannot be found."""
    missing, todo, seen = set(), set(modules), set()
    while todo:
        module = todo.pop()
        seen.add(module)
        package = module.partition(".")[0]
        if package == "course_utils":
            path = course_file(module)
            if path is None:
                missing.add(module)
                continue
            todo |= imports_of(path) - seen
        elif util.find_spec(package) is None:
            missing.add(package)
    return sorted(missing)


def check_notebook(path: Path) -> Result:
    """Whether everything that one notebook imports is there."""
    name = f"exercises/{path.name}" if path.parent.name == "exercises" else path.name
    try:
        missing = missing_modules(imported_modules(notebook_source(path.read_text(encoding="utf-8"))))
    except (ValueError, KeyError, SyntaxError):
        return Result(name, FAIL, "cannot be read as a notebook", f"git checkout notebooks/{name}")
    if missing:
        return Result(name, FAIL, f"needs {', '.join(missing)}, not installed", install_line())
    return Result(name, OK, "can run")


def check_notebooks() -> Iterator[Result]:
    if INSTALLED:
        yield Result("notebooks", OK, "not part of an installed package: the lectures come with the repository")
        return
    folder = ROOT / "notebooks"
    paths = [*sorted(folder.glob("*.ipynb")), *sorted(folder.glob("exercises/*.ipynb"))]
    if not paths:
        yield Result("notebooks", FAIL, "no notebook found", "git checkout notebooks")
    yield from map(check_notebook, paths)


def check_sound_file() -> Result:
    """Write a sound and read it back, without loss in wav and flac, and in length in ogg and mp3."""
    fix = f"{sys.executable} -m pip install --force-reinstall soundfile"
    try:
        import numpy as np
        import soundfile
    except (ImportError, OSError) as error:
        return Result("sound files", FAIL, f"soundfile does not load: {error}", fix)
    sound = np.round(8192 * np.sin(np.arange(16000) / 8)).astype(np.int16)
    failed = []
    for extension in ("wav", "flac", "ogg", "mp3"):
        try:
            data = io.BytesIO()
            soundfile.write(data, sound, 16000, format=extension)
            data.seek(0)
            read = soundfile.read(data, dtype="int16")[0]
            lossless = extension in ("wav", "flac")
            good = np.array_equal(read, sound) if lossless else abs(len(read) - len(sound)) < 4000
        except (RuntimeError, TypeError, ValueError):
            good = False
        failed += [] if good else [extension]
    if failed:
        required = {"wav", "flac"} & set(failed)
        return Result("sound files", FAIL if required else WARN, f"not written and read back: {', '.join(failed)}", fix)
    return Result("sound files", OK, "wav, flac, ogg and mp3 written and read back")


HERE = "(__import__('sys').prefix, __import__('course_utils').__file__)"  # for a kernel to tell where it is


def check_kernel() -> Result:
    """Start the notebook kernel, and let it say whether it is this Python and imports this package."""
    if INSTALLED and util.find_spec("ipykernel") is None:
        fix = f'{sys.executable} -m pip install "{PACKAGE}[lab]"'
        return Result("kernel", WARN, "Jupyter is not installed; the package works without it", fix)
    folders = check_folders()
    if folders.status == FAIL:
        return Result("kernel", FAIL, "cannot start without a folder to write in", folders.fix)
    try:
        said = ask_kernel(HERE)
    except Exception as error:  # whatever stops a kernel, the reader needs the way out and not the traceback
        return Result("kernel", FAIL, f"does not start: {type(error).__name__}: {error}".splitlines()[0], kernel_fix())
    if said["status"] != "ok":
        problem = f"does not import course_utils ({said['ename']}: {said['evalue']})"
        return Result("kernel", FAIL, " ".join(problem.split()), kernel_fix())
    prefix, package = ast.literal_eval(said["data"]["text/plain"])
    if not is_same(prefix, sys.prefix):
        return Result("kernel", FAIL, f"belongs to another Python, in {prefix}", kernel_fix())
    if not is_same(package, Path(__file__).with_name("__init__.py")):
        return Result("kernel", FAIL, f"imports another course_utils, {package}", install_line())
    return Result("kernel", OK, "starts and imports course_utils from this environment")


def is_same(path: str | os.PathLike, other: str | os.PathLike) -> bool:
    return os.path.realpath(path) == os.path.realpath(other)


def ask_kernel(expression: str) -> dict:
    """What the kernel that notebooks get makes of an expression; it starts in a folder that has no course in it."""
    from jupyter_client.manager import start_new_kernel

    with tempfile.TemporaryDirectory() as folder:
        options = {"stderr": subprocess.DEVNULL, "cwd": folder}
        manager, client = start_new_kernel(KERNEL_TIMEOUT_S, KERNEL, **options)
        try:
            reply = client.execute_interactive("", user_expressions={"said": expression}, timeout=KERNEL_TIMEOUT_S)
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
    return reply["content"]["user_expressions"]["said"]


def kernel_fix() -> str:
    """What mends a kernel: Jupyter may find one of another Python before that of this environment."""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    with suppress(NoSuchKernel, OSError):
        where = KernelSpecManager().get_kernel_spec(KERNEL).resource_dir
        if not Path(where).resolve().is_relative_to(Path(sys.prefix).resolve()):
            return f"remove {where}, which Jupyter takes for the kernel of this environment"
    return f"{sys.executable} -m pip install --force-reinstall ipykernel jupyter_client"


def check_folders() -> Result:
    """Whether Jupyter can write where it keeps what runs, and make the folders of its settings and data."""
    if util.find_spec("jupyter_core") is None:
        return Result("folders", OK, "none needed without Jupyter")
    from jupyter_core import paths

    failed = {}
    for name in ("runtime", "config", "data"):
        folder = Path(getattr(paths, f"jupyter_{name}_dir")())
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            failed[name] = (
                f"Jupyter cannot write in {folder} ({error.strerror})",
                name == "runtime" or not folder.is_dir(),
            )
    if not failed:
        return Result("folders", OK, f"Jupyter can write in {paths.jupyter_runtime_dir()}")
    variables = " and ".join(f"JUPYTER_{name.upper()}_DIR" for name in failed)
    fix = f"give yourself the right to write there, or set HOME, or {variables}, to a folder where you may write"
    is_fatal = any(fatal for _, fatal in failed.values())
    return Result("folders", FAIL if is_fatal else WARN, next(iter(failed.values()))[0], fix)


def check_disk() -> Result:
    free_gb = shutil.disk_usage(tempfile.gettempdir()).free / 1e9
    if free_gb < FREE_DISK_GB:
        fix = "remove files you do not need, or set TMPDIR to a folder on a larger disk"
        floor_gb = math.floor(10 * free_gb) / 10  # what is below 1 is not said to be 1.0
        return Result("free disk", WARN, f"{floor_gb:.1f} GB, the lectures want {FREE_DISK_GB:.0f} GB", fix)
    return Result("free disk", OK, f"{free_gb:.1f} GB")


def check_browser() -> Result:
    """Whether a browser can be opened from here: without a screen none can, whichever is installed."""
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        installed = next(filter(shutil.which, BROWSERS), None)
        found = f"{installed} is here, and there is no screen to show it on" if installed else "none found here"
        fix = "open the link that JupyterLab prints in any browser on this machine"
        if "SSH_CONNECTION" in os.environ:  # the reader sits elsewhere
            fix = (
                "at your own machine run `ssh -L 8888:127.0.0.1:8888 HOST`, then open there the link JupyterLab prints"
            )
        return Result("browser", WARN, found, fix)
    return Result("browser", OK, getattr(browser, "name", None) or type(browser).__name__)


def check_microphone() -> Result:
    message = "the browser asks for permission, and only on a page from localhost, 127.0.0.1 or https"
    return Result("microphone", OK, message)


def check_data() -> Result:
    """Whether every clip that the manifest names is there."""
    manifest = ROOT / "data" / "manifest.csv"
    if not manifest.exists():
        return Result("data", FAIL, "data/manifest.csv is missing", "git checkout data")
    with manifest.open(encoding="utf-8", newline="") as lines:
        files = [row["file"] for row in csv.DictReader(lines)]
    missing = [name for name in files if not (manifest.parent / name).exists()]
    if missing:
        return Result("data", FAIL, f"{len(missing)} of {len(files)} clips are missing", "git checkout data")
    return Result("data", OK, f"{len(files)} clips, as the manifest says")


def check_progress() -> Result:
    """Whether what is solved can be kept, and where."""
    try:
        from .practice import store
    except ImportError as error:
        return Result("progress", FAIL, f"the practice engine does not load: {error}", install_line())
    path = store.progress_file()
    if path is None:
        return Result("progress", OK, f"not kept: {store.VARIABLE} is off")
    _, problem = store.use(lambda connection: None, None)
    if problem:
        return Result("progress", WARN, problem, f"set {store.VARIABLE} to a file that you may write")
    return Result("progress", OK, f"kept in {path}")


def check() -> Report:
    """Check everything a lecture needs; takes some seconds, most of them to start a kernel.

    Returns
    -------
    Report
        Shown as a table; ``report.ok`` is False where something required is missing.
    """
    return Report(
        (
            check_python(),
            *check_packages(),
            *check_notebooks(),
            check_sound_file(),
            check_folders(),
            check_kernel(),
            check_disk(),
            check_browser(),
            check_microphone(),
            check_data(),
            check_progress(),
        )
    )
