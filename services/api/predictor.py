"""Calls the models in TensorFlow Serving over gRPC. Of the API, only this file and channel.py know gRPC."""

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

import grpc

from models.spec import ModelSpec, Tensors
from services.api import errors, trace
from services.api.channel import open_channel
from services.api.settings import Settings
from services.api.tensors import ContractBroken, from_proto, to_proto
from services.protos import fvi_serving_pb2 as pb

Request = pb.PredictRequest | pb.GetModelMetadataRequest | pb.GetModelStatusRequest
Response = TypeVar("Response", pb.PredictResponse, pb.GetModelMetadataResponse, pb.GetModelStatusResponse)

ERROR_OF_STATUS: dict[grpc.StatusCode, type[errors.ServingError]] = {
    grpc.StatusCode.UNAVAILABLE: errors.ServingUnavailable,
    grpc.StatusCode.DEADLINE_EXCEEDED: errors.ServingTimeout,
    grpc.StatusCode.NOT_FOUND: errors.ModelNotReady,
    grpc.StatusCode.FAILED_PRECONDITION: errors.ModelNotReady,
    grpc.StatusCode.RESOURCE_EXHAUSTED: errors.ServingOverloaded,
    grpc.StatusCode.OK: errors.ServingError,  # an RpcError with OK makes no sense
    grpc.StatusCode.CANCELLED: errors.ServingError,
    grpc.StatusCode.UNKNOWN: errors.ServingError,
    grpc.StatusCode.INVALID_ARGUMENT: errors.ServingError,
    grpc.StatusCode.ALREADY_EXISTS: errors.ServingError,
    grpc.StatusCode.PERMISSION_DENIED: errors.ServingError,
    grpc.StatusCode.UNAUTHENTICATED: errors.ServingError,
    grpc.StatusCode.ABORTED: errors.ServingError,
    grpc.StatusCode.OUT_OF_RANGE: errors.ServingError,
    grpc.StatusCode.UNIMPLEMENTED: errors.ServingError,
    grpc.StatusCode.INTERNAL: errors.ServingError,
    grpc.StatusCode.DATA_LOSS: errors.ServingError,
}

# Some conditions come with a status that means something else to everyone.
_ERROR_OF_WORDS: dict[str, type[errors.ServingError]] = {
    "Unrecognized servable version label": errors.ModelNotReady,  # INVALID_ARGUMENT
    "The batch scheduling queue": errors.ServingOverloaded,  # UNAVAILABLE
    "Stream removed (retry perAttemptRecvTimeout exceeded)": errors.ServingTimeout,  # CANCELLED, by gRPC itself
}


@dataclass(frozen=True)
class Answer:
    """A model's outputs, and the version that gave them."""

    outputs: Tensors
    version: int


class Predictor(Protocol):
    """What the API asks of the place where the models run; every method raises only ServingError."""

    def call(self, spec: ModelSpec, inputs: Tensors, label: str, timeout: float) -> Answer:
        """Runs the version of a model that has `label`, within `timeout` seconds."""

    def version_of(self, spec: ModelSpec, label: str, timeout: float) -> int:
        """The version that has `label` and can answer now."""

    def states_of(self, spec: ModelSpec, timeout: float) -> dict[int, str]:
        """Every version of a model and its state, such as AVAILABLE."""


