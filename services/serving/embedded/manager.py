"""Keeps the wanted versions loaded, one step at a time, while others serve.

The order of steps is `availability_preserving_policy.cc`: as long as a model has a wanted version
that serves, unwanted ones go first, lowest first; otherwise the highest wanted version is loaded
first. Models are independent of each other. A version that was handed out is unloaded only after
the last request has given it back.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import tensorflow as tf

from services.serving.embedded.config import ModelConfig
from services.serving.embedded.errors import ServingError, invalid_argument, not_found
from services.serving.embedded.labels import LabelMap
from services.serving.embedded.servable import Servable, ServableOptions
from services.serving.embedded.states import ServableId, State, StateMonitor, VersionStatus
from services.serving.embedded.versions import versions_on_disk

log = logging.getLogger(__name__)


@dataclass
class _Entry:
    """A version under management; guarded by the manager's lock."""

    path: Path
    wanted: bool = True
    state: State = State.START
    servable: Servable | None = None
    users: int = 0  # requests that hold it


class Manager:
    """Loads, hands out and unloads versions. Safe to use from many threads."""

    def __init__(self, options: ServableOptions, labels_for_unavailable: bool = False) -> None:
        self.monitor = StateMonitor()
        self._labels = LabelMap(self.monitor, labels_for_unavailable)
        self._options = options
        self._entries: dict[ServableId, _Entry] = {}
        self._changed = threading.Condition()
        self._converging: set[str] = set()
        self._workers = ThreadPoolExecutor(thread_name_prefix="load")
        self._reloading = threading.Lock()

    # === What to serve ===

    def reload(self, models: Sequence[ModelConfig]) -> None:
        """Serve exactly `models` from now on; return when the new ones are loaded.

        As in TF Serving, labels are checked and moved before anything is loaded, and versions
        added to a model that already served are not waited for. What differs is kinder: a new
        model with a missing or empty base path is refused (TF Serving waits for it for ever); all
        versions of a new model are waited for, and it has failed when all of them have (TF
        Serving goes by the first of them to load or to fail).

        Raises:
            ServingError: labels that may not move, a missing base path, or nothing that loads.
        """
        with self._reloading:
            wanted = {model.name: _wanted_versions(model) for model in models}
            with self._changed:
                known = {servable.name for servable in self._entries}
            new = [model for model in models if model.name not in known]
            for model in new:
                if not wanted[model.name]:
                    raise not_found(
                        f"No versions of servable {model.name} found under base path {model.base_path}. "
                        "Did you forget to name your leaf directory as a number (eg. '/1/')?"
                    )
            self._labels.replace(models)
            for name in known | wanted.keys():
                self._aspire(name, wanted.get(name, {}))
            self._await({model.name: wanted[model.name] for model in new}, "model" if known else "servable")

    def close(self) -> None:
        """Unload everything, each version after its last request, and stop the workers."""
        self.reload([])
        self._workers.shutdown()

    def _aspire(self, name: str, versions: dict[int, Path]) -> None:
        """`versions` of a model are wanted, its others are not."""
        with self._changed:
            for servable, entry in self._of(name).items():
                entry.wanted = servable.version in versions
                if not entry.wanted and entry.state is State.START:
                    self._set(servable, entry, State.END)
                self._forget_if_done(servable, entry)
            for version, path in versions.items():
                servable = ServableId(name, version)
                if servable not in self._entries:
                    self._entries[servable] = _Entry(path)
                    self.monitor.publish(servable, State.START)
            if name not in self._converging:
                self._converging.add(name)
                self._workers.submit(self._converge, name)

    def _await(self, versions: dict[str, dict[int, Path]], noun: str) -> None:
        """Until every version serves or has ended; at least one of each model must serve."""
        failed = []
        for name in versions:
            servables = [ServableId(name, version) for version in versions[name]]
            statuses = self.monitor.wait(servables, _settled)
            if not any(status.state is State.AVAILABLE for status in statuses.values()):
                failed += [f"{{{servable} due to error: {status.error}}}, " for servable, status in statuses.items()]
        if failed:
            message = f"{len(failed)} {noun}(s) did not become available: {{{''.join(failed)}}}"
            raise ServingError(grpc.StatusCode.UNKNOWN, message)

    # === Who serves a request ===

    @contextlib.contextmanager
    def serving(self, spec: Any) -> Iterator[Servable]:
        """The version a ModelSpec asks for, kept loaded until the `with` block ends.

        Raises:
            ServingError: INVALID_ARGUMENT, NOT_FOUND or UNAVAILABLE, as TF Serving answers.
        """
        with self._changed:
            entry = self._resolve(spec)
            entry.users += 1
        try:
            assert entry.servable is not None  # it is AVAILABLE
            yield entry.servable
        finally:
            with self._changed:
                entry.users -= 1
                self._changed.notify_all()

    def _resolve(self, spec: Any) -> _Entry:
        if not spec.name:
            raise invalid_argument("ModelSpec has no name specified.")
        version = None
        match spec.WhichOneof("version_choice"):
            case "version":
                version = spec.version.value
            case "version_label":
                version = self._labels.version_of(spec.name, spec.version_label)
        available = {
            servable.version: entry for servable, entry in self._of(spec.name).items() if entry.state is State.AVAILABLE
        }
        if version is None and available:
            return available[max(available)]
        if version in available:
            return available[version]
        request = f"Latest({spec.name})" if version is None else f"Specific({spec.name}, {version})"
        raise not_found(f"Servable not found for request: {request}")

    # === Loading and unloading, one worker for each model ===

    def _converge(self, name: str) -> None:
        while True:
            with self._changed:
                servable = self._next(name)
                if servable is None:
                    self._converging.discard(name)
                    return
                entry = self._entries[servable]
                step = self._load if entry.state is State.START else self._unload
                self._set(servable, entry, State.LOADING if entry.state is State.START else State.UNLOADING)
            step(servable, entry)

    def _next(self, name: str) -> ServableId | None:
        """The version to load (it is in START) or to unload (AVAILABLE) next."""
        entries = self._of(name)
        serving = [servable for servable, entry in entries.items() if entry.state is State.AVAILABLE]
        unwanted = [servable for servable in serving if not entries[servable].wanted]
        if unwanted and (len(unwanted) < len(serving) or not any(entry.wanted for entry in entries.values())):
            return min(unwanted)
        return max((servable for servable, entry in entries.items() if entry.state is State.START), default=None)

    def _load(self, servable: ServableId, entry: _Entry) -> None:
        started = time.monotonic()
        try:
            entry.servable = Servable(*servable, entry.path, self._options)
        except Exception as error:  # noqa: BLE001  whatever is wrong with one version, the others live on
            failure = _as_serving_error(error)
            log.error("%s version %d cannot be loaded: %s", *servable, failure)
            with self._changed:
                self._set(servable, entry, State.END, failure)
                self._forget_if_done(servable, entry)
            return
        log.info("Loaded %s version %d in %.1f s", *servable, time.monotonic() - started)
        self._set(servable, entry, State.AVAILABLE)

    def _unload(self, servable: ServableId, entry: _Entry) -> None:
        with self._changed:
            self._changed.wait_for(lambda: entry.users == 0)
        assert entry.servable is not None  # it was AVAILABLE
        entry.servable.close()
        entry.servable = None
        log.info("Unloaded %s version %d", *servable)
        with self._changed:
            self._set(servable, entry, State.END)
            self._forget_if_done(servable, entry)
            if entry.wanted:  # again, meanwhile
                self._set(servable, entry, State.START)

    def _of(self, name: str) -> dict[ServableId, _Entry]:
        return {servable: entry for servable, entry in self._entries.items() if servable.name == name}

    def _forget_if_done(self, servable: ServableId, entry: _Entry) -> None:
        """A version that failed stays, so that it is not tried again, until it is no longer wanted."""
        if not entry.wanted and entry.state is State.END:
            del self._entries[servable]

    def _set(self, servable: ServableId, entry: _Entry, state: State, error: ServingError | None = None) -> None:
        with self._changed:
            entry.state = state
            self.monitor.publish(servable, state, error)


def _wanted_versions(model: ModelConfig) -> dict[int, Path]:
    return model.policy.choose(versions_on_disk(model.name, model.base_path))


def _settled(statuses: Iterable[VersionStatus]) -> bool:
    return all(status.state in (State.AVAILABLE, State.END) for status in statuses)


def _as_serving_error(error: Exception) -> ServingError:
    if isinstance(error, ServingError):
        return error
    if isinstance(error, tf.errors.OpError):
        return ServingError.from_tensorflow(error)
    return ServingError(grpc.StatusCode.INVALID_ARGUMENT, f"{type(error).__name__}: {error}")
