"""Progress: nothing is lost, nothing is fatal, and the dates of reviews follow the scheduler."""

import json
import multiprocessing
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from fsrs import Card, Rating, Scheduler

from course_utils import exercises, practice
from course_utils.practice import store
from course_utils.practice.store import Event

RIGHT = Event("dft/idft", "check", "right", "abc")
VERSIONS = ("augmentation/versions", ["stretch", "speed", "pitch"], ("Stretch", "speed", "pitch"))  # words


@pytest.fixture(autouse=True)
def path(tmp_path, monkeypatch):
    path = tmp_path / "folder" / "progress.sqlite3"
    monkeypatch.setenv(store.VARIABLE, str(path))
    return path


@pytest.fixture
def clock(monkeypatch):
    """A clock that the test sets; now and the end of today follow it."""

    class Clock:
        now = datetime(2030, 5, 1, 12, tzinfo=store.UTC)

        def forward(self, days):
            self.now += timedelta(days=days)

    clock = Clock()
    monkeypatch.setattr(store, "now", lambda: clock.now)
    monkeypatch.setattr(store, "today_ends", lambda: clock.now.replace(hour=23, minute=59))
    return clock


# ------------------------------------------------------------------------------ where and in what form


def test_the_file_lies_where_the_variable_says(path):
    assert store.record(RIGHT) is None
    assert path.exists()
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA user_version").fetchone() == (store.VERSION,)


def test_without_the_variable_it_lies_in_the_users_data_folder(monkeypatch, tmp_path):
    monkeypatch.delenv(store.VARIABLE)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    import platformdirs

    assert store.progress_file().parent == platformdirs.user_data_path("sound-course", appauthor=False)


def test_off_keeps_nothing(monkeypatch, path):
    monkeypatch.setenv(store.VARIABLE, "off")
    assert store.record(RIGHT, rating=3) is None
    assert store.events() == ([], None) and store.standings() == ({}, None)
    assert "off" in practice.export_progress("x.json") and "off" in practice.reset_progress()
    assert not path.exists()


def test_events_come_back_in_their_order():
    for number in range(5):
        store.record(Event("dft/idft", "check", "wrong", f"mistake {number}"))
    store.record(Event("dft/goertzel", "hint", "given", "1"))
    found, problem = store.events("dft/idft")
    assert problem is None and [event.detail for event in found] == [f"mistake {n}" for n in range(5)]
    assert all(datetime.fromisoformat(event.time).tzinfo for event in found)
    assert len(store.events()[0]) == 6


# ------------------------------------------------------------------------- a file of an earlier version


@pytest.fixture
def earlier(path):
    """What a learner's file held before the exercises moved into folders of their own.

    Each of the 99 exercises of lectures 01 to 12 has a wrong answer, 75 have a right one, some have hints and
    solutions; the checkpoint and two predictions of lecture 03 are answered.
    """
    path.parent.mkdir()
    shutil.copy(Path(__file__).with_name("progress_version_1.sqlite3"), path)
    with sqlite3.connect(path) as connection:
        yield connection


def unknown_items(connection):
    """What the file knows and the course does not: an exercise or question that was renamed, or lost."""
    known = {exercise.name for topic in exercises.TOPICS for exercise in exercises.exercises(topic)}
    known |= {f"{topic}?{question.name}" for topic in exercises.TOPICS for question in exercises.questions(topic)}
    return sorted({item for (item,) in connection.execute("SELECT DISTINCT item FROM events")} - known)


def test_the_course_knows_all_that_an_earlier_file_holds(earlier):
    assert unknown_items(earlier) == []
    earlier.execute("UPDATE events SET item = 'dft/renamed' WHERE item = 'dft/idft'")
    assert unknown_items(earlier) == ["dft/renamed"]
    earlier.rollback()


