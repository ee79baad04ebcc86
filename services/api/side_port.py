"""The port of probes and metrics: a listener of the arbiter that every worker answers on.

Each worker answers in threads of its own, outside gunicorn's pool: when all threads of the pool are
busy and requests queue for them, a probe that queued too would have the busy process restarted. The
arbiter only binds, so that an address in use stops the start, and has nothing to fork but a socket.
"""

import socket
import threading
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer
from wsgiref.types import WSGIApplication


class _Handler(WSGIRequestHandler):
    timeout = 5.0  # for a caller that connects and says nothing
    server_version, sys_version = "fvi-ocr", ""

    def log_message(self, *_: object) -> None:
        """Nothing: probes would fill the log."""


class _Server(ThreadingMixIn, WSGIServer):
    """Takes connections from a listener that it did not make."""

    def __init__(self, listener: socket.socket, app: WSGIApplication) -> None:
        address = listener.getsockname()
        super().__init__(address[:2], _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self.server_name, self.server_port = address[0], address[1]
        self.setup_environ()
        self.set_app(app)


def listen(host: str, port: int) -> socket.socket:
    """A listener on that address.

    Raises:
        OSError: the address is not ours, or in use.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=64)
    listener.setblocking(False)  # all workers see a connection come, and one gets it
    return listener


class SidePort:
    """Answers on `listener` with `app`, in this process, until `close`."""

    def __init__(self, listener: socket.socket, app: WSGIApplication) -> None:
        self._server = _Server(listener, app)
        self._thread = threading.Thread(target=self._server.serve_forever, name="side-port", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Takes no more connections and finishes those it has."""
        self._server.shutdown()
        self._server.server_close()
