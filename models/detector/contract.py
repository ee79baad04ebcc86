"""The Detector finds the words on a flat card: one SSD class for each field."""

from dataclasses import dataclass

import numpy as np

from models.card import FIELDS
from models.geometry import RECTIFIED_SIZE
from models.image import resize
from models.spec import ModelSpec, Tensors, TensorSpec

INPUT_SIZE = (640, 400)  # width, height: 5/8 of the flat card, so nothing is padded
MAX_BOXES = 100
MIN_SCORE = 0.25  # of a word beside surer ones; models/layout.py asks more of one that stands alone

SPEC = ModelSpec(
    name="detector",
    inputs=(TensorSpec("image", "uint8", (None, INPUT_SIZE[1], INPUT_SIZE[0], 3)),),
    outputs=(
        # (ymin, xmin, ymax, xmax) as shares of the flat card, best score first.
        TensorSpec("boxes", "float32", (None, MAX_BOXES, 4)),
        TensorSpec("classes", "int32", (None, MAX_BOXES)),  # index into FIELDS
        TensorSpec("scores", "float32", (None, MAX_BOXES)),
        TensorSpec("count", "int32", (None,)),  # how many of MAX_BOXES are filled
    ),
)


@dataclass(frozen=True)
class WordBox:
    """A word on the flat card: `box` is (x0, y0, x1, y1) in its pixels."""

    field: str
    box: np.ndarray
    score: float


def prepare(flat_card: np.ndarray) -> dict[str, np.ndarray]:
    """The flat card, uint8 [640, 1024, 3] -> the Detector's inputs for a batch of one."""
    return {"image": resize(flat_card, INPUT_SIZE)[None]}


def interpret(outputs: Tensors) -> list[WordBox]:
    """The Detector's outputs for a batch of one -> the words with a score of at least MIN_SCORE."""
    count = int(np.asarray(outputs["count"])[0])
    width, height = RECTIFIED_SIZE
    words = []
    for box, field, score in zip(
        np.asarray(outputs["boxes"], np.float64)[0, :count],
        np.asarray(outputs["classes"])[0, :count],
        np.asarray(outputs["scores"])[0, :count],
        strict=True,
    ):
        # A newer Detector may know more fields than we do; those words are not ours to name.
        if score >= MIN_SCORE and 0 <= field < len(FIELDS):
            ymin, xmin, ymax, xmax = np.clip(box, 0, 1)
            corners = np.array([xmin * width, ymin * height, xmax * width, ymax * height])
            words.append(WordBox(FIELDS[int(field)], corners, float(score)))
    return words
