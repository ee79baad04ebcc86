"""Renews docs/page.webp: the page with a SPECIMEN card, read by the running system. `make screenshot`."""

import io
import subprocess
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from services.local import running

ROOT = Path(__file__).parents[1]
PHOTO = ROOT / "examples" / "mobile-1008.jpg"
PICTURE = ROOT / "docs" / "page.webp"


def main() -> None:
    chromium = subprocess.run([ROOT / "scripts" / "chromium"], stdout=subprocess.PIPE, text=True, check=True)
    with running(str(ROOT / "build" / "store")) as system, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.stdout.strip())
        page = browser.new_page(locale="en-GB", viewport={"width": 1280, "height": 1000}, color_scheme="light")
        page.goto(system.url)
        page.set_input_files("#file", PHOTO)
        page.wait_for_selector("#result:visible")
        page.get_by_role("button", name="Copy: Full name").focus()
        shot = page.screenshot()
        browser.close()
    Image.open(io.BytesIO(shot)).save(PICTURE, "WEBP", quality=80)
    print(f"{PICTURE.relative_to(ROOT)}: {PICTURE.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
