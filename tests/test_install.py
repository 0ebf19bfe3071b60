"""tools/install.py: what it decides and what it runs, without installing anything."""

import importlib.util
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from course_utils import doctor

ROOT = Path(__file__).resolve().parents[1]
spec = importlib.util.spec_from_file_location("install", ROOT / "tools" / "install.py")
install = importlib.util.module_from_spec(spec)
spec.loader.exec_module(install)
ORACLE = re.search(r"openai-whisper==\S+", (ROOT / "constraints.txt").read_text(encoding="utf-8"))[0]


@pytest.fixture
def setup(tmp_path, monkeypatch):
    """A course in an empty folder: commands are recorded and not run, and one with the word `refused` fails."""

    class Setup:
        root, commands, refused = tmp_path, [], None

        def tools(self):
            """What was run, in short, since the last call."""
            words = ("venv", install.CPU_TORCH_INDEX, "--editable", ORACLE, "tools/warm_librosa.py")
            names = dict(zip(words, ("venv", "torch", "course", "oracle", "warm"), strict=True))
            ran = [names[word] for command in self.commands for word in words if word in command]
            self.commands.clear()
            return ran

    setup = Setup()

    def record(command, **_):
        setup.commands.append([str(word) for word in command])
        if "venv" in setup.commands[-1]:
            python = install.venv_python(tmp_path / ".venv")
            python.parent.mkdir(parents=True)
            python.touch()
        return setup.refused is None or setup.refused not in setup.commands[-1]

    monkeypatch.setattr(install, "ROOT", tmp_path)
    monkeypatch.setattr(install, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(install, "STAMP", tmp_path / ".venv" / "stamp.json")
    monkeypatch.setattr(install, "succeeds", record)
    monkeypatch.setattr(install, "run_pip", lambda command: None if record(command) else "ERROR: no network")
    monkeypatch.setattr(install.sys, "platform", "linux")
    for name in ("pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    return setup


def test_first_call_installs_all_and_the_second_nothing(setup):
    assert install.main([]) == 0
    assert setup.tools() == ["venv", "torch", "course", "warm"]
    assert install.main([]) == 0
    assert setup.tools() == []


def test_extras_are_added_and_kept(setup):
    install.main([])
    setup.tools()
    install.main(["test"])
    assert ".[models,lab,test]" in setup.commands[-3]
    assert setup.tools() == ["torch", "course", "oracle", "warm"]
    install.main([])
    assert setup.tools() == []
    (setup.root / "constraints.txt").write_text(f"torch==3.0\n{ORACLE}\n")
    install.main([])
    assert ".[models,lab,test]" in setup.commands[-3]


def test_what_tests_compare_with_comes_without_its_dependencies(setup, capsys):
    install.main(["test"])
    (command,) = [command for command in setup.commands if ORACLE in command]
    assert "--no-deps" in command
    setup.refused = ORACLE
    (setup.root / "pyproject.toml").write_text("# changed")
    assert install.main([]) == 1
    assert re.search(r"^error: pip could not install openai-whisper.*try again$", capsys.readouterr().err, re.MULTILINE)


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt"])
def test_a_change_of_the_pins_installs_again(setup, name):
    install.main([])
    setup.tools()
    with (setup.root / name).open("a") as file:
        file.write("\n# changed\n")
    install.main([])
    assert setup.tools() == ["torch", "course", "warm"]


@pytest.mark.parametrize("step", ["--editable", "tools/warm_librosa.py"])
def test_after_a_failure_the_next_call_begins_again(setup, step, capsys):
    setup.refused = step
    assert install.main([]) == 1
    assert re.search(r"^error: (pip could not|librosa does not run).*try again$", capsys.readouterr().err, re.MULTILINE)
    setup.refused = None
    setup.tools()
    assert install.main([]) == 0
    assert setup.tools() == ["venv", "torch", "course", "warm"]


def test_an_update_without_network_keeps_what_was_there(setup):
    install.main([])
    (setup.root / "pyproject.toml").write_text("# changed")
    setup.refused = "--editable"
    assert install.main([]) == 1
    setup.tools()
    setup.refused = None
    assert install.main([]) == 0
    assert setup.tools() == ["torch", "course", "warm"]


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"key": 1}', '"text"'])
def test_a_damaged_stamp_counts_as_none(setup, damage):
    install.main([])
    setup.tools()
    install.STAMP.write_text(damage)
    install.main([])
    assert "venv" in setup.tools()


def test_a_venv_whose_python_is_gone_is_made_again(setup):
    install.main([])
    setup.tools()
    install.venv_python(install.VENV).unlink()
    install.main([])
    assert "venv" in setup.tools()


def test_without_the_cpu_index_pip_decides_about_torch(setup, capsys):
    setup.refused = install.CPU_TORCH_INDEX
    assert install.main([]) == 0
    assert "taking the torch that pip finds" in capsys.readouterr().out


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_only_linux_asks_the_cpu_index(setup, monkeypatch, platform):
    monkeypatch.setattr(install.sys, "platform", platform)
    install.main([])
    assert setup.tools() == ["venv", "course", "warm"]


def test_ctrl_c_is_one_sentence(setup, monkeypatch, capsys):
    def interrupt(command):
        raise KeyboardInterrupt

    monkeypatch.setattr(install, "run_pip", interrupt)
    assert install.main([]) == 1
    assert capsys.readouterr().err.startswith("error: interrupted: the next call")


def test_an_old_python_is_refused_in_one_sentence(setup, monkeypatch, capsys):
    monkeypatch.setattr(install.sys, "version_info", (3, 10, 4))
    assert install.main([]) == 1
    assert capsys.readouterr().err == (
        "error: Python 3.10 is too old, the course needs 3.11 or later: name one, as in PYTHON=python3.11\n"
    )
    assert setup.commands == []


def test_a_reader_gets_what_the_lectures_need(setup):
    install.main([])
    assert ".[models,lab]" in setup.commands[-2]
    assert install.READERS == doctor.EXTRAS
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert set(install.READERS) < set(project["optional-dependencies"])


def test_the_oldest_python_is_the_same_everywhere():
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]
    assert asked == ">=" + ".".join(map(str, install.OLDEST_PYTHON))
    assert install.OLDEST_PYTHON == doctor.OLDEST_PYTHON


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 13, 1), (4, 0, 0)])
def test_a_newer_python_is_welcome(version):
    assert install.python_error(version) is None


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_a_python_without_venv_names_the_debian_package(setup, monkeypatch, capsys, module):
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == module else found(name))
    assert install.main([]) == 1
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    assert f"no {module} module: on Debian or Ubuntu `sudo apt-get install {package}`" in capsys.readouterr().err


