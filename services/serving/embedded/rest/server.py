"""The REST API's port, threads and end."""

import functools
import os
import threading
import time
from dataclasses import dataclass, field

import waitress
from waitress import wasyncore

from services.serving.embedded.core import ServerCore
from services.serving.embedded.metrics import Metrics
from services.serving.embedded.rest.app import AppOptions, RestApp

DEFAULT_THREADS = 4 * (os.cpu_count() or 1)


@dataclass(frozen=True)
class RestOptions:
    """Where and how to listen. Port 0 takes a free one."""

    host: str = "127.0.0.1"
    port: int = 0
    num_threads: int = DEFAULT_THREADS
    app: AppOptions = field(default_factory=AppOptions)


class RestServer:
    """Answers HTTP from its construction on."""

    def __init__(self, core: ServerCore, metrics: Metrics, options: RestOptions) -> None:
        """Listen.

        Raises:
            OSError: the port is taken.
        """
        self._sockets: dict[int, wasyncore.dispatcher] = {}
        limit = options.app.max_body_bytes
        try:
            self._server = waitress.create_server(
                RestApp(core, metrics, options.app),
                map=self._sockets,
                host=options.host,
                port=options.port,
                threads=options.num_threads,
                max_request_body_size=limit,
                # Waitress puts larger ones into files; images must not reach a disk.
                inbuf_overflow=2 * limit,
                outbuf_overflow=2 * limit,
                connection_limit=1000,
                ident=None,
            )
        except OSError as error:
            where = f"{options.host}:{options.port}"
            raise OSError(f"Cannot listen on {where}: {error.strerror}. Choose another --rest_api_port.") from error
        self.address = f"{options.host}:{self._server.effective_port}"
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="rest", daemon=True)
        self._thread.start()

    def stop(self, grace: float) -> None:
        """Take no more connections; give requests under way `grace` seconds, then end."""
        deadline = time.monotonic() + grace
        # Only the thread that waits for the sockets may close one of them; this is how it is told to.
        self._server.trigger.pull_trigger(functools.partial(wasyncore.dispatcher.close, self._server))
        while self._busy() and time.monotonic() < deadline:
            time.sleep(0.02)
        self._ended = True
        self._server.pull_trigger()
        self._thread.join()
        wasyncore.close_all(self._sockets)
        self._server.task_dispatcher.shutdown(timeout=1)

    def _run(self) -> None:
        while not self._ended:
            wasyncore.loop(timeout=1, use_poll=True, map=self._sockets, count=1)

    def _busy(self) -> bool:
        channels = list(self._server.active_channels.values())
        return any(channel.requests or channel.total_outbufs_len for channel in channels)
