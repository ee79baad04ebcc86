"""When to try again what failed."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)

_FIRST_SECONDS, _LONGEST_SECONDS = 1.0, 300.0


@dataclass
class Backoff(Generic[Key]):
    """Waits of 1, 2, 4 … 300 seconds for each key. Times are those of `time.monotonic`."""

    _tries: dict[Key, int] = field(default_factory=dict)
    _until: dict[Key, float] = field(default_factory=dict)

    def failed(self, key: Key, now: float) -> float:
        """Note a failure; returns for how many seconds not to try again."""
        tries = self._tries[key] = self._tries.get(key, 0) + 1
        seconds = min(_FIRST_SECONDS * 2 ** min(tries - 1, 16), _LONGEST_SECONDS)
        self._until[key] = now + seconds
        return seconds

    def must_wait(self, key: Key, now: float) -> bool:
        return now < self._until.get(key, now)

    def forget(self, key: Key) -> None:
        """It worked, or it is somebody's new wish: start again from the shortest wait."""
        self._tries.pop(key, None)
        self._until.pop(key, None)
