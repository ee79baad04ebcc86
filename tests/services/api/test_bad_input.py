"""Whatever is sent, the answer is a problem document with its own status and code, and never a 500."""

import base64
import io
import json
import struct
import time
import zlib

import grpc
import numpy as np
import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from PIL import Image

from services.api import intake
from services.api.app import create_app
from services.api.predictor import TfServingPredictor
from services.api.settings import Settings


def problem(client: FlaskClient, data=b"", kind: str | None = "image/jpeg") -> dict:
    """The problem document of an answer, after a look at what all of them share."""
    answer = client.post("/v1/cards", data=data, content_type=kind, headers={"X-Request-Id": "abc-1"})
    document = json.loads(answer.data)
    assert answer.content_type == "application/problem+json"
    assert answer.status_code == document["status"]
    assert document["type"] == f"urn:fvi-ocr:error:{document['code']}"
    assert document["request_id"] == answer.headers["X-Request-Id"] == "abc-1"
    return document


def png_header(width: int, height: int) -> bytes:
    """A PNG that says how large it is, promises pixels, and ends."""
    chunk = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk)) + b"\0\0\1\0IDAT"


def bomb(kind: str, size: tuple[int, int]) -> bytes:
    """A picture of very many pixels in very few bytes."""
    buffer = io.BytesIO()
    Image.new("1", size).save(buffer, kind, **({"compression": "group4"} if kind == "TIFF" else {}))
    return buffer.getvalue()


def test_something_that_is_no_image(client: FlaskClient) -> None:
    assert problem(client, b"GIF89a and so on") == {
        "type": "urn:fvi-ocr:error:unsupported_image",
        "title": "Unsupported image",
        "status": 415,
        "detail": "The bytes are not an image we can read. Send a JPEG, PNG, WebP, HEIC, BMP, TIFF or PDF.",
        "code": "unsupported_image",
        "request_id": "abc-1",
    }


def test_nothing_at_all(client: FlaskClient) -> None:
    assert problem(client, b"") == {
        "type": "urn:fvi-ocr:error:bad_image",
        "title": "Bad image",
        "status": 400,
        "detail": "The image is empty (0 bytes). Send the bytes of a photo.",
        "code": "bad_image",
        "request_id": "abc-1",
    }


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "BMP"])
def test_an_image_cut_short(client: FlaskClient, photo, kind: str) -> None:
    whole = photo(kind)

    document = problem(client, whole[: len(whole) // 2])

    assert (document["status"], document["code"]) == (400, "bad_image")


def test_an_image_too_small_to_hold_a_card(client: FlaskClient, photo) -> None:
    assert problem(client, photo(size=(800, 20)))["detail"] == (
        "The image is 800 x 20 pixels; each side needs at least 64."
    )


@pytest.mark.parametrize(
    "data",
    [bomb("PNG", (10_000, 6_000)), bomb("TIFF", (10_000, 6_000)), png_header(10_000, 6_000)],
    ids=["PNG", "TIFF", "header"],
)
def test_a_bomb_of_60_megapixels(client: FlaskClient, data: bytes) -> None:
    assert len(data) < 100_000
    assert problem(client, data) == {
        "type": "urn:fvi-ocr:error:image_too_large",
        "title": "Image too large",
        "status": 413,
        "detail": "The image is 10000 x 6000 pixels; at most 50,000,000 are read. Send a smaller photo.",
        "code": "image_too_large",
        "request_id": "abc-1",
    }


@pytest.mark.parametrize("size", [(12_000, 9_000), (20_000, 20_000), (2**31 - 1, 2**31 - 1)])
def test_a_bomb_of_any_size(client: FlaskClient, size: tuple[int, int]) -> None:
    assert problem(client, png_header(*size))["status"] in (400, 413)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "video/mp4", "nonsense"])
