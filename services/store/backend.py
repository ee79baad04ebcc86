"""What a store must be able to do, whatever it is kept on. Paths are POSIX, below the store's root."""

import threading
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from services.store.errors import StoreUnavailable
from services.store.manifest import Manifest

CHUNK = 4 * 1024 * 1024  # bytes asked for at a time


class Missing(Exception):
    """There is no such file in the store."""


@dataclass(frozen=True)
class StoredFile:
    """One file in the store."""

    size: int
    modified: datetime  # with time zone


class Backend(ABC):
    """A folder or a bucket. Methods may be called from several threads, and raise StoreError or Missing.

    Attributes:
        stop: once set, reads and requests end within about a second, those that begin later too.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.stop = threading.Event()

    def check_not_stopped(self) -> None:
        """Raises StoreUnavailable once `stop` is set."""
        if self.stop.is_set():
            raise StoreUnavailable("The store was stopped")

    @abstractmethod
    def files(self, path: str) -> dict[str, StoredFile]:
        """All files below `path` ("" for the whole store), by path below it; never from a cache.

        Raises NoSuchStore when there is no store at all; a path that is not there has no files.
        """

    @abstractmethod
    def read(self, path: str, start: int, length: int) -> bytes:
        """At most `length` bytes from `start` on; fewer, or none, only at the end of the file."""

    @abstractmethod
    def publish(self, folder: Path, manifest: Manifest, signature: bytes | None, replace_unfinished: bool) -> None:
        """Make the files of `manifest` in `folder` a version, as a whole or not at all.

        Raises VersionExists, UnfinishedVersion, BadFolder.
        """

    @abstractmethod
    def remove(self, path: str) -> None:
        """Delete `{model}/{name}` in such an order that no half of a version is ever taken for one."""

    @abstractmethod
    def close(self) -> None:
        """Give connections back."""

    def read_small(self, path: str, limit: int) -> bytes:
        """A whole file of at most `limit` bytes; of a larger one, `limit` + 1 bytes."""
        return self.read(path, 0, limit + 1)
