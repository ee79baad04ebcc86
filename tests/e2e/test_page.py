"""A photo dropped on the page of the running system: what one sees is what the API answers."""

from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.jpg"))


@pytest.mark.parametrize("photo", EXAMPLES, ids=lambda path: path.stem)
def test_the_page_shows_what_the_api_answers(browser: Browser, url: str, photo: Path) -> None:
    answer = httpx.post(f"{url}/v1/cards", files={"image": photo.read_bytes()}, timeout=60).json()
    page = browser.new_page(locale="vi-VN")
    page.goto(url)
    page.set_input_files("#file", photo)
    expect(page.locator("#result")).to_be_visible(timeout=60_000)

    shown = page.eval_on_selector_all(
        "#fields tr", "rows => rows.map(row => [row.dataset.field, row.querySelector('.text').textContent])"
    )
    assert dict(shown) == {name: field["text"] for name, field in answer["fields"].items()}
    values = page.locator("#fields .value").all_text_contents()
    assert values == [
        field["value"] for field in answer["fields"].values() if field["value"] not in (None, field["text"])
    ]
    assert page.locator("#checks li").count() == len(answer["checks"])
    points = "polygon => [...polygon.points].map(point => [point.x, point.y])"
    drawn = page.eval_on_selector_all("polygon.word", f"polygons => polygons.map({points})")
    words = [word["polygon"] for field in answer["fields"].values() for word in field["words"]]
    assert drawn == [[pytest.approx(point, abs=0.01) for point in polygon] for polygon in words]
    assert page.eval_on_selector("polygon.card", points) == [
        pytest.approx(point) for point in answer["card"]["corners"]
    ]
    scale = page.evaluate("document.getElementById('photo').naturalWidth / document.getElementById('photo').width")
    assert page.eval_on_selector("#boxes", "boxes => 1 / boxes.getScreenCTM().a") == pytest.approx(scale, rel=0.01)
    page.close()
