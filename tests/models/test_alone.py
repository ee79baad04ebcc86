import numpy as np
import pytest

from models.alone import find_words, read_crops
from models.card import CardTooSmall, CornersMissing
from models.detector.contract import MAX_BOXES
from models.spec import ModelSpec, Tensors

PHOTO = np.zeros((600, 800, 3), np.uint8)
CORNERS = np.array([[100.0, 100], [700, 100], [700, 475], [100, 475]])


def one_word(_spec: ModelSpec, _inputs: Tensors) -> Tensors:
    """A word in the upper left quarter of the card."""
    boxes = np.zeros((1, MAX_BOXES, 4), np.float32)
    boxes[0, 0] = (0, 0, 0.5, 0.5)
    scores = np.zeros((1, MAX_BOXES), np.float32)
    scores[0, 0] = 0.75
    return {
        "boxes": boxes,
        "classes": np.zeros((1, MAX_BOXES), np.int32),
        "scores": scores,
        "count": np.array([1], np.int32),
    }


@pytest.mark.parametrize(
    ("corners", "polygon"),
    [
        (CORNERS, ((100, 100), (400, 100), (400, 287.5), (100, 287.5))),
        (np.roll(CORNERS, 2, axis=0), ((700, 475), (400, 475), (400, 287.5), (700, 287.5))),
        (None, ((0, 0), (400, 0), (400, 300), (0, 300))),
    ],
    ids=["card in a photo", "card upside down", "card alone"],
)
def test_words_lie_in_pixels_of_what_was_sent(corners, polygon) -> None:
    (word,) = find_words(PHOTO, corners, one_word)

    assert (word.field, word.confidence) == ("id_number", 0.75)
    np.testing.assert_allclose(word.polygon, polygon, atol=0.1)


@pytest.mark.parametrize(
    ("image", "corners", "error"),
    [
        (PHOTO, CORNERS[::-1], CornersMissing),
        (np.zeros((900, 300, 3), np.uint8), None, CornersMissing),
        (PHOTO, CORNERS / 10, CardTooSmall),
        (np.zeros((80, 128, 3), np.uint8), None, CardTooSmall),
    ],
    ids=["mirrored", "tall", "small in the photo", "small alone"],
)
def test_what_cannot_be_a_card_is_refused_before_the_model_is_asked(image, corners, error) -> None:
    with pytest.raises(error):
        find_words(image, corners, lambda *_: pytest.fail("the model was asked"))


def test_crops_of_any_size_are_one_batch_in_their_order() -> None:
    asked = []

    def read(_spec: ModelSpec, inputs: Tensors) -> Tensors:
        asked.append(inputs["image"])
        rows = len(inputs["image"])
        texts = np.array([str(int(row.max())) for row in inputs["image"]], object)
        return {"text": texts, "confidence": np.ones(rows), "char_confidence": np.ones((rows, 16))}

    words = read_crops([np.full((8, 8, 3), 1, np.uint8), np.full((300, 40, 3), 2, np.uint8)], read)

    assert [each.shape for each in asked] == [(2, 32, 128, 3)]
    assert [word.text for word in words] == ["1", "2"]
