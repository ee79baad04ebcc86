"""The other routes, with the committed weights: they see what `/v1/cards` sees."""

import base64
import io
import json
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.jpg"))


@pytest.fixture(scope="module")
def client(url: str):
    with httpx.Client(base_url=url, timeout=120) as opened:
        yield opened


def texts_of(document: dict) -> dict[str, str]:
    return {name: field["text"] for name, field in document["fields"].items()}


def test_a_batch_reads_what_single_cards_are_read_as(client: httpx.Client) -> None:
    photos = [path.read_bytes() for path in EXAMPLES]
    singles = [client.post("/v1/cards", content=photo).json() for photo in photos]

    items = client.post("/v1/cards:batch", files=[("images", photo) for photo in photos]).json()["cards"]

    assert [item["status"] for item in items] == [200] * len(photos)
    assert [texts_of(item) for item in items] == [texts_of(single) for single in singles]


def test_a_photo_as_heic_or_in_a_pdf_is_read(client: httpx.Client) -> None:
    import pillow_heif

    truth = json.loads(EXAMPLES[0].with_suffix(".json").read_text())
    with Image.open(EXAMPLES[0]) as image:
        pdf, heic = io.BytesIO(), io.BytesIO()
        image.save(pdf, "PDF", resolution=200)
        pillow_heif.from_pillow(image).save(heic, quality=90)

    for file in (pdf, heic):
        document = client.post("/v1/cards", content=file.getvalue()).json()
        assert document["fields"]["id_number"]["text"] == truth["fields"]["id_number"]


def test_three_models_one_after_the_other_read_the_card(client: httpx.Client) -> None:
    photo = EXAMPLES[0].read_bytes()
    card = client.post("/v1/cards?include=words,crop", content=photo).json()

    corners = [corner["point"] for corner in client.post("/v1/corners", content=photo).json()["corners"]]
    assert corners == card["card"]["corners"]

    query = {"corners": ",".join(str(value) for point in corners for value in point)}
    words = client.post("/v1/words", params=query, content=photo).json()["words"]
    number = next(word for word in words if word["field"] == "id_number")
    # Not equal: the corners that are sent back are rounded to a tenth of a pixel.
    places = [word["polygon"] for word in card["fields"]["id_number"]["words"]]
    assert any(np.allclose(number["polygon"], place, atol=1) for place in places)

    flat = base64.b64decode(card["crop"])
    number = next(w for w in client.post("/v1/words", content=flat).json()["words"] if w["field"] == "id_number")
    (x0, y0), _, (x1, y1), _ = number["polygon"]
    with Image.open(io.BytesIO(flat)) as image:
        margin, crop = 0.1 * (y1 - y0), io.BytesIO()
        image.crop(tuple(np.round((x0 - margin, y0 - margin, x1 + margin, y1 + margin)))).save(crop, "PNG")
    (word,) = client.post("/v1/text", files={"images": crop.getvalue()}).json()["words"]
    assert word["text"] in [word["text"] for word in card["fields"]["id_number"]["words"]]


def test_a_back_is_never_read_as_a_front(client: httpx.Client) -> None:
    photo = EXAMPLES[0].read_bytes()

    document = client.post("/v1/cards", files={"front": photo, "back": photo}).json()

    assert (document["front"]["status"], document["back"]["code"]) == (200, "wrong_side")
    assert {check["result"] for check in document["checks"]} == {"unknown"}
