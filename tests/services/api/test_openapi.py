"""The OpenAPI document is valid, complete, and what the API really answers."""

import base64
import hashlib
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from openapi_spec_validator import validate
from schemathesis import checks
from werkzeug.test import TestResponse

from models.card import CARD_CLASSES, FIELDS, CardNotReadable
from models.evidence import EVIDENCE
from models.gate import ISSUES
from models.image import BadImage
from models.said import CODE
from services.api import openapi
from services.api.app import create_app
from services.api.errors import ApiError, ModelNotReady, as_api_error
from services.api.query import INCLUDES
from services.api.settings import Settings
from services.api.trip import STAGES

STATIC = Path(openapi.__file__).parent / "static"
HTTP_CODES = {"not_found", "method_not_allowed"}  # of no operation: described in the introduction
ADMIN_CODES = {"draining"}  # never on this port
FPT = "/vision/idr/vnm"
TELL_INSIDE = {"/v1/cards", "/v1/cards:batch", FPT}  # an image that will not do may be told of in a 200


@pytest.fixture
def app(predictor) -> Flask:
    """With everything on that can be on."""
    return create_app(Settings(compat_fpt=True), predictor)


def strict(schema: Any) -> Any:
    """The same, with no members but those described: the document must not leave any out."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: strict(each) for name, each in schema.items()}
    if "properties" in closed and "required" in closed:
        closed.setdefault("additionalProperties", False)
    return closed


@pytest.fixture
def api_schema(app: Flask) -> schemathesis.schemas.BaseSchema:
    """What the API serves, made strict."""
    schema = schemathesis.openapi.from_dict(strict(app.test_client().get("/openapi.json").json))
    schema.app = app
    return schema


def everything_below(root: type[Exception]) -> list[type[Exception]]:
    return [root, *(each for child in root.__subclasses__() for each in everything_below(child))]


def test_the_document_is_valid_and_served(app: Flask) -> None:
    served = app.test_client().get("/openapi.json").json

    validate(served)
    assert served["openapi"].startswith("3.1")
    assert re.fullmatch(r"\d+\.\d+\.\d+|unknown", served["info"]["version"])


def test_every_route_is_in_the_document_and_every_operation_is_a_route(app: Flask) -> None:
    routes = {
        (rule.rule, method.lower())
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"OPTIONS", "HEAD"}
        if not rule.rule.startswith("/static/")
    }
    described = {(path, method) for path, item in openapi.read()["paths"].items() for method in item}

    assert described == routes


def test_what_is_off_is_not_in_the_document(client: FlaskClient) -> None:
    assert FPT not in client.get("/openapi.json").json["paths"]


def codes_of(response: dict) -> set[str]:
    (media,) = response["content"].values()
    return {code for part in media["schema"]["allOf"][1:] for code in part["properties"]["code"]["enum"]}


def test_every_code_of_an_error_is_in_the_document_with_its_status() -> None:
    responses = openapi.read()["components"]["responses"]
    kinds = [kind for root in (ApiError, BadImage, CardNotReadable) for kind in everything_below(root)]
    told = {
        error.code: error.status
        for error in (
            as_api_error(kind("")) for kind in kinds if kind.__module__.startswith(("services.api.errors", "models"))
        )
    }
    told |= dict.fromkeys(ISSUES, 422)

    assert {code for response in responses.values() for code in codes_of(response)} == set(told) - ADMIN_CODES
    for path, item in openapi.read()["paths"].items():
        for operation in item.values():
            for status, response in operation["responses"].items():
                name = response.get("$ref", "").rpartition("/")[2]
                assert not name or {str(told[code]) for code in codes_of(responses[name])} == {status}, (path, status)


def test_codes_of_http_itself_are_in_the_introduction(client: FlaskClient) -> None:
    introduction = openapi.read()["info"]["description"]

    codes = {client.get("/no").json["code"], client.get("/v1/cards").json["code"]}
    assert codes == HTTP_CODES
    assert all(f"`{code}`" in introduction for code in codes)


def test_the_lists_in_the_document_are_those_of_the_code() -> None:
    schemas, parameters = (openapi.read()["components"][name] for name in ("schemas", "parameters"))
    card = schemas["Card"]["properties"]["card"]["properties"]

    assert parameters["include"]["schema"]["items"]["enum"] == list(INCLUDES)
    assert schemas["FieldName"]["enum"] == [*FIELDS, CODE]
    assert schemas["Field"]["properties"]["corrected_by"]["enum"] == list(EVIDENCE)
    assert schemas["Timing"]["propertyNames"]["enum"] == [*STAGES, "total"]
    assert schemas["Quality"]["properties"]["issues"]["items"]["properties"]["code"]["enum"] == list(ISSUES)
    assert {(kind, side) for kind in card["type"]["enum"] for side in card["side"]["enum"]} == set(CARD_CLASSES)


def no_failure_of_ours(_context: object, response: schemathesis.Response, _case: schemathesis.Case) -> None:
    """504 is right where X-Request-Timeout-Ms is short."""
    assert response.status_code < 500 or response.status_code == 504


CHECKS = [
    no_failure_of_ours,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
]
PAGES = ("/", "/docs")
OPERATIONS = [
    (path, method.upper())
    for path, item in openapi.read()["paths"].items()
    for method in item
    if path not in PAGES  # their answers are files, which schemathesis leaves open
]


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode)[:2], ids=str)
@examples(max_examples=20, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_is_sent_the_answer_is_as_described(api_schema, path: str, method: str, mode, data) -> None:
    operation = api_schema[path][method]
    if mode.is_negative and not operation.get_request_payload_content_types():
        pytest.skip("nothing to get wrong")
    case = data.draw(operation.as_strategy(generation_mode=mode))

    case.call_and_validate(
        checks=CHECKS, excluded_checks=[checks.negative_data_rejection] if path in TELL_INSIDE else None
    )


def post(client: FlaskClient, path: str, *images: bytes, name: str = "image", query: str = "") -> TestResponse:
    files = {name: [(io.BytesIO(image), "a.jpg") for image in images]}
    return client.post(f"{path}?{query}", data=files, content_type="multipart/form-data")


ALL = "include=" + ",".join(INCLUDES)
CORNERS = "corners=100,100,700,100,700,475,100,475"


@pytest.mark.parametrize(
    ("path", "count", "name", "query"),
    [
        ("/v1/cards", 1, "image", ""),
        ("/v1/cards", 1, "image", "include="),
        ("/v1/cards", 1, "image", ALL),
        ("/v1/cards:batch", 3, "images", ALL),
        ("/v1/corners", 1, "image", ""),
        ("/v1/words", 1, "image", CORNERS),
        ("/v1/text", 3, "images", ""),
        (FPT, 1, "image", ""),
    ],
)
def test_what_is_read_is_answered_as_described(app, api_schema, photo, path, count, name, query) -> None:
    answer = post(app.test_client(), path, *[photo()] * count, name=name, query=query)

    assert answer.status_code == 200, answer.json
    api_schema[path]["POST"].validate_response(answer)


def test_so_are_two_sides(app: Flask, api_schema, photo) -> None:
    body = {side: base64.b64encode(photo()).decode() for side in ("front", "back")}

    answer = app.test_client().post("/v1/cards", json=body)

    assert (answer.json["front"]["status"], answer.json["back"]["code"]) == (200, "wrong_side")
    api_schema["/v1/cards"]["POST"].validate_response(answer)


def test_so_are_addresses_and_errors_of_the_models(app: Flask, api_schema, predictor, photo) -> None:
    predictor.outputs["detector"]["classes"][0, 1:3] = FIELDS.index("place_of_residence")
    predictor.outputs["reader"]["text"] = ["000000000001", "Phúc Xá, Ba Đình,", "Hà Nội"]

    read = post(app.test_client(), "/v1/cards", photo())
    predictor.fail["reader"] = ModelNotReady()
    failed = post(app.test_client(), "/v1/cards", photo())

    assert read.json["fields"]["place_of_residence"]["address"]["ward"]
    assert failed.json["code"] == "model_not_ready"
    for answer in (read, failed):
        api_schema["/v1/cards"]["POST"].validate_response(answer)


def test_the_models_are_listed_as_described(app: Flask, api_schema) -> None:
    api_schema["/v1/models"]["GET"].validate_response(app.test_client().get("/v1/models"))


def test_an_answer_with_a_member_that_is_not_described_is_noticed(app: Flask, api_schema, photo) -> None:
    answer = post(app.test_client(), "/v1/corners", photo())
    answer.data = json.dumps({**answer.json, "more": 1})

    with pytest.raises(Exception, match="more"):
        api_schema["/v1/corners"]["POST"].validate_response(answer)


def test_the_documentation_is_the_renderer_that_its_readme_names(client: FlaskClient) -> None:
    folder = STATIC / "swagger-ui"
    written = dict(
        line.split()[::-1] for line in re.findall(r"^[0-9a-f]{64} .*$", (folder / "README.md").read_text(), re.M)
    )

    assert written == {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in written}
    with client.get("/docs") as page:
        for path in (*(f"swagger-ui/{name}" for name in written), "docs.js"):
            assert f'"static/{path}"' in page.text


def test_the_documentation_may_load_nothing_from_elsewhere(client: FlaskClient) -> None:
    with client.get("/docs") as page:
        policy, text = page.headers["Content-Security-Policy"], page.text

    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; ")
    assert "unsafe" not in policy
    assert not re.search(r"https?:|<script>|<style|\son\w+=|\sstyle=", text)
