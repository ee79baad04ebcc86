"""One real node with the product on it, for all tests of this folder.

Where a cluster is kept (`make cluster`), the same fixtures find all of it there and leave it there; the release is
upgraded to the chart as it is now.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.cluster.parts import containers, ingress, product, stages, store
from tests.cluster.parts.control_plane import ControlPlane
from tests.cluster.parts.events import UnderLoad
from tests.cluster.parts.kubectl import Kubectl
from tests.cluster.parts.load import Answers, load
from tests.cluster.parts.node import node
from tests.cluster.parts.process import Process, wait_for
from tests.cluster.parts.release import Release
from tests.cluster.parts.shots import MIX
from tests.cluster.parts.space import JOINED
from tests.cluster.parts.tools import Missing

RATE = float(os.environ.get("FVI_CLUSTER_RATE", "20"))
_FIRST, _LAST = ("test_node", "test_product"), "test_sum"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What everything else rests upon is tested first, and what sums up comes last."""

    def place(item: pytest.Item) -> int:
        file = item.path.stem
        if item.path.parent != Path(__file__).parent:
            return -1
        return _FIRST.index(file) if file in _FIRST else len(_FIRST) + (file == _LAST)

    items.sort(key=place)


@pytest.fixture(scope="package")
def real_node(plane: ControlPlane, metrics: None) -> Iterator[ControlPlane]:  # noqa: ARG001
    """The control plane, with a node that runs containers."""
    try:
        with node(plane):
            yield plane
    except Missing as missing:
        stages.without("c", missing)


@pytest.fixture(scope="package")
def namespace(real_node: ControlPlane) -> Iterator[Kubectl]:
    """A namespace that admits only pods of the restricted profile."""
    inside = real_node.kubectl.make_namespace("real")
    yield inside
    if not JOINED:
        inside.drop_namespace()


@pytest.fixture(scope="package")
def s3_server() -> Iterator[Process]:
    """The model store, with version 1 of each model."""
    try:
        with store.s3_server() as process:
            for model in product.MODELS if not JOINED else ():
                store.publish(store.MODELS / model / "1", model, 1)
            yield process
    except Missing as missing:
        stages.without("c", missing)


@pytest.fixture(scope="package")
def release(namespace: Kubectl, s3_server: Process) -> Iterator[Release]:  # noqa: ARG001
    """The chart, installed with our images and `product.VALUES`."""
    try:
        for archive in product.archives():
            containers.import_image(archive)
    except Missing as missing:
        stages.without("c", missing)
    release = Release(namespace)
    product.prepare(namespace)
    release.install(product.VALUES, seconds=420)
    yield release
    if not JOINED:
        release.uninstall()


@pytest.fixture(scope="package")
def front(release: Release, real_node: ControlPlane) -> Iterator[str]:  # noqa: ARG001
    """The address of the product behind a real ingress controller."""
    try:
        with ingress.traefik(real_node):
            wait_for("the ingress sends requests on", lambda: httpx.get(ingress.URL).status_code == 200, 60)
            yield ingress.URL
    except Missing as missing:
        stages.without("c", missing)


@pytest.fixture(scope="package")
def ledger() -> list[Answers]:
    """What became of the requests of each planned event."""
    return []


@pytest.fixture
def unplanned(release: Release, front: str) -> UnderLoad:
    """Load on a settled release for the time of a block; what became of it is printed at its end."""
    release.wait_at_least("api", 2, 240)
    release.wait_ready("serving", 2, 240)

    @contextlib.contextmanager
    def under_load(name: str, headers: dict[str, str] | None = None) -> Iterator[Answers]:
        answers = Answers()
        try:
            with load(front, MIX, RATE, headers) as answers:
                yield answers
        finally:
            print(f"\n{name}: {answers}")

    return under_load


@pytest.fixture
def planned(unplanned: UnderLoad, ledger: list[Answers]) -> UnderLoad:
    """Load for the time of a block, of which nothing may fail; it counts for the sum."""

    @contextlib.contextmanager
    def under_load(name: str, headers: dict[str, str] | None = None) -> Iterator[Answers]:
        with unplanned(name, headers) as answers:
            ledger.append(answers)
            yield answers
        assert not answers.failures, str(answers)

    return under_load
