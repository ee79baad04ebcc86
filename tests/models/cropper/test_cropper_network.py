"""The Cropper's network keeps its contract."""

import keras
import numpy as np
import pytest

from models.anchors import encode
from models.cropper.contract import CARD_CLASS_COUNT, SPEC, Found, interpret
from models.cropper.data import ANCHORS, CORNER_BOX, QUARTER_CLASSES, quarter_targets
from models.cropper.network import CornersNearQuarters, build_model, expected_corners
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
        has = outputs[spec.name].shape
        assert has == (3, *(size or of for size, of in zip(spec.shape[1:], has[1:], strict=True)))
        assert outputs[spec.name].dtype == spec.dtype
    assert outputs["card_scores"].shape == (3, CARD_CLASS_COUNT)


def test_a_photo_gives_the_same_alone_and_in_a_batch(model: keras.Model, images: np.ndarray):
    together = model.predict_on_batch({"image": images})
    alone = model.predict_on_batch({"image": images[1:2]})
    for name, values in alone.items():
        np.testing.assert_allclose(values[0], together[name][1], atol=1e-5)


def test_card_scores_add_up_to_one(model: keras.Model, images: np.ndarray):
    np.testing.assert_allclose(model.predict_on_batch({"image": images})["card_scores"].sum(axis=1), 1, atol=1e-5)


CARD = np.array([[60.3, 61.7], [250, 70], [240, 200], [50, 190]])  # in CORNERS order


def seen(beliefs: np.ndarray, places: np.ndarray = CARD, card: np.ndarray = CARD) -> Found:
    """What is found where anchors near place i believe, as logits beliefs[i], in each of the four corners.

    The quarters are those of `card`.
    """
    raw = np.full((1, len(ANCHORS), 8), -10, np.float32)
    raw[..., :4] = 0
    half = CORNER_BOX / 2
    for (x, y), logits in zip(places, beliefs, strict=True):
        near = np.abs(ANCHORS[:, :2] - [y, x]).max(axis=1) < 10
        for index, offset in zip(np.flatnonzero(near), (-2, 2) * 4, strict=False):
            box = np.array([[y - half + offset, x - half, y + half + offset, x + half]])
            raw[0, index, :4] = encode(ANCHORS[index : index + 1], box)[0]
            raw[0, index, 4:] = logits
    best = CornersNearQuarters()(raw, quarters_of(card))
    outputs = {"corner_boxes": best["boxes"], "corner_scores": best["scores"], "card_scores": np.array([[1.0, 0, 0]])}
    return interpret({name: np.asarray(value) for name, value in outputs.items()}, Placement((1, 1), (0, 0)))


def quarters_of(card: np.ndarray) -> np.ndarray:
    """Logits of a network that is sure of the quarters of `card`."""
    return (20 * quarter_targets(card, 0) - 10)[None].astype(np.float32)


SURE = np.where(np.eye(4) > 0, 2.0, -10.0)
UNSURE = np.full((4, 4), -1.1)  # each of the four about as likely


def test_quarters_point_to_the_corners():
    expected = np.asarray(expected_corners(quarters_of(CARD)))[0, :, ::-1]
    np.testing.assert_allclose(expected, CARD, atol=8)


def test_a_corner_is_where_the_anchors_around_the_best_one_say():
    found = seen(SURE)
    np.testing.assert_allclose(found.corners, CARD, atol=0.7)
    assert (found.corner_scores > 0.8).all()


@pytest.mark.parametrize("turns", range(4))
def test_quarters_decide_which_corner_is_which(turns: int):
    card = np.roll(CARD, turns, axis=0)
    found = seen(UNSURE, CARD, card)
    np.testing.assert_allclose(found.corners, card, atol=0.7)


def test_two_classes_never_take_the_same_place():
    beliefs = SURE.copy()
    beliefs[1] = (1.9, 1.0, -10, -10)  # the top right corner looks even more like a top left one
    np.testing.assert_allclose(seen(beliefs).corners, CARD, atol=0.7)


def test_the_corners_of_a_portrait_do_not_stand_in_for_those_of_the_card():
    beliefs = np.vstack([SURE, [1.0, -2, -10, -2], [-2, 1.5, -10, -10]])
    portrait = np.array([[90.0, 115], [135, 118]])
    np.testing.assert_allclose(seen(beliefs, np.vstack([CARD, portrait])).corners, CARD, atol=0.7)


def test_a_missing_corner_scores_low_and_leaves_the_others_alone():
    found = seen(SURE[:3], CARD[:3])
    np.testing.assert_allclose(found.corners[:3], CARD[:3], atol=0.7)
    assert found.corner_scores[3] < 0.05


def test_without_a_card_no_corner_scores():
    raw = np.full((1, len(ANCHORS), 8), -10, np.float32)
    nothing = np.full((1, len(ANCHORS), QUARTER_CLASSES), -10, np.float32)
    nothing[..., -1] = 10
    best = CornersNearQuarters()(raw, nothing)
    assert np.isfinite(np.asarray(best["boxes"])).all()
    assert np.asarray(best["scores"]).max() < 0.05
