"""A number is read in wider boxes where its own seems to cut it."""

import numpy as np
import pytest

from models.detector.contract import WordBox
from models.number import Reading, best, further, widened
from models.reader.contract import ReadWord

BOX = WordBox("id_number", np.array([100.0, 50, 340, 80]), 0.9)


def reading(text: str, confidence: float) -> Reading:
    return BOX, ReadWord(text, confidence, (confidence,) * len(text))


def test_a_number_is_read_with_more_ground_on_both_sides_and_none_above() -> None:
    np.testing.assert_allclose(widened(BOX.box), [95.5, 50, 349, 80])


def test_a_whole_and_sure_number_is_read_once() -> None:
    assert further(reading("012345678", 0.95), 9) == []


@pytest.mark.parametrize(("text", "confidence"), [("01234567", 0.99), ("812345678", 0.5), ("0123456,8", 0.99)])
def test_a_doubtful_number_is_read_in_boxes_that_reach_further_on_one_side(text: str, confidence: float) -> None:
    usual = widened(BOX.box)
    boxes = further(reading(text, confidence), 9)
    assert all((box[[1, 3]] == usual[[1, 3]]).all() for box in boxes)
    assert all((box[0] < usual[0]) != (box[2] > usual[2]) for box in boxes)
    assert {box[0] < usual[0] for box in boxes} == {True, False}


def test_the_surest_of_the_whole_numbers_is_taken() -> None:
    others = [reading("01234567", 0.99), reading("012345678", 0.7), reading("012345678", 0.8), reading("0123456781", 1)]
    assert best([reading("01234567", 0.99), *others], 9) is others[2]


def test_where_no_reading_is_whole_it_stays_as_it_was() -> None:
    first = reading("01234567", 0.5)
    assert best([first, reading("0123456", 0.9)], 9) is first
