"""The Cropper looks at a photo, and again at the card in it where that is small.

It sees 320 pixels whatever the photo has. On photos that the card hardly fills, a second look at the card and what is
around it halves the error of its corners, and tells better what card it is (docs/training.md).
"""

from dataclasses import replace

import numpy as np

from models.cropper.contract import MIN_CORNER_SCORE, SPEC, Found, interpret, prepare
from models.spec import Predict

_AROUND = 0.2  # of the card's extent, on each side
_LARGE = 0.7  # of the photo's longer side: a second look at so much of it would show nothing new
_MIN_SIDE = 32  # pixels; what is smaller is no card that can be read


def look(image: np.ndarray, predict: Predict) -> Found:
    """What the Cropper sees in a photo, uint8 [H, W, 3]: after a second look if a card is small in it.

    The second look counts for what card it is, too, unless it misses a corner that the first one saw.
    """
    found = _look_at(image, predict)
    if found.card_class is None:
        return found
    left, top, right, bottom = surroundings(found.corners, image)
    longer = max(right - left, bottom - top)
    if longer >= _LARGE * max(image.shape[:2]) or min(right - left, bottom - top) < _MIN_SIDE:
        return found
    closer = _look_at(image[top:bottom, left:right], predict)
    if closer.corner_scores.min() < min(MIN_CORNER_SCORE, found.corner_scores.min()):
        return found
    return replace(closer, corners=closer.corners + np.array([left, top]))


def _look_at(image: np.ndarray, predict: Predict) -> Found:
    inputs, placement = prepare(image)
    return interpret(predict(SPEC, inputs), placement)


def surroundings(corners: np.ndarray, image: np.ndarray) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the part of `image` that shows the card with some ground around it."""
    low, high = corners.min(axis=0), corners.max(axis=0)
    around = _AROUND * (high - low)
    size = image.shape[1::-1]
    left, top = np.clip(low - around, 0, size).astype(int).tolist()
    right, bottom = np.clip(high + around, 0, size).astype(int).tolist()
    return left, top, right, bottom
