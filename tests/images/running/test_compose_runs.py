"""compose.yaml as it is, under podman-compose, with our own model server: no registry is within reach."""

import subprocess
import time
from collections.abc import Iterator

import httpx
import pytest
import yaml

from tests.images.podman import ROOT, Podman
from tests.images.running.conftest import PHOTO

PROJECT = "fvi-ocr-test"
SERVICES = ("agent", "serving", "api")


@pytest.fixture(scope="module")
def composed(podman: Podman, images: dict[str, str]) -> Iterator[Podman]:
    """Everything up and reading cards."""
    environ = {**podman.environ, "SERVING_IMAGE": images["serving-embedded"]}

    def compose(*arguments: str) -> None:
        command = ["podman-compose", f"--project-name={PROJECT}", "--file=compose.yaml", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=180)
        assert done.returncode == 0, done.stdout + done.stderr

    try:
        compose("up", "--detach", "--no-build")
        yield podman
    finally:
        compose("down", "--volumes")


def is_healthy(podman: Podman, service: str) -> bool:
    """By the file's own healthcheck, which is asked here: podman needs systemd to ask it."""
    test = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"][service]["healthcheck"]["test"]
    command = ["podman", "exec", f"{PROJECT}_{service}_1", *test[1:]]
    return subprocess.run(command, env=podman.environ, capture_output=True, timeout=60).returncode == 0


def test_a_card_is_read_through_the_published_port(composed: Podman) -> None:
    deadline = time.monotonic() + 180
    while not all(is_healthy(composed, service) for service in SERVICES):
        assert time.monotonic() < deadline
        time.sleep(1)
    with httpx.Client(timeout=60, trust_env=False) as client:
        photo = {"content": PHOTO.read_bytes(), "headers": {"Content-Type": "image/jpeg"}}
        answer = client.post("http://127.0.0.1:8000/v1/cards", **photo)
    assert answer.status_code == 200, answer.text
    assert answer.json()["card"]["type"] == "cccd-2021"


def test_only_the_api_can_be_reached_from_the_host_and_only_by_loopback(composed: Podman) -> None:
    ports = {service: composed("port", f"{PROJECT}_{service}_1") for service in SERVICES}
    assert ports == {"agent": "", "serving": "", "api": "8000/tcp -> 127.0.0.1:8000"}
