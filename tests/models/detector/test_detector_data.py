"""What the Detector is shown, and what it should say."""

import numpy as np
import pytest

from models.anchors import centre_to_corners, iou_matrix
from models.card import FIELDS
from models.detector.data import ANCHORS, augment, example, learning_batch, word_targets
from models.synthetic.sample import Sample, WordTruth

CORNERS = np.array([[100.0, 100], [740, 100], [740, 500], [100, 500]])
WORDS = (
    WordTruth("012345678901", "id_number", (0.4, 0.4, 0.6, 0.46)),
    WordTruth("An", "full_name", (0.3, 0.55, 0.35, 0.595)),
)


def photo_of_a_card() -> Sample:
    rng = np.random.default_rng(0)
    return Sample(rng.integers(0, 255, (600, 840, 3), dtype=np.uint8), b"", 1, CORNERS, WORDS)


def test_words_are_boxes_at_the_input_size_padded_to_a_fixed_count():
    found = example(photo_of_a_card(), np.random.default_rng(0))
    assert found["image"].shape == (400, 640, 3)
    assert found["count"] == 2
    # The corners were moved by a Cropper's error, so the boxes are near, not exact.
    np.testing.assert_allclose(found["boxes"][:2], [[160, 256, 184, 384], [220, 192, 238, 224]], atol=15)
    assert found["classes"][:2].tolist() == [FIELDS.index("id_number"), FIELDS.index("full_name")]
    assert not found["boxes"][2:].any()


def test_a_photo_without_a_card_teaches_nothing():
    empty = Sample(np.zeros((100, 100, 3), np.uint8), b"", None, None)
    with pytest.raises(ValueError, match="without a card"):
        example(empty, np.random.default_rng(0))


@pytest.mark.parametrize("height", [14, 18, 22, 28])
@pytest.mark.parametrize("ratio", [1.3, 2, 3.5, 6, 8])
def test_some_anchor_fits_every_usual_word_wherever_it_is(height: float, ratio: float):
    if height * ratio > 190:
        pytest.skip("no printed word is that wide")
    offsets = np.stack(np.meshgrid(np.arange(8), np.arange(8)), axis=-1).reshape(-1, 2) + 200
    boxes = np.concatenate([offsets, offsets + np.array([height, height * ratio])], axis=1)
    best = iou_matrix(centre_to_corners(ANCHORS), boxes).max(axis=0)
    assert best.mean() > 0.5
    assert best.min() > 0.4


def test_every_word_has_an_anchor_that_should_name_its_field():
    boxes = np.array([[160.0, 256, 184, 384], [220, 192, 238, 224]])
    target = word_targets(boxes, np.array([0, 1]))
    assert target.shape == (len(ANCHORS), 4 + len(FIELDS))
    assert ((target[:, 4:] == 1).sum(axis=0) > 0).tolist() == [True, True] + [False] * (len(FIELDS) - 2)


def test_augmentation_moves_boxes_with_the_words():
    image = np.zeros((400, 640, 3), np.uint8)
    image[200:220, 300:360] = 255
    moved, boxes = augment(image, np.array([[200.0, 300, 220, 360]]), np.random.default_rng(4))
    ymin, xmin, ymax, xmax = boxes[0]
    rows, columns = np.nonzero(moved.mean(axis=2) > moved.max() / 2)
    np.testing.assert_allclose([ymin, xmin], [rows.min(), columns.min()], atol=1)
    np.testing.assert_allclose([ymax, xmax], [rows.max() + 1, columns.max() + 1], atol=1)


def test_a_learning_batch_has_what_the_network_gives():
    one = example(photo_of_a_card(), np.random.default_rng(0))
    inputs, targets = learning_batch(
        {name: np.stack([array] * 2) for name, array in one.items()}, np.random.default_rng(0)
    )
    assert inputs["image"].shape == (2, 400, 640, 3)
    assert targets.shape == (2, len(ANCHORS), 4 + len(FIELDS))
