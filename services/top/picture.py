"""Metrics of several processes over a stretch of time, and how to ask them."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Series:
    """`value`: at the end. `per_second`: how fast a counter grew; meaningless for a gauge."""

    name: str
    labels: Mapping[str, str]
    target: str
    value: float
    per_second: float


@dataclass(frozen=True)
class Picture:
    """What all targets said. `at`: seconds since 1970. `problems`: target -> why nothing is known of it."""

    at: float
    series: tuple[Series, ...] = ()
    problems: Mapping[str, str] = field(default_factory=dict)

    def find(self, name: str, **labels: str) -> Iterator[Series]:
        """The series of a metric that have these labels."""
        for series in self.series:
            if series.name == name and labels.items() <= series.labels.items():
                yield series

    def targets(self, name: str) -> list[str]:
        """Who has this metric."""
        return sorted({series.target for series in self.find(name)})

    def rate(self, name: str, **labels: str) -> float:
        """How fast counters grew, all together, a second."""
        return sum(series.per_second for series in self.find(name, **labels))

    def total(self, name: str, **labels: str) -> float:
        """Their values, all together."""
        return sum(series.value for series in self.find(name, **labels))

    def values(self, name: str, label: str) -> list[str]:
        """The values of a label, as they come."""
        return list(dict.fromkeys(series.labels.get(label, "") for series in self.find(name)))

    def quantile(self, share: float, name: str, **labels: str) -> float | None:
        """Of a histogram, as `histogram_quantile` of PromQL has it; None if nothing came, infinity above all limits."""
        buckets: dict[float, float] = {}
        for series in self.find(f"{name}_bucket", **labels):
            limit = float(series.labels["le"])
            buckets[limit] = buckets.get(limit, 0.0) + series.per_second
        count = buckets.get(math.inf, 0.0)
        if count <= 0:
            return None
        wanted, low, below = share * count, 0.0, 0.0
        for limit, seen in sorted(buckets.items()):
            if seen >= wanted:
                inside = seen - below
                return limit if math.isinf(limit) or inside <= 0 else low + (limit - low) * (wanted - below) / inside
            low, below = limit, seen
        return math.inf
