"""The cards of the league: what every reader gets to see, as files, and what is true, which none of them sees."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.detector.contract import WordBox
from models.layout import group_lines
from models.synthetic.photograph import sample
from models.synthetic.sample import Sample

SPLIT = "mobile"
MARGIN = 0.15  # ground left around a line, in heights of the line


@dataclass(frozen=True)
class Case:
    """One card: its true fields, and the field of each line picture in its file."""

    seed: int
    fields: dict[str, str]
    line_fields: tuple[str, ...]


def write_cases(folder: Path, seeds: range) -> list[Case]:
    """One `{seed}.npz` for each seed of SPLIT.

    `photo`, uint8 [H, W, 3], and `corners` in it, float64 [4, 2]; `card`, laid flat from these corners, and `line_0`,
    `line_1`, … cut out of it; `words` float64 [N, 4], the true boxes (x0, y0, x1, y1) on the flat card; `lines`
    int64 [N], the line that each word is on.
    """
    return [_write(folder / f"{seed}.npz", seed) for seed in seeds]


def _write(file: Path, seed: int) -> Case:
    one = sample(SPLIT, seed)
    flat, boxes = one.flatten()
    lines = true_lines(one, boxes)
    pictures = {f"line_{number}": cut(flat, boxes[words]) for number, (_, words) in enumerate(lines)}
    line_of = np.empty(len(boxes), np.int64)
    for number, (_, words) in enumerate(lines):
        line_of[words] = number
    np.savez(file, photo=one.photo, corners=one.corners, card=flat, words=boxes, lines=line_of, **pictures)
    return Case(seed, one.fields, tuple(name for name, _ in lines))


def true_lines(one: Sample, boxes: np.ndarray) -> list[tuple[str, list[int]]]:
    """(field, indices of its words) of every printed line, each field's lines in reading order."""
    lines = []
    for name in one.fields:
        indices = [index for index, word in enumerate(one.words) if word.field == name]
        words = [WordBox(name, boxes[index], 1.0) for index in indices]
        index_of = dict(zip(map(id, words), indices, strict=True))
        lines += [(name, [index_of[id(word)] for word in line]) for line in group_lines(words)]
    return lines


def cut(flat: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """The part of the flat card that `boxes` [N, 4] cover, with MARGIN around it."""
    margin = MARGIN * float((boxes[:, 3] - boxes[:, 1]).mean())
    x0, y0 = np.maximum(0, np.floor(boxes[:, :2].min(axis=0) - margin)).astype(int)
    x1, y1 = np.ceil(boxes[:, 2:].max(axis=0) + margin).astype(int)
    return flat[y0:y1, x0:x1]
