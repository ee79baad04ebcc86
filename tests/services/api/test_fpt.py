"""The reply shaped like FPT.AI's: off by default, its members, its error numbers, our keys."""

import base64
import io

import numpy as np
import pytest
from flask.testing import FlaskClient
from prometheus_client import generate_latest
from werkzeug.test import TestResponse

from models.card import CARD_CLASSES, FIELDS
from services.api.app import create_app
from services.api.compat import TYPES
from services.api.errors import ServingUnavailable
from services.api.keys import new_key
from services.api.settings import Settings

ROUTE = "/vision/idr/vnm"
KEY, LINE = new_key("bank")
MEMBERS = (  # of `data[0]`, in the order of its documentation
    "id id_prob name name_prob dob dob_prob sex sex_prob nationality nationality_prob home home_prob "
    "address address_prob doe doe_prob overall_score number_of_name_lines address_entities type_new type"
).split()
BACK_MEMBERS = (
    "ethnicity ethnicity_prob religion religion_prob features features_prob issue_date issue_date_prob "
    "issue_loc issue_loc_prob mrz mrz_prob mrz_details overall_score type_new type"
).split()
READ = {  # as on a SPECIMEN card; the word boxes below are one under the other
    "id_number": "001190000001",
    "full_name": "SPECIMEN THỬ",
    "date_of_birth": "01/02/1990",
    "sex": "Nữ",
    "nationality": "Việt Nam",
    "place_of_origin": "Phúc Xá, Ba Đình, Hà Nội",
    "place_of_residence": "Thôn Đông, Phúc Xá, Ba Đình, Hà Nội",
    "date_of_expiry": "01/02/2030",
}


@pytest.fixture
def fpt(predictor) -> FlaskClient:
    return create_app(Settings(compat_fpt=True), predictor).test_client()


@pytest.fixture
def whole_card(predictor) -> None:
    """Every field of READ is on the card, the name on two lines."""
    words = [(name, text) for name, text in READ.items() for text in ([text] if name != "full_name" else text.split())]
    detector, reader = predictor.outputs["detector"], predictor.outputs["reader"]
    detector["count"][0] = len(words)
    for row, (name, _) in enumerate(words):
        top = 0.1 + 0.08 * row
        detector["boxes"][0, row] = (top, 0.3, top + 0.05, 0.9)
        detector["classes"][0, row], detector["scores"][0, row] = FIELDS.index(name), 0.9
    reader["text"] = [text for _, text in words]
    reader["confidence"] = [0.5 + 0.05 * row for row in range(len(words))]
    reader["char_confidence"] = [[0.9] * 48 for _ in words]


def send(client: FlaskClient, form: dict, **headers: str) -> TestResponse:
    return client.post(ROUTE, data=form, content_type="multipart/form-data", headers=headers)


def photo_form(photo) -> dict:
    return {"image": (io.BytesIO(photo()), "card.jpg")}


def test_it_is_off_by_default(client: FlaskClient, photo) -> None:
    assert send(client, photo_form(photo)).status_code == 404


@pytest.mark.usefixtures("whole_card")
def test_a_card_has_the_documented_members(fpt: FlaskClient, photo) -> None:
    answer = send(fpt, photo_form(photo))

    assert answer.status_code == 200
    assert list(answer.json) == ["errorCode", "errorMessage", "data"]
    assert (answer.json["errorCode"], answer.json["errorMessage"], len(answer.json["data"])) == (0, "", 1)
    data = answer.json["data"][0]
    assert list(data) == MEMBERS
    assert {name: value for name, value in data.items() if not name.endswith(("_prob", "_score"))} == {
        "id": "001190000001",
        "name": "SPECIMEN THỬ",
        "dob": "01/02/1990",
        "sex": "NỮ",
        "nationality": "VIỆT NAM",
        "home": "Phúc Xá, Ba Đình, Hà Nội",
        "address": "Thôn Đông, Phúc Xá, Ba Đình, Hà Nội",
        "doe": "01/02/2030",
        "number_of_name_lines": "2",
        "address_entities": {"province": "Hà Nội", "district": "Ba Đình", "ward": "Phúc Xá", "street": "Thôn Đông"},
        "type_new": "cccd_chip_front",
        "type": "chip_front",
    }
    assert data["id_prob"] == "50.00"
    assert data["doe_prob"] == "90.00"
    assert all(isinstance(value, str) for name, value in data.items() if name != "address_entities")


