"""What a card's answer has in it, and which page is read."""

import base64
import io

import numpy as np
import pytest
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse


def send(client: FlaskClient, data: bytes, query: str = "") -> TestResponse:
    return client.post(f"/v1/cards{query}", data=data, content_type="application/octet-stream")


def picture_of(text: str) -> np.ndarray:
    with Image.open(io.BytesIO(base64.b64decode(text))) as image:
        assert image.format == "JPEG"
        return np.asarray(image)


def test_without_include_there_are_words_and_times(client: FlaskClient, photo) -> None:
    document = send(client, photo()).json

    assert {"crop", "face"}.isdisjoint(document)
    assert list(document) == list(send(client, photo(), "?include=words,timing").json)


def test_an_empty_include_leaves_out_all_that_can_be(client: FlaskClient, photo) -> None:
    document = send(client, photo(), "?include=").json

    assert "timing_ms" not in document
    assert "words" not in document["fields"]["id_number"]
    assert document["fields"]["id_number"]["text"] == "000000000001"


def test_the_card_can_be_had_cut_out(client: FlaskClient) -> None:
    pixels = np.full((600, 800, 3), 200, np.uint8)
    pixels[100:475, 100:700] = (10, 10, 90)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")

    crop = picture_of(send(client, buffer.getvalue(), "?include=crop").json["crop"])

    assert crop.shape == (640, 1024, 3)
    assert np.abs(crop[20:-20, 20:-20].astype(int) - (10, 10, 90)).max() < 12


@pytest.mark.parametrize("query", ["?include=face", "?include=face,face_crop", "?include=face_crop"])
def test_the_place_of_the_portrait_can_be_had(client: FlaskClient, photo, query: str) -> None:
    document = send(client, photo(), query).json

    (left, top), _, (right, bottom), _ = document["face"]["polygon"]
    assert 100 < left < right < 300
    assert 200 < top < bottom < 475
    assert ("crop" in document["face"]) == ("face_crop" in query)
    if "face_crop" in query:
        height, width, _ = picture_of(document["face"]["crop"]).shape
        assert height / width == pytest.approx(1.22, abs=0.05)


@pytest.mark.parametrize("query", ["?include=words,face&include=crop", "?include=crop&include=face&include=words"])
def test_include_may_be_one_list_or_several(client: FlaskClient, photo, query: str) -> None:
    document = send(client, photo(), query).json

    assert {"crop", "face"} <= set(document)
    assert "timing_ms" not in document


@pytest.mark.parametrize("query", ["?include=names", "?include=words,Crop", "?include=words%20"])
def test_an_unknown_include_is_refused_with_the_known_ones(client: FlaskClient, predictor, photo, query: str) -> None:
    answer = send(client, photo(), query)

    assert (answer.status_code, answer.json["code"]) == (400, "bad_request")
    assert "words, timing, crop, face, face_crop" in answer.json["detail"]
    assert predictor.calls == []


@pytest.mark.parametrize("page", ["0", "-1", "1.5", "two", "", "10000", "١"])
def test_a_page_is_a_whole_number(client: FlaskClient, photo, page: str) -> None:
    answer = send(client, photo(), f"?page={page}")

    assert (answer.status_code, answer.json["code"]) == (400, "bad_request")


def test_a_page_of_a_pdf_is_read(client: FlaskClient) -> None:
    buffer = io.BytesIO()
    pages = [Image.new("RGB", size, "grey") for size in ((64, 64), (800, 600))]
    pages[0].save(buffer, "PDF", save_all=True, append_images=pages[1:], resolution=300)

    read = client.post("/v1/cards?page=2", data=buffer.getvalue(), content_type="application/pdf")
    missing = send(client, buffer.getvalue(), "?page=3")

    assert read.json["card"]["corners"][2] == pytest.approx([700, 475], abs=2)
    assert (missing.status_code, missing.json["code"]) == (400, "no_such_page")
    assert missing.json["detail"] == "The PDF has 2 pages; there is no page 3."
