"""Whole cards, photo to fields, against the truth: the figures of docs/accuracy.md.

Texts, as they were read, are compared by edit distance (Levenshtein) after NFC and single spaces, never
position by position. `exact` is case-sensitive; `folded` ignores case. `value` compares what is answered
beside the text: normalised, and corrected where the card's own evidence allows it. Intervals are 95 %
bootstrap intervals over cards, seeded.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from rapidfuzz.distance import Levenshtein

from models.card import FIELDS, Card, CardNotReadable, Kind
from models.charset import normalize, unaccented
from models.pipeline import read_card
from models.spec import Predict
from models.synthetic.sample import Sample
from models.values import value_of


@dataclass
class FieldScores:
    """One entry per card that has the field. `exact` to `lengths` are of the text as read, `value` of the value."""

    value: list[bool] = field(default_factory=list)
    exact: list[bool] = field(default_factory=list)
    folded: list[bool] = field(default_factory=list)
    unaccented: list[bool] = field(default_factory=list)
    edits: list[int] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)

    def add(self, truth: str, read: str) -> None:
        """Compare one field; `read` is empty where it was not found."""
        truth, read = normalize(truth), normalize(read)
        self.exact.append(truth == read)
        self.folded.append(truth.casefold() == read.casefold())
        self.unaccented.append(unaccented(truth) == unaccented(read))
        self.edits.append(Levenshtein.distance(truth, read))
        self.lengths.append(len(truth))

    def cer(self) -> float:
        """Micro character error rate: all edits over all characters."""
        return sum(self.edits) / max(1, sum(self.lengths))


@dataclass
class CardScores:
    """What came of every card of a split."""

    fields: dict[str, FieldScores] = field(default_factory=lambda: {name: FieldScores() for name in FIELDS})
    type_right: list[bool] = field(default_factory=list)
    all_fields_exact: list[bool] = field(default_factory=list)
    all_values_exact: list[bool] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=dict)
    kinds: list[Kind] = field(default_factory=list)

    def add(self, sample: Sample, card: Card | None) -> None:
        """Score one card; None is a card that was refused: all its fields count as not read."""
        self.type_right.append(card is not None and (card.type, card.side) == sample.kind)
        self.kinds.append(sample.kind or ("", ""))
        read = {name: found.text for name, found in card.fields.items()} if card else {}
        for name, truth in sample.fields.items():
            self.fields[name].add(truth, read.get(name, ""))
            value = card.fields[name].value if card and name in card.fields else None
            self.fields[name].value.append(value == value_of(name, truth))
        self.all_fields_exact.append(all(self.fields[name].exact[-1] for name in sample.fields))
        self.all_values_exact.append(all(self.fields[name].value[-1] for name in sample.fields))


@dataclass(frozen=True)
class Right:
    """Whether a field's text, as it was read, and the value answered beside it are right."""

    text: bool
    value: bool


def compare(card: Card | None, truth: Mapping[str, str]) -> dict[str, Right]:
    """Every field of `truth` held against the card as it was read; None is one that was refused."""
    found = card.fields if card else {}
    return {
        name: Right(normalize(found[name].text) == normalize(text), found[name].value == value_of(name, text))
        if name in found
        else Right(text=False, value=False)
        for name, text in truth.items()
    }


def read_or_refused(photo: np.ndarray, predict: Predict) -> tuple[Card | None, str]:
    """The card in a photo (uint8 [H, W, 3]) and no code, or none and the code of the refusal."""
    try:
        return read_card(photo, predict), ""
    except CardNotReadable as refusal:
        return None, refusal.code


def evaluate(predict: Predict, samples: Iterable[Sample]) -> CardScores:
    """Read every sample (each must show a card) and score it."""
    scores = CardScores()
    for sample in samples:
        card, refused = read_or_refused(sample.photo, predict)
        if refused:
            scores.refused[refused] = scores.refused.get(refused, 0) + 1
        scores.add(sample, card)
    return scores


def interval(hits: list[bool], rounds: int = 2000) -> tuple[float, float]:
    """95 % bootstrap interval of the mean of `hits`, seeded."""
    if not hits:
        return (0.0, 1.0)
    values = np.asarray(hits, float)
    picks = np.random.default_rng(0).integers(0, len(values), (rounds, len(values)))
    low, high = np.percentile(values[picks].mean(axis=1), [2.5, 97.5])
    return float(low), float(high)
