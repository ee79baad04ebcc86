"""From loose words to lines and fields. Pure functions over boxes.

The thresholds were chosen on photos that nothing is reported on (docs/training.md).
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from models import mrz
from models.card import FIELDS
from models.detector.contract import WordBox

_SAME_WORD = 0.5  # overlap over the smaller box, above which two boxes are one word
_SAME_LINE = 0.5  # vertical overlap over the smaller height
_SAME_RUN = 0.6  # of the larger height: a wider gap is no space between two words of a field
_NO_SPACE, _ONE_WORD = 0.7, 5.0  # of a word's height: a gap between these had room for a word that was missed
_BESIDE_GAP = 0.15  # of a word's height: the spaces on both sides of it
GAP_SCORE = 0.0  # of a word that was only looked for: what the Reader sees there decides
SURE_SCORE = 0.4  # score of a word that is taken wherever it stands
_WHOLE_LINE = 0.8  # of the widest line of a zone: a narrower one misses pieces
_OUTVOTED = 0.65  # a word with a higher score keeps its field among words of another


def words_by_field(
    words: Sequence[WordBox], printed: Collection[str] = FIELDS, beside_label: Collection[str] = FIELDS
) -> dict[str, list[WordBox]]:
    """The words that are taken, by field, each field in reading order; a word seen twice is kept once.

    `printed`: the fields of the card's side. `beside_label`: those whose label is printed on the line of the value,
    before it.
    """
    fields: dict[str, list[WordBox]] = {}
    for run in runs(without_doubles(words, printed)):
        for word in taken(run, printed, beside_label):
            fields.setdefault(word.field, []).append(word)
    return {name: reading_order(found) for name, found in fields.items()}


def runs(words: Sequence[WordBox]) -> list[list[WordBox]]:
    """Words that are printed side by side, each run from left to right."""
    found: list[list[WordBox]] = []
    for line in group_lines(words):
        for index, word in enumerate(line):
            if index and _are_neighbours(line[index - 1], word):
                found[-1].append(word)
            else:
                found.append([word])
    return found


def taken(
    run: Sequence[WordBox], printed: Collection[str] = FIELDS, beside_label: Collection[str] = FIELDS
) -> list[WordBox]:
    """The words of a run that are believed, with the field they are believed to be of.

    What is printed side by side is mostly of one field: words that are not sure of theirs, or of one that the side
    has not, take the one that the sure words of the run have. A faint word is taken after another word of its
    field, for the value goes on there; and before the first one, unless a label is there: then the faint words are
    the label's. A date's are taken anyway: no label of it has digits, and what has none is left out where the rest
    is a date.
    """
    votes: dict[str, float] = {}
    for word in run:
        if word.score >= SURE_SCORE and word.field in printed:
            votes[word.field] = votes.get(word.field, 0.0) + word.score
    if not votes:
        return []
    winner = max(votes, key=lambda field: votes[field])
    believed: list[WordBox] = []
    before_label = winner in beside_label and not winner.startswith("date")
    going_on = None if before_label else winner  # the field whose faint words are taken
    for word in run:
        if word.score < _OUTVOTED or word.field not in printed:
            word = replace(word, field=winner)
        is_taken = word.score >= SURE_SCORE or word.field == going_on
        if is_taken:
            believed.append(word)
        going_on = word.field if is_taken else None
    return believed


def without_doubles(words: Sequence[WordBox], printed: Collection[str] = FIELDS) -> list[WordBox]:
    """The best-scored of any words that cover each other; one of a field that is printed before any that is not."""
    if not words:
        return []
    best_first = sorted(words, key=lambda word: (word.field not in printed, -word.score))
    doubles = _covers(np.array([word.box for word in best_first])) >= _SAME_WORD
    kept: list[int] = []
    for index in range(len(best_first)):
        if not doubles[index, kept].any():
            kept.append(index)
    return [best_first[index] for index in kept]


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
    return sorted(lines, key=_middle)


def zone_pieces(found: Sequence[WordBox]) -> list[WordBox]:
    """The nine pieces of a zone, line by line, from what the Detector found of them.

    All lines begin and end below each other and have the same number of characters of the same width: where a piece
    was missed, or found with another border, the others say where it is. What is no zone comes back as it is.
    """
    lines = sorted(group_lines(found), key=lambda line: -sum(word.score for word in line))[: mrz.LINES]
    if len(lines) < mrz.LINES:
        return list(found)
    extents = np.array([(min(word.box[0] for word in line), max(word.box[2] for word in line)) for line in lines])
    widths = extents[:, 1] - extents[:, 0]
    left, right = np.median(extents[widths >= _WHOLE_LINE * widths.max()], axis=0)
    width = (right - left) / mrz.PIECES
    pieces = []
    for line in sorted(lines, key=_middle):
        for column in range(mrz.PIECES):
            middle = left + (column + 0.5) * width
            nearest = min(line, key=lambda word: abs((word.box[0] + word.box[2]) / 2 - middle))
            _, top, _, bottom = nearest.box
            box = np.array([middle - width / 2, top, middle + width / 2, bottom])
            pieces.append(replace(nearest, field=mrz.FIELD, box=box))
    return pieces


def with_gaps(words: Sequence[WordBox]) -> list[WordBox]:
    """Words of running text in reading order, and boxes between them where one is missing that was not found.

    Words on one line are half their height apart at most: of 7,196 pairs in 500 photos all but one of those further
    apart had a word between them.
    """
    found = list(words[:1])
    for left, right in pairwise(words):
        height = (left.box[3] - left.box[1] + right.box[3] - right.box[1]) / 2
        gap = right.box[0] - left.box[2]
        if _height_overlap(left.box, right.box) >= _SAME_LINE and _NO_SPACE * height < gap <= _ONE_WORD * height:
            top, bottom = (left.box[[1, 3]] + right.box[[1, 3]]) / 2
            space = _BESIDE_GAP * height
            box = np.array([left.box[2] + space, top, right.box[0] - space, bottom])
            found.append(WordBox(left.field, box, GAP_SCORE))
        found.append(right)
    return found


def _middle(line: Sequence[WordBox]) -> float:
    """The mean height of its words' centres, doubled."""
    return sum(float(word.box[1] + word.box[3]) for word in line) / len(line)


def _are_neighbours(left: WordBox, right: WordBox) -> bool:
    if left.field == right.field and left.field.startswith("date"):
        return True  # day, month and year may have words between them
    heights = left.box[3] - left.box[1], right.box[3] - right.box[1]
    return bool(right.box[0] - left.box[2] <= _SAME_RUN * max(heights))


def _height_overlap(a: np.ndarray, b: np.ndarray) -> float:
    shared = min(a[3], b[3]) - max(a[1], b[1])
    return float(shared / max(1e-6, min(a[3] - a[1], b[3] - b[1])))


def _covers(boxes: np.ndarray) -> np.ndarray:
    """Boxes [N, 4] -> [N, N], of every two the shared area over the smaller of them."""
    x0, y0, x1, y1 = boxes.T
    widths = np.minimum.outer(x1, x1) - np.maximum.outer(x0, x0)
    heights = np.minimum.outer(y1, y1) - np.maximum.outer(y0, y0)
    areas = (x1 - x0) * (y1 - y0)
    shared = np.maximum(widths, 0) * np.maximum(heights, 0)
    return np.asarray(shared / np.maximum(np.minimum.outer(areas, areas), 1e-6))
