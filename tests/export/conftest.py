"""Tiny stand-ins for the three networks: same names, same kinds of output, a second to export."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ["KERAS_BACKEND"] = "tensorflow"

from types import SimpleNamespace

import keras
import pytest
from keras import layers, ops

from export.version import export_version
from models.charset import CLASSES, MAX_LENGTH
from models.spec import ModelSpec, TensorSpec

IMAGE = TensorSpec("image", "uint8", (None, 8, 16, 3))

READER_SPEC = ModelSpec(
    name="reader",
    inputs=(IMAGE,),
    outputs=(
        TensorSpec("text", "string", (None,)),
        TensorSpec("confidence", "float32", (None,)),
        TensorSpec("char_confidence", "float32", (None, MAX_LENGTH)),
    ),
)

CARD_SPEC = ModelSpec(
    name="cropper",
    inputs=(IMAGE,),
    outputs=(TensorSpec("scores", "float32", (None, 4)), TensorSpec("best", "int32", (None,))),
)


def reader_network() -> keras.Model:
    """`ids`, `confidence` and `char_confidence`, as the Reader gives them; END comes where it may."""
    keras.utils.set_random_seed(1)
    image = keras.Input((8, 16, 3), dtype="uint8", name="image")
    features = layers.Flatten()(layers.Rescaling(1 / 127.5, -1.0)(image))
    logits = layers.Reshape((MAX_LENGTH, CLASSES))(layers.Dense(MAX_LENGTH * CLASSES)(features))
    scores = ops.softmax(logits)
    outputs = {
        "ids": ops.cast(ops.argmax(scores, axis=-1), "int32"),
        "confidence": ops.mean(ops.max(scores, axis=-1), axis=-1),
        "char_confidence": ops.max(scores, axis=-1),
    }
    return keras.Model({"image": image}, outputs, name="reader")


def card_network() -> keras.Model:
    """Float and whole-number outputs, batch normalisation and dropout, as in the other two."""
    keras.utils.set_random_seed(2)
    image = keras.Input((8, 16, 3), dtype="uint8", name="image")
    x = layers.Conv2D(4, 3)(layers.Rescaling(1 / 127.5, -1.0)(image))
    x = layers.Dropout(0.5)(layers.ReLU()(layers.BatchNormalization()(x)))
    scores = layers.Dense(4, activation="sigmoid")(layers.GlobalAveragePooling2D()(x))
    return keras.Model(
        {"image": image}, {"scores": scores, "best": ops.cast(ops.argmax(scores, axis=-1), "int32")}, name="cropper"
    )


@pytest.fixture
def stand_ins() -> SimpleNamespace:
    return SimpleNamespace(
        reader_spec=READER_SPEC, reader_network=reader_network, card_spec=CARD_SPEC, card_network=card_network
    )


@pytest.fixture(scope="session")
def store(tmp_path_factory):
    """A store with version 3 of both stand-ins."""
    store = tmp_path_factory.mktemp("store")
    export_version(READER_SPEC, reader_network(), store, 3, evaluation={"character_error_rate": 0.004})
    export_version(CARD_SPEC, card_network(), store, 3)
    return store
