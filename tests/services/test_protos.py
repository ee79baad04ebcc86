"""Our classes and TensorFlow Serving's own, on the same bytes."""

import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis import get_model_metadata_pb2, get_model_status_pb2, model_pb2, predict_pb2

from models.spec import TensorSpec
from services.api.tensors import from_proto, to_proto
from services.protos import fvi_serving_pb2 as ours
from services.protos.generate import ROOT, generate

ARRAYS = [
    (TensorSpec("a", "uint8", (None, 2, 3)), np.arange(12, dtype=np.uint8).reshape(2, 2, 3)),
    (TensorSpec("a", "float32", (None, 4)), np.array([[0.5, -1.25, 3e38, 1e-40]], np.float32)),
    (TensorSpec("a", "int32", (None,)), np.array([-(2**31), 0, 2**31 - 1], np.int32)),
    (TensorSpec("a", "string", (None,)), np.array(["ĐỖ", "", "a" * 300], object)),
]
BY_DTYPE = pytest.mark.parametrize(("spec", "array"), ARRAYS, ids=[spec.dtype for spec, _ in ARRAYS])


def as_text(array: np.ndarray) -> list:
    """An array of tf.make_ndarray, its strings decoded."""
    return [value.decode() if isinstance(value, bytes) else value for value in array.ravel().tolist()]


@BY_DTYPE
def test_what_we_send_is_what_tensorflow_serving_reads(spec: TensorSpec, array: np.ndarray) -> None:
    sent = ours.PredictRequest(
        model_spec=ours.ModelSpec(name="reader", version_label="stable", signature_name="serving_default"),
        inputs={"a": to_proto(array, spec)},
        output_filter=["text"],
    )

    read = predict_pb2.PredictRequest.FromString(sent.SerializeToString())

    assert (read.model_spec.name, read.model_spec.version_label) == ("reader", "stable")
    assert read.model_spec.WhichOneof("version_choice") == "version_label"
    assert read.model_spec.signature_name == "serving_default"
    assert list(read.output_filter) == ["text"]
    tensor = tf.make_ndarray(read.inputs["a"])
    assert tensor.shape == array.shape
    assert as_text(tensor) == array.ravel().tolist()
    assert ours.PredictRequest.FromString(read.SerializeToString()) == sent


@BY_DTYPE
def test_what_tensorflow_serving_answers_is_what_we_read(spec: TensorSpec, array: np.ndarray) -> None:
    answered = predict_pb2.PredictResponse()
    answered.model_spec.name = "reader"
    answered.model_spec.version.value = 42
    answered.outputs["a"].CopyFrom(tf.make_tensor_proto(array))

    read = ours.PredictResponse.FromString(answered.SerializeToString())

    assert read.model_spec.version.value == 42
    assert from_proto(read.outputs["a"], spec, len(array)).tolist() == array.tolist()
    assert predict_pb2.PredictResponse.FromString(read.SerializeToString()) == answered


@pytest.mark.parametrize("state", ours.ModelVersionStatus.State.keys())
def test_every_state_of_a_version_has_its_name(state: str) -> None:
    answered = get_model_status_pb2.GetModelStatusResponse()
    answered.model_version_status.add(version=3, state=state).status.error_message = "why"

    read = ours.GetModelStatusResponse.FromString(answered.SerializeToString()).model_version_status[0]

    assert (read.version, ours.ModelVersionStatus.State.Name(read.state)) == (3, state)
    assert read.status.error_message == "why"


def test_a_metadata_request_is_understood() -> None:
    sent = ours.GetModelMetadataRequest(model_spec=ours.ModelSpec(name="m"), metadata_field=["signature_def"])

    read = get_model_metadata_pb2.GetModelMetadataRequest.FromString(sent.SerializeToString())

    assert (read.model_spec, list(read.metadata_field)) == (model_pb2.ModelSpec(name="m"), ["signature_def"])


def test_the_committed_classes_are_those_of_the_proto_file(tmp_path) -> None:
    for generated in generate(tmp_path):
        committed = ROOT / generated.relative_to(tmp_path)
        assert committed.read_text() == generated.read_text(), f"run python -m services.protos.generate ({committed})"
