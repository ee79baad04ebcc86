"""Chooses the temperature of a trained Reader, so that of the words it reads with 0.9 nine in ten are right.

    python -m models.reader.calibrate WEIGHTS --data DIR

Smoothed labels teach a Reader never to be sure. Dividing its logits by one number changes how sure it is and nothing
that it reads (Guo et al. 2017, arXiv 1706.04599). The number is the one of TEMPERATURES with the least log loss of
"this word is right" on words of the validation split; it is written into WEIGHTS.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from models.shards import Shards
from models.synthetic.dataset import VALIDATION_SHARD

if TYPE_CHECKING:
    import keras

TEMPERATURES = tuple(round(0.3 + 0.05 * step, 2) for step in range(25))
WORDS = 3000
_BATCH = 64
_NEVER_SURE = 1e-4  # a loss must stay finite


def log_loss(confidence: np.ndarray, right: np.ndarray) -> float:
    """The mean over words [N] of -log of what was said of what came true; lower is better."""
    said = np.clip(confidence, _NEVER_SURE, 1 - _NEVER_SURE)
    return float(-np.mean(np.where(right, np.log(said), np.log(1 - said))))


def losses(model: "keras.Model", shards: Shards) -> dict[float, float]:
    """The log loss at each of TEMPERATURES, on WORDS words spread over all shards; the model's own is put back."""
    chosen = np.linspace(0, len(shards) - 1, min(WORDS, len(shards))).astype(int)
    words = shards.batch(chosen)
    temperature = model.get_layer("greedy").temperature
    before = float(temperature.numpy())
    found = {}
    for each in TEMPERATURES:
        temperature.assign(each)
        found[each] = log_loss(*_read(model, words["image"], words["label"]))
    temperature.assign(before)
    return found


def _read(model: "keras.Model", images: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How sure every word is read, and whether it is read right."""
    answers = [model.predict_on_batch({"image": images[at : at + _BATCH]}) for at in range(0, len(images), _BATCH)]
    ids, confidence = (np.concatenate([answer[name] for answer in answers]) for name in ("ids", "confidence"))
    return confidence, (ids == labels).all(axis=1)


def main(argv: Sequence[str] | None = None) -> None:
    """The command line: see the module's docstring."""
    parser = argparse.ArgumentParser(description="Choose the temperature of a trained Reader.")
    parser.add_argument("weights", type=Path)
    parser.add_argument("--data", type=Path, required=True, help="folder of shards with the validation split")
    arguments = parser.parse_args(argv)
    from models.reader.network import build_model
    from models.weights import load_weights, save_weights

    model = build_model()
    load_weights(model, arguments.weights)
    found = losses(model, Shards(arguments.data, "reader", first=VALIDATION_SHARD))
    best = min(found, key=lambda each: found[each])
    model.get_layer("greedy").temperature.assign(best)
    save_weights(model, arguments.weights)
    print(f"temperature {best}: log loss {found[best]:.4f}, {found[1.0]:.4f} at 1")


if __name__ == "__main__":
    main()
