"""Rates, from two looks at real ports."""

from contextlib import closing

import pytest

from services.children import free_port
from services.top.picture import Picture
from services.top.scraper import Scraper, metrics_url

REQUESTS = "fvi_api_requests_total"


def twice(urls, between=lambda: None, **more) -> Picture:
    with closing(Scraper(urls, 60.0, **more)) as scraper:
        scraper.look()
        between()
        return scraper.look()


def test_a_counter_grows_from_what_it_was_or_from_nothing(api) -> None:
    requests = api.metrics.requests
    requests.labels("/v1/cards", "200").inc(5)

    def between() -> None:
        requests.labels("/v1/cards", "200").inc(3)
        requests.labels("/v1/cards", "503").inc(1)

    picture = twice([api.url], between)
    answered, failed = (picture.rate(REQUESTS, status=status) for status in ("200", "503"))
    assert picture.total(REQUESTS) == 9
    assert answered > 0
    assert answered / failed == pytest.approx(3)


def test_a_process_that_has_started_anew_counts_from_zero(api) -> None:
    fresh = type(api.metrics)()
    fresh.requests.labels("/v1/cards", "200").inc(2)
    fresh.requests.labels("/v1/words", "200").inc(4)
    api.metrics.requests.labels("/v1/cards", "200").inc(100)

    def between() -> None:
        api.metrics = fresh

    picture = twice([api.url], between)
    cards, words = (picture.rate(REQUESTS, route=route) for route in ("/v1/cards", "/v1/words"))
    assert words / cards == pytest.approx(2)


def test_one_look_alone_gives_values_and_no_rates(api) -> None:
    api.metrics.requests.labels("/v1/cards", "200").inc(5)
    with closing(Scraper([api.url], 60.0)) as scraper:
        picture = scraper.look()
    assert (picture.total(REQUESTS), picture.rate(REQUESTS)) == (5, 0)


def test_what_was_before_the_window_does_not_count(api) -> None:
    with closing(Scraper([api.url], 1e-9)) as scraper:
        scraper.look()
        api.metrics.requests.labels("/v1/cards", "200").inc(1000)
        assert scraper.look().rate(REQUESTS) > 0
        assert scraper.look().rate(REQUESTS) == 0


def test_who_does_not_answer_is_told_and_hides_nobody(api, serve) -> None:
    api.metrics.requests.labels("/v1/cards", "200").inc(5)
    gone = f"127.0.0.1:{free_port()}"
    refuses, other, alien = serve(b""), serve(b"<html>"), serve(b"go_goroutines 7\n")
    refuses.status = "401 Unauthorized"

    picture = twice([gone, refuses.url, other.url, alien.url, api.url], optional=[f"127.0.0.1:{free_port()}"])

    assert picture.total(REQUESTS) == 5
    said = list(picture.problems.values())
    assert len(said) == 4
    assert "does not answer: " in said[0]
    assert said[1] == "answers 401"
    assert "is the path right?" in said[2]
    assert "is the port right?" in said[3]


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("10.0.0.7:8001", "http://10.0.0.7:8001/metrics"),
        ("https://ocr.example/", "https://ocr.example/metrics"),
        ("[::1]:8001", "http://[::1]:8001/metrics"),
        ("serving:8501/monitoring/prometheus/metrics", "http://serving:8501/monitoring/prometheus/metrics"),
    ],
)
def test_an_address_becomes_a_whole_one(text: str, url: str) -> None:
    assert metrics_url(text) == url


def test_the_metrics_of_a_model_server_are_read(serve) -> None:
    """As TensorFlow Serving writes them: a colon in front, no HELP."""
    line = ':tensorflow:serving:request_latency_count{model_name="reader",API="Predict",entrypoint="GRPC"} 3\n'
    picture = twice([serve(b"# TYPE :tensorflow:serving:request_latency histogram\n" + line.encode()).url])
    assert picture.total(":tensorflow:serving:request_latency_count", model_name="reader") == 3
