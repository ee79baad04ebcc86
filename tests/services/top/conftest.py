"""Processes with metrics: the real ones of API, agent and controller, on real ports."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import Any

import pytest

from services.api.metrics import Metrics as ApiMetrics
from services.api.side_port import SidePort, listen
from services.rollout.metrics import Metrics as RolloutMetrics
from services.serving.agent.metrics import Metrics as AgentMetrics
from services.serving.agent.metrics import VersionState


@dataclass
class Process:
    """`url`: of its metrics. `status`: of its answers."""

    metrics: Any
    url: str = ""
    status: str = "200 OK"

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        start_response(self.status, [("Content-Type", "text/plain")])
        return [self.metrics if isinstance(self.metrics, bytes) else self.metrics.exposition()]


@pytest.fixture
def serve() -> Iterator[Callable[[Any], Process]]:
    """serve(metrics) -> a process that has them."""
    with ExitStack() as stack:

        def start(metrics: Any) -> Process:
            listener = listen("127.0.0.1", 0)
            process = Process(metrics, f"http://127.0.0.1:{listener.getsockname()[1]}/metrics")
            stack.enter_context(closing(SidePort(listener, process)))
            return process

        yield start


@pytest.fixture
def api(serve: Callable[[Any], Process]) -> Process:
    return serve(ApiMetrics())


@pytest.fixture
def agent(serve: Callable[[Any], Process]) -> Process:
    metrics = AgentMetrics()
    metrics.ready(True)
    metrics.desired_state_ok(True)
    metrics.states([VersionState("reader", 1, "stable", "AVAILABLE"), VersionState("reader", 2, "canary", "LOADING")])
    return serve(metrics)


@pytest.fixture
def controller(serve: Callable[[Any], Process]) -> Process:
    metrics = RolloutMetrics()
    metrics.documents_ok.set(1)
    return serve(metrics)
