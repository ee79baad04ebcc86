"""What TF Serving's REST API leaves open, or has and we have not. The rest is in tests/serving/conformance."""

import gzip
import json
import socket
import tempfile
import threading
import time

import httpx
import pytest

from services.serving.embedded.rest.app import AppOptions
from services.serving.embedded.rest.server import RestOptions

LIMIT = 100_000


@pytest.fixture(scope="module")
def serve(kit, saved_models):
    """Options of the REST API -> a server of echo and slow with it."""

    def serve(**options):
        entries = [kit.model_config(name, saved_models / name) for name in ("echo", "slow")]
        return kit.serving(*entries, rest=RestOptions(app=AppOptions(**options)))

    return serve


@pytest.fixture(scope="module")
def client(serve):
    with serve(max_body_bytes=LIMIT, timeout_in_ms=300) as client:
        yield client


def echo(client, value, **kwargs):
    body = json.dumps({"signature_name": "string", "inputs": value}).encode()
    if kwargs.get("headers", {}).get("Content-Encoding") == "gzip":
        body = gzip.compress(body)
    return client.http.post("/v1/models/echo:predict", content=body, **kwargs)


@pytest.mark.parametrize("method", ["classify", "regress"])
def test_what_is_not_served_says_so(client, method):
    response = client.http.post(f"/v1/models/echo:{method}", json={"examples": [{"x": 1}]})
    message = (
        f"{method.capitalize()} is not served by fvi-ocr's embedded server; use Predict, or TensorFlow Serving itself."
    )
    assert (response.status_code, response.json()) == (501, {"error": message})


def test_a_run_that_takes_too_long_is_given_up(client):
    response = client.http.post("/v1/models/slow:predict", json={"inputs": 10**12})
    assert response.status_code == 504
    assert response.json() == {"error": "Timed out waiting for notification"}


def test_a_body_larger_than_the_limit_is_refused_and_the_server_lives_on(client):
    assert echo(client, "x" * LIMIT).status_code == 413
    assert echo(client, "x").json() == {"outputs": "x"}


def test_a_zipped_body_is_unzipped_up_to_the_same_limit(client):
    zipped = {"Content-Encoding": "gzip"}
    assert echo(client, "x" * 1000, headers=zipped).json() == {"outputs": "x" * 1000}
    response = echo(client, "x" * LIMIT, headers=zipped)
    assert (response.status_code, response.json()) == (
        400,
        {"error": f"The body is more than {LIMIT} bytes when uncompressed."},
    )
    response = client.http.post("/v1/models/echo:predict", content=b"{}", headers=zipped)
    assert response.json() == {"error": "JSON Parse error: the body is not gzip, as Content-Encoding says it is"}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"inputs": ' + b"[" * 20_000, "nested too deeply, or a number too long"),
        (b'{"inputs": ' + b"1" * 10_000 + b"}", "nested too deeply, or a number too long"),
        (b'{"inputs": 1,, }', "Expecting property name enclosed in double quotes at offset: 13"),
        (rb'{"inputs": "\ud800"}', "The surrogate pair in string is invalid. at offset: 12"),
        (rb'{"inputs": "\\\uDFFF"}', "The surrogate pair in string is invalid. at offset: 14"),
        (rb'{"inputs": "\ud800\u0041"}', "The surrogate pair in string is invalid. at offset: 12"),
        (rb'{"signature_name": "\ud800", "inputs": 1}', "The surrogate pair in string is invalid. at offset: 20"),
        (rb'{"instances": [{"\udc00": 1}]}', "The surrogate pair in string is invalid. at offset: 17"),
    ],
)
def test_json_that_cannot_be_read_is_refused(client, body, message):
    response = client.http.post("/v1/models/echo:predict", content=body)
    assert (response.status_code, response.json()) == (400, {"error": f"JSON Parse error: {message}"})


def test_a_message_shows_only_the_start_of_a_large_value(client):
    response = client.http.post("/v1/models/echo:predict", json={"inputs": "x" * 50_000, "instances": []})
    assert response.status_code == 400
    assert len(response.json()["error"]) < 500


def test_pairs_and_escaped_backslashes_are_no_lone_surrogates(client):
    body = rb'{"signature_name": "string", "inputs": ["\ud83d\ude00", "\\ud800"]}'
    assert client.http.post("/v1/models/echo:predict", content=body).json() == {"outputs": ["😀", r"\ud800"]}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            b'{"signature_name": "float32", "inputs": [' + b"9" * 400 + b"]}",
            f"Cannot convert JSON value: {'9' * 256}... to float without loss of precision.",
        ),
        (
            b'{"signature_name": "int64", "inputs": [' + b"9" * 400 + b"]}",
            f"JSON Value: {'9' * 256}... Type: Number is not of expected type: int64",
        ),
        (
            b'{"signature_name": "float32", "inputs": ' + b"[" * 65 + b"1" + b"]" * 65 + b"}",
            "tensor parsing error: value",
        ),
        (
            b'{"signature_name": "float32", "inputs": ' + b"[" * 900 + b"1" + b"]" * 900 + b"}",
            "tensor parsing error: value",
        ),
        (
            b'{"signature_name": "\xff", "inputs": 1}',
            'Serving signature name: "\udcff" not found in signature def',
        ),
    ],
    ids=["digits of a float", "digits of an integer", "65 dimensions", "900 dimensions", "no UTF-8"],
)
def test_values_that_nothing_can_hold_are_refused(client, body, message):
    response = client.http.post("/v1/models/echo:predict", content=body)
    assert response.status_code == 400
    assert json.loads(response.content.decode("utf-8", "surrogateescape")) == {"error": message}


