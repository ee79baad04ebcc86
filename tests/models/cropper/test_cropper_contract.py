from typing import Any

import numpy as np
import pytest

from models.card import CARD_CLASSES
from models.cropper.contract import CARD_CLASS_COUNT, interpret, prepare


def seen(card_scores: list[float]) -> Any:
    _, placement = prepare(np.zeros((300, 400, 3), np.uint8))
    outputs = {
        "corner_boxes": np.tile([0.4, 0.4, 0.6, 0.6], (1, 4, 1)),
        "corner_scores": np.full((1, 4), 0.9),
        "card_scores": np.array([card_scores]),
    }
    return interpret(outputs, placement)


@pytest.mark.parametrize("known", [1, 2, len(CARD_CLASSES), len(CARD_CLASSES) + 3])
def test_the_last_score_is_no_card_however_many_kinds_a_cropper_knows(known: int) -> None:
    assert seen([*[0.0] * known, 1.0]).card_class is None
    assert seen([0.9, *[0.0] * (known - 1), 0.1]).card_class == 0


def test_a_kind_that_only_a_newer_cropper_knows_is_no_card_that_we_know() -> None:
    scores = np.eye(CARD_CLASS_COUNT + 1)[CARD_CLASS_COUNT - 1]
    assert seen(scores.tolist()).card_class is None


def test_a_card_of_which_only_the_kind_is_unsure_is_a_card() -> None:
    scores = np.zeros(CARD_CLASS_COUNT)
    scores[[4, 6, -1]] = 0.4, 0.45, 0.15
    found = seen(scores.tolist())
    assert found.card_class == 6
    assert found.card_score == pytest.approx(0.85)  # cmnd-12 and cccd-2016 have the same back


def test_what_is_more_likely_no_card_is_none() -> None:
    scores = np.zeros(CARD_CLASS_COUNT)
    scores[[4, 6, -1]] = 0.2, 0.2, 0.6
    assert seen(scores.tolist()).card_class is None
