"""For all tests: examples are not timed, for machines may be busy. For those of the page: a real Chromium."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, sync_playwright

settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

CHROMIUM = Path(__file__).parents[1] / "scripts" / "chromium"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One for each module, for its event loop would be in the way of other tests'. None: `make test` says so."""
    found = subprocess.run([CHROMIUM, "--path"], capture_output=True, text=True)
    if found.returncode:
        pytest.skip("Chromium is not installed; as root, scripts/chromium installs it")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found.stdout.strip())
        yield started
        started.close()
