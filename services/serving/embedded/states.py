"""What is known of every version that was ever to be served (`servable_state_monitor.cc`)."""

import threading
from collections.abc import Callable, Iterable
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


class StateMonitor:
    """Remembers the last status of each version, also of those long gone. Safe to use from many threads."""

    def __init__(self) -> None:
        self._statuses: dict[ServableId, VersionStatus] = {}
        self._changed = threading.Condition()

    def publish(self, servable: ServableId, state: State, error: ServingError | None = None) -> None:
        """Note a new state and wake those who wait for one."""
        with self._changed:
            self._statuses[servable] = VersionStatus(state, error)
            self._changed.notify_all()

    def versions(self, name: str) -> dict[int, VersionStatus]:
        """Every version of a model ever seen, highest first."""
        with self._changed:
            statuses = {id_.version: status for id_, status in self._statuses.items() if id_.name == name}
        return dict(sorted(statuses.items(), reverse=True))

    def wait(
        self, servables: Iterable[ServableId], enough: Callable[[Iterable[VersionStatus]], bool]
    ) -> dict[ServableId, VersionStatus]:
        """Return the statuses of `servables` as soon as `enough` holds for them."""
        awaited = list(servables)
        with self._changed:
            self._changed.wait_for(lambda: enough(self._statuses[servable] for servable in awaited))
            return {servable: self._statuses[servable] for servable in awaited}
