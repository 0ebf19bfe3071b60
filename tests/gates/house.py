"""The rules of the house that need no notebook: layers, sizes, docstrings, links, spelling, tidiness.

A gate takes the root of the repository and returns a list of problems.
"""

import ast
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import nbformat

ROOT = Path(__file__).resolve().parents[2]
# Each imports only what stands before it.
REFERENCE = ["_checks", "sound", "sampling", "dft", "stft", "filters", "effects", "mel", "mfcc", "gammatone"]
REFERENCE += ["descriptors", "augmentation", "rooms", "metrics"]
MODELS = [f"models.{name}" for name in "features events datasets training classification sequence".split()]
DOCUMENTED = [*REFERENCE[1:], *MODELS, "audio", "plotting"]
HEAVY = ["matplotlib", "librosa", "torch", "numba", "scipy.signal", "soundfile"]


def package_files(root=ROOT):
    return sorted((root / "course_utils").rglob("*.py"))


def dotted(path, root=ROOT):
    """The module that a file is, below the package: "dft", "practice.store", "exercises.dft"."""
    parts = path.relative_to(root / "course_utils").with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def module_path(root, module):
    return (root / "course_utils" / module.replace(".", "/")).with_suffix(".py")


def tree_of(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def tracked_files(root=ROOT, *suffixes):
    """Files that git tracks or would add, with one of the suffixes if any are given."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout.split("\0")
    paths = sorted({root / name for name in names if name})
    return [path for path in paths if path.is_file() and (not suffixes or path.suffix in suffixes)]


# ------------------------------------------------------------------------------------------ layers


def imported_modules(path):
    """Dotted names of everything a file of the package imports, its own siblings as course_utils.x."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            here = path.with_suffix("").parts
            package = here[here.index("course_utils") : len(here) - node.level] if node.level else ()
            base = ".".join([*package, *([node.module] if node.module else [])])
            if base == "course_utils":
                yield from (f"course_utils.{alias.name}" for alias in node.names)
            else:
                yield base


def check_layers(root=ROOT):
    """Reference modules stand on numpy, scipy and what is below them; only models/ imports torch."""
    found = []
    for path in package_files(root):
        module = dotted(path, root)
        below = [f"course_utils.{name}" for name in REFERENCE[: REFERENCE.index(module)]] if module in REFERENCE else []
        for name in imported_modules(path):
            top = name.partition(".")[0]
            if top == "torch" and "models" not in path.parts:
                found.append(f"{path.relative_to(root)} imports {name}: only course_utils/models may")
            elif module not in REFERENCE or top in sys.stdlib_module_names or name in below:
                continue
            elif top != "numpy" and (top != "scipy" or module == "_checks"):
                found.append(f"course_utils/{path.name} imports {name}: not in its layer")
    return found


def check_light_imports(root=ROOT):
    """Importing a reference module costs numpy and scipy at most; importing the package costs nothing."""
    found = []
    practice = ["practice", *(dotted(path, root) for path in package_files(root) if path.parent.name == "exercises")]
    light = [f"course_utils.{module}" for module in [*REFERENCE, *practice]]
    for module, heavy in [("course_utils", ["numpy", *HEAVY]), *((module, [*HEAVY, "anywidget"]) for module in light)]:
        code = f"import sys, {module}; print(*[name for name in {heavy} if name in sys.modules])"
        process = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)
        if process.returncode:
            found.append(f"import {module} fails: {process.stderr.strip().splitlines()[-1]}")
        found += [
            f"import {module} brings in {name}: import it inside the function that needs it"
            for name in process.stdout.split()
        ]
    return found


# ------------------------------------------------------------------------------- sizes and contracts


def docstring_lines(tree):
    """Numbers of the lines that docstrings take."""
    lines = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node) is not None:
            lines.update(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    return lines


def check_sizes(root=ROOT):
    """A body has at most 40 lines, a module at most 400 of code; only catalogues may be longer."""
    found = []
    for path in package_files(root):
        tree = tree_of(path)
        docstrings = docstring_lines(tree)
        lines = path.read_text(encoding="utf-8").splitlines()
        code = {n for n, line in enumerate(lines, 1) if line.strip() and not line.lstrip().startswith("#")} - docstrings
        is_catalogue = path.name == "_checks.py" or path.parent.name == "exercises"
        if len(code) > 400 and not is_catalogue:
            found.append(f"{path.relative_to(root)} has {len(code)} lines of code: at most 400")
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                body = set(range(node.body[0].lineno, node.end_lineno + 1)) - docstrings
                if len(body) > 40:
                    found.append(f"{path.relative_to(root)}: {node.name} has {len(body)} lines: at most 40")
    return found


def public_functions(path):
    return [n for n in tree_of(path).body if isinstance(n, ast.FunctionDef) and not n.name.startswith("_")]


def check_contracts(root=ROOT):
    """Every public function has types, Parameters, Returns, and the lecture that teaches it."""
    found = []
    for path in (module_path(root, module) for module in DOCUMENTED):
        for node in public_functions(path):
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            starred = [argument for argument in (node.args.vararg, node.args.kwarg) if argument]
            text = ast.get_docstring(node) or ""
            lecture = re.search(r"^Lecture: (\S+\.ipynb)", text, re.M)
            where = f"course_utils/{path.name}: {node.name}"
            if node.returns is None or any(argument.annotation is None for argument in arguments + starred):
                found.append(f"{where} lacks types")
            if arguments and not re.search(r"^Parameters\n-+$", text, re.M):
                found.append(f"{where} lacks the section Parameters")
            found += [
                f"{where} does not describe {a.arg}" for a in arguments if not re.search(rf"\b{a.arg}\b.* : ", text)
            ]
            if (
                node.returns
                and ast.unparse(node.returns) != "None"
                and not re.search(r"^(Returns|Yields)\n-+$", text, re.M)
            ):
                found.append(f"{where} lacks the section Returns")
            if not lecture or not (root / "notebooks" / lecture[1]).exists():
                found.append(f"{where} lacks `Lecture: 0N_topic.ipynb` with a notebook that exists")
    return found


def check_errors(root=ROOT):
    """Input errors are worded in _checks.py and nowhere else in the reference modules."""
    found = []
    for path in (module_path(root, module) for module in REFERENCE[1:]):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Raise) and node.exc and re.match(r"(Value|Type)Error\b", ast.unparse(node.exc)):
                found.append(f"course_utils/{path.name}:{node.lineno} words an error: move it to _checks.py")
    return found


