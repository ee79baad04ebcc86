"""A photo is read, shown upright, and drawn on."""

import json
import re
import threading
from pathlib import Path

import pillow_heif
import pytest
from flask.testing import FlaskClient
from PIL import Image
from playwright.sync_api import expect

from services.api.app import create_app
from services.api.settings import Settings
from tests.services.api.page.helpers import clipboard, drawn, read


def test_a_photo_is_read_and_drawn_on(visit, url: str, client: FlaskClient, jpeg: Path) -> None:
    answer = client.post("/v1/cards", data=jpeg.read_bytes(), content_type="image/jpeg").json
    page = visit(url)
    read(page, jpeg)

    expect(page.locator("#card")).to_have_text("Citizen card with a chip (CCCD), front (88 %)")
    rows = page.locator("#fields tr")
    assert rows.count() == len(answer["fields"])
    for name, field in answer["fields"].items():
        row = page.locator(f"tr[data-field={name}]")
        assert row.locator(".text").text_content() == field["text"]
        assert f"{round(100 * field['confidence'])} %" in row.inner_text()
        assert page.locator(f"g[data-field={name}] .word").count() == len(field["words"])
    expect(page.locator("#checks li")).to_have_count(len(answer["checks"]))
    expect(page.locator("#status")).to_contain_text("Fields: 2, failed checks: 0")
    expect(page.locator("#remarks")).to_contain_text("Not found: Date of birth.")


@pytest.mark.parametrize("width", [1280, 360])
def test_boxes_are_where_the_answer_has_them(visit, url: str, client: FlaskClient, jpeg: Path, width: int) -> None:
    answer = client.post("/v1/cards", data=jpeg.read_bytes(), content_type="image/jpeg").json
    page = visit(url, viewport={"width": width, "height": 800})
    read(page, jpeg)

    expected = {
        "polygon.card": answer["card"]["corners"],
        "g[data-field=id_number] .word": answer["fields"]["id_number"]["words"][0]["polygon"],
        "g[data-field=full_name] .field": answer["fields"]["full_name"]["polygon"],
    }
    for selector, polygon in expected.items():
        shares = [[x / 800, y / 600] for x, y in polygon]
        assert drawn(page, selector) == [pytest.approx(point, abs=0.005) for point in shares]


