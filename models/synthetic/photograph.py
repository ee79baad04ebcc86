"""Samples: invent a person, draw the card, photograph it. Same split and seed, same sample."""

import dataclasses
import zlib

import numpy as np

from models.card import CARD_CLASSES
from models.synthetic.camera import CONDITIONS, Conditions, compress, photograph
from models.synthetic.layouts import draw_card
from models.synthetic.people import invent
from models.synthetic.sample import Sample
from models.synthetic.scenes import background

# `train` and `validation` mix the conditions of the three test splits; their seeds never meet.
SPLITS = ("train", "validation", "clean", "mobile", "hard")
_NO_CARD_SHARE = 0.06
_SCRAMBLED_SHARE = 0.35


def sample(split: str, seed: int) -> Sample:
    """The sample number `seed` of a split.

    Raises:
        ValueError: no such split.
    """
    if split not in SPLITS:
        raise ValueError(f"no split {split!r}; there are {', '.join(SPLITS)}")
    rng = np.random.default_rng([zlib.crc32(split.encode()), seed])
    learning = split in ("train", "validation")
    conditions = _training_conditions(rng) if learning else CONDITIONS[split]
    scene = background(rng, _photo_size(rng))
    if learning and rng.random() < _NO_CARD_SHARE:
        photo, jpeg = compress(scene, 80)
        return Sample(photo, jpeg, card_class=None, corners=None)
    person = invent(rng, scrambled=learning and rng.random() < _SCRAMBLED_SHARE, issuable=learning)
    card = draw_card(rng, person, int(rng.integers(len(CARD_CLASSES))))
    shot = photograph(rng, card.image, scene, conditions)
    return Sample(shot.photo, shot.jpeg, card.card_class, shot.corners, card.words, card.fields, shot.severities)


def _training_conditions(rng: np.random.Generator) -> Conditions:
    name = str(rng.choice(["clean", "mobile", "hard"], p=[0.15, 0.6, 0.25]))
    return dataclasses.replace(CONDITIONS[name], quarter_turns=0.4, cut_corner=0.05)


def _photo_size(rng: np.random.Generator) -> tuple[int, int]:
    """(width, height) of a phone's picture, its long side 960 to 1600 pixels."""
    long_side = int(rng.integers(960, 1601))
    short_side = int(long_side * rng.choice([0.75, 0.5625]))
    return (long_side, short_side) if rng.random() < 0.6 else (short_side, long_side)