def test_what_was_not_found_is_not_available(fpt: FlaskClient, photo) -> None:
    data = send(fpt, photo_form(photo)).json["data"][0]

    assert (data["dob"], data["dob_prob"], data["sex"], data["doe"]) == ("N/A", "N/A", "N/A", "N/A")
    assert data["address_entities"] == {"province": "", "district": "", "ward": "", "street": ""}
    assert data["name"] == "SPECIMEN THỬ"
    assert data["number_of_name_lines"] == "1"
    assert data["overall_score"] == "87.50"


@pytest.mark.usefixtures("whole_card")
def test_dates_that_are_none_stay_as_read(fpt: FlaskClient, predictor, photo) -> None:
    predictor.outputs["reader"]["text"][3] = "01/02/19"
    predictor.outputs["reader"]["text"][8] = "Không thời hạn"
    data = send(fpt, photo_form(photo)).json["data"][0]
    assert (data["dob"], data["doe"]) == ("01/02/19", "Không thời hạn")


def test_a_back_has_what_was_issued_and_what_its_zone_says(fpt: FlaskClient, predictor, back_outputs, photo) -> None:
    predictor.outputs |= back_outputs

    data = send(fpt, photo_form(photo)).json["data"][0]

    assert list(data) == BACK_MEMBERS
    assert {name: value for name, value in data.items() if not name.endswith(("_prob", "_score"))} == {
        "ethnicity": "N/A",
        "religion": "N/A",
        "features": "N/A",
        "issue_date": "01/02/2021",
        "issue_loc": "N/A",
        "mrz": ["IDVNM0900000018001090000001<<9", "9001011M3001019VNM<<<<<<<<<<<6", "SPECIMEN<<THU<<<<<<<<<<<<<<<<<"],
        "mrz_details": {
            "id": "001090000001",
            "name": "SPECIMEN THU",
            "doe": "01/01/2030",
            "dob": "01/01/1990",
            "nationality": "VNM",
            "sex": "M",
        },
        "type_new": "chip_back",
        "type": "chip_back",
    }
    assert (data["issue_date_prob"], data["mrz_prob"], data["overall_score"]) == ("93.75", "81.25", "87.50")


def test_the_back_of_the_newest_card_has_its_places_too(fpt: FlaskClient, predictor, back_outputs, photo) -> None:
    predictor.outputs |= back_outputs
    scores = predictor.outputs["cropper"]["card_scores"]
    scores[0] = np.eye(len(CARD_CLASSES) + 1)[CARD_CLASSES.index(("cc-2024", "back"))]

    data = send(fpt, photo_form(photo)).json["data"][0]

    assert {"pob", "address", "doe", "address_entities"} <= data.keys()
    assert (data["pob"], data["pob_prob"], data["type"]) == ("N/A", "N/A", "chip_back")


def test_every_card_we_know_has_a_type_there() -> None:
    assert TYPES.keys() == set(CARD_CLASSES)


def test_the_photo_may_be_base64_of_any_size_that_we_take(fpt: FlaskClient, photo) -> None:
    large = photo("BMP")  # 1.4 MB: more than werkzeug takes as text by default
    head = b'--b\r\nContent-Disposition: form-data; name="image_base64"\r\n\r\n'
    body = head + base64.b64encode(large) + b"\r\n--b--\r\n"
    answer = fpt.post(ROUTE, data=body, content_type="multipart/form-data; boundary=b")
    assert answer.json["errorCode"] == 0


