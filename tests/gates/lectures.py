"""The gates of a lecture: what a notebook must hold, and what it must show when it has run.

A gate is a generator of problems ``(cell number counted from 1, what to do)``; number 0 is the
notebook as a whole. ``tests.gates.notebooks`` puts them together.
"""

import ast
import contextlib
import csv
import io
import re
import tokenize
from pathlib import Path

import nbformat

from authoring import paths
from authoring.cells import ROOT, STORED, TRAINING, all_lectures, code_tree, numbered, quiz_calls, read, tagged, tags
from authoring.names import names_of
from authoring.runs import bound_in
from course_utils import exercises

# --------------------------------------------------------------------------------- what is stored


def check_stored_outputs(path, notebook):
    """Cells whose output is compared have one, and it is short, rounded text."""
    for number, cell in tagged(notebook, STORED):
        text = "".join(
            output.get("text", "") or output.get("data", {}).get("text/plain", "") for output in cell.get("outputs", [])
        )
        decimals = re.findall(r"\d[\d,]*\.\d+", text)
        if not text or cell.execution_count is None:
            yield number, f"tagged {STORED} but has no stored output: make fix NB={path}"
        if len(text.splitlines()) > 15:
            yield number, "stored output longer than 15 lines: print less"
        if any("image" in kind for output in cell.get("outputs", []) for kind in output.get("data", {})):
            yield number, "stored output is a picture: compare numbers, not pixels"
        if long := [n for n in decimals if len(n.replace(",", "").replace(".", "").lstrip("0")) > 6]:
            yield number, f"stored output has more than 6 significant digits ({long[0]}): round it"


def exported_names(root=ROOT):
    """Public functions and classes that a lecture teaches, as their docstrings say, by the module that defines them."""
    exported = {}
    for module in sorted((root / "course_utils").glob("[!_]*.py")):
        for node in ast.parse(module.read_text(encoding="utf-8")).body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and "Lecture: " in (ast.get_docstring(node) or ""):
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
    code = [(number, cell) for number, cell in numbered(notebook) if cell.cell_type == "code"]
    for number, cell in code:
        for name in sorted(set(bound_names(code_tree(cell))) & set(exported)):
            if "derivation" not in tags(cell):
                yield (
                    number,
                    f"redefines {name} of course_utils.{exported[name]}: rename it, or tag the cell derivation",
                )
            elif exported[name] != topic:
                yield number, f"derives {name} of course_utils.{exported[name]} in another lecture: import it"
    for (number, cell), (_, after) in zip(code, [*code[1:], (0, None)], strict=True):
        if "derivation" in tags(cell) and not (
            after and "agreement" in tags(after) and "assert" in after.source and "cu." in after.source
        ):
            yield number, "derivation: the next code cell must be tagged agreement and assert equality with cu."


# ---------------------------------------------------------------------------- how it is built

ON_SLIDES = {"slide", "subslide", "fragment", "-"}
SLIDE_TYPES = ON_SLIDES | {"skip", "notes"}
MOST_SLIDES, MOST_QUIZZES = 45, 8


def check_slides(path, notebook):
    """Every cell knows its place in the slide deck, and the 50-minute path adds up."""
    minutes = 0
    for number, cell in numbered(notebook):
        slide_type = cell.metadata.get("slideshow", {}).get("slide_type")
        if slide_type not in SLIDE_TYPES:
            yield number, f"slide type is {slide_type}: choose one of {', '.join(sorted(SLIDE_TYPES))}"
        value = cell.metadata.get("course", {}).get("minutes")
        if (slide_type == "slide") != isinstance(value, (int, float)):
            yield number, "course.minutes is for cells of type slide, and each of them needs it"
        minutes += value or 0
    least = 10 if Path(path).stem.startswith("00_") else 40
    if not least <= minutes <= 50:
        yield 0, f"the slides take {minutes:g} minutes: make it {least} to 50"
    on_slides = [cell for cell in notebook.cells if cell.metadata.get("slideshow", {}).get("slide_type") in ON_SLIDES]
    n_slides = sum(cell.metadata.slideshow.slide_type in ("slide", "subslide") for cell in on_slides)
    n_quizzes = sum(len(quiz_calls(cell)) for cell in on_slides)
    if n_slides > MOST_SLIDES:
        yield 0, f"{n_slides} slides: at most {MOST_SLIDES}"
    if n_quizzes > MOST_QUIZZES:
        yield 0, f"{n_quizzes} quizzes on the slides: at most {MOST_QUIZZES}"


