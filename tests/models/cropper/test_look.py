"""The second look: when there is one, what it shows, and when it counts."""

import numpy as np
import pytest

from models.cropper.contract import CARD_CLASS_COUNT, INPUT_SIZE, Found
from models.cropper.look import look, look_closer, surroundings
from models.image import fit
from models.spec import ModelSpec, Tensors

SMALL = np.array([[200.0, 200], [400, 200], [400, 325], [200, 325]])


class Cropper:
    """Says where corners are in the part of a photo from `offset` on; keeps what it was shown."""

    def __init__(self, corners: np.ndarray, size: tuple[int, int], offset: tuple[int, int], score: float = 0.9) -> None:
        _, placement = fit(np.zeros((size[1], size[0], 3), np.uint8), INPUT_SIZE)
        x, y = (placement.to_canvas(corners - offset) / INPUT_SIZE).T
        self.shown: list[np.ndarray] = []
        self.outputs = {
            "corner_boxes": np.stack([y, x, y, x], axis=1)[None],
            "corner_scores": np.full((1, 4), score, np.float32),
            "card_scores": np.eye(CARD_CLASS_COUNT, dtype=np.float32)[[1]],
        }

    def __call__(self, _spec: ModelSpec, inputs: Tensors) -> Tensors:
        self.shown.append(inputs["image"])
        return self.outputs


def found(corners: np.ndarray, score: float = 0.9) -> Found:
    return Found(corners, np.full(4, score), 0, 0.8)


def test_a_small_card_is_looked_at_again_and_its_corners_are_those_of_the_second_look() -> None:
    photo = np.zeros((600, 800, 3), np.uint8)
    photo[175:350, 160:440] = 255
    closer = Cropper(SMALL + 3, (280, 175), (160, 175))

    second = look_closer(photo, found(SMALL), closer)

    np.testing.assert_allclose(second.corners, SMALL + 3, atol=1e-6)
    assert (second.card_class, second.card_score) == (0, 0.8)
    assert surroundings(SMALL, photo) == (160, 175, 440, 350)
    assert closer.shown[0].min() == 255  # nothing but the card's surroundings


@pytest.mark.parametrize("corners", [SMALL * 3 - 500, SMALL * 0.05], ids=["fills the photo", "a few pixels"])
def test_a_card_of_which_more_would_not_be_seen_is_not_looked_at_again(corners: np.ndarray) -> None:
    first = found(corners)
    assert look_closer(np.zeros((600, 800, 3), np.uint8), first, lambda *_: pytest.fail("asked again")) is first


@pytest.mark.parametrize(("first", "second", "counts"), [(0.9, 0.2, False), (0.1, 0.05, False), (0.1, 0.2, True)])
def test_a_second_look_that_loses_a_corner_does_not_count(first: float, second: float, counts: bool) -> None:
    before = found(SMALL, first)
    after = look_closer(np.zeros((600, 800, 3), np.uint8), before, Cropper(SMALL + 3, (280, 175), (160, 175), second))
    assert (after is not before) == counts


def test_the_first_look_is_at_the_whole_photo() -> None:
    seen = look(np.zeros((600, 800, 3), np.uint8), Cropper(SMALL, (800, 600), (0, 0)))
    np.testing.assert_allclose(seen.corners, SMALL, atol=1e-6)
    assert seen.card_class == 1
