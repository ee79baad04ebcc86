"""A real Chromium, for the tests of the page. Where there is none, `make test` says so and they are skipped."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

CHROMIUM = Path(__file__).parents[1] / "scripts" / "chromium"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """For each module its own, for its event loop would be in the way of other tests'."""
    found = subprocess.run([CHROMIUM, "--path"], capture_output=True, text=True)
    if found.returncode:
        pytest.skip("Chromium is not installed; as root, scripts/chromium installs it")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found.stdout.strip())
        yield started
        started.close()
