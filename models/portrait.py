"""Where a card has its portrait: the place that its form has for it, not a face that was found."""

import numpy as np

from models.card import Card, Polygon
from models.geometry import RECTIFIED_SIZE, box_corners, homography, map_points, unit_corners
from models.pipeline import as_polygon

# (x0, y0, x1, y1) as shares of the card, with a little ground around it. A form without a portrait is not here;
# that of cc-2024 for children under six has none either, and cannot be told from the other by its type.
_PORTRAIT_OF = {
    ("cmnd-9", "front"): (0.03, 0.39, 0.29, 0.91),
    ("cmnd-12", "front"): (0.03, 0.35, 0.28, 0.84),
    ("cccd-2016", "front"): (0.03, 0.35, 0.28, 0.84),
    ("cccd-2021", "front"): (0.025, 0.33, 0.275, 0.82),
    ("cc-2024", "front"): (0.025, 0.37, 0.275, 0.86),
}


def polygon(card: Card) -> Polygon | None:
    """The portrait's place in pixels of the photo; None where the card's form has none."""
    if (card.type, card.side) not in _PORTRAIT_OF:
        return None
    to_photo = homography(unit_corners(), np.array(card.corners))
    return as_polygon(map_points(to_photo, box_corners(_box(card))))


def crop(card: Card, flat_card: np.ndarray) -> np.ndarray:
    """The portrait out of the flat card, uint8 [640, 1024, 3], of a card that has a `polygon`."""
    x0, y0, x1, y1 = np.round(_box(card)).astype(int)
    return flat_card[y0:y1, x0:x1]


def _box(card: Card) -> np.ndarray:
    return np.array(_PORTRAIT_OF[card.type, card.side]) * (RECTIFIED_SIZE * 2)
