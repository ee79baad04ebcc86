"""What the agent asks of the TensorFlow Serving beside it, over gRPC."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import grpc

from services.protos import fvi_serving_pb2 as pb

_SECONDS = 2.0
_SERVED_BY_NOBODY = (
    grpc.StatusCode.NOT_FOUND,  # no such model, or the version of the label is not loaded
    grpc.StatusCode.INVALID_ARGUMENT,  # no such label
)
Answer = TypeVar("Answer", pb.GetModelStatusResponse, pb.GetModelMetadataResponse)


class ServerAway(Exception):
    """No answer, or none that makes sense: it starts, stops or hangs."""


@dataclass(frozen=True)
class Version:
    """One version as the server sees it: the name of its state, and why it ended if it ended badly."""

    state: str
    error: str = ""

    @property
    def is_available(self) -> bool:
        return self.state == "AVAILABLE"

    @property
    def is_gone(self) -> bool:
        """Whether nothing of it is in memory, nor going to be."""
        return self.state == "END"

    @property
    def has_failed(self) -> bool:
        return self.is_gone and bool(self.error)


class TensorFlowServing:
    """The two questions. Every method raises ServerAway."""

    def __init__(self, target: str) -> None:
        """`target`: a gRPC target, such as `127.0.0.1:8500` or `unix:/run/serving.sock`."""
        options = [("grpc.enable_http_proxy", 0), ("grpc.max_reconnect_backoff_ms", 500)]
        self._channel = grpc.insecure_channel(target, options)

    def versions(self, model: str) -> dict[int, Version]:
        """Every version of a model that the server has heard of; none for an unknown model."""
        request = pb.GetModelStatusRequest(model_spec=pb.ModelSpec(name=model))
        answer = self._ask("ModelService/GetModelStatus", request, pb.GetModelStatusResponse)
        if answer is None:
            return {}
        name = pb.ModelVersionStatus.State.Name
        return {each.version: Version(name(each.state), _error(each.status)) for each in answer.model_version_status}

    def version_of(self, model: str, label: str) -> int | None:
        """The version that would answer a request with `label` now; None if no one would.

        Metadata, as only that resolves the label and takes hold of the version (get_model_metadata_impl.cc).
        """
        spec = pb.ModelSpec(name=model, version_label=label)
        request = pb.GetModelMetadataRequest(model_spec=spec, metadata_field=["signature_def"])
        answer = self._ask("PredictionService/GetModelMetadata", request, pb.GetModelMetadataResponse)
        return None if answer is None else answer.model_spec.version.value

    def close(self) -> None:
        self._channel.close()

    def _ask(
        self,
        method: str,
        request: pb.GetModelStatusRequest | pb.GetModelMetadataRequest,
        answer: type[Answer],
    ) -> Answer | None:
        call: Callable[..., Answer] = self._channel.unary_unary(
            f"/tensorflow.serving.{method}",
            request_serializer=type(request).SerializeToString,
            response_deserializer=answer.FromString,
        )
        try:
            return call(request, timeout=_SECONDS)
        except grpc.RpcError as error:
            if error.code() in _SERVED_BY_NOBODY:
                return None
            raise ServerAway(f"{method}: {error.code().name} {error.details()}") from error


def _error(status: pb.StatusProto) -> str:
    return (status.error_message or f"code {status.error_code}") if status.error_code else ""
