"""Each file's tests stay together on one worker; what takes longest begins first."""

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

from authoring.cells import TRAINING
from tests import recording

# Every core has a worker, and more where some wait for a browser: threads of torch besides would wait, busily.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# The same examples in every run, and no time limit for one of them: the machine may be busy.
settings.register_profile("course", deadline=None, max_examples=30, derandomize=True)
settings.load_profile("course")

# What tests and notebooks do under test is nobody's progress.
os.environ["COURSE_PROGRESS"] = str(Path(tempfile.gettempdir()) / f"course-progress-of-tests-{os.getpid()}.sqlite3")


def pytest_addoption(parser):
    told = "try every mutant, listed mistake and exercise notebook in the browser (make mutants)"
    parser.addoption("--all-mutants", action="store_true", help=told)


@pytest.hookimpl(wrapper=True)
def pytest_collect_file():
    return [recording.recorded(node) for node in (yield)]


LONG = ("test_exercises", "test_sandbox", "test_filters", "test_plotting")  # half a minute to four


def rank(item):
    """Lectures that train, long files and notebooks, the browser, which waits much, what reads the runs, others."""
    if item.path.suffix == ".ipynb":
        return 0 if item.path.stem in TRAINING else 1
    if item.get_closest_marker("reads_runs"):
        return 3
    if item.path.parent.name == "browser":
        return 2
    return 1 if item.path.stem in LONG else 4  # begun late, one of them would run on alone


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    items.sort(key=rank)
