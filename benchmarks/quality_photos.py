"""Photos whose fault is known: SPECIMEN cards spoiled in one way by a known degree, and photos of no card."""

import dataclasses
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from models.geometry import homography, long_edge, map_points, unit_corners
from models.synthetic.camera import CONDITIONS, compress, photograph
from models.synthetic.drawing import CARD_SIZE
from models.synthetic.layouts import draw_card
from models.synthetic.people import invent
from models.synthetic.photograph import sample
from models.synthetic.sample import Sample
from models.synthetic.scenes import background

# The degrees of each fault, from slight to hopeless.
FAULTS = {
    "blur": (0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0),  # Gaussian sigma, thousandths of the card's width
    "glare": (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3),  # share of the card under an opaque white spot
    "dark": (0.5, 0.4, 0.3, 0.25, 0.2, 0.15, 0.12),  # share of the light that is left
    "bright": (1.15, 1.3, 1.6, 2.0, 2.5, 3.0, 4.0),  # gain, cut off at white
    "small": (700, 500, 400, 300, 250, 200, 170),  # long edge of the card, pixels
}
_PHOTO = (1280, 960)


@dataclass(frozen=True)
class Case:
    """One photo to read. `sample.fields` is empty where no card should be read from it."""

    series: str
    degree: float
    sample: Sample


def natural(split: str, count: int) -> Iterator[Case]:
    """Photos of a test split, as they are."""
    for seed in range(count):
        yield Case(split, 0.0, sample(split, seed))


def spoiled(count: int) -> Iterator[Case]:
    """`clean` photos as they are, and each with every fault in every degree."""
    for seed in range(count):
        one = sample("clean", seed)
        yield Case("clean", 0.0, one)
        for fault, degrees in FAULTS.items():
            for degree in degrees:
                rng = np.random.default_rng([seed, zlib.crc32(fault.encode())])  # the same spot, larger and larger
                yield Case(fault, degree, dataclasses.replace(one, photo=spoil(rng, one, fault, degree)))


def spoil(rng: np.random.Generator, one: Sample, fault: str, degree: float) -> np.ndarray:
    """The photo of `one` with a fault: uint8 [H, W, 3], of another size where the fault is "small"."""
    assert one.corners is not None
    width = long_edge(one.corners)
    match fault:
        case "blur":
            return cv2.GaussianBlur(one.photo, (0, 0), max(0.2, degree * width / 1000))
        case "glare":
            return _spot(rng, one, degree, width)
        case "dark":
            return np.clip(one.photo * degree + rng.normal(0, 2, one.photo.shape), 0, 255).astype(np.uint8)
        case "bright":
            return cv2.convertScaleAbs(one.photo, alpha=degree)
        case "small":
            return cv2.resize(one.photo, None, fx=degree / width, fy=degree / width, interpolation=cv2.INTER_AREA)
    raise ValueError(f"no fault {fault!r}; there are {', '.join(FAULTS)}")


def _spot(rng: np.random.Generator, one: Sample, share: float, width: float) -> np.ndarray:
    middle = map_points(homography(unit_corners((1, 1)), one.corners), rng.uniform((0.4, 0.45), (0.85, 0.85), (1, 2)))[
        0
    ]
    long_axis = float(np.sqrt(2 * share * width**2 / 1.586 / np.pi))  # the ellipse is twice as long as high
    spot = np.zeros(one.photo.shape[:2], np.uint8)
    axes = (max(1, round(long_axis)), max(1, round(long_axis / 2)))
    cv2.ellipse(spot, tuple(int(v) for v in middle), axes, rng.uniform(0, 180), 0, 360, 255, -1)
    veil = cv2.cvtColor(cv2.GaussianBlur(spot, (0, 0), 0.006 * width), cv2.COLOR_GRAY2RGB)
    return cv2.add(one.photo, cv2.multiply(255 - one.photo, veil, scale=1 / 255))


def without_card(count: int) -> Iterator[Case]:
    """Scenes without a card; things of a card's size that are none; and two cards in one photo."""
    for seed in range(count):
        rng = np.random.default_rng([seed, 7])
        yield Case("no card", 0.0, _no_card(background(rng, _PHOTO)))
        thing = background(rng, CARD_SIZE)
        yield Case(
            "no card's print",
            0.0,
            _no_card(photograph(rng, thing, background(rng, _PHOTO), CONDITIONS["mobile"]).photo),
        )
        yield Case("two cards", 0.0, _no_card(_two_cards(rng)))


def _two_cards(rng: np.random.Generator) -> np.ndarray:
    """Two cards side by side, each in its half of the photo."""
    conditions = dataclasses.replace(CONDITIONS["clean"], card_share=(0.8, 0.95))
    halves = []
    for _ in range(2):
        card = draw_card(rng, invent(rng, "cccd-2021"), ("cccd-2021", "front"))
        halves.append(photograph(rng, card.image, background(rng, (_PHOTO[0], _PHOTO[1] - 160)), conditions).photo)
    return np.concatenate(halves)


def _no_card(photo: np.ndarray) -> Sample:
    return Sample(*compress(photo, 85), card_class=None, corners=None)
