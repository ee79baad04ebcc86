"""The Detector's figures, worked out by hand."""

import numpy as np
import pytest

from models.detector.contract import MAX_BOXES, SPEC, WordBox
from models.detector.evaluate import evaluate, found_words, summarise
from models.synthetic.sample import Sample, WordTruth

TRUE = np.array([[0.0, 0, 100, 20], [200, 0, 300, 20]])
FIELDS = ["full_name", "sex"]


def word(field: str, box: np.ndarray, score: float = 0.9) -> WordBox:
    return WordBox(field, np.asarray(box, float), score)


def test_a_word_needs_its_own_field_and_half_the_overlap():
    half_off = TRUE[1] + [50, 0, 50, 0]
    assert found_words([word("full_name", TRUE[0]), word("sex", half_off)], TRUE, FIELDS).tolist() == [True, False]
    assert found_words([word("sex", TRUE[0])], TRUE, FIELDS).tolist() == [False, False]


def test_two_boxes_on_one_word_count_once():
    figures = summarise([([word("full_name", TRUE[0]), word("full_name", TRUE[0] + 1)], TRUE, FIELDS)])
    assert figures.words == 2
    assert figures.recall == 0.5
    assert figures.precision == 0.5
    assert figures.recall_of_field == {"full_name": 1.0, "sex": 0.0}


def test_a_card_on_which_nothing_was_seen_lowers_recall():
    figures = summarise([([], TRUE, FIELDS), ([word("full_name", TRUE[0]), word("sex", TRUE[1])], TRUE, FIELDS)])
    assert figures.recall == 0.5
    assert figures.precision == 1


def test_predictions_go_through_the_contract_and_photos_without_a_card_are_left_out():
    corners = np.array([[0.0, 0], [640, 0], [640, 400], [0, 400]])
    truth = WordTruth("An", "sex", (0.25, 0.5, 0.5, 0.75))
    photo = np.zeros((400, 640, 3), np.uint8)
    samples = [Sample(photo, b"", 1, corners, (truth,)), Sample(photo, b"", None, None)]

    def predict(spec, _):
        assert spec is SPEC
        boxes = np.zeros((1, MAX_BOXES, 4))
        boxes[0, 0] = [0.5, 0.25, 0.75, 0.5]
        scores = np.zeros((1, MAX_BOXES))
        scores[0, 0] = 0.9
        classes = np.full((1, MAX_BOXES), 3)
        return {"boxes": boxes, "classes": classes, "scores": scores, "count": np.array([1])}

    figures = evaluate(predict, samples)
    assert figures.words == 1
    assert figures.recall == pytest.approx(1)
