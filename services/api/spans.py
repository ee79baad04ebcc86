"""Spans of OpenTelemetry, sent in batches over OTLP. Imported only where FVI_OTLP_ENDPOINT is set.

Whatever FVI_OTLP_ENDPOINT does not say has OpenTelemetry's own names (OTEL_TRACES_SAMPLER,
OTEL_EXPORTER_OTLP_HEADERS, OTEL_RESOURCE_ATTRIBUTES, …), which its SDK reads itself.
"""

import threading
from collections.abc import Mapping

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
    Tracer,
    format_span_id,
    format_trace_id,
    set_span_in_context,
)
from opentelemetry.trace import Span as OtelSpan

from services.api.record import API_VERSION
from services.api.trace import Span, parent_of

_FLUSH_SECONDS = 3.0
_UNNAMED = "unnamed"  # until it ends


class Recorder:
    """Makes the spans of one process and sends them. Has a thread: make it after the fork."""

    def __init__(self, endpoint: str) -> None:
        ours = Resource({"service.name": "fvi-ocr-api", "service.version": API_VERSION})
        self._exporter = OTLPSpanExporter(endpoint=endpoint)
        self._provider = TracerProvider(resource=ours.merge(OTELResourceDetector().detect()), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(self._exporter))
        self._tracer = self._provider.get_tracer("services.api", API_VERSION)

    def go_on(self, offered: str | None) -> Span:
        """The span of a request: `trace.go_on`, but recorded as the caller's flags and the sampler want it."""
        parent = parent_of(offered)
        context = Context()
        if parent is not None:
            ids = SpanContext(
                int(parent.trace_id, 16), int(parent.span_id, 16), True, TraceFlags(int(parent.flags, 16))
            )
            context = set_span_in_context(NonRecordingSpan(ids), context)
        return RecordedSpan(self._tracer, self._tracer.start_span(_UNNAMED, context, SpanKind.SERVER))

    def close(self) -> None:
        """Sends what is left; gives up after a few seconds."""
        giving_up = threading.Timer(_FLUSH_SECONDS, self._exporter.shutdown)
        giving_up.start()
        self._provider.shutdown()
        giving_up.cancel()


class RecordedSpan(Span):
    """A span that is sent when it has ended, if its trace is sampled."""

    def __init__(self, tracer: Tracer, span: OtelSpan) -> None:
        ids = span.get_span_context()
        super().__init__(format_trace_id(ids.trace_id), format_span_id(ids.span_id), f"{ids.trace_flags:02x}")
        self._tracer, self._span = tracer, span

    def step(self) -> Span:
        """See Span.step."""
        return self._child(SpanKind.INTERNAL)

    def call(self) -> Span:
        """See Span.call."""
        return self._child(SpanKind.CLIENT)

    def end(self, name: str, attributes: Mapping[str, str | int] = {}, failed: bool = False) -> None:
        """See Span.end."""
        self._span.update_name(name)
        self._span.set_attributes(attributes)
        if failed:
            self._span.set_status(StatusCode.ERROR)
        self._span.end()

    def _child(self, kind: SpanKind) -> "RecordedSpan":
        context = set_span_in_context(self._span, Context())
        return RecordedSpan(self._tracer, self._tracer.start_span(_UNNAMED, context, kind))
