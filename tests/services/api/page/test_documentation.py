"""The documentation at `/docs`: a renderer of others, under our policy."""

import re

from playwright.sync_api import expect


def test_the_api_is_described_and_can_be_tried(visit, url: str) -> None:
    page = visit(f"{url}/docs")
    expect(page.locator("#docs h1, #docs h2.title").first).to_contain_text("fvi-ocr")
    expect(page.locator(".opblock-summary-path")).to_have_count(9)
    models = page.locator("#operations-About-listModels")
    models.get_by_role("button", name=re.compile("Which versions")).first.click()

    models.get_by_role("button", name="Try it out").click()
    models.get_by_role("button", name="Execute").click()

    expect(models.locator(".responses-table.live-responses-table")).to_contain_text("cropper")


def test_every_operation_can_be_opened(visit, url: str) -> None:
    page = visit(f"{url}/docs")
    operations = page.locator(".opblock")
    expect(operations).to_have_count(9)

    for index in range(9):
        operations.nth(index).locator(".opblock-summary-control").click()
        expect(operations.nth(index).locator(".responses-wrapper")).to_be_visible()
