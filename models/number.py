"""The number of a card is its widest word, and the Detector's box often ends before it does.

So it is read with more ground on both sides, and where that gives no number of the card's length, or not surely, again
in boxes that reach further (`models.again`). Figures: docs/training.md.
"""

from collections.abc import Sequence

import numpy as np

from models.detector.contract import WordBox
from models.reader.contract import ReadWord

FIELD = "id_number"
Reading = tuple[WordBox, ReadWord]  # where it was read, and what
_BEFORE, _BEHIND = 0.15, 0.3  # of its height
_FURTHER_BEHIND = (0.6, 0.9, 1.2, 1.5)  # up to two digits
_FURTHER_BEFORE = (0.5, 0.8)  # one digit: it is rare that a box begins late
_SURE = 0.9


def widened(box: np.ndarray, behind: float = _BEHIND, before: float = _BEFORE) -> np.ndarray:
    """The box (x0, y0, x1, y1) of a number, wider on both sides: by shares of its height."""
    height = box[3] - box[1]
    return np.array([box[0] - before * height, box[1], box[2] + behind * height, box[3]])


def further(number: Reading, digits: int) -> list[np.ndarray]:
    """Boxes that reach further, to read it in again: none where it has that many `digits` and is sure."""
    box, word = number
    if _is_whole(word, digits) and word.confidence >= _SURE:
        return []
    behind = [widened(box.box, behind=share) for share in _FURTHER_BEHIND]
    return behind + [widened(box.box, before=share) for share in _FURTHER_BEFORE]


def best(readings: Sequence[Reading], digits: int) -> Reading:
    """The surest reading with that many digits; the first where there is none."""
    whole = [reading for reading in readings if _is_whole(reading[1], digits)]
    return max(whole, key=lambda reading: reading[1].confidence, default=readings[0])


def _is_whole(word: ReadWord, digits: int) -> bool:
    return len(word.text) == digits and word.text.isdecimal()
