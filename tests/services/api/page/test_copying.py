"""What can be copied: a field, the answer, a command that works."""

import json
import subprocess
from pathlib import Path

from playwright.sync_api import expect

from tests.services.api.page.helpers import clipboard, read


def test_the_answer_a_field_and_a_working_command_can_be_copied(visit, url: str, jpeg: Path) -> None:
    page = visit(url)
    read(page, jpeg)

    page.click("#copy-json")
    expect(page.locator("#status")).to_have_text("Copied.")
    fields = json.loads(clipboard(page))["fields"]
    assert fields["full_name"]["text"] == "SPECIMEN THỬ"

    page.get_by_role("button", name="Copy: Number").click()
    expect(page.locator("#status")).to_have_text("Copied.")
    assert clipboard(page) == "000000000001"

    page.click("#copy-curl")
    command = f"--silent {clipboard(page).removeprefix('curl ')}"
    done = subprocess.run(["bash", "-c", f"curl {command}"], cwd=jpeg.parent, capture_output=True, check=True)
    assert json.loads(done.stdout)["fields"] == fields


def test_a_page_without_https_copies_too(visit, url: str, jpeg: Path) -> None:
    page = visit(url)
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.reload()
    read(page, jpeg)
    page.get_by_role("button", name="Copy: Number").click()
    expect(page.locator("#status")).to_have_text("Copied.")
    page.locator("#key").evaluate("(key) => { key.closest('details').open = true; key.focus(); }")
    page.keyboard.press("Control+V")
    expect(page.locator("#key")).to_have_value("000000000001")
