"""Real lines of the API's log, held to docs/logs.md: each member of each line, and each line of the page seen."""

import json
import socket
import time
from collections.abc import Callable

import grpc
import httpx
import pytest

from services.api.app import create_app
from services.api.keys import new_key
from services.api.logs import HARMLESS
from services.api.settings import Settings
from services.logs import JsonFormatter
from tests.services.log_lines import check, messages, section

FOLLOWED = "models: {reader: {stable: 7, canary: 8, traffic: 100, shadow: 100}}"


class Story:
    """Everything that makes the API write a line."""

    def __init__(self, api, serving, desired, keys, photo: bytes) -> None:
        self.api, self.serving, self.desired, self.keys, self.photo = api, serving, desired, keys, photo
        self.key = keys.read_text().split("# ")[1].strip()
        self.client = httpx.Client(base_url=api.url, headers={"X-API-Key": self.key}, timeout=20)

    def tell(self) -> None:
        with self.client:
            self._tell()

    def _tell(self) -> None:
        self.wait_for("The desired state is followed")
        self.abort_canary()
        self.send(200)
        self.batch()
        self.fail(lambda _model, context: context.abort(grpc.StatusCode.UNAVAILABLE, "away"), 503)
        self.break_contract()
        self.client.get("/nowhere")
        self.client.get("/static/nowhere")
        httpx.get(f"{self.api.url}/v1/models", timeout=20)  # without a key
        self.not_http()
        self.desired.write_text("models: {reader: {stabel: 7}}")
        self.wait_for("The desired state cannot be used; the last good one stays")
        self.keys.write_text("nonsense\n")
        self.wait_for("The API keys cannot be read; those read before stay")

    def send(self, status: int) -> None:
        assert self.client.post("/v1/cards", content=self.photo).status_code == status

    def batch(self) -> None:
        parts = [("images", (name, data, "image/jpeg")) for name, data in (("a", self.photo), ("b", b"none"))]
        assert self.client.post("/v1/cards:batch", files=parts).status_code == 200

    def abort_canary(self) -> None:
        def before(_model: str, context: grpc.ServicerContext) -> None:
            if self.serving.requests[-1].model_spec.version_label == "canary":
                context.abort(grpc.StatusCode.NOT_FOUND, "no such label")

        self.serving.before = before

    def fail(self, before: Callable[..., None], status: int) -> None:
        self.serving.before = before
        self.send(status)
        self.serving.before = lambda _model, _context: None

    def break_contract(self) -> None:
        whole = self.serving.outputs["cropper"]
        self.serving.outputs["cropper"] = {**whole, "corner_scores": whole["corner_scores"][:, :2]}
        self.send(502)
        self.serving.outputs["cropper"] = whole

    def not_http(self) -> None:
        host, port = self.api.bind.split(":")
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            connection.sendall(b"NO SUCH THING\r\n\r\n")
            assert b"400" in connection.recv(1000)

    def wait_for(self, message: str) -> None:
        deadline = time.monotonic() + 20
        while all(line["message"] != message for line in self.api.log()):
            assert time.monotonic() < deadline, message
            self.client.post("/v1/cards", content=self.photo)  # the first looks for the desired state
            time.sleep(0.1)


@pytest.fixture
def lines(start, serving, tmp_path, photo) -> list[dict]:
    keys, desired = tmp_path / "keys", tmp_path / "desired.yaml"
    key, line = new_key("shop")
    keys.write_text(f"{line} # {key}\n")
    desired.write_text(FOLLOWED)
    api = start(
        FVI_API_KEYS_FILE=str(keys),
        FVI_DESIRED_STATE=str(desired),
        FVI_WORKERS="1",
        FVI_ATTEMPTS="1",
        FVI_CLIENT_BURST="1000",
    )
    Story(api, serving, desired, keys, photo()).tell()
    api.process.terminate()
    assert api.process.wait(timeout=20) == 0
    return api.log()


def test_every_line_is_as_documented_and_every_documented_one_is_written(lines: list[dict]) -> None:
    for line in lines:
        check(line)

    requests = [line for line in lines if line["message"] == "request"]
    assert set(section("Requests")) <= {member for line in requests for member in line}
    assert {(line["status"], line["level"]) for line in requests} == {
        *((status, "info") for status in (200, 401, 404)),
        *((status, "warning") for status in (502, 503)),
    }
    bugs = {"A bug", "A bug in the shadow"}  # below: no input makes them
    assert {line["message"] for line in lines if line["logger"] == "fvi.api"} == {"request", *messages()} - bugs
    assert "gunicorn.error" in {line["logger"] for line in lines}


def test_a_line_that_is_not_as_documented_is_noticed(client, photo, caplog) -> None:
    caplog.set_level("INFO")
    client.post("/v1/cards", data=photo(), content_type="image/jpeg")
    line = json.loads(JsonFormatter(HARMLESS).format(caplog.records[-1]))
    check(line)

    without_status = {name: value for name, value in line.items() if name != "status"}
    for wrong in ({**line, "surprise": 1}, {**line, "status": "200"}, without_status, {**line, "message": "other"}):
        with pytest.raises((AssertionError, KeyError)):
            check(wrong)


def test_a_bug_is_as_documented(client, predictor, photo, caplog) -> None:
    predictor.fail["reader"] = KeyError("SPECIMEN")
    client.post("/v1/cards", data=photo(), content_type="image/jpeg")

    written = [json.loads(JsonFormatter(HARMLESS).format(record)) for record in caplog.records]
    assert "A bug" in {line["message"] for line in written}
    for line in written:
        check(line)


def test_a_bug_in_the_shadow_is_as_documented(predictor, metrics, photo, caplog, tmp_path) -> None:
    desired = tmp_path / "desired.yaml"
    desired.write_text("models: {reader: {stable: 5, canary: 6, shadow: 100}}")
    client = create_app(Settings(desired_state=str(desired)), predictor, metrics).test_client()
    answer = client.post("/v1/cards", data=photo(), content_type="image/jpeg")
    predictor.fail["reader"] = ValueError("SPECIMEN")
    answer.close()

    deadline = time.monotonic() + 20
    while "A bug in the shadow" not in {record.getMessage() for record in caplog.records}:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    check(json.loads(JsonFormatter(HARMLESS).format(caplog.records[-1])))
