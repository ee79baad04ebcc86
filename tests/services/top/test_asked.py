"""Rates from the samples of a Prometheus; tests/e2e/test_top.py asks a real one."""

import json
from collections.abc import Callable
from contextlib import closing

import pytest

from services.top.asked import Asked
from services.top.picture import Picture

REQUESTS = "fvi_api_requests_total"


@pytest.fixture
def answered(serve) -> Callable[..., Picture]:
    """answered((labels, samples), ...) -> what is made of such an answer."""

    def look(*series: tuple[dict[str, str], list[tuple[float, str]]]) -> Picture:
        found = [{"metric": {"__name__": REQUESTS, **labels}, "values": values} for labels, values in series]
        answer = {"status": "success", "data": {"resultType": "matrix", "result": found}}
        process = serve(json.dumps(answer).encode())
        with closing(Asked(process.url.removesuffix("/metrics"), 60.0)) as asked:
            return asked.look()

    return look


def test_a_rate_is_the_growth_between_its_samples(answered) -> None:
    picture = answered(({"instance": "a:1"}, [(100.0, "5"), (115.0, "8"), (130.0, "20")]))
    assert picture.rate(REQUESTS) == 15 / 30
    assert picture.total(REQUESTS) == 20


def test_a_counter_that_was_reset_has_counted_from_zero_since(answered) -> None:
    assert answered(({"instance": "a:1"}, [(100.0, "50"), (110.0, "4"), (120.0, "6")])).rate(REQUESTS) == 6 / 20


def test_a_series_that_came_later_than_its_process_has_counted_from_zero(answered) -> None:
    always = ({"instance": "a:1", "status": "200"}, [(100.0, "1"), (110.0, "1"), (120.0, "1")])
    new = ({"instance": "a:1", "status": "503"}, [(110.0, "2"), (120.0, "3")])
    assert answered(always, new).rate(REQUESTS, status="503") == 3 / 20


def test_one_sample_alone_has_no_rate(answered) -> None:
    assert answered(({"instance": "a:1"}, [(100.0, "5")])).rate(REQUESTS) == 0


def test_pods_go_by_their_names(answered) -> None:
    samples = [(100.0, "5"), (110.0, "5")]
    picture = answered(({"instance": "10.0.0.1:8001", "pod": "api-x"}, samples), ({"instance": "b:1"}, samples))
    assert picture.targets(REQUESTS) == ["api-x", "b:1"]


def test_a_prometheus_that_refuses_is_told(serve) -> None:
    process = serve(b'{"status": "error", "error": "too many samples"}')
    with closing(Asked(process.url.removesuffix("/metrics"), 60.0)) as asked:
        ((_, problem),) = asked.look().problems.items()
    assert "too many samples" in problem
