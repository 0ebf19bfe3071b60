"""A wheel built from a clean copy holds every file of the package, and works alone in a clean environment."""

import json
import os
import shutil
import subprocess
import sys
import zipfile

import pytest

from course_utils import exercises
from tests.gates.house import MODELS, ROOT, tracked_files

SENTENCE = (
    "course_utils.models needs torch, which a plain install leaves out: "
    'install it with pip install "course-utils[models]"'
)


def clean_copy(folder, *, without=()):
    """What a clone of the repository would hold: no build, no cache, nothing that git ignores."""
    for path in tracked_files(ROOT):
        name = path.relative_to(ROOT)
        if name.parts[0] not in without:
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
    return folder


def build(folder):
    """The wheel of a folder; setuptools is here, so that nothing is fetched."""
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "wheel", *options, "--wheel-dir", folder / "dist", "."]
    subprocess.run(command, cwd=folder, env=environment(), check=True, capture_output=True, text=True)
    (wheel,) = (folder / "dist").glob("*.whl")
    return wheel


def environment(**more):
    """The variables of this process, less those that would bring in its packages."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")} | more


def in_package(folder, wheel):
    """The files below course_utils in a folder, and those in a wheel that were not added by setup.py."""
    written = {path.relative_to(folder).as_posix() for path in (folder / "course_utils").rglob("*") if path.is_file()}
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("course_utils/")}
    return written, {name for name in packed if not name.startswith("course_utils/_shipped/")}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return clean_copy(tmp_path_factory.mktemp("source"))


@pytest.fixture(scope="module")
def wheel(source):
    return build(source)


# --------------------------------------------------------------------------------- what is in the wheel


def test_the_wheel_holds_every_file_of_the_package_and_no_other(source, wheel):
    written, packed = in_package(source, wheel)
    assert written == packed
    assert {name.rpartition(".")[2] for name in packed} >= {"py", "js", "css"}


def test_clips_and_results_are_inside(source, wheel):
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("course_utils/_shipped/")}
    names = {name.removeprefix("course_utils/_shipped/") for name in packed}
    data = {p.relative_to(source).as_posix() for p in (source / "data").rglob("*") if p.is_file() and p.suffix != ".py"}
    weights = {p.relative_to(source).as_posix() for p in (source / "assets").rglob("*.safetensors")}
    words = {f"assets/whisper/{name}" for name in ("LICENSE", "multilingual.tiktoken")}
    assert len(data) > 50 and weights and names == data | weights | words | {"assets/results.json"}
    assert wheel.stat().st_size < 40e6  # 16 MB, nearly all of it clips


NEW = {f"course_utils/{name}" for name in ("exercises/new/__init__.py", "exercises/new/questions.md", "new/a.css")}
FOUND = ('include = ["course_utils*"]', 'course_utils = ["**/*"]')
LISTED = ('include = ["course_utils", "course_utils.exercises"]', 'course_utils = ["**/*.js", "**/*.css"]')


@pytest.mark.parametrize(
    ("found", "listed", "missed"),
    [
        ((), (), set()),
        (FOUND[1:], LISTED[1:], {"course_utils/exercises/new/questions.md"}),
        (FOUND, LISTED, {"course_utils/exercises/new/questions.md", "course_utils/exercises/new/__init__.py"}),
    ],
    ids=["found", "listed-endings", "listed-packages"],
)
def test_what_is_new_is_found_and_a_list_would_miss_it(tmp_path, found, listed, missed):
    folder = clean_copy(tmp_path, without=("data", "notebooks", "tests"))
    for name in NEW:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("# new\n")
    settings = (folder / "pyproject.toml").read_text(encoding="utf-8")
    for old, new in zip(found, listed, strict=True):
        assert old in settings
        settings = settings.replace(old, new)
    (folder / "pyproject.toml").write_text(settings, encoding="utf-8")
    written, packed = in_package(folder, build(folder))
    assert written >= NEW and (written - packed) & NEW == missed


# ------------------------------------------------------------------------- alone, somewhere else, without torch


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory):
    """A Python that has the wheel and what it asks for, and nothing else."""
    folder = tmp_path_factory.mktemp("clean")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    command = [sys.executable, "-m", "pip", "--python", python, "install", "--no-compile", "--quiet"]
    command += ["--retries=1", "--timeout=15", "--constraint", ROOT / "constraints.txt", wheel]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
    if done.returncode and "Could not find a version" in done.stderr and not os.environ.get("CI"):
        pytest.skip("the package registry does not answer: a clean environment cannot be made")
    assert done.returncode == 0, done.stderr
    return python


@pytest.fixture
def alone(python, tmp_path):
    """Run code in a folder that holds nothing; its output read as JSON."""

    def run(code):
        variables = environment(COURSE_PROGRESS=str(tmp_path / "progress.sqlite3"))
        command = [python, "-c", f"import json\nimport course_utils as cu\n{code}"]
        done = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return run


def test_a_plain_install_brings_no_torch_and_nothing_of_this_folder(python, alone):
    names = alone("from importlib import metadata; print(json.dumps([d.name for d in metadata.distributions()]))")
    assert {"course-utils", "numpy", "scipy"} <= set(names)
    assert [name for name in names if name.startswith(("torch", "nvidia", "jupyterlab", "librosa"))] == [
        name for name in names if name == "jupyterlab_widgets"
    ]
    assert alone("print(json.dumps(cu.__file__))").startswith(str(python.parents[1].resolve()))


def test_every_module_but_the_models_and_their_checks_imports(alone):
    files = [path.relative_to(ROOT).with_suffix("") for path in tracked_files(ROOT, ".py")]
    modules = {".".join(name.parts).removesuffix(".__init__") for name in files if name.parts[0] == "course_utils"}
    with_torch = {
        f"course_utils.{name.replace('models.', place)}" for name in MODELS for place in ("models.", "_checks.")
    }
    without = sorted(modules - with_torch - {"course_utils", "course_utils.models"})
    assert len(without) > 150
    code = f"import importlib\nprint(json.dumps([importlib.import_module(name).__name__ for name in {without}]))"
    assert alone(code) == without
    found = "import pkgutil\nprint(json.dumps([m.name for m in pkgutil.walk_packages(cu.__path__, 'course_utils.', "
    listed = alone(found + "onerror=lambda name: None)]))")
    assert set(without) <= set(listed)


@pytest.mark.parametrize(
    "code",
    [
        "cu.models",
        "cu.models.training.fit",
        "from course_utils.models import events",
        "import course_utils.models.training",
    ],
)
def test_models_without_torch_are_one_sentence(alone, code):
    said = alone(f"try: {code}\nexcept ImportError as error: print(json.dumps(str(error)))")
    assert said == SENTENCE


def test_references_clips_and_interactives_work(alone):
    code = """
