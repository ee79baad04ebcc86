"""Every command for clients in README.md and docs/api.md, run as it stands there against the running system."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PHOTO = ROOT / "examples" / "mobile-1003.jpg"
CLIENT = re.compile(r"\bcurl |\bfvi-ocr read |read_card\.py ")
READS_A_CARD = re.compile(r"/v1/cards|/vision/|fvi-ocr read |read_card\.py ")


def snippets() -> list[str]:
    """The commands of code blocks that name a client; lines that end in `|` or `\\` go on."""
    found = []
    for page in ("README.md", "docs/api.md"):
        blocks = re.findall(r"^```(\w*)\n(.*?)^```", (ROOT / page).read_text(), re.MULTILINE | re.DOTALL)
        for block in (text for language, text in blocks if language in ("", "sh")):
            commands = re.sub(r"(\||\\)\n\s*", lambda end: end[1].strip("\\") + " ", block).splitlines()
            found += [command for command in commands if CLIENT.search(command)]
    return found


def number_in(snippet: str) -> str:
    """The number on the example that the command names; PHOTO lies where it names another file."""
    named = re.search(r"examples/[\w/-]+\.jpg", snippet)
    photo = ROOT / named[0] if named else PHOTO
    return str(json.loads(photo.with_suffix(".json").read_text())["fields"]["id_number"])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a reader of the docs is: with a photo, the examples, and .venv."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    (tmp_path / ".venv").symlink_to(Path(sys.executable).parents[1])
    (tmp_path / ".curlrc").write_text("silent\nshow-error\nfail-with-body\n")
    return tmp_path


def test_there_are_snippets_of_each_kind() -> None:
    found = "\n".join(snippets())
    for kind in ("curl -H", "curl -F", "base64", "fvi-ocr read card.jpg --url", "read_card.py", "api-key"):
        assert kind in found


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("snippet", snippets())
def test_a_snippet_works(url: str, folder: Path, snippet: str) -> None:
    for name in {"card.jpg", *re.findall(r"@(\w+\.jpg)", snippet)}:
        shutil.copy(PHOTO, folder / name)
    announced = folder / "run" / "fvi-ocr" / "up.json"  # as `fvi-ocr up` leaves it; other tests start and stop others
    announced.parent.mkdir(parents=True, mode=0o700)
    announced.write_text(json.dumps({"url": url}))
    environ = {
        **os.environ,
        "XDG_RUNTIME_DIR": str(folder / "run"),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "CURL_HOME": str(folder),
        "OCR_API_KEY": "not asked for",
    }
    command = re.sub(r"http://127\.0\.0\.1:80[08]0", url, snippet)
    done = subprocess.run(["bash", "-c", command], cwd=folder, env=environ, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    if "curl" in snippet:
        assert isinstance(json.loads(done.stdout), dict)
    if READS_A_CARD.search(snippet):
        assert number_in(snippet) in done.stdout
