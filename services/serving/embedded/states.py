"""What is known of every version that was ever to be served (`core/servable_state_monitor.cc`)."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from services.serving.embedded.errors import ServingError


class State(IntEnum):
    """The life of a version, numbered as ModelVersionStatus.State."""

    START = 10
    LOADING = 20
    AVAILABLE = 30
    UNLOADING = 40
    END = 50


class ServableId(NamedTuple):
    """One version of one model."""

    name: str
    version: int

    def __str__(self) -> str:
        return f"{{name: {self.name} version: {self.version}}}"


@dataclass(frozen=True)
class VersionStatus:
    """A state, and why it ended if it ended badly."""

    state: State
    error: ServingError | None = None


class Awaited:
    """Waits until of each model one version serves or has ended, counting only what happens from now on."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = list(names)
        self._statuses: dict[ServableId, VersionStatus] = {}
        self.reached: dict[ServableId, VersionStatus] = {}
        self._done = threading.Event()
        self._check()

    def note(self, servable: ServableId, status: VersionStatus) -> None:
        """Something happened."""
        if not self._done.is_set():
            self._statuses[servable] = status
            self._check()

    def wait(self, seconds: float) -> bool:
        """Whether it is so within `seconds`; `reached` then names the versions."""
        return self._done.wait(seconds)

    def _check(self) -> None:
        reached = {}
        for name in self._names:
            settled = [
                servable
                for servable, status in self._statuses.items()
                if servable.name == name and status.state in (State.AVAILABLE, State.END)
            ]
            if not settled:
                return
            reached[max(settled)] = self._statuses[max(settled)]
        self.reached = reached
        self._done.set()


class StateMonitor:
    """Remembers the last status of each version, also of those long gone. Safe to use from many threads."""

    def __init__(self) -> None:
        self._statuses: dict[ServableId, VersionStatus] = {}
        self._awaited: list[Awaited] = []
        self._lock = threading.Lock()

    def publish(self, servable: ServableId, state: State, error: ServingError | None = None) -> None:
        """Note a new state and tell those who wait for one."""
        status = VersionStatus(state, error)
        with self._lock:
            self._statuses[servable] = status
            for awaited in self._awaited:
                awaited.note(servable, status)

    def versions(self, name: str) -> dict[int, VersionStatus]:
        """Every version of a model ever seen, highest first."""
        with self._lock:
            statuses = {id_.version: status for id_, status in self._statuses.items() if id_.name == name}
        return dict(sorted(statuses.items(), reverse=True))

    def expect(self, names: Iterable[str]) -> Awaited:
        """Start to wait for one version of each of these models; end it with `forget`."""
        awaited = Awaited(names)
        with self._lock:
            self._awaited.append(awaited)
        return awaited

    def forget(self, awaited: Awaited) -> None:
        """Wait no more."""
        with self._lock:
            self._awaited.remove(awaited)
