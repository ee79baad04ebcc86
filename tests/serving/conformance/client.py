"""A client of any server that speaks TF Serving's protocol, and requests spelled briefly."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import grpc
import httpx
import pytest
import tensorflow as tf
from google.protobuf import text_format
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    get_model_status_pb2,
    model_management_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
)
from tensorflow_serving.config import model_server_config_pb2

START, LOADING, AVAILABLE, UNLOADING, END = 10, 20, 30, 40, 50


class Client:
    """The two gRPC services of one server, and its REST API."""

    def __init__(self, address: str, rest: str = "") -> None:
        self.address = address
        limits = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
        self.channel = grpc.insecure_channel(address, limits)
        self.prediction = prediction_service_pb2_grpc.PredictionServiceStub(self.channel)
        self.models = model_service_pb2_grpc.ModelServiceStub(self.channel)
        self.http = httpx.Client(base_url=f"http://{rest}", timeout=30, trust_env=False) if rest else None

    def close(self) -> None:
        self.channel.close()
        if self.http is not None:
            self.http.close()

    def predict(self, model: str, inputs: dict, timeout: float | None = 20, output_filter=(), **spec):
        request = predict_request(model, inputs, **spec)
        request.output_filter.extend(output_filter)
        return self.prediction.Predict(request, timeout=timeout)

    def metadata(self, model: str, fields=("signature_def",), **spec):
        request = get_model_metadata_pb2.GetModelMetadataRequest(
            model_spec=predict_request(model, {}, **spec).model_spec, metadata_field=fields
        )
        return self.prediction.GetModelMetadata(request, timeout=20)

    def status(self, model: str, **spec):
        request = get_model_status_pb2.GetModelStatusRequest(model_spec=predict_request(model, {}, **spec).model_spec)
        return self.models.GetModelStatus(request, timeout=20)

    def states(self, model: str) -> dict[int, int]:
        """The state of each version; none for a model that never was."""
        try:
            return {entry.version: entry.state for entry in self.status(model).model_version_status}
        except grpc.RpcError as error:
            if error.code() is not grpc.StatusCode.NOT_FOUND:
                raise
            return {}

    def wait_for(self, model: str, states: dict[int, int], seconds: float = 30) -> None:
        """Poll until GetModelStatus shows `states`; fails when they are not reached."""
        deadline = time.monotonic() + seconds
        while self.states(model) != states:
            assert time.monotonic() < deadline, self.states(model)
            time.sleep(0.01)

    def wait_until_served(self, model: str, versions: set[int], seconds: float = 30) -> None:
        """Poll until exactly these versions are AVAILABLE, and no other is on its way."""
        deadline = time.monotonic() + seconds
        while {version: state for version, state in self.states(model).items() if state != END} != dict.fromkeys(
            versions, AVAILABLE
        ):
            assert time.monotonic() < deadline, self.states(model)
            time.sleep(0.01)

    def reload(self, config, timeout: float = 30):
        request = model_management_pb2.ReloadConfigRequest(config=config)
        return self.models.HandleReloadConfigRequest(request, timeout=timeout)


def predict_request(model: str, inputs: dict, **spec) -> predict_pb2.PredictRequest:
    """A request as a client of TF Serving makes it."""
    request = predict_pb2.PredictRequest()
    request.model_spec.name = model
    if "version" in spec:
        request.model_spec.version.value = spec["version"]
    if "label" in spec:
        request.model_spec.version_label = spec["label"]
    request.model_spec.signature_name = spec.get("signature", "")
    for name, value in inputs.items():
        proto = value if hasattr(value, "tensor_shape") else tf.make_tensor_proto(value)
        request.inputs[name].CopyFrom(proto)
    return request


def parsed(text: str) -> model_server_config_pb2.ModelServerConfig:
    """Text of a models.config -> ModelServerConfig."""
    return text_format.Parse(text, model_server_config_pb2.ModelServerConfig())


def models_config(*entries: str) -> model_server_config_pb2.ModelServerConfig:
    """Entries of a models.config -> ModelServerConfig."""
    return parsed("model_config_list { " + " ".join(entries) + " }")


@contextmanager
def refused(code: str, message: str) -> Iterator[None]:
    """The call inside must end with exactly this gRPC status."""
    with pytest.raises(grpc.RpcError) as caught:
        yield
    assert (caught.value.code().name, caught.value.details()) == (code, message)
