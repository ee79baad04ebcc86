"""What was read unsurely is read again in other boxes, all of a card in one more call of the Reader.

A box that is a little off hides a mark or cuts a digit, and how sure the Reader is tells which reading saw more.
Figures: docs/training.md.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from models import mrz, number
from models.number import Reading
from models.reader.contract import SPEC, interpret, prepare
from models.spec import Predict

UNSURE = 0.8
SHIFT = 0.08  # up and down, of the box's height


@dataclass(frozen=True)
class _Plan:
    """Boxes (x0, y0, x1, y1) to read one word in, and how to choose among its readings, of which the first is known."""

    boxes: Sequence[np.ndarray]
    choose: Callable[[Sequence[Reading]], Reading]


def read_again(read: Sequence[Reading], digits: int, flat_card: np.ndarray, predict: Predict) -> list[Reading]:
    """The readings in their order, each as it was or another one of the same word.

    Args:
        read: words as they were found and read, a number that is one word in its `number.widened` box.
        digits: of a number of this card's type.
        flat_card: uint8 [H, W, 3].
        predict: is asked once more unless everything was read surely.
    """
    one_number = sum(box.field == number.FIELD for box, _ in read) == 1
    plans = [_plan(reading, digits, one_number) for reading in read]
    boxes = [box for plan in plans for box in plan.boxes]
    if not boxes:
        return list(read)
    words = iter(interpret(predict(SPEC, prepare(flat_card, boxes))))
    return [
        plan.choose([reading, *((replace(reading[0], box=box), next(words)) for box in plan.boxes)])
        for reading, plan in zip(read, plans, strict=True)
    ]


def _plan(reading: Reading, digits: int, one_number: bool) -> _Plan:
    box, word = reading
    if box.field == number.FIELD and one_number:  # pieces of a number have no ground beside them
        return _Plan(number.further(reading, digits), partial(number.best, digits=digits))
    if word.confidence >= UNSURE or box.field == mrz.FIELD:  # a zone has its check digits
        return _Plan((), _surest)
    by = np.array([0, SHIFT, 0, SHIFT]) * (box.box[3] - box.box[1])
    return _Plan((box.box - by, box.box + by), _surest)


def _surest(readings: Sequence[Reading]) -> Reading:
    """In its first box, which is where the word was found."""
    return readings[0][0], max((word for _, word in readings), key=lambda word: word.confidence)
