"""The second look: when there is one, what it shows, and when it counts."""

import numpy as np
import pytest

from models.cropper.contract import CARD_CLASS_COUNT, INPUT_SIZE, Found
from models.cropper.look import look, surroundings
from models.image import fit
from models.spec import ModelSpec, Tensors

SMALL = np.array([[200.0, 200], [400, 200], [400, 325], [200, 325]])
PHOTO = (800, 600)
CLOSER = (160, 175, 440, 350)  # the surroundings of SMALL


def seen(
    corners: np.ndarray, score: float = 0.9, kind: int = 1, part: tuple[int, int, int, int] = (0, 0, *PHOTO)
) -> Tensors:
    """What the Cropper answers that sees `corners` of a photo in its part left, top, right, bottom."""
    left, top, right, bottom = part
    _, placement = fit(np.zeros((bottom - top, right - left, 3), np.uint8), INPUT_SIZE)
    x, y = (placement.to_canvas(corners - (left, top)) / INPUT_SIZE).T
    return {
        "corner_boxes": np.stack([y, x, y, x], axis=1)[None],
        "corner_scores": np.full((1, 4), score, np.float32),
        "card_scores": np.eye(CARD_CLASS_COUNT, dtype=np.float32)[[kind]],
    }


class Cropper:
    """Gives one answer after the other; keeps what it was shown."""

    def __init__(self, *answers: Tensors) -> None:
        self._answers = iter(answers)
        self.shown: list[np.ndarray] = []

    def __call__(self, _spec: ModelSpec, inputs: Tensors) -> Tensors:
        self.shown.append(inputs["image"])
        return next(self._answers)


def look_with(*answers: Tensors) -> Found:
    return look(np.zeros((PHOTO[1], PHOTO[0], 3), np.uint8), Cropper(*answers))


def test_a_small_card_is_looked_at_again_and_the_second_look_says_where_and_what_it_is() -> None:
    photo = np.zeros((PHOTO[1], PHOTO[0], 3), np.uint8)
    photo[175:350, 160:440] = 255
    cropper = Cropper(seen(SMALL, kind=1), seen(SMALL + 3, kind=2, part=CLOSER))

    found = look(photo, cropper)

    np.testing.assert_allclose(found.corners, SMALL + 3, atol=1e-6)
    assert (found.card_class, found.card_score) == (2, 1.0)
    assert surroundings(SMALL, photo) == CLOSER
    assert [shown.min() for shown in cropper.shown] == [0, 255]  # nothing but the card's surroundings


@pytest.mark.parametrize("corners", [SMALL * 3 - 500, SMALL * 0.05], ids=["fills the photo", "a few pixels"])
def test_a_card_of_which_more_would_not_be_seen_is_looked_at_once(corners: np.ndarray) -> None:
    np.testing.assert_allclose(look_with(seen(corners)).corners, corners, atol=1e-6)


def test_where_there_is_no_card_nothing_is_looked_at_again() -> None:
    assert look_with(seen(SMALL, kind=CARD_CLASS_COUNT - 1)).card_class is None


@pytest.mark.parametrize(("first", "second", "counts"), [(0.9, 0.2, False), (0.1, 0.05, False), (0.1, 0.2, True)])
def test_a_second_look_that_loses_a_corner_does_not_count(first: float, second: float, counts: bool) -> None:
    found = look_with(seen(SMALL, first), seen(SMALL + 3, second, kind=2, part=CLOSER))
    np.testing.assert_allclose(found.corners, SMALL + 3 if counts else SMALL, atol=1e-6)
    assert found.card_class == (2 if counts else 1)
