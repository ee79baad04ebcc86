"""Keeps the wanted versions loaded, one step at a time, while others serve.

As `core/aspired_versions_manager.cc` does it: a thread looks every 100 ms and takes one action,
the loading or the unloading of one version. A version that was handed out is unloaded only after
the last request has given it back.
"""

import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from services.serving.embedded.errors import ServingError, not_found
from services.serving.embedded.executor import Executor
from services.serving.embedded.periodic import Periodic
from services.serving.embedded.policy import Entry, next_action
from services.serving.embedded.retries import RetryOptions, load_with_retries
from services.serving.embedded.servable import Servable
from services.serving.embedded.states import ServableId, State, StateMonitor

log = logging.getLogger(__name__)

INITIAL_LOAD_THREADS = 4 * (os.cpu_count() or 1)  # the models that a server starts with are loaded at once

Load = Callable[[ServableId, Path], Servable]


@dataclass(frozen=True)
class ManagerOptions:
    """The flags of the same names. No thread of its own: it is done by the thread that decides, one after the other."""

    num_load_threads: int = 0
    num_unload_threads: int = 0
    retries: RetryOptions = field(default_factory=RetryOptions)
    manage_state_interval_seconds: float = 0.1  # no flag of TF Serving's; tests have less patience


class Manager:
    """Loads, hands out and unloads versions. Safe to use from many threads."""

    def __init__(self, load: Load, monitor: StateMonitor, options: ManagerOptions) -> None:
        self._load_servable = load
        self._monitor = monitor
        self._options = options
        self._entries: dict[str, dict[int, Entry]] = {}
        self._pending: dict[str, Mapping[int, Path]] = {}
        self._changed = threading.Condition()
        self._closing = False
        self._loads = Executor(INITIAL_LOAD_THREADS, "load")
        self._unloads = Executor(options.num_unload_threads, "unload")
        self._turns = Periodic("manager", self._turn, options.manage_state_interval_seconds)

    def aspire(self, name: str, versions: Mapping[int, Path]) -> None:
        """From now on `versions` of a model are wanted, its others are not."""
        with self._changed:
            self._pending[name] = versions

    def end_initial_load(self) -> Executor:
        """Load with the configured number of threads from now on; returns what still runs the first loads."""
        initial, self._loads = self._loads, Executor(self._options.num_load_threads, "load")
        return initial  # not closed: a turn may be about to use it. Its threads end when nothing refers to it

    @contextlib.contextmanager
    def using(self, name: str, version: int | None) -> Iterator[Servable]:
        """A version that serves, the highest one for None; kept loaded until the `with` block ends.

        Raises:
            ServingError: NOT_FOUND.
        """
        with self._changed:
            entry = self._find(name, version)
            entry.users += 1
        try:
            assert entry.servable is not None  # it is AVAILABLE
            yield entry.servable
        finally:
            with self._changed:
                entry.users -= 1
                if not entry.users:
                    self._changed.notify_all()

    def close(self, timeout: float) -> bool:
        """Unload everything, each version after its last request; whether that took less than `timeout` seconds."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
            entries = [(ServableId(n, v), entry) for n, of_n in self._entries.items() for v, entry in of_n.items()]
            for _, entry in entries:
                entry.stop_retrying.set()
        self._turns.stop()
        deadline = time.monotonic() + timeout
        unfinished = 0
        for executor in (self._loads, self._unloads):
            unfinished += not executor.idle(deadline - time.monotonic())
            executor.close()
        for servable, entry in entries:
            unfinished += not self._unload_at_end(servable, entry, deadline)
        return not unfinished

    # === One turn ===

    def _turn(self) -> None:
        with self._changed:
            if self._closing:
                return
            self._forget_unwanted()
            self._take_pending()
            actions = [next_action(name, entries) for name, entries in self._entries.items()]
            action = min((action for action in actions if action), default=None)
            if action is None:
                return
            servable = ServableId(action.model, action.version)
            entry = self._entries[action.model][action.version]
            entry.scheduled = True
            executor, work = (self._loads, self._load) if action.is_load else (self._unloads, self._unload)
        executor.schedule(lambda: work(servable, entry))

    def _forget_unwanted(self) -> None:
        """A version that failed stays, so that it is not tried again, until it is no longer wanted."""
        for name, entries in list(self._entries.items()):
            for version, entry in list(entries.items()):
                if not entry.wanted and not entry.scheduled and entry.state in (State.START, State.END):
                    if entry.state is State.START:  # never tried. TF Serving would show START for ever
                        self._monitor.publish(ServableId(name, version), State.END)
                    del entries[version]
            if not entries:
                del self._entries[name]

    def _take_pending(self) -> None:
        for name, versions in list(self._pending.items()):
            entries = self._entries.setdefault(name, {})
            if any(not entries[version].wanted for version in versions if version in entries):
                continue  # it was left out and is wanted again: it has to be gone before it can come back
            del self._pending[name]
            for version, entry in entries.items():
                if version not in versions:
                    entry.wanted = False
                    entry.stop_retrying.set()
            for version in versions.keys() - entries.keys():
                entries[version] = Entry(versions[version])
                self._monitor.publish(ServableId(name, version), State.START)

    # === Loading and unloading ===

    def _load(self, servable: ServableId, entry: Entry) -> None:
        self._set(servable, entry, State.LOADING)
        started = time.monotonic()
        try:
            loaded = load_with_retries(
                str(servable),
                lambda: self._load_servable(servable, entry.path),
                self._options.retries,
                entry.stop_retrying,
            )
        except ServingError as failure:
            log.error("Servable %s cannot be loaded: %s", servable, failure)
            self._done(servable, entry, State.END, failure)
            return
        entry.servable = loaded
        self._done(servable, entry, State.AVAILABLE)
        log.info("Loaded %s version %d in %.1f s", *servable, time.monotonic() - started)

    def _unload(self, servable: ServableId, entry: Entry) -> None:
        self._set(servable, entry, State.UNLOADING)
        with self._changed:
            self._changed.wait_for(lambda: not entry.users or self._closing)
            if self._closing:
                return
        self._close_servable(servable, entry)

    def _unload_at_end(self, servable: ServableId, entry: Entry, deadline: float) -> bool:
        with self._changed:
            if entry.servable is None:
                return True
            self._set(servable, entry, State.UNLOADING)
            if not self._changed.wait_for(lambda: not entry.users, deadline - time.monotonic()):
                return False
        self._close_servable(servable, entry)
        return True

    def _close_servable(self, servable: ServableId, entry: Entry) -> None:
        assert entry.servable is not None  # it was AVAILABLE
        entry.servable.close()
        entry.servable = None
        self._done(servable, entry, State.END)
        log.info("Unloaded %s version %d", *servable)

    def _find(self, name: str, version: int | None) -> Entry:
        entries = self._entries.get(name, {})
        if version is None:
            version = max((number for number, entry in entries.items() if entry.state is State.AVAILABLE), default=None)
            if version is None:
                raise not_found(f"Servable not found for request: Latest({name})")
        entry = entries.get(version)
        if entry is None or entry.state is not State.AVAILABLE:
            raise not_found(f"Servable not found for request: Specific({name}, {version})")
        return entry

    def _done(self, servable: ServableId, entry: Entry, state: State, error: ServingError | None = None) -> None:
        with self._changed:
            entry.scheduled = False
            self._set(servable, entry, state, error)

    def _set(self, servable: ServableId, entry: Entry, state: State, error: ServingError | None = None) -> None:
        with self._changed:
            entry.state = state
            self._monitor.publish(servable, state, error)
