"""A number is read in wider boxes where its own seems to cut it."""

import numpy as np
import pytest

from models.detector.contract import WordBox
from models.number import read_on, widened
from models.reader.contract import ReadWord
from models.spec import ModelSpec, Tensors

FLAT_CARD = np.zeros((640, 1024, 3), np.uint8)
BOX = WordBox("id_number", np.array([100.0, 50, 340, 80]), 0.9)


def read_with(text: str, confidence: float, *others: tuple[str, float]) -> tuple[WordBox, ReadWord]:
    """What becomes of a number read as `text` when the wider boxes are read as `others`."""

    def predict(_spec: ModelSpec, inputs: Tensors) -> Tensors:
        assert len(inputs["image"]) == len(others)
        return {
            "text": np.array([text for text, _ in others], object),
            "confidence": np.array([confidence for _, confidence in others]),
            "char_confidence": np.ones((len(others), 16)),
        }

    return read_on((BOX, ReadWord(text, confidence, (confidence,) * len(text))), 9, FLAT_CARD, predict)


def test_a_number_is_read_with_more_ground_on_both_sides_and_none_above() -> None:
    np.testing.assert_allclose(widened(BOX.box), [95.5, 50, 349, 80])


def test_a_whole_and_sure_number_is_read_once() -> None:
    assert read_with("012345678", 0.95)[1].text == "012345678"


@pytest.mark.parametrize(("text", "confidence"), [("01234567", 0.99), ("812345678", 0.5), ("0123456,8", 0.99)])
def test_the_surest_of_the_whole_numbers_is_taken(text: str, confidence: float) -> None:
    others = (("01234567", 0.99), ("012345678", 0.7), ("012345678", 0.8), ("0123456781", 0.99))
    box, read = read_with(text, confidence, *others)
    assert (read.text, read.confidence) == ("012345678", 0.8)
    np.testing.assert_allclose(box.box, widened(BOX.box, 1.2))


def test_where_no_reading_is_whole_it_stays_as_it_was() -> None:
    box, read = read_with("01234567", 0.5, *[("0123456", 0.9)] * 4)
    assert (box, read.text) == (BOX, "01234567")
