"""Pictures that are turned and moved take their points with them."""

import numpy as np
import pytest

from models.augmentation import recolour, shift, turn


def dotted(points: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A black picture with a 3 x 3 dot of its own colour centred on each point."""
    image = np.zeros((size[1], size[0], 3), np.uint8)
    for number, (x, y) in enumerate(points.astype(int)):
        image[y - 1 : y + 2, x - 1 : x + 2, number] = 255
    return image


def dots(image: np.ndarray) -> np.ndarray:
    """Where the dots are now: the centre of mass of each colour, in edge coordinates."""
    found = []
    for channel in np.moveaxis(image.astype(float), 2, 0):
        y, x = np.mgrid[: channel.shape[0], : channel.shape[1]] + 0.5
        found.append([(channel * x).sum() / channel.sum(), (channel * y).sum() / channel.sum()])
    return np.array(found)


POINTS = np.array([[20.5, 30.5], [70.5, 25.5], [45.5, 60.5]])


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_turning_moves_points_with_what_they_mark(quarters: int):
    image, points = turn(dotted(POINTS, (100, 80)), POINTS, quarters)
    assert image.shape[:2] == ((80, 100) if quarters % 2 == 0 else (100, 80))
    np.testing.assert_allclose(points, dots(image), atol=1e-6)


def test_turning_never_mirrors():
    for quarters in range(4):
        _, (a, b, c) = turn(dotted(POINTS, (100, 80)), POINTS, quarters)
        assert (b - a)[0] * (c - a)[1] - (b - a)[1] * (c - a)[0] > 0


@pytest.mark.parametrize("seed", range(5))
def test_shifting_moves_points_with_what_they_mark(seed: int):
    rng = np.random.default_rng(seed)
    image, points = shift(dotted(POINTS, (100, 80)), POINTS, rng, degrees=15, scale=0.1, share=0.05)
    assert np.abs(points - POINTS).max() > 1
    np.testing.assert_allclose(points, dots(image), atol=0.3)


def test_recolouring_changes_the_light_and_keeps_the_picture():
    image = np.random.default_rng(0).integers(0, 255, (20, 30, 3), dtype=np.uint8)
    before = image.copy()
    recoloured = recolour(image, np.random.default_rng(1))
    assert recoloured.shape == image.shape
    assert recoloured.dtype == np.uint8
    assert (recoloured != before).any()
    np.testing.assert_array_equal(image, before)


def test_many_lights_are_met_and_grey_is_among_them():
    image = np.full((40, 60, 3), (120, 140, 160), np.uint8)
    image[10:20, 10:40] = (40, 30, 20)
    pictures = [recolour(image, np.random.default_rng(seed)).astype(float) for seed in range(200)]
    means = [picture.mean() for picture in pictures]
    assert min(means) < 80
    assert max(means) > 170
    colourless = [np.abs(picture - picture.mean(axis=2, keepdims=True)).max() < 1 for picture in pictures]
    assert 0.02 < np.mean(colourless) < 0.3
    half_in_shadow = [picture[:, :8].mean() - picture[:, -8:].mean() for picture in pictures]
    assert max(half_in_shadow) > 40
    assert min(half_in_shadow) < -40
