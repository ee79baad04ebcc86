"""What the Cropper learns from: photos on its canvas, and where the corners are."""

import numpy as np

from models import anchors
from models.augmentation import recolour, shift, turn
from models.card import CARD_CLASSES, CORNERS
from models.cropper.contract import CARD_CLASS_COUNT, INPUT_SIZE, prepare
from models.geometry import homography, map_points, unit_corners
from models.shards import Batch
from models.synthetic.sample import Sample

# A corner is the centre of a square of this side, whatever the card's size: an eighth of the canvas.
CORNER_BOX = 40.0
STRIDE = 8
ANCHORS = anchors.grid_anchors(INPUT_SIZE, STRIDE, [(CORNER_BOX, CORNER_BOX)])
NO_CARD = len(CARD_CLASSES)
# Each quarter of each kind of card, in the order of CORNERS; the last one is background.
QUARTER_CLASSES = len(CORNERS) * len(CARD_CLASSES) + 1
_QUARTER_AT = np.array([[0, 1], [3, 2]])  # [lower half?][right half?] -> index into CORNERS
_POSITIVE_IOU, _NEGATIVE_IOU = 0.5, 0.4


def example(sample: Sample, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """One photo as the Cropper sees it, and its truth.

    Returns:
        image: uint8 [320, 320, 3]. corners: float32 [4, 2] in canvas pixels, in CORNERS order.
        visible: bool [4], whether each lies in the photo. card_class: int32, NO_CARD without one.
    """
    del rng  # every model's `example` takes one; the canvas is the same each time
    inputs, placement = prepare(sample.photo)
    corners = np.zeros((4, 2)) if sample.corners is None else placement.to_canvas(sample.corners)
    return {
        "image": inputs["image"][0],
        "corners": corners.astype(np.float32),
        "visible": sample.corner_is_visible(),
        "card_class": np.int32(NO_CARD if sample.card_class is None else sample.card_class),
    }


def augment(
    image: np.ndarray, corners: np.ndarray, visible: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The same photo held, lit and framed otherwise; corners that leave the canvas become invisible."""
    image, corners = turn(image, corners, int(rng.integers(4)))
    image, corners = shift(image, corners, rng, degrees=12, scale=0.15, share=0.06)
    inside = ((corners >= 0) & (corners < INPUT_SIZE)).all(axis=1)
    return recolour(image, rng), corners, visible & inside


def corner_targets(corners: np.ndarray, visible: np.ndarray) -> np.ndarray:
    """Corners (x, y) [4, 2] -> float32 [N, 4 + 4], see `models.anchors.targets`."""
    centres = corners[visible][:, ::-1]
    boxes = np.concatenate([centres - CORNER_BOX / 2, centres + CORNER_BOX / 2], axis=1)
    return anchors.targets(
        ANCHORS, boxes, np.flatnonzero(visible), len(CORNERS), positive=_POSITIVE_IOU, negative=_NEGATIVE_IOU
    )


def quarter_targets(corners: np.ndarray, card_class: int) -> np.ndarray:
    """Which quarter of which card every anchor's centre lies on, one-hot float32 [N, QUARTER_CLASSES]."""
    quarters = np.full(len(ANCHORS), QUARTER_CLASSES - 1)
    if card_class != NO_CARD:
        on_card = map_points(homography(corners, unit_corners((1, 1))), ANCHORS[:, 1::-1])
        inside = ((on_card >= 0) & (on_card < 1)).all(axis=1)
        right, lower = (on_card[inside] >= 0.5).astype(int).T
        quarters[inside] = card_class * len(CORNERS) + _QUARTER_AT[lower, right]
    return np.eye(QUARTER_CLASSES, dtype=np.float32)[quarters]


def learning_batch(examples: Batch, rng: np.random.Generator) -> tuple[Batch, Batch]:
    """Stored examples -> inputs, `image` uint8 [B, 320, 320, 3], and targets for `network.LOSSES`."""
    images, corner_rows, quarter_rows = [], [], []
    for image, corners, visible, card_class in zip(
        *(examples[name] for name in ("image", "corners", "visible", "card_class")), strict=True
    ):
        image, corners, visible = augment(image, corners, visible, rng)
        images.append(image)
        corner_rows.append(corner_targets(corners, visible))
        quarter_rows.append(quarter_targets(corners, int(card_class)))
    return {"image": np.stack(images)}, {
        "corners": np.stack(corner_rows),
        "quarters": np.stack(quarter_rows),
        "card": np.eye(CARD_CLASS_COUNT, dtype=np.float32)[examples["card_class"]],
    }
