"""Node.js and npm, for the tests that need what npm fetches."""

import os
import shutil
import subprocess

import pytest


def program(name):
    """Where node or npm is. Without it the test is skipped, and says so; where CI is set it fails."""
    found = shutil.which(name)
    if not found and not os.environ.get("CI"):
        pytest.skip(f"no {name} found: install npm to run the tests that need what it fetches")
    assert found, f"CI is set, but no {name} is found"
    return found


def npm(*arguments, cwd):
    """What npm prints."""
    command = [program("npm"), *arguments, "--silent", "--fetch-retries=5"]
    return subprocess.run(command, cwd=cwd, check=True, capture_output=True, text=True).stdout
