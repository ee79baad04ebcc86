"""Anchors, matching and the box code."""

import numpy as np

from models import anchors
from models.ssd import decode

SQUARES = anchors.grid_anchors((64, 48), 8, [(10.0, 10.0), (10.0, 30.0)])


def test_an_anchor_sits_in_the_middle_of_every_cell_for_every_shape():
    assert SQUARES.shape == (6 * 8 * 2, 4)
    np.testing.assert_array_equal(SQUARES[0], [4, 4, 10, 10])
    np.testing.assert_array_equal(SQUARES[3], [4, 12, 10, 30])
    np.testing.assert_array_equal(SQUARES[-1], [44, 60, 10, 30])


def test_a_size_that_the_stride_does_not_divide_gets_one_more_cell():
    assert len(anchors.grid_anchors((640, 400), 32, [(1.0, 1.0)])) == 20 * 13


def test_overlap_of_a_half_covered_square_is_one_third():
    iou = anchors.iou_matrix(np.array([[0, 0, 2, 2]]), np.array([[0, 1, 2, 3], [0, 0, 2, 2], [5, 5, 6, 6]]))
    np.testing.assert_allclose(iou, [[1 / 3, 1, 0]], rtol=1e-6)


def test_decoding_a_code_gives_the_box_back():
    rng = np.random.default_rng(3)
    low = rng.uniform(0, 40, (len(SQUARES), 2))
    boxes = np.concatenate([low, low + rng.uniform(2, 30, low.shape)], axis=1)
    code = anchors.encode(SQUARES, boxes)
    np.testing.assert_allclose(np.asarray(decode(SQUARES, code[None]))[0], boxes, atol=1e-3)


def test_a_box_that_no_anchor_fits_still_gets_its_best_one():
    boxes = np.array([[20.0, 20.0, 22.0, 22.0]])
    iou = anchors.iou_matrix(anchors.centre_to_corners(SQUARES), boxes)
    matched = anchors.match(iou, positive=0.5, negative=0.4)
    assert iou.max() < 0.4
    assert np.flatnonzero(matched == 0).tolist() == [iou.argmax()]


def test_anchors_between_the_thresholds_count_neither_way():
    matched = anchors.match(np.array([[0.9], [0.45], [0.1]]), positive=0.5, negative=0.4)
    assert matched.tolist() == [0, anchors.IGNORED, anchors.NEGATIVE]


def test_without_boxes_everything_is_background():
    target = anchors.targets(SQUARES, np.zeros((0, 4)), np.zeros(0, int), 3, positive=0.5, negative=0.4)
    assert target.shape == (len(SQUARES), 7)
    assert not target.any()
