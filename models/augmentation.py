"""What training does to a picture each time it is shown, beyond what the renderer did.

Pictures are uint8 [H, W, 3]; points are (x, y) with pixel (0, 0) covering 0..1. Nothing here
mirrors: a mirrored card is not a card, and mirrored letters are not letters.
"""

import cv2
import numpy as np


def recolour(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Another light and another camera: gamma, contrast, brightness and tint, sometimes grey or noise."""
    ramp = np.linspace(0, 1, 256)[:, None]
    tint = rng.uniform(0.92, 1.08, 3) * rng.uniform(0.8, 1.2)
    curve = ramp ** rng.uniform(0.8, 1.25) * tint + rng.uniform(-0.08, 0.08)
    table = np.clip(curve * 255, 0, 255).astype(np.uint8)
    recoloured = cv2.LUT(image, table[None])
    if rng.random() < 0.1:
        recoloured = np.repeat(recoloured.mean(axis=2, keepdims=True).astype(np.uint8), 3, axis=2)
    if rng.random() < 0.25:
        amount = rng.uniform(2, 8)
        noise = rng.standard_normal((*image.shape[:2], 1), np.float32) * np.float32(amount)
        recoloured = np.clip(recoloured + noise, 0, 255).astype(np.uint8)
    return recoloured


def turn(image: np.ndarray, points: np.ndarray, quarters: int) -> tuple[np.ndarray, np.ndarray]:
    """`image` and its `points` [N, 2] turned counter-clockwise by `quarters` times 90 degrees."""
    for _ in range(quarters % 4):
        points = np.stack([points[:, 1], image.shape[1] - points[:, 0]], axis=1)
        image = np.rot90(image)
    return np.ascontiguousarray(image), points


def shift(
    image: np.ndarray, points: np.ndarray, rng: np.random.Generator, *, degrees: float, scale: float, share: float
) -> tuple[np.ndarray, np.ndarray]:
    """`image` and its `points` [N, 2] turned, scaled and moved a little around the centre.

    Args:
        degrees: at most so much either way. scale: 0.1 is 0.9 to 1.1. share: of width and height.
    """
    height, width = image.shape[:2]
    centre = np.array([width, height]) / 2
    matrix = cv2.getRotationMatrix2D((0.0, 0.0), rng.uniform(-degrees, degrees), rng.uniform(1 - scale, 1 + scale))
    linear = matrix[:, :2]
    offset = centre - linear @ centre + rng.uniform(-share, share, 2) * (width, height)
    # OpenCV counts from the middle of the first pixel, we from its corner.
    matrix[:, 2] = offset + linear @ (0.5, 0.5) - 0.5
    moved = cv2.warpAffine(image, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return moved, points @ linear.T + offset
