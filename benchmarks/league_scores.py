"""How well the readers of the league read: by edit distance, with bootstrap intervals over cards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from rapidfuzz.distance import Levenshtein

from models.charset import normalize, unaccented

ROUNDS = 2000
ALL = "all fields"
# What is counted of one field of one card; the sums are over the cards that have the field.
COUNTS = ("fields", "exact", "value", "letters", "edits", "bare_edits")


@dataclass(frozen=True)
class Reading:
    """One field of one card: what is printed and what was read, each with its normalised value."""

    truth: str
    text: str = ""  # empty where it was not found
    true_value: str | None = None
    value: str | None = None


@dataclass(frozen=True)
class Share:
    """A ratio of two sums over cards, and its 95 % bootstrap interval."""

    value: float
    low: float
    high: float


# For each card its fields: what one reader made of them.
Readings = Sequence[Mapping[str, Reading]]


def counted(readings: Readings) -> dict[str, np.ndarray]:
    """Field (and ALL) -> float64 [cards, 6], the COUNTS of each card; zeros where it lacks the field."""
    names = sorted({name for card in readings for name in card})
    counts = {name: np.array([_counts(card.get(name)) for card in readings], float) for name in names}
    return counts | {ALL: np.sum([*counts.values()], axis=0)}


def _counts(reading: Reading | None) -> tuple[float, ...]:
    if reading is None:
        return (0.0,) * len(COUNTS)
    truth, text = normalize(reading.truth), normalize(reading.text)
    return (
        1,
        truth == text,
        reading.true_value is not None and reading.true_value == reading.value,
        len(truth),
        Levenshtein.distance(truth, text),
        Levenshtein.distance(unaccented(truth), unaccented(text)),
    )


def share(counts: np.ndarray, of: str, over: str, less: np.ndarray | None = None) -> Share:
    """The sum of one of COUNTS over the sum of another; with `less`, the other reader's sum is taken off first.

    Cards are drawn anew, seeded: the same cards for every reader, so differences are paired.
    """
    above = counts[:, COUNTS.index(of)] - (0 if less is None else less[:, COUNTS.index(of)])
    below = counts[:, COUNTS.index(over)]
    picks = np.random.default_rng(0).integers(0, len(counts), (ROUNDS, len(counts)))
    drawn = above[picks].sum(axis=1) / np.maximum(1, below[picks].sum(axis=1))
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Share(float(above.sum() / max(1, below.sum())), float(low), float(high))


def best_of(readers: Mapping[str, Readings]) -> tuple[list[dict[str, Reading]], dict[str, str]]:
    """The mix that an oracle would make: each field from the reader with most exact, then with fewest edits.

    Returns:
        Its readings, and field -> the reader that it was taken from.
    """
    counts = {name: counted(readings) for name, readings in readers.items()}
    fields = [field for field in next(iter(counts.values())) if field != ALL]
    chosen = {field: max(readers, key=lambda name: _merit(counts[name][field])) for field in fields}
    cards = range(len(next(iter(readers.values()))))
    mix = [
        {field: readers[name][card][field] for field, name in chosen.items() if field in readers[name][card]}
        for card in cards
    ]
    return mix, chosen


def _merit(counts: np.ndarray) -> tuple[float, float]:
    sums = dict(zip(COUNTS, counts.sum(axis=0), strict=True))
    return sums["exact"], -sums["edits"]
