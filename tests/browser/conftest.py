"""A browser for the interactives. Where there is none its tests are skipped, and say so; where CI is set they fail."""

import os
from pathlib import Path

import pytest

from course_utils import explorables
from tests.browser import bare
from tests.browser.lab import browser, chromium


def pytest_collection_modifyitems(items):
    if chromium() or os.environ.get("CI"):
        return
    skip = pytest.mark.skip(reason="no Chromium found: install chromium-headless-shell to run the browser tests")
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(skip)


@pytest.fixture(scope="module")
def program():
    with browser(bare.SOUND_FLAGS) as opened:
        yield opened


@pytest.fixture
def page(program):
    """An empty page on which nothing may go wrong."""
    with bare.page_for(program) as opened:
        yield opened
        assert not opened.problems


@pytest.fixture(params=explorables.__all__)
def name(request):
    return request.param


@pytest.fixture
def shown(page, name):
    """The interactive in the light theme."""
    page.requests = []
    page.on("request", lambda request: page.requests.append(request.url))
    bare.show(page, bare.sample(name))
    yield page
    assert all(url.startswith(("blob:", "data:")) for url in page.requests), "a request leaves the page"
