"""The Cropper finds a card in a photo: one SSD class for each corner, and what card it is."""

from dataclasses import dataclass

import numpy as np

from models.card import ALIKE, CARD_CLASSES
from models.image import Placement, fit
from models.spec import ModelSpec, Tensors, TensorSpec

INPUT_SIZE = (320, 320)  # width, height
CARD_CLASS_COUNT = len(CARD_CLASSES) + 1  # the last one is "no card, or one we do not know"
MIN_CORNER_SCORE = 0.3
MIN_CARD_SCORE = 0.5

SPEC = ModelSpec(
    name="cropper",
    inputs=(TensorSpec("image", "uint8", (None, INPUT_SIZE[1], INPUT_SIZE[0], 3)),),
    outputs=(
        # (ymin, xmin, ymax, xmax) as shares of the canvas; the centre of the box is the corner.
        TensorSpec("corner_boxes", "float32", (None, 4, 4)),
        TensorSpec("corner_scores", "float32", (None, 4)),
        # CARD_CLASS_COUNT of them from a Cropper of today; see `interpret` for others.
        TensorSpec("card_scores", "float32", (None, None)),
    ),
)


@dataclass(frozen=True)
class Found:
    """What the Cropper saw in one photo.

    `corners`: float64 [4, 2] in pixels of the photo, in CORNERS order, also where the score is
    low; `corner_scores` [4]. `card_class` is an index into CARD_CLASSES, or None for no card. `card_score`: of
    this card and of the one that is ALIKE together; without a card, of that.
    """

    corners: np.ndarray
    corner_scores: np.ndarray
    card_class: int | None
    card_score: float


def prepare(image: np.ndarray) -> tuple[dict[str, np.ndarray], Placement]:
    """uint8 [H, W, 3] -> the Cropper's inputs for a batch of one, and where the photo lies in it."""
    canvas, placement = fit(image, INPUT_SIZE)
    return {"image": canvas[None]}, placement


def interpret(outputs: Tensors, placement: Placement) -> Found:
    """The Cropper's outputs for a batch of one -> corners in pixels of the photo."""
    boxes = np.asarray(outputs["corner_boxes"], np.float64)[0]
    centres = np.stack([boxes[:, 1] + boxes[:, 3], boxes[:, 0] + boxes[:, 2]], axis=1) / 2
    card_scores = np.asarray(outputs["card_scores"])[0]
    # The last score is "no card", also of a Cropper that knows more or fewer kinds than we do.
    named = min(len(card_scores) - 1, len(CARD_CLASSES))
    best = int(card_scores[:named].argmax()) if named else 0
    # Cards whose forms are alike share their scores: that it is one of them may be certain while which is not.
    known = named > 0 and card_scores[:named].sum() >= MIN_CARD_SCORE
    return Found(
        corners=placement.to_source(centres * INPUT_SIZE),
        corner_scores=np.asarray(outputs["corner_scores"])[0],
        card_class=best if known else None,
        card_score=_score(card_scores[:named], best) if known else float(card_scores[-1]),
    )


def _score(scores: np.ndarray, best: int) -> float:
    """Of the best kind, and of the one that is alike where the Cropper knows it."""
    kinds = (CARD_CLASSES[best], ALIKE.get(CARD_CLASSES[best]))
    together = sum(score for kind, score in zip(CARD_CLASSES, scores, strict=False) if kind in kinds)
    return float(min(together, 1.0))