def test_the_pinned_torch_is_asked_for():
    version = install.pinned_version((ROOT / "constraints.txt").read_text(encoding="utf-8"), "torch")
    command = install.cpu_torch_command("python", version)
    assert command[-1] == "torch==2.13.0"
    assert command[command.index("--retries") + 1] == "0"
    with pytest.raises(install.InstallError, match="constraints.txt has no line torch=="):
        install.pinned_version("torchaudio==2.13.0\n", "torch")


def test_moving_the_course_changes_the_key():
    assert install.install_key("a", "b", "here/course") != install.install_key("a", "b", "there/course")
    assert install.install_key("a", "b", "c") != install.install_key("ab", "", "c")


def test_windows_keeps_python_in_scripts():
    assert install.venv_python(Path("v"), windows=True) == Path("v/Scripts/python.exe")
    assert install.venv_python(Path("v"), windows=False) == Path("v/bin/python")


def test_run_pip_returns_the_error_lines():
    says = "import sys; print('noise'); print('ERROR: no such package'); sys.exit(1)"
    assert install.run_pip([sys.executable, "-c", says]) == "ERROR: no such package"
    assert install.run_pip([sys.executable, "-c", "print('ERROR: not one')"]) is None


def test_nothing_but_the_standard_library_is_imported():
    source = (ROOT / "tools" / "install.py").read_text(encoding="utf-8")
    modules = re.findall(r"^(?:import|from) (\w+)", source, re.MULTILINE)
    assert modules and set(modules) <= sys.stdlib_module_names


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not on every Windows machine; tools/install.py is")
@pytest.mark.parametrize(
    ("target", "wanted"),
    [
        ("lab", ["python3 tools/install.py", "-m course_utils lab --no-browser"]),
        ("test", ["python3 tools/install.py test", "-m pytest -n 3"]),
        ("lint", ["ruff check", "ruff format --check", "codespell_lib"]),
        ("fix", ["ruff check --fix", "ruff format", "authoring.fix"]),
        ("bench", ["tests/bench/bench.py"]),
        ("data", ["data/make_data.py"]),
        ("clean", ["rm -rf .venv"]),
        ("", ["make lab"]),
    ],
)
def test_make_runs_what_it_says(target, wanted):
    command = ["make", "--dry-run", "PYTHON=python3", "LAB_ARGS=--no-browser", *([target] if target else [])]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert all(text in shown for text in wanted), shown
