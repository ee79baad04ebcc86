"""examples/read_card.py against a real API, with nothing but what its users have."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from services.api.keys import new_key

EXAMPLE = Path(__file__).parents[3] / "examples" / "read_card.py"
KEY, LINE = new_key("bank")


def run(url: str, photo: Path, key: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, EXAMPLE, url, photo]
    environ = {**os.environ, "OCR_API_KEY": key}
    return subprocess.run(command, capture_output=True, text=True, env=environ, timeout=60)


def test_it_is_short() -> None:
    assert len(EXAMPLE.read_text().splitlines()) <= 30


def test_a_photo_is_read_with_a_key(start: Callable, photo, tmp_path: Path) -> None:
    (tmp_path / "keys").write_text(LINE)
    (tmp_path / "card.jpg").write_bytes(photo())
    api = start(FVI_API_KEYS_FILE=str(tmp_path / "keys"))
    assert json.loads(run(api.url, tmp_path / "card.jpg", KEY).stdout) == {
        "id_number": "000000000001",
        "full_name": "SPECIMEN THỬ",
    }
    refused = run(api.url, tmp_path / "card.jpg")
    assert refused.returncode == 1
    assert refused.stderr.startswith("An API key is needed")
    assert "(unauthorized, " in refused.stderr


def test_it_waits_until_the_models_are_back(start: Callable, serving, photo, tmp_path: Path) -> None:
    (tmp_path / "card.jpg").write_bytes(photo())
    api = start(FVI_ATTEMPTS="1", FVI_WORKERS="1")
    serving.stop()
    back = threading.Timer(1.0, serving.start)
    back.start()
    done = run(api.url, tmp_path / "card.jpg")
    back.join()
    assert done.returncode == 0, done.stderr
    assert next(line["status"] for line in api.log() if line.get("route") == "/v1/cards") == 503
