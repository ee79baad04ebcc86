"""Every image runs as a cluster would run it: not as root, nothing writable, no capability, no network."""

import json
import tomllib

import pytest

from tests.images.podman import ROOT, USER, Podman
from tests.images.running.conftest import PHOTO, System

OURS = ("api", "agent", "rollout", "serving-embedded")
READ = """
import urllib.request
request = urllib.request.Request(
    "http://127.0.0.1:8000/v1/cards", open("/photo.jpg", "rb").read(), {"Content-Type": "image/jpeg"})
print(urllib.request.urlopen(request, timeout=60).read().decode())
"""


@pytest.mark.parametrize("name", OURS)
def test_its_labels_say_what_it_is(podman: Podman, images: dict[str, str], name: str) -> None:
    config = json.loads(podman("image", "inspect", images[name]))[0]["Config"]
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]

    assert config["User"] == f"{USER}:{USER}"
    assert config["Labels"]["org.opencontainers.image.version"] == version
    assert len(config["Labels"]["org.opencontainers.image.revision"]) == 40
    assert images[name].endswith(f":{version}")


def test_the_api_image_has_no_tensorflow_and_is_small(podman: Podman, images: dict[str, str]) -> None:
    folder = "/opt/venv/lib/python3.11/site-packages"
    packages = podman("run", "--rm", "--network=none", "--entrypoint=ls", images["api"], folder)
    size = json.loads(podman("image", "inspect", images["api"]))[0]["Size"]

    assert "cv2" in packages.split()
    assert not {"tensorflow", "keras", "botocore", "pip"} & set(packages.split())
    assert size < 600e6


@pytest.mark.parametrize("name", ["agent", "rollout"])
def test_who_follows_the_desired_state_says_how_it_is_used(podman: Podman, images: dict[str, str], name: str) -> None:
    assert "--desired" in podman("run", "--rm", "--network=none", "--read-only", images[name], "--help")


@pytest.mark.parametrize("name", ["agent", "rollout"])
def test_all_kinds_of_stores_are_in_the_images_that_fetch(podman: Podman, images: dict[str, str], name: str) -> None:
    code = "from services.store.gcs import open_gcs; from services.store.s3 import open_s3; print('both')"
    command = ("run", "--rm", "--network=none", "--entrypoint=python", images[name], "-c", code)
    assert podman(*command) == "both"


def test_the_api_does_not_start_open_to_everybody(podman: Podman, images: dict[str, str]) -> None:
    api = podman.start(images["api"])
    podman("wait", api.id)
    assert api.state()["ExitCode"] != 0
    assert "there are no API keys" in api.log


def test_a_card_is_read_through_the_three_images(system: System) -> None:
    answer = json.loads(system.api.run("python", "-c", READ))
    truth = json.loads(PHOTO.with_suffix(".json").read_text())

    assert answer["card"]["type"] == truth["type"]
    assert answer["fields"]["id_number"]["text"] == truth["fields"]["id_number"]


@pytest.mark.parametrize("part", ["agent", "serving", "api"])
def test_the_kernel_confirms_that_it_is_hardened(system: System, part: str) -> None:
    status = getattr(system, part).status()

    assert status["Uid"].split() == status["Gid"].split() == [str(USER)] * 4
    assert (int(status["CapEff"], 16), int(status["CapBnd"], 16), status["NoNewPrivs"]) == (0, 0, "1")
    with pytest.raises(AssertionError, match="Read-only file system"):
        getattr(system, part).run("python", "-c", "open('/app/written', 'w')")


def test_what_is_imported_was_compiled_when_the_image_was_built(system: System) -> None:
    code = "import flask, services.api.app as app; print(flask.__cached__, app.__cached__)"
    for path in system.api.run("python", "-c", code).split():
        assert system.api.run("ls", path) == path


def test_each_stops_by_itself_when_it_is_told_to(system: System) -> None:
    assert [part.stop() for part in (system.api, system.serving, system.agent)] == [0, 0, 0]
