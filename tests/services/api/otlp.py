"""A collector of spans for tests: the service of OpenTelemetry's protocol on a real gRPC server."""

import threading
from collections.abc import Callable
from concurrent import futures
from typing import Any

import grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as otlp
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2_grpc
from opentelemetry.proto.trace.v1.trace_pb2 import Span


class Collector(trace_service_pb2_grpc.TraceServiceServicer):
    """Keeps the spans that it is sent."""

    def __init__(self) -> None:
        self.requests: list[otlp.ExportTraceServiceRequest] = []
        self._more = threading.Condition()
        self._server = grpc.server(futures.ThreadPoolExecutor(2))
        trace_service_pb2_grpc.add_TraceServiceServicer_to_server(self, self._server)
        self.endpoint = f"http://127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        self._server.start()

    def Export(self, request: otlp.ExportTraceServiceRequest, _context: Any) -> otlp.ExportTraceServiceResponse:
        with self._more:
            self.requests.append(request)
            self._more.notify_all()
        return otlp.ExportTraceServiceResponse()

    @property
    def spans(self) -> list[Span]:
        sent = [each for request in self.requests for each in request.resource_spans]
        return [span for each in sent for scope in each.scope_spans for span in scope.spans]

    def wait(self, until: Callable[[], bool]) -> None:
        with self._more:
            assert self._more.wait_for(until, 20), [span.name for span in self.spans]

    def stop(self) -> None:
        self._server.stop(None).wait()

    @property
    def received(self) -> bytes:
        """All that came, as it came."""
        return b"".join(request.SerializeToString() for request in self.requests)
