"""The agent's own HTTP port: /readyz, /healthz and /metrics. Plain WSGI: there is nothing to route."""

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import waitress

from services.serving.agent.agent import Agent

# A step asks the server a few questions of at most 2 s each; the loop hangs if none ends for longer.
STALE_SECONDS = 60.0


class Probes:
    """Answers from what the last step found."""

    def __init__(self, agent: Agent, host: str, port: int) -> None:
        """Listen at once; port 0 takes a free one, see `port`."""
        self._agent = agent
        self._last_step = time.monotonic()
        self._server = waitress.create_server(self, host=host, port=port, threads=2)
        self.port = int(self._server.effective_port)
        threading.Thread(target=self._server.run, name="probes", daemon=True).start()

    def stepped(self) -> None:
        """Note that the loop is alive."""
        self._last_step = time.monotonic()

    def close(self) -> None:
        self._server.close()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """WSGI."""
        status, body = self._answer(environ["PATH_INFO"])
        start_response(status, [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))])
        return [body]

    def _answer(self, path: str) -> tuple[str, bytes]:
        alive = time.monotonic() - self._last_step < STALE_SECONDS
        match path:
            case "/metrics":
                return "200 OK", self._agent.metrics.exposition()
            case "/healthz":
                return ("200 OK", b"alive\n") if alive else ("503 Service Unavailable", b"the loop hangs\n")
            case "/readyz":
                ready = alive and self._agent.is_ready
                return ("200 OK", b"ready\n") if ready else ("503 Service Unavailable", b"not every label answers\n")
            case _:
                return "404 Not Found", b"there are /readyz, /healthz and /metrics\n"
