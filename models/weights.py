"""Weights as they are committed: one .npz of float16 arrays, named by the path of each variable."""

from pathlib import Path

import keras
import numpy as np


class WeightsMismatch(RuntimeError):
    """The weights were made for another network. `code` is stable; the message says what differs."""

    code = "weights_mismatch"


def save_weights(model: keras.Model, path: Path) -> None:
    """Write every variable of `model` to `path` as float16 (half the size; no effect seen on accuracy)."""
    arrays = {variable.path: _as_float16(variable) for variable in model.weights}
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]  # numpy types **kwds as bool


def _as_float16(variable: keras.Variable) -> np.ndarray:
    values = variable.numpy()
    if np.abs(values).max(initial=0) > np.finfo(np.float16).max:
        raise ValueError(f"{variable.path} has values that float16 cannot hold (more than 65,504)")
    return values.astype(np.float16)


def warm_start(model: keras.Model, path: Path) -> list[str]:
    """Set the variables of `model` that a file written by `save_weights` has with the same path and shape.

    For a network that knows more classes than the one it learns from: its heads have other shapes and start anew.

    Returns:
        The paths of the variables that were left as they are.

    Raises:
        WeightsMismatch: the file has none of them.
    """
    left = []
    with np.load(path) as stored:
        for variable in model.weights:
            if variable.path in stored and stored[variable.path].shape == tuple(variable.shape):
                variable.assign(stored[variable.path].astype(np.float32))
            else:
                left.append(variable.path)
    if len(left) == len(model.weights):
        raise WeightsMismatch(f"{path.name} has nothing that fits {model.name}. Start from weights of the same model.")
    return left


def load_weights(model: keras.Model, path: Path) -> None:
    """Set every variable of `model` from a file written by `save_weights`.

    Raises:
        WeightsMismatch: a variable is missing, left over, or of another shape.
    """
    with np.load(path) as stored:
        expected = {variable.path: tuple(variable.shape) for variable in model.weights}
        found = {name: stored[name].shape for name in stored.files}
        if expected != found:
            differing = sorted(dict(expected.items() ^ found.items()))
            raise WeightsMismatch(
                f"{path.name} does not fit {model.name}: {len(differing)} variables differ, first "
                f"{differing[0]!r} (network {expected.get(differing[0])}, file {found.get(differing[0])}). "
                "Train the model again, or use the network the weights were made for."
            )
        for variable in model.weights:
            variable.assign(stored[variable.path].astype(np.float32))
