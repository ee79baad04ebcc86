"""Logs have sizes, hashes, codes and times, and nothing that a card says."""

import base64
import hashlib
import io
import json
import logging
from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient

from services.api.errors import ServingTimeout
from services.api.logs import HARMLESS
from services.api.settings import BadSetting
from services.logs import JsonFormatter


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict]]]:
    """Everything any logger writes, as gunicorn.conf.py would have it written."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonFormatter(HARMLESS))
    root = logging.getLogger()
    levels = {logger: logger.level for logger in (root, logging.getLogger("fvi.api"))}
    root.addHandler(handler)
    for logger in levels:
        logger.setLevel(logging.DEBUG)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    root.removeHandler(handler)
    for logger, level in levels.items():
        logger.setLevel(level)


def test_a_request_is_one_line(client: FlaskClient, photo, lines) -> None:
    data = photo()
    client.post("/v1/cards", data=data, content_type="image/jpeg", headers={"X-Request-Id": "abc-1"})

    (line,) = (line for line in lines() if line["logger"] == "fvi.api")
    assert line.pop("timing_ms")["total"] > 0
    assert line.pop("seconds") > 0
    assert line.pop("time").endswith("+00:00")
    assert line.pop("versions").endswith("reader=5;label=stable")
    assert line.pop("pid") > 0
    assert len(line.pop("trace_id")) == 32
    assert line == {
        "level": "info",
        "logger": "fvi.api",
        "message": "request",
        "request_id": "abc-1",
        "client": None,
        "route": "/v1/cards",
        "status": 200,
        "code": "ok",
        "images": 1,
        "image_bytes": len(data),
        "image_sha256": hashlib.sha256(data).hexdigest()[:16],
    }


def test_no_line_has_a_value_of_the_card_or_a_byte_of_the_photo(client: FlaskClient, predictor, photo, lines) -> None:
    data = photo()
    client.post("/v1/cards", data=data, content_type="image/jpeg")
    client.post("/v1/cards", data=data[:-200], content_type="image/jpeg")
    client.post(
        "/v1/cards", data=json.dumps({"image": base64.b64encode(data).decode()}), content_type="application/json"
    )
    client.post("/v1/cards", data='{"image": "SPECIMEN"', content_type="application/json")
    predictor.fail["reader"] = ValueError("invalid literal for int(): 'SPECIMEN'")
    client.post("/v1/cards", data=data, content_type="image/jpeg")

    written = json.dumps(lines(), ensure_ascii=False)
    assert len(lines()) == 6  # the bug has a line of its own
    for secret in ("SPECIMEN", "THỬ", "000000000001", base64.b64encode(data).decode()[:24], "JFIF"):
        assert secret not in written


def test_a_bug_is_logged_with_its_frames_but_without_its_message(client: FlaskClient, predictor, photo, lines) -> None:
    predictor.fail["reader"] = KeyError("SPECIMEN")

    client.post("/v1/cards", data=photo(), content_type="image/jpeg", headers={"X-Request-Id": "abc-1"})

    (line,) = (line for line in lines() if line["level"] == "error")
    assert (line["request_id"], line["exception"][0]) == ("abc-1", "KeyError")
    assert any("pipeline.py" in frame and "read_words" in frame for frame in line["exception"])


def test_a_failure_of_the_model_server_says_which_model(client: FlaskClient, predictor, photo, lines) -> None:
    predictor.fail["reader"] = ServingTimeout(model="reader", grpc="DEADLINE_EXCEEDED")

    client.post("/v1/cards", data=photo(), content_type="image/jpeg")

    (line,) = (line for line in lines() if line["logger"] == "fvi.api")
    assert (line["code"], line["model"], line["grpc"]) == ("serving_timeout", "reader", "DEADLINE_EXCEEDED")


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_probes_are_not_logged(admin: FlaskClient, path: str, lines) -> None:
    admin.get(path)

    assert lines() == []


def test_the_message_of_a_wrong_setting_is_kept(lines) -> None:
    try:
        raise RuntimeError("a value") from BadSetting("FVI_THREADS: 'many' is not a whole number.")
    except RuntimeError:
        logging.getLogger("gunicorn.error").exception("Exception in worker process")

    exception = lines()[0]["exception"]
    assert exception[0] == "RuntimeError"
    assert "BadSetting: FVI_THREADS: 'many' is not a whole number." in exception
