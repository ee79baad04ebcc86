"""Models, their configuration and their labels, put together (`model_servers/server_core.cc`)."""

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import grpc

from services.serving.embedded import config
from services.serving.embedded.config import ModelConfig
from services.serving.embedded.errors import ServingError, failed_precondition, invalid_argument
from services.serving.embedded.labels import LabelMap
from services.serving.embedded.manager import Load, Manager, ManagerOptions
from services.serving.embedded.servable import Servable
from services.serving.embedded.source import FileSystemSource
from services.serving.embedded.states import Awaited, State, StateMonitor

log = logging.getLogger(__name__)

GiveUp = Callable[[], bool]

_POLL_SECONDS = 0.05  # how often a wait asks whether to give up


class ServerCore:
    """What is served. Safe to use from many threads."""

    def __init__(
        self, load: Load, options: ManagerOptions, labels_for_unavailable: bool, file_system_poll_wait_seconds: float
    ) -> None:
        """Serve nothing yet."""
        self.monitor = StateMonitor()
        self.manager = Manager(load, self.monitor, options)
        self._labels = LabelMap(self.monitor, labels_for_unavailable)
        self._source = FileSystemSource(self.manager.aspire, file_system_poll_wait_seconds)
        self._models: Sequence[ModelConfig] | None = None  # None until the first config
        self._reloading = threading.Lock()

    def reload(self, new: Any, give_up: GiveUp) -> None:
        """Serve exactly what a ModelServerConfig says from now on; one caller at a time.

        Labels are checked and moved before anything is loaded. Then it waits until of every *new*
        model some version serves or has failed, whichever comes first and the highest version
        counting most; for a model without versions, or with a missing base path, for ever. New
        versions of a model that was served before are not waited for.

        Args:
            give_up: asked now and then; the wait is over once it answers True. The config stays.

        Raises:
            ServingError: an impossible config, labels that may not move, a version that did not
                load; CANCELLED, the wait was given up.
        """
        while not self._reloading.acquire(timeout=_POLL_SECONDS):
            _check(give_up)
        try:
            self._reload(new, give_up)
        finally:
            self._reloading.release()

    def _reload(self, new: Any, give_up: GiveUp) -> None:
        kind = new.WhichOneof("config")
        if kind == "custom_model_config" or (kind is None and self._models is not None):
            raise failed_precondition(
                "Cannot transition to requested config. "
                "It is only legal to transition from one ModelConfigList to another."
            )
        if kind is None:
            log.info("Taking no action for empty config.")
            return
        models = config.models_of(new)
        config.check_platforms_stay(self._models or (), models)
        self._labels.replace(models)
        config.check_platforms_are_served(models)
        old, self._models = self._models, models
        known = {model.name for model in old or ()}
        awaited = self.monitor.expect(model.name for model in models if model.name not in known)
        try:
            self._source.update(models)
            _wait(awaited, "servable" if old is None else "model", give_up)
        finally:
            self.monitor.forget(awaited)
            if old is None:
                initial = self.manager.end_initial_load()
        if old is None:
            # `ConnectSourcesWithFastInitialLoad`: loads that were begun with the many threads of the
            # start are finished before the few that were asked for take over.
            while not initial.idle(_POLL_SECONDS):
                _check(give_up)

    @contextlib.contextmanager
    def serving(self, spec: Any) -> Iterator[Servable]:
        """The version a ModelSpec asks for, kept loaded until the `with` block ends.

        Raises:
            ServingError: INVALID_ARGUMENT, NOT_FOUND or UNAVAILABLE, as TF Serving answers.
        """
        if not spec.name:
            raise invalid_argument("ModelSpec has no name specified.")
        version = None
        match spec.WhichOneof("version_choice"):
            case "version":
                version = spec.version.value
            case "version_label":
                version = self._labels.version_of(spec.name, spec.version_label)
        with self.manager.using(spec.name, version) as servable:
            yield servable

    def close(self, timeout: float) -> bool:
        """Unload everything; whether all requests were over within `timeout` seconds."""
        self._source.close()
        return self.manager.close(timeout)


def _wait(awaited: Awaited, noun: str, give_up: GiveUp) -> None:
    while not awaited.wait(_POLL_SECONDS):
        _check(give_up)
    failed = [
        f"{{{servable}{f' due to error: {status.error}' if status.error else ''}}}, "
        for servable, status in awaited.reached.items()
        if status.state is not State.AVAILABLE
    ]
    if failed:
        message = f"{len(failed)} {noun}(s) did not become available: {{{''.join(failed)}}}"
        raise ServingError(grpc.StatusCode.UNKNOWN, message)


def _check(give_up: GiveUp) -> None:
    if give_up():
        raise ServingError(grpc.StatusCode.CANCELLED, "The wait for the models of the new config was given up.")
