"""How much counters grew since a moment, exactly, from Prometheus.

`increase()` estimates: it stretches what it saw to the ends of its window, and counts nothing of a series
whose first sample is its first count. Here the samples themselves are asked for, each once; a counter
that is less than before was reset, and has counted from zero since.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

_LOOK_BACK_SECONDS = 3600  # for what a counter said before the moment
_OVERLAP_SECONDS = 120  # a scrape may become visible after later ones
_TIMEOUT_SECONDS = 10.0

Labels = tuple[tuple[str, str], ...]


class PrometheusAway(Exception):
    """It does not answer, or not with samples; the message says what it said."""


@dataclass
class _Series:
    """The last sample of one, and how much it grew since the moment."""

    at: float
    value: float
    growth: float


class Prometheus:
    """The HTTP API of one server, whatever stands behind it (Thanos, Mimir, VictoriaMetrics speak it, too)."""

    def __init__(self, url: str) -> None:
        """`url`: without `/api/v1`."""
        self._client = httpx.Client(base_url=url, timeout=_TIMEOUT_SECONDS, trust_env=False)

    def samples(self, selector: str, seconds: int) -> dict[Labels, list[tuple[float, float]]]:
        """The raw samples of the last `seconds`, of each series in the order of their times.

        Raises:
            PrometheusAway.
        """
        try:
            answer = self._client.post("/api/v1/query", data={"query": f"{selector}[{seconds}s]"})
            document = answer.json()
            if document["status"] != "success":
                raise PrometheusAway(f"Prometheus refuses {selector}: {document.get('error', answer.status_code)}")
            return {
                tuple(sorted(series["metric"].items())): [(float(at), float(value)) for at, value in series["values"]]
                for series in document["data"]["result"]
            }
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise PrometheusAway(f"Prometheus does not answer: {error}") from error

    def close(self) -> None:
        """Ends its connections."""
        self._client.close()


class Growth:
    """How much each series of a selector grew since a moment. Keep it: only new samples are asked for again."""

    def __init__(self, prometheus: Prometheus, selector: str, since: float) -> None:
        """`since`: seconds since 1970. A series that was not there in the hour before it is taken for new."""
        self._prometheus, self._selector, self._since = prometheus, selector, since
        self._series: dict[Labels, _Series] = {}
        self._asked = since - _LOOK_BACK_SECONDS + _OVERLAP_SECONDS

    def read(self, now: float) -> Mapping[Labels, float]:
        """Series -> growth.

        Raises:
            PrometheusAway.
        """
        seconds = max(1, math.ceil(now - self._asked) + _OVERLAP_SECONDS)
        for labels, samples in self._prometheus.samples(self._selector, seconds).items():
            for at, value in samples:
                self._add(labels, at, value)
        self._asked = now
        return {labels: series.growth for labels, series in self._series.items()}

    def _add(self, labels: Labels, at: float, value: float) -> None:
        series = self._series.get(labels)
        if series is None:
            self._series[labels] = _Series(at, value, 0.0 if at <= self._since else value)
        elif at > series.at:
            if at > self._since:
                series.growth += value - series.value if value >= series.value else value
            series.at, series.value = at, value
