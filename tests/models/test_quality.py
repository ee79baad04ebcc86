import cv2
import numpy as np
import pytest

from models.quality import judge

CORNERS = np.array([[0.0, 0], [1024, 0], [1024, 640], [0, 640]])


@pytest.fixture(scope="module")
def card() -> np.ndarray:
    return np.random.default_rng(0).integers(60, 200, (640, 1024, 3), np.uint8)


def test_a_blurred_card_scores_worse_than_a_sharp_one(card: np.ndarray) -> None:
    blurs = [judge(card, cv2.GaussianBlur(card, (0, 0), sigma), CORNERS).blur for sigma in (0.3, 1.0, 3.0, 9.0)]
    assert blurs == sorted(blurs)
    assert blurs[0] < 0.5 < 0.9 < blurs[-1] <= 1


def test_glare_is_the_white_share(card: np.ndarray) -> None:
    white = card.copy()
    white[:320] = 255
    assert judge(card, card, CORNERS).glare == 0
    assert judge(white, white, CORNERS).glare == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize(("level", "dark"), [(0, 1.0), (45, 0.5), (90, 0.0), (200, 0.0)])
def test_dark_is_how_far_the_median_is_below_ninety(level: int, dark: float) -> None:
    flat = np.full((640, 1024, 3), level, np.uint8)
    assert judge(flat, flat, CORNERS).dark == pytest.approx(dark, abs=0.02)


def test_card_share_is_an_area_and_never_above_one(card: np.ndarray) -> None:
    assert judge(card, card, CORNERS / 2).card_share == pytest.approx(0.25)
    assert judge(card, card, CORNERS * 3).card_share == 1.0
