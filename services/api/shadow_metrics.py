"""What is counted of cards that both versions of the Reader read. docs/metrics.md explains each."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
_CONFIDENCE = (0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 1.0)
_VERSIONS = ("model", "stable", "canary")


class ShadowMetrics:
    """Counters of pairs by the two versions. Fields, measures and reasons are names of ours: no value is a label."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, help: str, labels: Iterable[str]) -> Counter:
            return Counter(f"fvi_api_shadow_{name}", help, (*_VERSIONS, *labels), registry=registry)

        def histogram(name: str, help: str, buckets: tuple[float, ...]) -> Histogram:
            return Histogram(f"fvi_api_shadow_{name}", help, (*_VERSIONS, "arm"), registry=registry, buckets=buckets)

        self.pairs = counter("pairs", "Cards read by both versions, by what each measure says.", ("measure", "outcome"))
        self.fields = counter("fields", "Fields read by both versions.", ("field", "result"))
        self.edits = counter("edits", "Letters in which the versions differ (Levenshtein).", ("field",))
        self.letters = counter("letters", "Letters as the stable version read them.", ("field",))
        self.noise = counter("noise", "Cards read twice by one version.", ("arm", "result"))
        self.seconds = histogram("seconds", "Time of the calls on the same words.", _SECONDS)
        self.confidence = histogram("confidence", "Mean confidence of the words of a card.", _CONFIDENCE)
        self.skipped = Counter(
            "fvi_api_shadow_skipped", "Cards of the sample that were not compared.", ("reason",), registry=registry
        )
