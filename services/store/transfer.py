"""From the store to this machine: bounded, resumable, every byte hashed on its way."""

import hashlib
import os
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from services.store.backend import CHUNK, Backend, Missing
from services.store.disk import writing
from services.store.errors import CorruptVersion, StoreUnavailable
from services.store.manifest import Manifest, ManifestFile
from services.store.parallel import in_parallel

Progress = Callable[[int, int], None]  # bytes done, bytes in all; one call at a time, from several threads


class Transfer:
    """The files of one version on their way to us."""

    def __init__(self, backend: Backend, manifest: Manifest, progress: Progress | None) -> None:
        self._backend, self._manifest = backend, manifest
        self._progress, self._done, self._lock = progress, 0, threading.Lock()
        self._failed = threading.Event()  # so that the other files end early

    def run(self, folder: Path | None, parallel: int) -> None:
        """Bring all files, `parallel` at a time, into `folder`; without one, read and check them only.

        Raises:
            CorruptVersion: a file is not what the manifest says.
            StoreUnavailable: also once the backend's `stop` is set.
            AccessDenied, NoSpace, CannotWrite.
        """
        in_parallel([partial(self._bring, file, folder) for file in self._manifest.files], parallel, self._failed)

    def _bring(self, file: ManifestFile, folder: Path | None) -> None:
        if folder is None:
            self._check(file, self._read_on(file, 0, hashlib.sha256(), lambda _: None))
            return
        path = folder / file.path
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            began_anew = not path.exists()
            digest = self._write(path, file)
            if digest != file.sha256 and not began_anew:
                # What an interrupted fetch left may be of something else, or lost in a power cut.
                self._advance(-file.size)
                path.unlink()
                digest = self._write(path, file)
        self._check(file, digest)

    def _write(self, path: Path, file: ManifestFile) -> str:
        """Append what is missing; returns the sha256 of the whole file."""
        with path.open("a+b") as target:
            if target.tell() > file.size:
                target.truncate(0)
            target.seek(0)
            digest = hashlib.sha256()
            while piece := target.read(CHUNK):
                self._backend.check_not_stopped()
                digest.update(piece)
            there = target.tell()
            self._advance(there)
            whole = self._read_on(file, there, digest, target.write)
            target.flush()
            os.fsync(target.fileno())
        return whole

    def _read_on(self, file: ManifestFile, start: int, digest: Any, write: Callable[[bytes], object]) -> str:
        path = f"{self._manifest.model}/{self._manifest.version}/{file.path}"
        while start < file.size:
            if self._failed.is_set():
                raise StoreUnavailable("Another file of the version failed")
            try:
                piece = self._backend.read(path, start, min(CHUNK, file.size - start))
            except Missing:
                raise CorruptVersion(f"{path} is not in the store, but in its manifest. {_ADVICE}") from None
            if not piece:
                raise CorruptVersion(
                    f"{path} ends after {start} bytes, not {file.size} as its manifest says. {_ADVICE}"
                )
            digest.update(piece)
            write(piece)
            start += len(piece)
            self._advance(len(piece))
        return digest.hexdigest()

    def _check(self, file: ManifestFile, digest: str) -> None:
        if digest != file.sha256:
            raise CorruptVersion(
                f"{self._manifest.model}/{self._manifest.version}/{file.path} has the sha256 {digest[:16]}…, "
                f"not {file.sha256[:16]}… as its manifest says. {_ADVICE}"
            )

    def _advance(self, count: int) -> None:
        with self._lock:
            self._done += count
            if self._progress is not None:
                self._progress(self._done, self._manifest.size)


_ADVICE = "Do not serve this version; publish the model again under another number."
