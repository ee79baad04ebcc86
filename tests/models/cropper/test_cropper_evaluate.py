"""The Cropper's figures, worked out by hand."""

import numpy as np
import pytest

from models.cropper.contract import MIN_CORNER_SCORE, SPEC, Found
from models.cropper.evaluate import Truth, evaluate, summarise
from models.synthetic.sample import Sample

CORNERS = np.array([[0.0, 0], [80, 0], [80, 60], [0, 60]])  # diagonal 100
SEEN = np.ones(4, bool)


def found(corners: np.ndarray, score: float = 0.9, card_class: int | None = 0) -> Found:
    return Found(corners, np.full(4, score), card_class, 0.9)


def test_errors_are_shares_of_the_diagonal():
    figures = summarise([found(CORNERS + np.array([3, 4]))], [Truth(CORNERS, SEEN, 0)])
    assert figures.corner_error_median == pytest.approx(0.05)
    assert figures.all_corners_found == 1


def test_a_card_with_one_corner_far_off_or_one_low_score_is_not_found():
    far = CORNERS.copy()
    far[2] += 6
    figures = summarise(
        [found(far), found(CORNERS, score=MIN_CORNER_SCORE - 0.01), found(CORNERS)], [Truth(CORNERS, SEEN, 0)] * 3
    )
    assert figures.all_corners_found == pytest.approx(1 / 3)


def test_corners_outside_the_photo_are_not_counted():
    wild = CORNERS.copy()
    wild[1] += 500
    cut = Truth(CORNERS, np.array([True, False, True, True]), 0)
    figures = summarise([found(wild), found(CORNERS)], [cut, Truth(CORNERS, SEEN, 0)])
    assert figures.corner_error_p95 == 0
    assert figures.all_corners_found == 1


def test_seeing_no_card_where_there_is_none_is_right():
    nothing = Truth(None, ~SEEN, None)
    figures = summarise(
        [found(CORNERS, card_class=None), found(CORNERS, card_class=1), found(CORNERS)],
        [nothing, nothing, Truth(CORNERS, SEEN, 0)],
    )
    assert figures.card_class_accuracy == pytest.approx(2 / 3)
    assert figures.photos == 3


def test_predictions_go_through_the_contract():
    photo = np.zeros((160, 320, 3), np.uint8)
    corners = np.array([[10.0, 10], [310, 10], [310, 150], [10, 150]])

    def predict(spec, _):
        assert spec is SPEC
        centres = (corners + np.array([0, 80]))[:, ::-1] / 320
        boxes = np.concatenate([centres - 0.05, centres + 0.05], axis=1)
        return {"corner_boxes": boxes[None], "corner_scores": np.ones((1, 4)), "card_scores": np.eye(3)[:1]}

    figures = evaluate(predict, [Sample(photo, b"", 0, corners)])
    assert figures.corner_error_p95 < 1e-6
    assert figures.card_class_accuracy == 1
