"""A model server that costs next to nothing: real gRPC, answers that keep the models' contracts, and no models.

    python -m tests.fuzz.backend ADDRESS

Half of the answers are a card that lies well; the others are numbers of any kind within the contract, since models
answer anything when they are shown anything. Which, depends on the request alone.
"""

import hashlib
import sys
from concurrent import futures

import grpc
import numpy as np

from models.card import FIELDS
from models.charset import MAX_LENGTH
from models.cropper import contract as cropper
from models.detector import contract as detector
from models.reader import contract as reader
from models.spec import Tensors
from services.api.tensors import to_proto
from services.protos import fvi_serving_pb2 as pb

_WORDS = (
    "000000000001",
    "SPECIMEN",
    "THỬ",
    "01/01/2000",
    "Nam",
    "Việt",
    "31/02/9999",
    "Hà",
    "Nội",
    "",
    "٣",
    "\u0301",
    "'",
    "Z" * 16,
)
_VERSION = 1


def outputs_of(model: str, rows: int, rng: np.random.Generator) -> Tensors:
    """What the model answers to a batch of `rows`."""
    wild = rng.random() < 0.5
    return {"cropper": _corners, "detector": _boxes, "reader": _words}[model](rows, rng, wild)


def _shares(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Numbers such as a network makes where it is unsure, and at its ends."""
    spread = rng.choice([0.0, 0.01, 1.0, 3.0, 1e6])
    return (0.5 + spread * (rng.random(shape) - 0.5)).astype(np.float32)


def _corners(rows: int, rng: np.random.Generator, wild: bool) -> Tensors:
    boxes = np.tile(np.float32([[0.2, 0.1], [0.2, 0.9], [0.8, 0.9], [0.8, 0.1]]), (rows, 1, 2))
    scores = rng.random((rows, 4)) if wild else np.full((rows, 4), 0.9)
    known = cropper.CARD_CLASS_COUNT - 1
    sure = 0.8 * np.eye(known + 1)[rng.integers(known, size=rows)] + 0.2 / (known + 1)
    classes = rng.random((rows, known + 1)) if wild else sure
    return {
        "corner_boxes": _shares(rng, rows, 4, 4) if wild else boxes + 0.02 * _shares(rng, rows, 4, 4),
        "corner_scores": scores.astype(np.float32),
        "card_scores": classes.astype(np.float32),
    }


def _boxes(rows: int, rng: np.random.Generator, wild: bool) -> Tensors:
    count = int(rng.integers(0, detector.MAX_BOXES + 1)) if wild else 3
    boxes = np.zeros((rows, detector.MAX_BOXES, 4), np.float32)
    boxes[:, :3] = [[0.4, 0.3, 0.46, 0.7], [0.5, 0.3, 0.55, 0.45], [0.5, 0.47, 0.55, 0.6]]
    return {
        "boxes": _shares(rng, *boxes.shape) if wild else boxes,
        "classes": rng.integers(-1, len(FIELDS) + 1, boxes.shape[:2]).astype(np.int32),
        "scores": np.sort(rng.random(boxes.shape[:2]).astype(np.float32))[:, ::-1]
        if wild
        else np.full(boxes.shape[:2], 0.9, np.float32),
        "count": np.full(rows, count, np.int32),
    }


def _words(rows: int, rng: np.random.Generator, wild: bool) -> Tensors:
    words = np.array(_WORDS[: None if wild else 6], object)
    text, places = rng.choice(words, rows), (rows, reader.ALTERNATIVES)
    read = {
        "text": text,
        "confidence": rng.random(rows).astype(np.float32),
        "char_confidence": rng.random((rows, MAX_LENGTH)).astype(np.float32),
    }
    if wild and rng.random() < 0.5:  # as Readers of older releases answer
        return read
    others = rng.choice(words, places) if wild else np.stack([text] * reader.ALTERNATIVES, axis=1)
    shares = rng.random((*places, MAX_LENGTH)).astype(np.float32)
    return read | {"alternatives": others, "alternative_confidence": shares}


def predict(request: pb.PredictRequest, _context: grpc.ServicerContext) -> pb.PredictResponse:
    """Answers Predict."""
    spec = {spec.name: spec for spec in (cropper.SPEC, detector.SPEC, reader.SPEC)}[request.model_spec.name]
    image = request.inputs["image"]
    seed = int.from_bytes(hashlib.blake2b(image.tensor_content, digest_size=8).digest(), "big")
    outputs = outputs_of(spec.name, image.tensor_shape.dim[0].size, np.random.default_rng(seed))
    response = pb.PredictResponse(
        outputs={each.name: to_proto(outputs[each.name], each) for each in spec.outputs if each.name in outputs}
    )
    response.model_spec.name = spec.name
    response.model_spec.version.value = _VERSION
    return response


def metadata(request: pb.GetModelMetadataRequest, _context: grpc.ServicerContext) -> pb.GetModelMetadataResponse:
    """Answers readiness probes."""
    response = pb.GetModelMetadataResponse()
    response.model_spec.name = request.model_spec.name
    response.model_spec.version.value = _VERSION
    return response


def status(_request: pb.GetModelStatusRequest, _context: grpc.ServicerContext) -> pb.GetModelStatusResponse:
    """Answers GET /v1/models."""
    response = pb.GetModelStatusResponse()
    response.model_version_status.add(version=_VERSION, state=pb.ModelVersionStatus.AVAILABLE)
    return response


def main() -> None:
    """Serves until it is killed."""
    server = grpc.server(futures.ThreadPoolExecutor(8), options=[("grpc.max_receive_message_length", -1)])
    for service, methods in (
        (
            "PredictionService",
            {"Predict": (predict, pb.PredictRequest), "GetModelMetadata": (metadata, pb.GetModelMetadataRequest)},
        ),
        ("ModelService", {"GetModelStatus": (status, pb.GetModelStatusRequest)}),
    ):
        handlers = {
            name: grpc.unary_unary_rpc_method_handler(
                answer, request_type.FromString, lambda response: response.SerializeToString()
            )
            for name, (answer, request_type) in methods.items()
        }
        server.add_generic_rpc_handlers(
            (grpc.method_handlers_generic_handler(f"tensorflow.serving.{service}", handlers),)
        )
    server.add_insecure_port(sys.argv[1])
    server.start()
    server.wait_for_termination()


if __name__ == "__main__":
    main()
