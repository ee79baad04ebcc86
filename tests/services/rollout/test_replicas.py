"""Every model server behind a name, over real gRPC: two of them, on two addresses of loopback."""

import socket
from collections.abc import Callable, Iterator
from concurrent import futures
from dataclasses import dataclass, field

import grpc
import pytest

from services.children import free_port
from services.desired import DesiredModel
from services.protos import fvi_serving_pb2 as pb
from services.rollout.observed import Fleet
from services.rollout.replicas import Replicas

WANTED = DesiredModel(1, 2)


@dataclass
class Server:
    """Answers what a test says: label -> version, and version -> (state, error)."""

    address: str
    labels: dict[str, int] = field(default_factory=lambda: {"stable": 1, "canary": 2})
    versions: dict[int, tuple[str, str]] = field(default_factory=lambda: {1: ("AVAILABLE", ""), 2: ("AVAILABLE", "")})

    def __post_init__(self) -> None:
        handlers = {
            "PredictionService": ("GetModelMetadata", self.metadata, pb.GetModelMetadataRequest),
            "ModelService": ("GetModelStatus", self.status, pb.GetModelStatusRequest),
        }
        self.server = grpc.server(futures.ThreadPoolExecutor(2))
        for service, (method, answer, request) in handlers.items():
            handler = grpc.unary_unary_rpc_method_handler(
                answer, request.FromString, lambda message: message.SerializeToString()
            )
            generic = grpc.method_handlers_generic_handler(f"tensorflow.serving.{service}", {method: handler})
            self.server.add_generic_rpc_handlers((generic,))
        assert self.server.add_insecure_port(self.address)
        self.server.start()

    def metadata(self, request: pb.GetModelMetadataRequest, context: grpc.ServicerContext) -> object:
        version = self.labels.get(request.model_spec.version_label)
        if version is None:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "Unrecognized servable version label")
        spec = pb.ModelSpec(name="reader")
        spec.version.value = version
        return pb.GetModelMetadataResponse(model_spec=spec)

    def status(self, _request: pb.GetModelStatusRequest, _context: grpc.ServicerContext) -> object:
        return pb.GetModelStatusResponse(
            model_version_status=[
                pb.ModelVersionStatus(
                    version=version,
                    state=state,
                    status=pb.StatusProto(error_code=2 if error else 0, error_message=error),
                )
                for version, (state, error) in self.versions.items()
            ]
        )


@pytest.fixture
def servers(monkeypatch) -> Iterator[tuple[Server, Server]]:
    """Two, behind the name `serving`."""
    port = free_port()
    both = Server(f"127.0.0.1:{port}"), Server(f"127.0.0.2:{port}")
    look_up: Callable = socket.getaddrinfo

    def addresses(host: str, *arguments, **more):
        if host != "serving":
            return look_up(host, *arguments, **more)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each.address.partition(":")[0], port)) for each in both]

    monkeypatch.setattr(socket, "getaddrinfo", addresses)
    yield both
    for each in both:
        each.server.stop(None).wait()


@pytest.fixture
def replicas(servers: tuple[Server, Server]) -> Iterator[Replicas]:
    port = servers[0].address.partition(":")[2]
    each = Replicas(f"dns:///serving:{port}")
    yield each
    each.close()


def test_ready_is_who_answers_every_label_with_its_version(servers, replicas) -> None:
    assert replicas.look("reader", WANTED) == Fleet(2, 2)
    servers[1].labels["canary"] = 1
    assert replicas.look("reader", WANTED) == Fleet(2, 1)
    del servers[1].labels["canary"]
    assert replicas.look("reader", WANTED) == Fleet(2, 1)
    assert replicas.look("reader", DesiredModel(1)) == Fleet(2, 2)


def test_one_that_could_not_load_the_canary_says_why(servers, replicas) -> None:
    del servers[1].labels["canary"]
    servers[1].versions[2] = ("END", "no such op")
    assert replicas.look("reader", WANTED) == Fleet(2, 1, "no such op")
    servers[1].versions[2] = ("LOADING", "")
    assert replicas.look("reader", WANTED) == Fleet(2, 1)


def test_one_that_is_away_counts_as_not_ready_and_comes_back(servers, replicas) -> None:
    assert replicas.look("reader", WANTED) == Fleet(2, 2)
    servers[1].server.stop(None).wait()
    assert replicas.look("reader", WANTED) == Fleet(2, 1)


def test_a_name_without_addresses_tells_nothing() -> None:
    replicas = Replicas("dns:///nowhere.invalid:8500")
    assert replicas.look("reader", WANTED) is None
