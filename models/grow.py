"""Weights of a smaller network for a larger one: one that knows more kinds of cards or fields, or sees more deeply.

python -m models.grow cropper models/cropper/weights.npz --out build/cropper.npz

What was known keeps its channels in the heads, what is new begins at random; everything else is as it was. A training
that starts from the file (`--start-from`) does not forget. New kinds and fields stand at the end of
`models.card.CARD_CLASSES` and `FIELDS`; "no card" and "background", which stand behind them, move along. A new residual
block of the Reader adds nothing yet, and what new channels of its stem see is not listened to yet, so that it reads as
before.
"""

import argparse
import importlib
import re
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

from models.card import FIELDS
from models.spec import MODELS
from models.weights import WeightsMismatch, save_weights

_BLOCK = re.compile(r"block35_[0-9]+_")
_STEM = re.compile(r"stem_[0-9]+(_norm)?/")
_TEMPERATURE = "greedy/temperature"  # newer than some weights, and 1 for them


def grown(path: str, old: np.ndarray, fresh: np.ndarray) -> np.ndarray:
    """The variable `fresh` of the larger network with what `old`, of the smaller one, has for it.

    Raises:
        WeightsMismatch: they are the same variable of no two networks that differ in what they know.
    """
    if old.shape == fresh.shape:
        return old
    if _STEM.match(path) and old.ndim == fresh.ndim and all(np.less_equal(old.shape, fresh.shape)):
        return _wider(old, fresh)
    if old.shape[:-1] != fresh.shape[:-1] or old.shape[-1] > fresh.shape[-1]:
        raise WeightsMismatch(f"{path}: {old.shape} cannot grow to {fresh.shape}. Take weights of an older network.")
    result = fresh.copy()
    if "score" in path:  # of the Detector: fields, for each shape of anchor
        shapes = fresh.shape[-1] // len(FIELDS)
        result = result.reshape(*fresh.shape[:-1], shapes, len(FIELDS))
        known = old.reshape(*old.shape[:-1], shapes, -1)
        result[..., : known.shape[-1]] = known
        return result.reshape(fresh.shape)
    result[..., : old.shape[-1] - 1] = old[..., :-1]
    result[..., -1] = old[..., -1]
    return result


def _wider(old: np.ndarray, fresh: np.ndarray) -> np.ndarray:
    """A layer with more channels: the new ones at random, the known ones deaf to the new of the layer before."""
    result = fresh.copy()
    if old.ndim > 1:
        result[..., old.shape[-2] :, : old.shape[-1]] = 0
    result[tuple(map(slice, old.shape))] = old
    return result


def grow(model: keras.Model, path: Path) -> None:
    """Set the variables of `model` from a file of weights of a smaller one.

    Raises:
        WeightsMismatch: a variable is missing, or it is of another network.
    """
    with np.load(path) as stored:
        blocks = {block[0] for block in map(_BLOCK.match, stored.files) if block}
        for variable in model.weights:
            block = _BLOCK.match(variable.path)
            if variable.path in stored:
                variable.assign(grown(variable.path, stored[variable.path].astype(np.float32), variable.numpy()))
            elif variable.path == _TEMPERATURE:
                continue
            elif not blocks or block is None or block[0] in blocks:
                raise WeightsMismatch(f"{path.name} has no {variable.path}. Take weights of {model.name}.")
            elif "_residual/" in variable.path:
                variable.assign(np.zeros(variable.shape, np.float32))


def main(argv: Sequence[str] | None = None) -> None:
    """The command line: see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", choices=MODELS)
    parser.add_argument("weights", type=Path, help="of the smaller network")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0, help="of what is new (default: %(default)s)")
    arguments = parser.parse_args(argv)
    keras.utils.set_random_seed(arguments.seed)
    model = importlib.import_module(f"models.{arguments.model}.network").build_model()
    grow(model, arguments.weights)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    save_weights(model, arguments.out)
    print(f"{arguments.out}: {arguments.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
