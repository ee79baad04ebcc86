"""The Detector's network keeps its contract."""

import keras
import numpy as np
import pytest

from models.anchors import encode
from models.card import FIELDS
from models.detector.contract import SPEC, interpret
from models.detector.data import ANCHORS
from models.detector.network import BestWords, build_model


@pytest.fixture(scope="module")
def model() -> keras.Model:
    keras.utils.set_random_seed(1)
    model = build_model()
    for variable in model.weights:
        if variable.path.endswith("score/bias"):
            variable.assign(np.zeros(variable.shape))  # as if trained: some scores above the floor
    return model


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 255, (2, 400, 640, 3), dtype=np.uint8)


def test_outputs_are_those_of_the_spec(model: keras.Model, images: np.ndarray):
    outputs = model.predict_on_batch({"image": images})
    assert set(outputs) == {spec.name for spec in SPEC.outputs}
    for spec in SPEC.outputs:
        assert outputs[spec.name].shape == (2, *spec.shape[1:])
        assert outputs[spec.name].dtype == spec.dtype
    assert (outputs["count"] > 0).all()
    assert (np.diff(outputs["scores"], axis=1) <= 0).all()


def test_a_card_gives_the_same_alone_and_in_a_batch(model: keras.Model, images: np.ndarray):
    together = model.predict_on_batch({"image": images})
    alone = model.predict_on_batch({"image": images[1:]})
    for name, values in alone.items():
        np.testing.assert_allclose(values[0], together[name][1], atol=1e-5)


def test_the_network_has_one_output_for_each_anchor(model: keras.Model):
    assert model.get_layer("words").output.shape == (None, len(ANCHORS), 4 + len(FIELDS))


def test_words_come_out_once_best_first_and_nothing_else():
    boxes = np.array([[100.0, 50, 118, 110], [101, 52, 119, 112], [200, 300, 220, 340]])
    raw = np.full((1, len(ANCHORS), 4 + len(FIELDS)), -10, np.float32)
    raw[..., :4] = 0
    for index, (box, field, logit) in enumerate(zip(boxes, (1, 2, 6), (1.0, 0.5, 3.0), strict=True)):
        raw[0, index * 7, :4] = encode(ANCHORS[index * 7 : index * 7 + 1], box[None])[0]
        raw[0, index * 7, 4 + field] = logit
    outputs = {name: np.asarray(value) for name, value in BestWords()(raw).items()}
    assert outputs["count"].tolist() == [2]
    words = interpret(outputs)
    assert [word.field for word in words] == ["place_of_residence", "full_name"]
    np.testing.assert_allclose(words[0].box, boxes[2][[1, 0, 3, 2]] * 1.6, atol=0.01)
    np.testing.assert_allclose(words[1].box, boxes[0][[1, 0, 3, 2]] * 1.6, atol=0.01)
    assert not outputs["boxes"][0, 2:].any()


def test_a_faint_word_is_not_crowded_out_by_the_many_anchors_of_plain_ones():
    """30 words, each seen by 10 anchors, and then one that a single anchor sees."""
    raw = np.full((1, len(ANCHORS), 4 + len(FIELDS)), -10, np.float32)
    boxes = [
        np.array([20.0 + 30 * (i // 6), 20 + 100 * (i % 6), 38 + 30 * (i // 6), 80 + 100 * (i % 6)]) for i in range(30)
    ]
    for index, box in enumerate([*np.repeat(boxes, 10, axis=0), np.array([300.0, 300, 318, 340])]):
        raw[0, index, :4] = encode(ANCHORS[index : index + 1], box[None])[0]
        raw[0, index, 4] = 3.0 if index < 300 else 0.0

    words = interpret({name: np.asarray(value) for name, value in BestWords()(raw).items()})

    assert len(words) == 31
    np.testing.assert_allclose(words[-1].box, np.array([300, 300, 340, 318]) * 1.6, atol=0.01)
