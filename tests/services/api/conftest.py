"""A card at the seam: a predictor that is a dictionary, and a model server that is real gRPC."""

import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent import futures
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import httpx
import numpy as np
import pytest
from flask.testing import FlaskClient
from PIL import Image

from models.card import CARD_CLASSES, FIELDS, Kind
from models.cropper import contract as cropper
from models.image import fit
from models.mrz import PIECE
from models.spec import ModelSpec, Tensors
from services.api.admin import create_admin_app
from services.api.app import create_app
from services.api.metrics import Metrics
from services.api.predictor import Answer, TfServingPredictor
from services.api.settings import Settings
from services.children import listen
from tests.services.api.answers import for_rows

PrintedWord = tuple[str, tuple[float, float, float, float], str]

ROOT = Path(__file__).parents[3]
CONF = ROOT / "services" / "api" / "gunicorn.conf.py"
PHOTO_SIZE = (800, 600)
CORNERS = np.array([[100, 100], [700, 100], [700, 475], [100, 475]], float)
KIND = ("cccd-2021", "front")
WORDS = (  # field, box on the flat card as shares, text: NGUYEN is no one's number
    ("id_number", (0.40, 0.30, 0.46, 0.70), "000000000001"),
    ("full_name", (0.50, 0.30, 0.55, 0.45), "SPECIMEN"),
    ("full_name", (0.50, 0.47, 0.55, 0.60), "THỬ"),
)


ZONE = ("IDVNM0900000018001090000001<<9", "9001011M3001019VNM<<<<<<<<<<<6", "SPECIMEN<<THU<<<<<<<<<<<<<<<<<")
BACK = (  # of the same card: its date of issue and its zone, in pieces
    ("date_of_issue", (0.25, 0.40, 0.30, 0.60), "01/02/2021"),
    *(
        ("mrz", (0.70 + 0.1 * row, 0.05 + 0.3 * column, 0.76 + 0.1 * row, 0.35 + 0.3 * column), line[at : at + PIECE])
        for row, line in enumerate(ZONE)
        for column, at in enumerate(range(0, len(line), PIECE))
    ),
)


@dataclass
class FakePredictor:
    """A Predictor that is a dictionary. `fail` makes the named model raise."""

    outputs: dict[str, Tensors]
    versions: dict[str, int] = field(default_factory=lambda: {"cropper": 3, "detector": 4, "reader": 5})
    fail: dict[str, Exception] = field(default_factory=dict)
    calls: list[tuple[str, str, float]] = field(default_factory=list)

    def call(self, spec: ModelSpec, inputs: Tensors, label: str, timeout: float) -> Answer:
        assert set(inputs) == {"image"}
        self.calls.append((spec.name, label, timeout))
        outputs = for_rows(self.outputs[spec.name], len(inputs["image"]))
        return Answer(outputs, self.version_of(spec, label, timeout))

    def version_of(self, spec: ModelSpec, _label: str, _timeout: float) -> int:
        if spec.name in self.fail:
            raise self.fail[spec.name]
        return self.versions[spec.name]

    def states_of(self, spec: ModelSpec, _timeout: float) -> dict[int, str]:
        return {self.versions[spec.name]: "AVAILABLE"}