class TfServingPredictor:
    """A Predictor over gRPC.

    The channel is opened by the first call, in the process that makes it: gRPC does not survive a
    fork, and hangs instead of failing (grpc/grpc #13464).
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._channel: grpc.Channel | None = None
        self._pid = 0

    def __call__(self, spec: ModelSpec, inputs: Tensors) -> Tensors:
        """models.spec.Predict, with the label and the deadline of the settings."""
        return self.call(spec, inputs, self._settings.label, self._settings.deadline_seconds).outputs

    def call(self, spec: ModelSpec, inputs: Tensors, label: str, timeout: float) -> Answer:
        """Runs the version of a model that has `label`, within `timeout` seconds.

        Raises:
            ContractBroken: the inputs are not those of `spec`.
            ServingError: the server refused, was late, cannot be reached or broke the contract.
        """
        request = pb.PredictRequest(
            model_spec=pb.ModelSpec(name=spec.name, version_label=label, signature_name=spec.signature),
            inputs={tensor.name: to_proto(inputs[tensor.name], tensor) for tensor in spec.inputs},
        )
        response = self._send("PredictionService/Predict", request, pb.PredictResponse, timeout)
        batch = len(inputs[spec.inputs[0].name])
        try:
            outputs = {
                tensor.name: from_proto(response.outputs[tensor.name], tensor, batch)
                for tensor in spec.outputs
                if tensor.name in response.outputs or not tensor.optional
            }
        except ContractBroken as error:
            raise errors.ServingError(model=spec.name, contract=str(error)) from error
        return Answer(outputs, response.model_spec.version.value)

    def version_of(self, spec: ModelSpec, label: str, timeout: float) -> int:
        """The version that has `label` and can answer now.

        Asks for the metadata: of all calls but Predict, only that one resolves the label and takes
        hold of the model (get_model_metadata_impl.cc).
        """
        request = pb.GetModelMetadataRequest(
            model_spec=pb.ModelSpec(name=spec.name, version_label=label), metadata_field=["signature_def"]
        )
        response = self._send("PredictionService/GetModelMetadata", request, pb.GetModelMetadataResponse, timeout)
        return response.model_spec.version.value

    def states_of(self, spec: ModelSpec, timeout: float) -> dict[int, str]:
        """Every version of a model and its state, such as AVAILABLE."""
        request = pb.GetModelStatusRequest(model_spec=pb.ModelSpec(name=spec.name))
        response = self._send("ModelService/GetModelStatus", request, pb.GetModelStatusResponse, timeout)
        state_name = pb.ModelVersionStatus.State.Name
        return {each.version: state_name(each.state) for each in response.model_version_status}

    def close(self) -> None:
        """Closes the channel; a later call opens a new one."""
        with self._lock:
            if self._channel is not None:
                self._channel.close()
                self._channel = None

    def _send(self, method: str, request: Request, response_type: type[Response], timeout: float) -> Response:
        call: Callable[..., Response] = self._open_channel().unary_unary(
            f"/tensorflow.serving.{method}",
            request_serializer=type(request).SerializeToString,
            response_deserializer=response_type.FromString,
        )
        span = trace.current().call()
        try:
            response = call(request, timeout=timeout, metadata=span.metadata())
        except grpc.RpcError as error:
            self._end(span, method, request, error.code())
            raise as_serving_error(error, request.model_spec.name) from error
        version = response.model_spec.version.value if isinstance(response, pb.PredictResponse) else 0
        self._end(span, method, request, grpc.StatusCode.OK, version)
        return response

    def _end(self, span: trace.Span, method: str, request: Request, status: grpc.StatusCode, version: int = 0) -> None:
        """Names as in OpenTelemetry's semantic conventions for gRPC, where they have one."""
        method = f"tensorflow.serving.{method}"
        attributes: dict[str, str | int] = {
            "rpc.system.name": "grpc",
            "rpc.method": method,
            "rpc.response.status_code": status.name,
            "server.address": self._settings.serving_target,
            "fvi.model": request.model_spec.name,
            "fvi.label": request.model_spec.version_label,
            **({"fvi.version": version} if version else {}),
        }
        span.end(method, attributes, failed=status != grpc.StatusCode.OK)

    def _open_channel(self) -> grpc.Channel:
        with self._lock:
            if self._channel is None:
                self._channel = open_channel(self._settings)
                self._pid = os.getpid()
            if self._pid != os.getpid():
                raise RuntimeError("The gRPC channel was opened before a fork. Open it in the worker, by a first call.")
            return self._channel


def as_serving_error(error: grpc.RpcError, model: str) -> errors.ServingError:
    """What a failed call of `model` means for the caller of the API."""
    status, words = error.code(), error.details() or ""
    kind = ERROR_OF_STATUS[status]
    for beginning, meant in _ERROR_OF_WORDS.items():
        if words.startswith(beginning):
            kind = meant
    return kind(model=model, grpc=status.name)
