"""Exact growth of counters, on samples that a test makes up: a real Prometheus is asked in tests/e2e."""

import itertools
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.desired import DesiredModel
from services.rollout.counts import Counters
from services.rollout.evidence import Pairs
from services.rollout.policy import RolloutPolicy
from services.rollout.prometheus import Growth, Labels, Prometheus, PrometheusAway
from services.rollout.state import Rollout

A, B = (("pod", "a"),), (("pod", "b"),)
SINCE = 10_000.0


class Samples(Prometheus):
    """A Prometheus that answers with the samples of its window."""

    def __init__(self) -> None:
        self.series: dict[Labels, list[tuple[float, float]]] = {}
        self.now, self.asked = SINCE, []

    def samples(self, selector: str, seconds: int) -> dict[Labels, list[tuple[float, float]]]:
        self.asked.append((selector, seconds))
        window = (self.now - seconds, self.now)
        found = {
            labels: [(at, value) for at, value in samples if window[0] < at <= window[1]]
            for labels, samples in self.series.items()
        }
        return {labels: samples for labels, samples in found.items() if samples}


@pytest.fixture
def prometheus() -> Samples:
    return Samples()


def grown(prometheus: Samples, *looks: float) -> dict[Labels, float]:
    growth = Growth(prometheus, "x", SINCE)
    for prometheus.now in looks:
        found = dict(growth.read(prometheus.now))
    return found


def test_only_what_came_since_counts(prometheus) -> None:
    prometheus.series = {A: [(SINCE - 15, 7), (SINCE, 9), (SINCE + 15, 12)]}
    assert grown(prometheus, SINCE + 15) == {A: 3}


def test_a_series_that_is_born_later_counts_from_zero(prometheus) -> None:
    prometheus.series = {A: [(SINCE + 15, 4), (SINCE + 30, 6)]}
    assert grown(prometheus, SINCE + 30) == {A: 6}


def test_a_reset_loses_nothing_that_was_seen(prometheus) -> None:
    prometheus.series = {A: [(SINCE - 1, 5), (SINCE + 15, 8), (SINCE + 30, 2), (SINCE + 45, 3)]}
    assert grown(prometheus, SINCE + 45) == {A: 3 + 2 + 1}


def test_a_reset_before_the_moment_does_not_count(prometheus) -> None:
    prometheus.series = {A: [(SINCE - 30, 50), (SINCE - 15, 2), (SINCE + 15, 3)]}
    assert grown(prometheus, SINCE + 15) == {A: 1}


def test_each_sample_counts_once_and_late_ones_count_too(prometheus) -> None:
    prometheus.series = {A: [(SINCE + 15, 4)]}
    growth = Growth(prometheus, "x", SINCE)
    prometheus.now = SINCE + 40
    assert growth.read(prometheus.now) == {A: 4}
    assert growth.read(prometheus.now) == {A: 4}
    prometheus.series[A] += [(SINCE + 30, 5)]  # was on its way
    prometheus.now = SINCE + 55
    assert growth.read(prometheus.now) == {A: 5}


def test_a_series_that_went_keeps_its_growth_over_a_long_silence(prometheus) -> None:
    prometheus.series = {A: [(SINCE + 15, 4), (SINCE + 9000, 6)], B: [(SINCE + 15, 1)]}
    assert grown(prometheus, SINCE + 20, SINCE + 5000, SINCE + 9001) == {A: 6, B: 1}


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=60), st.lists(st.integers(1, 400), max_size=8))
def test_however_often_one_looks_the_growth_is_what_was_counted(counted, pauses) -> None:
    """Each sample: so many more, perhaps after a restart of which all that it counted was seen."""
    prometheus = Samples()
    value, samples = 0, []
    for number, (more, restarted) in enumerate(counted):
        value = more + 1 if restarted and value > more + 1 else value + more
        samples.append((SINCE + 15 * (number + 1), value))
    true = sum(b - a if b >= a else b for a, b in itertools.pairwise([0, *(value for _, value in samples)]))
    prometheus.series = {A: samples} if samples else {}
    end = SINCE + 15 * (len(samples) + 1)
    looks, now = [], SINCE
    for pause in pauses:
        now = min(end, now + pause)
        looks.append(now)

    found = grown(prometheus, *looks, end)

    assert found == ({A: true} if samples else {})


