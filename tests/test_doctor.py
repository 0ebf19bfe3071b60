"""`course doctor`: each failure is found and comes with the line that fixes it."""

import builtins
import json
import os
import subprocess
import sys
import webbrowser
from collections import namedtuple
from importlib import metadata
from types import SimpleNamespace

import pytest

from authoring.cells import ROOT
from authoring.runs import slowness
from course_utils import __main__ as command_line
from course_utils import doctor
from course_utils.doctor import FAIL, OK, WARN, Report, Result
from tests.support import processor_s

INSTALL = "py tools/install.py" if os.name == "nt" else "make lab"


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course in an empty folder, set up by the Makefile."""
    monkeypatch.setattr(doctor, "ROOT", tmp_path)
    monkeypatch.setattr(doctor.sys, "prefix", str(tmp_path))
    return tmp_path


def write_notebook(course, *sources, name="01_sound.ipynb"):
    path = course / "notebooks" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"cells": [{"cell_type": "code", "source": source} for source in sources]}))
    return path


# --- Python and packages


def test_this_python_is_new_enough():
    assert doctor.check_python().status == OK


def test_an_old_python_fails(course, monkeypatch):
    monkeypatch.setattr(doctor.sys, "version_info", (3, 10, 4, "final", 0))
    expected = ("3.10.4 is older than 3.11", f"install Python 3.11 or later, remove .venv, then `{INSTALL}`")
    assert doctor.check_python() == Result("Python", FAIL, *expected)


@pytest.mark.parametrize(
    ("found", "status", "message"),
    [
        ("2.13.0", OK, "2.13.0"),
        ("2.13.0+cpu", OK, "2.13.0+cpu"),
        ("2.12.1", WARN, "2.12.1, tested with 2.13.0"),
        ("2.13.0.post1", WARN, "2.13.0.post1, tested with 2.13.0"),
    ],
)
def test_versions_are_compared_with_the_tested_ones(monkeypatch, found, status, message):
    monkeypatch.setattr(metadata, "version", lambda name: found)
    fix = "" if status == OK else f"{sys.executable} -m pip install torch==2.13.0"
    assert doctor.check_package("torch", "2.13.0") == Result("torch", status, message, fix)


def test_a_missing_package_fails(course):
    assert doctor.check_package("no-such-package", "1.0") == Result("no-such-package", FAIL, "not installed", INSTALL)


def test_a_conda_environment_is_repaired_by_conda(course):
    (course / "conda-meta").mkdir()
    assert doctor.check_package("no-such-package", "1.0").fix == "conda env update --file environment.yml"


def test_windows_has_no_make(course, monkeypatch):
    monkeypatch.setattr(doctor, "os", SimpleNamespace(name="nt"))
    assert doctor.install_line() == "py tools/install.py"


def test_the_readers_packages_are_checked_and_the_testers_are_not():
    names = [result.name for result in doctor.check_packages()]
    assert {"numpy", "torch", "jupyterlab"} <= set(names)
    assert "pytest" not in names


@pytest.mark.parametrize(
    ("installed", "names"), [(False, ["numpy", "torch", "jupyterlab"]), (True, ["numpy"])], ids=["checkout", "wheel"]
)
def test_a_wheel_alone_needs_less_than_the_lectures(monkeypatch, installed, names):
    lines = ["numpy", 'torch==2.13.0; extra == "models"', "jupyterlab ; extra == 'lab'", 'pytest; extra == "test"']
    monkeypatch.setattr(doctor.metadata, "requires", lambda package: lines)
    monkeypatch.setattr(doctor, "INSTALLED", installed)
    assert doctor.required_packages() == names


def test_a_wheel_alone_lacks_neither_lectures_nor_jupyter(monkeypatch):
    monkeypatch.setattr(doctor, "INSTALLED", True)
    monkeypatch.setattr(doctor.util, "find_spec", lambda name: None)
    (notebooks,) = doctor.check_notebooks()
    assert notebooks.status == OK and "come with the repository" in notebooks.message
    assert doctor.check_kernel().fix == f'{sys.executable} -m pip install "course-utils[lab]"'
    assert doctor.install_line() == f"{sys.executable} -m pip install --force-reinstall course-utils"


def test_the_course_itself_not_installed_fails(course, monkeypatch):
    monkeypatch.setattr(doctor, "PACKAGE", "no-such-course")
    (result,) = doctor.check_packages()
    assert (result.status, result.fix) == (FAIL, INSTALL)


def test_tested_versions_read_lines_with_markers():
    text = '# a comment\nnumpy==2.4.6\ncolorama==0.4.6; sys_platform == "win32"\n'
    assert doctor.tested_versions(text) == {"numpy": "2.4.6", "colorama": "0.4.6"}


# --- notebooks


def test_imports_are_read_from_every_form():
    source = "import numpy as np, scipy.signal\nfrom librosa import stft\nimport course_utils as cu\ncu.dft.fft(x)"
    expected = {"numpy", "scipy.signal", "librosa", "course_utils", "course_utils.dft"}
    assert doctor.imported_modules(source) == expected
    assert doctor.imported_modules("from course_utils import dft, stft") == {"course_utils.dft", "course_utils.stft"}
    assert doctor.imported_modules("from . import _checks") == {"course_utils._checks"}
    assert doctor.imported_modules("from ._checks import check") == {"course_utils._checks"}
    assert doctor.imported_modules("import course_utils as cu\ncu.__file__") == {"course_utils"}
    practice = "course_utils.practice"
    assert doctor.imported_modules("from . import store", practice) == {"course_utils.practice.store"}
    assert doctor.imported_modules("from .store import Event", practice) == {"course_utils.practice.store"}
    assert doctor.imported_modules("from .. import exercises", practice) == {"course_utils.exercises"}
    assert doctor.imported_modules("from ..dft import window", practice) == {"course_utils.dft"}


def test_every_notebook_of_the_course_can_run_here():
    notebooks = sorted((ROOT / "notebooks").rglob("[0-9]*.ipynb"))
    assert len(notebooks) > 20
    assert {doctor.check_notebook(path).message for path in notebooks} == {"can run"}


def test_a_notebook_with_what_it_needs_can_run(course):
    path = write_notebook(
        course, ["%matplotlib inline\n", "!ls\n", "import numpy"], "import course_utils as cu\ncu.doctor"
    )
    assert doctor.check_notebook(path) == Result("01_sound.ipynb", OK, "can run")


@pytest.mark.parametrize(
    ("source", "missing"),
    [
        ("import nosuchlibrary.part", "nosuchlibrary"),
        ("import course_utils as cu\ncu.nosuch.f()", "course_utils.nosuch"),
        ("from course_utils.practice.nosuch import f", "course_utils.practice.nosuch"),
    ],
)
def test_a_notebook_that_cannot_run_says_what_it_needs(course, source, missing):
    result = doctor.check_notebook(write_notebook(course, source))
    assert result == Result("01_sound.ipynb", FAIL, f"needs {missing}, not installed", INSTALL)


def test_what_the_courses_modules_import_is_needed_too(course, monkeypatch):
    monkeypatch.setattr(doctor.util, "find_spec", lambda name: None if name == "soundfile" else name)
    path = write_notebook(course, "import course_utils as cu\ncu.doctor.check()")
    assert doctor.check_notebook(path).message == "needs soundfile, not installed"


def test_what_the_practice_engine_imports_is_needed_too(course, monkeypatch):
    monkeypatch.setattr(doctor.util, "find_spec", lambda name: None if name == "anywidget" else name)
    path = write_notebook(course, "from course_utils.practice import check")
    assert doctor.check_notebook(path).message == "needs anywidget, not installed"


@pytest.mark.parametrize("text", ["", "{}", '{"cells": [{"cell_type": "code", "source": "1 +"}]}'])
def test_a_damaged_notebook_fails(course, text):
    path = write_notebook(course)
    path.write_text(text)
    expected = ("cannot be read as a notebook", "git checkout notebooks/01_sound.ipynb")
    assert doctor.check_notebook(path) == Result("01_sound.ipynb", FAIL, *expected)


def test_no_notebooks_fail(course):
    assert list(doctor.check_notebooks()) == [Result("notebooks", FAIL, "no notebook found", "git checkout notebooks")]


def test_every_notebook_is_checked(course):
    for name in ("01_sound.ipynb", "exercises/01_sound.ipynb", "00_start_here.ipynb"):
        write_notebook(course, "import numpy", name=name)
    expected = ["00_start_here.ipynb", "01_sound.ipynb", "exercises/01_sound.ipynb"]
    assert [result.name for result in doctor.check_notebooks()] == expected


# --- sound files


REINSTALL_SOUNDFILE = f"{sys.executable} -m pip install --force-reinstall soundfile"


def test_sound_files_are_written_and_read_back():
    assert doctor.check_sound_file().status == OK


@pytest.mark.parametrize(("broken", "status"), [("FLAC", FAIL), ("WAV", FAIL), ("MP3", WARN), ("OGG", WARN)])
def test_a_format_that_does_not_work_is_named(monkeypatch, broken, status):
    import soundfile

    write = soundfile.write

    def refuse(data, sound, rate, format):
        if format.upper() == broken:
            raise soundfile.LibsndfileError(1)
        write(data, sound, rate, format=format)

    monkeypatch.setattr(soundfile, "write", refuse)
    expected = (f"not written and read back: {broken.lower()}", REINSTALL_SOUNDFILE)
    assert doctor.check_sound_file() == Result("sound files", status, *expected)


def test_a_sound_that_comes_back_changed_fails(monkeypatch):
    import soundfile

    read = soundfile.read
    monkeypatch.setattr(soundfile, "read", lambda *args, **options: (read(*args, **options)[0] // 2, 16000))
    assert doctor.check_sound_file().message == "not written and read back: wav, flac"


def test_soundfile_without_its_library_fails(monkeypatch):
    load = builtins.__import__

    def refuse(name, *args, **options):
        if name == "soundfile":
            raise OSError("sndfile library not found")
        return load(name, *args, **options)

    monkeypatch.setattr(builtins, "__import__", refuse)
    expected = ("soundfile does not load: sndfile library not found", REINSTALL_SOUNDFILE)
    assert doctor.check_sound_file() == Result("sound files", FAIL, *expected)


# --- kernel


def fake_kernel(monkeypatch, answer):
    """Replace the kernel by one that says where it is, or raises that; returns what was shut down."""
    import jupyter_client.manager

    ended = []

    def execute(code, user_expressions, timeout):
        if isinstance(answer, Exception):
            raise answer
        said = {"status": "ok", "data": {"text/plain": repr(answer)}} if isinstance(answer, tuple) else answer
        return {"content": {"user_expressions": {"said": said}}}

    client = SimpleNamespace(execute_interactive=execute, stop_channels=lambda: ended.append("client"))
    manager = SimpleNamespace(shutdown_kernel=lambda now: ended.append("kernel"))
    monkeypatch.setattr(jupyter_client.manager, "start_new_kernel", lambda *args, **options: (manager, client))
    return ended


REINSTALL_KERNEL = f"{sys.executable} -m pip install --force-reinstall ipykernel jupyter_client"


def test_a_real_kernel_starts():
    assert doctor.check_kernel() == Result("kernel", OK, "starts and imports course_utils from this environment")


PACKAGE_FILE = str(ROOT / "course_utils" / "__init__.py")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (("/other", PACKAGE_FILE), "belongs to another Python, in /other"),
        (
            {"status": "error", "ename": "ImportError", "evalue": "no\nsuch"},
            "does not import course_utils (ImportError: no such)",
        ),
        (TimeoutError("no answer\nafter 30 s"), "does not start: TimeoutError: no answer"),
        (RuntimeError("Kernel died"), "does not start: RuntimeError: Kernel died"),
    ],
)
def test_a_kernel_that_does_not_work_fails_and_is_ended(monkeypatch, answer, message):
    ended = fake_kernel(monkeypatch, answer)
    assert doctor.check_kernel() == Result("kernel", FAIL, message, REINSTALL_KERNEL)
    assert ended == ["client", "kernel"]


def test_a_kernel_that_imports_another_course_is_mended_by_an_installation(monkeypatch, tmp_path):
    fake_kernel(monkeypatch, (sys.prefix, str(tmp_path / "__init__.py")))
    message = f"imports another course_utils, {tmp_path / '__init__.py'}"
    assert doctor.check_kernel() == Result("kernel", FAIL, message, doctor.install_line())


def kernel_in(folder, monkeypatch, *arguments):
    """Let Jupyter find a kernel of the same name in this folder first."""
    where = folder / "kernels" / "python3"
    where.mkdir(parents=True)
    (where / "kernel.json").write_text(
        json.dumps({"argv": [*arguments], "display_name": "other", "language": "python"})
    )
    monkeypatch.setenv("JUPYTER_PATH", str(folder))
    return where


STARTS = "from ipykernel import kernelapp as app; app.launch_new_instance()"


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("import sys; sys.modules['course_utils'] = None", "does not import course_utils (ModuleNotFoundError"),
        ("import sys; sys.prefix = '/other'", "belongs to another Python, in /other"),
        ("import sys; sys.path[:0] = [%r]", "imports another course_utils, "),
        ("raise SystemExit", "does not start: RuntimeError"),
    ],
)
def test_a_real_kernel_of_another_environment_is_found_out(monkeypatch, tmp_path, code, found):
    (tmp_path / "course_utils").mkdir()
    (tmp_path / "course_utils" / "__init__.py").touch()
    code = code.replace("%r", repr(str(tmp_path)))
    where = kernel_in(
        tmp_path / "jupyter", monkeypatch, sys.executable, "-c", f"{code}; {STARTS}", "-f", "{connection_file}"
    )
    result = doctor.check_kernel()
    assert result.status == FAIL and result.message.startswith(found)
    remove = f"remove {where}, which Jupyter takes for the kernel of this environment"
    assert result.fix == (doctor.install_line() if "imports" in found else remove)


def test_a_folder_with_the_course_in_it_does_not_hide_that_the_kernel_lacks_it(monkeypatch):
    monkeypatch.chdir(ROOT)
    assert not doctor.is_same(doctor.ask_kernel("__import__('os').getcwd()")["data"]["text/plain"].strip("'"), ROOT)


# --- folders


def test_jupyters_folders_can_be_written(monkeypatch, tmp_path):
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "new" / "runtime"))
    assert doctor.check_folders() == Result("folders", OK, f"Jupyter can write in {tmp_path / 'new' / 'runtime'}")


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
@pytest.mark.parametrize("name", ["RUNTIME", "CONFIG", "DATA"])
def test_a_folder_of_jupyter_that_cannot_be_made_fails(monkeypatch, tmp_path, name):
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv(f"JUPYTER_{name}_DIR", "/proc/nothing")
    fix = f"give yourself the right to write there, or set HOME, or JUPYTER_{name}_DIR, to a folder where you may write"
    message = "Jupyter cannot write in /proc/nothing (No such file or directory)"
    assert doctor.check_folders() == Result("folders", FAIL, message, fix)
    assert doctor.check_kernel() == Result("kernel", FAIL, "cannot start without a folder to write in", fix)


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
@pytest.mark.parametrize(("name", "status"), [("RUNTIME", FAIL), ("CONFIG", WARN)])
def test_settings_that_cannot_be_kept_are_no_reason_not_to_start(monkeypatch, name, status):
    monkeypatch.setenv(f"JUPYTER_{name}_DIR", "/proc")
    assert doctor.check_folders().status == status


def test_a_home_that_cannot_be_written_is_said_once(monkeypatch):
    for name in ("RUNTIME", "CONFIG", "DATA"):
        monkeypatch.delenv(f"JUPYTER_{name}_DIR", raising=False)
    monkeypatch.setenv("HOME", os.devnull)
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    found = doctor.check_folders()
    assert found.status == FAIL and os.devnull in found.message
    assert "HOME, or JUPYTER_RUNTIME_DIR and JUPYTER_CONFIG_DIR and JUPYTER_DATA_DIR" in found.fix


# --- disk, browser, microphone, data


@pytest.mark.parametrize(
    ("free", "status", "message"),
    [
        (5e9, OK, "5.0 GB"),
        (2e8, WARN, "0.2 GB, the lectures want 1 GB"),
        (9.99e8, WARN, "0.9 GB, the lectures want 1 GB"),
    ],
)
def test_free_disk(monkeypatch, free, status, message):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: usage(1e12, 0, free))
    fix = "" if status == OK else "remove files you do not need, or set TMPDIR to a folder on a larger disk"
    assert doctor.check_disk() == Result("free disk", status, message, fix)


def test_a_browser_is_named(monkeypatch):
    monkeypatch.setattr(webbrowser, "get", lambda: SimpleNamespace(name="firefox"))
    assert doctor.check_browser() == Result("browser", OK, "firefox")


def test_a_server_without_browser_says_how_to_open_the_link(monkeypatch):
    def refuse():
        raise webbrowser.Error("could not locate runnable browser")

    monkeypatch.setattr(webbrowser, "get", refuse)
    monkeypatch.setattr(doctor.shutil, "which", lambda name: name if name == there else None)
    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    there, link = None, "open the link that JupyterLab prints in any browser on this machine"
    assert doctor.check_browser() == Result("browser", WARN, "none found here", link)
    there = "chromium"
    found = doctor.check_browser()
    assert (found.message, found.fix) == ("chromium is here, and there is no screen to show it on", link)
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.2 5555 10.0.0.1 22")
    assert "`ssh -L 8888:127.0.0.1:8888 HOST`" in doctor.check_browser().fix


def test_the_microphone_hint_says_where_it_works():
    result = doctor.check_microphone()
    assert result.status == OK
    assert "permission" in result.message and "127.0.0.1 or https" in result.message


def test_all_clips_of_the_manifest_are_there(course):
    (course / "data").mkdir()
    (course / "data" / "manifest.csv").write_text("file,kind\na.flac,music\nb.flac,speech\n")
    (course / "data" / "a.flac").touch()
    assert doctor.check_data() == Result("data", FAIL, "1 of 2 clips are missing", "git checkout data")
    (course / "data" / "b.flac").touch()
    assert doctor.check_data() == Result("data", OK, "2 clips, as the manifest says")


def test_progress_says_where_it_is_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "mine.sqlite3"))
    assert doctor.check_progress() == Result("progress", OK, f"kept in {tmp_path / 'mine.sqlite3'}")
    monkeypatch.setenv("COURSE_PROGRESS", "off")
    assert doctor.check_progress().message == "not kept: COURSE_PROGRESS is off"


def test_progress_that_cannot_be_kept_is_a_warning(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path))  # a folder
    found = doctor.check_progress()
    assert found.status == WARN and "cannot be" in found.message and "COURSE_PROGRESS" in found.fix


def test_no_manifest_fails(course):
    assert doctor.check_data() == Result("data", FAIL, "data/manifest.csv is missing", "git checkout data")


# --- the report and the command


GOOD, POOR, BAD = Result("a", OK, "1.0"), Result("bb", WARN, "2.0", "do this"), Result("c", FAIL, "<none>", "do that")


def test_the_table_says_each_state_in_words_and_each_fix():
    assert str(Report((GOOD, POOR, BAD))).splitlines() == [
        "ok    a   1.0",
        "warn  bb  2.0",
        "          fix: do this",
        "FAIL  c   <none>",
        "          fix: do that",
        "1 ok, 1 warn, 1 FAIL: not ready, see the lines marked fix",
    ]
    table = Report((GOOD, POOR, BAD))._repr_html_()
    assert "&lt;none&gt;" in table and "do that" in table and "<caption>1 ok, 1 warn, 1 FAIL" in table


@pytest.mark.parametrize(("results", "status"), [((GOOD, POOR), 0), ((GOOD, BAD), 1)])
def test_only_what_is_required_decides_the_exit_status(monkeypatch, capsys, results, status):
    monkeypatch.setattr(doctor, "check", lambda: Report(results))
    assert command_line.main(["doctor"]) == status
    assert results[-1].fix in capsys.readouterr().out


def test_the_whole_check_computes_for_at_most_five_seconds():
    started = processor_s()
    names = [result.name for result in doctor.check().results]
    assert processor_s() - started < 5 * max(1, slowness())  # mostly the kernel's start: about 1 s
    assert {
        "Python",
        "numpy",
        "sound files",
        "folders",
        "kernel",
        "free disk",
        "browser",
        "microphone",
        "data",
        "progress",
    } <= set(names)


def test_the_doctor_loads_nothing_heavy():
    heavy = "numpy scipy librosa torch matplotlib soundfile IPython jupyter_client".split()
    code = f"import sys, course_utils.doctor; print([name for name in {heavy} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


def test_lab_stays_on_this_machine_behind_its_token(monkeypatch):
    from jupyterlab.labapp import LabApp
    from jupyterlab_server.config import get_static_page_config

    started = []
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "mine")
    monkeypatch.setattr(LabApp, "launch_instance", started.append)
    monkeypatch.setattr(command_line.workspace, "make_copies", lambda root: [])  # a test makes none in this checkout
    assert command_line.main(["lab", "--no-browser", "--port=8899"]) == 0
    (options,) = started
    assert options[-2:] == ["--no-browser", "--port=8899"]
    assert "--ServerApp.ip=127.0.0.1" in options
    assert os.environ["JUPYTER_CONFIG_PATH"].endswith(f"jupyter{os.pathsep}mine")
    assert "@jupyterlab/apputils-extension:announcements" in str(get_static_page_config()["disabledExtensions"])
    assert not any("token" in option or "password" in option for option in options)


def test_lab_is_quiet_but_for_its_link_and_errors(tmp_path):
    """The real server, started and told to stop."""
    folder = tmp_path / "course"
    (folder / "notebooks").mkdir(parents=True)
    code = f"""if True:
        import pathlib, sys
        from course_utils import __main__, doctor
        doctor.ROOT = pathlib.Path({str(folder)!r})
        from jupyter_server.serverapp import ServerApp
        def start(self):
            self.log.info("how it goes"); self.log.warning("beware"); self.log.error("this failed")
            self.log.critical(self.display_url)
        ServerApp.start = start
        sys.exit(__main__.main(["lab", "--no-browser", "--ServerApp.port=0"]))
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert "this failed" in said and "token=" in said and "Your copies are in" in said
    assert "how it goes" not in said and "beware" not in said and " ServerApp] Loading" not in said


def test_an_unknown_option_of_doctor_is_refused(capsys):
    with pytest.raises(SystemExit):
        command_line.main(["doctor", "--fast"])
    assert "unrecognized arguments: --fast" in capsys.readouterr().err


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="this system has no user 0")
@pytest.mark.parametrize(("user", "allowed"), [(0, True), (1000, False)])
def test_lab_starts_for_the_root_user_of_a_container(monkeypatch, user, allowed):
    monkeypatch.setattr(os, "geteuid", lambda: user)
    assert ("--allow-root" in command_line.lab_options()) == allowed
