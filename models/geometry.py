"""Corners, homographies and boxes. Points are float arrays [N, 2] of (x, y) in pixels."""

import math

import cv2
import numpy as np

from models.card import CARD_ASPECT
from models.image import halve

# The flat card every later stage works on, (width, height): 1.6 is ID-1's 1.586 within 1 %, and
# the Detector's 640 x 400 is exactly 5/8 of it.
RECTIFIED_SIZE = (1024, 640)


def unit_corners(size: tuple[int, int] = RECTIFIED_SIZE) -> np.ndarray:
    """The four corners of a `size` (width, height) image, float32 [4, 2], in CORNERS order."""
    width, height = size
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)


def homography(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The 3 x 3 matrix that takes the four `source` points to the four `target` points."""
    return cv2.getPerspectiveTransform(source.astype(np.float32), target.astype(np.float32))


def map_points(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    """`points` [..., 2] taken through a 3 x 3 homography; the same shape, float64."""
    points = np.asarray(points, np.float64)
    flat = points.reshape(-1, 2)
    homogeneous = np.concatenate([flat, np.ones((len(flat), 1))], axis=1) @ matrix.T
    return (homogeneous[:, :2] / homogeneous[:, 2:]).reshape(points.shape)


def warp_card(image: np.ndarray, corners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The card cut out and laid flat.

    Args:
        image: uint8 [H, W, 3].
        corners: float [4, 2] in pixels of `image`, in CORNERS order.

    Returns:
        The flat card, uint8 [640, 1024, 3], and the 3 x 3 homography photo -> flat card.
    """
    matrix = homography(corners, unit_corners())
    # Warping samples four pixels for each one it makes: where the photo has far more, thin strokes
    # would alias away, so the photo is first made smaller.
    more = max(1.0, long_edge(corners) / RECTIFIED_SIZE[0])
    small, halvings = halve(image, (math.ceil(image.shape[1] / more), math.ceil(image.shape[0] / more)))
    small_matrix = homography(corners / halvings, unit_corners())
    return cv2.warpPerspective(small, small_matrix, RECTIFIED_SIZE, flags=cv2.INTER_LINEAR), matrix


def box_corners(box: np.ndarray) -> np.ndarray:
    """(x0, y0, x1, y1) -> its four corners, float64 [4, 2], clockwise from the top left."""
    x0, y0, x1, y1 = (float(v) for v in box)
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])


def bounding_box(points: np.ndarray) -> np.ndarray:
    """The smallest upright box around `points` [N, 2]: float64 (x0, y0, x1, y1)."""
    return np.concatenate([points.min(axis=0), points.max(axis=0)])


def complete_parallelogram(corners: np.ndarray, missing: int) -> np.ndarray:
    """`corners` [4, 2] with row `missing` put where a parallelogram has it."""
    completed = np.array(corners, np.float64)
    before, opposite, after = ((missing + step) % 4 for step in (-1, 2, 1))
    completed[missing] = completed[before] + completed[after] - completed[opposite]
    return completed


def is_plausible_card(corners: np.ndarray) -> bool:
    """Whether four corners, in order, can be a card seen by a camera.

    They must run clockwise (a mirrored card is not a card), be convex, and the sides must not be
    further from ID-1 than a steep view makes them.
    """
    edges = np.roll(corners, -1, axis=0) - corners
    following = np.roll(edges, -1, axis=0)
    turns = edges[:, 0] * following[:, 1] - edges[:, 1] * following[:, 0]
    if (turns <= 0).any():
        return False
    lengths = np.linalg.norm(edges, axis=1)
    aspect = (lengths[0] + lengths[2]) / (lengths[1] + lengths[3])
    return bool(CARD_ASPECT / 2.5 < aspect < CARD_ASPECT * 2.5)


def long_edge(corners: np.ndarray) -> float:
    """The longer of a card's top and bottom edge, in the unit of `corners` [4, 2]."""
    return float(max(np.linalg.norm(corners[1] - corners[0]), np.linalg.norm(corners[2] - corners[3])))


def polygon_area(points: np.ndarray) -> float:
    """The area of a simple polygon, float [N, 2] -> square pixels (shoelace formula)."""
    x, y = points[:, 0], points[:, 1]
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)
