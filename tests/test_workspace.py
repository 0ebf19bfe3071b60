"""`course lab` and `course update`: answers survive, whatever the course or the disk does in between."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from course_utils import __main__ as command_line
from course_utils import _files, doctor, workspace
from course_utils.practice import overview
from tests.gates.house import ROOT

NAME = "exercises/03_dft.ipynb"
ANSWER = "def idft(spectrum):\n    return 'mine'"


def notebook(*sources, outputs=()):
    cell = {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": list(outputs)}
    cells = [{**cell, "id": f"c{n}", "source": source.splitlines(keepends=True)} for n, source in enumerate(sources)]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1)


EMPTY, NEWER, NEWEST = (notebook(f"# version {n}", "raise NotImplementedError") for n in (1, 2, 3))
ANSWERED = notebook("# version 1", ANSWER)


def git(folder, *arguments):
    identity = ["-c", "user.name=nobody", "-c", "user.email=nobody@localhost", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


class Course:
    """The repository of the course, and a learner's clone of it."""

    def __init__(self, folder):
        self.origin, self.root = folder / "origin", folder / "clone"
        self.origin.mkdir()
        git(self.origin, "init", "--quiet", "--initial-branch=main")
        self.publish({NAME: EMPTY, "03_dft.ipynb": EMPTY, "00_start_here.ipynb": EMPTY}, {".gitignore": "my/\n"})
        git(folder, "clone", "--quiet", self.origin, self.root)

    def publish(self, notebooks, files=()):
        for name, text in {**{f"notebooks/{name}": text for name, text in notebooks.items()}, **dict(files)}.items():
            (self.origin / name).parent.mkdir(parents=True, exist_ok=True)
            (self.origin / name).write_text(text)
        git(self.origin, "add", "--all")
        git(self.origin, "commit", "--quiet", "--message", "Change the course")

    def mine(self, name=NAME):
        return self.root / "my" / name

    def tracked(self, name=NAME):
        return self.root / "notebooks" / name

    def changed_files(self):
        return git(self.root, "status", "--porcelain").split()


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A clone in which the command line works."""
    course = Course(tmp_path)
    monkeypatch.setattr(doctor, "ROOT", course.root)
    return course


@pytest.fixture
def update(course, capsys):
    """Run `course update`; its exit status and what it says."""

    def run(*options):
        status = command_line.main(["update", *options])
        said = capsys.readouterr()
        return status, said.out + said.err

    return run


# ------------------------------------------------------------------------------------------ course lab


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
@pytest.mark.parametrize("variable", ["HOME", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR"])
def test_lab_says_in_one_sentence_that_a_folder_cannot_be_written(course, lab, monkeypatch, variable):
    for name in ("JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, "/proc/nohome")
    status, started, said = lab()
    assert (status, started) == (1, []) and len(said.splitlines()) == 1
    assert (
        said.startswith("error: Jupyter cannot write in /proc/nohome")
        and f"set HOME, or {'JUPYTER_RU' * (variable == 'HOME')}" in said
    )


@pytest.fixture
def lab(course, monkeypatch, capsys):
    """Run `course lab` without its server; the options of JupyterLab and what it says."""
    from jupyterlab.labapp import LabApp

    def run():
        started = []
        monkeypatch.setenv("JUPYTER_CONFIG_PATH", "")
        monkeypatch.setattr(LabApp, "launch_instance", started.append)
        status = command_line.main(["lab", "--no-browser"])
        said = capsys.readouterr()
        return status, started, said.out + said.err

    return run


def test_lab_opens_copies_that_git_ignores(course, lab):
    status, (options,), said = lab()
    assert status == 0 and f"--ServerApp.root_dir={course.root}" in options
    assert "--LabApp.default_url=/lab/tree/my/00_start_here.ipynb" in options
    for name in (NAME, "03_dft.ipynb", "00_start_here.ipynb"):
        assert course.mine(name).read_bytes() == course.tracked(name).read_bytes()
    assert str(course.root / "my") in said and "course update" in said
    assert course.changed_files() == []


def test_lab_overwrites_no_copy_and_makes_those_that_are_missing(course, lab):
    lab()
    course.mine().write_text(ANSWERED)
    course.mine("03_dft.ipynb").unlink()
    assert lab()[0] == 0
    assert course.mine().read_text() == ANSWERED and course.mine("03_dft.ipynb").exists()


def test_git_ignores_the_copies_of_this_repository():
    assert subprocess.run(["git", "check-ignore", "--quiet", f"my/{NAME}"], cwd=ROOT, check=False).returncode == 0


def test_the_copies_of_the_real_course_are_made_and_found_in_a_second(tmp_path):
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    code = f"import time, pathlib; from course_utils import workspace; t = time.process_time(); \
        print(len(workspace.make_copies(pathlib.Path({str(tmp_path)!r}))), time.process_time() - t)"
    for n_new in (len(workspace.names(ROOT)), 0):
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
        n_made, seconds = done.stdout.split()
        assert int(n_made) == n_new and float(seconds) < 1
    assert len(workspace.names(ROOT)) > 20


def test_links_and_the_map_work_from_the_copies(course, lab, monkeypatch):
    lab()
    for folder, href in ((course.root / "my", "exercises/03_dft.ipynb"), (course.mine().parent, "03_dft.ipynb")):
        monkeypatch.chdir(folder)
        assert f'href="{href}"' in overview.link("03_dft", "words") and (folder / href).exists()


def test_commands_are_named_as_they_can_be_typed(course, lab, monkeypatch):
    """The folder .venv is on nobody's path; an environment of conda's is."""
    assert "; `course update` brings" in lab()[2]
    monkeypatch.setattr(sys, "prefix", str(course.root / ".venv"))
    assert "; `.venv/bin/course update` brings" in lab()[2]


def test_without_a_command_the_commands_are_named(course, capsys):
    with pytest.raises(SystemExit) as ended:
        command_line.main([])
    assert ended.value.code == 2
    assert [line.split()[:2] for line in capsys.readouterr().err.splitlines()[1:]] == [
        ["course", name] for name in ("doctor", "lab", "update")
    ]


# ---------------------------------------------------------------------------------------- course update


def test_answers_survive_a_new_version_of_the_same_notebook(course, lab, update):
    lab()
    course.mine().write_text(ANSWERED)
    course.publish({NAME: NEWER})
    git(course.root, "pull", "--quiet", "--ff-only")  # nothing tracked has changed, so nothing conflicts
    status, said = update()
    assert status == 0 and "up to date" in said
    assert course.mine().read_text() == ANSWERED
    assert course.mine("exercises/03_dft.new.ipynb").read_text() == NEWER
    assert f"my/{NAME}: kept as you left it; the course's version is my/exercises/03_dft.new.ipynb: delete that" in said
    assert course.changed_files() == []


def test_either_of_two_versions_can_be_taken(course, lab, update):
    lab()
    course.mine().write_text(ANSWERED)
    course.publish({NAME: NEWER})
    update()
    course.mine("exercises/03_dft.new.ipynb").replace(course.mine())
    assert update() == (0, "The course is up to date.\nNothing is new in my/.\n")
    course.publish({NAME: EMPTY})
    assert f"my/{NAME}: renewed, you had not changed it" in update()[1]


def test_the_changes_that_came_are_counted(course, lab, update):
    lab()
    course.publish({NAME: NEWER})
    course.publish({"04_stft.ipynb": EMPTY})
    assert update()[1].startswith("The course is newer by 2 changes.\n")


def test_a_change_in_notebooks_that_a_copy_does_not_follow_is_said(course, lab, update):
    lab()
    (course.root / "notebooks" / NAME).write_text(ANSWERED)
    status, said = update("--no-pull")
    assert (status, said.splitlines()) == (
        0,
        [f"notebooks/{NAME}: changed here, which my/{NAME} does not follow: copy it there to have it"],
    )
    course.mine().write_text(ANSWERED)
    assert update("--no-pull") == (0, "Nothing is new in my/.\n")


def test_update_fetches_by_itself(course, lab, update):
    lab()
    course.publish({"04_stft.ipynb": EMPTY, "03_dft.ipynb": NEWER})
    status, said = update()
    assert status == 0 and said.splitlines() == [
        "The course is newer by 1 change.",
        "my/04_stft.ipynb: new",
        "my/03_dft.ipynb: renewed, you had not changed it",
    ]
    assert course.mine("03_dft.ipynb").read_text() == NEWER
    assert update() == (0, "The course is up to date.\nNothing is new in my/.\n")


def test_without_a_pull_only_what_is_here_is_brought(course, update):
    course.publish({NAME: NEWER})
    assert update("--no-pull")[0] == 0
    assert course.mine().read_text() == EMPTY


def test_running_a_notebook_is_no_change_and_neither_is_the_empty_cell_that_jupyterlab_adds(course, lab, update):
    lab()
    ran = notebook("# version 1", "raise NotImplementedError", "", outputs=[{"output_type": "stream", "text": ["x"]}])
    course.mine().write_text(ran)
    update()
    assert course.mine().read_text() == ran  # and without a new version it stays
    course.publish({NAME: NEWER})
    assert "renewed" in update()[1] and course.mine().read_text() == NEWER


def test_one_new_version_is_offered_once_and_the_next_takes_its_place(course, lab, update):
    lab()
    course.mine().write_text(ANSWERED)
    beside = course.mine("exercises/03_dft.new.ipynb")
    course.publish({NAME: NEWER})
    update()
    beside.unlink()  # read and thrown away
    assert "Nothing is new" in update()[1] and not beside.exists()
    course.publish({NAME: NEWEST})
    update()
    assert beside.read_text() == NEWEST and course.mine().read_text() == ANSWERED
    course.publish({NAME: NEWER})
    update()
    assert beside.read_text() == NEWER and not course.mine("exercises/03_dft.new-2.ipynb").exists()


def test_a_new_version_that_was_written_into_is_not_overwritten(course, lab, update):
    lab()
    course.mine().write_text(ANSWERED)
    course.publish({NAME: NEWER})
    update()
    beside = course.mine("exercises/03_dft.new.ipynb")
    beside.write_text(notebook("# version 2", ANSWER))
    course.publish({NAME: NEWEST})
    assert "03_dft.new-2.ipynb" in update()[1]
    assert beside.read_text() == notebook("# version 2", ANSWER)
    assert course.mine("exercises/03_dft.new-2.ipynb").read_text() == NEWEST


def test_taking_the_new_version_makes_it_the_copy(course, lab, update):
    lab()
    course.mine().write_text(ANSWERED)
    course.publish({NAME: NEWER})
    update()
    course.mine("exercises/03_dft.new.ipynb").replace(course.mine())
    course.publish({NAME: NEWEST})
    assert "renewed" in update()[1] and course.mine().read_text() == NEWEST


def test_a_notebook_that_the_course_drops_stays(course, lab, update):
    lab()
    git(course.origin, "rm", "--quiet", "notebooks/03_dft.ipynb")
    git(course.origin, "commit", "--quiet", "--message", "Drop a lecture")
    assert "my/03_dft.ipynb: no longer in the course; your copy stays" in update()[1]
    assert course.mine("03_dft.ipynb").read_text() == EMPTY
    assert "Nothing is new" in update()[1]  # it was said


def test_a_copy_that_was_deleted_comes_back_in_the_new_version_with_one_line(course, lab, update):
    lab()
    course.mine().unlink()
    course.publish({NAME: NEWER})
    assert update() == (0, f"The course is newer by 1 change.\nmy/{NAME}: new\n")
    assert course.mine().read_text() == NEWER


@pytest.mark.parametrize("commit", [False, True])
@pytest.mark.parametrize("name", ["03_dft.ipynb", "03 it's.ipynb"])
def test_a_notebook_that_the_learner_deleted_is_missing_not_dropped(course, lab, update, commit, name):
    course.publish({name: NEWER})
    update()
    course.tracked(name).unlink()
    if commit:
        git(course.root, "commit", "--quiet", "--all", "--message", "Delete")
    status, said = update()
    (line,) = [line for line in said.splitlines() if name in line]
    assert status == 0 and line.startswith(f"notebooks/{name}: missing; `git checkout ")
    subprocess.run(line.split("`")[1], shell=True, cwd=course.root, check=True)
    assert course.tracked(name).read_text() == NEWER and "Nothing is new" in update()[1]


def test_a_notebook_that_the_learner_renamed_is_missing_too(course, lab, update):
    lab()
    git(course.root, "mv", "notebooks/03_dft.ipynb", "notebooks/03_mine.ipynb")
    git(course.root, "commit", "--quiet", "--message", "Rename")
    said = update()[1]
    assert "notebooks/03_dft.ipynb: missing; `git checkout " in said and "no longer" not in said


def test_all_notebooks_deleted_is_said(course, lab, update):
    lab()
    shutil.rmtree(course.root / "notebooks")
    said = update()[1]
    assert "notebooks/: there are no notebooks in it; `git checkout HEAD -- notebooks` brings them back" in said
    assert "Nothing is new" not in said and "no longer" not in said
    shutil.rmtree(course.root / ".git")
    said = update()[1]
    assert "there are no notebooks in it; download the course anew" in said and "Nothing is new" not in said


def test_new_packages_are_pointed_out(course, update):
    course.publish({}, {"constraints.txt": "numpy==9\n"})
    assert f"run `{doctor.install_line()}`" in update()[1]


# ------------------------------------------------------- answers in tracked notebooks, as before there was `my/`


def test_answers_in_a_tracked_notebook_become_the_copy(course, lab):
    course.tracked().write_text(ANSWERED)
    said = lab()[2]
    assert course.mine().read_text() == ANSWERED
    assert f"my/{NAME}: copied with what you wrote in notebooks/{NAME}" in said


def test_the_way_through_is_said_and_leads_through(course, update):
    course.tracked().write_text(ANSWERED)
    course.publish({NAME: NEWER, "03_dft.ipynb": NEWER})
    status, said = update()
    way = f"git checkout HEAD -- notebooks/{NAME}"
    assert status == 1 and f"`{way}`, what you wrote there is in my/{NAME}" in said
    assert course.mine().read_text() == course.tracked().read_text() == ANSWERED
    git(course.root, *way.split()[1:])
    status, said = update()
    assert status == 0 and course.mine().read_text() == ANSWERED
    assert course.mine("exercises/03_dft.new.ipynb").read_text() == NEWER
    assert course.mine("03_dft.ipynb").read_text() == NEWER


def test_answers_given_to_the_tracked_notebook_after_the_copy_was_made_are_kept(course, lab, update):
    lab()
    course.tracked().write_text(ANSWERED)
    course.publish({NAME: NEWER})
    status, said = update()
    assert status == 1 and "what you wrote there is in my/exercises/03_dft.yours.ipynb" in said
    assert course.mine("exercises/03_dft.yours.ipynb").read_text() == ANSWERED
    git(course.root, "checkout", "HEAD", "--", "notebooks")
    assert update()[0] == 0 and course.mine().read_text() == NEWER
    course.publish({NAME: NEWEST})
    update()
    assert course.mine("exercises/03_dft.yours.ipynb").read_text() == ANSWERED


def test_a_damaged_tracked_notebook_is_kept_before_it_is_restored(course, lab, update):
    lab()
    course.tracked().write_text("half a noteb")
    course.publish({NAME: NEWER})
    assert update()[0] == 1
    assert course.mine("exercises/03_dft.yours.ipynb").read_text() == "half a noteb"


def test_committed_answers_are_answers(course, lab, update):
    course.tracked().write_text(ANSWERED)
    git(course.root, "commit", "--quiet", "--all", "--message", "Answer")
    lab()
    course.publish({"03_dft.ipynb": NEWER, NAME: NEWER})
    status, said = update()
    assert status == 1 and "`git rebase origin/main`" in said
    git(course.root, "reset", "--quiet", "--hard", "origin/main")
    assert update()[0] == 0 and course.mine().read_text() == ANSWERED
    assert course.mine("exercises/03_dft.new.ipynb").read_text() == NEWER


def test_copies_made_by_hand_are_the_learners(course, update):
    """What the README tells those who answered in notebooks/exercises/ before there was a command."""
    course.tracked().write_text(ANSWERED)
    course.publish({"exercises/04_stft.ipynb": EMPTY})
    git(course.root, "pull", "--quiet")
    shutil.copytree(course.root / "notebooks" / "exercises", course.root / "my" / "exercises")
    git(course.root, "checkout", "notebooks")
    course.publish({NAME: NEWER, "exercises/04_stft.ipynb": NEWER})
    git(course.root, "pull", "--quiet")
    assert update()[0] == 0
    assert course.mine().read_text() == ANSWERED
    assert course.mine("exercises/03_dft.new.ipynb").read_text() == NEWER
    assert course.mine("exercises/04_stft.ipynb").read_text() == NEWER  # it held no answer
    assert not course.mine("exercises/04_stft.new.ipynb").exists()


def test_other_changed_files_are_named_with_a_way_out(course, update):
    course.publish({}, {"README.md": "one\n"})
    update()
    (course.root / "README.md").write_text("mine\n")
    course.publish({"03_dft.ipynb": NEWER}, {"README.md": "two\n"})
    status, said = update()
    assert status == 1 and "README.md changed both here and in the course" in said
    assert "`git stash push -- README.md`" in said
    assert (course.root / "README.md").read_text() == "mine\n"


# ----------------------------------------------------------------------------------------- git in trouble


def test_changes_that_are_not_in_the_way_do_not_stop_an_update(course, update):
    course.tracked("00_start_here.ipynb").write_text(ANSWERED)
    course.publish({NAME: NEWER})
    status, said = update()
    assert (
        status == 0
        and course.mine().read_text() == NEWER
        and course.mine("00_start_here.ipynb").read_text() == ANSWERED
    )


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (
            lambda course: shutil.rmtree(course.origin),
            "nothing was fetched (.*)origin' does not appear to be a git repository(.*)"
            "): check the address with `git remote -v`, then the network, then try again",
        ),
        (lambda course: shutil.rmtree(course.root / ".git"), "is no git clone: download the course anew and move"),
        (
            lambda course: git(course.root, "checkout", "--quiet", "--detach"),
            "no branch is checked out: type `git switch",
        ),
        (lambda course: git(course.root, "checkout", "--quiet", "-b", "mine"), "this branch follows no other"),
        (
            lambda course: (course.root / ".git/refs/remotes/origin/main.lock").touch(),
            "/.git/refs/remotes/origin/main.lock': File exists(.*)another git process(.*)): wait until the other "
            "update or git has ended; if none runs, remove (.*)/.git/refs/remotes/origin/main.lock; then try again",
        ),
    ],
    ids=["no-network", "no-clone", "detached", "no-upstream", "locked"],
)
def test_without_a_pull_copies_are_brought_all_the_same(course, update, spoil, said):
    course.publish({"03_dft.ipynb": NEWER})
    spoil(course)
    status, found = update()
    assert status == 1 and course.mine().read_text() == EMPTY
    (error,) = [line for line in found.splitlines() if line.startswith("error: ")]
    for part in said.split("(.*)"):
        assert part.lower() in error.lower()


def test_a_download_inside_another_repository_is_no_clone(course, update, monkeypatch):
    inner = course.origin / "download"
    shutil.copytree(course.root / "notebooks", inner / "notebooks")
    monkeypatch.setattr(doctor, "ROOT", inner)
    status, said = update()
    assert status == 1 and f"{inner} is no git clone" in said and (inner / "my" / NAME).exists()


def test_without_git_copies_are_made(course, update, monkeypatch):
    monkeypatch.setenv("PATH", "")
    status, said = update()
    assert status == 1 and "is no git clone" in said and course.mine().read_text() == EMPTY


def test_untracked_files_in_the_way_are_named(course, update):
    (course.root / "notebooks" / "04 stft.ipynb").write_text(ANSWERED)
    (course.root / "notes").mkdir()
    (course.root / "notes" / "mine.txt").write_text("mine")
    course.publish({"04 stft.ipynb": EMPTY}, {"notes/mine.txt": "course"})
    status, said = update()
    assert status == 1 and "nothing was merged (error: The following untracked working tree files would be" in said
    assert ": move notebooks/04 stft.ipynb, notes/mine.txt out of the course's folder, then try again\n" in said
    assert "rebase" not in said


@pytest.mark.parametrize("lock", ["index.lock", "HEAD.lock"])
def test_another_git_at_work_is_waited_for(course, update, lock):
    course.publish({NAME: NEWER, "04_stft.ipynb": EMPTY})
    lock = course.root / ".git" / lock
    lock.touch()
    status, said = update()
    assert status == 1 and f"or git has ended; if none runs, remove {lock}; then try again" in said
    assert "rebase" not in said and "nothing was merged" in said
    lock.unlink()
    status, said = update()
    assert status == 0 and course.mine().read_text() == NEWER


@pytest.mark.parametrize(
    ("said", "way"),
    [
        ("error: cannot open '.git/FETCH_HEAD': Permission denied\n", "give yourself the right to write in "),
        (
            "error: unable to unlink old 'notebooks/a': Permission denied\nfatal: x",
            "give yourself the right to write in ",
        ),
        ("error: insufficient permission for adding an object to repository", "give yourself the right to write in "),
        ("error: cannot lock ref 'HEAD': is at 1 but expected 2", "wait until the other update or git has ended, then"),
        ("fatal: detected dubious ownership in repository at '/a b'", "--add safe.directory '/a b'`, then try again"),
        ("git@host: Permission denied (publickey).\nfatal: Could not read from remote repository.", "git remote -v"),
        ("fatal: unable to access 'https://host/': Could not resolve host: host", "git remote -v"),
    ],
)
def test_the_way_out_fits_the_cause(course, update, monkeypatch, said, way):
    real = workspace.git

    def failing(root, *arguments):
        failed = subprocess.CompletedProcess(arguments, 128, b"", said.encode())
        return failed if arguments[0] == "fetch" else real(root, *arguments)

    monkeypatch.setattr(workspace, "git", failing)
    status, found = update()
    assert status == 1 and f"nothing was fetched ({' '.join(said.split())}): " in found and way in found


def test_the_folder_of_another_user_is_no_reason_to_download_anew(course, update, monkeypatch):
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    status, said = update()
    assert status == 1 and f"type `git config --global --add safe.directory {course.root}`" in said
    assert "download" not in said


def test_names_in_advice_can_be_typed(course, update):
    course.publish({"a b.ipynb": EMPTY}, {"it's.md": "one\n"})
    update()
    course.tracked("a b.ipynb").write_text(ANSWERED)
    (course.root / "it's.md").write_text("mine\n")
    course.publish({"a b.ipynb": NEWER}, {"it's.md": "two\n"})
    said = update()[1]
    for command in said.split("`")[1:4:2]:
        subprocess.run(command, shell=True, cwd=course.root, check=True, capture_output=True)
    assert course.changed_files() == [] and update()[0] == 0


# ---------------------------------------------------------------------------------------- disk in trouble


def test_a_copy_that_is_a_link_stays_one(course, lab, update, tmp_path):
    lab()
    elsewhere = tmp_path / "elsewhere.ipynb"
    course.mine().replace(elsewhere)
    course.mine().symlink_to(elsewhere)
    beside = course.mine("exercises/03_dft.new.ipynb")
    course.publish({NAME: NEWER})
    assert f"my/{NAME}: is a link, and is kept; the course's version is my/exercises/03_dft.new.ipynb" in update()[1]
    assert course.mine().is_symlink() and elsewhere.read_text() == EMPTY and beside.read_text() == NEWER
    beside.replace(tmp_path / "new.ipynb")
    beside.symlink_to(tmp_path / "new.ipynb")
    course.publish({NAME: NEWEST})
    assert "03_dft.new-2.ipynb" in update()[1] and beside.is_symlink() and beside.read_text() == NEWER


def test_a_link_to_nothing_is_kept(course, update, tmp_path):
    course.mine().parent.mkdir(parents=True)
    course.mine().symlink_to(tmp_path / "nothing.ipynb")
    assert f"my/{NAME}: is a link to nothing, and is kept; the course's version is my/exercises/" in update()[1]
    assert course.mine().is_symlink() and not (tmp_path / "nothing.ipynb").exists()
    beside = course.mine("exercises/03_dft.new.ipynb")
    beside.unlink()
    beside.symlink_to(tmp_path / "nothing.ipynb")
    assert "my/exercises/03_dft.new-2.ipynb" in update()[1] and beside.is_symlink()


def test_the_record_may_be_a_link_but_no_folder(course, lab, update, tmp_path):
    lab()
    record = course.mine(".originals.json")
    record.replace(tmp_path / "record.json")
    record.symlink_to(tmp_path / "record.json")
    course.publish({NAME: NEWER, "04_stft.ipynb": EMPTY})
    assert "renewed" in update()[1] and record.is_symlink()
    record.unlink()
    record.mkdir()
    status, said = update()
    assert (status, said) == (1, f"error: {record} must be a file, got a folder: move it away, then try again\n")


@pytest.mark.parametrize("place", ["my", "my/exercises"])
@pytest.mark.parametrize("dangling", [False, True])
def test_what_lies_in_the_place_of_a_folder_is_no_lack_of_room(course, update, place, dangling):
    path = course.root / place
    path.parent.mkdir(exist_ok=True)
    path.symlink_to("nothing/at all") if dangling else path.write_text("a file")
    status, said = update()
    assert status == 1 and "must be a folder for your copies, got" in said and "make room" not in said
    assert os.path.lexists(path) and not path.is_dir()


@pytest.mark.parametrize("content", [None, "half a noteb"])
def test_a_broken_notebook_of_the_course_is_not_copied(course, update, monkeypatch, content):
    reason = deny(monkeypatch, course.tracked()) if content is None else "it is no notebook"
    course.tracked().write_text(content or ANSWERED)
    status, said = update()
    assert f"my/{NAME}: new, as the course has it; notebooks/{NAME} cannot be read ({reason})\n" in said
    assert status == 0 and "what you wrote" not in said and course.mine().read_text() == EMPTY
    shutil.rmtree(course.root / ".git")
    course.mine().unlink()
    assert update()[1].count(f"notebooks/{NAME} cannot be read ({reason}), and is left out\n") == 1
    assert not course.mine().exists()


def deny(monkeypatch, denied):
    """Let nobody read this file, not even root, and give the reason."""
    real = type(denied).read_bytes

    def read_bytes(path):
        if path == denied:
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(type(denied), "read_bytes", read_bytes)
    return "Permission denied"


def test_answers_that_cannot_be_read_are_not_said_to_be_safe(course, lab, update, monkeypatch):
    lab()
    course.tracked().write_text(ANSWERED)
    deny(monkeypatch, course.tracked())
    course.publish({NAME: NEWER})
    status, said = update()
    assert status == 1 and f"notebooks/{NAME} cannot be read (Permission denied) and changed in the course" in said
    assert "git checkout" not in said and course.tracked().stat().st_size == len(ANSWERED)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"cells": [1]}', b"\xff\xfe", b"[" * 100_000])
def test_a_damaged_copy_is_kept_and_the_courses_version_put_beside(course, lab, update, content):
    lab()
    course.mine().write_bytes(content)
    status, said = update()
    assert status == 0 and "cannot be read as a notebook, and is kept" in said
    assert course.mine().read_bytes() == content
    assert course.mine("exercises/03_dft.new.ipynb").read_text() == EMPTY


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'"x"', b"\xff"])
def test_without_its_record_answers_are_told_from_what_the_course_had(course, lab, update, content):
    lab()
    course.mine(".originals.json").write_bytes(content)
    course.mine().write_text(ANSWERED)
    course.publish({NAME: NEWER, "03_dft.ipynb": NEWER})
    assert update()[0] == 0
    assert course.mine().read_text() == ANSWERED
    assert course.mine("exercises/03_dft.new.ipynb").read_text() == NEWER
    assert course.mine("03_dft.ipynb").read_text() == NEWER
    assert NAME in json.loads(course.mine(".originals.json").read_text())


def test_without_record_and_git_every_copy_that_differs_is_the_learners(course, lab, update):
    lab()
    course.mine(".originals.json").unlink()
    shutil.rmtree(course.root / ".git")
    course.tracked().write_text(NEWER)
    update("--no-pull")
    assert course.mine().read_text() == EMPTY
    assert course.mine("exercises/03_dft.new.ipynb").read_text() == NEWER


def test_a_file_in_the_place_of_the_folder_is_one_sentence(course, lab, update):
    (course.root / "my").write_text("not a folder")
    sentence = "my must be a folder for your copies, got a file: rename it, then try again"
    status, said = update()
    assert status == 1 and sentence in said and len(said.splitlines()) == 1
    status, started, said = lab()
    assert (status, started) == (1, []) and sentence in said
    assert (course.root / "my").read_text() == "not a folder"


@pytest.mark.skipif(os.name != "posix", reason="rights of files are set with chmod")
def test_a_folder_that_may_not_be_written_is_one_sentence(course):
    course.root.chmod(0o555)
    for parent in course.root.parents:
        if parent.stat().st_uid == os.geteuid() and not parent.stat().st_mode & 0o001:
            parent.chmod(parent.stat().st_mode | 0o055)
    code = (
        "import os, pathlib\nfrom course_utils import workspace\n"
        "if os.geteuid() == 0: os.setuid(65534)\n"  # root may write anywhere; nobody may not
        f"try: workspace.make_copies(pathlib.Path({str(course.root)!r}))\n"
        "except workspace.WorkspaceError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    course.root.chmod(0o755)
    assert done.returncode == 0, done.stderr
    assert "must lie where you may write, got permission denied: choose another folder, or give yourself" in done.stdout


def test_a_full_disk_leaves_the_old_copy_whole(course, lab, update, monkeypatch):
    lab()
    course.publish({NAME: NEWER})

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    status, said = update()
    assert status == 1 and "needs room on its disk, got a full one: remove something" in said
    assert course.mine().read_text() == EMPTY
    assert [path.name for path in course.mine().parent.iterdir()] == [course.mine().name]


def test_the_package_alone_says_where_lectures_come_from(monkeypatch, capsys):
    monkeypatch.setattr(_files, "INSTALLED", True)
    for command in ("lab", "update"):
        assert command_line.main([command]) == 1
        assert f"course {command} needs the lectures, which come with the repository" in capsys.readouterr().err


@pytest.mark.parametrize("content", ["[" * 100_000, "{", "5", "[1]", ""])
def test_damaged_hashes_count_as_none(tmp_path, content):
    (tmp_path / ".originals.json").write_text(content)
    assert workspace.Originals(tmp_path) == {}
