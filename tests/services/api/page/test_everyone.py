"""For everyone: languages, keyboard, screen readers, small screens; and under a strict policy."""

import re
import threading
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask.testing import FlaskClient
from playwright.sync_api import expect

from services.api.app import create_app
from services.api.settings import Settings
from tests.services.api.page.helpers import read

ROOT = Path(__file__).parents[4]
STATIC = ROOT / "services" / "api" / "static"
MODULES = ("dom.js", "page.js", "photo.js", "result.js", "words.js")


@pytest.mark.parametrize(("locale", "language", "other"), [("vi-VN", "vi", "en"), ("de-DE", "en", "vi")])
def test_it_speaks_the_browsers_language_and_the_one_chosen(
    visit, url: str, jpeg: Path, locale: str, language: str, other: str
) -> None:
    title = {"en": "Photo", "vi": "Ảnh"}
    number = {"en": "Number", "vi": "Số"}
    page = visit(url, locale=locale)
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.locator("#photo-title")).to_have_text(title[language])
    read(page, jpeg)
    page.click(f"button[data-language={other}]")
    expect(page.locator("#photo-title")).to_have_text(title[other])
    expect(page.locator("#fields th").first).to_have_text(number[other])
    expect(page.locator(f"button[data-language={other}]")).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", other)
    assert page.evaluate("Object.entries(localStorage).concat(Object.entries(sessionStorage))") == [
        ["fvi-ocr.language", other]
    ]


def test_both_languages_say_everything_that_the_api_names(visit, url: str) -> None:
    """By the tables of docs/api.md and docs/quality.md."""
    words = visit(url).evaluate(
        """() => import("/static/words.js").then(({ WORDS }) => JSON.parse(JSON.stringify(WORDS,
            (name, value) => typeof value === "function" ? "a sentence" : value)))"""
    )
    api = (ROOT / "docs" / "api.md").read_text()
    quality = (ROOT / "docs" / "quality.md").read_text()

    def named(text: str, begin: str, end: str) -> set[str]:
        rows = re.findall(r"^\| (`[^|]+`) ", text[text.index(begin) : text.index(end)], re.MULTILINE)
        return {name for row in rows for name in re.findall(r"`(\w+)`", row)}

    codes = named(api, "| code | status |", "Errors of HTTP itself")
    codes |= set(re.findall(r"\| `(\w+)` \|$", quality, re.MULTILINE))
    assert "no_card" in codes
    assert "blurred" in codes
    checks = named(api, "| check | passes", "## Errors")
    assert "id_matches_sex" in checks
    for language, said in words.items():
        assert said.keys() == words["en"].keys()
        assert checks <= said["check_names"].keys(), language
        assert named(api, "| field | what is made", "A `value` is null") <= said["fields"].keys(), language
        assert named(quality, "| figure |", "Where reading is impossible") <= said["measures"].keys(), language
    assert codes <= words["vi"]["codes"].keys()


def test_the_keyboard_is_enough(visit, url: str, jpeg: Path) -> None:
    page = visit(url)
    # From the start: Playwright does not wait until the browser knows that dialogs are to be intercepted.
    page.on("filechooser", lambda chooser: chooser.set_files(jpeg))
    ring = "getComputedStyle(document.activeElement.closest('.button') ?? document.activeElement).outlineStyle"

    def tab_to(selector: str) -> None:
        page.keyboard.press("Tab")
        expect(page.locator(selector)).to_be_focused()
        assert page.evaluate(ring) != "none"

    for selector in ("[data-language=vi]", "[data-language=en]", "header a", "#file"):
        tab_to(selector)
    page.keyboard.press("Enter")
    expect(page.locator("#result")).to_be_visible()
    expect(page.locator("#file")).to_be_focused()
    for selector in ("#labelled", "#access summary", "tr[data-field=id_number] button"):
        tab_to(selector)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Copied.")
    for selector in ("tr[data-field=full_name] button", "pre", "#copy-curl", "#copy-json", "#result summary"):
        tab_to(selector)


def test_what_can_be_known_without_sight(visit, url: str, jpeg: Path) -> None:
    page = visit(url)
    expect(page.get_by_role("status")).to_have_text("No photo yet.")
    read(page, jpeg)
    expect(page.get_by_role("img", name="The photo, with the card")).to_be_visible()
    expect(page.get_by_role("table", name="Citizen card with a chip (CCCD), front")).to_be_visible()
    expect(page.get_by_role("row", name="Full name SPECIMEN THỬ")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["en-GB", "vi-VN"])
def test_axe_finds_nothing_to_complain_about(visit, serve, predictor, jpeg: Path, scheme: str, locale: str) -> None:
    predictor.outputs["reader"]["text"][0] = "00000000001"  # so that a check fails
    page = visit(serve(create_app(Settings(require_number=False), predictor)), color_scheme=scheme, locale=locale)
    found = [Axe().run(page)]
    page.locator("#access summary").click()
    read(page, jpeg)
    page.locator("summary").last.click()
    found.append(Axe().run(page))
    page.set_input_files("#file", __file__)
    expect(page.get_by_role("alert")).not_to_be_empty()
    found.append(Axe().run(page))
    assert [each.generate_report() for each in found if each.violations_count] == []


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_nothing_moves_for_those_who_do_not_want_it(visit, url: str, predictor, jpeg: Path, motion: str) -> None:
    go_on, call = threading.Event(), predictor.call
    predictor.call = lambda *arguments: go_on.wait(20) and call(*arguments)
    page = visit(url, reduced_motion=motion)
    page.set_input_files("#file", jpeg)
    expect(page.get_by_role("status")).to_have_text("Reading …")
    assert page.evaluate("document.getAnimations().length") == (0 if motion == "reduce" else 1)
    go_on.set()
    expect(page.locator("#result")).to_be_visible()


@pytest.mark.parametrize("width", [320, 375, 800])
def test_nothing_hangs_over_the_edge(visit, url: str, jpeg: Path, width: int) -> None:
    page = visit(url, viewport={"width": width, "height": 700}, locale="vi-VN")
    read(page, jpeg)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_nothing_is_inline_and_nothing_comes_from_elsewhere(client: FlaskClient) -> None:
    """So that the Content-Security-Policy can stay strict."""
    with client.get("/") as answer:
        policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    html = (STATIC / "index.html").read_text()
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*src=)", html)
    for name in ("index.html", "page.css", *MODULES):
        assert not re.search(r"//[a-z0-9-]+\.[a-z]", (STATIC / name).read_text().replace("//www.w3.org/", "")), name
