"""Keras models behind the `predict` seam."""

import keras
import numpy as np

from models.charset import encode
from models.local import local_predict
from models.spec import ModelSpec, TensorSpec

SPEC = ModelSpec("tiny", (TensorSpec("image", "uint8", (None, 2)),), (TensorSpec("half", "float32", (None, 2)),))


def test_the_model_of_the_spec_is_called_by_input_name():
    image = keras.Input((2,), dtype="uint8", name="image")
    half = keras.layers.Rescaling(0.5)(image)
    predict = local_predict({"tiny": keras.Model({"image": image}, {"half": half})})
    outputs = predict(SPEC, {"image": np.array([[2, 4]], np.uint8)})
    assert outputs["half"].tolist() == [[1, 2]]


def test_class_ids_become_text():
    ids = keras.Input((16,), dtype="int32", name="image")
    predict = local_predict({"tiny": keras.Model({"image": ids}, {"ids": keras.ops.abs(ids)})})
    outputs = predict(SPEC, {"image": np.array([encode("Nguyễn"), encode("012")], np.int32)})
    assert outputs["text"].tolist() == ["Nguyễn", "012"]
    assert "ids" not in outputs
