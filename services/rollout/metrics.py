"""The controller's metrics; docs/metrics.md explains each."""

from prometheus_client import CollectorRegistry, Counter, Gauge, disable_created_metrics, generate_latest

from services.rollout import steps
from services.rollout.observed import Counts
from services.rollout.state import Phase, RolloutState

disable_created_metrics()  # type: ignore[no-untyped-call]


class Metrics:
    """One set for each controller."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.phase = self._gauge("phase", "1 for the phase that the rollout is in.", "model", "phase")
        self.traffic = self._gauge("traffic_percent", "Cards that the canary is to answer.", "model")
        self.evidence = self._gauge(
            "evidence", "Evidence so far as a share of what is needed: at 1 it suffices.", "model", "measure", "of"
        )
        self.transitions = Counter(
            "fvi_rollout_transitions", "Phases entered.", ["model", "phase"], registry=self.registry
        )
        self.prometheus_ok = self._gauge("prometheus_ok", "0 while Prometheus does not answer.")
        self.store_ok = self._gauge("store_ok", "0 while the model store does not answer, or has no such golden set.")
        self.store_ok.set(1)  # it is asked when a rollout begins
        self.documents_ok = self._gauge("documents_ok", "0 while desired state or rollout state cannot be used.")
        self.is_leader = self._gauge("is_leader", "1 in the controller that acts.")

    def _gauge(self, name: str, help: str, *labels: str) -> Gauge:
        return Gauge(f"fvi_rollout_{name}", help, labels, registry=self.registry)

    def show(self, state: RolloutState) -> None:
        """Replaces what is told of the rollouts."""
        for gauge in (self.phase, self.traffic, self.evidence):
            gauge.clear()
        for name, rollout in state.rollouts.items():
            for phase in Phase:
                self.phase.labels(name, phase).set(phase is rollout.phase)
            self.traffic.labels(name).set(steps.desired_by(rollout).traffic)
            for finding in steps.verdict_of(rollout, Counts(rollout.progress.pairs)).findings:
                self.evidence.labels(name, finding.measure, "harm").set(finding.of_harm)
                self.evidence.labels(name, finding.measure, "no_harm").set(finding.of_no_harm)

    def exposition(self) -> bytes:
        """All metrics in Prometheus's text format."""
        return generate_latest(self.registry)