def test_a_content_type_that_holds_no_image(client: FlaskClient, photo, kind: str) -> None:
    assert problem(client, photo(), kind) == {
        "type": "urn:fvi-ocr:error:unsupported_media_type",
        "title": "Unsupported media type",
        "status": 415,
        "detail": (
            "Send the photo as the body with Content-Type image/*, as the multipart/form-data file `image`, "
            'or as application/json {"image": "<base64>"}. PDF is taken as application/pdf, too.'
        ),
        "code": "unsupported_media_type",
        "request_id": "abc-1",
    }


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"{", "The body is not JSON."),
        (b"\xff\xfe\xfd", "The body is not JSON."),
        (b"[" * 100_000, "The JSON has more members or values than the images need."),
        (b"[]", "The JSON is not an object."),
        (
            b'{"photo": "AA=="}',
            """One image is needed, not 0 `image`: as the form's file, or as JSON {"image": "<base64>"}.""",
        ),
        (b'{"image": 5}', "`image` in the JSON is no string."),
        (b'{"image": ["AA=="]}', "`image` in the JSON is no string."),
        (
            b'{"front": "AA=="}',
            "One image is needed of each side, not 1 `front`, 0 `back`: as the form's file, "
            'or as JSON {"front": "<base64>", "back": "<base64>"}.',
        ),
        (
            b'{"image": "data:image/png;base64,AA=="}',
            "`image` is not base64 (RFC 4648 §4, without a `data:` prefix or line breaks).",
        ),
        (b'{"image": "AAA"}', "`image` is not base64 (RFC 4648 §4, without a `data:` prefix or line breaks)."),
        ('{"image": "ă"}'.encode(), "`image` is not base64 (RFC 4648 §4, without a `data:` prefix or line breaks)."),
    ],
)
def test_json_that_holds_no_image(client: FlaskClient, body: bytes, detail: str) -> None:
    assert problem(client, body, "application/json") == {
        "type": "urn:fvi-ocr:error:bad_request",
        "title": "Bad request",
        "status": 400,
        "detail": detail,
        "code": "bad_request",
        "request_id": "abc-1",
    }


@pytest.mark.parametrize(
    ("form", "count"),
    [
        ({"photo": (io.BytesIO(b"x"), "card.jpg")}, 0),
        ({"image": "text, not a file"}, 0),
        ({"image": [(io.BytesIO(b"x"), "a.jpg"), (io.BytesIO(b"y"), "b.jpg")]}, 2),
    ],
)
def test_a_form_without_its_file(client: FlaskClient, form: dict, count: int) -> None:
    document = problem(client, form, "multipart/form-data")

    assert (document["status"], document["code"]) == (400, "bad_request")
    assert document["detail"].startswith(f"One image is needed, not {count} `image`: as the form's file, ")


def test_a_form_without_a_boundary(client: FlaskClient, photo) -> None:
    assert problem(client, photo(), "multipart/form-data")["code"] == "bad_request"


def test_a_form_of_very_many_parts(client: FlaskClient) -> None:
    assert problem(client, {f"part{i}": "x" for i in range(20)}, "multipart/form-data")["code"] == "body_too_large"


@pytest.mark.parametrize("size", [1001, 200_000])
def test_more_bytes_than_are_taken(predictor, size: int) -> None:
    client = create_app(Settings(max_image_bytes=1000), predictor).test_client()
    document = {
        "type": "urn:fvi-ocr:error:body_too_large",
        "title": "Body too large",
        "status": 413,
        "detail": "The request has more bytes than are taken. Send a smaller photo.",
        "code": "body_too_large",
        "request_id": "abc-1",
    }

    assert problem(client, b"x" * size) == document
    assert problem(client, {"image": (io.BytesIO(b"x" * size), "a.jpg")}, "multipart/form-data") == document
    assert (
        problem(client, json.dumps({"image": base64.b64encode(b"x" * size).decode()}), "application/json") == document
    )


def test_no_card_in_the_photo(client: FlaskClient, predictor, photo) -> None:
    predictor.outputs["cropper"]["card_scores"][0] = [0.02] * 10 + [0.8]

    assert problem(client, photo()) == {
        "type": "urn:fvi-ocr:error:no_card",
        "title": "No card",
        "status": 422,
        "detail": "No identity card that we know is in the photo. Fill the frame with the card.",
        "code": "no_card",
        "request_id": "abc-1",
    }


def test_two_corners_missing(client: FlaskClient, predictor, photo) -> None:
    predictor.outputs["cropper"]["corner_scores"] = np.array([[0.9, 0.1, 0.9, 0.15]], np.float32)

    assert problem(client, photo()) == {
        "type": "urn:fvi-ocr:error:corners_missing",
        "title": "Corners missing",
        "status": 422,
        "detail": "These corners of the card were not found: top right, bottom left. Show the whole card.",
        "code": "corners_missing",
        "request_id": "abc-1",
    }


