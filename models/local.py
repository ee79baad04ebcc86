"""The models called in this process, for evaluation: the same seam the API uses over gRPC."""

from collections.abc import Mapping

import keras
import numpy as np

from models.charset import decode
from models.spec import ModelSpec, Predict, Tensors


def local_predict(models: Mapping[str, keras.Model]) -> Predict:
    """A `predict` that runs Keras models, by the names of their specs.

    Keras has no strings: the Reader's class `ids` become `text` here, and inside the graph when
    it is exported.
    """

    def predict(spec: ModelSpec, inputs: Tensors) -> Tensors:
        outputs = models[spec.name].predict_on_batch(dict(inputs))
        arrays = {name: np.asarray(value) for name, value in outputs.items()}
        if "ids" in arrays:
            arrays["text"] = np.array([decode(word) for word in arrays.pop("ids")], object)
        return arrays

    return predict
