"""One model alone, without the others and without the rules of the pipeline."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from models.card import CardTooSmall, CornersMissing, Polygon
from models.detector import contract as detector
from models.geometry import (
    box_corners,
    is_plausible_card,
    long_edge,
    map_points,
    polygon_area,
    unit_corners,
    warp_card,
)
from models.pipeline import MIN_CARD_PIXELS, as_polygon
from models.reader import contract as reader
from models.spec import Predict

_MIN_AREA = 1000.0  # square pixels: a card of MIN_CARD_PIXELS has many more, however steep the view


@dataclass(frozen=True)
class FoundWord:
    """A word that the Detector found. `polygon` is in pixels of the image."""

    field: str
    confidence: float
    polygon: Polygon


def find_words(image: np.ndarray, corners: np.ndarray | None, predict: Predict) -> list[FoundWord]:
    """The words that the Detector finds on a card, best first.

    Args:
        image: uint8 [H, W, 3]: a photo, or the card alone, cut out and laid flat.
        corners: float64 [4, 2] of the card in the photo, in CORNERS order; None for the card alone.

    Raises:
        CornersMissing: the corners make no card. CardTooSmall: it has too few pixels.
    """
    if corners is None:
        corners = unit_corners((image.shape[1], image.shape[0])).astype(np.float64)
    corners = corners.astype(np.float32)  # as they are warped: what makes no card then makes none
    size = np.array([image.shape[1], image.shape[0]])
    is_near = ((corners >= -size) & (corners <= 2 * size)).all()
    if not is_near or polygon_area(corners) < _MIN_AREA or not is_plausible_card(corners):
        raise CornersMissing("That is no shape of a card. Send a card laid flat, or say where its corners are.")
    if long_edge(corners) < MIN_CARD_PIXELS:
        raise CardTooSmall(f"The card is too small: its long edge needs at least {MIN_CARD_PIXELS} pixels.")
    flat_card, to_flat = warp_card(image, corners)
    to_image = np.linalg.inv(to_flat)
    return [
        FoundWord(word.field, word.score, as_polygon(map_points(to_image, box_corners(word.box))))
        for word in detector.interpret(predict(detector.SPEC, detector.prepare(flat_card)))
    ]


def read_crops(crops: Iterable[np.ndarray], predict: Predict) -> list[reader.ReadWord]:
    """What the Reader reads on pictures of one word each, uint8 [h, w, 3]; at least one.

    Each is made small before the next is asked for.
    """
    rows = [reader.crop(crop, np.array([0, 0, crop.shape[1], crop.shape[0]])) for crop in crops]
    return reader.interpret(predict(reader.SPEC, {"image": np.stack(rows)}))