def test_an_earlier_file_is_shown_in_the_map(earlier):
    found = {item.name: item.state for lecture in practice.progress().lectures for item in lecture.items}
    outcomes = earlier.execute("SELECT item, MAX(outcome = 'right') FROM events WHERE kind != 'predict' GROUP BY item")
    states = {item: "right" if was_right else "tried" for item, was_right in outcomes}
    assert len(states) == 105 and list(states.values()).count("right") == 78
    states["dft/idft"] = "mastered"  # right again after 3, 12, 40 and 90 days
    assert {name: found[name] for name in states} == states
    assert practice.progress().note is None


def test_an_earlier_file_is_reviewed_on_its_dates(earlier, clock):
    clock.now = datetime(2026, 11, 5, 12, tzinfo=store.UTC)
    due = {item for (item,) in earlier.execute("SELECT item FROM cards WHERE due < '2026-11-05T23:59'")}
    assert 10 < len(due) < 81 and set(practice.review().due) == due


def test_an_earlier_file_is_continued(earlier):
    n_before = len(store.events()[0])
    assert practice.check("dft/idft", np.fft.ifft).note is None
    assert len(store.events()[0]) == n_before + 1


# --------------------------------------------------------------------------------------- many writers


def write_many(number, n_each):
    """In a process of its own: write, and return how many sentences of trouble came."""
    problems = [store.record(Event(f"dft/{number}", "check", "right", str(n)), rating=3) for n in range(n_each)]
    return [problem for problem in problems if problem]


def test_a_thousand_writes_from_eight_processes_are_all_there():
    with multiprocessing.get_context("spawn").Pool(8) as pool:
        problems = pool.starmap(write_many, [(number, 125) for number in range(8)])
    assert problems == [[]] * 8
    found, problem = store.events()
    assert problem is None and len(found) == 1000
    for number in range(8):
        mine = [event.detail for event in found if event.item == f"dft/{number}"]
        assert mine == [str(n) for n in range(125)]


