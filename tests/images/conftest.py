"""The tests in running/ start containers: `make test-images` asks for them."""

import os
from typing import Any

RUN = "FVI_TEST_IMAGES" in os.environ
if not RUN:
    collect_ignore = ["running"]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if not RUN:
        terminalreporter.write_line("tests/images/running was not run: make test-images")
