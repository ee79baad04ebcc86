"""What goes wrong is told, and what helps is offered."""

import json
import re
import subprocess
from pathlib import Path

from playwright.sync_api import expect

from services.api.app import create_app
from services.api.errors import Busy
from services.api.keys import new_key
from services.api.settings import Settings

KEY, LINE = new_key("bank")


def test_an_error_is_a_sentence_with_its_code_in_either_language(visit, url: str, tmp_path: Path) -> None:
    (tmp_path / "notes.jpg").write_text("not a photo")
    page = visit(url)
    page.set_input_files("#file", tmp_path / "notes.jpg")
    problem = page.get_by_role("alert")
    expect(problem).to_contain_text("not an image we can read")
    expect(problem).to_contain_text("unsupported_image, ")
    expect(page.locator("#result")).to_be_hidden()
    expect(page.locator("#again")).to_be_hidden()
    page.click("button[data-language=vi]")
    expect(problem).to_contain_text("Không nhận ra định dạng ảnh.")


def test_a_busy_server_can_be_asked_again(visit, url: str, predictor, jpeg: Path) -> None:
    predictor.fail["cropper"] = Busy()
    page = visit(url)
    page.set_input_files("#file", jpeg)
    expect(page.get_by_role("alert")).to_contain_text("busy, ")
    predictor.fail.clear()
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#result")).to_be_visible()
    expect(page.get_by_role("alert")).to_be_empty()


def test_a_server_that_is_gone_and_one_that_is_another_are_told_apart(visit, serve, jpeg: Path) -> None:
    app = create_app(Settings(), None)
    address = serve(app)
    page = visit(address)
    page.route("**/v1/cards", lambda route: route.abort())
    page.set_input_files("#file", jpeg)
    expect(page.get_by_role("alert")).to_contain_text("The server did not answer.")
    page.unroute("**/v1/cards")
    page.route("**/v1/cards", lambda route: route.fulfill(status=413, body="<html>nginx", content_type="text/html"))
    page.set_input_files("#file", jpeg)
    expect(page.get_by_role("alert")).to_contain_text("What answered is not this API.")


def test_a_login_page_instead_of_an_answer_is_told_and_can_be_tried_again(visit, url: str, jpeg: Path) -> None:
    page = visit(url)
    page.route("**/v1/cards", lambda route: route.fulfill(status=200, body="<html>Log in", content_type="text/html"))
    page.set_input_files("#file", jpeg)
    expect(page.get_by_role("alert")).to_contain_text("What answered is not this API.")
    page.unroute("**/v1/cards")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#result")).to_be_visible()


def test_a_photo_refused_for_its_quality_says_why(visit, serve, predictor, jpeg: Path) -> None:
    settings = Settings(quality_min_card_pixels=700, quality_refuse="card_small")
    page = visit(serve(create_app(settings, predictor)))
    page.set_input_files("#file", jpeg)
    expect(page.get_by_role("alert")).to_contain_text("The card is small in the photo. Move closer.")


def test_a_photo_that_is_too_large_is_told_by_gunicorn_too(visit, start, tmp_path: Path, photo) -> None:
    (tmp_path / "card.bmp").write_bytes(photo("BMP", size=(2000, 1500)))
    page = visit(start(FVI_MAX_IMAGE_BYTES="100000").url)
    page.set_input_files("#file", tmp_path / "card.bmp")
    # gunicorn closes the connection on what was not read yet, and the browser may see that first.
    expect(page.get_by_role("alert")).to_contain_text(re.compile("body_too_large|larger than it takes"))


def test_a_key_is_asked_for_used_and_forgotten(visit, serve, predictor, jpeg: Path, tmp_path: Path) -> None:
    (tmp_path / "keys").write_text(LINE)
    page = visit(serve(create_app(Settings(api_keys_file=str(tmp_path / "keys")), predictor)))
    page.set_input_files("#file", jpeg)
    expect(page.get_by_role("alert")).to_contain_text("An API key is needed")
    expect(page.locator("#key")).to_be_focused()
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("The API key is not known.")
    page.locator("#key").fill(f" {KEY}\u200b")
    page.keyboard.press("Enter")
    expect(page.locator("#result")).to_be_visible()

    command = page.locator("#curl").text_content()
    assert KEY not in page.content().replace(f'value="{KEY}"', "")
    environ = {"OCR_API_KEY": KEY, "PATH": "/usr/bin:/bin"}
    done = subprocess.run(["bash", "-c", f"{command} --silent"], cwd=jpeg.parent, env=environ, capture_output=True)
    assert json.loads(done.stdout)["card"]["type"] == "cccd-2021"
    assert page.evaluate("localStorage.length + sessionStorage.length + document.cookie.length") == 0
    page.reload()
    expect(page.locator("#key")).to_have_value("")
