"""Small real SavedModels, and a server of them in this process, on real ports."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
import tensorflow as tf
from tensorflow_serving.apis import prediction_log_pb2

from services.serving.embedded.manager import ManagerOptions
from services.serving.embedded.rest.server import RestOptions
from services.serving.embedded.retries import RetryOptions
from services.serving.embedded.server import Server, ServerOptions
from tests.serving.conformance import saved_models as makers
from tests.serving.conformance.client import Client, models_config, predict_request, refused

# Impatient: no retries, and no 100 ms between two steps.
QUICK = ManagerOptions(retries=RetryOptions(max_num_load_retries=0), manage_state_interval_seconds=0.005)


def write_warmup(version: Path, logs: list) -> None:
    """PredictionLogs -> the file that is replayed before the version serves."""
    (version / "assets.extra").mkdir()
    with tf.io.TFRecordWriter(str(version / "assets.extra" / "tf_serving_warmup_requests")) as writer:
        for log in logs:
            writer.write(log.SerializeToString())


def predict_log(model: str, inputs: dict) -> prediction_log_pb2.PredictionLog:
    return prediction_log_pb2.PredictionLog(
        predict_log=prediction_log_pb2.PredictLog(request=predict_request(model, inputs))
    )


@contextmanager
def serving(*entries: str, **options) -> Iterator[Client]:
    """A server of those models on free ports; stopped in the end."""
    defaults = {"manager": QUICK, "file_system_poll_wait_seconds": 0.05, "rest": RestOptions()}
    server = Server(ServerOptions(config=models_config(*entries), **(defaults | options)))
    client = Client(server.address, server.rest_address)
    client.server = server
    try:
        yield client
    finally:
        client.close()
        assert server.stop(grace=5)


@pytest.fixture(scope="session")
def kit() -> SimpleNamespace:
    """The helpers above, for tests that make their own models and servers."""
    return SimpleNamespace(
        save_linear=makers.save_linear,
        write_warmup=write_warmup,
        predict_log=predict_log,
        predict_request=predict_request,
        model_config=makers.model_config,
        models_config=models_config,
        serving=serving,
        client=Client,
        refused=refused,
        quick=QUICK,
    )


@pytest.fixture(scope="session")
def saved_models(tmp_path_factory) -> Path:
    """linear (versions 1, 2, 10), lookup, echo, images, slow, texts: one folder each."""
    root = tmp_path_factory.mktemp("models")
    makers.write_folder(root, root)
    return root
