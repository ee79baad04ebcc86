"""Pictures that look busy enough to a network, the same ones every time; no person on them."""

import cv2
import numpy as np

from models.spec import ModelSpec

_WORDS = ("SPECIMEN", "NGUYEN VAN A", "0123456789", "01/02/1990")


def sample_inputs(spec: ModelSpec, count: int) -> dict[str, np.ndarray]:
    """Inputs of `spec` (one uint8 image [B, H, W, 3]) for a batch of `count`.

    Image i is the same in every batch, so that batches of different sizes can be compared.
    """
    (tensor,) = spec.inputs
    _, height, width, _ = tensor.shape
    if height is None or width is None:
        raise ValueError(f"{spec.name} takes images of any size; sample images need one")
    return {tensor.name: np.stack([_image(height, width, np.random.default_rng(seed)) for seed in range(count)])}


def _image(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """uint8 [height, width, 3]: soft ground, a few patches, lines of text, noise."""
    ground = rng.uniform(60, 255, (3, 4, 3)).astype(np.uint8)
    image = cv2.resize(ground, (width, height), interpolation=cv2.INTER_CUBIC)
    for _ in range(4):
        x, y = rng.integers(width), rng.integers(height)
        corner = (int(x + rng.integers(4, width)), int(y + rng.integers(4, height)))
        cv2.rectangle(image, (int(x), int(y)), corner, rng.uniform(0, 255, 3).tolist(), -1)
    size = max(0.4, height / 300)
    for line, word in enumerate(rng.permutation(_WORDS)):
        place = (int(rng.integers(width // 4)), int((line + 0.9) * height / len(_WORDS)))
        cv2.putText(image, str(word), place, cv2.FONT_HERSHEY_SIMPLEX, size, rng.uniform(0, 120, 3).tolist(), 1)
    return np.clip(image + rng.normal(0, 6, image.shape), 0, 255).astype(np.uint8)