def test_a_writer_that_is_killed_leaves_the_rest_whole(path):
    store.record(RIGHT)
    code = (
        "import os\nfrom course_utils.practice import store\n"
        "store.use(lambda c: (store.insert(c, store.Event('dft/x', 'check', 'right')), os._exit(1)), None)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 1
    assert [event.item for event in store.events()[0]] == ["dft/idft"]
    assert store.record(RIGHT) is None


# ------------------------------------------------------------------------------------ files in trouble


@pytest.mark.parametrize("content", [b"this is no database" * 100, b"SQLite format 3\0" + b"\xff" * 5000, b"\0" * 4096])
def test_a_damaged_file_is_set_aside_and_said_to_be(path, content):
    path.parent.mkdir()
    path.write_bytes(content)
    problem = store.record(RIGHT)
    assert "damaged" in problem and "set aside" in problem
    aside = [other for other in path.parent.iterdir() if ".damaged-" in other.name]
    assert len(aside) == 1 and aside[0].read_bytes() == content
    assert [event.item for event in store.events()[0]] == ["dft/idft"]
    assert store.record(RIGHT) is None


def test_a_file_damaged_in_the_middle_is_set_aside(path):
    for _ in range(300):
        store.record(Event("dft/idft", "check", "wrong", "x" * 100))
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(path.read_bytes())
    content[8192:-4096] = os.urandom(len(content) - 12288)
    path.write_bytes(content)
    found, problem = store.events()
    assert found == [] and "damaged" in problem
    assert store.record(RIGHT) is None


def test_two_reports_of_damage_in_one_second_lose_nothing(path, clock):
    path.parent.mkdir()
    contents = [bytes([n]) * 4096 for n in range(3)]
    for content in contents:
        path.write_bytes(content)
        (path.parent / f"{path.name}-wal").write_bytes(content[:9])
        assert "set aside" in store.record(RIGHT)
    aside = sorted(other for other in path.parent.iterdir() if ".damaged-" in other.name and other.suffix == ".sqlite3")
    assert sorted(other.read_bytes() for other in aside) == contents
    assert len(store.events()[0]) == 1  # of the last file


def test_what_another_notebook_has_begun_anew_is_not_set_aside(path):
    """Two find the damage at the same time; the second must not take the new file of the first for the damaged one."""
    store.record(RIGHT)
    second = Event("dft/goertzel", "check", "right", "def")
    damage = sqlite3.DatabaseError("file is not a database")
    assert store.after_damage(lambda connection: store.insert(connection, second), path, damage, None) == (None, None)
    assert [event.item for event in store.events()[0]] == ["dft/idft", "dft/goertzel"]
    assert not [other for other in path.parent.iterdir() if ".damaged-" in other.name]


def report_damage(barrier, number):
    barrier.wait()
    return store.record(Event(f"dft/{number}", "check", "right", "x"))


def test_many_that_find_a_damaged_file_at_once_keep_what_they_write(path):
    path.parent.mkdir()
    spawn = multiprocessing.get_context("spawn")
    for _ in range(2):
        path.write_bytes(b"this is no database" * 100)
        with spawn.Manager() as manager, spawn.Pool(6) as pool:
            barrier = manager.Barrier(6)
            problems = pool.starmap(report_damage, [(barrier, number) for number in range(6)])
        assert len([problem for problem in problems if problem]) >= 1
        assert sorted(event.item for event in store.events()[0]) == [f"dft/{number}" for number in range(6)]


def test_a_locked_file_costs_a_sentence(path, monkeypatch):
    monkeypatch.setattr(store, "WAIT_S", 0.2)
    store.record(RIGHT)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    result = practice.check("dft/mirror_bin", 974)
    assert result.diagnosis == "mirrored at N − 1" and "locked" in result.note
    holder.execute("ROLLBACK")
    assert practice.check("dft/mirror_bin", 974).note is None


@pytest.mark.skipif(os.name != "posix", reason="rights of files are set with chmod")
@pytest.mark.parametrize("what", ["file", "folder"])
def test_a_read_only_file_costs_a_sentence(path, what, tmp_path):
    store.record(RIGHT)
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")  # leaves no files beside it
    path.chmod(0o444)
    if what == "folder":
        path.parent.chmod(0o555)
    for parent in path.parents:
        if parent.stat().st_uid == os.geteuid() and not parent.stat().st_mode & 0o001:
            parent.chmod(parent.stat().st_mode | 0o055)
    code = (
        "import os\nfrom course_utils.practice import store\n"
        "if os.geteuid() == 0: os.setuid(65534)\n"  # root may write anywhere; nobody may not
        "print(store.record(store.Event('a', 'check', 'right')))"
    )
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    path.parent.chmod(0o755)
    assert process.returncode == 0, process.stderr
    assert "cannot be written" in process.stdout and store.VARIABLE in process.stdout


def test_a_folder_in_place_of_the_file_costs_a_sentence(path):
    path.mkdir(parents=True)
    assert "Progress is not kept" in store.record(RIGHT) and "got a folder of that name" in store.record(RIGHT)
    assert store.events()[0] == []


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("/proc/x.sqlite3", "/proc/x.sqlite3 must lie where you may write"),
        ("/proc/x/y/z.sqlite3", "/proc/x must lie where you may write"),
        ("{}/file/x.sqlite3", "file must be a folder to hold x.sqlite3, got a file: rename that"),
        (
            "{}/file/y/x.sqlite3",
            "file must be a folder to hold y, got a file: rename that|file must be a folder to hold x",
        ),
        ("{}/" + 300 * "x", "must have a name that the disk can hold, got one of 300 bytes: shorten it"),
    ],
)
def test_each_cause_has_its_own_way_out(monkeypatch, tmp_path, name, cause):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(store.VARIABLE, name.format(tmp_path))
    said = store.record(RIGHT)
    assert re.search(f"^Progress is not kept, it cannot be written: .*{cause}", said), said
    assert said.endswith(f"or name another file in the environment variable {store.VARIABLE}.")


def test_a_full_disk_costs_a_sentence(path):
    store.record(RIGHT)
    assert "needs room on its disk" in store.operational_sentence(
        path, sqlite3.OperationalError("database or disk is full")
    )


