"""Unsure words are read again in other boxes, all in one call."""

import numpy as np
import pytest

from models.again import SHIFT, UNSURE, read_again
from models.detector.contract import MAX_BOXES, WordBox
from models.number import Reading, widened
from models.reader.contract import ReadWord, prepare
from models.spec import ModelSpec, Tensors

FLAT_CARD = np.random.default_rng(0).integers(0, 256, (640, 1024, 3), np.uint8)
PLACE = np.array([100.0, 50, 340, 80])


def reading(text: str, confidence: float, field: str = "full_name", place: np.ndarray = PLACE) -> Reading:
    return WordBox(field, place, 0.9), ReadWord(text, confidence, (confidence,) * len(text))


class Reader:
    """Answers with the words it is given, and keeps what it was asked."""

    def __init__(self, *answers: tuple[str, float]) -> None:
        self.answers = answers
        self.asked: list[np.ndarray] = []

    def __call__(self, _: ModelSpec, inputs: Tensors) -> Tensors:
        self.asked.append(inputs["image"])
        assert len(inputs["image"]) == len(self.answers)
        return {
            "text": np.array([text for text, _ in self.answers], object),
            "confidence": np.array([confidence for _, confidence in self.answers]),
            "char_confidence": np.ones((len(self.answers), 16)),
        }


@pytest.mark.parametrize(
    "sure", [reading("AN", UNSURE), reading("V<<N", 0.1, "mrz"), reading("012345678901", 0.95, "id_number")]
)
def test_what_is_sure_or_a_zones_is_read_once(sure: Reading) -> None:
    assert read_again([sure], True, 12, FLAT_CARD, Reader()) == [sure]


def test_the_surest_reading_is_taken_in_the_place_where_the_word_was_found() -> None:
    first, sure = reading("LẨN", 0.4), reading("VĂN", 0.99)
    reader = Reader(("LÂN", 0.3), ("LẦN", 0.7))
    found = read_again([sure, first], False, 12, FLAT_CARD, reader)
    assert [word.text for _, word in found] == ["VĂN", "LẦN"]
    assert found[1][0] is first[0]
    by = np.array([0, SHIFT * 30, 0, SHIFT * 30])
    np.testing.assert_array_equal(reader.asked[0], prepare(FLAT_CARD, [PLACE - by, PLACE + by])["image"])


def test_a_reading_that_stays_the_surest_stays() -> None:
    first = reading("LẨN", 0.7)
    assert read_again([first], False, 12, FLAT_CARD, Reader(("LÂN", 0.3), ("LẦN", 0.6))) == [first]


def test_words_and_the_number_are_asked_for_in_one_call() -> None:
    number, word = reading("01234567890", 0.99, "id_number"), reading("LẨN", 0.4)
    reader = Reader(*[("01234567890", 0.9)] * 3, ("012345678901", 0.8), *[("1", 0.9)] * 2, ("LẦN", 0.7), ("LÂN", 0.3))
    found = read_again([number, word], True, 12, FLAT_CARD, reader)
    assert len(reader.asked) == 1
    assert [each.text for _, each in found] == ["012345678901", "LẦN"]
    np.testing.assert_allclose(found[0][0].box, widened(PLACE, 1.5))


def test_pieces_of_a_number_are_words_like_others() -> None:
    pieces = [
        reading("012345", 0.4, "id_number"),
        reading("678901", 0.99, "id_number", PLACE + np.array([250, 0, 250, 0])),
    ]
    found = read_again(pieces, False, 12, FLAT_CARD, Reader(("012346", 0.6), ("012845", 0.2)))
    assert [word.text for _, word in found] == ["012346", "678901"]


def test_a_reading_without_letters_is_never_the_surest() -> None:
    [(_, word)] = read_again([reading("Y", 0.6)], False, 12, FLAT_CARD, Reader(("", 0.9), ("", 0.95)))
    assert word.text == "Y"


def test_no_more_rows_are_asked_for_than_a_first_call_may_have_and_the_least_sure_words_come_first() -> None:
    words = [reading("AN", 0.7 - row / 1000) for row in range(100)]
    found = read_again(words, False, 12, FLAT_CARD, Reader(*[("ÂN", 0.75)] * MAX_BOXES))
    assert [word.text for _, word in found] == ["AN"] * 50 + ["ÂN"] * 50


@pytest.mark.parametrize("place", [(0.0, 0, 8, 6), (1010.0, 630, 1024, 640), (5.0, 5, 5, 5)])
def test_a_word_at_the_border_is_read_again_too(place: tuple[float, ...]) -> None:
    [(_, word)] = read_again(
        [reading("AN", 0.4, place=np.array(place))], False, 12, FLAT_CARD, Reader(("ÂN", 0.5), ("AN", 0.3))
    )
    assert word.text == "ÂN"
