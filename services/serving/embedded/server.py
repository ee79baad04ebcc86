"""Puts the services, the models and a port together."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import grpc
from tensorflow_serving.apis import model_service_pb2_grpc, prediction_service_pb2_grpc

from services.serving.embedded.config import ModelConfig
from services.serving.embedded.manager import Manager
from services.serving.embedded.model_service import ModelService
from services.serving.embedded.prediction_service import PredictionService
from services.serving.embedded.servable import ServableOptions

MAX_MESSAGE_BYTES = 2**31 - 1  # as TF Serving; gRPC's own default is 4 MiB
THREADS = max(16, 4 * (os.cpu_count() or 1))  # TF Serving has 4 a core; status must not queue behind Predict


@dataclass(frozen=True)
class ServerOptions:
    """What one server serves, and where. Port 0 takes a free one."""

    models: Sequence[ModelConfig]
    host: str = "127.0.0.1"
    port: int = 0
    allow_version_labels_for_unavailable_models: bool = False
    servables: ServableOptions = field(default_factory=ServableOptions)


class Server:
    """A running server: models loaded, port open."""

    def __init__(self, options: ServerOptions) -> None:
        """Load every model, then listen: as with TF Serving, an open port means loaded models.

        Raises:
            ServingError: a model cannot be served; see `Manager.reload`.
            OSError: the port is taken.
        """
        self.manager = Manager(options.servables, options.allow_version_labels_for_unavailable_models)
        try:
            self.manager.reload(options.models)
            self._grpc = _grpc_server(self.manager)
            self.address = _listen(self._grpc, options.host, options.port)
        except BaseException:
            self.manager.close()
            raise
        self._grpc.start()

    def stop(self, grace: float) -> None:
        """Take no more requests, give those under way `grace` seconds, unload everything."""
        self._grpc.stop(grace).wait()
        self.manager.close()


def _grpc_server(manager: Manager) -> grpc.Server:
    server = grpc.server(
        ThreadPoolExecutor(THREADS, thread_name_prefix="grpc"),
        options=[
            ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
            ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
            # Two servers on one port would share its requests instead of one being refused.
            ("grpc.so_reuseport", 0),
        ],
    )
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(PredictionService(manager), server)
    model_service_pb2_grpc.add_ModelServiceServicer_to_server(ModelService(manager), server)
    return server


def _listen(server: grpc.Server, host: str, port: int) -> str:
    try:
        return f"{host}:{server.add_insecure_port(f'{host}:{port}')}"
    except RuntimeError as error:
        message = f"Cannot listen on {host}:{port}: the port is taken, or the address is not this machine's."
        raise OSError(f"{message} Choose another --port, or --port=0 for a free one.") from error
