"""Connections on which something must have arrived by a certain time, and what happens if it has not.

gunicorn's gthread reads heads and bodies in its threads and waits for the next byte forever: a few
clients that send one byte now and then would hold every thread. Here the reading side of a late
connection is shut, which ends the wait as if the client had gone.
"""

import socket
from contextlib import suppress
from time import monotonic

_due: dict[socket.socket, float] = {}  # each operation on it is atomic, and each process has its own


def watch(connection: socket.socket, seconds: float) -> None:
    """Shuts the reading side of `connection` after `seconds`, give or take one, unless it is forgotten."""
    _due[connection] = monotonic() + seconds


def forget(connection: socket.socket) -> None:
    """What was waited for has arrived."""
    _due.pop(connection, None)


def shut_late_ones() -> None:
    """To be called about once a second."""
    now = monotonic()
    for connection, due in _due.copy().items():
        if now > due:
            with suppress(OSError):  # closed already
                connection.shutdown(socket.SHUT_RD)
