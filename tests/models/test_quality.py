"""Each figure grows with its own fault, and does not mind the size of the photo or the other faults."""

from dataclasses import fields

import cv2
import numpy as np
import pytest

from models.card import Quality
from models.geometry import long_edge, warp_card
from models.quality import judge
from models.synthetic.photograph import sample
from models.synthetic.sample import Sample

SEEDS = (3, 5, 6)


def quality(photo: np.ndarray, corners: np.ndarray) -> Quality:
    flat, _ = warp_card(photo, corners)
    return judge(photo, flat, corners)


def of(one: Sample, photo: np.ndarray | None = None) -> Quality:
    assert one.corners is not None
    return quality(one.photo if photo is None else photo, one.corners)


@pytest.fixture(scope="module", params=SEEDS)
def one(request: pytest.FixtureRequest) -> Sample:
    return sample("clean", request.param)


def blurred(one: Sample, sigma: float) -> np.ndarray:
    """`sigma` in thousandths of the card's width."""
    assert one.corners is not None
    return cv2.GaussianBlur(one.photo, (0, 0), sigma * long_edge(one.corners) / 1000)


def with_spot(one: Sample, radius: float) -> np.ndarray:
    """A white disc in the middle of the text; `radius` as a share of the card's width."""
    assert one.corners is not None
    left, right = (one.corners[0] + one.corners[3]) / 2, (one.corners[1] + one.corners[2]) / 2
    centre = left + 0.65 * (right - left)
    reach = round(radius * long_edge(one.corners))
    return cv2.circle(one.photo.copy(), tuple(int(v) for v in centre), reach, (255, 255, 255), -1)


def brightened(one: Sample, gain: float) -> np.ndarray:
    return cv2.convertScaleAbs(one.photo, alpha=gain)


def test_blur_grows_with_the_blur(one: Sample) -> None:
    blurs = [of(one).blur, *(of(one, blurred(one, sigma)).blur for sigma in (1, 2, 3, 4, 6))]
    assert blurs == sorted(blurs)
    assert blurs[0] < 0.25 < 0.5 < blurs[3] < blurs[-1] < 1


def test_glare_grows_with_the_spot(one: Sample) -> None:
    glares = [of(one).glare, *(of(one, with_spot(one, radius)).glare for radius in (0.05, 0.1, 0.15, 0.2))]
    assert glares == sorted(glares)
    assert glares[0] == 0.0 < glares[1]
    assert glares[-1] > 0.15


def test_dark_grows_as_light_is_lost(one: Sample) -> None:
    darks = [of(one, brightened(one, gain)).dark for gain in (1.0, 0.4, 0.3, 0.2, 0.1)]
    assert darks == sorted(darks)
    assert darks[0] == 0.0
    assert darks[-1] > 0.7


def test_bright_grows_with_the_exposure(one: Sample) -> None:
    brights = [of(one, brightened(one, gain)).bright for gain in (1.0, 1.5, 2.0, 3.0, 4.0)]
    assert brights == sorted(brights)
    assert brights[0] < 0.1 < 0.3 < brights[-1] <= 1


def test_a_dark_photo_is_not_a_blurred_one(one: Sample) -> None:
    """The variance of the Laplacian alone, which others use, would say so."""
    assert of(one, brightened(one, 0.25)).blur == pytest.approx(of(one).blur, abs=0.05)


def test_an_over_exposed_photo_is_not_a_dark_one_nor_a_small_spot_an_over_exposed_one(one: Sample) -> None:
    assert of(one, brightened(one, 3)).dark == 0.0
    assert of(one, with_spot(one, 0.1)).bright < of(one).bright + 0.05


@pytest.mark.parametrize("scale", [0.8, 1.5, 2.0])
def test_the_size_of_the_photo_does_not_matter(one: Sample, scale: float) -> None:
    assert one.corners is not None
    worse = Sample(blurred(one, 1.5), b"", one.card_class, one.corners)
    for photo in (one.photo, worse.photo):
        kind = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        resized = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=kind)
        before, after = quality(photo, one.corners), quality(resized, one.corners * scale)
        for name in ("blur", "glare", "dark", "bright", "card_share"):
            within = 0.08 if name == "blur" else 0.05  # fewer pixels are a little less sharp
            assert getattr(after, name) == pytest.approx(getattr(before, name), abs=within), name
        assert after.card_pixels == pytest.approx(scale * before.card_pixels, abs=1)


def test_card_share_is_an_area_and_never_above_one() -> None:
    flat = np.full((640, 1024, 3), 128, np.uint8)
    corners = np.array([[0.0, 0], [1024, 0], [1024, 640], [0, 640]])
    assert judge(flat, flat, corners / 2).card_share == pytest.approx(0.25)
    assert judge(flat, flat, corners * 3).card_share == 1.0


@pytest.mark.parametrize("level", [0, 1, 128, 254, 255])
def test_a_card_of_one_colour_has_finite_figures(level: int) -> None:
    flat = np.full((640, 1024, 3), level, np.uint8)
    found = judge(flat, flat, np.array([[0.0, 0], [1024, 0], [1024, 640], [0, 640]]))
    for each in fields(Quality):
        if each.name != "card_pixels":
            assert 0 <= getattr(found, each.name) <= 1, each.name
    assert found.blur == 1.0
    assert found.dark == (0.0 if level > 90 else pytest.approx(1 - level / 90))
