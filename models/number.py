"""The number of a card is its widest word, and the Detector's box often ends before it does.

So it is read with more ground on both sides, and where that gives no number of the card's length, or not surely, in
boxes that reach further. Figures: docs/training.md.
"""

from dataclasses import replace

import numpy as np

from models.detector.contract import WordBox
from models.reader.contract import SPEC, ReadWord, interpret, prepare
from models.spec import Predict

FIELD = "id_number"
_BEFORE, _BEHIND = 0.15, 0.3  # of its height
_FURTHER_BEHIND = (0.6, 0.9, 1.2, 1.5)  # up to two digits
_SURE = 0.9


def widened(box: np.ndarray, behind: float = _BEHIND) -> np.ndarray:
    """The box (x0, y0, x1, y1) of a number, wider on both sides."""
    height = box[3] - box[1]
    return np.array([box[0] - _BEFORE * height, box[1], box[2] + behind * height, box[3]])


def read_on(
    number: tuple[WordBox, ReadWord], digits: int, flat_card: np.ndarray, predict: Predict
) -> tuple[WordBox, ReadWord]:
    """The surest reading with that many digits, and the box that it was read in; `number` where there is none.

    Args:
        number: as it was found, and read in its `widened` box.
        digits: of a number of this card's type.
        flat_card: uint8 [H, W, 3].
        predict: is asked once more unless the number is whole and sure.
    """
    box, word = number
    if _is_whole(word, digits) and word.confidence >= _SURE:
        return number
    further = [widened(box.box, behind) for behind in _FURTHER_BEHIND]
    again = zip(further, interpret(predict(SPEC, prepare(flat_card, further))), strict=True)
    readings = [number, *((replace(box, box=wider), other) for wider, other in again)]
    whole = [reading for reading in readings if _is_whole(reading[1], digits)]
    return max(whole, key=lambda reading: reading[1].confidence, default=number)


def _is_whole(word: ReadWord, digits: int) -> bool:
    return len(word.text) == digits and word.text.isdecimal()