def test_a_version_of_any_length_is_refused_or_read(client):
    response = client.http.get(f"/v1/models/echo/versions/{'1' * 5000}")
    assert (response.status_code, response.json()) == (
        400,
        {"error": f"Failed to convert version: {'1' * 5000} to numeric."},
    )
    assert client.http.get(f"/v1/models/echo/versions/{'0' * 5000}1").status_code == 200


def test_an_address_that_is_none_is_refused(client):
    host, port = client.server.rest_address.split(":")
    with socket.create_connection((host, int(port)), 10) as connection:
        connection.sendall(b"GET //[ HTTP/1.0\r\n\r\n")
        head, _, body = b"".join(iter(lambda: connection.recv(65536), b"")).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.0 400 Invalid Argument\r\n")
    assert json.loads(body) == {"error": "Malformed request: GET //["}


def test_a_bug_is_answered_counted_and_logged_once_without_the_request(serve, monkeypatch, caplog):
    def bug(_servable, request, _timeout):
        raise ValueError(str(request))

    monkeypatch.setattr("services.serving.embedded.servable.Servable.predict", bug)
    with serve() as client:
        response = echo(client, "SPECIMEN NGUYEN VAN A")
        metrics = client.server.metrics.exposition().decode()
    message = "The server failed in an unforeseen way (ValueError); its log shows where."
    assert (response.status_code, response.json()) == (500, {"error": message})
    assert ':tensorflow:serving:request_count{model_name="echo",status="INTERNAL"} 1' in metrics
    (record,) = (record for record in caplog.records if record.levelname == "ERROR")
    assert "unforeseen way: ValueError" in record.getMessage()
    assert "in _predict" in record.getMessage()
    assert "SPECIMEN" not in caplog.text


def test_bodies_never_reach_a_disk(serve, monkeypatch):
    def refuse(*_args, **_kwargs):
        raise AssertionError("a temporary file was made")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    monkeypatch.setattr("waitress.buffers.TempfileBasedBuffer.newfile", refuse)
    with serve() as client:
        value = "x" * 20_000_000
        assert echo(client, value).json() == {"outputs": value}


def test_there_are_no_metrics_unless_the_monitoring_config_has_a_path(client, serve):
    assert client.http.get("/monitoring/prometheus/metrics").status_code == 404
    with serve(monitoring_path="/metrics") as other:
        assert other.http.get("/metrics").text == other.server.metrics.exposition().decode()
        assert other.http.get("/monitoring/prometheus/metrics").status_code == 404


def test_other_web_pages_may_ask_only_when_they_are_allowed_to(client, serve):
    assert "Access-Control-Allow-Origin" not in client.http.get("/v1/models/echo").headers
    with serve(cors=True) as other:
        asked = other.http.options("/v1/models/echo:predict")
        assert (asked.status_code, asked.headers["Access-Control-Allow-Origin"]) == (200, "*")
        assert other.http.get("/v1/models/echo").headers["Access-Control-Allow-Methods"] == "POST, GET"


def test_the_query_is_no_part_of_the_path(client):
    assert client.http.get("/v1/models/echo?x=/v2").status_code == 200


def test_requests_under_way_are_answered_when_the_server_stops(serve):
    with serve() as client:
        answers = []
        body = {"inputs": 300_000}
        asking = threading.Thread(target=lambda: answers.append(client.http.post("/v1/models/slow:predict", json=body)))
        asking.start()
        time.sleep(0.3)  # it has to have arrived
        assert not answers
        client.server.stop(grace=20)
        asking.join()
        assert answers[0].json() == {"outputs": 300_000}
        with pytest.raises(httpx.TransportError):
            client.http.get("/v1/models/slow")


def test_a_request_that_does_not_end_is_not_waited_for_longer_than_the_grace(serve):
    with serve(timeout_in_ms=2000) as client:
        errors = []

        def ask():
            with pytest.raises(httpx.TransportError) as caught:
                client.http.post("/v1/models/slow:predict", json={"inputs": 10**12})
            errors.append(caught.value)

        asking = threading.Thread(target=ask)
        asking.start()
        time.sleep(0.3)
        client.server.stop(grace=0.2)
        asking.join()
        assert errors


def test_nothing_of_a_request_is_logged(client, caplog, capfd):
    echo(client, "SPECIMEN NGUYEN VAN A")
    client.http.post("/v1/models/echo:predict", content=b'{"inputs": "SPECIMEN NGUYEN VAN A"')
    client.http.post("/v1/models/echo:predict", json={"inputs": {"SPECIMEN": 1}, "signature_name": "int32"})
    out, err = capfd.readouterr()
    assert "SPECIMEN" not in caplog.text + out + err
