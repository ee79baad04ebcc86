"""Processes of the cluster: each has a log, is stopped by the one who started it, and tells why it ended."""

import contextlib
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import httpx

from tests.cluster.parts.space import STATE

T = TypeVar("T")
LOGS = STATE / "logs"


class Ended(RuntimeError):
    """A process of the cluster ended by itself; the message has the end of its log."""


class Process:
    """A running program. `name` is that of its log in build/cluster/logs/."""

    def __init__(self, name: str, command: Sequence[object], env: dict[str, str] | None = None) -> None:
        LOGS.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.log = LOGS / f"{name}.log"
        with self.log.open("ab") as output:
            self._process = subprocess.Popen([str(word) for word in command], env=env, stdout=output, stderr=output)

    def check(self) -> None:
        """Raise Ended if it runs no more."""
        if self._process.poll() is not None:
            tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])
            raise Ended(f"{self.name} ended with {self._process.returncode}:\n{tail}")

    def pause(self) -> None:
        """Let it answer nothing, like a machine that hangs, until `resume`."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self._process.send_signal(signal.SIGCONT)

    def stop(self, seconds: float = 20) -> None:
        """Ask it to end, and kill it when it does not."""
        self._process.terminate()
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@contextlib.contextmanager
def running(name: str, *command: object, env: dict[str, str] | None = None) -> Iterator[Process]:
    """A Process for the time of the block."""
    process = Process(name, command, env)
    try:
        yield process
    finally:
        process.stop()


def wait_for(
    what: str, probe: Callable[[], T], seconds: float = 60, process: Process | None = None, pause: float = 0.25
) -> T:
    """What `probe` answers as soon as that is true; a TimeoutError with its last answer or network error otherwise."""
    deadline = time.monotonic() + seconds
    while True:
        if process is not None:
            process.check()
        try:
            answer: object = probe()
        except (OSError, httpx.TransportError) as error:
            answer = None
            last: object = error
        else:
            last = answer
        if answer:
            return answer  # type: ignore[return-value]
        if time.monotonic() > deadline:
            log = f"; see {process.log}" if process else ""
            raise TimeoutError(f"after {seconds:.0f} s still not so: {what} (last: {last}){log}")
        time.sleep(pause)