# -------------------------------------------------------------------------------------------- prose


def prose(path):
    """The markdown of a file or notebook, without code blocks and code spans."""
    if path.suffix == ".ipynb":
        text = "\n\n".join(cell.source for cell in nbformat.read(path, 4).cells if cell.cell_type == "markdown")
    else:
        text = path.read_text(encoding="utf-8")
    return re.sub(r"^```.*?^```|`[^`\n]*`", "", text, flags=re.M | re.S)


def anchors(path):
    """What `#…` may name: headings as GitHub (markdown) or JupyterLab (notebooks) slugs them, and ids."""
    if path.suffix == ".ipynb":
        text = "\n\n".join(cell.source for cell in nbformat.read(path, 4).cells if cell.cell_type == "markdown")
    else:
        text = path.read_text(encoding="utf-8")
    headings = re.findall(r"^#+ +(.+?) *#*$", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S), re.M)
    if path.suffix == ".ipynb":
        slugs = {heading.replace(" ", "-") for heading in headings}
    else:
        slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    return slugs | set(re.findall(r"""\b(?:id|name)=["']([^"']+)""", text))


LINK = re.compile(r"""\]\(<?([^)\s>]+)|\b(?:href|src)=["']([^"']+)""")


def check_links(root=ROOT):
    """Every relative link and every anchor leads somewhere inside the repository."""
    found = []
    for path in tracked_files(root, ".md", ".ipynb"):
        for target in (markdown or html for markdown, html in LINK.findall(prose(path))):
            if re.match(r"[a-z]+:", target):
                continue
            name, _, anchor = unquote(target).partition("#")
            there = (path.parent / name).resolve() if name else path
            if not there.exists() or not there.is_relative_to(root.resolve()):
                found.append(f"{path.relative_to(root)}: link {target} leads nowhere")
            elif anchor and there.suffix in (".md", ".ipynb") and anchor not in anchors(there):
                found.append(f"{path.relative_to(root)}: link {target} names no heading there")
    return found


def check_spelling(root=ROOT):
    words = Path(__file__).with_name("words.txt")
    files = tracked_files(root, ".md", ".ipynb", ".py", ".toml", ".yml", ".csv")
    command = [sys.executable, "-m", "codespell_lib", "--ignore-words", words, *files]
    process = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    return [line.replace(f"{root}/", "") for line in (process.stdout + process.stderr).splitlines() if line.strip()]


# ------------------------------------------------------------------------------------------ tidiness

HOMES = re.compile(r"(?<![\w.:/])/(?:work|root|tmp|home|Users|mnt)/\w+|[A-Z]:\\+Users\\+\w+")


def check_paths(root=ROOT):
    """No file names a folder of somebody's machine or one outside the repository."""
    found = []
    for path in tracked_files(root):
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:  # sounds and pictures
            continue
        name = path.relative_to(root)
        found += [f"{name} names the machine path {match}" for match in HOMES.findall(text)]
        above = [
            match for match in re.findall(r"(?<![\w./])(?:\.\./)+\w+", text) if match.count("../") >= len(name.parts)
        ]
        found += [f"{name} names {match}, outside the repository" for match in above]
    return found


def check_file_sizes(root=ROOT):
    large = [p for p in tracked_files(root) if p.stat().st_size > 500_000 and p.relative_to(root).parts[0] != "data"]
    return [f"{p.relative_to(root)} has {p.stat().st_size / 1000:.0f} kB: at most 500 kB outside data/" for p in large]


def check_ruff(root=ROOT):
    """ruff with the project's rules; and, whatever those ignore, no comparison or expression without effect."""
    found = []
    for options in (["--config", root / "pyproject.toml"], ["--isolated", "--select=B015,B018"]):
        command = [
            sys.executable,
            "-m",
            "ruff",
            "check",
            "--no-cache",
            "--quiet",
            "--output-format=concise",
            *options,
            ".",
        ]
        process = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
        found += (process.stdout + process.stderr).splitlines() if process.returncode else []
    return sorted(set(found))


GATES = [
    check_layers,
    check_light_imports,
    check_sizes,
    check_contracts,
    check_errors,
    check_links,
    check_spelling,
    check_paths,
    check_file_sizes,
    check_ruff,
]
