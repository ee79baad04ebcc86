"""One trace for each request, over real OTLP to a collector that is a real gRPC server."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import grpc
import httpx
import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from services.api.settings import BadSetting, Settings
from tests.services.api.otlp import Collector

TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
PREDICT = "tensorflow.serving.PredictionService/Predict"
KNOWN_ATTRIBUTES = {
    *("http.request.method", "http.response.status_code", "http.route", "error.type", "fvi.code", "fvi.image.bytes"),
    *("rpc.system.name", "rpc.method", "rpc.response.status_code", "server.address"),
    *("fvi.model", "fvi.label", "fvi.version"),
}


@pytest.fixture
def collector() -> Iterator[Collector]:
    running = Collector()
    yield running
    running.stop()


@pytest.fixture
def traced(start, collector: Collector) -> Callable[..., Any]:
    """traced(**environ) -> a running Api whose spans go to `collector`, ten times a second."""
    environ = {"FVI_OTLP_ENDPOINT": collector.endpoint, "OTEL_BSP_SCHEDULE_DELAY": "100", "FVI_WORKERS": "1"}
    return lambda **more: start(**{**environ, **more})


def send(api, photo: bytes, flags: str = "01") -> httpx.Response:
    headers = {"traceparent": f"00-{TRACE}-{CALLER}-{flags}"}
    return httpx.post(f"{api.url}/v1/cards", content=photo, headers=headers, timeout=20)


def attributes(span: Span) -> dict[str, str | int]:
    return {each.key: each.value.string_value or each.value.int_value for each in span.attributes}


def test_a_card_is_one_trace_that_goes_on_with_the_callers(traced, collector, photo) -> None:
    api = traced()
    assert send(api, photo()).status_code == 200
    collector.wait(lambda: "POST /v1/cards" in {span.name for span in collector.spans})

    spans = {span.span_id: span for span in collector.spans}
    assert {span.trace_id.hex() for span in spans.values()} == {TRACE}
    (root,) = (span for span in spans.values() if span.kind == Span.SPAN_KIND_SERVER)
    assert (root.name, root.parent_span_id.hex()) == ("POST /v1/cards", CALLER)
    stages = [span for span in spans.values() if span.parent_span_id == root.span_id]
    in_order = sorted(stages, key=lambda span: span.start_time_unix_nano)
    assert [span.name for span in in_order] == [
        *("wait", "decode", "fit", "cropper", "warp", "detector", "crop", "reader", "fields")
    ]
    calls = [span for span in spans.values() if span.kind == Span.SPAN_KIND_CLIENT]
    assert {span.name for span in calls} == {PREDICT}
    assert [(spans[span.parent_span_id].name, attributes(span)["fvi.model"]) for span in calls] == [
        *(("cropper", "cropper"), ("detector", "detector"), ("reader", "reader"))
    ]
    assert len(spans) == 1 + len(stages) + len(calls)
    assert all(root.start_time_unix_nano <= span.start_time_unix_nano for span in spans.values())
    assert all(span.end_time_unix_nano <= root.end_time_unix_nano for span in spans.values())


def test_the_model_server_is_told_the_span_of_its_call(traced, collector, serving, photo) -> None:
    told: list[str] = []
    serving.before = lambda _model, context: told.append(dict(context.invocation_metadata())["traceparent"])
    api = traced()
    assert send(api, photo()).status_code == 200
    collector.wait(lambda: "POST /v1/cards" in {span.name for span in collector.spans})

    calls = [span for span in collector.spans if span.kind == Span.SPAN_KIND_CLIENT]
    assert told == [f"00-{TRACE}-{span.span_id.hex()}-01" for span in calls]


def test_spans_say_sizes_versions_and_codes_and_nothing_of_the_card(traced, collector, photo) -> None:
    api, image = traced(OTEL_RESOURCE_ATTRIBUTES="deployment.environment.name=test"), photo()
    headers = {"X-Request-Id": "my-own-id", "Authorization": "Bearer my-own-key"}
    answer = httpx.post(f"{api.url}/v1/cards", content=image, headers=headers, timeout=20)
    collector.wait(lambda: "POST /v1/cards" in {span.name for span in collector.spans})

    assert answer.json()["fields"]["full_name"]["text"] == "SPECIMEN THỬ"
    for secret in ("SPECIMEN", "000000000001", "my-own-id", "my-own-key"):
        assert secret.encode() not in collector.received
    by_name = {span.name: attributes(span) for span in collector.spans}
    assert {key for each in by_name.values() for key in each} <= KNOWN_ATTRIBUTES
    assert by_name["POST /v1/cards"] == {
        "http.request.method": "POST",
        "http.route": "/v1/cards",
        "http.response.status_code": 200,
        "fvi.code": "ok",
        "fvi.image.bytes": len(image),
    }
    assert by_name[PREDICT] == {
        "rpc.system.name": "grpc",
        "rpc.method": PREDICT,
        "rpc.response.status_code": "OK",
        "server.address": by_name[PREDICT]["server.address"],
        "fvi.model": "reader",
        "fvi.label": "stable",
        "fvi.version": 7,
    }
    sent = collector.requests[0].resource_spans[0].resource
    resource = {each.key: each.value.string_value for each in sent.attributes}
    assert (resource["service.name"], resource["deployment.environment.name"]) == ("fvi-ocr-api", "test")


def test_a_failure_has_its_code(traced, collector, serving, photo) -> None:
    serving.before = lambda _model, context: context.abort(grpc.StatusCode.NOT_FOUND, "secret words")
    api = traced()
    assert send(api, photo()).status_code == 503
    collector.wait(lambda: "POST /v1/cards" in {span.name for span in collector.spans})

    by_name = {span.name: span for span in collector.spans}
    assert attributes(by_name["POST /v1/cards"])["error.type"] == "model_not_ready"
    assert attributes(by_name[PREDICT])["rpc.response.status_code"] == "NOT_FOUND"
    assert {name for name, span in by_name.items() if span.status.code == span.status.STATUS_CODE_ERROR} == {
        *("POST /v1/cards", PREDICT)
    }
    assert b"secret words" not in collector.received


def test_a_trace_that_its_caller_does_not_record_is_not_sent(traced, collector, serving, photo) -> None:
    told: list[str] = []
    serving.before = lambda _model, context: told.append(dict(context.invocation_metadata())["traceparent"])
    api = traced()
    assert send(api, photo(), flags="00").status_code == 200
    assert httpx.get(f"{api.url}/v1/models", timeout=20).status_code == 200
    collector.wait(lambda: "GET /v1/models" in {span.name for span in collector.spans})

    assert TRACE not in {span.trace_id.hex() for span in collector.spans}
    assert all(value.startswith(f"00-{TRACE}-") and value.endswith("-00") for value in told[:3])


def test_what_is_left_is_sent_before_the_end(traced, collector, photo) -> None:
    api = traced(OTEL_BSP_SCHEDULE_DELAY="60000")
    assert send(api, photo()).status_code == 200
    assert collector.spans == []
    api.process.terminate()

    assert api.process.wait(timeout=20) == 0
    assert "POST /v1/cards" in {span.name for span in collector.spans}


def test_a_collector_that_is_not_there_fails_nobody(traced, collector, photo) -> None:
    collector.stop()
    api = traced()

    assert send(api, photo()).status_code == 200
    api.process.terminate()
    assert api.process.wait(timeout=20) == 0
    assert all(line["logger"] for line in api.log())  # each of them JSON


def test_without_the_setting_nothing_of_it_is_imported() -> None:
    code = "import services.api.wsgi, sys; print(any(name.startswith('opentelemetry') for name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)

    assert done.stdout.strip() == "False", done.stderr


@pytest.mark.parametrize("endpoint", ["collector:4317", "http://", "grpc://collector:4317", "http://c:4317/v1/traces"])
def test_an_endpoint_that_is_none_is_refused(endpoint: str) -> None:
    with pytest.raises(BadSetting, match="FVI_OTLP_ENDPOINT"):
        Settings(otlp_endpoint=endpoint)
