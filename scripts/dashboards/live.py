"""Asks a running Prometheus what every panel asks, as Grafana would."""

import math
import re
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from scripts.dashboards.panel import Board, Needs, Panel, Query

_POINTS = 120
_SHORTEST_RATE = 4  # scrapes; so does Grafana


@dataclass(frozen=True)
class Series:
    """One line of a panel: its labels, and (seconds since 1970, value) with NaN where nothing can be said."""

    labels: Mapping[str, str]
    points: tuple[tuple[float, float], ...]

    @property
    def is_finite(self) -> bool:
        """Whether there is anything to draw."""
        return any(math.isfinite(value) for _, value in self.points)


@dataclass(frozen=True)
class Answer:
    """What Prometheus said to one query of a panel."""

    board: Board
    panel: Panel
    query: Query
    series: tuple[Series, ...]
    error: str = ""


@dataclass(frozen=True)
class Live:
    """A Prometheus, and what of it is looked at.

    Args:
        scrape_seconds: between two scrapes. seconds: how far back from now, or from `end` (since 1970).
    """

    url: str
    namespace: str
    scrape_seconds: float
    seconds: float
    end: float = 0.0

    def ask(self, boards: Sequence[Board]) -> Iterator[Answer]:
        """Every query of every panel, in order."""
        end = self.end or time.time()
        with httpx.Client(base_url=self.url, timeout=60, trust_env=False) as client:
            for board in boards:
                for panel in board.panels():
                    for query in panel.queries:
                        yield self._ask(client, board, panel, query, end)

    def namespaces(self) -> list[str]:
        """What the variable `namespace` offers."""
        path, matching = "/api/v1/label/namespace/values", {"match[]": "fvi_api_in_flight"}
        with httpx.Client(base_url=self.url, timeout=60, trust_env=False) as client:
            return list(client.get(path, params=matching).raise_for_status().json()["data"])

    def _ask(self, client: httpx.Client, board: Board, panel: Panel, query: Query, end: float) -> Answer:
        step = max(self.scrape_seconds, self.seconds / _POINTS)
        times = {"start": str(end - self.seconds), "end": str(end), "step": f"{step:.3f}"}
        asked = {"query": self._filled_in(query.expression, step), **times}
        said = client.post("/api/v1/query_range", data=asked).json()
        if said["status"] != "success":
            return Answer(board, panel, query, (), said["error"])
        return Answer(board, panel, query, tuple(_series(each) for each in said["data"]["result"]))

    def _filled_in(self, expression: str, step: float) -> str:
        rate = max(_SHORTEST_RATE * self.scrape_seconds, step + self.scrape_seconds)
        values = {
            "namespace": self.namespace,
            "__rate_interval": f"{math.ceil(rate)}s",
            "__range": f"{math.ceil(self.seconds)}s",
        }
        return re.sub(r"\$(\w+)", lambda found: values.get(found[1], found[0]), expression)


def _series(result: Mapping[str, Any]) -> Series:
    labels = {name: value for name, value in result["metric"].items() if name != "__name__"}
    return Series(labels, tuple((float(at), float(value)) for at, value in result["values"]))


def faults(answers: Sequence[Answer], there: Collection[Needs]) -> list[str]:
    """What is wrong with the answers, a sentence for each; none if every panel shows what it should.

    Args:
        there: what this system has. Of panels that need something else only the syntax is looked at.
    """
    return [f"{each.board.title} / {each.panel.title}: {fault}" for each in answers if (fault := _fault(each, there))]


def _fault(answer: Answer, there: Collection[Needs]) -> str:
    if answer.error:
        return answer.error
    if answer.panel.needs is not None and answer.panel.needs not in there:
        return ""
    expression = answer.query.expression
    if not answer.series:
        return f"no samples: {expression}"
    # A label that is empty is none: a version without a label, say. So it is enough that some series have it.
    if lacking := answer.query.labels.difference(*(each.labels for each in answer.series)):
        return f"no series has {sorted(lacking)}: {expression}"
    shown = answer.query.labels | {"namespace"}
    if extra := {name for each in answer.series for name in each.labels} - shown:
        return f"the legend does not tell series apart by {sorted(extra)}: {expression}"
    if not any(each.is_finite for each in answer.series):
        return f"no finite sample: {expression}"
    return ""
