"""A store, a model server and an agent as in production: processes, a gRPC port, folders. Tiny models."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import grpc
import httpx
import pytest
import tensorflow as tf
import yaml
from prometheus_client.parser import text_string_to_metric_families
from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

from services.children import free_port
from services.store.store import ModelStore

tf1 = tf.compat.v1


def save_model(folder: Path, answer: float) -> None:
    """A SavedModel that answers y = answer to every x."""
    with tf.Graph().as_default(), tf1.Session() as session:
        x = tf1.placeholder(tf.float32, [None], name="x")
        constant = tf1.get_variable("answer", initializer=float(answer))
        session.run(tf1.global_variables_initializer())
        signature = tf1.saved_model.predict_signature_def({"x": x}, {"y": x * 0 + constant})
        builder = tf1.saved_model.Builder(str(folder))
        builder.add_meta_graph_and_variables(session, ["serve"], signature_def_map={"serving_default": signature})
        builder.save()


class Platform:
    """One store, one desired state, one server and its agent. `start` and `kill` any of the two."""

    def __init__(self, folder: Path, saved: Mapping[int, Path]) -> None:
        self.folder, self.store_folder, self._saved = folder, folder / "store", saved
        self.desired, self.config = folder / "desired.yaml", folder / "models.config"
        self.store_folder.mkdir()
        self.port, self.agent_port = free_port(), free_port()
        self.processes: dict[str, subprocess.Popen] = {}
        self.channel = grpc.insecure_channel(f"127.0.0.1:{self.port}", [("grpc.max_reconnect_backoff_ms", 200)])
        self._stub = prediction_service_pb2_grpc.PredictionServiceStub(self.channel)

    def publish(self, *versions: int, model: str = "digit") -> None:
        with ModelStore.open(str(self.store_folder)) as store:
            for version in versions:
                store.publish(self._saved[version], model, version)

    def desire(self, **models: dict) -> None:
        """Replace the document as a whole, as a ConfigMap is."""
        unfinished = self.desired.with_suffix(".new")
        unfinished.write_text(yaml.safe_dump({"models": models}))
        unfinished.replace(self.desired)

    def start(self, *names: str) -> None:
        for name in names or ("agent", "server"):
            if name == "server":
                self.wait(self.config.exists, "the agent writes models.config")
            with (self.folder / f"{name}.log").open("ab") as log:
                self.processes[name] = subprocess.Popen(self.command(name), stdout=log, stderr=log)

    def kill(self, *names: str) -> None:
        for name in names or tuple(self.processes):
            process = self.processes.pop(name)
            process.kill()
            process.wait()

    def command(self, name: str) -> list[str]:
        flags = {
            "agent": {
                "store": self.store_folder,
                "desired": self.desired,
                "models": self.folder / "models",
                "config": self.config,
                "serving": f"127.0.0.1:{self.port}",
                "port": self.agent_port,
                "interval_seconds": 0.1,
                "linger_seconds": 0.5,
                "gone_seconds": 2,
            },
            "server": {
                "port": self.port,
                "model_config_file": self.config,
                "model_config_file_poll_wait_seconds": 1,
                "file_system_poll_wait_seconds": 1,
                "allow_version_labels_for_unavailable_models": "true",
                "max_num_load_retries": 0,
            },
        }[name]
        module = "services.serving.agent" if name == "agent" else "services.serving.embedded"
        return [sys.executable, "-m", module, *(f"--{flag}={value}" for flag, value in flags.items())]

    def wait(self, until: Callable[[], bool], what: str, seconds: float = 60, watched: bool = True) -> None:
        deadline = time.monotonic() + seconds
        while not until():
            assert time.monotonic() < deadline, f"not after {seconds} s: {what}"
            for name, process in self.processes.items() if watched else ():
                assert process.poll() is None, f"the {name} stopped: {self.log(name)[-2000:]}"
            time.sleep(0.05)

    # === What clients and operators see ===

    def predict(self, label: str = "stable", model: str = "digit") -> tuple[int, float]:
        """(version that says it answered, what it answered)."""
        request = predict_pb2.PredictRequest()
        request.model_spec.name, request.model_spec.version_label = model, label
        request.inputs["x"].CopyFrom(tf.make_tensor_proto([0.0]))
        response = self._stub.Predict(request, timeout=10)
        return response.model_spec.version.value, response.outputs["y"].float_val[0]

    def answers(self, version: int, label: str = "stable", model: str = "digit") -> bool:
        try:
            return self.predict(label, model) == (version, float(version))
        except grpc.RpcError:
            return False

    def is_ready(self) -> bool:
        return self.get("/readyz").status_code == 200

    def get(self, path: str) -> httpx.Response:
        try:
            return httpx.get(f"http://127.0.0.1:{self.agent_port}{path}", trust_env=False)
        except httpx.TransportError:
            return httpx.Response(599)

    def metric(self, name: str, **labels: str) -> float | None:
        for family in text_string_to_metric_families(self.get("/metrics").text):
            for sample in family.samples:
                if sample.name == name and labels.items() <= sample.labels.items():
                    return sample.value
        return None

    def log(self, name: str = "agent") -> str:
        return (self.folder / f"{name}.log").read_text()

    def on_disk(self, model: str = "digit") -> set[str]:
        return {path.name for path in (self.folder / "models" / model).glob("*")}


@pytest.fixture(scope="session")
def saved(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """Folders with SavedModels that answer 1, 2 and 3."""
    folder = tmp_path_factory.mktemp("saved")
    for answer in (1, 2, 3):
        save_model(folder / str(answer), answer)
    return {answer: folder / str(answer) for answer in (1, 2, 3)}


@pytest.fixture
def platform(tmp_path: Path, saved: dict[int, Path]) -> Iterator[Platform]:
    """Versions 1 and 2 of model `digit` in the store, version 1 desired; nothing runs yet."""
    platform = Platform(tmp_path, saved)
    platform.publish(1, 2)
    platform.desire(digit={"stable": 1})
    yield platform
    platform.kill()
    platform.channel.close()
