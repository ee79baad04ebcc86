"""Metrics straight from the processes that have them."""

import time
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeAlias

import httpx
from prometheus_client.parser import text_string_to_metric_families

from services.top.picture import Picture, Series

TIMEOUT_SECONDS = 3.0
_NAMES = ("fvi_", ":tensorflow:")  # of metrics that are ours, or our model servers'

Key: TypeAlias = tuple[str, tuple[tuple[str, str], ...]]
Samples: TypeAlias = Mapping[Key, float]


class BadTarget(Exception):
    """It gives no metrics of ours; the message says why."""


class Scraper:
    """Asks every target at each look, and keeps what they said for as long as the window is."""

    def __init__(self, urls: Sequence[str], window_seconds: float, optional: Sequence[str] = ()) -> None:
        """`optional`: may as well not be there."""
        self._window, self._optional = window_seconds, frozenset(map(metrics_url, optional))
        self._said: dict[str, deque[tuple[float, Samples]]] = {
            metrics_url(url): deque() for url in dict.fromkeys((*urls, *optional))
        }
        self._client = httpx.Client(timeout=TIMEOUT_SECONDS, trust_env=False)  # no proxy leads into a cluster
        self._pool = ThreadPoolExecutor(max(1, len(self._said)))

    def look(self) -> Picture:
        """What they say now, and how it has changed."""
        problems: dict[str, str] = {}
        series: list[Series] = []
        for url, answer in zip(self._said, self._pool.map(self._ask, self._said), strict=True):
            if not isinstance(answer, BadTarget):
                series += self._changes(url, answer)
            elif url not in self._optional:
                problems[_short(url)] = str(answer)
        return Picture(time.time(), tuple(series), problems)

    def close(self) -> None:
        """Ends its connections."""
        self._pool.shutdown()
        self._client.close()

    def _ask(self, url: str) -> Samples | BadTarget:
        try:
            answer = self._client.get(url)
            answer.raise_for_status()
            samples = _parse(answer.text)
        except httpx.HTTPStatusError as error:
            return BadTarget(f"answers {error.response.status_code}")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return BadTarget(f"does not answer: {str(error) or type(error).__name__}")
        except ValueError:
            return BadTarget("does not answer with metrics: is the path right?")
        return samples or BadTarget("has no metrics of fvi-ocr: is the port right?")

    def _changes(self, url: str, samples: Samples) -> list[Series]:
        now, said = time.monotonic(), self._said[url]
        said.append((now, samples))
        while len(said) > 2 and said[1][0] <= now - self._window:
            said.popleft()
        began, before = said[0]
        changes = []
        for (name, labels), value in samples.items():
            # A counter that was not there has counted from zero; one that is less has started anew.
            old = before.get((name, labels), 0.0)
            growth = value - old if value >= old else value
            per_second = growth / (now - began) if now > began else 0.0
            changes.append(Series(name, dict(labels), _short(url), value, per_second))
        return changes


def metrics_url(text: str) -> str:
    """`host:port`, or any part of a URL more, as a whole one; /metrics where it names no path."""
    url = text if "://" in text else f"http://{text}"
    return url if url.partition("://")[2].partition("/")[2] else f"{url.rstrip('/')}/metrics"


def _short(url: str) -> str:
    return url.partition("://")[2].partition("/")[0]


def _parse(text: str) -> Samples:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        if family.name.startswith(_NAMES)
        for sample in family.samples
    }
