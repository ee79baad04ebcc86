"""How good a photo is: the figures of `card.Quality`, each measured so that the others do not matter much."""

import cv2
import numpy as np

from models.card import Quality
from models.geometry import long_edge, polygon_area
from models.image import resize

# Where both card types print what is read: right of the portrait and below the heading, as shares of the card.
_TEXT_LEFT, _TEXT_TOP = 0.28, 0.3
# Everything is measured on a card this wide: a photo that has more pixels is not a sharper one.
_WIDTH, _HEIGHT = 512, 320
_DARK_BELOW = 90  # median grey level
_WHITE = 250
_BURNT = 235
_BURNT_ABOVE_MEDIAN, _BURNT_AT_MOST = 15, 252  # a light card is no reflection, if it is not quite white
_INK_REACH = 21  # pixels of 512: a square this wide over text has ink in it


def judge(
    photo: np.ndarray, flat_card: np.ndarray, corners: np.ndarray, corner_score: float = 1.0, card_score: float = 1.0
) -> Quality:
    """Quality of one photo; docs/quality.md defines each figure.

    Args:
        photo: uint8 [H, W, 3]. flat_card: uint8 [640, 1024, 3]. corners: float [4, 2] in photo pixels.
        corner_score: the least of the four that the Cropper gave. card_score: of the card's class.
    """
    small = resize(flat_card, (_WIDTH, _HEIGHT))
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    text = grey[round(_TEXT_TOP * _HEIGHT) :, round(_TEXT_LEFT * _WIDTH) :]
    median = _percentile(grey, 50)
    return Quality(
        blur=_blur(text),
        glare=_glare(text, median),
        dark=max(0.0, (_DARK_BELOW - median) / _DARK_BELOW),
        bright=float((grey >= _WHITE).mean()) * _percentile(text, 2) / 255,
        card_share=min(1.0, polygon_area(corners) / (photo.shape[0] * photo.shape[1])),
        card_pixels=round(long_edge(corners)),
        corner_score=corner_score,
        card_score=card_score,
    )


def _blur(text: np.ndarray) -> float:
    """1 / (1 + 4 r), r the variance of the Laplacian (Pech-Pacheco et al., ICPR 2000) over that of the grey levels.

    Dividing makes it the same for a dark photo: the variance of the Laplacian alone falls with the contrast.
    """
    _, spread = cv2.meanStdDev(text)
    _, edges = cv2.meanStdDev(cv2.Laplacian(text, cv2.CV_16S))
    return 1.0 / (1.0 + 4.0 * float(edges[0, 0]) ** 2 / max(1.0, float(spread[0, 0]) ** 2))


def _glare(text: np.ndarray, median: int) -> float:
    """The share of the text area that is burnt out: white, lighter than the card, and no ink near."""
    darkest_near = cv2.erode(text, np.ones((_INK_REACH, _INK_REACH), np.uint8))
    burnt = min(max(_BURNT, median + _BURNT_ABOVE_MEDIAN), _BURNT_AT_MOST)
    return float((darkest_near > burnt).mean())


def _percentile(grey: np.ndarray, percent: float) -> int:
    """A percentile of a uint8 image, by its histogram: many times faster than sorting."""
    counts = cv2.calcHist([np.ascontiguousarray(grey)], [0], None, [256], [0, 256]).ravel()
    return int(np.searchsorted(np.cumsum(counts), grey.size * percent / 100))
