"""Cheap changes to word crops, so that no crop is seen twice the same."""

import cv2
import numpy as np

from models.augmentation import recolour
from models.reader.contract import INPUT_SIZE

BLUR_SHARE = 0.2
RECOLOURED_SHARE = 0.4  # in another light altogether, beside what every word gets


def augment(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """uint8 [B, 32, 128, 3] -> the same, each moved, sheared, blurred, lit and coloured by chance."""
    moved = np.stack([_relit(_move(image, rng), rng) for image in images]).astype(np.float32)
    one_each = (len(images), 1, 1, 1)
    mean = moved.mean(axis=(1, 2), keepdims=True)
    contrast = rng.uniform(0.7, 1.25, one_each).astype(np.float32)
    light = rng.normal(0, 10, (len(images), 1, 1, 1)) + rng.normal(0, 5, (len(images), 1, 1, 3))
    grain = np.abs(rng.normal(0, 4, one_each)).astype(np.float32)
    moved -= mean
    moved *= contrast
    moved += mean + light.astype(np.float32)
    moved += rng.standard_normal((*moved.shape[:3], 1), np.float32) * grain  # mostly of the light, not of the colour
    return np.clip(moved, 0, 255).astype(np.uint8)


def _relit(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return recolour(image, rng) if rng.random() < RECOLOURED_SHARE else image


def _move(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A small affine change, maybe a blur. A word that fills the canvas keeps its last character."""
    width, height = INPUT_SIZE
    left, right = rng.uniform(-1, 3), rng.uniform(116, 129)  # where the canvas' sides go
    shear, slope, scale = rng.uniform(-0.12, 0.12), rng.uniform(-0.02, 0.02), rng.uniform(0.93, 1.05)
    middle, down = height / 2, rng.uniform(-1.5, 1.5)
    matrix = np.array(
        [
            [(right - left) / width, shear, left - shear * middle],
            [slope, scale, middle * (1 - scale) - slope * width / 2 + down],
        ]
    )
    image = cv2.warpAffine(image, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, 1.1)) if rng.random() < BLUR_SHARE else image