import numpy as np
x, rate = cu.audio.load("speech/vowel_a")
back = cu.stft.istft(cu.stft.stft(x, n_fft=512, hop_length=128), n_fft=512, hop_length=128, length=len(x))
missing = [row["file"] for row in cu.audio.clips() if not (cu.audio.DATA_FOLDER / row["file"]).is_file()]
lab, quiz = cu.explorables.aliasing(frequency_hz=5000), cu.practice.quiz("03_dft")
html = cu.audio.play(0.1 * x, rate, caption="a vowel")._repr_html_()
print(json.dumps([float(abs(x - back).max()), missing, lab.frequency_hz, len(lab._esm), len(quiz), len(html)]))"""
    error, missing, frequency_hz, n_script, n_questions, n_player = alone(code)
    assert error < 1e-5 and missing == [] and frequency_hz == 5000  # x is float32
    assert n_script > 10_000 and n_questions >= 4 and n_player > 1000


def test_exercises_of_every_topic_are_checked(alone):
    code = """
from course_utils import exercises
from course_utils.practice import check, progress, review
first = [e for topic in exercises.TOPICS for e in exercises.exercises(topic)[:1]]
found = [check(e.name, e.reference if "Function" in type(e.spec).__name__ else e.reference()) for e in first]
right = ["right" if one.diagnosis == "package function" else one.status for one in found]
progress()._repr_html_(), review()
listen = check("classification/what_comes_when", ["dog"])
print(json.dumps([right, listen.status, listen.message, "<a " in progress()._repr_html_()]))"""
    right, status, message, has_links = alone(code)
    assert right == ["right"] * (len(exercises.TOPICS) - 1)  # the first lecture has questions only
    assert status == "not attempted" and message == f"It cannot be checked here: {SENTENCE}."
    assert not has_links


def test_lectures_come_with_the_repository(python, tmp_path):
    command = [python.with_name("course.exe" if os.name == "nt" else "course"), "lab"]
    done = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "course lab needs the lectures, which come with the repository" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_doctor_is_content(python, tmp_path):
    command = [python, "-m", "course_utils", "doctor"]
    done = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "clips, as the manifest says" in done.stdout and "the lectures come with the repository" in done.stdout