def outputs_for(kind: Kind = KIND, words: Sequence[PrintedWord] = WORDS) -> dict[str, Tensors]:
    """What the three models answer for a card that lies at CORNERS and has these words on it."""
    _, placement = fit(np.zeros((PHOTO_SIZE[1], PHOTO_SIZE[0], 3), np.uint8), cropper.INPUT_SIZE)
    x, y = (placement.to_canvas(CORNERS) / cropper.INPUT_SIZE).T
    boxes = np.zeros((1, 100, 4), np.float32)
    classes = np.zeros((1, 100), np.int32)
    scores = np.zeros((1, 100), np.float32)
    for row, (name, box, _) in enumerate(words):
        boxes[0, row], classes[0, row], scores[0, row] = box, FIELDS.index(name), max(0.7, 0.9 - row / 10)
    card_scores = np.zeros((1, len(CARD_CLASSES) + 1), np.float32)
    card_scores[0, [CARD_CLASSES.index(kind), -1]] = 0.875, 0.125
    chars = np.zeros((len(words), 16), np.float32)
    for row, (_, _, text) in enumerate(words):
        chars[row, : len(text)] = 0.75
    return {
        "cropper": {
            "corner_boxes": np.stack([y, x, y, x], axis=1)[None].astype(np.float32),
            "corner_scores": np.full((1, 4), 0.9, np.float32),
            "card_scores": card_scores,
        },
        "detector": {
            "boxes": boxes,
            "classes": classes,
            "scores": scores,
            "count": np.array([len(words)], np.int32),
        },
        "reader": {
            "text": np.array([text for _, _, text in words], object),
            "confidence": np.resize(np.array([0.9375, 0.875, 0.8125], np.float32), len(words)),
            "char_confidence": chars,
        },
    }


@pytest.fixture
def card_outputs() -> dict[str, Tensors]:
    return outputs_for()


@pytest.fixture
def back_outputs() -> dict[str, Tensors]:
    """The same for the other side of a card with the number 001090000001."""
    return outputs_for(("cccd-2021", "back"), BACK)


@pytest.fixture
def predictor(card_outputs: dict[str, Tensors]) -> FakePredictor:
    return FakePredictor(card_outputs)


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def client(predictor: FakePredictor, metrics: Metrics) -> FlaskClient:
    return create_app(Settings(), predictor, metrics).test_client()


@pytest.fixture
def admin(predictor: FakePredictor, metrics: Metrics) -> FlaskClient:
    """The port of probes and metrics, of the same process as `client`."""
    return create_admin_app(Settings(), predictor, metrics).test_client()


@pytest.fixture
def photo() -> Callable[..., bytes]:
    """photo("PNG", size=…) -> the bytes of a grey picture."""

    def encode(kind: str = "JPEG", size: tuple[int, int] = PHOTO_SIZE, **options: Any) -> bytes:
        buffer = io.BytesIO()
        Image.new("RGB", size, (120, 130, 140)).save(buffer, kind, **options)
        return buffer.getvalue()

    return encode


@dataclass
class FakeServing:
    """A model server on a real port, speaking TensorFlow Serving's own classes.

    `before` is called with (model name, context) before each answer: it may sleep or abort.
    """

    outputs: dict[str, Tensors]
    before: Callable[[str, grpc.ServicerContext], None] = lambda _model, _context: None
    target: str = "127.0.0.1:0"
    requests: list[Any] = field(default_factory=list)
    seconds_left: list[float] = field(default_factory=list)

    def start(self) -> None:
        """Listens, the first time on a free port and then always on that one."""
        from tensorflow_serving.apis import model_service_pb2_grpc, prediction_service_pb2_grpc

        fake = self

        class Prediction(prediction_service_pb2_grpc.PredictionServiceServicer):
            def Predict(self, request: Any, context: grpc.ServicerContext) -> Any:
                return fake.predict(request, context)

            def GetModelMetadata(self, request: Any, context: grpc.ServicerContext) -> Any:
                return fake.metadata(request, context)

        class Models(model_service_pb2_grpc.ModelServiceServicer):
            def GetModelStatus(self, request: Any, context: grpc.ServicerContext) -> Any:
                return fake.status(request, context)

        self._server = grpc.server(futures.ThreadPoolExecutor(4))
        prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(Prediction(), self._server)
        model_service_pb2_grpc.add_ModelServiceServicer_to_server(Models(), self._server)
        self.target = f"127.0.0.1:{self._server.add_insecure_port(self.target)}"
        self._server.start()

    def stop(self) -> None:
        """Breaks off whatever is under way."""
        self._server.stop(None).wait()

    def predict(self, request: Any, context: grpc.ServicerContext) -> Any:
        import tensorflow as tf
        from tensorflow_serving.apis import predict_pb2

        self._begin(request, context)
        response = predict_pb2.PredictResponse()
        response.model_spec.name = request.model_spec.name
        response.model_spec.version.value = 7
        rows = request.inputs["image"].tensor_shape.dim[0].size
        for name, array in for_rows(self.outputs[request.model_spec.name], rows).items():
            response.outputs[name].CopyFrom(tf.make_tensor_proto(array))
        return response

    def metadata(self, request: Any, context: grpc.ServicerContext) -> Any:
        from tensorflow_serving.apis import get_model_metadata_pb2

        self._begin(request, context)
        response = get_model_metadata_pb2.GetModelMetadataResponse()
        response.model_spec.name = request.model_spec.name
        response.model_spec.version.value = 7
        response.metadata["signature_def"].value = b"something long that we do not read"
        return response

    def status(self, request: Any, context: grpc.ServicerContext) -> Any:
        from tensorflow_serving.apis import get_model_status_pb2

        self._begin(request, context)
        response = get_model_status_pb2.GetModelStatusResponse()
        response.model_version_status.add(version=7, state="AVAILABLE")
        response.model_version_status.add(version=8, state="LOADING")
        return response

    def _begin(self, request: Any, context: grpc.ServicerContext) -> None:
        self.requests.append(request)
        self.seconds_left.append(context.time_remaining())
        self.before(request.model_spec.name, context)


