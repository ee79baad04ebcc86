"""`tensorflow.serving.ModelService`: what is loaded, and what should be (`model_service_impl.cc`)."""

from typing import Any

import grpc
from tensorflow_serving.apis import get_model_status_pb2, model_management_pb2, model_service_pb2_grpc

from services.serving.embedded import config
from services.serving.embedded.errors import ServingError, invalid_argument, not_found
from services.serving.embedded.manager import Manager


class ModelService(model_service_pb2_grpc.ModelServiceServicer):  # type: ignore[misc]  # untyped
    """Reports and changes what a Manager has loaded."""

    def __init__(self, manager: Manager) -> None:
        self._manager = manager

    def GetModelStatus(self, request: Any, context: grpc.ServicerContext) -> Any:
        """The state of one version, or of all a model ever had, highest first."""
        try:
            return self._status(request)
        except ServingError as error:
            context.abort(error.code, error.details)

    def HandleReloadConfigRequest(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Serve what the given ModelServerConfig says, and nothing else."""
        try:
            if request.config.WhichOneof("config") != "model_config_list":
                raise invalid_argument(
                    "ServerModelConfig type not supported by HandleReloadConfigRequest. "
                    "Only ModelConfigList is currently supported"
                )
            self._manager.reload(config.from_proto(request.config))
        except ServingError as error:
            context.abort(error.code, error.details)
        return model_management_pb2.ReloadConfigResponse()

    def _status(self, request: Any) -> Any:
        if not request.HasField("model_spec"):
            raise invalid_argument("Missing ModelSpec")
        spec = request.model_spec
        versions = self._manager.monitor.versions(spec.name)
        # A label is not resolved here: TF Serving answers with all versions, and so do we.
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
