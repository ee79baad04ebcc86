"""Counters and histograms that write themselves in Prometheus' text format, as TF Serving writes it.

The names begin with a colon, counters carry no `_total` and there are no HELP lines
(`prometheus_exporter.cc`); prometheus-client refuses all three, so this is our own.
"""

import threading
from bisect import bisect_right
from collections.abc import Iterator, Sequence


class Counter:
    """A number that grows, one for each combination of label values."""

    kind = "counter"

    def __init__(self, name: str, *labels: str) -> None:
        """`name` as TensorFlow spells it, with slashes."""
        self.name = _exposed(name)
        self._labels = labels
        self._cells: dict[tuple[str, ...], int] = {}
        self._lock = threading.Lock()

    def add(self, amount: float, *labels: str) -> None:
        """Grow by `amount`, cut to a whole number."""
        with self._lock:
            self._cells[labels] = self._cells.get(labels, 0) + int(amount)

    def lines(self) -> Iterator[str]:
        """Its samples, in the text format."""
        with self._lock:
            cells = dict(self._cells)
        for labels, value in sorted(cells.items()):
            yield f"{self.name}{{{_pairs(self._labels, labels)}}} {value}"


class Histogram:
    """How often values fell into which bucket, for each combination of label values."""

    kind = "histogram"

    def __init__(self, name: str, limits: Sequence[float], *labels: str) -> None:
        """`limits`: where buckets end; one more takes the rest."""
        self.name = _exposed(name)
        self._limits = limits
        self._labels = labels
        self._cells: dict[tuple[str, ...], list[int]] = {}  # the buckets, then the sum
        self._lock = threading.Lock()

    def observe(self, value: float, *labels: str) -> None:
        """Count a value. One that equals a limit falls beyond it, as in TensorFlow (not in Prometheus)."""
        with self._lock:
            cell = self._cells.get(labels)
            if cell is None:
                cell = self._cells[labels] = [0] * (len(self._limits) + 2)
            cell[bisect_right(self._limits, value)] += 1
            cell[-1] += int(value)

    def lines(self) -> Iterator[str]:
        """Its samples, in the text format."""
        with self._lock:
            cells = {labels: list(cell) for labels, cell in self._cells.items()}
        ends = [*(f"{limit:g}" for limit in self._limits), "+Inf"]
        for labels, (*buckets, total) in sorted(cells.items()):
            pairs = _pairs(self._labels, labels)
            count = 0
            for end, bucket in zip(ends, buckets, strict=True):
                count += bucket
                yield f'{self.name}_bucket{{{pairs}{"," if pairs else ""}le="{end}"}} {count}'
            yield f"{self.name}_sum{{{pairs}}} {total}"
            yield f"{self.name}_count{{{pairs}}} {count}"


def exponential(scale: float, growth: float, count: int) -> list[float]:
    """`count` limits, each `growth` times the one before it (`monitoring::Buckets::Exponential`)."""
    limits = [scale]
    while len(limits) < count:
        limits.append(limits[-1] * growth)
    return limits


def _exposed(name: str) -> str:
    return name.replace("/", ":")


def _pairs(names: Sequence[str], values: Sequence[str]) -> str:
    return ",".join(f'{name}="{_escaped(value)}"' for name, value in zip(names, values, strict=True))


def _escaped(value: str) -> str:
    # TF Serving leaves line ends as they are and so breaks its page; a client chooses model_name.
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
