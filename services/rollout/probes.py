"""The controller's own HTTP port: /healthz and /metrics. Plain WSGI: there is nothing to route."""

import time
from collections.abc import Callable, Iterable
from typing import Any

from services.api.side_port import SidePort, listen
from services.rollout.metrics import Metrics

# A look asks every model server and Prometheus with a few seconds each, and at times the model store, which is given
# up after two minutes or so; the loop hangs if none ends for longer.
STALE_SECONDS = 300.0


class Probes:
    """Answers from what the last look found."""

    def __init__(self, metrics: Metrics, host: str, port: int) -> None:
        """Listen at once; port 0 takes a free one, see `port`."""
        self._metrics = metrics
        self._last_look = time.monotonic()
        listener = listen(host, port)
        self.port = int(listener.getsockname()[1])
        self._side_port = SidePort(listener, self)

    def looked(self) -> None:
        """Note that the loop is alive."""
        self._last_look = time.monotonic()

    def close(self) -> None:
        """Takes no more connections."""
        self._side_port.close()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """WSGI."""
        status, body = self._answer(environ["PATH_INFO"])
        start_response(status, [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))])
        return [body]

    def _answer(self, path: str) -> tuple[str, bytes]:
        match path:
            case "/metrics":
                return "200 OK", self._metrics.exposition()
            case "/healthz":
                alive = time.monotonic() - self._last_look < STALE_SECONDS
                return ("200 OK", b"alive\n") if alive else ("503 Service Unavailable", b"the loop hangs\n")
            case _:
                return "404 Not Found", b"there are /healthz and /metrics\n"
