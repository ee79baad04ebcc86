"""Small real SavedModels, and a real server of them on a real port."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import grpc
import pytest
import tensorflow as tf
from google.protobuf import text_format
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    get_model_status_pb2,
    model_management_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_log_pb2,
    prediction_service_pb2_grpc,
)
from tensorflow_serving.config import model_server_config_pb2

from services.serving.embedded.config import from_proto
from services.serving.embedded.server import Server, ServerOptions

tf1 = tf.compat.v1


def _save_tf1(path: Path, session: tf1.Session, signatures: dict, **kwargs) -> None:
    builder = tf1.saved_model.Builder(str(path))
    builder.add_meta_graph_and_variables(session, ["serve"], signature_def_map=signatures, **kwargs)
    builder.save()


def save_linear(path: Path, add: float) -> None:
    """TF 1: y = x / 2 + add, with variables, two signatures and a method name of its own."""
    with tf.Graph().as_default(), tf1.Session() as session:
        x = tf1.placeholder(tf.float32, [None], name="x")
        half, addend = tf1.get_variable("half", initializer=0.5), tf1.get_variable("add", initializer=add)
        y, doubled = x * half + addend, x * 2
        session.run(tf1.global_variables_initializer())
        predict = tf1.saved_model.predict_signature_def
        signatures = {"serving_default": predict({"x": x}, {"y": y}), "double": predict({"x": x}, {"doubled": doubled})}
        _save_tf1(path, session, signatures)


def save_lookup(path: Path) -> None:
    """TF 1: words -> ids through a table that is filled from an asset by the init op."""
    vocabulary = path.parent.parent / f"{path.parent.name}.txt"
    vocabulary.write_text("card\nword\n", encoding="utf-8")
    with tf.Graph().as_default(), tf1.Session() as session:
        words = tf1.placeholder(tf.string, [None])
        file = tf.constant(str(vocabulary))
        tf1.add_to_collection(tf1.GraphKeys.ASSET_FILEPATHS, file)
        initializer = tf.lookup.TextFileInitializer(
            file, tf.string, tf.lookup.TextFileIndex.WHOLE_LINE, tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER
        )
        ids = tf.lookup.StaticHashTable(initializer, default_value=-1).lookup(words)
        signature = tf1.saved_model.predict_signature_def({"words": words}, {"ids": ids})
        session.run(tf1.tables_initializer())
        assets = tf1.get_collection(tf1.GraphKeys.ASSET_FILEPATHS)
        _save_tf1(
            path, session, {"serving_default": signature}, assets_collection=assets, main_op=tf1.tables_initializer()
        )
    vocabulary.unlink()


def save_echo(path: Path) -> None:
    """TF 1 without variables and init op: one input of each of many dtypes, given back as it came."""
    with tf.Graph().as_default(), tf1.Session() as session:
        signatures = {}
        for dtype in ECHO_DTYPES:
            value = tf1.placeholder(dtype, None)
            signatures[dtype.name] = tf1.saved_model.predict_signature_def(
                {"value": value}, {"value": tf.identity(value)}
            )
        _save_tf1(path, session, signatures)


ECHO_DTYPES = (
    *(tf.uint8, tf.int8, tf.uint16, tf.int16, tf.uint32, tf.int32, tf.uint64, tf.int64),
    *(tf.float16, tf.bfloat16, tf.float32, tf.float64, tf.complex64, tf.complex128, tf.bool, tf.string),
)


def save_images(path: Path) -> None:
    """TF 2: uint8 images and a gain -> mean and caption, as a function with a captured variable."""

    class Images(tf.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scale = tf.Variable(2.0)

        @tf.function(
            input_signature=[tf.TensorSpec([None, 2, 3], tf.uint8, "image"), tf.TensorSpec([], tf.float32, "gain")]
        )
        def describe(self, image, gain):
            flat = tf.reshape(tf.cast(image, tf.float32), [-1, 6])
            mean = tf.reduce_mean(flat, axis=1) * self.scale * gain
            return {"mean": mean, "caption": tf.strings.join(["độ sáng ", tf.strings.as_string(mean, precision=1)])}

    module = Images()
    tf.saved_model.save(module, str(path), signatures={"serving_default": module.describe})


def save_slow(path: Path) -> None:
    """TF 2: counts to n, step by step."""

    class Slow(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([], tf.int64, "n")])
        def count(self, n):
            return {"counted": tf.while_loop(lambda i: i < n, lambda i: i + 1, [tf.constant(0, tf.int64)])[0]}

    module = Slow()
    tf.saved_model.save(module, str(path), signatures={"serving_default": module.count})


def write_warmup(version: Path, logs: list) -> None:
    """PredictionLogs -> the file that is replayed before the version serves."""
    (version / "assets.extra").mkdir()
    with tf.io.TFRecordWriter(str(version / "assets.extra" / "tf_serving_warmup_requests")) as writer:
        for log in logs:
            writer.write(log.SerializeToString())


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


def predict_log(model: str, inputs: dict) -> prediction_log_pb2.PredictionLog:
    return prediction_log_pb2.PredictionLog(
        predict_log=prediction_log_pb2.PredictLog(request=predict_request(model, inputs))
    )


class Client:
    """The two services of one server, and requests spelled briefly."""

    def __init__(self, address: str) -> None:
        self.address = address
        limits = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
        self.channel = grpc.insecure_channel(address, limits)
        self.prediction = prediction_service_pb2_grpc.PredictionServiceStub(self.channel)
        self.models = model_service_pb2_grpc.ModelServiceStub(self.channel)

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
        return {entry.version: entry.state for entry in self.status(model).model_version_status}

    def reload(self, config):
        request = model_management_pb2.ReloadConfigRequest(config=config)
        return self.models.HandleReloadConfigRequest(request, timeout=20)


def model_config(name: str, base_path: Path, policy: str = "", labels: dict[str, int] | None = None) -> str:
    """One entry of models.config, as text."""
    quoted = "".join(
        f' version_labels {{ key: "{label}" value: {version} }}' for label, version in (labels or {}).items()
    )
    return (
        f'config {{ name: "{name}" base_path: "{base_path}" model_platform: "tensorflow" '
        f"model_version_policy {{ {policy} }}{quoted} }}"
    )


def models_config(*entries: str) -> model_server_config_pb2.ModelServerConfig:
    """models.config, parsed."""
    text = "model_config_list { " + " ".join(entries) + " }"
    return text_format.Parse(text, model_server_config_pb2.ModelServerConfig())


@contextmanager
def serving(*entries: str, **options) -> Iterator[Client]:
    """A server of those models on a free port; stopped in the end."""
    server = Server(ServerOptions(models=from_proto(models_config(*entries)), **options))
    client = Client(server.address)
    client.manager = server.manager
    try:
        yield client
    finally:
        client.channel.close()
        server.stop(grace=5)


@contextmanager
def refused(code: str, message: str) -> Iterator[None]:
    """The call inside must end with exactly this gRPC status."""
    with pytest.raises(grpc.RpcError) as caught:
        yield
    assert (caught.value.code().name, caught.value.details()) == (code, message)


@pytest.fixture(scope="session")
def kit() -> SimpleNamespace:
    """The helpers above, for tests that make their own models and servers."""
    return SimpleNamespace(
        save_linear=save_linear,
        write_warmup=write_warmup,
        predict_log=predict_log,
        predict_request=predict_request,
        model_config=model_config,
        models_config=models_config,
        serving=serving,
        client=Client,
        refused=refused,
    )


@pytest.fixture(scope="session")
def saved_models(tmp_path_factory) -> Path:
    """linear (versions 1, 2, 10), lookup, echo, images, slow: one folder each."""
    root = tmp_path_factory.mktemp("models")
    for version in (1, 2, 10):
        save_linear(root / "linear" / str(version), add=float(version))
    for name, save in {"lookup": save_lookup, "echo": save_echo, "images": save_images, "slow": save_slow}.items():
        (root / name).mkdir()
        save(root / name / "1")
    (root / "linear" / "11.tmp").mkdir()
    return root


@pytest.fixture(scope="session")
def client(saved_models: Path) -> Iterator[Client]:
    """A server of all saved models, never changed: linear has stable = 1, canary = 2, gone = 5 (not there)."""
    labels = {"stable": 1, "canary": 2, "gone": 5}
    entries = [
        model_config("linear", saved_models / "linear", "specific { versions: 1 versions: 2 }", labels),
        *(model_config(name, saved_models / name) for name in ("lookup", "echo", "images", "slow")),
    ]
    with serving(*entries, allow_version_labels_for_unavailable_models=True) as client:
        yield client
