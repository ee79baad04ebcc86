"""A photo in, a document out: the three ways to send it, and what comes back."""

import base64
import io
import json

import pytest
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from models.synthetic.codes import qr_code
from services.api.app import create_app
from services.api.metrics import Metrics
from services.api.settings import Settings
from services.api.trip import STAGES

POLYGON_OF_ID = [[280.0, 250.0], [520.0, 250.0], [520.0, 272.5], [280.0, 272.5]]


def send(client: FlaskClient, data: bytes, kind: str | None = "image/jpeg", **options) -> TestResponse:
    return client.post("/v1/cards", data=data, content_type=kind, **options)


def test_the_answer_is_the_whole_document(client: FlaskClient, photo) -> None:
    answer = send(client, photo(), headers={"X-Request-Id": "abc-1"})

    assert answer.status_code == 200
    assert answer.content_type == "application/json"
    document = json.loads(answer.data)
    assert list(document) == "request_id card fields checks quality warnings models timing_ms".split()
    assert document["request_id"] == "abc-1"
    assert document["card"] == {
        "type": "cccd-2021",
        "side": "front",
        "confidence": 0.875,
        "corners": [[100.0, 100.0], [700.0, 100.0], [700.0, 475.0], [100.0, 475.0]],
    }
    assert list(document["fields"]) == ["id_number", "full_name"]
    assert document["fields"]["id_number"] == {
        "text": "000000000001",
        "value": "000000000001",
        "confidence": 0.9375,
        "polygon": POLYGON_OF_ID,
        "words": [
            {"text": "000000000001", "confidence": 0.9375, "polygon": POLYGON_OF_ID, "char_confidence": [0.75] * 12}
        ],
    }
    assert document["fields"]["full_name"]["text"] == "SPECIMEN THỬ"
    assert document["fields"]["full_name"]["unaccented"] == "SPECIMEN THU"
    assert document["fields"]["full_name"]["confidence"] == 0.8125
    assert [word["text"] for word in document["fields"]["full_name"]["words"]] == ["SPECIMEN", "THỬ"]
    assert document["checks"][0] == {"name": "id_has_right_length", "result": "pass", "fields": ["id_number"]}
    assert list(document["quality"])[4:] == ["card_share", "card_pixels", "corner_score", "card_score", "issues"]
    assert document["quality"]["card_share"] == pytest.approx(600 * 375 / (800 * 600), abs=1e-3)
    assert "field_missing:date_of_birth" in document["warnings"]
    assert document["models"] == {
        "cropper": {"version": 3, "label": "stable"},
        "detector": {"version": 4, "label": "stable"},
        "reader": {"version": 5, "label": "stable"},
    }
    assert tuple(document["timing_ms"]) == (*STAGES, "total")
    stages = [document["timing_ms"][stage] for stage in STAGES]
    assert sum(stages) == pytest.approx(document["timing_ms"]["total"], abs=0.1)


def test_vietnamese_letters_travel_as_themselves(client: FlaskClient, photo) -> None:
    assert "SPECIMEN THỬ".encode() in send(client, photo()).data


@pytest.mark.parametrize(
    "kind", ["image/jpeg", "image/x-unheard-of", "application/octet-stream", None, "image/jpeg; a=b"]
)
def test_the_body_may_be_the_photo(client: FlaskClient, photo, kind: str | None) -> None:
    assert send(client, photo(), kind).status_code == 200


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "TIFF"])
def test_what_the_bytes_are_counts_not_what_they_claim_to_be(client: FlaskClient, photo, kind: str) -> None:
    assert send(client, photo(kind), "image/png").status_code == 200


def test_the_photo_may_be_a_file_of_a_form(client: FlaskClient, photo) -> None:
    form = {"image": (io.BytesIO(photo()), "card.jpg"), "note": "ignored"}

    assert send(client, form, "multipart/form-data").status_code == 200


def test_a_form_never_touches_a_disk(client: FlaskClient, photo, monkeypatch) -> None:
    def refuse(*_args, **_options):
        raise AssertionError("a temporary file was made")

    monkeypatch.setattr("werkzeug.formparser.SpooledTemporaryFile", refuse)
    large = photo("BMP")  # 1.4 MB: werkzeug itself would make a file of it
    head = b'--b\r\nContent-Disposition: form-data; name="image"; filename="card.bmp"\r\n\r\n'

    answer = send(client, head + large + b"\r\n--b--\r\n", "multipart/form-data; boundary=b")

    assert answer.status_code == 200


def test_the_photo_may_be_base64_in_json(client: FlaskClient, photo) -> None:
    body = json.dumps({"image": base64.b64encode(photo()).decode()})

    assert send(client, body, "application/json").status_code == 200


def test_the_corners_are_of_the_photo_as_a_person_sees_it(client: FlaskClient, photo) -> None:
    from PIL import Image

    exif = Image.Exif()
    exif[0x0112] = 6  # turn right to look at it: 600 x 800 as stored, 800 x 600 as seen

    answer = send(client, photo(size=(600, 800), exif=exif))

    assert answer.json["card"]["corners"] == [[100.0, 100.0], [700.0, 100.0], [700.0, 475.0], [100.0, 475.0]]


def test_every_call_has_what_is_left_of_the_deadline(client: FlaskClient, predictor, photo) -> None:
    send(client, photo())

    names, labels, timeouts = zip(*predictor.calls, strict=True)
    assert names == ("cropper", "detector", "reader")
    assert set(labels) == {"stable"}
    assert 10 >= timeouts[0] > timeouts[1] > timeouts[2] > 0


def test_a_card_without_words_is_a_card_without_fields_where_no_number_is_required(predictor, photo) -> None:
    predictor.outputs["detector"]["count"][:] = 0
    client = create_app(Settings(require_number=False), predictor, Metrics()).test_client()

    document = send(client, photo()).json

    assert document["fields"] == {}
    assert list(document["models"]) == ["cropper", "detector"]


def test_the_qr_code_of_the_photo_is_a_field_without_words(client: FlaskClient) -> None:
    payload = "000000000001||Specimen Thử|01011900|Nam|Hà Nội|01022021"
    picture = Image.new("RGB", (2400, 1800), "white")  # the card that the models see fills its middle
    picture.paste(qr_code(payload, 240), (1830, 360))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")

    document = client.post("/v1/cards", data=buffer.getvalue(), content_type="image/png").json

    code = document["fields"]["qr"]
    assert (code["text"], code["value"], code["confidence"], code["words"]) == (payload, payload, 1.0, [])
    assert all(1830 < x < 2070 and 360 < y < 600 for x, y in code["polygon"])
    results = {check["name"]: check["result"] for check in document["checks"]}
    assert (results["qr_matches_id_number"], results["qr_matches_full_name"]) == ("pass", "pass")