LONGEST_CORE = 60  # minutes


def taken_from(notebook, hidden):
    """Where a cell that is not hidden, or a number in its prose, reads a name that was last bound in a hidden one."""
    binder = {}
    for (number, cell), is_hidden in zip(numbered(notebook), hidden, strict=True):
        needed, bound = set(), set()
        if cell.cell_type == "code":
            needed, bound, _ = names_of(cell)
        for number_in_prose in bound_in(cell, number):
            expression = number_in_prose.inside.rpartition(":")[0]
            with contextlib.suppress(SyntaxError):  # reported where it is evaluated
                tree = ast.parse(expression.strip(), mode="eval")
                needed |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        if not is_hidden:
            yield from ((number, name, binder[name][0]) for name in sorted(needed & set(binder)) if binder[name][1])
        binder |= dict.fromkeys(bound, (number, is_hidden))


def check_folded(path, notebook):
    """What only draws or compares is folded, and nothing that is read or computed in the open hangs on it."""
    for number, name, where in taken_from(notebook, [paths.is_folded(cell) for cell in notebook.cells]):
        yield number, f"reads {name}, which the folded cell {where} binds: bind it in a cell that is seen"
    for number, cell in numbered(notebook):
        is_film = re.search(paths.SHOWN["film"], cell.source)
        if "figure" in tags(cell) and not (cell.cell_type == "code" and (is_film or any(shown(code_tree(cell))))):
            yield number, "figure: this tag is for a code cell that draws"
        if paths.is_for_the_lecturer(cell) and not cell.source.startswith(FOR_THE_LECTURER):
            yield number, f"a cell of notes begins with {FOR_THE_LECTURER}, so that a reader sees one line"


FOR_THE_LECTURER = "<details><summary>For the lecturer</summary>"


def check_core(path, notebook):
    """The core path is complete in itself, no longer than an hour, and what lies deeper is not on the slides."""
    deeper = paths.are_deeper(notebook)
    for number, name, where in taken_from(notebook, deeper):
        yield number, f"reads {name}, which cell {where} binds, off the core path: bind it before, or mark this, too"
    for (number, cell), is_deeper in zip(numbered(notebook), deeper, strict=True):
        if is_deeper and cell.metadata.get("slideshow", {}).get("slide_type") in ON_SLIDES:
            yield number, "lies deeper, and is on a slide: its slide type is skip or notes"
    core, _ = paths.minutes(notebook)
    if core > LONGEST_CORE:
        yield 0, f'the core path takes {core:.0f} minutes: at most {LONGEST_CORE}, mark sections "{paths.DEEPER}"'


def check_shape(path, notebook):
    """The parts of a lecture that CONTRIBUTING's anatomy asks for."""
    needed = dict.fromkeys("hook goals live real-sound checkpoint summary reading".split(), 1) | {"predict": 3}
    if not Path(path).stem.startswith("00_"):
        needed |= dict.fromkeys("derivation bug fix interview".split(), 1)
    for tag, count in needed.items():
        if len(tagged(notebook, tag)) < count:
            yield 0, f"has {len(tagged(notebook, tag))} cells tagged {tag}: at least {count} needed"
    first_hook = min((number for number, _ in tagged(notebook, "hook")), default=1)
    if first_hook > 2:
        yield first_hook, "hook: belongs into the first two cells"
    bugs, fixes = tagged(notebook, "bug"), tagged(notebook, "fix")
    if bugs and fixes and fixes[-1][0] < bugs[0][0]:
        yield fixes[-1][0], "fix: show the bug before"


