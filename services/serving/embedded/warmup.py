"""Replays the requests a SavedModel brings along, before it serves (`saved_model_warmup_util.cc`)."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import tensorflow as tf
from google.protobuf.message import DecodeError
from tensorflow_serving.apis import prediction_log_pb2

from services.serving.embedded.errors import ServingError, invalid_argument
from services.serving.embedded.metrics import Metrics

RECORDS_FILE = Path("assets.extra", "tf_serving_warmup_requests")
MAX_RECORDS = 1000


def replay(version_path: Path, predict: Callable[[Any], Any], metrics: Metrics, iterations: int = 1) -> None:
    """Call `predict` with every PredictRequest recorded beside the SavedModel; none is fine too.

    Args:
        iterations: how often to replay each request.

    Raises:
        ServingError: a request failed, the file is damaged, or it holds more than MAX_RECORDS.
    """
    path = version_path / RECORDS_FILE
    if not path.exists():
        return
    count = 0
    started = time.monotonic()
    try:
        for record in tf.data.TFRecordDataset(str(path)).as_numpy_iterator():
            count += 1
            if count > MAX_RECORDS:
                raise invalid_argument(f"Number of warmup records exceeds the maximum ({MAX_RECORDS}) at {path}")
            for _ in range(iterations):
                _replay_record(record, path, predict)
    except tf.errors.DataLossError as error:
        loss = ServingError.from_tensorflow(error)
        message = f"{loss.message}. Please verify your warmup data is in TFRecord format."
        raise ServingError(loss.code, message) from error
    metrics.warmup(str(version_path), "OK", count, time.monotonic() - started)


def _replay_record(record: bytes, path: Path, predict: Callable[[Any], Any]) -> None:
    try:
        log = prediction_log_pb2.PredictionLog.FromString(record)
    except DecodeError as error:
        # TF Serving puts the record itself into the message; it may hold somebody's card.
        raise invalid_argument(f"Failed to parse warmup record: {len(record)} bytes from {path}") from error
    kind = log.WhichOneof("log_type")
    if kind == "session_run_log":
        number = prediction_log_pb2.PredictionLog.SESSION_RUN_LOG_FIELD_NUMBER
        raise ServingError(grpc.StatusCode.UNIMPLEMENTED, f"Unsupported log_type for warmup: {number}")
    if kind == "predict_log":  # we answer no Classify, Regress or MultiInference, so need not warm them
        predict(log.predict_log.request)
