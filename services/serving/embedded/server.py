"""Puts the models, the ports and the polling of the configuration together (`model_servers/server.cc`)."""

import logging
import threading
from dataclasses import dataclass, field
from typing import Any

from services.serving.embedded.config import read_config_file
from services.serving.embedded.core import ServerCore
from services.serving.embedded.errors import ServingError
from services.serving.embedded.grpc_server import GrpcOptions, GrpcServer
from services.serving.embedded.loader import Loader
from services.serving.embedded.manager import ManagerOptions
from services.serving.embedded.metrics import Metrics
from services.serving.embedded.periodic import Periodic
from services.serving.embedded.rest.server import RestOptions, RestServer
from services.serving.embedded.servable import ServableOptions

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ServerOptions:
    """What one server serves, and where."""

    config: Any  # a ModelServerConfig
    config_file: str = ""  # read again every so many seconds, if these are more than 0
    config_file_poll_wait_seconds: float = 0
    file_system_poll_wait_seconds: float = 1
    allow_version_labels_for_unavailable_models: bool = False
    grpc: GrpcOptions = field(default_factory=GrpcOptions)
    rest: RestOptions | None = None
    manager: ManagerOptions = field(default_factory=ManagerOptions)
    servables: ServableOptions = field(default_factory=ServableOptions)


class Server:
    """A running server: of every model a version is loaded, ports open."""

    def __init__(self, options: ServerOptions, stopping: threading.Event | None = None) -> None:
        """Load the models, then listen.

        As in TF Serving no port opens before, of every model, one version serves; a model without
        any version is waited for.

        Args:
            stopping: set it to end the wait.

        Raises:
            ServingError: a model cannot be served; CANCELLED, `stopping` was set. See `ServerCore.reload`.
            OSError: a port is taken.
        """
        self._options = options
        self._stopping = stopping or threading.Event()
        self._closed = False
        self.metrics = Metrics()
        self._loader = Loader(options.servables, self.metrics)
        self.core = ServerCore(
            self._loader.load,
            options.manager,
            options.allow_version_labels_for_unavailable_models,
            options.file_system_poll_wait_seconds,
        )
        self._polling: Periodic | None = None
        self._grpc: GrpcServer | None = None
        self._rest: RestServer | None = None
        try:
            self._start()
        except BaseException:
            self.stop(0)
            raise

    def _start(self) -> None:
        options = self._options
        self.core.reload(options.config, self._gives_up)
        if options.config_file and options.config_file_poll_wait_seconds > 0:
            self._polling = Periodic("config polling", self._poll_config, options.config_file_poll_wait_seconds)
        self._grpc = GrpcServer(self.core, self.metrics, options.grpc)
        self.address = self._grpc.address
        if options.rest is not None:
            self._rest = RestServer(self.core, self.metrics, options.rest)
        self.rest_address = self._rest.address if self._rest else ""
        self._grpc.start()

    def stop(self, grace: float) -> bool:
        """Take no more requests, give those under way `grace` seconds, unload everything.

        May be called again. Returns False if some request would not end, even cancelled; its model is
        then still loaded.
        """
        self._closed = True
        if self._polling is not None:
            self._polling.stop()
        cancelled = self._grpc.stop(grace) if self._grpc else None
        rest, self._rest = self._rest, None
        if rest is not None:
            rest.stop(grace)
        if cancelled is not None:
            cancelled.wait()
        unloaded = self.core.close(max(grace, 1))
        if unloaded:
            self._loader.close()
        return unloaded

    def _gives_up(self) -> bool:
        return self._closed or self._stopping.is_set()

    def _poll_config(self) -> None:
        """A mistake in the file is told at every poll, and what was served stays."""
        try:
            config = read_config_file(self._options.config_file)
        except ServingError as error:
            log.error("Failed to read ModelServerConfig file: %s", error.message)
            return
        try:
            self.core.reload(config, self._gives_up)
        except ServingError as error:
            if not self._gives_up():
                log.error("PollFilesystemAndReloadConfig failed to ReloadConfig: %s", error.message)
