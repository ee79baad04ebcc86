"""What the Cropper is shown, and what it should say."""

import numpy as np

from models.cropper.data import (
    ANCHORS,
    CORNER_BOX,
    NO_CARD,
    QUARTER_CLASSES,
    augment,
    corner_targets,
    example,
    learning_batch,
    quarter_targets,
)
from models.synthetic.sample import Sample

CORNERS = np.array([[200.0, 100], [600, 120], [590, 380], [190, 360]])


def photo_of_a_card(card_class: int | None = 1, corners: np.ndarray | None = CORNERS) -> Sample:
    rng = np.random.default_rng(0)
    return Sample(rng.integers(0, 255, (600, 800, 3), dtype=np.uint8), b"", card_class, corners)


def test_corners_are_given_on_the_canvas():
    found = example(photo_of_a_card(), np.random.default_rng(0))
    assert found["image"].shape == (320, 320, 3)
    np.testing.assert_allclose(found["corners"], CORNERS * 0.4 + [0, 40], rtol=1e-6)
    assert found["visible"].all()
    assert found["card_class"] == 1


def test_a_corner_outside_the_photo_is_not_visible_even_where_the_canvas_goes_on():
    beyond = CORNERS.copy()
    beyond[0] = [200, -20]
    assert example(photo_of_a_card(corners=beyond), np.random.default_rng(0))["visible"].tolist() == [
        False,
        *[True] * 3,
    ]


def test_a_photo_without_a_card_has_its_own_class():
    found = example(photo_of_a_card(None, None), np.random.default_rng(0))
    assert found["card_class"] == NO_CARD
    assert not found["visible"].any()


def test_each_visible_corner_is_asked_of_the_anchors_around_it():
    corners = np.array([[60.0, 60], [250, 70], [240, 200], [50, 190]])
    target = corner_targets(corners, np.array([True, True, False, True]))
    labels = target[:, 4:]
    assert (labels == 1).sum(axis=0)[2] == 0
    for corner in (0, 1, 3):
        near = ANCHORS[labels[:, corner] == 1, 1::-1]
        assert len(near) >= 4
        assert np.abs(near - corners[corner]).max() < CORNER_BOX / 3


def test_the_quarter_of_a_cell_is_the_one_its_nearest_corner_names():
    turned = np.array([[256.0, 96], [256, 256], [96, 256], [96, 96]])  # the card lies on its right side
    quarters = quarter_targets(turned, card_class=1).argmax(axis=1)
    for corner, (x, y) in enumerate(turned):
        inwards = np.array([176, 176]) - (x, y)
        cell = np.linalg.norm(ANCHORS[:, 1::-1] - ((x, y) + 0.2 * inwards), axis=1).argmin()
        assert quarters[cell] == 4 + corner
    assert (quarters == QUARTER_CLASSES - 1).sum() == 40 * 40 - 20 * 20


def test_a_photo_without_a_card_is_background_everywhere():
    assert (quarter_targets(np.zeros((4, 2)), NO_CARD).argmax(axis=1) == QUARTER_CLASSES - 1).all()


def test_augmented_corners_stay_clockwise_and_those_pushed_out_are_invisible():
    image = np.zeros((320, 320, 3), np.uint8)
    corners = np.array([[5.0, 40], [315, 40], [315, 235], [5, 235]])
    lost = 0
    for seed in range(20):
        _, moved, visible = augment(image, corners, np.ones(4, bool), np.random.default_rng(seed))
        edges = np.roll(moved, -1, axis=0) - moved
        following = np.roll(edges, -1, axis=0)
        assert (edges[:, 0] * following[:, 1] - edges[:, 1] * following[:, 0] > 0).all()
        np.testing.assert_array_equal(visible, ((moved >= 0) & (moved < 320)).all(axis=1))
        lost += (~visible).sum()
    assert lost > 0


def test_a_learning_batch_has_what_the_network_gives():
    one = example(photo_of_a_card(), np.random.default_rng(0))
    inputs, targets = learning_batch(
        {name: np.stack([array] * 3) for name, array in one.items()}, np.random.default_rng(0)
    )
    assert inputs["image"].shape == (3, 320, 320, 3)
    assert targets["corners"].shape == (3, len(ANCHORS), 8)
    assert targets["quarters"].shape == (3, len(ANCHORS), QUARTER_CLASSES)
    assert targets["card"].argmax(axis=1).tolist() == [1] * 3
    assert targets["card"].sum() == 3
