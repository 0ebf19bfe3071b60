"""Run the tests marked `serial` last and alone, in the process that collects the results of the parallel ones."""

import os
import tempfile
from pathlib import Path

import pytest

from tests import recording

# What tests and notebooks do under test is nobody's progress.
os.environ["COURSE_PROGRESS"] = str(Path(tempfile.gettempdir()) / f"course-progress-of-tests-{os.getpid()}.sqlite3")


@pytest.hookimpl(wrapper=True)
def pytest_collect_file():
    return [recording.recorded(node) for node in (yield)]


def is_worker(config):
    return hasattr(config, "workerinput")


def starts_workers(config):
    return config.getoption("dist", "no") != "no" and not is_worker(config)


def pytest_collection_modifyitems(config, items):
    """The workers leave the serial tests out, the process that starts them leaves out all others."""
    if is_worker(config) or starts_workers(config):
        wanted = starts_workers(config)
        items[:] = [item for item in items if (item.get_closest_marker("serial") is not None) == wanted]


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop(session):
    outcome = yield
    if starts_workers(session.config) and not session.config.option.collectonly and not session.shouldstop:
        done_in_parallel = session.testscollected
        items = session.perform_collect()
        session.testscollected += done_in_parallel
        for item, following in zip(items, [*items[1:], None], strict=False):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
    return outcome
