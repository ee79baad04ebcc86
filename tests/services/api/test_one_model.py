"""What one model alone makes of an image."""

import base64
import io

import numpy as np
import pytest
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from models.reader import contract as reader
from services.api.app import create_app
from services.api.intake import Intake
from services.api.keys import new_key
from services.api.settings import Settings

ROUTES = {"/v1/corners": "cropper", "/v1/words": "detector", "/v1/text": "reader"}


def png(size: tuple[int, int]) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size).save(buffer, "PNG")
    return buffer.getvalue()


def send(client: FlaskClient, path: str, *images: bytes, query: str = "", **headers: str) -> TestResponse:
    name = "images" if path == "/v1/text" else "image"
    files = {name: [(io.BytesIO(image), "a.png") for image in images]}
    return client.post(path + query, data=files, content_type="multipart/form-data", headers=headers)


@pytest.fixture
def three_crops() -> list[bytes]:
    return [png((60, 20)), png((8, 8)), png((300, 40))]


def test_all_four_corners_are_told_also_where_the_model_is_not_sure(client: FlaskClient, predictor, photo) -> None:
    predictor.outputs["cropper"]["corner_scores"] = np.array([[0.9, 0.1, 0.9, 0.15]], np.float32)

    document = send(client, "/v1/corners", photo()).json

    assert document["card"] == {"type": "cccd-2021", "side": "front", "confidence": 0.875}
    assert document["corners"] == [
        {"name": "top_left", "point": [100.0, 100.0], "confidence": 0.9},
        {"name": "top_right", "point": [700.0, 100.0], "confidence": 0.1},
        {"name": "bottom_right", "point": [700.0, 475.0], "confidence": 0.9},
        {"name": "bottom_left", "point": [100.0, 475.0], "confidence": 0.15},
    ]


def test_where_there_is_no_card_its_type_is_null(client: FlaskClient, predictor, photo) -> None:
    predictor.outputs["cropper"]["card_scores"][0] = [0.02] * 10 + [0.8]

    assert send(client, "/v1/corners", photo()).json["card"] == {"type": None, "side": None, "confidence": 0.8}


def test_words_are_found_on_a_card_laid_flat(client: FlaskClient) -> None:
    words = send(client, "/v1/words", png((1024, 640))).json["words"]

    assert [(word["field"], word["confidence"]) for word in words] == [
        ("id_number", 0.9),
        ("full_name", 0.8),
        ("full_name", 0.7),
    ]
    assert words[0]["polygon"][0] == pytest.approx([0.30 * 1024, 0.40 * 640], abs=0.2)


def test_and_in_a_photo_whose_corners_are_known(client: FlaskClient, photo) -> None:
    corners = "?corners=100,100,700,100.0,700,475,100,475"

    words = send(client, "/v1/words", photo(), query=corners).json["words"]

    assert words[0]["polygon"] == [[280.0, 250.0], [520.0, 250.0], [520.0, 272.5], [280.0, 272.5]]


@pytest.mark.parametrize("corners", ["", "1,2,3", "1,2,3,4,5,6,7,nan", "1,2,3,4,5,6,7,1e9", "1 ,2,3,4,5,6,7,8"])
def test_corners_are_eight_numbers(client: FlaskClient, predictor, photo, corners: str) -> None:
    answer = send(client, "/v1/words", photo(), query=f"?corners={corners}")

    assert (answer.status_code, answer.json["code"]) == (400, "bad_request")
    assert predictor.calls == []


@pytest.mark.parametrize(
    ("corners", "code"),
    [
        ("0,0,0,0,0,0,0,0", "corners_missing"),
        ("100,100,100,475,700,475,700,100", "corners_missing"),
        ("0,0,100,0,100,62,0,62", "card_too_small"),
        ("-90000,-90000,90000,-90000,90000,90000,-90000,90000", "corners_missing"),
        ("-300,-200,1100,-200,1100,800,-300,800", None),
        ("0,524288,200,524288,150,524288.000001,60,524288.000001", "corners_missing"),
        ("0,100,200,100,150,100.000001,60,100.000001", "corners_missing"),
    ],
)
def test_corners_must_make_a_card(client: FlaskClient, photo, corners: str, code: str | None) -> None:
    answer = send(client, "/v1/words", photo(), query=f"?corners={corners}")

    assert (answer.status_code, answer.json.get("code")) == (422 if code else 200, code)


