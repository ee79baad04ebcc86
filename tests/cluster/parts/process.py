"""Processes of the cluster: each has a log, is stopped by the one who started it, and tells why it ended."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import httpx

from tests.cluster.parts.space import STATE

T = TypeVar("T")
LOGS = STATE / "logs"
_PIDS = Path("/run/fvi-cluster")  # of the private space: it is gone with the processes


class Ended(RuntimeError):
    """A process of the cluster ended by itself; the message has the end of its log."""


class Process:
    """A program that runs. `name` is that of its log in build/cluster/logs/."""

    def __init__(self, name: str, pid: int) -> None:
        self.name = name
        self.log = LOGS / f"{name}.log"
        self._pid = pid

    def check(self) -> None:
        """Raise Ended if it runs no more."""
        if not _runs(self._pid):
            tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])
            raise Ended(f"{self.name} ended:\n{tail}")

    def pause(self) -> None:
        """Let it answer nothing, like a machine that hangs, until `resume`."""
        os.kill(self._pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        os.kill(self._pid, signal.SIGCONT)


@contextlib.contextmanager
def running(name: str, *command: object, env: dict[str, str] | None = None) -> Iterator[Process]:
    """A Process for the time of the block; or the one of that name that runs already, where the cluster is kept."""
    note = _PIDS / name
    if note.exists() and _runs(int(note.read_text())):
        yield Process(name, int(note.read_text()))
        return
    LOGS.mkdir(parents=True, exist_ok=True)
    _PIDS.mkdir(exist_ok=True)
    with (LOGS / f"{name}.log").open("ab") as output:
        process = subprocess.Popen([str(word) for word in command], env=env, stdout=output, stderr=output)
    note.write_text(str(process.pid))
    try:
        yield Process(name, process.pid)
    finally:
        note.unlink()
        _stop(process)


def _stop(process: "subprocess.Popen[bytes]", seconds: float = 20) -> None:
    """Ask it to end, and kill it when it does not."""
    process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _runs(pid: int) -> bool:
    try:
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


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
