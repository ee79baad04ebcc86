import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.geometry import (
    RECTIFIED_SIZE,
    complete_parallelogram,
    homography,
    is_plausible_card,
    map_points,
    polygon_area,
    unit_corners,
    warp_card,
)

CARD = np.array([[100.0, 80], [420, 100], [410, 300], [90, 290]])


def test_a_homography_takes_the_corners_to_the_corners_and_back() -> None:
    matrix = homography(CARD, unit_corners())
    np.testing.assert_allclose(map_points(matrix, CARD), unit_corners(), atol=1e-2)
    np.testing.assert_allclose(map_points(np.linalg.inv(matrix), unit_corners()), CARD, atol=1e-2)


def test_the_warped_card_shows_each_corner_where_it_belongs() -> None:
    photo = np.zeros((400, 500, 3), np.uint8)
    colours = [(250, 0, 0), (0, 250, 0), (0, 0, 250), (250, 250, 0)]
    centre = CARD.mean(axis=0)
    for corner, colour in zip(CARD, colours, strict=True):
        x, y = (corner + 0.12 * (centre - corner)).astype(int)
        photo[y - 12 : y + 12, x - 12 : x + 12] = colour
    flat, _ = warp_card(photo, CARD)
    width, height = RECTIFIED_SIZE
    assert flat.shape == (height, width, 3)
    for (x, y), colour in zip(((0.06, 0.06), (0.94, 0.06), (0.94, 0.94), (0.06, 0.94)), colours, strict=True):
        seen = flat[int(y * height), int(x * width)].astype(int)
        assert np.abs(seen - colour).max() < 40, (colour, seen)


def test_a_card_much_larger_than_the_flat_one_is_averaged_not_sampled() -> None:
    checkers = (np.indices((3000, 4000)).sum(axis=0) % 2 * 255).astype(np.uint8)
    photo = np.repeat(checkers[..., None], 3, axis=2)
    flat, _ = warp_card(photo, np.array([[0.0, 0], [4000, 0], [4000, 3000], [0, 3000]]))
    assert flat.std() < 30


@given(st.integers(0, 3))
def test_any_one_corner_of_a_parallelogram_can_be_put_back(missing: int) -> None:
    corners = np.array([[0.0, 0], [160, 20], [150, 120], [-10, 100]])
    damaged = corners.copy()
    damaged[missing] = 999
    np.testing.assert_allclose(complete_parallelogram(damaged, missing), corners)


@given(st.floats(0, 2 * np.pi), st.floats(10, 500), st.floats(-1000, 1000))
def test_a_turned_card_is_plausible_and_a_mirrored_one_is_not(angle: float, scale: float, shift: float) -> None:
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    corners = np.array([[0, 0], [1.586, 0], [1.586, 1], [0, 1]]) @ rotation.T * scale + shift
    assert is_plausible_card(corners)
    assert not is_plausible_card(corners[::-1])


@pytest.mark.parametrize(
    "corners",
    [
        [[0, 0], [100, 0], [20, 20], [0, 100]],  # a dent
        [[0, 0], [100, 100], [100, 0], [0, 100]],  # crossed
        [[0, 0], [900, 0], [900, 50], [0, 50]],  # a ruler
    ],
)
def test_what_no_card_looks_like_is_refused(corners: list[list[float]]) -> None:
    assert not is_plausible_card(np.array(corners, float))


def test_the_area_of_a_rectangle() -> None:
    assert polygon_area(np.array([[1.0, 1], [4, 1], [4, 3], [1, 3]])) == 6.0
