"""GetModelStatus (`model_servers/get_model_status_impl.cc`)."""

from typing import Any

from tensorflow_serving.apis import get_model_status_pb2

from services.serving.embedded.errors import invalid_argument, not_found
from services.serving.embedded.states import StateMonitor


def model_status(monitor: StateMonitor, request: Any) -> Any:
    """GetModelStatusRequest -> GetModelStatusResponse: one version, or all a model ever had, highest first.

    A label is not resolved: TF Serving answers with all versions, and so do we.

    Raises:
        ServingError: NOT_FOUND or INVALID_ARGUMENT.
    """
    if not request.HasField("model_spec"):
        raise invalid_argument("Missing ModelSpec")
    spec = request.model_spec
    versions = monitor.versions(spec.name)
    if spec.WhichOneof("version_choice") == "version":
        number = spec.version.value
        if number not in versions:
            raise not_found(f"Could not find version {number} of model {spec.name}")
        versions = {number: versions[number]}
    elif not versions:
        raise not_found(f"Could not find any versions of model {spec.name}")
    response = get_model_status_pb2.GetModelStatusResponse()
    for number, status in versions.items():
        entry = response.model_version_status.add(version=number, state=int(status.state))
        entry.status.SetInParent()
        if status.error:
            entry.status.error_code = status.error.number
            entry.status.error_message = status.error.message
    return response
