"""Samples: invent a person, draw the card, photograph it. Same split and seed, same sample."""

import dataclasses
import zlib

import numpy as np

from models.card import CARD_CLASSES, Kind
from models.synthetic.camera import CONDITIONS, Conditions, compress, photograph
from models.synthetic.layouts import LAYOUTS, draw_card
from models.synthetic.others import other_card
from models.synthetic.people import invent
from models.synthetic.sample import Sample
from models.synthetic.scenes import background

# `train` and `validation` mix the conditions of the three test splits; their seeds never meet.
SPLITS = ("train", "validation", "clean", "mobile", "hard")
NO_CARD_SHARE = 0.06
# Of the photos without one of ours to read. A mirrored card has every letter the wrong way round.
_OTHER_CARD_SHARE, _MIRRORED_SHARE = 0.4, 0.2
_SCRAMBLED_SHARE = 0.35
_CLUTTERED_SHARE = 0.4


def sample(split: str, seed: int, kind: Kind | None = None, no_card: float = NO_CARD_SHARE) -> Sample:
    """The sample number `seed` of a split.

    Without `kind` it shows one of CARD_CLASSES or, in a split for learning and as often as `no_card` says, none or
    some other card: the photos that the committed networks learned from and are measured on. With one, of LAYOUTS, it
    shows that card; both sides of a type then have the same holder at the same seed.

    Raises:
        ValueError: no such split, or no such kind.
    """
    if split not in SPLITS:
        raise ValueError(f"no split {split!r}; there are {', '.join(SPLITS)}")
    if kind is not None and kind not in LAYOUTS:
        raise ValueError(f"no card {kind!r}; there are {', '.join(map(str, LAYOUTS))}")
    rng = np.random.default_rng([zlib.crc32(split.encode()), seed])
    learning = split in ("train", "validation")
    conditions = _training_conditions(rng) if learning else CONDITIONS[split]
    scene = background(rng, _photo_size(rng), _CLUTTERED_SHARE if split == "train" else 0.0)
    if kind is None and learning and rng.random() < no_card:
        return _without_card(rng, scene, conditions)
    scrambled = learning and rng.random() < _SCRAMBLED_SHARE
    drawn = kind or CARD_CLASSES[int(rng.integers(len(CARD_CLASSES)))]
    person = invent(rng, drawn[0], scrambled, learning=learning)
    card = draw_card(rng, person, drawn)
    shot = photograph(rng, card.image, scene, conditions)
    card_class = CARD_CLASSES.index(drawn) if drawn in CARD_CLASSES else None
    return Sample(shot.photo, shot.jpeg, card_class, shot.corners, card.words, card.fields, shot.severities, drawn)


def _without_card(rng: np.random.Generator, scene: np.ndarray, conditions: Conditions) -> Sample:
    chance = rng.random()
    if chance < _OTHER_CARD_SHARE + _MIRRORED_SHARE:
        card = other_card(rng) if chance < _OTHER_CARD_SHARE else _mirrored(rng)
        shot = photograph(rng, card, scene, conditions)
        return Sample(shot.photo, shot.jpeg, card_class=None, corners=None, severities=shot.severities)
    photo, jpeg = compress(scene, 80)
    return Sample(photo, jpeg, card_class=None, corners=None)


def _mirrored(rng: np.random.Generator) -> np.ndarray:
    kind = CARD_CLASSES[int(rng.integers(len(CARD_CLASSES)))]
    return draw_card(rng, invent(rng, kind[0], learning=True), kind).image[:, ::-1]


def _training_conditions(rng: np.random.Generator) -> Conditions:
    name = str(rng.choice(["clean", "mobile", "hard"], p=[0.15, 0.6, 0.25]))
    return dataclasses.replace(CONDITIONS[name], quarter_turns=0.4, cut_corner=0.05)


def _photo_size(rng: np.random.Generator) -> tuple[int, int]:
    """(width, height) of a phone's picture, its long side 960 to 1600 pixels."""
    long_side = int(rng.integers(960, 1601))
    short_side = int(long_side * rng.choice([0.75, 0.5625]))
    return (long_side, short_side) if rng.random() < 0.6 else (short_side, long_side)
