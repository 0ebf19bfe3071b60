"""ESLint on the scripts as the page gets them: shared parts and a module in one text, for they import nothing."""

import json
import re
import subprocess
from pathlib import Path

from course_utils.explorables import base
from tests.gates.house import ROOT
from tests.npm import npm, program

ESLINT = "9.39.1"  # of version 9, which still runs on Debian's Node.js 18
BY_ALL = ("no-unused-vars", "no-shadow")  # in a shared part a fault only if it is one whatever module follows
CONFIG = Path(__file__).parent / "eslint.config.mjs"


def programs(root=ROOT):
    """What runs: {name: [(file, text), …]} of each interactive, of the practice cards, and of the example in prose."""

    def parts(*paths):
        return [(str(path.relative_to(root)), path.read_text(encoding="utf-8")) for path in paths]

    explorables, practice = root / "course_utils" / "explorables", root / "course_utils" / "practice"
    library = parts(*(explorables / "js" / part for part in base.PARTS))
    found = {
        path.stem: [*library, *parts(*(explorables / "js" / part for part in base.OWN_PARTS.get(path.stem, ())), path)]
        for path in sorted(explorables.glob("*.js"))
    }
    found |= {name: parts(practice / "keys.js", practice / f"{name}.js") for name in ("card", "quiz")}
    example = re.search(r"```js\n(.*?)```", (root / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.DOTALL)[1]
    return found | {"beats": [*library, ("CONTRIBUTING.md, beats.js", example)]}


def text_of(parts):
    return "\n".join(text for _, text in parts)


def place(line, parts):
    """File and line in it of a line of the whole text."""
    for file, text in parts:
        length = text.count("\n") + 1
        if line <= length:
            return file, line
        line -= length
    raise ValueError(f"the parts end {line} lines before the place of the message")


def install(folder):
    """ESLint below a folder, fetched once."""
    package = folder / "node_modules" / "eslint" / "package.json"
    if not package.exists() or json.loads(package.read_text(encoding="utf-8"))["version"] != ESLINT:
        folder.mkdir(parents=True, exist_ok=True)
        npm("install", "--prefix", folder, "--no-save", "--no-package-lock", f"eslint@{ESLINT}", cwd=folder)
    return package.parent / "bin" / "eslint.js"


def messages(given, folder):
    """What ESLint finds: (program, file, line, rule, words) of each fault."""
    script = install(ROOT / "build" / "eslint")
    for name, parts in given.items():
        (folder / f"{name}.js").write_text(text_of(parts), encoding="utf-8")
    command = [program("node"), script, "--config", CONFIG, "--format", "json", *(f"{name}.js" for name in given)]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, encoding="utf-8")
    assert run.returncode in (0, 1), run.stderr
    for report in json.loads(run.stdout):
        name = Path(report["filePath"]).stem
        for message in report["messages"]:
            own = re.sub(
                r"on line (\d+) column \d+",
                lambda found, name=name: "at {}:{}".format(*place(int(found[1]), given[name])),
                message["message"],
            )
            yield name, *place(message["line"], given[name]), message["ruleId"] or "syntax", own


def check_javascript(given=None, folder=ROOT / "build" / "eslint"):
    """The faults, once for each place; in a shared part, what is unused must be unused in all programs."""
    given = programs() if given is None else given
    guilty, users = {}, {}  # programs with a fault, programs with a file
    for name, *fault in messages(given, folder):
        guilty.setdefault(tuple(fault), set()).add(name)
    for name, parts in given.items():
        for file, _ in parts:
            users.setdefault(file, set()).add(name)
    return [
        f"{file}:{line} {rule}: {words}"
        for (file, line, rule, words), names in sorted(guilty.items())
        if rule not in BY_ALL or names == users[file]
    ]
