"""The rules of the house that need no notebook: layers, sizes, docstrings, links, spelling, tidiness.

A gate takes the root of the repository and returns a list of problems.
"""

import ast
import re
import subprocess
import sys
from importlib.util import resolve_name
from pathlib import Path
from urllib.parse import unquote

import nbformat

ROOT = Path(__file__).resolve().parents[2]
# From the bottom up: a module imports only what stands before it. A package in one word holds modules that may import
# each other, in no circle.
SIGNALS = "sound sampling dft stft filters effects".split()
FEATURES = "mel mfcc gammatone descriptors".split()
DATA = "augmentation rooms metrics wer bpe numerals text watermark".split()
DATA += "music melody_tokens composer music_tags ngrams sampling_rules harmony mdct quantisation entropy_coding".split()
MODELS = "checkpoints features events datasets training layers recurrent classification encoders".split()
MODELS += "sequence_models ctc beam_search transducer recogniser attention_asr small_whisper published whisper".split()
MODELS += "speech_features durations text_to_speech parallel_speech speakers vocoder music_generation codec".split()
MODELS += "recipes speech_recipes music_recipes codec_recipes".split()
MODELS = [f"models.{name}" for name in MODELS]
EDGES = "plotting score elsewhere explorables practice exercises doctor workspace __main__".split()
LAYERS = ["_files", "_checks", "_text_tables", *SIGNALS, *FEATURES, "audio", *DATA, *MODELS, *EDGES]
REFERENCE = [*SIGNALS, *FEATURES, *DATA]  # numpy and scipy only
WITH_AUDIO = ("models.datasets", "models.recipes")  # the networks themselves read no files
ENGINE_KNOWS = ("_files", "_checks", "dft", "practice")  # of the course, the engine that checks any content
# What a layer may import beside the standard library and numpy; a package's modules share a line.
LIBRARIES = dict.fromkeys(REFERENCE, "scipy") | dict.fromkeys(MODELS, "torch tqdm safetensors") | {
    "_files": "platformdirs", "_checks": "", "_text_tables": "", "audio": "soundfile", "music": "mido",
    "plotting": "matplotlib ipywidgets", "score": "matplotlib",
    "explorables": "anywidget traitlets", "exercises": "scipy", "workspace": "", "__main__": "jupyterlab",
    "practice": "anywidget cloudpickle fsrs ipywidgets platformdirs psutil traitlets",
    "doctor": "jupyter_client jupyter_core soundfile", "elsewhere": "cloudpickle",
    "models.encoders": "torch transformers", "models.published": "torch safetensors huggingface_hub transformers",
}  # fmt: skip
DOCUMENTED = [*REFERENCE, "audio", "plotting", "score", *MODELS]  # and tried with hostile input
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
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def tracked_files(root=ROOT, *suffixes):
    """Files that git tracks or would add, with one of the suffixes if any are given."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout.split("\0")
    paths = sorted({root / name for name in names if name})
    return [path for path in paths if path.is_file() and (not suffixes or path.suffix in suffixes)]


# ------------------------------------------------------------------------------------------ layers


def imported_modules(path):
    """Dotted names of everything a file imports, late or not; of what belongs to the package, the modules."""
    parts = path.with_suffix("").parts
    top = parts.index("course_utils")
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            here = parts[top : len(parts) - node.level] if node.level else ()
            base = ".".join([*here, *([node.module] if node.module else [])])
            folder = Path(*parts[:top], *base.split("."))
            for alias in node.names:
                name = folder / alias.name
                is_module = base == "course_utils" or name.is_dir() or name.with_suffix(".py").is_file()
                yield f"{base}.{alias.name}" if is_module else base
        elif isinstance(node, ast.Call) and re.search(r"\b(import_module|__import__)$", ast.unparse(node.func)):
            for argument in node.args[:1]:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield resolve_name(argument.value, ".".join(parts[top:-1])) if argument.value else ""


def layer_of(module):
    """The number of a module's layer; None where it is in none."""
    names = [name for name in LAYERS if module == name or module.startswith(f"{name}.")]
    return LAYERS.index(names[0]) if names else None


def lists(module):
    """The numbers of the layers that an ``__init__`` lists: those of models, or of the whole package."""
    return [n for n, name in enumerate(LAYERS) if name.startswith(f"{module}." if module else "")]


def check_layers(root=ROOT):
    """Each module imports what lies below it; references stand on numpy and scipy, models/ alone on torch."""
    found = []
    for path in package_files(root):
        module, where = dotted(path, root), path.relative_to(root)
        is_list = layer_of(module) is None and path.name == "__init__.py" and bool(lists(module))
        if layer_of(module) is None and not is_list:
            found.append(f"{where} is in no layer: add {module} to LAYERS in tests/gates/house.py")
            continue
        for name in sorted(set(imported_modules(path))):
            faults = faults_of_list(module, name) if is_list else faults_of_import(module, name)
            found += [f"{where} imports {name}: {why}" for why in faults]
    return found


def faults_of_list(module, name):
    """What an ``__init__`` that lists the modules of several layers imports stands below all of them."""
    top, _, inside = name.partition(".")
    other = layer_of(inside) if top == "course_utils" else None
    if top not in sys.stdlib_module_names and (other is None or other >= min(lists(module))):
        yield f"whatever is listed there would stand on it, from {LAYERS[min(lists(module))]} up"