@pytest.fixture
def serving(card_outputs: dict[str, Tensors]) -> Iterator[FakeServing]:
    fake = FakeServing(card_outputs)
    fake.start()
    yield fake
    fake.stop()


@pytest.fixture
def connect() -> Iterator[Callable[..., TfServingPredictor]]:
    """connect(target, **settings) -> a predictor, closed when the test ends."""
    opened: list[TfServingPredictor] = []

    def to(target: str, **settings: Any) -> TfServingPredictor:
        opened.append(TfServingPredictor(Settings(serving_target=target, **settings)))
        return opened[-1]

    yield to
    for predictor in opened:
        predictor.close()


class Api:
    """A gunicorn with two workers, started as an operator would, with the time to drain left out."""

    def __init__(self, target: str, log: Path, **environ: str) -> None:
        with listen(0) as one, listen(0) as other:
            self.bind, self.admin_bind = (f"127.0.0.1:{free.getsockname()[1]}" for free in (one, other))
        self.url, self.admin_url = f"http://{self.bind}", f"http://{self.admin_bind}"
        self._log = log
        settings = {
            "FVI_BIND": self.bind,
            "FVI_ADMIN_BIND": self.admin_bind,
            "FVI_DRAIN_SECONDS": "0",
            "FVI_SERVING_TARGET": target,
            "TMPDIR": str(log.parent),
            **environ,
        }
        with log.open("wb") as stderr:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", "-c", str(CONF)],
                cwd=ROOT,
                env={**os.environ, **settings},
                stderr=stderr,
            )

    def log(self) -> list[dict]:
        return [json.loads(line) for line in self._log.read_text().splitlines()]

    def wait(self) -> "Api":
        for _ in range(300):
            try:
                if httpx.get(f"{self.admin_url}/healthz", timeout=5).status_code == 200:
                    return self
            except httpx.TransportError:
                assert self.process.poll() is None, self._log.read_text()
                time.sleep(0.1)
        raise AssertionError("gunicorn did not come up")


@pytest.fixture
def launch(serving: FakeServing, tmp_path: Path) -> Iterator[Callable[..., Api]]:
    """launch(**environ) -> an Api that may or may not come up; killed in the end if it did not stop by itself."""
    started: list[Api] = []

    def api(**environ: str) -> Api:
        started.append(Api(serving.target, tmp_path / "stderr", **environ))
        return started[-1]

    yield api
    for each in started:
        each.process.terminate()
        each.process.wait(timeout=20)


@pytest.fixture
def start(launch: Callable[..., Api]) -> Callable[..., Api]:
    """start(**environ) -> a running Api."""
    return lambda **environ: launch(**environ).wait()
