"""Simulated nodes, and a namespace of its own for each test."""

import itertools
from collections.abc import Iterator

import pytest

from tests.cluster.parts import fake_nodes
from tests.cluster.parts.control_plane import ControlPlane
from tests.cluster.parts.kubectl import Kubectl, Object
from tests.cluster.parts.release import Release
from tests.cluster.parts.stages import without
from tests.cluster.parts.tools import Missing

_numbers = itertools.count()


@pytest.fixture(scope="package")
def cpu_nodes(plane: ControlPlane) -> Iterator[list[str]]:
    """Three Ready CPU nodes in two zones."""
    try:
        with fake_nodes.kwok(plane):
            names = []
            for name, zone in (("cpu-1", "a"), ("cpu-2", "b"), ("cpu-3", "a")):
                fake_nodes.add(plane.kubectl, name, "cpu", zone=zone)
                names.append(name)
            yield names
    except Missing as missing:
        without("b", missing)


@pytest.fixture
def namespace(plane: ControlPlane) -> Iterator[Kubectl]:
    """A namespace that admits only pods of the restricted profile."""
    inside = plane.kubectl.make_namespace(f"test-{next(_numbers)}")
    yield inside
    inside.drop_namespace()


@pytest.fixture
def release(namespace: Kubectl, cpu_nodes: list[str]) -> Release:  # noqa: ARG001
    """The chart, not installed yet, in that namespace, with nodes to run on."""
    return Release(namespace)


@pytest.fixture
def values() -> Object:
    """The least that the chart asks for; no image of it is ever pulled here."""
    return {"modelStore": {"url": "s3://models"}, "apiKeys": {"allowNone": True}}
