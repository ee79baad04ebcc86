"""What the cards of a whole system say is in no log, metric or document of any of its processes.

`tests/services/api/test_leaks.py` looks closer at the API; here the models are real, and so are their server and agent.
"""

import io
import json
from pathlib import Path

import httpx
import pytest
from PIL import Image

from services.cli import main
from services.local import System
from tests.services.api.marked import found

PHOTOS = sorted((Path(__file__).parents[2] / "examples").glob("*.jpg"))
LEAST = 6  # shorter values, such as "Nam", are also parts of other words


def _texts(document: object) -> set[str]:
    """Every text of an answer that was read from a card."""
    if isinstance(document, dict):
        own = {document[name] for name in ("text", "value", "name", "id") if isinstance(document.get(name), str)}
        return own.union(*map(_texts, document.values()))
    return set().union(*map(_texts, document)) if isinstance(document, list) else set()


def _small(photo: bytes) -> bytes:
    """As large as a word may be."""
    buffer = io.BytesIO()
    Image.open(io.BytesIO(photo)).resize((400, 300)).save(buffer, "PNG")
    return buffer.getvalue()


def test_nothing_that_was_read_is_in_what_the_processes_wrote(system: System, capsys: pytest.CaptureFixture) -> None:
    values: set[str] = set()
    for photo in PHOTOS:
        data, truth = photo.read_bytes(), json.loads(photo.with_suffix(".json").read_text())
        values |= set(truth["fields"].values())
        for path in ("/v1/cards?include=words", "/vision/idr/vnm", "/v1/words", "/v1/corners", "/v1/text"):
            files = {"image": (photo.name, data, "image/jpeg")}
            if path == "/v1/text":
                files = {"images": (photo.name, _small(data), "image/png")}
            answer = httpx.post(f"{system.url}{path}", files=files, timeout=120)
            assert answer.status_code == 200, answer.text
            if path in ("/v1/cards?include=words", "/vision/idr/vnm"):
                values |= _texts(answer.json()["fields" if "fields" in answer.json() else "data"])
        httpx.post(f"{system.url}/v1/cards", files={"image": (photo.name, data[:-2000], "image/jpeg")}, timeout=120)
    assert main(["top", *system.metrics, "--once", "--interval", "0.1"]) == 0

    written = {"fvi-ocr top": capsys.readouterr().out.encode()}
    written |= {url: httpx.get(url).content for url in system.metrics}
    folder = system.desired.parent
    written |= {str(path): path.read_bytes() for path in folder.iterdir() if path.is_file()}
    assert {"agent.log", "serving.log", "api.log"} <= {path.name for path in folder.iterdir()}
    assert all(written.values())
    needles = sorted(value for value in values if len(value) >= LEAST)
    assert len(needles) > 15
    assert found(written, [*needles, *(photo.name for photo in PHOTOS)]) == []
