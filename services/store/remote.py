"""A store in a bucket, over any asynchronous fsspec file system.

Each call is one request of bounded size and time, made from ordinary threads on fsspec's own event loop.
Whole calls are tried again here, and nowhere below.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import wait
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from fsspec.asyn import AsyncFileSystem

from services.store.backend import CHUNK, Backend, Missing, StoredFile
from services.store.errors import BadFolder
from services.store.manifest import Manifest
from services.store.objects import publish_objects, removal_order
from services.store.options import StoreOptions
from services.store.retry import Transient, patiently

T = TypeVar("T")

_POLL_SECONDS = 0.2  # how often a request under way looks whether to stop


class AlreadyThere(Exception):
    """A file that was to be created exists."""


@dataclass(frozen=True)
class Dialect:
    """What differs between the file systems of fsspec.

    Attributes:
        errors: what their calls raise.
        understand: any of these -> StoreError, Missing, AlreadyThere or Transient.
        stored: an entry of a listing -> StoredFile.
        close: gives the connections of a file system back.
        upload_arguments: for `_put_file`.
    """

    errors: tuple[type[Exception], ...]
    understand: Callable[[Exception], Exception]
    stored: Callable[[dict[str, Any]], StoredFile]
    close: Callable[[AsyncFileSystem], None]
    upload_arguments: dict[str, Any] = field(default_factory=dict)


class RemoteBackend(Backend):
    """`root` is the bucket and a prefix, as fsspec spells paths."""

    def __init__(self, url: str, files: AsyncFileSystem, root: str, dialect: Dialect, options: StoreOptions) -> None:
        super().__init__(url)
        self._files, self._root, self._dialect, self._options = files, root, dialect, options

    def files(self, path: str) -> dict[str, StoredFile]:
        base = self._key(path)
        listed = self._patiently(lambda: self._once(self._files._find, base, detail=True))
        # A key that ends in "/" is a folder that some console made.
        entries = {name: entry for name, entry in listed.items() if name.startswith(f"{base}/") and name[-1] != "/"}
        return {name[len(base) + 1 :]: self._dialect.stored(entry) for name, entry in entries.items()}

    def read(self, path: str, start: int, length: int) -> bytes:
        key, end = self._key(path), start + length
        return self._patiently(lambda: self._read_once(key, start, end))

    def _read_once(self, key: str, start: int, end: int) -> bytes:
        try:
            return self._once(self._files._cat_file, key, start=start, end=end)
        except EOFError:  # the range begins behind the end
            return b""

    def upload(self, source: Path, path: str) -> None:
        """Write the file `source` to `path`, over whatever is there; BadFolder if it is gone."""
        key, arguments = self._key(path), self._dialect.upload_arguments
        try:
            requests = 1 + source.stat().st_size // CHUNK
        except OSError as error:
            raise BadFolder(f"{source} cannot be read: {error.strerror}") from None
        self._patiently(lambda: self._once(self._files._put_file, str(source), key, requests=requests, **arguments))

    def write(self, path: str, content: bytes) -> None:
        """Write a small file, over whatever is there."""
        self._patiently(lambda: self._once(self._files._pipe_file, self._key(path), content))

    def create(self, path: str, content: bytes) -> bool:
        """Write a small file unless there is one; whether it was written.

        Of several callers one is told True, on servers that keep this promise of S3's (see objects.py).
        """
        may_have_worked = False

        def once() -> bool:
            nonlocal may_have_worked
            try:
                self._once(self._files._pipe_file, self._key(path), content, mode="create")
            except AlreadyThere:
                # After a request whose answer was lost it may be ours.
                return may_have_worked and self.read_small(path, len(content)) == content
            except Transient:
                may_have_worked = True
                raise
            return True

        return self._patiently(once)

    def publish(self, folder: Path, manifest: Manifest, signature: bytes | None, replace_unfinished: bool) -> None:
        publish_objects(self, folder, manifest, signature, replace_unfinished, self._options.parallel)

    def remove(self, path: str) -> None:
        self.delete([f"{path}/{name}" for name in removal_order(self.files(path))])

    def delete(self, paths: list[str]) -> None:
        """Delete files, one after the other; one that is not there is no error."""
        for path in paths:
            with contextlib.suppress(Missing):
                self._patiently(partial(self._once, self._files._rm_file, self._key(path)))

    def close(self) -> None:
        self._dialect.close(self._files)

    def _key(self, path: str) -> str:
        return f"{self._root}/{path}" if path else self._root

    def _patiently(self, call: Callable[[], T]) -> T:
        return patiently(call, self._options.retry_seconds, self.stop)

    def _once(self, function: Callable[..., Coroutine[Any, Any, T]], *args: Any, requests: int = 1, **named: Any) -> T:
        self.check_not_stopped()
        seconds = requests * self._options.request_seconds
        deadline = time.monotonic() + seconds
        # Not fsspec's `sync`, which nothing can end early.
        request = asyncio.run_coroutine_threadsafe(function(*args, **named), self._files.loop)
        try:
            while not wait((request,), _POLL_SECONDS).done:
                self.check_not_stopped()
                if time.monotonic() > deadline:
                    raise TimeoutError(f"no answer in {seconds:g} seconds")
            return request.result()
        except self._dialect.errors as error:
            raise self._dialect.understand(error) from error
        finally:
            request.cancel()  # of no effect on one that has ended
