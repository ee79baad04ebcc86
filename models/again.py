"""What was read unsurely is read again in other boxes, all of a card in one more call of the Reader.

A box that is a little off hides a mark or cuts a digit, and how sure the Reader is tells which reading saw more.
Figures: docs/training.md.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from models import mrz, number
from models.detector.contract import MAX_BOXES, WordBox
from models.number import Reading
from models.reader.contract import SPEC, ReadWord, interpret, prepare
from models.spec import Predict

UNSURE = 0.8
SHIFT = 0.08  # up and down, of the box's height


def read_again(
    read: Sequence[Reading], one_number: bool, digits: int, flat_card: np.ndarray, predict: Predict
) -> list[Reading]:
    """The readings in their order, each as it was or another one of the same word.

    Args:
        read: words as they were found and read; none is empty but those of a zone.
        one_number: whether the number is one word, which was read in its `number.widened` box.
        digits: of a number of this card's type.
        flat_card: uint8 [H, W, 3].
        predict: is asked once more unless everything was read surely, for MAX_BOXES words at most, the least sure
            first: no second call has more rows than a first one may have.
    """
    others = _within(MAX_BOXES, read, [_other_boxes(*reading, one_number, digits) for reading in read])
    boxes = [box for each in others for box in each]
    if not boxes:
        return list(read)
    words = iter(interpret(predict(SPEC, prepare(flat_card, boxes))))
    found = []
    for reading, its_others in zip(read, others, strict=True):
        readings = [reading, *((replace(reading[0], box=box), next(words)) for box in its_others)]
        is_number = one_number and reading[0].field == number.FIELD
        found.append(number.best(readings, digits) if is_number else _surest(readings))
    return found


def _other_boxes(box: WordBox, word: ReadWord, one_number: bool, digits: int) -> list[np.ndarray]:
    """Boxes (x0, y0, x1, y1) to read a word in once more."""
    if one_number and box.field == number.FIELD:
        return number.further((box, word), digits)
    if word.confidence >= UNSURE or box.field == mrz.FIELD:  # a zone has its check digits
        return []
    by = np.array([0, SHIFT, 0, SHIFT]) * (box.box[3] - box.box[1])
    return [box.box - by, box.box + by]


def _within(limit: int, read: Sequence[Reading], others: Sequence[list[np.ndarray]]) -> list[list[np.ndarray]]:
    """The boxes of the least sure words, `limit` in all; of the other words none."""
    kept: list[list[np.ndarray]] = [[] for _ in others]
    for row in sorted(range(len(read)), key=lambda row: read[row][1].confidence):
        if len(others[row]) <= limit:
            kept[row] = others[row]
            limit -= len(others[row])
    return kept


def _surest(readings: Sequence[Reading]) -> Reading:
    """The surest that has any letters, in the box where the word was found."""
    (box, first), *_ = readings
    return box, max((word for _, word in readings if word.text), key=lambda word: word.confidence, default=first)
