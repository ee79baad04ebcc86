"""The Cropper's network keeps its contract."""

import keras
import numpy as np
import pytest

from models.anchors import encode
from models.cropper.contract import SPEC, Found, interpret
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


CARD = np.array([[60.3, 61.7], [250, 70], [240, 200], [50, 190]])  # in CORNERS order


def seen(beliefs: np.ndarray, places: np.ndarray = CARD) -> Found:
    """What is found where anchors near place i believe, as logits beliefs[i], in each of the four corners."""
    raw = np.full((1, len(ANCHORS), 8), -10, np.float32)
    raw[..., :4] = 0
    half = CORNER_BOX / 2
    for (x, y), logits in zip(places, beliefs, strict=True):
        near = np.abs(ANCHORS[:, :2] - [y, x]).max(axis=1) < 10
        for index, offset in zip(np.flatnonzero(near), (-2, 2) * 4, strict=False):
            box = np.array([[y - half + offset, x - half, y + half + offset, x + half]])
            raw[0, index, :4] = encode(ANCHORS[index : index + 1], box)[0]
            raw[0, index, 4:] = logits
    best = BestCorners()(raw)
    outputs = {"corner_boxes": best["boxes"], "corner_scores": best["scores"], "card_scores": np.array([[1.0, 0, 0]])}
    return interpret({name: np.asarray(value) for name, value in outputs.items()}, Placement(1, 0, 0))


SURE = np.where(np.eye(4) > 0, 2.0, -10.0)


def test_a_corner_is_where_the_anchors_around_the_best_one_say():
    found = seen(SURE)
    np.testing.assert_allclose(found.corners, CARD, atol=0.7)
    np.testing.assert_allclose(found.corner_scores, 1 / (1 + np.exp(-2)), rtol=1e-2)


def test_one_sure_corner_decides_for_three_that_could_be_any():
    beliefs = np.full((4, 4), -1.1)  # each of the four about as likely
    beliefs[2] = (-4, -4, 1, -4)
    found = seen(beliefs)
    np.testing.assert_allclose(found.corners, CARD, atol=0.7)
    assert (found.corner_scores > 0.5).all()


def test_two_classes_never_take_the_same_place():
    beliefs = SURE.copy()
    beliefs[1] = (1.9, 1.0, -10, -10)  # the top right corner looks even more like a top left one
    np.testing.assert_allclose(seen(beliefs).corners, CARD, atol=0.7)


def test_a_card_that_could_as_well_lie_upside_down_is_no_more_than_half_sure():
    found = seen(np.full((4, 4), -1.1))
    assert found.corner_scores.max() <= 0.5


def test_the_corners_of_a_portrait_do_not_stand_in_for_those_of_the_card():
    beliefs = np.vstack([SURE, [1.0, -2, -10, -2], [-2, 1.5, -10, -10]])
    portrait = np.array([[80.0, 105], [115, 108]])
    np.testing.assert_allclose(seen(beliefs, np.vstack([CARD, portrait])).corners, CARD, atol=0.7)


def test_a_missing_corner_scores_low_and_leaves_the_others_alone():
    found = seen(SURE[:3], CARD[:3])
    np.testing.assert_allclose(found.corners[:3], CARD[:3], atol=0.7)
    assert found.corner_scores[3] < 0.05


@pytest.mark.parametrize("quarters", range(4))
def test_a_turned_card_is_named_by_what_its_corners_look_like(quarters: int):
    turned = CARD
    for _ in range(quarters):
        turned = np.stack([320 - turned[:, 1], turned[:, 0]], axis=1)
    np.testing.assert_allclose(seen(SURE, turned).corners, turned, atol=0.7)
