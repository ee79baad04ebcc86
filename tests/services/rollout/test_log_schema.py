"""Real lines of the controller's log, held to docs/logs.md."""

import json
import os
import sys
import time
from pathlib import Path

import pytest

from services.children import Child, free_port
from services.cli import main
from tests.services.log_lines import check


def test_every_line_of_the_controller_is_as_documented(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    desired = tmp_path / "desired.yaml"
    desired.write_text("models: {reader: {stable: 1}}")
    assert main(["rollout", "--desired", str(desired), "start", "reader", "--version", "2"]) == 0
    away = f"127.0.0.1:{free_port()}"
    flags = (f"--desired={desired}", f"--prometheus=http://{away}", f"--serving={away}", "--port=0")
    command = [sys.executable, "-m", "services.rollout", *flags, "--interval_seconds=0.1"]
    controller = Child("controller", command, tmp_path / "log", os.environ)
    request.addfinalizer(controller.stop)

    def wait_for(words: str) -> None:
        deadline = time.monotonic() + 60
        while words not in controller.log.read_text():
            controller.check()
            assert time.monotonic() < deadline, controller.last_words
            time.sleep(0.1)

    wait_for("Probes and metrics on")
    desired.write_text("models: {reader: {stable: 3}}")
    wait_for("reader: overtaken")
    desired.write_text("models: {reader: {stabel: 1}}")
    wait_for("Nothing is done")
    controller.stop()

    lines = [json.loads(line) for line in controller.log.read_text().splitlines()]
    for line in lines:
        check(line)
    assert {line["level"] for line in lines} >= {"info", "warning", "error"}
    assert {line["logger"] for line in lines} >= {"fvi.rollout", "services.rollout.controller"}
    assert lines[-1]["message"] == "Stopping"
