"""From samples to the words the Reader learns from, and how often it sees each of them."""

from collections.abc import Sequence

import numpy as np

from models.charset import CLASSES, END, MAX_LENGTH, encode
from models.reader.contract import crop
from models.synthetic.sample import Sample

BOX_JITTER = 0.10  # of a box's height: what a good detector is off by, on each side
WILD_JITTER = 0.22  # and what it is off by now and then
WILD_SHARE = 0.1
RARE_LETTER_BONUS = 4.0


def examples(sample: Sample, rng: np.random.Generator) -> list[dict[str, np.ndarray]]:
    """Every word of a sample, cut out as an imperfect Cropper and Detector would.

    Returns:
        `image` uint8 [32, 128, 3] and `label` uint8 [16] (see `charset.encode`) for each word;
        nothing for a photo without a card.
    """
    if sample.corners is None:
        return []
    flat, boxes = sample.flatten(rng)
    return [
        {"image": crop(flat, jittered(box, rng)), "label": np.array(encode(word.text), np.uint8)}
        for word, box in zip(sample.words, boxes, strict=True)
    ]


def jittered(box: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A box (x0, y0, x1, y1) with each side moved by a Detector's error."""
    reach = WILD_JITTER if rng.random() < WILD_SHARE else BOX_JITTER
    moved: np.ndarray = box + rng.uniform(-reach, reach, 4) * (box[3] - box[1])
    return moved


def sampling_weights(labels: Sequence[np.ndarray] | np.ndarray) -> np.ndarray:
    """How often each example should be drawn, a distribution float64 [N] for labels [N, 16].

    A card's words are mostly dates, numbers and the same few syllables: a text that occurs n
    times counts for sqrt(n) in all, and a word with a rare letter up to RARE_LETTER_BONUS times.
    """
    rows = np.ascontiguousarray(labels, np.uint8).reshape(-1, MAX_LENGTH)
    _, texts, counts = np.unique(rows, axis=0, return_inverse=True, return_counts=True)
    by_text = 1 / np.sqrt(counts)[texts.ravel()]
    seen = np.bincount(rows.ravel(), weights=np.repeat(by_text, MAX_LENGTH), minlength=CLASSES)
    usual = np.median(seen[1:][seen[1:] > 0])
    rarity = np.clip(np.sqrt(usual / np.maximum(seen, 1e-9)), 1, RARE_LETTER_BONUS)
    rarity[END] = 1
    weights: np.ndarray = by_text * rarity[rows].max(axis=1)
    return weights / weights.sum()
