"""gunicorn's threaded worker, made impatient with clients that send their request slowly."""

import os
from contextlib import suppress
from time import monotonic
from typing import Any

from gunicorn import util  # type: ignore[import-untyped]
from gunicorn.http import errors as http  # type: ignore[import-untyped]
from gunicorn.workers.gthread import TConn, ThreadWorker  # type: ignore[import-untyped]

from services.api import memory, overdue
from services.api.settings import Settings

_TRIM_SECONDS = 5.0
_OURS = (http.InvalidResponseHeader, http.InvalidResponseHeaderName)  # the application's mistakes, not the client's


class ImpatientWorker(ThreadWorker):  # type: ignore[misc]
    """Hangs up on a request whose head is late. A late body is answered: services/api/body.py."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head_seconds = Settings.from_env(os.environ).head_seconds
        self._trimmed = monotonic()

    def notify(self) -> None:
        """Tells the arbiter that we are alive: about once a second, also while stopping."""
        super().notify()
        overdue.shut_late_ones()
        if monotonic() - self._trimmed >= _TRIM_SECONDS:
            memory.trim()
            self._trimmed = monotonic()

    def handle(self, conn: TConn) -> Any:
        """One request, in one of our threads."""
        overdue.watch(conn.sock, self._head_seconds)
        try:
            return super().handle(conn)
        finally:
            overdue.forget(conn.sock)

    def handle_request(self, req: Any, conn: TConn) -> bool:
        """The same request, its head now read."""
        overdue.forget(conn.sock)
        return bool(super().handle_request(req, conn))

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """A request that is no HTTP; anything else that gets here is a bug."""
        if not isinstance(exc, http.ParseException) or isinstance(exc, _OURS):
            super().handle_error(req, client, addr, exc)
            return
        from services.api.refusal import refuse  # the arbiter loads this file, too

        with suppress(OSError):  # the client has gone
            util.write_nonblock(client, refuse(exc))
