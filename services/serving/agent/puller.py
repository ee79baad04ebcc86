"""Brings versions from the store to the folder that TensorFlow Serving reads, in the background.

models/reader/2/…          a version: whole, verified, renamed into place
models/reader/.tmp-2/…     one that is on its way; what is there is taken up again
cache/reader/2-<digest>/   the same, shared by all agents of a node (optional)

Folders without a manifest that names them are somebody else's, and never touched.
"""

import contextlib
import logging
import os
import shutil
import threading
import time
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from services.serving.agent.backoff import Backoff
from services.serving.agent.metrics import Metrics
from services.store.errors import CorruptVersion, StoreError, UntrustedVersion
from services.store.folder import read_folder
from services.store.names import version_number
from services.store.store import ModelStore

log = logging.getLogger(__name__)

_PROGRESS_SECONDS = 5.0
_CACHE_SECONDS = 7 * 86_400.0
_BEGINNINGS = (".tmp-", ".fresh-", ".link-", ".removed-")  # of folders on their way here or away


class _NotWanted(Exception):
    """The desired state has changed while a version was on its way."""


class ModelVersion(NamedTuple):
    """One version of one model."""

    model: str
    version: int

    def __str__(self) -> str:
        return f"{self.model} version {self.version}"


class Puller:
    """Which versions are here, and workers that fetch those that are not. Safe to use from many threads."""

    def __init__(
        self, open_store: Callable[[], ModelStore], models: Path, cache: Path | None, metrics: Metrics, workers: int = 3
    ) -> None:
        """`models`, `cache`: see above; on one file system they share the bytes."""
        self._open_store, self._models, self._cache, self._metrics = open_store, models, cache, metrics
        self._store: ModelStore | None = None
        self._lock = threading.Lock()
        self._present: set[ModelVersion] = set()
        self._under_way: set[ModelVersion] = set()
        self._wanted: frozenset[ModelVersion] = frozenset()
        self._backoff: Backoff[ModelVersion] = Backoff()
        self._workers = ThreadPoolExecutor(workers, thread_name_prefix="pull")

    def want(self, versions: Collection[ModelVersion]) -> None:
        """These are needed: start to fetch what is neither here, nor on its way, nor to be tried later."""
        now = time.monotonic()
        with self._lock:
            for version in frozenset(versions) - self._wanted:
                self._backoff.forget(version)
            self._wanted = frozenset(versions)
            self._present &= self.on_disk()  # somebody may have tidied up
            for version in sorted(self._wanted - self._present - self._under_way):
                if not self._backoff.must_wait(version, now):
                    self._under_way.add(version)
                    self._workers.submit(self._pull, version)

    def present(self, model: str) -> frozenset[int]:
        """The versions of a model that lie in place, every byte as its manifest says."""
        with self._lock:
            return frozenset(each.version for each in self._present if each.model == model)

    def on_disk(self) -> frozenset[ModelVersion]:
        """Every version of ours that is in place, verified or not."""
        return frozenset(which for folder in self._models.glob("*/*") if (which := _version_in(folder)) is not None)

    def doubt(self, version: ModelVersion) -> None:
        """Look at every byte of it again: the server could not make anything of it."""
        with self._lock:
            self._present.discard(version)

    def sweep(self, needed: Collection[ModelVersion]) -> None:
        """Delete what was begun for versions that nobody needs any more, and what the cache has kept for a week."""
        with self._lock:
            busy = self._under_way | self._wanted | set(needed)
        leftovers = [folder for begin in _BEGINNINGS for folder in self._models.glob(f"*/{begin}*")]
        for folder in leftovers:
            number = version_number(folder.name.rpartition("-")[2])
            if number is not None and ModelVersion(folder.parent.name, number) not in busy:
                shutil.rmtree(folder, ignore_errors=True)
        oldest = time.time() - _CACHE_SECONDS
        for folder in self._cache.glob("*/*-*") if self._cache else ():
            number = version_number(folder.name.removeprefix(".tmp-").partition("-")[0])
            unused = number is not None and ModelVersion(folder.parent.name, number) not in busy
            if unused and folder.stat().st_mtime < oldest:
                shutil.rmtree(folder, ignore_errors=True)

    def remove(self, version: ModelVersion) -> None:
        """Delete a version that nothing points at. It vanishes at once, or not at all."""
        with self._lock:
            if version in self._under_way:
                return
            self._present.discard(version)
            rubbish = _put_away(self._folder(version))
        shutil.rmtree(rubbish, ignore_errors=True)
        log.info("Removed %s from disk", version)

    def close(self) -> None:
        """Break off what is under way; the next agent takes it up again."""
        if self._store is not None:
            self._store.stop()
        self._workers.shutdown(cancel_futures=True)
        if self._store is not None:
            self._store.close()

    # === In a worker ===

    def _pull(self, version: ModelVersion) -> None:
        started = time.monotonic()
        try:
            self._bring(version)
        except _NotWanted:
            with self._lock:
                self._under_way.discard(version)
            log.info("%s is not wanted any more: stopped pulling it", version)
            return
        except (StoreError, OSError) as error:
            self._note_failure(version, error)
            return
        except BaseException:
            log.exception("Pulling %s failed in an unforeseen way", version)
            self._note_failure(version, None)
            return
        with self._lock:
            self._backoff.forget(version)
            self._present.add(version)
            self._under_way.discard(version)
        log.info("%s is here and verified (%.1f s)", version, time.monotonic() - started)

    def _bring(self, version: ModelVersion) -> None:
        folder = self._folder(version)
        if folder.exists() and self._is_whole(version, folder):  # of our life before; the disk may have changed since
            return
        folder.parent.mkdir(parents=True, exist_ok=True)
        # The server may be serving it from memory, and would unload a version whose folder is gone.
        fresh = folder.with_name(f".fresh-{folder.name}") if folder.exists() else folder
        if fresh is not folder:
            shutil.rmtree(fresh, ignore_errors=True)
        if self._cache is None:
            self._fetch(version, fresh)
        else:
            _link_tree(self._cached(version, self._cache), fresh)
        if fresh is not folder:
            _swap(fresh, folder)

    def _cached(self, version: ModelVersion, cache: Path) -> Path:
        """The version's folder in the cache, fetched if it is not there."""
        store, folders = self._opened_store(), cache / version.model
        try:
            digests = [store.manifest(*version).digest[:32]]
        except (CorruptVersion, UntrustedVersion):
            raise
        except StoreError as error:
            digests = [folder.name.partition("-")[2] for folder in folders.glob(f"{version.version}-*")]
            if not digests:
                raise
            log.warning("The store has no answer, looking for %s in the cache: %s", version, error)
        for digest in digests:
            folder = folders / f"{version.version}-{digest}"
            if folder.exists() and self._is_whole(version, folder):
                os.utime(folder)  # for `sweep`
                return folder
            shutil.rmtree(folder, ignore_errors=True)
        folders.mkdir(parents=True, exist_ok=True)
        self._fetch(version, folder)
        return folder

    def _is_whole(self, version: ModelVersion, folder: Path) -> bool:
        """Whether every byte of what was fetched before is as the manifest says; if not, it is told."""
        try:
            self._opened_store().check_fetched(folder, *version)
        except (CorruptVersion, UntrustedVersion) as error:
            log.error("%s in %s is not to be used, fetching it again: %s", version, folder, error)
            self._metrics.verification_failure(version.model)
            return False
        return True

    def _fetch(self, version: ModelVersion, folder: Path) -> None:
        started = told = time.monotonic()

        def progress(done: int, total: int) -> None:
            nonlocal told
            if version not in self._wanted:
                raise _NotWanted  # it would hold up what is wanted now
            if time.monotonic() - told >= _PROGRESS_SECONDS:
                told = time.monotonic()
                log.info("Pulling %s: %.1f of %.1f MB", version, done / 1e6, total / 1e6)

        manifest = self._opened_store().fetch(*version, folder, progress)
        self._metrics.pulled(version.model, manifest.size, time.monotonic() - started)

    def _note_failure(self, version: ModelVersion, error: Exception | None) -> None:
        if isinstance(error, CorruptVersion | UntrustedVersion):
            self._metrics.verification_failure(version.model)
        code = getattr(error, "code", "os_error" if isinstance(error, OSError) else "unforeseen")
        self._metrics.pull_failure(version.model, code)
        with self._lock:
            self._under_way.discard(version)
            seconds = self._backoff.failed(version, time.monotonic())
        if error is not None:
            log.error("Cannot pull %s, next try in %.0f s: %s: %s", version, seconds, code, error)

    def _opened_store(self) -> ModelStore:
        with self._lock:
            if self._store is None:
                self._store = self._open_store()
            return self._store

    def _folder(self, version: ModelVersion) -> Path:
        return self._models / version.model / str(version.version)


