"""The gRPC side: services, ports, TLS, channel arguments (`model_servers/server.cc`)."""

import os
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc  # type: ignore[import-untyped]
from tensorflow_serving.apis import model_service_pb2_grpc, prediction_service_pb2_grpc

from services.serving.embedded.core import ServerCore
from services.serving.embedded.errors import invalid_argument
from services.serving.embedded.metrics import Metrics
from services.serving.embedded.model_service import ModelService
from services.serving.embedded.prediction_service import PredictionService

MAX_MESSAGE_BYTES = 2**31 - 1  # as TF Serving; gRPC's own default is 4 MiB
DEFAULT_THREADS = max(16, 4 * (os.cpu_count() or 1))  # TF Serving has 4 a core; status must not queue behind Predict

_INT32 = range(-(2**31), 2**31)


@dataclass(frozen=True)
class GrpcOptions:
    """Where and how to listen. Port 0 takes a free one."""

    host: str = "127.0.0.1"
    port: int = 0
    socket_path: str = ""  # of a unix socket, besides the port
    max_threads: int = DEFAULT_THREADS
    channel_arguments: Mapping[str, int | str] = field(default_factory=dict)
    ssl: Any = None  # an SSLConfig
    health_service: bool = False


class GrpcServer:
    """Listens on a port and, if wanted, on a unix socket."""

    def __init__(self, core: ServerCore, metrics: Metrics, options: GrpcOptions) -> None:
        """Bind; nothing is served before `start`.

        Raises:
            ServingError: the TLS configuration is unusable.
            OSError: the port is taken, or the socket's folder is not there.
        """
        arguments = {
            "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
            "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
            "grpc.so_reuseport": 0,  # two servers on one port would share its requests instead of one being refused
            **options.channel_arguments,
        }
        threads = ThreadPoolExecutor(options.max_threads, thread_name_prefix="grpc")
        self._server = grpc.server(threads, options=list(arguments.items()))
        prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(
            PredictionService(core, metrics), self._server
        )
        model_service_pb2_grpc.add_ModelServiceServicer_to_server(ModelService(core), self._server)
        self._health = self._add_health() if options.health_service else None
        credentials = _credentials(options.ssl) if options.ssl is not None else None
        self.address = f"{options.host}:{self._bind(f'{options.host}:{options.port}', credentials)}"
        if options.socket_path:
            self._bind(f"unix:{options.socket_path}", credentials)

    def start(self) -> None:
        """Answer from now on."""
        self._server.start()

    def stop(self, grace: float) -> threading.Event:
        """Take no more requests; the event comes when those under way are over, or cancelled after `grace` seconds."""
        if self._health is not None:
            self._health.enter_graceful_shutdown()
        stopped: threading.Event = self._server.stop(grace)
        return stopped

    def _bind(self, address: str, credentials: grpc.ServerCredentials | None) -> int:
        try:
            if credentials is None:
                return int(self._server.add_insecure_port(address))
            return int(self._server.add_secure_port(address, credentials))
        except RuntimeError as error:
            message = f"Cannot listen on {address}: the port is taken, or the address is not this machine's."
            raise OSError(f"{message} Choose another --port, or --port=0 for a free one.") from error

    def _add_health(self) -> health.HealthServicer:
        # Watch calls stay open; they must not take the threads of requests.
        threads = ThreadPoolExecutor(1, thread_name_prefix="health")
        servicer = health.HealthServicer(experimental_non_blocking=True, experimental_thread_pool=threads)
        servicer.set("", health_pb2.HealthCheckResponse.SERVING)
        health_pb2_grpc.add_HealthServicer_to_server(servicer, self._server)
        return servicer


def parse_channel_arguments(text: str) -> dict[str, int | str]:
    """--grpc_channel_arguments, "key=value,key=value"; a value that is a 32-bit number is passed as one.

    Raises:
        ServingError: INVALID_ARGUMENT, a part has no "=" (which would crash TF Serving).
    """
    arguments: dict[str, int | str] = {}
    for part in filter(None, text.split(",")):
        key, equals, value = part.partition("=")
        if not key or not equals:
            raise invalid_argument(f"--grpc_channel_arguments: expected key=value, got '{part}'")
        is_number = value.lstrip("+-").isdecimal() and value.isascii() and int(value) in _INT32
        arguments[key] = int(value) if is_number else value
    return arguments


def _credentials(ssl: Any) -> grpc.ServerCredentials:
    """The SSLConfig holds PEM text, not paths."""
    if not ssl.server_key or not ssl.server_cert:
        raise invalid_argument("--ssl_config_file: server_key and server_cert must both be given, as PEM text")
    if ssl.client_verify and not ssl.custom_ca:
        raise invalid_argument("--ssl_config_file: client_verify needs custom_ca, the PEM text of who signs clients")
    pairs = [(ssl.server_key.encode(), ssl.server_cert.encode())]
    return grpc.ssl_server_credentials(pairs, ssl.custom_ca.encode() or None, ssl.client_verify)
