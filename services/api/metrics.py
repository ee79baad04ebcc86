"""Prometheus metrics of the API. docs/metrics.md explains each; a test finds all of them there."""

import os
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from models.card import FIELDS_OF, OPTIONAL_FIELDS, Card, Check
from models.reader.contract import SPEC as READER
from services.api import metric_files
from services.api.shadow_metrics import ShadowMetrics
from services.api.trip import CardTrip

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_WORDS = (0, 5, 10, 15, 20, 25, 30, 40, 50, 100)
_CONFIDENCE = (0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 1.0)
_NOT_OVERHEAD = ("wait", "decode", "warp")  # they cost what the load and the photo cost, however well we work


class Metrics:
    """The metrics of one application. Labels take only values from code and settings, never from a request."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = self._counter("requests", "Requests answered.", ("route", "status"))
        self.client_requests = self._counter(
            "client_requests", "Requests that came with a key that is known.", ("client", "status")
        )
        self.request_seconds = self._seconds("request", "From the first byte read to the answer made.", ("route",))
        self.errors = self._counter("errors", "Requests answered with an error, by its code.", ("code",))
        self.stage_seconds = self._seconds("stage", "Time of a card in one stage.", ("stage",))
        self.model_call_seconds = self._seconds(
            "model_call", "Time of one answered model call.", ("model", "version", "label")
        )
        self.answers = self._counter(
            "answers", "Cards that a model answered, each once however often asked.", ("model", "version", "label")
        )
        self.quality_issues = self._counter("quality_issues", "Issues of photos that were read.", ("code",))
        self.checks = self._counter("checks", "Checks of cards, by result.", ("check", "result"))
        self.images = self._counter(
            "images", "Images of requests that hold several, by route and outcome.", ("route", "code")
        )
        self.words = Histogram(
            "fvi_api_words_per_card", "Words read on a card.", buckets=_WORDS, registry=self.registry
        )
        self.fields = self._counter(
            "fields", "Fields of cards that were read, by what they hold.", ("field", "version", "result")
        )
        self.field_confidence = Histogram(
            "fvi_api_field_confidence",
            "How sure the Reader is of a field: as sure as of its least sure word.",
            ("field", "version"),
            buckets=_CONFIDENCE,
            registry=self.registry,
        )
        self.overhead_seconds = self._seconds(
            "overhead", "Time of a card that was read, without wait, decode, warp and model calls.", ()
        )
        self.canary_fallbacks = self._counter(
            "canary_fallbacks", "Calls answered by another label, the canary not being there.", ("model",)
        )
        self.call_failures = self._counter(
            "model_call_failures", "Model calls of cards that failed, by label and code.", ("model", "label", "code")
        )
        self.shadow = ShadowMetrics(self.registry)
        self.desired_state_ok = self._ok("desired_state", "0 while the last good desired state is kept.")
        self.keys_ok = self._ok("keys", "0 while the last good API keys are kept.")
        self.in_flight = self._sum("in_flight", "Requests under way.")
        self.places = self._sum("places", "Cards and batches that are taken at a time, those that wait included.")
        self.places_taken = self._sum("places_taken", "Cards and batches that are under way or wait.")

    def _counter(self, name: str, help: str, labels: tuple[str, ...]) -> Counter:
        return Counter(f"fvi_api_{name}", help, labels, registry=self.registry)

    def _seconds(self, name: str, help: str, labels: tuple[str, ...]) -> Histogram:
        return Histogram(f"fvi_api_{name}_seconds", help, labels, buckets=_SECONDS, registry=self.registry)

    def _ok(self, name: str, help: str) -> Gauge:
        gauge = Gauge(f"fvi_api_{name}_ok", help, registry=self.registry, multiprocess_mode="livemin")
        gauge.set(1)
        return gauge

    def _sum(self, name: str, help: str) -> Gauge:
        return Gauge(f"fvi_api_{name}", help, registry=self.registry, multiprocess_mode="livesum")

    def count_card(self, card: Card, trip: CardTrip) -> None:
        """Books what a card that was read on a trip looked like."""
        self.words.observe(sum(len(field.words) for field in card.fields.values()))
        models = sum(call.seconds for call in trip.calls)
        ours = sum(seconds for stage, seconds in trip.seconds.items() if stage not in _NOT_OVERHEAD)
        self.overhead_seconds.observe(ours - models)
        version = next((str(call.version) for call in trip.calls if call.model == READER.name), "none")
        for name in FIELDS_OF[card.type, card.side]:
            field = card.fields.get(name)
            if field is None and name in OPTIONAL_FIELDS:
                continue  # many cards have nothing there
            result = "empty" if field is None else "invalid" if field.value is None else "valid"
            self.fields.labels(name, version, result).inc()
            if field is not None:
                self.field_confidence.labels(name, version).observe(field.confidence)
        for issue in card.issues:
            self.quality_issues.labels(issue.code).inc()
        self.count_checks(card.checks)

    def count_checks(self, checks: Iterable[Check]) -> None:
        """Books checks by result."""
        for check in checks:
            self.checks.labels(check.name, check.result).inc()

    def count_trip(self, trip: CardTrip) -> None:
        """Books the stages and the model calls of a card, read or not."""
        for stage, seconds in trip.seconds.items():
            self.stage_seconds.labels(stage).observe(seconds)
        for call in trip.calls:
            self.model_call_seconds.labels(call.model, str(call.version), call.label).observe(call.seconds)
        for model, version, label in {(call.model, str(call.version), call.label) for call in trip.calls}:
            self.answers.labels(model, version, label).inc()
        for failure in trip.failures:
            self.call_failures.labels(*failure).inc()
        for model in trip.fallbacks:
            self.canary_fallbacks.labels(model).inc()

    def exposition(self) -> bytes:
        """All metrics in the text format; of all workers together where there are several."""
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return generate_latest(self.registry)
        all_workers = CollectorRegistry()
        all_workers.register(metric_files.AllWorkers())
        return generate_latest(all_workers)