def faults_of_import(module, name):
    """Why a module of a layer may not import a name."""
    own, (top, _, inside) = layer_of(module), name.partition(".")
    if top == "course_utils":
        other = layer_of(inside)
        if other is None or other > own:
            yield f"{module} stands below it, see LAYERS"
        if inside == "audio" and module.startswith("models.") and module not in WITH_AUDIO:
            yield f"only {' and '.join(WITH_AUDIO)} may"
        if LAYERS[own] == "practice" and inside.partition(".")[0] not in ENGINE_KNOWS:
            yield f"the engine knows of the course only {', '.join(ENGINE_KNOWS)}"
        if inside.startswith("exercises.") and inside.split(".")[1] != f"{module}..".split(".")[1]:
            yield "an exercise uses what its own topic has"
    elif top == "torch":
        if module.replace("_checks.", "models.") not in MODELS and LAYERS[own] != "exercises":  # where one trains
            yield "only course_utils/models may, the checks of its modules, and exercises inside a function"
    elif top not in sys.stdlib_module_names and top not in ("numpy", *LIBRARIES[LAYERS[own]].split()):
        yield "not in its layer, see LIBRARIES"


def check_circles(root=ROOT):
    """No module imports, on whatever way round, one that imports it."""
    files = {dotted(path, root): path for path in package_files(root)}
    imports = {
        module: {n.removeprefix("course_utils.") for n in imported_modules(path)} & (set(files) - {module})
        for module, path in files.items()
    }
    found, left = [], dict(imports)
    while free := [module for module, needs in left.items() if not needs & set(left)]:
        for module in free:
            del left[module]
    while unneeded := [module for module in left if not any(module in needs for needs in left.values())]:
        for module in unneeded:  # it leads into a circle, and is not in one
            del left[module]
    for module in sorted(left):
        others = ", ".join(sorted(left[module] & set(left)))
        found.append(f"{files[module].relative_to(root)} imports in a circle: {others}")
    return found


LIGHT = """
import importlib, sys
for module in sys.argv[2:]:
    before = {name for name in sys.argv[1].split(",") if name in sys.modules}
    allowed = {"numpy"} if module != "course_utils" else set()
    try:
        importlib.import_module(module)
    except Exception as error:
        print(f"import {module} fails: {type(error).__name__}: {error}")
    for name in sys.argv[1].split(","):
        if name in sys.modules and name not in before | allowed:
            print(f"import {module} brings in {name}: import it inside the function that needs it")
"""


def check_light_imports(root=ROOT):
    """Importing a reference module costs numpy and scipy at most; importing the package costs nothing."""
    light = ["practice", *(dotted(path, root) for path in package_files(root) if "exercises" in path.parts)]
    modules = ["course_utils", *(f"course_utils.{module}" for module in ["_checks", *REFERENCE, *light])]
    command = [sys.executable, "-c", LIGHT, ",".join(["numpy", *HEAVY, "anywidget"]), *modules]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout.splitlines()


# ------------------------------------------------------------------------------- sizes and contracts


def docstring_lines(tree):
    """Numbers of the lines that docstrings take."""
    lines = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node) is not None:
            lines.update(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    return lines


def check_sizes(root=ROOT):
    """A body has at most 40 lines, a module at most 400 of code."""
    found = []
    for path in package_files(root):
        tree = tree_of(path)
        docstrings = docstring_lines(tree)
        lines = path.read_text(encoding="utf-8").splitlines()
        code = {n for n, line in enumerate(lines, 1) if line.strip() and not line.lstrip().startswith("#")} - docstrings
        if len(code) > 400:
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
            lecture = re.search(r"\bLecture: (\w+)$", text, re.M)
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
            if not lecture or not list((root / "notebooks").glob(f"[0-9][0-9]_{lecture[1]}.ipynb")):
                found.append(f"{where} lacks `Lecture: topic` of a notebook that exists")
    return found


def check_errors(root=ROOT):
    """Input errors are worded in _checks/ and nowhere else in the reference modules."""
    found = []
    for path in (module_path(root, module) for module in REFERENCE):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Raise) and node.exc and re.match(r"(Value|Type)Error\b", ast.unparse(node.exc)):
                found.append(f"course_utils/{path.name}:{node.lineno} words an error: move it to _checks/{path.name}")
    return found


def check_hostile_input(root=ROOT):
    """Each module's own test tries hostile input on all its functions, and has something else to say on every one."""
    found = []
    for module in DOCUMENTED:
        path = root / "tests" / f"test_{module.removeprefix('models.')}.py"
        statements = tree_of(path).body if path.is_file() else []
        assigned = {ast.unparse(s.targets[0]): s for s in statements if isinstance(s, ast.Assign)}
        tries = f"refusals('{module}', CALLS)"
        if not any(name.startswith("test_") and ast.unparse(s.value) == tries for name, s in assigned.items()):
            found.append(f"tests/{path.name} tries no hostile input: add CALLS and test_hostile_input = {tries}")
        nodes = [node for s in statements if s is not assigned.get("CALLS") for node in ast.walk(s)]
        named = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
        named |= {node.id for node in nodes if isinstance(node, ast.Name)}
        for function in public_functions(module_path(root, module)):
            if function.name not in named:
                found.append(f"tests/{path.name} tests {function.name} in no other way than with hostile input")
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
    """Outside data/ at most 500 kB, weights that lectures load 3,000, Whisper's vocabulary as it was published 850."""
    found = []
    for path in tracked_files(root):
        parts, size = path.relative_to(root).parts, path.stat().st_size / 1000
        most = {("assets", "checkpoints"): 3000, ("assets", "whisper"): 850}.get(parts[:2], 500)
        if size > most and parts[0] != "data":
            found.append(f"{path.relative_to(root)} has {size:.0f} kB: at most {most} kB outside data/")
    return found


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


IMPORT_GATES = [check_layers, check_circles, check_light_imports]
GATES = [
    *IMPORT_GATES,
    check_sizes,
    check_contracts,
    check_errors,
    check_hostile_input,
    check_links,
    check_spelling,
    check_paths,
    check_file_sizes,
    check_ruff,
]
