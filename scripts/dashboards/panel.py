"""What a dashboard is made of, without Grafana's words; grafana.py knows those."""

import enum
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


class Kind(enum.StrEnum):
    """How a panel shows its queries."""

    LINES = "timeseries"
    NUMBER = "stat"
    TABLE = "table"
    STATES = "state-timeline"
    HEATMAP = "heatmap"


class Needs(enum.StrEnum):
    """What has to be there besides our own metrics, before a panel has anything to show; the sentence says so."""

    BATCHING = "Needs batching in the model server (`serving.batching.enabled`)."
    ROLLOUT = "Needs a rollout (docs/rollout.md)."
    KEYS = "Needs API keys (docs/access.md)."
    RULES = "Needs the chart's recording rules (`monitoring.rules.kind`)."
    ALERT = "Empty while no alert of the chart (`monitoring.rules.kind`) is pending or firing."
    WEEK = "Needs a week of samples."
    KUBERNETES = "Needs the kubelet's cAdvisor and kube-state-metrics."
    GPU = "Needs GPUs and NVIDIA's dcgm-exporter."


@dataclass(frozen=True)
class Query:
    """An expression, and what its series are called: text with `{{label}}` for labels. All labels are in it."""

    expression: str
    legend: str

    @property
    def labels(self) -> frozenset[str]:
        """The labels that every series has."""
        return frozenset(re.findall(r"\{\{(\w+)\}\}", self.legend))


@dataclass(frozen=True)
class Panel:
    """One panel.

    Args:
        unit: one that Grafana knows. width: of 24. runbook: a heading of docs/runbook.md. more: uid of a dashboard with
            more about it. stack: lines add up to a whole. most: the greatest value there can be. signed: values may be
            below 0. limits: from which value on a colour is used; `green` below.
    """

    title: str
    description: str
    unit: str
    queries: tuple[Query, ...]
    kind: Kind = Kind.LINES
    width: int = 8
    height: int = 7
    needs: Needs | None = None
    runbook: str = ""
    more: str = ""
    stack: bool = False
    most: float | None = None
    signed: bool = False
    limits: tuple[tuple[float, str], ...] = ()

    @property
    def text(self) -> str:
        """The description with what the panel needs."""
        return " ".join(filter(None, (self.description, self.needs)))


@dataclass(frozen=True)
class Row:
    """Panels below a heading."""

    title: str
    panels: tuple[Panel, ...]
    folded: bool = False


@dataclass(frozen=True)
class Board:
    """A dashboard. Its uid is part of its address and never changes."""

    uid: str
    title: str
    description: str
    rows: tuple[Row, ...] = field(repr=False)
    hours: int = 3

    def panels(self) -> Iterator[Panel]:
        """All of them, in order."""
        for row in self.rows:
            yield from row.panels


def anchor(heading: str) -> str:
    """Where a heading is found on its page, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def number(title: str, description: str, unit: str, *queries: Query, **rest: Any) -> Panel:
    """A panel of one large number."""
    return Panel(title, description, unit, queries, **{"kind": Kind.NUMBER, "width": 4, "height": 4, **rest})


def lines(title: str, description: str, unit: str, *queries: Query, **rest: Any) -> Panel:
    """A panel of lines over time."""
    return Panel(title, description, unit, queries, **rest)


def table(title: str, description: str, unit: str, *queries: Query, **rest: Any) -> Panel:
    """A panel with a line for each series, as it is now."""
    return Panel(title, description, unit, queries, **{"kind": Kind.TABLE, "width": 12, **rest})