def test_words_are_read_in_the_order_of_their_crops(client: FlaskClient, three_crops) -> None:
    words = send(client, "/v1/text", *three_crops).json["words"]

    assert [word["text"] for word in words] == ["000000000001", "SPECIMEN", "THỬ"]
    assert words[2] == {"text": "THỬ", "confidence": 0.8125, "char_confidence": [0.75] * 3}


def test_crops_may_be_json(client: FlaskClient, three_crops) -> None:
    texts = [base64.b64encode(crop).decode() for crop in three_crops]

    assert len(client.post("/v1/text", json={"images": texts}).json["words"]) == 3


@pytest.mark.parametrize(
    ("crop", "status", "code"),
    [
        (png((60, 7)), 400, "bad_image"),
        (png((2000, 600)), 413, "image_too_large"),
        (b"no image", 415, "unsupported_image"),
    ],
)
def test_a_crop_that_is_none_is_refused(client: FlaskClient, predictor, three_crops, crop, status, code) -> None:
    answer = send(client, "/v1/text", *three_crops[:2], crop)

    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert predictor.calls == []


def test_there_are_at_most_a_hundred_crops(client: FlaskClient, predictor) -> None:
    predictor.outputs["reader"] = {
        "text": np.array(["x"] * 100, object),
        "confidence": np.ones(100, np.float32),
        "char_confidence": np.ones((100, 16), np.float32),
    }

    assert len(send(client, "/v1/text", *[png((20, 20))] * 100).json["words"]) == 100
    assert send(client, "/v1/text", *[png((20, 20))] * 101).json["code"] == "bad_request"


@pytest.mark.parametrize("path", ROUTES)
def test_one_model_is_asked_and_says_who_it_is(
    client: FlaskClient, metrics, predictor, three_crops, photo, path
) -> None:
    answer = send(client, path, *(three_crops if path == "/v1/text" else [photo()]))

    model = ROUTES[path]
    version = predictor.versions[model]
    assert [name for name, _, _ in predictor.calls] == [model]
    assert answer.json["models"] == {model: {"version": version, "label": "stable"}}
    assert answer.headers["X-FVI-Versions"].endswith(f", {model}={version};label=stable")
    assert list(answer.json["timing_ms"])[:2] == ["wait", "decode"]
    assert {model, "total"} < set(answer.json["timing_ms"])
    counted = {"route": path, "status": "200"}
    assert metrics.registry.get_sample_value("fvi_api_requests_total", counted) == 1


@pytest.mark.parametrize("path", ROUTES)
def test_it_needs_a_key_where_there_are_keys(predictor, three_crops, tmp_path, path: str) -> None:
    key, line = new_key("bank")
    (tmp_path / "keys").write_text(line)
    client = create_app(Settings(api_keys_file=str(tmp_path / "keys")), predictor).test_client()
    images = three_crops if path == "/v1/text" else [png((800, 600))]

    assert send(client, path, *images).status_code == 401
    assert send(client, path, *images, **{"X-API-Key": key}).status_code == 200


def test_crops_count_as_requests_each(predictor, three_crops, tmp_path) -> None:
    key, line = new_key("bank")
    (tmp_path / "keys").write_text(f"{line} burst=4 requests_per_second=0.01")
    client = create_app(Settings(api_keys_file=str(tmp_path / "keys")), predictor).test_client()

    statuses = [send(client, "/v1/text", *three_crops, **{"X-API-Key": key}).status_code for _ in range(3)]

    assert statuses == [200, 200, 429]


def test_a_crop_is_made_small_before_the_next_is_decoded(client: FlaskClient, monkeypatch, three_crops) -> None:
    steps: list[str] = []
    decode, shrink = Intake.decode, reader.crop
    monkeypatch.setattr(Intake, "decode", lambda *given: steps.append("decode") or decode(*given))
    monkeypatch.setattr(reader, "crop", lambda *given: steps.append("shrink") or shrink(*given))

    assert send(client, "/v1/text", *three_crops).status_code == 200
    assert steps == ["decode", "shrink"] * 3
