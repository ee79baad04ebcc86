"""One synthetic photo of one SPECIMEN card, with everything that is true about it."""

from dataclasses import dataclass, field

import numpy as np

from models.card import Kind
from models.geometry import RECTIFIED_SIZE, homography, map_points, unit_corners, warp_card

# What the Cropper is off by, as shares of the card's diagonal (docs/training.md measures it).
CORNER_ERROR = 0.006
WILD_CARDS, WILD_ERROR = 0.2, 0.025


@dataclass(frozen=True)
class WordTruth:
    """One printed word. `box` (x0, y0, x1, y1) as shares of the card's width and height."""

    text: str
    field: str
    box: tuple[float, float, float, float]


@dataclass(frozen=True)
class Sample:
    """A photo and its truth.

    `photo`: uint8 [H, W, 3] RGB, as decoded from its JPEG. `card_class`: index into CARD_CLASSES,
    or None when there is no card that the networks are to know. `corners`: float64 [4, 2] in pixels of
    the photo, in CORNERS order (they may lie outside the photo); None without a card. `kind`: what card
    it is, also of one that is not in CARD_CLASSES.
    """

    photo: np.ndarray
    jpeg: bytes
    card_class: int | None
    corners: np.ndarray | None
    words: tuple[WordTruth, ...] = ()
    fields: dict[str, str] = field(default_factory=dict)
    severities: dict[str, float] = field(default_factory=dict)
    kind: Kind | None = None

    def corner_is_visible(self) -> np.ndarray:
        """bool [4]: whether each corner lies inside the photo; all False without a card."""
        if self.corners is None:
            return np.zeros(4, bool)
        size = (self.photo.shape[1], self.photo.shape[0])
        return np.asarray(((self.corners >= 0) & (self.corners < size)).all(axis=1))

    def flatten(self, rng: np.random.Generator | None = None) -> tuple[np.ndarray, np.ndarray]:
        """The flat card as the pipeline would see it, and its true word boxes in pixels.

        With `rng`, the corners are first moved by a Cropper's error: each by a normal deviate of
        `CORNER_ERROR`, and on a share `WILD_CARDS` of the cards one more by one of `WILD_ERROR`.

        Returns:
            uint8 [640, 1024, 3] and float64 [N, 4] (x0, y0, x1, y1), in the order of `words`.

        Raises:
            ValueError: there is no card in the photo.
        """
        if self.corners is None:
            raise ValueError("a photo without a card cannot be flattened")
        corners = self.corners
        if rng is not None:
            diagonal = np.linalg.norm(corners[2] - corners[0])
            errors = rng.normal(0, CORNER_ERROR, corners.shape)
            if rng.random() < WILD_CARDS:
                errors[rng.integers(4)] += rng.normal(0, WILD_ERROR, 2)
            corners = corners + errors * diagonal
        flat, matrix = warp_card(self.photo, corners)
        card_to_flat = matrix @ homography(unit_corners(), self.corners)
        boxes = np.array([word.box for word in self.words], np.float64).reshape(-1, 4)
        boxes = boxes * np.tile(RECTIFIED_SIZE, 2)
        quads = np.stack([boxes[:, [0, 1]], boxes[:, [2, 1]], boxes[:, [2, 3]], boxes[:, [0, 3]]], axis=1)
        quads = map_points(card_to_flat, quads)
        return flat, np.concatenate([quads.min(axis=1), quads.max(axis=1)], axis=1)
