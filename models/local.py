"""The models called in this process, for evaluation: the same seam the API uses over gRPC."""

import importlib
from collections.abc import Mapping
from pathlib import Path

import keras
import numpy as np

from models.charset import decode
from models.reader.contract import TEXTS
from models.spec import MODELS, ModelSpec, Predict, Tensors
from models.weights import load_weights


def local_predict(models: Mapping[str, keras.Model]) -> Predict:
    """A `predict` that runs Keras models, by the names of their specs.

    Keras has no strings: the Reader's class `ids` become `text` here, and inside the graph when
    it is exported; `alternative_ids` become `alternatives`.
    """

    def predict(spec: ModelSpec, inputs: Tensors) -> Tensors:
        outputs = models[spec.name].predict_on_batch(dict(inputs))
        arrays = {name: np.asarray(value) for name, value in outputs.items()}
        for ids, text in TEXTS.items():
            if ids in arrays:
                arrays[text] = _spelt(arrays.pop(ids))
        return arrays

    return predict


def _spelt(ids: np.ndarray) -> np.ndarray:
    """Classes int32 [..., L] -> str [...], up to each END."""
    words = [decode(word) for word in ids.reshape(-1, ids.shape[-1])]
    return np.array(words, object).reshape(ids.shape[:-1])


def weights_of(model: str) -> Path:
    """Where the committed weights of a model lie."""
    return Path(__file__).parent / model / "weights.npz"


def committed_models() -> dict[str, keras.Model]:
    """The three models with their committed weights, by name.

    Raises:
        FileNotFoundError: a model has none yet.
        WeightsMismatch: they were made for another network.
    """
    models = {}
    for name in MODELS:
        models[name] = importlib.import_module(f"models.{name}.network").build_model()
        load_weights(models[name], weights_of(name))
    return models
