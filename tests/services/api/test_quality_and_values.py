"""What the answer says about the photo's quality and about addresses, beside what was read."""

import json
from pathlib import Path

import numpy as np
import pytest
from flask.testing import FlaskClient

from models.card import FIELDS
from models.evidence import EVIDENCE
from models.gate import ISSUES
from services.api import openapi
from services.api.app import create_app
from services.api.metrics import Metrics
from services.api.settings import BadSetting, Settings

DOCS = Path(__file__).parents[3] / "docs"


def send(client: FlaskClient, photo) -> dict:
    return client.post("/v1/cards", data=photo(), content_type="image/jpeg").json


def test_each_issue_is_a_code_two_numbers_and_a_sentence(client: FlaskClient, photo) -> None:
    """The photo is grey all over, and the Cropper 87.5 % sure."""
    document = send(client, photo)

    blurred, unknown = document["quality"]["issues"]
    assert (blurred["code"], blurred["measure"], blurred["value"]) == ("blurred", "blur", 1.0)
    assert unknown == {
        "code": "unknown_document",
        "measure": "card_score",
        "value": 0.875,
        "limit": Settings().quality_min_card_score,
        "detail": "This may be no card that we know. Send the front or the back of an identity card.",
    }
    assert {"quality:blurred", "quality:unknown_document"} <= set(document["warnings"])


def test_limits_are_settings(predictor, photo) -> None:
    lenient = Settings(quality_max_blur=1.0, quality_min_card_score=0.8)

    document = send(create_app(lenient, predictor, Metrics()).test_client(), photo)

    assert document["quality"]["issues"] == []
    assert document["quality"]["blur"] == 1.0


def test_a_setting_turns_an_issue_into_a_refusal(predictor, photo) -> None:
    strict = create_app(Settings(quality_refuse="glare unknown_document"), predictor, Metrics()).test_client()

    problem = send(strict, photo)

    assert (problem["status"], problem["code"]) == (422, "unknown_document")
    assert problem["detail"].endswith("Send the front or the back of an identity card.")
    assert [name for name, *_ in predictor.calls] == ["cropper"]


def test_a_number_of_no_such_card_makes_it_another_document(client, admin, predictor, photo, card_outputs) -> None:
    card_outputs["reader"]["text"][0] = "00000001"

    problem = send(client, photo)

    assert (problem["status"], problem["code"]) == (422, "unknown_document")
    assert "00000001" not in json.dumps(problem)
    counted = admin.get("/metrics").text
    assert 'fvi_api_checks_total{check="id_has_right_length",result="fail"} 1.0' in counted
    taken = create_app(Settings(require_number=False), predictor, Metrics()).test_client()
    assert send(taken, photo)["fields"]["id_number"]["text"] == "00000001"


def test_a_refusal_by_no_issue_is_a_bad_setting() -> None:
    with pytest.raises(BadSetting, match="FVI_QUALITY_REFUSE: no quality issue blury; there are blurred"):
        Settings.from_env({"FVI_QUALITY_REFUSE": "blury"})


@pytest.mark.parametrize("code", ISSUES)
def test_every_issue_is_documented(code: str) -> None:
    assert f"| `{code}` |" in (DOCS / "quality.md").read_text()
    assert f"`{code}`" in (DOCS / "api.md").read_text()


def test_an_address_is_answered_as_documented(client: FlaskClient, predictor, photo) -> None:
    page = (DOCS / "api.md").read_text()
    example = json.loads(page.partition('```json\n"place_of_residence":')[2].partition("```")[0])
    _read_as(predictor, "place_of_residence", example["text"].split(" "))

    field = send(client, photo)["fields"]["place_of_residence"]

    assert {name: field[name] for name in example} == example


def test_a_value_that_was_not_corrected_does_not_say_by_what(client: FlaskClient, predictor, photo) -> None:
    _read_as(predictor, "place_of_origin", ["Phúc", "Xá,", "Ba", "Đình,", "Hà", "Nội"])

    field = send(client, photo)["fields"]["place_of_origin"]

    assert field["value"] == field["text"] == "Phúc Xá, Ba Đình, Hà Nội"
    assert "corrected_by" not in field


def test_all_evidence_is_documented() -> None:
    schema = openapi.read()["components"]["schemas"]["Field"]
    assert set(schema["properties"]["corrected_by"]["enum"]) == set(EVIDENCE)
    page = (DOCS / "api.md").read_text()
    assert all(f"| `{code}` |" in page for code in EVIDENCE)


def test_a_place_that_is_no_address_has_none(client: FlaskClient, predictor, photo) -> None:
    _read_as(predictor, "place_of_origin", ["SPECIMEN"])

    assert send(client, photo)["fields"]["place_of_origin"]["address"] is None


def _read_as(predictor, field: str, words: list[str]) -> None:
    """Makes the models find a number, and in a line below it these words as those of one field."""
    count = 1 + len(words)
    left, step = np.linspace(0.3, 0.9, count, endpoint=False, retstep=True)
    top = np.where(np.arange(count) == 0, 0.4, 0.8)
    boxes = np.zeros((1, 100, 4), np.float32)
    boxes[0, :count] = np.stack([top, left, top + 0.05, left + 0.9 * step], axis=1)
    classes, scores = np.zeros((1, 100), np.int32), np.zeros((1, 100), np.float32)
    classes[0, 1:count], scores[0, :count] = FIELDS.index(field), 0.9
    classes[0, 0] = FIELDS.index("id_number")
    predictor.outputs["detector"] = {
        "boxes": boxes,
        "classes": classes,
        "scores": scores,
        "count": np.array([count], np.int32),
    }
    predictor.outputs["reader"] = {
        "text": np.array(["000000000001", *words], object),
        "confidence": np.full(count, 0.9375, np.float32),
        "char_confidence": np.full((count, 16), 0.9, np.float32),
    }
