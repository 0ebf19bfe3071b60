"""Set up the course: make .venv, install what constraints.txt pins, warm librosa's compiled cache.

    python tools/install.py            what a reader needs
    python tools/install.py test       and what `make test` needs

It needs nothing but Python, works on Linux, macOS and Windows, and does nothing when nothing changed.
"""

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
STAMP = VENV / "course-install.json"
OLDEST_PYTHON = (3, 11)
READERS = ("models", "lab")  # extras of pyproject.toml that the lectures need
CPU_TORCH_INDEX = "https://download.pytorch.org/whl/cpu"


class InstallError(Exception):
    """One sentence for the reader: what is wrong and the way out."""


def say(line):
    print(line, flush=True)


def python_error(version):
    """The sentence for a Python that is too old, else None."""
    if tuple(version[:2]) >= OLDEST_PYTHON:
        return None
    found, oldest = ".".join(map(str, version[:2])), ".".join(map(str, OLDEST_PYTHON))
    return f"Python {found} is too old, the course needs {oldest} or later: name one, as in PYTHON=python{oldest}"


def venv_error(missing, version):
    """The sentence for a Python without the standard module `missing`."""
    package = f"python{version[0]}.{version[1]}-venv"
    return f"this Python has no {missing} module: on Debian or Ubuntu `sudo apt-get install {package}`, then try again"


def venv_python(venv, windows=os.name == "nt"):
    return venv / "Scripts" / "python.exe" if windows else venv / "bin" / "python"


def install_key(pyproject, constraints, root):
    """What an installation depends on, as one hash: a change of any of it means installing again."""
    return hashlib.sha256("\0".join([pyproject, constraints, str(root)]).encode()).hexdigest()


def read_stamp():
    """The key and the extras of the installation, or (None, no extras) where none was finished."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
        return stamp["key"], set(stamp["extras"])
    except (OSError, ValueError, KeyError, TypeError):
        return None, set()


def write_stamp(key, extras):
    STAMP.write_text(json.dumps({"key": key, "extras": sorted(extras)}), encoding="utf-8")


def extras_to_install(stamp, key, extras):
    """None where the stamp covers `extras`, else those and the ones that were there before."""
    installed_key, installed = stamp
    if installed_key == key and extras <= installed:
        return None
    return sorted(installed | extras)


def pinned_version(constraints, package):
    found = re.search(rf"^{re.escape(package)}==([^\s;]+)", constraints, re.MULTILINE)
    if found is None:
        raise InstallError(f"constraints.txt has no line {package}==…: restore it with `git checkout constraints.txt`")
    return found[1]


def cpu_torch_command(python, version):
    """Ask PyTorch's own index for the CPU build, with neither dependencies nor retries."""
    options = ["--no-deps", "--retries", "0", "--timeout", "10", "--index-url", CPU_TORCH_INDEX]
    return [python, "-m", "pip", "install", *options, f"torch=={version}"]


def oracle_command(python, version):
    """OpenAI's Whisper, which tests compare with: the parts that they load need nothing that is not here already."""
    return [python, "-m", "pip", "install", "--no-deps", f"openai-whisper=={version}"]


def course_command(python, extras):
    target = f".[{','.join([*READERS, *extras])}]"
    return [python, "-m", "pip", "install", "--constraint", "constraints.txt", "--editable", target]


def succeeds(command, **options):
    return subprocess.run(command, cwd=ROOT, **options).returncode == 0


def works(python):
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return python.exists() and succeeds([python, "-m", "pip", "--version"], **quiet)


def run_pip(command):
    """Run pip with its progress on one line of the terminal; the error lines it printed, None where it succeeded."""
    environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PYTHONUNBUFFERED": "1"}
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    errors = []
    with subprocess.Popen(command, cwd=ROOT, env=environment, text=True, errors="replace", **streams) as pip:
        for line in pip.stdout:
            if line.lstrip().startswith("ERROR:"):
                errors.append(line.strip())
            elif sys.stdout.isatty() and line.lstrip().startswith(("Collecting", "Downloading", "Installing")):
                print(f"\r  {line.strip()[:76]:<76}", end="", flush=True)
    if sys.stdout.isatty():
        print(f"\r{'':<78}\r", end="", flush=True)
    return None if pip.returncode == 0 else "\n".join(errors)


def make_venv():
    for module in ("venv", "ensurepip"):
        if importlib.util.find_spec(module) is None:
            raise InstallError(venv_error(module, sys.version_info))
    say("Making .venv: the set-up takes some minutes, this once")
    shutil.rmtree(VENV, ignore_errors=True)
    if not succeeds([sys.executable, "-m", "venv", VENV]):
        raise InstallError("python -m venv failed: read the lines above, then try again")


def install(extras):
    constraints = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    key = install_key(pyproject, constraints, ROOT)
    python = venv_python(VENV)
    stamp = read_stamp() if works(python) else (None, set())
    extras = extras_to_install(stamp, key, extras)
    if extras is None:
        return
    started = time.monotonic()
    if stamp[0] is None:  # nothing was finished here, and a half-installed package looks whole to pip
        make_venv()
    else:
        say("Updating .venv")
    STAMP.unlink(missing_ok=True)
    if sys.platform == "linux":
        version = pinned_version(constraints, "torch")
        say(f"Installing the CPU build of torch {version} from PyTorch's index")
        if run_pip(cpu_torch_command(python, version)) is not None:
            say("  it does not answer: taking the torch that pip finds")
    say("Installing the packages" + (f" and those for: {', '.join(extras)}" if extras else ""))
    errors = run_pip(course_command(python, extras))
    if errors is not None:
        if stamp[0] is not None:  # pip gave up before it changed anything: what was there still works
            write_stamp(*stamp)
        raise InstallError(f"pip could not install the packages: check the network, then try again\n{errors}")
    if "test" in extras:
        errors = run_pip(oracle_command(python, pinned_version(constraints, "openai-whisper")))
        if errors is not None:
            raise InstallError(f"pip could not install openai-whisper: check the network, then try again\n{errors}")
    say("Warming librosa's compiled cache: 15 to 30 s, this once")
    if not succeeds([python, "tools/warm_librosa.py"]):
        raise InstallError("librosa does not run: read the lines above, then try again")
    write_stamp(key, extras)
    say(f"Ready after {time.monotonic() - started:.0f} s")


def main(arguments):
    error = python_error(sys.version_info)
    if error is None:
        try:
            install(set(arguments))
        except InstallError as caught:
            error = str(caught)
        except KeyboardInterrupt:
            error = "interrupted: the next call begins again, with the downloads it has"
    if error is not None:
        print(f"error: {error}", file=sys.stderr)
    return 0 if error is None else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
