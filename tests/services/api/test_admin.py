"""What operators ask: is it alive, is it ready, what has it counted."""

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from services.api import drain
from services.api.errors import ModelNotReady, ServingTimeout

DOCS = (Path(__file__).parents[3] / "docs" / "operations.md").read_text()


def test_it_is_ready_when_every_model_is(admin: FlaskClient, predictor) -> None:
    assert admin.get("/readyz").json == {"status": "ready", "models": {"cropper": 3, "detector": 4, "reader": 5}}

    predictor.fail["reader"] = ModelNotReady()

    answer = admin.get("/readyz")
    assert (answer.status_code, answer.json["code"]) == (503, "model_not_ready")
    assert answer.content_type == "application/problem+json"
    assert answer.headers["Retry-After"] == "5"
    assert admin.get("/healthz").json == {"status": "ok"}


def test_models_that_are_late_are_not_ready(admin: FlaskClient, predictor) -> None:
    predictor.fail["reader"] = ServingTimeout()

    assert admin.get("/readyz").status_code == 503


def test_it_is_alive_but_not_ready_once_it_is_to_stop(admin: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drain, "is_draining", lambda: True)

    answer = admin.get("/readyz")

    assert (answer.status_code, answer.json["code"]) == (503, "draining")
    assert admin.get("/healthz").status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/nothing"])
def test_every_answer_is_fresh_and_tells_no_versions_of_software(admin: FlaskClient, path: str) -> None:
    headers = admin.get(path).headers

    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Server"] == "fvi-ocr"


def test_cards_cannot_be_sent_to_this_port(admin: FlaskClient, photo) -> None:
    answer = admin.post("/v1/cards", data=photo(), content_type="image/jpeg")

    assert (answer.status_code, answer.json["code"]) == (404, "not_found")


def test_every_path_is_documented(admin: FlaskClient) -> None:
    paths = {rule.rule for rule in admin.application.url_map.iter_rules()}

    assert paths == set(re.findall(r"^\| `(/\w+)` \|", DOCS, re.MULTILINE))