def test_only_new_samples_are_asked_for_again(prometheus) -> None:
    grown(prometheus, SINCE + 100_000, SINCE + 100_015)
    (_, first), (_, second) = prometheus.asked
    assert first > 100_000
    assert second < 300


def test_counters_of_a_rollout_are_pairs_and_cards(prometheus) -> None:
    def series(metric: str, value: float, **labels: str) -> None:
        prometheus.series[tuple(sorted({"__name__": metric, **labels}.items()))] = [(SINCE + 15, value)]

    asked = prometheus.samples
    prometheus.samples = lambda selector, seconds: {
        labels: samples
        for labels, samples in asked(selector, seconds).items()
        if dict(labels)["__name__"] == selector.partition("{")[0]
    }
    pairs = "fvi_api_shadow_pairs_total"
    for pod in "ab":
        series(pairs, 5, pod=pod, measure="numbers", outcome="same")
        series(pairs, 2, pod=pod, measure="numbers", outcome="canary_worse")
    series(pairs, 1, pod="a", measure="dates", outcome="canary_better")
    series("fvi_api_answers_total", 9, pod="a")
    series("fvi_api_model_call_failures_total", 3, pod="a", label="canary")
    series("fvi_api_model_call_failures_total", 4, pod="a", label="stable")
    rollout = Rollout("reader", DesiredModel(1), 2, RolloutPolicy(), DesiredModel(1), SINCE, pairs_since=SINCE)
    prometheus.now = SINCE + 20

    found = Counters(prometheus, 'namespace="x"').read(rollout, prometheus.now)

    assert found.pairs == {"numbers": Pairs(10, 4, 0), "dates": Pairs(0, 0, 1)}
    assert (found.cards, found.canary_failures, found.stable_failures) == (9, 3, 4)
    assert {selector for selector, _ in prometheus.asked} == {
        'fvi_api_shadow_pairs_total{model="reader",stable="1",canary="2",namespace="x"}',
        'fvi_api_answers_total{model="reader",label="canary",version="2",namespace="x"}',
        'fvi_api_model_call_failures_total{model="reader",code!="model_not_ready",namespace="x"}',
    }


class Answers(BaseHTTPRequestHandler):
    status, body = 200, b""
    queries: ClassVar[list[str]] = []

    def do_POST(self) -> None:
        query = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.queries.append(parse_qs(query)["query"][0])
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def server() -> Iterator[tuple[type[Answers], Prometheus]]:
    handler = type("Handler", (Answers,), {"queries": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    asking = Prometheus(f"http://127.0.0.1:{server.server_port}")
    yield handler, asking
    asking.close()
    server.shutdown()
    server.server_close()
    thread.join()


def test_samples_are_read_as_prometheus_sends_them(server) -> None:
    handler, prometheus = server
    series = {"metric": {"pod": "a", "__name__": "x"}, "values": [[1.5, "2"], [2.5, "3e2"]]}
    handler.body = json.dumps({"status": "success", "data": {"resultType": "matrix", "result": [series]}}).encode()

    assert prometheus.samples("x{}", 60) == {(("__name__", "x"), ("pod", "a")): [(1.5, 2.0), (2.5, 300.0)]}
    assert handler.queries == ["x{}[60s]"]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (502, b"<html>"),
        (400, b'{"status": "error", "error": "parse error"}'),
        (200, b'{"status": "success", "data": {}}'),
        (200, b"[]"),
        (200, b'{"status": "success", "data": {"result": [{"metric": {}, "value": [1, "2"]}]}}'),
    ],
)
def test_whatever_is_no_answer_is_told_as_one_error(server, status: int, body: bytes) -> None:
    handler, prometheus = server
    handler.status, handler.body = status, body
    with pytest.raises(PrometheusAway):
        prometheus.samples("x", 60)


def test_a_prometheus_that_is_not_there_is_away() -> None:
    prometheus = Prometheus("http://127.0.0.1:9")
    with pytest.raises(PrometheusAway):
        prometheus.samples("x", 60)
    prometheus.close()
