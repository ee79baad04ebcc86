"""What training does to a picture each time it is shown, beyond what the renderer did.

Pictures are uint8 [H, W, 3]; points are (x, y) with pixel (0, 0) covering 0..1. Nothing here
mirrors: a mirrored card is not a card, and mirrored letters are not letters.
"""

import cv2
import numpy as np

from models.image import resize


def recolour(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Another light and another camera: another tone and tint, and by chance shadow, contrast, sharpness and noise."""
    picture = _toned(image, rng)
    if rng.random() < 0.25:
        picture = _saturated(picture, rng.uniform(0, 1.7) if rng.random() < 0.6 else 0.0)
    if rng.random() < 0.25:
        picture = _in_shadow(picture, rng)
    if rng.random() < 0.2:
        picture = _contrasted(picture, max(image.shape) / rng.uniform(8, 40), rng.uniform(0.3, 1.5))
    if rng.random() < 0.2:
        picture = _contrasted(picture, rng.uniform(0.6, 1.6), rng.uniform(0.3, 1.8))
    if rng.random() < 0.25:
        noise = rng.standard_normal((*image.shape[:2], 1), np.float32) * np.float32(rng.uniform(2, 8))
        picture = np.clip(picture + noise, 0, 255).astype(np.uint8)
    return picture


def _toned(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Gamma, contrast, brightness and the light's colour; a third of all pictures far from the usual."""
    reach = 2.4 if rng.random() < 1 / 3 else 1.0
    ramp = np.linspace(0, 1, 256)[:, None]
    gamma, contrast = np.exp(rng.uniform(-0.22, 0.22, 2) * reach)
    tint = np.exp(rng.uniform(-0.08, 0.08, 3) * reach * 2) * rng.uniform(0.85, 1.15)
    middle = float(image.mean()) / 255
    curve = ((ramp - middle) * contrast + middle).clip(0, None) ** gamma * tint + rng.uniform(-0.08, 0.08)
    return cv2.LUT(image, np.clip(curve * 255, 0, 255).astype(np.uint8)[None])


def _saturated(image: np.ndarray, share: float) -> np.ndarray:
    """Colours weaker (0 is grey) or stronger than they were."""
    grey = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    return cv2.addWeighted(image, share, grey, 1 - share, 0)


def _in_shadow(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A part of the picture, with corners anywhere, has less light; its edge is hard or soft."""
    height, width = image.shape[:2]
    light = np.full((height, width), 255, np.uint8)
    points = rng.uniform(-0.3, 1.3, (int(rng.integers(3, 7)), 2)) * (width, height)
    cv2.fillConvexPoly(light, cv2.convexHull(points.astype(np.int32)), int(rng.uniform(80, 220)))
    light = _smoothed(light, max(image.shape) * rng.uniform(0.001, 0.03))
    return cv2.multiply(image, cv2.cvtColor(light, cv2.COLOR_GRAY2RGB), scale=1 / 255)


def _contrasted(image: np.ndarray, radius: float, amount: float) -> np.ndarray:
    """Unsharp mask: with a small `radius` (Gaussian sigma, pixels) edges stand out, with a large one whole letters."""
    return cv2.addWeighted(image, 1 + amount, _smoothed(image, radius), -amount, 0)


def _smoothed(image: np.ndarray, sigma: float) -> np.ndarray:
    """A Gaussian blur; a wide one of a smaller picture, which is many times as fast."""
    if sigma <= 4:
        return cv2.GaussianBlur(image, (0, 0), sigma)
    height, width = image.shape[:2]
    size = (max(1, int(width * 2 / sigma)), max(1, int(height * 2 / sigma)))
    return resize(cv2.GaussianBlur(resize(image, size), (0, 0), 2), (width, height))


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
