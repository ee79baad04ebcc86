"""Traces as a real OpenTelemetry Collector has them (`scripts/otelcol` builds it); without one these are skipped."""

import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
import yaml

from services.children import free_port
from tests.services.log_lines import check

SCRIPT = Path(__file__).parents[3] / "scripts" / "otelcol"
CALLERS = {f"{number:032x}": f"{number:016x}" for number in (0xA11CE, 0xB0B)}  # trace -> the caller's span
STAGES = {"wait", "decode", "fit", "cropper", "warp", "detector", "crop", "reader", "fields"}
PREDICT = "tensorflow.serving.PredictionService/Predict"
SERVER, CLIENT = 2, 3  # kinds of spans
Span = dict[str, Any]


class Collector:
    """One process; what it received is in a file."""

    def __init__(self, binary: str, folder: Path) -> None:
        self._binary, self._folder, self._file = binary, folder, folder / "spans.json"
        self.port = free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        config = {
            "receivers": {"otlp": {"protocols": {"grpc": {"endpoint": f"127.0.0.1:{self.port}"}}}},
            "exporters": {"file": {"path": str(self._file), "append": True, "flush_interval": "100ms"}},
            "service": {
                "pipelines": {"traces": {"receivers": ["otlp"], "exporters": ["file"]}},
                "telemetry": {"metrics": {"level": "none"}},
            },
        }
        (folder / "collector.yaml").write_text(yaml.safe_dump(config))
        self.start()

    def start(self) -> None:
        with (self._folder / "collector.log").open("ab") as log:
            command = [self._binary, "--config", str(self._folder / "collector.yaml")]
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        channel = grpc.insecure_channel(f"127.0.0.1:{self.port}")
        grpc.channel_ready_future(channel).result(timeout=60)
        channel.close()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        if self._file.exists():  # the end of a line that it was writing
            self._file.write_text(self.text[: self.text.rfind("\n") + 1])

    @property
    def text(self) -> str:
        return self._file.read_text() if self._file.exists() else ""

    @property
    def spans(self) -> list[Span]:
        resources = [each for line in self.text.split("\n")[:-1] for each in json.loads(line)["resourceSpans"]]
        return [span for each in resources for scope in each["scopeSpans"] for span in scope["spans"]]

    def wait(self, until: Callable[[list[Span]], bool]) -> list[Span]:
        deadline = time.monotonic() + 30
        while not until(self.spans):
            assert time.monotonic() < deadline, [span["name"] for span in self.spans]
            time.sleep(0.1)
        return self.spans


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[Collector]:
    binary = subprocess.run([SCRIPT, "--path"], capture_output=True, text=True, check=True).stdout.strip()
    if not Path(binary).exists():
        pytest.skip("There is no OpenTelemetry Collector; scripts/otelcol builds it")
    running = Collector(binary, tmp_path)
    yield running
    running.kill()


@pytest.fixture
def api(start, collector: Collector):
    return start(FVI_OTLP_ENDPOINT=collector.endpoint, OTEL_BSP_SCHEDULE_DELAY="100", FVI_WORKERS="1")


def send(api, photo: bytes, trace: str, span: str) -> httpx.Response:
    headers = {"traceparent": f"00-{trace}-{span}-01", "Content-Type": "image/jpeg"}
    return httpx.post(f"{api.url}/v1/cards", content=photo, headers=headers, timeout=30)


def requests_of(spans: list[Span], name: str = "POST /v1/cards") -> list[Span]:
    return [span for span in spans if span["name"] == name]


def attributes(span: Span) -> dict[str, str]:
    return {each["key"]: next(iter(each["value"].values())) for each in span["attributes"]}


def test_each_card_is_one_trace_that_goes_on_with_its_callers(api, collector: Collector, photo) -> None:
    for trace, span in CALLERS.items():
        assert send(api, photo(), trace, span).status_code == 200
    spans = collector.wait(lambda spans: len(requests_of(spans)) == 2)

    assert {span["traceId"] for span in spans} == set(CALLERS)
    for trace, caller in CALLERS.items():
        ours = {span["spanId"]: span for span in spans if span["traceId"] == trace}
        (root,) = (span for span in ours.values() if span["kind"] == SERVER)
        assert (root["name"], root["parentSpanId"]) == ("POST /v1/cards", caller)
        stages = [span for span in ours.values() if span["parentSpanId"] == root["spanId"]]
        assert {span["name"] for span in stages} == STAGES
        calls = [span for span in ours.values() if span["kind"] == CLIENT]
        assert {span["name"] for span in calls} == {PREDICT}
        parents = {attributes(span)["fvi.model"]: ours[span["parentSpanId"]]["name"] for span in calls}
        assert parents == {model: model for model in ("cropper", "detector", "reader")}
        assert len(ours) == 1 + len(STAGES) + 3  # nothing else, and nothing twice


def test_the_cards_of_a_batch_are_one_trace(api, collector: Collector, photo) -> None:
    parts = [("images", (f"{number}.jpg", photo(), "image/jpeg")) for number in range(3)]
    assert httpx.post(f"{api.url}/v1/cards:batch", files=parts, timeout=30).status_code == 200
    spans = collector.wait(lambda spans: bool(requests_of(spans, "POST /v1/cards:batch")))

    by_id = {span["spanId"]: span for span in spans}
    calls = [span for span in spans if span["name"] == PREDICT]
    assert len({span["traceId"] for span in spans}) == 1
    assert len(calls) == 9
    assert all(by_id[span["parentSpanId"]]["name"] == attributes(span)["fvi.model"] for span in calls)


def test_nothing_of_a_card_or_its_sender_reaches_the_collector(api, collector: Collector, photo) -> None:
    headers = {"X-Request-Id": "my-own-id", "X-API-Key": "my-own-key", "User-Agent": "my-own-agent"}
    parts = {"image": ("my-own-file.jpg", photo(), "image/jpeg")}
    answer = httpx.post(f"{api.url}/v1/cards?my-own=query", files=parts, headers=headers, timeout=30)
    assert "SPECIMEN THỬ" in answer.text
    collector.wait(lambda spans: bool(requests_of(spans)))

    for secret in ("SPECIMEN", "000000000001", "my-own"):
        assert secret not in collector.text


def test_a_collector_that_goes_away_or_hangs_disturbs_no_card(api, collector: Collector, photo) -> None:
    callers = iter((f"{number:032x}", f"{number:016x}") for number in range(1, 100))

    def cards(count: int) -> list[int]:
        return [send(api, photo(), *next(callers)).status_code for _ in range(count)]

    assert cards(2) == [200] * 2
    collector.wait(lambda spans: len(requests_of(spans)) == 2)
    collector.kill()
    assert cards(5) == [200] * 5
    collector.start()
    collector.process.send_signal(signal.SIGSTOP)
    assert cards(5) == [200] * 5
    collector.process.send_signal(signal.SIGCONT)
    later = [next(callers) for _ in range(2)]
    assert [send(api, photo(), *each).status_code for each in later] == [200] * 2

    collector.wait(lambda spans: {trace for trace, _ in later} <= {span["traceId"] for span in requests_of(spans)})
    for line in api.log():
        check(line)
    api.process.terminate()
    assert api.process.wait(timeout=30) == 0
