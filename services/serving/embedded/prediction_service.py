"""`tensorflow.serving.PredictionService`: Predict and GetModelMetadata (`prediction_service_impl.cc`)."""

from typing import Any

import grpc
from tensorflow_serving.apis import get_model_metadata_pb2, prediction_service_pb2_grpc

from services.serving.embedded.errors import ServingError, invalid_argument
from services.serving.embedded.manager import Manager

SIGNATURE_DEF = "signature_def"


class PredictionService(prediction_service_pb2_grpc.PredictionServiceServicer):  # type: ignore[misc]  # untyped
    """Answers with the versions a Manager has loaded."""

    def __init__(self, manager: Manager) -> None:
        self._manager = manager

    def Predict(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Run one signature of one version."""
        try:
            if not request.HasField("model_spec"):
                raise invalid_argument("Missing ModelSpec")
            with self._manager.serving(request.model_spec) as servable:
                return servable.predict(request, _time_left(context))
        except ServingError as error:
            context.abort(error.code, error.details)

    def GetModelMetadata(self, request: Any, context: grpc.ServicerContext) -> Any:
        """The signatures of one version."""
        try:
            return self._metadata(request)
        except ServingError as error:
            context.abort(error.code, error.details)

    def _metadata(self, request: Any) -> Any:
        if not request.HasField("model_spec"):
            raise invalid_argument("Missing ModelSpec")
        if not request.metadata_field:
            raise invalid_argument("GetModelMetadataRequest must specify at least one metadata_field")
        for field in request.metadata_field:
            if field != SIGNATURE_DEF:
                # The unreplaced %s is TF Serving's.
                raise invalid_argument(f"Metadata field %s is not supported{field}")
        response = get_model_metadata_pb2.GetModelMetadataResponse()
        signatures = get_model_metadata_pb2.SignatureDefMap()
        with self._manager.serving(request.model_spec) as servable:
            response.model_spec.name = servable.name
            response.model_spec.version.value = servable.version
            for name, signature in servable.signatures.items():
                signatures.signature_def[name].CopyFrom(signature)
        response.metadata[SIGNATURE_DEF].Pack(signatures)
        return response


def _time_left(context: grpc.ServicerContext) -> float | None:
    """Seconds until the client's deadline; None without one.

    Raises:
        ServingError: DEADLINE_EXCEEDED, the request waited too long for a thread.
    """
    seconds: float | None = context.time_remaining()
    if seconds is not None and seconds <= 0:
        raise ServingError(grpc.StatusCode.DEADLINE_EXCEEDED, "Deadline Exceeded")
    return seconds
