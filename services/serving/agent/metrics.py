"""The agent's metrics; docs/metrics.md explains each."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

disable_created_metrics()  # type: ignore[no-untyped-call]  # twice as many series, and Prometheus does not read them from this format


@dataclass(frozen=True)
class VersionState:
    """One series of fvi_model_version_state; a version with two labels has two, one without has label ""."""

    model: str
    version: int
    label: str
    state: str


class Metrics:
    """One set for each agent, on a registry of its own. Safe to use from many threads."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._states: tuple[VersionState, ...] = ()
        self._registry.register(_States(self))
        self._pull_seconds = Histogram(
            "fvi_agent_pull_seconds",
            "Time to fetch and verify one version.",
            ["model"],
            buckets=(0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600),
            registry=self._registry,
        )
        self._pulled_bytes = self._counter("fvi_agent_pulled_bytes", "Bytes of versions fetched.", "model")
        self._pull_failures = self._counter(
            "fvi_agent_pull_failures", "Pulls that failed, by the code of the error.", "model", "code"
        )
        self._verification_failures = self._counter(
            "fvi_agent_verification_failures", "Versions refused: not what their manifest says, or not signed.", "model"
        )
        self._load_failures = self._counter(
            "fvi_agent_load_failures", "Versions that the model server could not load.", "model"
        )
        self._step_failures = self._counter(
            "fvi_agent_step_failures", "Looks of the agent that failed, so that it changed nothing; the log says why."
        )
        self._lag = Gauge(
            "fvi_agent_convergence_lag_seconds",
            "For how long what is served has not been what is desired; 0 when it is.",
            ["model"],
            registry=self._registry,
        )
        self._ready = Gauge("fvi_agent_ready", "1 when every stable label answers, else 0.", registry=self._registry)
        self._desired_state_ok = Gauge(
            "fvi_agent_desired_state_ok",
            "1 when the desired state was read; 0 while the last good one is kept.",
            registry=self._registry,
        )

    def exposition(self) -> bytes:
        """All metrics in Prometheus's text format."""
        return generate_latest(self._registry)

    def pulled(self, model: str, size: int, seconds: float) -> None:
        """A version of `size` bytes was fetched."""
        self._pull_seconds.labels(model).observe(seconds)
        self._pulled_bytes.labels(model).inc(size)

    def pull_failure(self, model: str, code: str) -> None:
        self._pull_failures.labels(model, code).inc()

    def verification_failure(self, model: str) -> None:
        self._verification_failures.labels(model).inc()

    def load_failure(self, model: str) -> None:
        self._load_failures.labels(model).inc()

    def step_failure(self) -> None:
        self._step_failures.inc()

    def lag(self, model: str, seconds: float) -> None:
        self._lag.labels(model).set(seconds)

    def ready(self, is_ready: bool) -> None:
        self._ready.set(is_ready)

    def desired_state_ok(self, is_ok: bool) -> None:
        self._desired_state_ok.set(is_ok)

    def states(self, states: Iterable[VersionState]) -> None:
        """Replaces all series of fvi_model_version_state."""
        self._states = tuple(states)

    def forget(self, model: str) -> None:
        """A model that is not desired any more has no lag."""
        self._lag.remove_by_labels({"model": model})

    def _counter(self, name: str, help: str, *labels: str) -> Counter:
        return Counter(name, help, labels, registry=self._registry)


class _States(Collector):
    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def collect(self) -> Iterator[Metric]:
        family = GaugeMetricFamily(
            "fvi_model_version_state",
            "1 for the state a version is in, as GetModelStatus names it; label is empty for a version without one.",
            labels=["model", "version", "label", "state"],
        )
        for each in self._metrics._states:
            family.add_metric([each.model, str(each.version), each.label, each.state], 1)
        yield family
