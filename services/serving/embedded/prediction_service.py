"""`tensorflow.serving.PredictionService` over gRPC (`model_servers/prediction_service_impl.cc`)."""

import contextlib
import time
from collections.abc import Iterator
from typing import Any, NoReturn

import grpc
from tensorflow_serving.apis import prediction_service_pb2_grpc

from services.serving.embedded.core import ServerCore
from services.serving.embedded.errors import ServingError, invalid_argument, unimplemented
from services.serving.embedded.metadata import model_metadata
from services.serving.embedded.metrics import Metrics

_FOR_EVER = 1e9  # seconds; without a deadline gRPC tells some 300 billion years


class PredictionService(prediction_service_pb2_grpc.PredictionServiceServicer):  # type: ignore[misc]  # untyped
    """Answers with the versions a ServerCore has loaded."""

    def __init__(self, core: ServerCore, metrics: Metrics) -> None:
        self._core = core
        self._metrics = metrics

    def Predict(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Run one signature of one version."""
        with self._answering("Predict", request, context):
            if not request.HasField("model_spec"):
                raise invalid_argument("Missing ModelSpec")
            with self._core.serving(request.model_spec) as servable:
                return servable.predict(request, _time_left(context))

    def GetModelMetadata(self, request: Any, context: grpc.ServicerContext) -> Any:
        """The signatures of one version. Not counted, as in TF Serving."""
        try:
            return model_metadata(self._core, request)
        except ServingError as error:
            context.abort(error.code, error.details)

    def Classify(self, request: Any, context: grpc.ServicerContext) -> NoReturn:
        """Not served."""
        self._refuse("Classify", request, context)

    def Regress(self, request: Any, context: grpc.ServicerContext) -> NoReturn:
        """Not served."""
        self._refuse("Regress", request, context)

    def MultiInference(self, _request: Any, context: grpc.ServicerContext) -> NoReturn:
        """Not served, and not counted: a request has several models."""
        error = unimplemented("MultiInference")
        context.abort(error.code, error.details)
        raise error

    def _refuse(self, method: str, request: Any, context: grpc.ServicerContext) -> NoReturn:
        error = unimplemented(method)
        with self._answering(method, request, context):
            raise error
        raise error

    @contextlib.contextmanager
    def _answering(self, api: str, request: Any, context: grpc.ServicerContext) -> Iterator[None]:
        """Counts the request, and tells the client of a ServingError."""
        started, name = time.monotonic(), request.model_spec.name
        try:
            yield
        except ServingError as error:
            self._metrics.request(name, error.code.name)
            context.abort(error.code, error.details)
        self._metrics.request_latency(name, api, "GRPC", time.monotonic() - started)
        self._metrics.request(name, "OK")


def _time_left(context: grpc.ServicerContext) -> float | None:
    """Seconds until the client's deadline; None without one.

    Raises:
        ServingError: DEADLINE_EXCEEDED, the request waited too long for a thread.
    """
    seconds: float | None = context.time_remaining()
    if seconds is not None and seconds <= 0:
        raise ServingError(grpc.StatusCode.DEADLINE_EXCEEDED, "Deadline Exceeded")
    return None if seconds is None or seconds > _FOR_EVER else seconds