def test_a_model_server_that_is_down(photo) -> None:
    predictor = TfServingPredictor(Settings(serving_target="127.0.0.1:1"))  # tcpmux: nobody listens there
    client = create_app(Settings(), predictor).test_client()

    answer = client.post("/v1/cards", data=photo(), content_type="image/jpeg", headers={"X-Request-Id": "abc-1"})
    predictor.close()

    assert answer.headers["Retry-After"] == "2"
    assert answer.json == {
        "type": "urn:fvi-ocr:error:serving_unavailable",
        "title": "Serving unavailable",
        "status": 503,
        "detail": "The model server cannot be reached. Try again in a few seconds.",
        "code": "serving_unavailable",
        "request_id": "abc-1",
    }


def test_a_model_server_slower_than_the_deadline(serving, photo) -> None:
    settings = Settings(serving_target=serving.target, deadline_seconds=0.5)
    predictor = TfServingPredictor(settings)
    seconds = {"cropper": 0.2, "detector": 0.0, "reader": 1.0}
    serving.before = lambda model, _context: time.sleep(seconds[model])
    client = create_app(settings, predictor).test_client()

    document = problem(client, photo())
    predictor.close()

    assert document == {
        "type": "urn:fvi-ocr:error:serving_timeout",
        "title": "Serving timeout",
        "status": 504,
        "detail": "The models did not answer in time. Try again in a few seconds.",
        "code": "serving_timeout",
        "request_id": "abc-1",
    }
    assert [request.model_spec.name for request in serving.requests] == ["cropper", "detector", "reader"]
    assert serving.seconds_left[2] < serving.seconds_left[0] - 0.15


@pytest.mark.parametrize(
    ("grpc_status", "status", "code", "retry_after"),
    [
        (grpc.StatusCode.NOT_FOUND, 503, "model_not_ready", "5"),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, 503, "serving_overloaded", "2"),
        (grpc.StatusCode.INTERNAL, 502, "serving_error", None),
    ],
)
def test_a_model_server_that_refuses(serving, photo, grpc_status, status, code, retry_after) -> None:
    predictor = TfServingPredictor(Settings(serving_target=serving.target))
    serving.before = lambda _model, context: context.abort(grpc_status, "secret words of the server")
    client = create_app(Settings(), predictor).test_client()

    answer = client.post("/v1/cards", data=photo(), content_type="image/jpeg")
    predictor.close()

    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert answer.headers.get("Retry-After") == retry_after
    assert b"secret" not in answer.data


@examples(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(["JPEG", "PNG", "WEBP", "TIFF", "BMP"]),
    where=st.lists(st.floats(0, 0.999), min_size=1, max_size=20),
    value=st.integers(0, 255),
    end=st.floats(0.01, 1),
)
def test_damaged_images_never_end_in_a_500(client: FlaskClient, photo, kind, where, value, end) -> None:
    data = bytearray(photo(kind, size=(200, 100)))
    for place in where:
        data[int(place * min(len(data), 2000))] = value
    data = data[: max(1, int(end * len(data)))]

    answer = client.post("/v1/cards", data=bytes(data), content_type="image/jpeg")

    assert answer.status_code in (200, 400, 413, 415, 422)


@pytest.mark.parametrize("value", [b"{}", b"[]", b"0", b'{"":0}'])
def test_json_of_very_many_values_is_refused_before_it_is_parsed(client: FlaskClient, monkeypatch, value) -> None:
    monkeypatch.setattr(json.JSONDecoder, "decode", lambda *_: pytest.fail("it was parsed"))
    body = b'{"image":[' + b",".join([value] * 100_000) + b"]}"

    answer = client.post("/v1/cards", data=body, content_type="application/json")

    monkeypatch.undo()
    assert (answer.status_code, answer.json["code"]) == (400, "bad_request")


@pytest.mark.parametrize(
    ("places", "kind", "other"),
    [("_PHOTOS_DECODED_AT_A_TIME", "PNG", "PDF"), ("_PDFS_DRAWN_AT_A_TIME", "PDF", "PNG")],
)
def test_without_a_turn_to_decode_the_deadline_ends_the_wait_and_the_other_kind_has_turns(
    monkeypatch, predictor, photo, places: str, kind: str, other: str
) -> None:
    monkeypatch.setattr(intake, places, 0)
    client = create_app(Settings(deadline_seconds=3), predictor).test_client()

    answers = [client.post("/v1/cards", data=photo(each)) for each in (kind, other)]

    assert [answer.status_code for answer in answers] == [504, 200]
    assert answers[0].json["code"] == "serving_timeout"
