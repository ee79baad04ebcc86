"""From loose words to lines and fields. Pure functions over boxes."""

from collections.abc import Sequence

import numpy as np

from models.detector.contract import WordBox

_SAME_WORD = 0.5  # overlap over the smaller box, above which two boxes are one word
_SAME_LINE = 0.5  # vertical overlap over the smaller height


def words_by_field(words: Sequence[WordBox]) -> dict[str, list[WordBox]]:
    """Words grouped by field, each field in reading order; a word seen twice is kept once."""
    fields: dict[str, list[WordBox]] = {}
    for word in without_doubles(words):
        fields.setdefault(word.field, []).append(word)
    return {name: reading_order(found) for name, found in fields.items()}


def without_doubles(words: Sequence[WordBox]) -> list[WordBox]:
    """The best-scored of any words that cover each other, whatever field they were given."""
    kept: list[WordBox] = []
    for word in sorted(words, key=lambda word: -word.score):
        if all(_cover(word.box, other.box) < _SAME_WORD for other in kept):
            kept.append(word)
    return kept


def reading_order(words: Sequence[WordBox]) -> list[WordBox]:
    """Top line first, each line from left to right."""
    return [word for line in group_lines(words) for word in line]


def group_lines(words: Sequence[WordBox]) -> list[list[WordBox]]:
    """Words that share most of their height with a line's latest word belong to that line."""
    lines: list[list[WordBox]] = []
    for word in sorted(words, key=lambda word: word.box[0]):
        line = max(lines, key=lambda line: _height_overlap(line[-1].box, word.box), default=None)
        if line is not None and _height_overlap(line[-1].box, word.box) >= _SAME_LINE:
            line.append(word)
        else:
            lines.append([word])
    return sorted(lines, key=lambda line: float(np.mean([word.box[1] + word.box[3] for word in line])))


def _height_overlap(a: np.ndarray, b: np.ndarray) -> float:
    shared = min(a[3], b[3]) - max(a[1], b[1])
    return float(shared / max(1e-6, min(a[3] - a[1], b[3] - b[1])))


def _cover(a: np.ndarray, b: np.ndarray) -> float:
    """The shared area over the smaller of the two."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    smaller = min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))
    return float(width * height / max(1e-6, smaller))
