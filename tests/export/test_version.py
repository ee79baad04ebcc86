"""A version is written whole, once, and answers over TF Serving's protocol as Keras does."""

import grpc
import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops
from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

from export.errors import ParityFailed, SignatureMismatch, VersionExists
from export.images import sample_inputs
from export.version import export_version
from models.local import local_predict
from models.spec import ModelSpec, TensorSpec
from services.serving.embedded.config import single_model
from services.serving.embedded.grpc_server import GrpcOptions
from services.serving.embedded.server import Server, ServerOptions


@pytest.mark.parametrize("which", ["reader", "card"])
def test_an_exported_version_answers_over_grpc_as_keras_does(store, stand_ins, which):
    spec, network = getattr(stand_ins, f"{which}_spec"), getattr(stand_ins, f"{which}_network")()
    inputs = sample_inputs(spec, 5)
    request = predict_pb2.PredictRequest()
    request.model_spec.name = spec.name
    for name, values in inputs.items():
        request.inputs[name].CopyFrom(tf.make_tensor_proto(values))
    server = Server(ServerOptions(config=single_model(spec.name, str(store / spec.name)), grpc=GrpcOptions(port=0)))
    with grpc.insecure_channel(server.address) as channel:
        response = prediction_service_pb2_grpc.PredictionServiceStub(channel).Predict(request, timeout=20)
    server.stop(grace=5)

    assert response.model_spec.version.value == 3
    wanted = local_predict({spec.name: network})(spec, inputs)
    assert set(response.outputs) == {tensor.name for tensor in spec.outputs}
    for tensor in spec.outputs:
        got = tf.make_ndarray(response.outputs[tensor.name])
        if tensor.dtype == "string":
            assert [text.decode() for text in got] == list(wanted[tensor.name])
        else:
            np.testing.assert_allclose(got, wanted[tensor.name], atol=1e-5)


def test_a_version_that_exists_is_refused_and_left_alone(store, stand_ins):
    before = (store / "reader" / "3" / "manifest.json").read_bytes()
    with pytest.raises(VersionExists) as caught:
        export_version(stand_ins.reader_spec, stand_ins.reader_network(), store, 3)
    assert str(caught.value) == (
        f"{store / 'reader' / '3'} exists, and versions never change. Choose another --version."
    )
    assert (store / "reader" / "3" / "manifest.json").read_bytes() == before


SCORES_SPEC = ModelSpec(
    name="cropper",
    inputs=(TensorSpec("image", "uint8", (None, 8, 16, 3)),),
    outputs=(TensorSpec("scores", "float32", (None, 4)),),
)


def network_of(make_scores):
    image = keras.Input((8, 16, 3), dtype="uint8", name="image")
    flat = layers.Flatten()(ops.cast(image, "float32"))
    return keras.Model({"image": image}, {"scores": make_scores(flat[:, :4])})


@pytest.mark.parametrize(
    ("make_scores", "what"),
    [
        (lambda x: x - ops.mean(x, axis=0, keepdims=True), "scores of a batch of 1 differs from Keras by"),
        (
            layers.Lambda(lambda x: x + keras.random.normal(ops.shape(x))),
            "scores of a batch of . differs from Keras by",
        ),
        (lambda x: x * np.nan, "scores of a batch of 1 differs from Keras by nan"),
        (lambda x: 0 * ops.sum(x, axis=0, keepdims=True), r"scores of a batch of 2 has shape \(1, 4\)"),
    ],
    ids=["depends on its neighbours", "is random", "is not a number", "loses the batch"],
)
def test_a_network_that_fails_parity_leaves_nothing_behind(tmp_path, make_scores, what):
    with pytest.raises(ParityFailed, match=what):
        export_version(SCORES_SPEC, network_of(make_scores), tmp_path, 1)
    assert list((tmp_path / "cropper").iterdir()) == []


def test_a_network_that_breaks_the_spec_writes_nothing_at_all(tmp_path, stand_ins):
    with pytest.raises(SignatureMismatch):
        export_version(stand_ins.reader_spec, stand_ins.card_network(), tmp_path, 1)
    assert list(tmp_path.iterdir()) == []
