"""The Cropper's network keeps its contract."""

import keras
import numpy as np
import pytest

from models.anchors import encode
from models.cropper.contract import SPEC, interpret
from models.cropper.data import ANCHORS, CORNER_BOX
from models.cropper.network import BestCorners, build_model
from models.image import Placement


@pytest.fixture(scope="module")
def model() -> keras.Model:
    keras.utils.set_random_seed(1)
    return build_model()


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 255, (3, 320, 320, 3), dtype=np.uint8)


def test_outputs_are_those_of_the_spec(model: keras.Model, images: np.ndarray):
    outputs = model.predict_on_batch({"image": images})
    assert set(outputs) == {spec.name for spec in SPEC.outputs}
    for spec in SPEC.outputs:
        assert outputs[spec.name].shape == (3, *spec.shape[1:])
        assert outputs[spec.name].dtype == spec.dtype


def test_a_photo_gives_the_same_alone_and_in_a_batch(model: keras.Model, images: np.ndarray):
    together = model.predict_on_batch({"image": images})
    alone = model.predict_on_batch({"image": images[1:2]})
    for name, values in alone.items():
        np.testing.assert_allclose(values[0], together[name][1], atol=1e-5)


def test_card_scores_add_up_to_one(model: keras.Model, images: np.ndarray):
    np.testing.assert_allclose(model.predict_on_batch({"image": images})["card_scores"].sum(axis=1), 1, atol=1e-5)


def test_the_corner_is_where_the_confident_anchors_around_the_best_one_say():
    corners = np.array([[60.3, 61.7], [250, 70], [240, 200], [50, 190]])
    raw = np.full((1, len(ANCHORS), 8), -10, np.float32)
    raw[..., :4] = 0
    for corner, (x, y) in enumerate(corners):
        near = np.abs(ANCHORS[:, :2] - [y, x]).max(axis=1) < 10
        half = CORNER_BOX / 2
        for index, offset in zip(np.flatnonzero(near), (-2, 2) * 4, strict=False):
            box = np.array([[y - half + offset, x - half, y + half + offset, x + half]])
            raw[0, index, :4] = encode(ANCHORS[index : index + 1], box)[0]
            raw[0, index, 4 + corner] = 2.0
    best = BestCorners()(raw)
    found = interpret(
        {
            "corner_boxes": np.asarray(best["boxes"]),
            "corner_scores": np.asarray(best["scores"]),
            "card_scores": np.array([[1.0, 0, 0]]),
        },
        Placement(1, 0, 0),
    )
    np.testing.assert_allclose(found.corners, corners, atol=0.7)
    np.testing.assert_allclose(found.corner_scores, 1 / (1 + np.exp(-2)), rtol=1e-4)
