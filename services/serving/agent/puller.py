"""Brings versions from the store to the folder that TensorFlow Serving reads, in the background.

models/reader/2/…          a version: whole, verified, renamed into place
models/reader/.tmp-2/…     one that is on its way; what is there is taken up again
cache/reader-2-<digest>/   the same, shared by all agents of a node (optional)
"""

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
from services.store.store import ModelStore

log = logging.getLogger(__name__)

_PROGRESS_SECONDS = 5.0


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
            for version in sorted(self._wanted - self._present - self._under_way):
                if not self._backoff.must_wait(version, now):
                    self._under_way.add(version)
                    self._workers.submit(self._pull, version)

    def present(self, model: str) -> frozenset[int]:
        """The versions of a model that lie in place, every byte as its manifest says."""
        with self._lock:
            return frozenset(each.version for each in self._present if each.model == model)

    def on_disk(self) -> frozenset[ModelVersion]:
        """Every version in place, verified or not."""
        return frozenset(
            ModelVersion(folder.parent.name, int(folder.name))
            for folder in self._models.glob("*/*")
            if folder.name.isdigit() and folder.is_dir()
        )

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
        if folder.exists():  # of our life before; the disk may have changed since
            try:
                self._opened_store().check_fetched(folder, *version)
                return
            except (CorruptVersion, UntrustedVersion) as error:
                log.error("%s on disk is not to be used, fetching it again: %s", version, error)
                self._metrics.verification_failure(version.model)
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
        prefix = f"{version.model}-{version.version}-"
        try:
            name = prefix + self._opened_store().manifest(*version).digest[:32]
        except (CorruptVersion, UntrustedVersion):
            raise
        except StoreError as error:
            for name in sorted(folder.name for folder in cache.glob(f"{prefix}*")):
                log.warning("The store has no answer, taking %s from the cache: %s", version, error)
                self._opened_store().check_fetched(cache / name, *version)
                return cache / name
            raise
        if (cache / name).exists():
            try:
                self._opened_store().check_fetched(cache / name, *version)
                return cache / name
            except (CorruptVersion, UntrustedVersion) as error:
                log.error("%s in the cache is not to be used, fetching it again: %s", version, error)
                self._metrics.verification_failure(version.model)
                shutil.rmtree(cache / name, ignore_errors=True)
        cache.mkdir(parents=True, exist_ok=True)
        self._fetch(version, cache / name)
        return cache / name

    def _fetch(self, version: ModelVersion, folder: Path) -> None:
        started = told = time.monotonic()

        def progress(done: int, total: int) -> None:
            nonlocal told
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


def _put_away(folder: Path) -> Path:
    """Rename a folder to a name that TensorFlow Serving does not look at."""
    rubbish = folder.with_name(f".removed-{folder.name}")
    shutil.rmtree(rubbish, ignore_errors=True)  # of an earlier time, when we died here
    return folder.rename(rubbish)


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
