"""What happens around every request: headers, probes, errors of HTTP, and bugs."""

import json
import re

import pytest
from flask.testing import FlaskClient

from services.api.errors import ModelNotReady


@pytest.mark.parametrize("path", ["/", "/v1/models", "/nothing", "/static/page.js"])
def test_every_answer_has_its_headers(client: FlaskClient, path: str) -> None:
    with client.get(path) as answer:
        headers = answer.headers

    assert re.fullmatch("[0-9a-f]{32}", headers["X-Request-Id"])
    assert headers["X-FVI-Versions"].startswith('api="')
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] in ("no-store", "no-cache")
    assert "Access-Control-Allow-Origin" not in headers


def test_an_answer_of_the_models_says_which_versions_gave_it(client: FlaskClient, photo) -> None:
    answer = client.post("/v1/cards", data=photo(), content_type="image/jpeg")

    assert answer.headers["X-FVI-Versions"].endswith(
        ", cropper=3;label=stable, detector=4;label=stable, reader=5;label=stable"
    )
    assert answer.headers["Cache-Control"] == "no-store"


def test_so_does_an_answer_that_failed_half_way(client: FlaskClient, predictor, photo) -> None:
    predictor.fail["detector"] = ModelNotReady()

    answer = client.post("/v1/cards", data=photo(), content_type="image/jpeg")

    assert answer.status_code == 503
    assert answer.headers["X-FVI-Versions"].endswith('", cropper=3;label=stable')


@pytest.mark.parametrize("offered", ["a", "0aZ._-", "x" * 64])
def test_a_sane_request_id_is_kept(client: FlaskClient, offered: str) -> None:
    assert client.get("/v1/models", headers={"X-Request-Id": offered}).headers["X-Request-Id"] == offered


@pytest.mark.parametrize("offered", ["", "x" * 65, "a b", "a\u00e9", '"><script>', "a;b"])
def test_any_other_request_id_is_replaced(client: FlaskClient, offered: str) -> None:
    kept = client.get("/v1/models", headers={"X-Request-Id": offered}).headers["X-Request-Id"]

    assert re.fullmatch("[0-9a-f]{32}", kept)


def test_an_unknown_path_is_a_problem_document(client: FlaskClient) -> None:
    answer = client.get("/nothing", headers={"X-Request-Id": "abc-1"})

    assert answer.content_type == "application/problem+json"
    assert (answer.status_code, answer.json["code"], answer.json["request_id"]) == (404, "not_found", "abc-1")


def test_a_wrong_method_is_a_problem_document_and_says_which_are_right(client: FlaskClient) -> None:
    answer = client.delete("/v1/cards", headers={"X-Request-Id": "abc-1"})

    assert answer.headers["Allow"] == "OPTIONS, POST"
    assert json.loads(answer.data) == {
        "type": "urn:fvi-ocr:error:method_not_allowed",
        "title": "Method not allowed",
        "status": 405,
        "detail": "The method is not allowed for the requested URL.",
        "code": "method_not_allowed",
        "request_id": "abc-1",
    }


def test_a_bug_is_a_500_that_tells_nothing(client: FlaskClient, predictor, photo) -> None:
    predictor.fail["reader"] = KeyError("000000000001")

    answer = client.post("/v1/cards", data=photo(), content_type="image/jpeg", headers={"X-Request-Id": "abc-1"})

    assert answer.json == {
        "type": "urn:fvi-ocr:error:internal_error",
        "title": "Internal error",
        "status": 500,
        "detail": "Something went wrong on our side. Try again; if it stays, report the request id.",
        "code": "internal_error",
        "request_id": "abc-1",
    }


def test_the_models_are_listed_with_their_versions(client: FlaskClient) -> None:
    assert client.get("/v1/models").json["models"] == [
        {"name": "cropper", "label": "stable", "version": 3, "versions": {"3": "AVAILABLE"}},
        {"name": "detector", "label": "stable", "version": 4, "versions": {"4": "AVAILABLE"}},
        {"name": "reader", "label": "stable", "version": 5, "versions": {"5": "AVAILABLE"}},
    ]


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_what_operators_ask_is_not_on_the_public_port(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/", "/static/page.js", "/static/page.css"])
def test_the_page_needs_nothing_from_elsewhere(client: FlaskClient, path: str) -> None:
    with client.get(path) as answer:
        text = answer.text

    assert set(re.findall(r"https?://[^\"' )]*", text)) <= {"http://www.w3.org/2000/svg"}
    assert not re.search(r"<script>|<style|\son\w+=|\sstyle=", text)
