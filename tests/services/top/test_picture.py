import math

import pytest

from services.top.picture import Picture, Series


def histogram(*rates: tuple[str, float], target: str = "a") -> tuple[Series, ...]:
    return tuple(Series("seconds_bucket", {"le": limit}, target, 0.0, rate) for limit, rate in rates)


@pytest.mark.parametrize(
    ("share", "expected"),
    [(0.25, 0.05), (0.5, 0.1), (0.75, 0.15), (0.99, math.inf), (0.0, 0.0)],
)
def test_a_quantile_lies_within_its_bucket_as_far_as_its_share(share: float, expected: float) -> None:
    picture = Picture(0.0, histogram(("0.1", 5.0), ("0.2", 10.0 - 1.0), ("+Inf", 10.0)))
    assert picture.quantile(share, "seconds") == pytest.approx(expected if share != 0.75 else 0.1 + 0.1 * 2.5 / 4)


def test_the_quantile_of_several_targets_is_that_of_all_their_counts() -> None:
    fast, slow = histogram(("1", 9.0), ("2", 9.0), ("+Inf", 9.0)), histogram(("1", 0.0), ("2", 1.0), ("+Inf", 1.0))
    assert Picture(0.0, fast + slow).quantile(0.95, "seconds") == pytest.approx(1.5)


def test_of_nothing_there_is_no_quantile() -> None:
    assert Picture(0.0).quantile(0.5, "seconds") is None
    assert Picture(0.0, histogram(("1", 0.0), ("+Inf", 0.0))).quantile(0.5, "seconds") is None


def test_a_series_is_found_by_any_of_its_labels() -> None:
    both = tuple(Series("calls", {"model": "reader", "label": label}, "a", 2.0, 0.5) for label in ("stable", "canary"))
    picture = Picture(0.0, (*both, Series("calls", {"model": "cropper", "label": "stable"}, "b", 1.0, 0.25)))
    assert picture.rate("calls") == 1.25
    assert picture.rate("calls", model="reader") == 1.0
    assert picture.total("calls", model="reader", label="canary") == 2.0
    assert picture.values("calls", "model") == ["reader", "cropper"]
    assert picture.targets("calls") == ["a", "b"]
