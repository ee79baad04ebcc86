"""Child processes and sockets of loopback, for `fvi-ocr up`."""

import contextlib
import itertools
import json
import os
import random
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from services.cli import CommandError

STOP_SECONDS = 35.0  # more than any child gives to requests under way
# Below the ports of outgoing connections (Linux gives them from 32768 on) and of NodePorts (from 30000 on): one
# that is to be listened on later must not be some client's in the meantime. Each is offered once a round.
_PORTS = range(20000, 30000)
_next_ports = itertools.cycle(random.sample(_PORTS, len(_PORTS)))


class Child:
    """A child process with its output kept in a file, so that its last words can be told."""

    def __init__(self, name: str, command: Sequence[str], log: Path, environ: Mapping[str, str], fd: int = -1) -> None:
        self.name = name
        self.log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                command,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(environ),
                pass_fds=[fd] if fd >= 0 else [],
                start_new_session=True,  # Ctrl-C is ours to pass on; and a group to kill as a whole
            )

    @property
    def pid(self) -> int:
        """Of the process, which leads its own group."""
        return self._process.pid

    @property
    def last_words(self) -> str:
        """The last lines it printed, as one; of a log line its message."""
        lines = self.log.read_text(errors="replace").strip().splitlines()[-5:]
        return " | ".join(_message_of(line) for line in lines)

    def check(self) -> None:
        """Raise CommandError if it has stopped."""
        if self._process.poll() is not None:
            raise CommandError(f"the {self.name} stopped with status {self._process.returncode}: {self.last_words}")

    def stop(self) -> None:
        """SIGTERM and time to finish, then SIGKILL to all that is left of its group."""
        if self._process.poll() is None:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_SECONDS)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()


def _message_of(line: str) -> str:
    try:
        return str(json.loads(line)["message"])
    except (ValueError, KeyError, TypeError):
        return line


def free_port() -> int:
    """A TCP port of loopback that nothing listens on, for a server that cannot be given a listening socket.

    Linux as it comes gives it to no client meanwhile, and this process offers it again only after thousands of calls.
    """
    for port in itertools.islice(_next_ports, len(_PORTS)):
        with contextlib.suppress(OSError), _listener(port):
            return port
    raise CommandError(f"no free port on 127.0.0.1 from {_PORTS.start} to {_PORTS.stop - 1}")


def listen(port: int) -> socket.socket:
    """A listening socket on loopback: on `port`, or on a free one where that is in use."""
    for wanted in (port, 0):
        with contextlib.suppress(OSError):
            return _listener(wanted)
    raise CommandError("no free port on 127.0.0.1")


def _listener(port: int) -> socket.socket:
    listener = socket.socket()
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(1024)
    except OSError:
        listener.close()
        raise
    return listener
