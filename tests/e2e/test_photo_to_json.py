import json
from pathlib import Path

import httpx
import numpy as np
import pytest
from rapidfuzz.distance import Levenshtein

from models.synthetic.camera import compress
from models.synthetic.scenes import background
from services.cli import main
from services.local import System

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.jpg"))


def read(url: str, photo: bytes) -> dict:
    answer = httpx.post(f"{url}/v1/cards", content=photo, headers={"Content-Type": "image/jpeg"}, timeout=60)
    assert answer.status_code == 200, answer.text
    assert answer.headers["X-Request-Id"] == answer.json()["request_id"]
    assert "reader=1" in answer.headers["X-FVI-Versions"]
    return answer.json()


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 3


@pytest.mark.parametrize("photo", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_read(url: str, photo: Path) -> None:
    truth = json.loads(photo.with_suffix(".json").read_text())
    document = read(url, photo.read_bytes())
    assert (document["card"]["type"], document["card"]["side"]) == (truth["type"], truth["side"])
    corners = np.array(list(truth["corners"].values()))
    diagonal = np.linalg.norm(corners[2] - corners[0])
    assert np.linalg.norm(np.array(document["card"]["corners"]) - corners, axis=1).max() < 0.05 * diagonal
    assert document["fields"]["id_number"]["text"] == truth["fields"]["id_number"]
    missing = set(truth["fields"]) - set(document["fields"])
    assert {f"field_missing:{name}" for name in missing} == set(document["warnings"])
    assert len(missing) <= 1
    read_text = " ".join(document["fields"][name]["text"] for name in truth["fields"] if name not in missing)
    true_text = " ".join(truth["fields"].values())
    assert Levenshtein.normalized_similarity(read_text, true_text) > 0.95


def test_every_model_version_is_reported(system: System, url: str) -> None:
    assert httpx.get(f"{system.admin_url}/readyz").status_code == 200
    models = httpx.get(f"{url}/v1/models").json()["models"]
    assert {model["name"]: model["version"] for model in models} == {"cropper": 1, "detector": 1, "reader": 1}


def test_a_photo_without_a_card_is_refused(url: str) -> None:
    _, table = compress(background(np.random.default_rng(2026), (1280, 960)), 85)
    answer = httpx.post(f"{url}/v1/cards", content=table, headers={"Content-Type": "image/jpeg"}, timeout=60)
    assert answer.status_code == 422
    assert answer.json()["code"] == "no_card"


def test_the_command_reads_and_draws(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = tmp_path / "annotated.png"
    assert main(["read", str(EXAMPLES[0]), "--url", url, "--jsonl", "--annotate", str(picture)]) == 0
    document = json.loads(capsys.readouterr().out)
    truth = json.loads(EXAMPLES[0].with_suffix(".json").read_text())
    assert document["fields"]["id_number"]["text"] == truth["fields"]["id_number"]
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_the_command_says_in_one_line_what_is_wrong(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["read", "nowhere.jpg", "--url", url]) == 1
    assert capsys.readouterr().err == "fvi-ocr: nowhere.jpg: No such file or directory\n"
    text = tmp_path / "notes.jpg"
    text.write_text("not a photo")
    assert main(["read", str(text), "--url", url]) == 1
    assert "[unsupported_image]" in capsys.readouterr().out