def check_goals(path, notebook):
    for number, cell in tagged(notebook, "goals")[:1]:
        text = cell.source.lower()
        if not (re.search(r"\d\s*min", text) and "read" in text and "lectur" in text):
            yield number, "goals: say the minutes for reading and for lecturing"
        if len(re.findall(r"^\s*([-*]|\d+\.) ", cell.source, re.M)) < 3:
            yield number, "goals: list at least 3 things the reader will be able to do"


def check_predictions(path, notebook):
    """A question in markdown, its options from the practice engine, and then the code that answers it."""
    cells = [*notebook.cells, None, None]
    known = {question.name for question in questions_of(path) if question.kind == "predict"}
    asked = []
    for number, cell in tagged(notebook, "predict"):
        options, answer = cells[number], cells[number + 1]
        calls = [] if options is None else quiz_calls(options)
        answered = answer is not None and answer.cell_type == "code"
        if cell.cell_type != "markdown" or "?" not in cell.source or len(calls) != 1 or not answered:
            yield (
                number,
                "predict: a question in markdown, then cu.practice.quiz(…), then the code that answers it",
            )
            continue
        asked += [call[1] for call in calls if len(call) == 2]
        if len(calls[0]) != 2 or calls[0][0] != Path(path).stem or calls[0][1] not in known:
            yield number + 1, f"predict: quiz{calls[0]} is no prediction of course_utils/exercises"
    for name in known - set(asked):
        where = f'cu.practice.quiz("{Path(path).stem}", "{name}")'
        yield 0, f"predict: the prediction {name} of course_utils/exercises is not asked here: add a cell {where}"


def questions_of(path):
    """The questions that the practice engine has for a lecture."""
    try:
        return exercises.questions(exercises.topic_of(Path(path).stem))
    except ValueError:
        return ()


def check_practice(path, notebook):
    """The checkpoint is asked by the engine, and the last code cell shows what to practise next."""
    stem = Path(path).stem
    calls = [call for _, cell in tagged(notebook, "checkpoint") for call in quiz_calls(cell)]
    if calls != [(stem,)]:
        yield 0, f'checkpoint: one code cell with cu.practice.quiz("{stem}")'
    last = [cell for _, cell in numbered(notebook) if cell.cell_type == "code"][-1:]
    wanted = [f'cu.practice.progress("{stem}")', "cu.practice.progress()"]
    if not last or last[0].source.strip() not in wanted:
        yield 0, f"close with a cell that shows what to practise next: {wanted[0]}"


DETAILS = re.compile(r"<details>\s*<summary>(.*?)</summary>(.*?)</details>", re.S)


def check_questions(path, notebook):
    """Interview: 3 to 6 folded answers."""
    interview = "\n".join(cell.source for _, cell in tagged(notebook, "interview"))
    folded = [answer for _, answer in DETAILS.findall(interview) if len(answer.strip()) >= 20]
    if interview and not 3 <= len(folded) <= 6:
        yield 0, f"interview: {len(folded)} questions with the answer in <details>: make it 3 to 6"


def check_nbgrader(path, notebook):
    """Answers between their marks, no two cells of one name, and nobody's answer in the repository."""
    marked = [(number, cell) for number, cell in numbered(notebook) if "nbgrader" in cell.metadata]
    names = [cell.metadata.nbgrader.grade_id for _, cell in marked]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield 0, f"two cells have nbgrader's name {name}"
    for number, cell in marked:
        inside = re.search(r"### BEGIN SOLUTION\n(.*)### END SOLUTION", cell.source, re.S)
        if cell.metadata.nbgrader.solution and not inside:
            yield number, "an answer cell needs the lines ### BEGIN SOLUTION and ### END SOLUTION"
        elif inside and not re.search(r"raise NotImplementedError|= \.\.\.", inside[1]):
            yield number, "an answer cell is committed unattempted: `raise NotImplementedError` or `= ...`"


