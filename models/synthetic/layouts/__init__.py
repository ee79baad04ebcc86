"""Where each card prints what: a module for each type, a function for each side.

Positions are shares of the card, so they read like a ruler. The layouts follow the published circulars in spirit
(captions, order, columns) with jitter; there is no emblem, no seal, no face, no fingerprint and no real security print.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.card import Kind
from models.mrz import text_of
from models.synthetic.drawing import specimen_mark
from models.synthetic.layouts import cc_2024, cccd_2016, cccd_2021, cmnd_9, cmnd_12
from models.synthetic.layouts.parts import Face
from models.synthetic.people import Person
from models.synthetic.sample import WordTruth

# Every (type, side) that can be drawn. The committed networks know those of models.card.CARD_CLASSES.
LAYOUTS: dict[Kind, Callable[[np.random.Generator, Person], Face]] = {
    ("cmnd-9", "front"): cmnd_9.front,
    ("cmnd-9", "back"): cmnd_9.back,
    ("cmnd-12", "front"): cmnd_12.front,
    ("cmnd-12", "back"): cmnd_12.back,
    ("cccd-2016", "front"): cccd_2016.front,
    ("cccd-2016", "back"): cccd_2016.back,
    ("cccd-2021", "front"): cccd_2021.front,
    ("cccd-2021", "back"): cccd_2021.back,
    ("cc-2024", "front"): cc_2024.front,
    ("cc-2024", "back"): cc_2024.back,
}


@dataclass(frozen=True)
class DrawnCard:
    """A card's face, uint8 [800, 1280, 3], and the truth of what is printed on it."""

    image: np.ndarray
    kind: Kind
    words: tuple[WordTruth, ...]
    fields: dict[str, str]


def draw_card(rng: np.random.Generator, person: Person, kind: Kind) -> DrawnCard:
    """One side of the card of `person`; `kind` is a key of LAYOUTS."""
    face = LAYOUTS[kind](rng, person)
    marked = specimen_mark(face.image, rng)
    fields: dict[str, list[str]] = {}
    for word in face.words:
        fields.setdefault(word.field, []).append(word.text)
    texts = {name: text_of(name, words) for name, words in fields.items()}
    return DrawnCard(np.asarray(marked), kind, tuple(face.words), texts)