def test_a_folder_that_cannot_be_made_costs_a_sentence(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(store.VARIABLE, str(tmp_path / "file" / "progress.sqlite3"))
    assert "Progress is not kept" in store.record(RIGHT)


def test_a_file_of_a_newer_version_is_left_alone(path):
    store.record(RIGHT)
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version={store.VERSION + 1}")
    assert "newer version" in store.record(RIGHT)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT COUNT(*) FROM events").fetchone() == (1,)


def test_trouble_reaches_the_map_and_the_review(path):
    path.mkdir(parents=True)
    for shown in (practice.progress(), practice.review()):
        assert "Progress is not kept" in repr(shown)


# ------------------------------------------------------------------------------------- out, in, away


def test_export_and_import_bring_everything_to_another_file(monkeypatch, tmp_path):
    store.record(Event("dft/idft", "check", "wrong", "scale"))
    store.record(RIGHT, rating=3)
    copy = tmp_path / "progress.json"
    assert practice.export_progress(copy) == f"2 entries and 1 review date written to {copy}."
    before = store.standings()[0]
    monkeypatch.setenv(store.VARIABLE, str(tmp_path / "other.sqlite3"))
    assert practice.import_progress(copy).startswith("2 of 2 entries new")
    assert practice.import_progress(copy).startswith("0 of 2 entries new")
    assert store.standings()[0] == before
    assert json.loads(copy.read_text())["version"] == store.VERSION


def test_import_keeps_the_later_review(monkeypatch, tmp_path, clock):
    store.record(RIGHT, rating=3)
    copy = tmp_path / "progress.json"
    practice.export_progress(copy)
    clock.forward(10)
    store.record(RIGHT, rating=3)
    later = store.standings()[0]["dft/idft"].due
    practice.import_progress(copy)
    assert store.standings()[0]["dft/idft"].due == later


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"version": 1, "events": [{"a": 1}], "cards": {}}', '{"version": 99, "events": [], "cards": {}}'],
)
def test_a_file_that_is_no_export_is_refused(tmp_path, content):
    (tmp_path / "x.json").write_text(content)
    with pytest.raises(ValueError, match=r"x.json (holds no exported progress|was written by a newer version)"):
        practice.import_progress(tmp_path / "x.json")
    with pytest.raises(FileNotFoundError, match="missing.json must be a file, got none: check the spelling"):
        practice.import_progress(tmp_path / "missing.json")


def test_an_export_that_cannot_be_written_says_why(tmp_path):
    for place, error, match in (
        (tmp_path, ValueError, "must be a file, got a folder of that name: choose another name"),
        (tmp_path / "no" / "x.json", FileNotFoundError, "the folder of .* must exist, got none"),
        (tmp_path / ("x" * 300), ValueError, "got one of 300 bytes: shorten it"),
    ):
        with pytest.raises(error, match=match):
            practice.export_progress(place)


def test_reset_asks_and_then_deletes():
    store.record(RIGHT, rating=3)
    asked = practice.reset_progress()
    assert "deletes 1 entry" in asked and 'reset_progress("delete 1 entry")' in asked
    assert "deletes 1 entry" in practice.reset_progress("yes")
    assert len(store.events()[0]) == 1
    assert practice.reset_progress("delete 1 entry") == "1 entry deleted."
    assert store.events()[0] == [] and store.standings()[0] == {}


# ------------------------------------------------------------------------------------ dates of reviews


def test_dates_are_those_of_the_scheduler(clock):
    scheduler, card = Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False), Card(card_id=0)
    for rating, days in ((Rating.Good, 0), (Rating.Good, 3), (Rating.Again, 9), (Rating.Hard, 1)):
        clock.forward(days)
        card, _ = scheduler.review_card(card, rating, clock.now)
        store.record(RIGHT, rating=rating.value)
        standing = store.standings()[0]["dft/idft"]
        assert standing.due == card.due and standing.stability_days == pytest.approx(card.stability)


