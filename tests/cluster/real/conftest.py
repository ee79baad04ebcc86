"""One real node with the product on it, for all tests of this folder."""

from collections.abc import Iterator

import httpx
import pytest

from tests.cluster.parts import containers, ingress, product, stages, store
from tests.cluster.parts.control_plane import ControlPlane
from tests.cluster.parts.kubectl import Kubectl
from tests.cluster.parts.node import node
from tests.cluster.parts.process import Process, wait_for
from tests.cluster.parts.release import Release
from tests.cluster.parts.tools import Missing


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
    inside.drop_namespace()


@pytest.fixture(scope="package")
def s3_server() -> Iterator[Process]:
    """The model store, with version 1 of each model."""
    try:
        with store.s3_server() as process:
            for model in product.MODELS:
                store.publish(store.MODELS / model / "1", model, 1)
            yield process
    except Missing as missing:
        stages.without("c", missing)


@pytest.fixture(scope="package")
def release(namespace: Kubectl, s3_server: Process) -> Iterator[Release]:  # noqa: ARG001
    """The chart, installed with our images."""
    try:
        for archive in product.archives():
            containers.import_image(archive)
    except Missing as missing:
        stages.without("c", missing)
    release = Release(namespace)
    product.prepare(namespace)
    release.install(product.VALUES, seconds=420)
    yield release
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
