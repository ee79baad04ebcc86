import numpy as np
import pytest
from PIL import Image

from models import portrait
from models.card import CARD_CLASSES, Card, Kind, Quality
from models.geometry import RECTIFIED_SIZE, unit_corners
from models.synthetic.layouts import draw_card, parts
from models.synthetic.people import invent

MAGENTA = (255, 0, 255)


FRONTS = tuple(kind for kind in CARD_CLASSES if kind[1] == "front")


def card(kind: str, side: str, corners: np.ndarray) -> Card:
    return Card(kind, side, 1.0, tuple(map(tuple, corners.tolist())), {}, Quality(0, 0, 0, 0, 1, 1000, 1, 1))


@pytest.mark.parametrize("kind", FRONTS, ids=" ".join)
def test_the_place_holds_the_whole_portrait_and_little_else(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "portrait", lambda _rng, size: Image.new("RGB", size, MAGENTA))
    rng = np.random.default_rng(7)
    drawn = draw_card(rng, invent(rng, card_type=kind[0]), kind).image
    face = np.abs(drawn.astype(int) - MAGENTA).sum(axis=2) < 120
    width, height = RECTIFIED_SIZE

    flat = np.asarray(Image.fromarray(face).resize(RECTIFIED_SIZE, Image.Resampling.NEAREST))
    read = card(*kind, unit_corners())
    (x0, y0), _, (x1, y1), _ = portrait.polygon(read)
    inside = flat[round(y0) : round(y1), round(x0) : round(x1)]

    assert flat.sum() > 0.05 * width * height
    assert inside.sum() == flat.sum()
    assert inside.mean() > 0.8
    assert portrait.crop(read, np.dstack([flat] * 3)).shape == (*inside.shape, 3)


def test_it_lies_as_the_card_lies() -> None:
    upside_down = np.roll(unit_corners((1000, 600)), 2, axis=0)

    polygon = np.array(portrait.polygon(card("cccd-2021", "front", upside_down)))

    assert polygon[:, 0].min() > 700


@pytest.mark.parametrize("kind", sorted(set(CARD_CLASSES) - set(FRONTS)), ids=" ".join)
def test_a_form_without_a_portrait_has_none(kind: Kind) -> None:
    assert portrait.polygon(card(*kind, unit_corners())) is None