def test_right_answers_put_a_review_off_until_it_is_mastered(clock):
    answers = [np.fft.ifft, lambda x: np.fft.ifft(x) + 0, lambda x: np.fft.ifft(x) * 1, lambda x: np.fft.ifft(x) / 1]
    intervals = []
    for answer in answers:
        practice.check("dft/idft", answer)
        standing = store.standings()[0]["dft/idft"]
        intervals.append((standing.due - clock.now).days)
        assert "dft/idft" not in practice.review().due
        clock.now = standing.due
        assert "dft/idft" in practice.review().due
    assert intervals == sorted(intervals) and intervals[0] >= 1 and intervals[-1] > 21
    assert standing.state == "mastered"


def test_the_same_answer_again_is_no_review(clock):
    """A notebook that is run from top to bottom every day must not look like practice."""

    def answer(x):
        return np.fft.ifft(x)

    practice.check("dft/idft", answer)
    due = store.standings()[0]["dft/idft"].due
    clock.forward(30)
    practice.check("dft/idft", answer)
    assert store.standings()[0]["dft/idft"].due == due


@pytest.mark.parametrize(
    ("name", "answer", "again"),
    [("dft/mirror_bin", 975, 975.0), ("dft/mirror_bin", np.int64(975), 975), VERSIONS],
)
def test_the_same_right_number_or_word_is_a_review_when_it_is_due(clock, name, answer, again):
    assert practice.check(name, answer).status == "right"
    first = store.standings()[0][name].due
    practice.check(name, answer)
    assert store.standings()[0][name].due == first and len(store.events(name)[0]) == 1  # not due: run anew
    clock.now = first
    assert name in practice.review().due
    assert practice.check(name, again).status == "right"
    second = store.standings()[0][name].due
    assert second > first + (first - clock.now) and name not in practice.review().due
    for _ in range(3):  # the same day, the notebook is run anew
        practice.check(name, again)
    assert store.standings()[0][name].due == second and len(store.events(name)[0]) == 2
    clock.forward(400)
    practice.check(name, answer)
    assert store.standings()[0][name].due > clock.now


def test_a_wrong_number_given_again_when_it_is_due_is_no_review(clock):
    practice.check("dft/mirror_bin", 974)
    practice.check("dft/mirror_bin", 975)
    clock.now = due = store.standings()[0]["dft/mirror_bin"].due
    practice.check("dft/mirror_bin", 974)
    assert store.standings()[0]["dft/mirror_bin"].due == due


def test_the_same_wrong_answer_again_is_no_second_try():
    for _ in range(3):
        practice.check("dft/mirror_bin", 974)
    assert store.standings()[0]["dft/mirror_bin"].n_tries == 1
    practice.check("dft/mirror_bin", 225)
    assert store.standings()[0]["dft/mirror_bin"].n_tries == 2
    assert [event.detail.split(" ", 1)[1] for event in store.events()[0]] == ["mirrored at N − 1", "the lower bin"]


def test_the_same_function_with_a_mended_helper_counts():
    """The code that is marked is the same; what comes of it is not."""
    namespace = {"__name__": "__main__", "np": np}
    exec("def helper(x):\n    return 7 * x\n\ndef answer(x):\n    return helper(np.fft.ifft(x))", namespace)
    assert practice.check("dft/idft", namespace["answer"]).status == "wrong"
    exec("def helper(x):\n    return x", namespace)
    assert practice.check("dft/idft", namespace["answer"]).status == "right"
    assert store.standings()[0]["dft/idft"].was_right


@pytest.mark.parametrize(
    ("before", "rating"),
    [
        ((), Rating.Good),
        (("wrong",), Rating.Good),
        (("wrong", "wrong"), Rating.Hard),
        (("hint",), Rating.Hard),
        (("solution", "solution"), Rating.Again),
        (("solution",), Rating.Good),  # asked for, and not shown
    ],
)
def test_help_brings_the_review_nearer(clock, before, rating, monkeypatch):
    from course_utils.practice import checking

    monkeypatch.setattr(checking, "_asked_once", set())
    wrong = iter([lambda x: 7 * np.fft.ifft(x), lambda x: 8 * np.fft.ifft(x)])
    for step in before:
        if step == "wrong":
            practice.check("dft/idft", next(wrong))
        else:
            getattr(practice, step)("dft/idft")
    practice.check("dft/idft", np.fft.ifft)
    scheduler = Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False)
    expected, _ = scheduler.review_card(Card(card_id=0), rating, clock.now)
    assert store.standings()[0]["dft/idft"].due == expected.due