@pytest.mark.parametrize(("kind", "orientation"), [("JPEG", 6), ("JPEG", 3), ("PNG", 6), ("JPEG", 1)])
def test_the_photo_is_shown_upright(visit, url: str, tmp_path: Path, kind: str, orientation: int) -> None:
    """A photo whose top left is red once it is upright."""
    upright = Image.new("RGB", (320, 240), "white")
    upright.paste("red", (0, 0, 100, 100))
    turned = {1: upright, 3: upright.rotate(180), 6: upright.rotate(90, expand=True)}[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    turned.save(tmp_path / "photo", kind, exif=exif)
    page = visit(url)
    read(page, tmp_path / "photo")

    page.uncheck("#labelled")
    shot = tmp_path / "shot.png"
    page.locator("#photo").screenshot(path=shot)
    with Image.open(shot) as seen:
        assert seen.width > seen.height
        red, green, _ = seen.convert("RGB").getpixel((seen.width // 20, seen.height // 20))
        assert red > 200 > 100 > green
        assert min(seen.convert("RGB").getpixel((seen.width - 4, seen.height - 4))) > 200


def test_a_picture_that_the_browser_cannot_show_is_read_all_the_same(visit, url: str, photo, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # which browsers do not heed in WebP
    pillow_heif.register_heif_opener()
    files = {"tiff": photo("TIFF"), "heic": photo("HEIF"), "pdf": photo("PDF"), "webp": photo("WEBP", exif=exif)}
    page = visit(url)
    for ending, data in files.items():
        path = tmp_path / f"card.{ending}"
        path.write_bytes(data)
        page.set_input_files("#file", path)
        expect(page.locator("#curl")).to_contain_text(path.name)

        expect(page.locator("figcaption")).to_have_text(re.compile("cannot show this kind of file"))
        expect(page.locator("#stage")).to_be_hidden()
        expect(page.locator("#crop")).to_have_js_property("naturalWidth", 1024)
        page.click("#copy-json")
        assert "crop" not in json.loads(clipboard(page))
        expect(page.locator("#fields .text").first).to_have_text("000000000001")


def test_a_field_lights_up_on_the_photo_and_in_the_table(visit, url: str, jpeg: Path) -> None:
    page = visit(url)
    read(page, jpeg)
    page.get_by_role("button", name="Copy: Full name").focus()
    expect(page.locator(".lit")).to_have_count(3)
    for element in ("tr", "g", "span"):
        expect(page.locator(f"{element}[data-field=full_name]")).to_have_class(re.compile("lit"))
    page.get_by_role("button", name="Copy: Number").focus()
    expect(page.locator("tr.lit")).to_have_attribute("data-field", "id_number")


def test_a_failed_check_shows_on_its_fields(visit, serve, predictor, jpeg: Path) -> None:
    predictor.outputs["reader"]["text"][0] = "00000000001"  # a digit short
    page = visit(serve(create_app(Settings(require_number=False), predictor)))
    read(page, jpeg)
    expect(page.locator("#checks .fail")).to_have_text("✗ The number has the right length: failed")
    expect(page.locator("tr[data-field=id_number] .fail")).to_have_text("✗ a check fails")
    expect(page.locator("#labels [data-field=id_number]")).to_have_text("✗ Number 94 %")
    expect(page.locator("tr[data-field=full_name] .fail")).to_have_count(0)


def test_what_is_wrong_with_the_photo_is_a_sentence(visit, serve, predictor, jpeg: Path) -> None:
    page = visit(serve(create_app(Settings(quality_min_card_pixels=700), predictor)))
    read(page, jpeg)
    expect(page.locator("#remarks")).to_contain_text("The card is small in the photo. Move closer.")
    page.click("button[data-language=vi]")
    expect(page.locator("#remarks")).to_contain_text("Thẻ nhỏ trong ảnh. Hãy chụp gần hơn.")


def test_only_the_photo_chosen_last_is_shown(visit, url: str, predictor, jpeg: Path, tmp_path: Path) -> None:
    go_on, call = threading.Event(), predictor.call
    predictor.call = lambda *arguments: go_on.wait(20) and call(*arguments)
    page = visit(url)
    with page.expect_request("**/v1/cards"):
        page.set_input_files("#file", jpeg)
    (tmp_path / "notes.jpg").write_text("not a photo")
    page.set_input_files("#file", tmp_path / "notes.jpg")
    expect(page.get_by_role("alert")).to_contain_text("unsupported_image")
    with page.expect_response("**/v1/cards") as response:
        go_on.set()
    assert response.value.status == 200
    expect(page.get_by_role("alert")).to_contain_text("unsupported_image")
    expect(page.locator("#result")).to_be_hidden()


def test_a_photo_may_be_dropped_or_pasted(visit, url: str, jpeg: Path) -> None:
    page = visit(url)
    bring = """([bytes, kind]) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([new Uint8Array(bytes)], "card.jpg", { type: "image/jpeg" }));
        const options = { bubbles: true, cancelable: true, dataTransfer: transfer, clipboardData: transfer };
        const event = kind === "drop" ? new DragEvent(kind, options) : new ClipboardEvent(kind, options);
        document.getElementById("drop").dispatchEvent(event);
    }"""
    for kind in ("drop", "paste"):
        page.evaluate(bring, [list(jpeg.read_bytes()), kind])
        expect(page.locator("#result")).to_be_visible()
        page.reload()


def test_a_phone_has_a_button_for_its_camera(visit, url: str, jpeg: Path) -> None:
    phone = visit(url, has_touch=True, is_mobile=True, viewport={"width": 375, "height": 700})
    expect(phone.get_by_text("Take a photo")).to_be_visible()
    expect(phone.locator("#camera")).to_have_attribute("capture", "environment")
    phone.locator("#camera").set_input_files(jpeg)
    expect(phone.locator("#result")).to_be_visible()
    expect(phone.locator("#labels")).to_be_hidden()
    phone.get_by_label("Names and confidences").check()
    expect(phone.locator("#labels")).to_be_visible()
    expect(visit(url).get_by_text("Take a photo")).to_be_hidden()
