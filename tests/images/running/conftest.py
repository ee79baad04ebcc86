import subprocess
import time
from collections.abc import Callable, Iterator

import pytest

from tests.images.podman import ROOT, USER, Container, Podman

STORE = ROOT / "build" / "store"
PHOTO = ROOT / "examples" / "mobile-1003.jpg"


@pytest.fixture(scope="session")
def images() -> dict[str, str]:
    """The names of our images, freshly built."""
    lines = subprocess.check_output([ROOT / "scripts" / "images"], text=True).splitlines()
    print(*lines, sep="\n")
    return {line.split()[0]: line.split()[1] for line in lines}


@pytest.fixture(scope="module")
def podman(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Podman]:
    podman = Podman(tmp_path_factory.mktemp("podman"))
    yield podman
    podman.remove_all()


class System:
    """Agent, model server and API, each from its image, on one loopback."""

    def __init__(self, agent: Container, serving: Container, api: Container) -> None:
        self.agent, self.serving, self.api = agent, serving, api


@pytest.fixture(scope="module")
def system(podman: Podman, images: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> System:
    """Started in the order of a pod; ready when it is returned."""
    models, desired = tmp_path_factory.mktemp("models"), tmp_path_factory.mktemp("desired")
    subprocess.run(["chown", f"{USER}:{USER}", models], check=True)
    desired.joinpath("models.yaml").write_bytes((ROOT / "compose" / "desired" / "models.yaml").read_bytes())
    for folder in (desired, desired.parent, models.parent):
        folder.chmod(0o755)
    agent = podman.start(
        images["agent"],
        *("--store=/store", "--desired=/desired/models.yaml", "--models=/models", "--config=/models/models.config"),
        volumes=[f"{STORE}:/store:ro", f"{desired}:/desired:ro", f"{models}:/models"],
    )
    wait_until((models / "models.config").exists, 60, agent)
    serving = podman.start(images["serving-embedded"], beside=agent, volumes=[f"{models}:/models:ro"])
    api = podman.start(
        images["api"],
        beside=agent,
        env={"FVI_ALLOW_NO_KEYS": "true", "FVI_DRAIN_SECONDS": "0", "FVI_DESIRED_STATE": "/desired/models.yaml"},
        volumes=[f"{PHOTO}:/photo.jpg:ro", f"{desired}:/desired:ro"],
    )
    wait_until(lambda: "ready" in api.get("http://127.0.0.1:8001/readyz"), 120, agent, serving, api)
    return System(agent, serving, api)


def wait_until(met: Callable[[], bool], seconds: float, *containers: Container) -> None:
    """Raises AssertionError with the containers' words when it takes longer, or one has ended."""
    deadline = time.monotonic() + seconds
    while not met():
        running = [container for container in containers if container.state()["Running"]]
        if len(running) < len(containers) or time.monotonic() > deadline:
            raise AssertionError("\n".join(container.log for container in containers))
        time.sleep(0.5)
