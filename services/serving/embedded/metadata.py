"""GetModelMetadata (`servables/tensorflow/get_model_metadata_impl.cc`)."""

from typing import Any

from tensorflow_serving.apis import get_model_metadata_pb2

from services.serving.embedded.core import ServerCore
from services.serving.embedded.errors import invalid_argument

SIGNATURE_DEF = "signature_def"


def model_metadata(core: ServerCore, request: Any) -> Any:
    """GetModelMetadataRequest -> GetModelMetadataResponse: every signature of one version.

    Raises:
        ServingError: an impossible request, or no such version.
    """
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
    with core.serving(request.model_spec) as servable:
        response.model_spec.name = servable.name
        response.model_spec.version.value = servable.version
        for name, signature in servable.signatures.items():
            signatures.signature_def[name].CopyFrom(signature)
    response.metadata[SIGNATURE_DEF].Pack(signatures)
    return response
