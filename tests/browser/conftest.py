"""Tests that need a browser are skipped, and say so, where there is none; where CI is set they fail."""

import os
from pathlib import Path

import pytest

from tests.browser.lab import chromium


def pytest_collection_modifyitems(items):
    if chromium() or os.environ.get("CI"):
        return
    skip = pytest.mark.skip(reason="no Chromium found: install the package chromium to run the browser tests")
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(skip)
