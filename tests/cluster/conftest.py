"""The cluster as fixtures. Its tests run only in scripts/cluster-space, where `make test-cluster` starts pytest."""

import os
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cluster.parts import space, stages
from tests.cluster.parts.control_plane import ControlPlane, control_plane
from tests.cluster.parts.metrics_server import metrics_server
from tests.cluster.parts.tools import Missing

_STATUS = pytest.StashKey[int]()

if not space.INSIDE:
    collect_ignore_glob = ["*/test_*.py"]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if not space.INSIDE:
        terminalreporter.write_line("tests/cluster was not run: make test-cluster")
    for line in stages.report():
        terminalreporter.write_line(line, yellow=True)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    session.config.stash[_STATUS] = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Ends at once: with everything torn down and told, the interpreter was seen to abort while it ended (a client's
    thread, it seems; the cause is not known), which made a green run a failed one."""
    if space.INSIDE and _STATUS in config.stash:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(config.stash[_STATUS])


@pytest.fixture(scope="session")
def plane() -> Iterator[ControlPlane]:
    """A real control plane without nodes."""
    space.prepare_network()
    try:
        with control_plane() as plane:
            yield plane
    except Missing as missing:
        stages.without("b", missing)


@pytest.fixture(scope="session")
def metrics(plane: ControlPlane) -> Iterator[None]:
    """A real metrics-server."""
    try:
        with metrics_server(plane):
            yield
    except Missing as missing:
        stages.without("b", missing)
