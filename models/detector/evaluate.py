"""How well the Detector finds words on cards cut out at their true corners."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from models.anchors import iou_matrix
from models.card import FIELDS
from models.detector.contract import SPEC, WordBox, interpret, prepare
from models.layout import words_by_field
from models.spec import Predict, Tensors
from models.synthetic.sample import Sample

MIN_IOU = 0.5


@dataclass(frozen=True)
class DetectorFigures:
    """A word is found when a box of its own field overlaps it with an IoU of at least MIN_IOU."""

    words: int
    recall: float
    precision: float
    recall_of_field: dict[str, float]


def found_words(boxes: Sequence[WordBox], true_boxes: np.ndarray, true_fields: Sequence[str]) -> np.ndarray:
    """bool [words]: which words are found, every box answering for one word, best scores first.

    Args:
        true_boxes: float [words, 4] (x0, y0, x1, y1) on the flat card.
    """
    found = np.zeros(len(true_boxes), bool)
    for word in sorted(boxes, key=lambda word: -word.score):
        overlap = iou_matrix(word.box[None], true_boxes)[0]
        overlap[found | (np.array(true_fields) != word.field)] = 0
        if len(overlap) and overlap.max() >= MIN_IOU:
            found[overlap.argmax()] = True
    return found


def summarise(cards: Iterable[tuple[Sequence[WordBox], np.ndarray, Sequence[str]]]) -> DetectorFigures:
    """The figures of some cards, each (what was seen, true boxes, true fields) as for `found_words`."""
    seen = 0
    found_of_field: dict[str, list[bool]] = {field: [] for field in FIELDS}
    for boxes, true_boxes, true_fields in cards:
        seen += len(boxes)
        for field, is_found in zip(true_fields, found_words(boxes, true_boxes, true_fields), strict=True):
            found_of_field[field].append(bool(is_found))
    found = sum(sum(words) for words in found_of_field.values())
    words = sum(len(words) for words in found_of_field.values())
    return DetectorFigures(
        words=words,
        recall=found / max(words, 1),
        precision=found / max(seen, 1),
        recall_of_field={field: sum(words) / len(words) for field, words in found_of_field.items() if words},
    )


def evaluate(predict: Predict, samples: Iterable[Sample]) -> DetectorFigures:
    """Send the flat card of every sample that shows one through `predict`, as the pipeline does."""
    cards = []
    for sample in samples:
        if sample.corners is None:
            continue
        flat, true_boxes = sample.flatten()
        boxes = taken_words(predict(SPEC, prepare(flat)))
        cards.append((boxes, true_boxes, [word.field for word in sample.words]))
    return summarise(cards)


def taken_words(outputs: Tensors) -> list[WordBox]:
    """The words that the pipeline takes of the Detector's outputs for a batch of one, whatever the card prints."""
    return [word for words in words_by_field(interpret(outputs)).values() for word in words]