def shown(tree):
    """Calls that make a picture or a sound, those inside functions left out."""
    if isinstance(tree, (ast.FunctionDef, ast.Lambda)):
        return
    if isinstance(tree, ast.Call) and re.search(
        r"\.show$|\baudio\.play$|\bplotting\.(waveform|spectrum|spectrogram)$|\bscore\.\w+$", ast.unparse(tree.func)
    ):
        yield tree
    for child in ast.iter_child_nodes(tree):
        yield from shown(child)


FORBIDDEN = {
    r"\bplt\.|\bmatplotlib\b|\bpylab\b": "draws past cu.plotting: use Picture or a one-liner of cu.plotting",
    r"IPython\.display|\bAudio\(": "plays past cu.audio: use cu.audio.play, which never normalises",
    r"\b(urllib|requests|httpx|pooch)\b|^[!%](pip|curl|wget|conda)": "reaches for the network: ship it in data/",
}


def n_lines_of_code(source):
    """Lines that do something: a call that the formatter breaks over five lines is one, a comment none."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (SyntaxError, tokenize.TokenError):
        return len(source.splitlines())
    return sum(token.type == tokenize.NEWLINE for token in tokens)


def check_code_cells(path, notebook):
    """Short cells; one picture or one sound, last; drawing and playing go through the package."""
    for number, cell in numbered(notebook):
        if cell.cell_type != "code":
            if re.search(r"(!\[[^\]]*\]\(|src\s*=\s*[\"']?)https?:", cell.source):
                yield number, "loads from the network: put the picture into assets/"
            continue
        lines = n_lines_of_code(cell.source)
        limit = 20 if "derivation" in tags(cell) else 16
        if lines > limit:
            yield number, f"{lines} lines of code: at most {limit}, the rest belongs into the package"
        for pattern, advice in FORBIDDEN.items():
            if re.search(pattern, cell.source, re.M):
                yield number, advice
        body = code_tree(cell).body
        calls = [statement for statement in body for _ in shown(statement)]
        if len(calls) > 1:
            yield number, "more than one picture or sound: one a cell"
        elif calls and not (calls[0] is body[-1] and isinstance(body[-1], ast.Expr)):
            yield number, "the picture or sound must be the last expression of its cell"


# ----------------------------------------------------------------------------------- the clips

CLIP = re.compile(r"""["'`]((?:music|speech|environment|test_signals)/[\w.-]+)""")


def clips_named(notebook):
    """The clips a notebook names, without the suffix, by cell number."""
    return {
        (number, name.removesuffix(".flac"))
        for number, cell in numbered(notebook)
        for name in CLIP.findall(cell.source)
    }


def read_manifest(root=ROOT):
    manifest = root / "data" / "manifest.csv"
    return list(csv.DictReader(manifest.read_text(encoding="utf-8").splitlines())) if manifest.exists() else []


def check_clips(path, notebook, manifest=None):
    """A clip that a notebook names exists, and a real-sound cell names one."""
    manifest = read_manifest() if manifest is None else manifest
    known = {row["file"].removesuffix(".flac") for row in manifest}
    named = clips_named(notebook)
    for number, name in sorted(named):
        if name not in known:
            yield number, f"clip {name} is not in data/manifest.csv"
    for number, _ in tagged(notebook, "real-sound"):
        if not any(number == where and name in known for where, name in named):
            yield number, "real-sound: name a clip of data/ in this cell"


def check_clip_lectures(manifest, root=ROOT):
    """The lectures that the manifest gives for a clip do use it."""
    used = {path.stem: {name for _, name in clips_named(read(path))} for path in all_lectures(root)}
    for row in manifest:
        for lecture in re.split(r"[;,\s]+", row["lecture"].strip()):
            if row["file"].removesuffix(".flac") not in used.get(lecture.removesuffix(".ipynb"), ()):
                yield f"manifest.csv: {row['file']} is bound to lecture {lecture!r}, which does not name it"


MAP_ROW = re.compile(r"^\| \[\d\d · [^\]]*\]\((\w+)\.ipynb\) \| ([\d, ]*)", re.M)


