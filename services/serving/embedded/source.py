"""Looks for versions on disk (`sources/storage_path/file_system_storage_path_source.cc`)."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from services.serving.embedded.config import ModelConfig
from services.serving.embedded.errors import ServingError
from services.serving.embedded.periodic import Periodic
from services.serving.embedded.versions import versions_on_disk

log = logging.getLogger(__name__)

Aspire = Callable[[str, Mapping[int, Path]], None]


class FileSystemSource:
    """Tells which versions of each model are wanted, again at every poll."""

    def __init__(self, aspire: Aspire, poll_wait_seconds: float) -> None:
        """`poll_wait_seconds`: 0 looks once for each config; negative never looks."""
        self._aspire = aspire
        self._poll_wait_seconds = poll_wait_seconds
        self._models: Sequence[ModelConfig] = ()
        self._lock = threading.Lock()
        self._polling: Periodic | None = None

    def update(self, models: Sequence[ModelConfig]) -> None:
        """Look for these models from now on; those left out have no wanted version any more.

        TF Serving finds what is new at its next poll. Here that poll is made at once, so that a
        reload also works where --file_system_poll_wait_seconds=0 (TF Serving would wait for ever).
        """
        names = {model.name for model in models}
        with self._lock:
            for model in self._models:
                if model.name not in names:
                    self._aspire(model.name, {})
            self._models = models
        if self._polling is not None:
            self._polling.wake()
        elif self._poll_wait_seconds >= 0:
            self._polling = Periodic("file system polling", self.poll, self._poll_wait_seconds)

    def poll(self) -> None:
        """Look once. The first base path that is missing ends it for all models, as in TF Serving."""
        with self._lock:
            try:
                found = [(model, versions_on_disk(model.name, model.base_path)) for model in self._models]
            except ServingError as error:
                log.error("FileSystemStoragePathSource encountered a filesystem access error: %s", error.message)
                return
            for model, versions in found:
                wanted = model.policy.choose(versions)
                _warn(model, wanted)
                self._aspire(model.name, wanted)

    def close(self) -> None:
        """Look no more."""
        if self._polling is not None:
            self._polling.stop()


def _warn(model: ModelConfig, wanted: Mapping[int, Path]) -> None:
    for version in sorted((model.policy.specific or frozenset()) - wanted.keys()):
        log.warning(
            "Version %d of servable %s, which was requested to be served as a 'specific' version in the servable's "
            "version policy, was not found in the file system",
            version,
            model.name,
        )
    if not wanted:
        log.warning(
            "No versions of servable %s found under base path %s. "
            "Did you forget to name your leaf directory as a number (eg. '/1/')?",
            model.name,
            model.base_path,
        )