def test_the_address_may_end_in_a_slash(fpt: FlaskClient, photo) -> None:
    answer = fpt.post(f"{ROUTE}/", data=photo_form(photo), content_type="multipart/form-data")
    assert answer.json["errorCode"] == 0


@pytest.mark.parametrize(
    ("form", "number", "status"),
    [
        ({"note": "no image"}, 1, 400),
        ({"image_url": " "}, 5, 400),
        ({"image_url": "http://127.0.0.1/card.jpg"}, 6, 200),
        ({"image_base64": base64.b64encode(b"not an image").decode()}, 7, 200),
        ({"image_base64": ""}, 9, 400),
        ({"image_base64": "data:image/jpeg;base64,AAAA"}, 10, 200),
    ],
)
def test_errors_have_the_documented_numbers(fpt: FlaskClient, form: dict, number: int, status: int) -> None:
    answer = send(fpt, form)

    assert (answer.json["errorCode"], answer.status_code) == (number, status)
    assert list(answer.json) == ["errorCode", "errorMessage", "data"]
    assert answer.json["errorMessage"]
    assert answer.json["data"] == []
    assert answer.headers["X-Request-Id"]


def test_a_photo_that_will_not_do_has_its_number(fpt: FlaskClient, predictor, photo) -> None:
    answer = send(fpt, {"image": (io.BytesIO(photo()[:1000]), "card.jpg")})
    assert (answer.json["errorCode"], answer.json["errorMessage"]) == (8, "Bad data")
    predictor.outputs["cropper"]["corner_scores"][0, :2] = 0.01
    answer = send(fpt, photo_form(photo))
    assert (answer.json["errorCode"], answer.json["errorMessage"]) == (2, "Failed in cropping")
    predictor.outputs["cropper"]["card_scores"][0] = [0.02] * 10 + [0.8]
    answer = send(fpt, photo_form(photo))
    assert (answer.json["errorCode"], answer.status_code) == (3, 200)
    assert answer.json["errorMessage"] == "Unable to find ID card in the image"


def test_a_photo_refused_for_its_quality_shows_no_card(predictor, photo) -> None:
    settings = Settings(compat_fpt=True, quality_refuse="card_small", quality_min_card_pixels=700)
    answer = send(create_app(settings, predictor).test_client(), photo_form(photo))
    assert (answer.json["errorCode"], answer.status_code) == (3, 200)


def test_what_is_not_the_photos_fault_keeps_its_status(fpt: FlaskClient, predictor, photo) -> None:
    predictor.fail["cropper"] = ServingUnavailable()
    answer = send(fpt, photo_form(photo))
    assert (answer.status_code, answer.json["errorCode"], answer.json["data"]) == (503, -1, [])
    assert answer.headers["Retry-After"]
    assert "cannot be reached" in answer.json["errorMessage"]


def test_it_asks_for_our_keys(predictor, photo, tmp_path) -> None:
    (tmp_path / "keys").write_text(LINE)
    client = create_app(Settings(compat_fpt=True, api_keys_file=str(tmp_path / "keys")), predictor).test_client()

    for headers, status, number in (({}, 401, 1), ({"api-key": "wrong"}, 401, 1), ({"api-key": KEY}, 200, 0)):
        answer = send(client, photo_form(photo), **headers)
        assert (answer.status_code, answer.json["errorCode"]) == (status, number)


def test_it_counts_like_the_others(predictor, metrics, photo) -> None:
    client = create_app(Settings(compat_fpt=True), predictor, metrics).test_client()
    send(client, photo_form(photo))
    send(client, {"image_base64": "?"})
    shown = generate_latest(metrics.registry).decode()
    assert 'fvi_api_errors_total{code="bad_request"} 1.0' in shown
    assert f'fvi_api_requests_total{{route="{ROUTE}",status="200"}} 2.0' in shown
