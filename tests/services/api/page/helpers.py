"""What tests do on the page."""

from pathlib import Path

from playwright.sync_api import Page, expect


def read(page: Page, path: Path) -> None:
    """Chooses a photo and waits until it is read."""
    page.set_input_files("#file", path)
    expect(page.locator("#result")).to_be_visible()


def clipboard(page: Page) -> str:
    return page.evaluate("navigator.clipboard.readText()")


def drawn(page: Page, selector: str) -> list[list[float]]:
    """Where a polygon is on the screen: [[x, y], ...] as shares of the picture's width and height."""
    return page.evaluate(
        """(selector) => {
            const polygon = document.querySelector(selector);
            const picture = document.getElementById("photo").getBoundingClientRect();
            return [...polygon.points].map((point) => {
                const seen = point.matrixTransform(polygon.getScreenCTM());
                return [(seen.x - picture.x) / picture.width, (seen.y - picture.y) / picture.height];
            });
        }""",
        selector,
    )