# --------------------------------------------------------------------------------- the map, the review


def test_the_map_shows_every_exercise_and_what_became_of_it(clock):
    practice.check("dft/idft", np.fft.ifft)
    practice.check("dft/mirror_bin", 974)
    course = practice.progress()
    lecture = next(lecture for lecture in course.lectures if lecture.topic == "dft")
    states = {item.name: item.state for item in lecture.items}
    assert (states["dft/idft"], states["dft/mirror_bin"], states["dft/goertzel"]) == ("right", "tried", "open")
    assert [lecture.topic for lecture in course.lectures] == list(exercises.TOPICS)
    head, *lines, legend = repr(course).splitlines()
    line = next(line for line in lines if line.startswith("03_dft"))
    assert "●◐" in line and f"1 of {len(exercises.exercises('dft'))}" in line
    assert f"  {'○' * len(exercises.questions('dft', 'checkpoint'))}  " in line
    column = head.index("checkpoint")
    assert {line[column - 1 : column + 1] for line in lines} == {" ○"}
    assert legend.startswith("○ not tried, ◐ tried, not yet right, ● right")


def test_the_html_of_the_map_has_words_for_every_sign():
    practice.check("dft/idft", np.fft.ifft)
    html = practice.progress()._repr_html_()
    n_items = sum(len(lecture.items) for lecture in practice.progress().lectures)
    assert html.count('role="img"') == html.count("aria-label") == n_items
    assert "the way back (implement): right" in html and "<caption>" in html and 'scope="col"' in html


def test_one_lecture_says_what_to_practise_next(clock):
    shown = practice.progress("03_dft")
    assert "next: <code>dft/idft</code>" in shown._repr_html_()
    practice.check("dft/idft", np.fft.ifft)
    assert "next: <code>dft/mirror_bin</code>" in practice.progress("03_dft")._repr_html_()
    clock.forward(40)
    assert "due for review: <code>dft/idft</code>" in practice.progress("03_dft")._repr_html_()


def test_links_lead_to_the_exercises_from_either_folder(monkeypatch, tmp_path):
    assert 'href="exercises/03_dft.ipynb"' in practice.progress("03_dft")._repr_html_()
    (tmp_path / "exercises").mkdir()
    monkeypatch.chdir(tmp_path / "exercises")
    assert 'href="03_dft.ipynb"' in practice.progress("03_dft")._repr_html_()


def test_the_review_asks_the_questions_that_are_due(clock):
    assert "Nothing is due today. Solve something first." in repr(practice.review())
    quiz = practice.quiz("03_dft")
    item, question = quiz.questions[0]
    quiz.answer(item, question.right)
    practice.check("dft/idft", np.fft.ifft)
    assert "The next review is on " in repr(practice.review())
    clock.forward(30)
    due = practice.review()
    assert set(due.due) == {item, "dft/idft"} and len(due.quiz) == 1
    assert due.heading == "Due today: 1 exercise and 1 question."
    html = due._repr_mimebundle_()["text/html"]
    assert "dft/idft" in html and "from memory" in html and "<details>" in html


def test_a_wrong_answer_to_a_question_brings_it_back_sooner(clock):
    quiz = practice.quiz("03_dft")
    (first, question), (second, other) = quiz.questions[:2]
    quiz.answer(first, question.right)
    quiz.answer(second, (other.right + 1) % len(other.options))
    standings = store.standings()[0]
    assert standings[second].due < standings[first].due
    assert (standings[first].state, standings[second].state) == ("right", "tried")
