"""`tensorflow.serving.ModelService`: what is loaded, and what should be (`model_servers/model_service_impl.cc`)."""

import logging
from typing import Any

import grpc
from tensorflow_serving.apis import model_management_pb2, model_service_pb2_grpc

from services.serving.embedded.core import ServerCore
from services.serving.embedded.errors import ServingError, invalid_argument
from services.serving.embedded.model_status import model_status

log = logging.getLogger(__name__)


class ModelService(model_service_pb2_grpc.ModelServiceServicer):  # type: ignore[misc]  # untyped
    """Reports and changes what a ServerCore serves."""

    def __init__(self, core: ServerCore) -> None:
        self._core = core

    def GetModelStatus(self, request: Any, context: grpc.ServicerContext) -> Any:
        """The state of one version, or of all a model ever had."""
        try:
            return model_status(self._core.monitor, request)
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
            # TF Serving would wait on for a client that has gone, with one thread of few.
            self._core.reload(request.config, give_up=lambda: not context.is_active())
        except ServingError as error:
            log.error("ReloadConfig failed: %s", error.message)
            context.abort(error.code, error.details)
        response = model_management_pb2.ReloadConfigResponse()
        response.status.SetInParent()
        return response