def _version_in(folder: Path) -> ModelVersion | None:
    """The version that a folder is, by its place and its manifest; None for anything else."""
    number = version_number(folder.name)
    if number is None:
        return None
    try:
        manifest = read_folder(folder)
    except (CorruptVersion, OSError):
        return None
    which = ModelVersion(folder.parent.name, number)
    return which if (manifest.model, manifest.version) == which else None


def _put_away(folder: Path) -> Path:
    """Rename a folder, if it is still there, to a name that TensorFlow Serving does not look at."""
    rubbish = folder.with_name(f".removed-{folder.name}")
    shutil.rmtree(rubbish, ignore_errors=True)  # of an earlier time, when we died here
    with contextlib.suppress(FileNotFoundError):
        folder.rename(rubbish)
    return rubbish


def _swap(fresh: Path, folder: Path) -> None:
    """Put `fresh` where `folder` is, with next to no time between."""
    rubbish = _put_away(folder)
    fresh.rename(folder)
    shutil.rmtree(rubbish, ignore_errors=True)


def _link_tree(source: Path, target: Path) -> None:
    """`target` gets the files of `source`, as hard links where the file system can, all at once."""
    unfinished = target.with_name(f".link-{target.name}")
    shutil.rmtree(unfinished, ignore_errors=True)
    shutil.copytree(source, unfinished, copy_function=_link_or_copy)
    unfinished.rename(target)


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copy2(source, target)