def check_map(root=ROOT):
    """The map in 00 and the line "Builds on" of each lecture name the same lectures."""
    pages = {path.stem: "\n".join(cell.source for cell in read(path).cells) for path in all_lectures(root)}
    start, *others = sorted(pages)
    on_map = {name: re.findall(r"\d\d", numbers) for name, numbers in MAP_ROW.findall(pages[start])}
    for name in others:
        line = re.search(r"Builds on (.*)", pages[name])
        named = sorted(re.findall(r"\((\d\d)_\w+\.ipynb\)", line[1])) if line else None
        if name not in on_map or (named or []) != sorted(on_map[name]):
            yield f"{name} builds on {named}, the map in {start} says {on_map.get(name)}: name the same lectures"


# ----------------------------------------------------------------------------- what it shows

# Of processor time on the machine of reference, see runs.slowness.
LIMIT_S = 20
LIMIT_TRAINING_S = 240  # 120 s of two cores
LIMIT_BYTES = 8_000_000


def check_prose(path, executed):
    """Every bound number is what its expression gives at that point."""
    for bound in executed.bound:
        where = f"`{bound.token}<!-- ={bound.inside} -->`"
        if bound.error:
            yield bound.number, f"{where}: {bound.error}"
        elif bound.token.replace("−", "-") != bound.value:
            yield bound.number, f"{where}: the notebook computes {bound.value}: make fix NB={path}"


def check_execution(path, executed):
    """It runs to its end, in time, without warnings, and the result is not too heavy."""
    if executed.error:
        number, reason = executed.error
        yield number, f"fails: {reason}"
    for number, cell in numbered(executed.notebook):
        for output in cell.get("outputs", []):
            if output.get("name") == "stderr":
                yield number, f"writes to stderr: {output.text.strip().splitlines()[-1]}"
    yield from check_time(path, executed)
    size = len(nbformat.writes(executed.notebook))
    if size > LIMIT_BYTES:
        yield 0, f"weighs {size / 1e6:.1f} MB when executed: at most {LIMIT_BYTES / 1e6:.0f} MB"


def check_time(path, executed):
    """A lecture costs the reader little waiting, and one that trains models no more than it says."""
    computed_s = executed.processor_s / executed.slowness
    limit_s = LIMIT_TRAINING_S if Path(path).stem in TRAINING else LIMIT_S
    if computed_s > limit_s:
        yield 0, f"computes for {computed_s:.1f} s of the machine of reference: at most {limit_s} s"


def check_shown(path, executed):
    """Every picture says what is seen, every sound has a caption, and a cell shows one of them."""
    for number, cell in numbered(executed.notebook):
        if cell.cell_type == "markdown":
            pictures = re.sub(r"!\[([^\]]*)\]\([^)]*\)", r'<img alt="\1">', cell.source)
            yield from ((number, text) for text in unlabelled(pictures))
        data = [output.data for output in cell.get("outputs", []) if "data" in output]
        html = "".join(bundle.get("text/html", "") for bundle in data)
        if any(kind.startswith("image/") for bundle in data for kind in bundle):
            yield number, "a picture without alt text: end the cell with .show(alt)"
        if len(re.findall(r"<img\b|<audio\b", html)) > 1:
            yield number, "shows more than one picture or sound: one a cell"
        yield from ((number, text) for text in unlabelled(html))
    widgets = executed.notebook.metadata.get("widgets", {}).get("application/vnd.jupyter.widget-state+json", {})
    for model in widgets.get("state", {}).values():
        yield from ((0, f"in an interactive: {text}") for text in unlabelled(str(model["state"].get("value", ""))))


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


SHAPE = [
    check_slides,
    check_folded,
    check_core,
    check_shape,
    check_goals,
    check_predictions,
    check_practice,
    check_questions,
    check_derivations,
]  # lectures only
EXERCISES = [check_nbgrader]  # exercise notebooks only
STATIC = [check_stored_outputs, check_code_cells, check_clips]
EXECUTED = [check_prose, check_execution, check_shown]
