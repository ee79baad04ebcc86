"""What the Detector learns from: flat cards at its input size, and the box of every word."""

import numpy as np

from models import anchors
from models.augmentation import recolour, shift
from models.card import FIELDS
from models.detector.contract import INPUT_SIZE, prepare
from models.geometry import RECTIFIED_SIZE
from models.shards import Batch
from models.synthetic.sample import Sample

MAX_WORDS = 128
# (height, width) of the anchors of each stride. 90 % of the words are 14 to 22 pixels tall and 21 to
# 100 wide; identity numbers are up to 28 tall and 180 wide.
ANCHOR_SHAPES = {
    8: [(18.0, width) for width in (20.0, 33.0, 55.0, 90.0, 150.0)],
    16: [(27.0, width) for width in (30.0, 75.0, 180.0)],
}
ANCHORS = np.concatenate([anchors.grid_anchors(INPUT_SIZE, *level) for level in ANCHOR_SHAPES.items()])
_POSITIVE_IOU, _NEGATIVE_IOU = 0.5, 0.4


def example(sample: Sample, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """One flat card as the Detector sees it, cut out with the Cropper's usual error.

    Returns:
        image: uint8 [400, 640, 3]. boxes: float32 [128, 4] (ymin, xmin, ymax, xmax) in its
        pixels, classes: int32 [128] indices into FIELDS, both zero from count: int32 on.

    Raises:
        ValueError: there is no card in the photo.
    """
    flat, words = sample.flatten(rng)
    scaled = np.clip(words * (INPUT_SIZE[0] / RECTIFIED_SIZE[0]), 0, np.tile(INPUT_SIZE, 2))
    boxes = np.zeros((MAX_WORDS, 4), np.float32)
    classes = np.zeros(MAX_WORDS, np.int32)
    boxes[: len(words)] = scaled[:, [1, 0, 3, 2]]
    classes[: len(words)] = [FIELDS.index(word.field) for word in sample.words]
    return {
        "image": prepare(flat)["image"][0],
        "boxes": boxes,
        "classes": classes,
        "count": np.int32(len(words)),
    }


def augment(image: np.ndarray, boxes: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The same card in other light, cut out a little otherwise. `boxes`: float [N, 4] ymin, xmin, ymax, xmax."""
    points = boxes.reshape(-1, 2)[:, ::-1]
    image, points = shift(image, points, rng, degrees=0, scale=0.03, share=0.012)
    points = np.clip(points, 0, INPUT_SIZE)
    return recolour(image, rng), points[:, ::-1].reshape(-1, 4)


def word_targets(boxes: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Word boxes [N, 4] (ymin, xmin, ymax, xmax) and classes -> float32 [A, 4 + F], see `models.anchors.targets`."""
    return anchors.targets(ANCHORS, boxes, classes, len(FIELDS), positive=_POSITIVE_IOU, negative=_NEGATIVE_IOU)


def learning_batch(examples: Batch, rng: np.random.Generator) -> tuple[Batch, np.ndarray]:
    """Stored examples -> inputs, `image` uint8 [B, 400, 640, 3], and targets, float32 [B, A, 4 + F]."""
    images, targets = [], []
    for image, boxes, classes, count in zip(
        examples["image"], examples["boxes"], examples["classes"], examples["count"], strict=True
    ):
        image, boxes = augment(image, boxes[:count], rng)
        images.append(image)
        targets.append(word_targets(boxes, classes[:count]))
    return {"image": np.stack(images)}, np.stack(targets)
