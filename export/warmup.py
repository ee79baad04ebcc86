"""Requests that TF Serving replays before a version serves, one for each batch size it will run.

A request that fails fails the load, so they are also a smoke test of the version on every server.
"""

from pathlib import Path

import tensorflow as tf
from tensorflow_serving.apis import predict_pb2, prediction_log_pb2

from export.images import sample_inputs
from models.spec import ModelSpec

RECORDS_FILE = Path("assets.extra", "tf_serving_warmup_requests")

# The allowed_batch_sizes of server-side batching: cards for two models, words for the Reader.
_CARDS = (1, 2, 4)
_WORDS = (1, 2, 4, 8, 16, 32)


def batch_sizes(spec: ModelSpec) -> tuple[int, ...]:
    """The sizes of batch that the server runs this model with."""
    return _WORDS if spec.name == "reader" else _CARDS


def write_warmup(spec: ModelSpec, version_path: Path) -> None:
    """Write the warm-up records of a SavedModel beside it."""
    path = version_path / RECORDS_FILE
    path.parent.mkdir()
    with tf.io.TFRecordWriter(str(path)) as writer:
        for size in batch_sizes(spec):
            writer.write(_record(spec, size).SerializeToString())


def _record(spec: ModelSpec, size: int) -> prediction_log_pb2.PredictionLog:
    request = predict_pb2.PredictRequest()
    request.model_spec.name = spec.name
    request.model_spec.signature_name = spec.signature
    for name, values in sample_inputs(spec, size).items():
        request.inputs[name].CopyFrom(tf.make_tensor_proto(values))
    return prediction_log_pb2.PredictionLog(predict_log=prediction_log_pb2.PredictLog(request=request))
