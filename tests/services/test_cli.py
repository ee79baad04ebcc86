import json
from pathlib import Path

import pytest

from services import read
from services.children import free_port
from services.cli import main
from services.local import newest_versions


def test_without_a_running_system_read_says_how_to_start_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert main(["read", "photo.jpg"]) == 1
    assert "start `fvi-ocr up`" in capsys.readouterr().err


def test_an_api_that_is_not_there_is_told_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"x")
    assert main(["read", str(photo), "--url", f"http://127.0.0.1:{free_port()}"]) == 1
    error = capsys.readouterr().err
    assert error.startswith("fvi-ocr: no answer from http://127.0.0.1:")
    assert error.count("\n") == 1


def test_a_store_without_models_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["up", "--store", str(tmp_path)]) == 1
    assert "no version of cropper" in capsys.readouterr().err


def test_wrong_use_exits_with_two(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ([], ["raed"], ["read"], ["read", "photo.jpg", "--jsno"]):
        with pytest.raises(SystemExit) as stopped:
            main(arguments)
        assert stopped.value.code == 2
    assert "--jsno" in capsys.readouterr().err


def test_the_newest_version_of_each_model_is_desired(tmp_path: Path) -> None:
    for model in ("cropper", "detector", "reader"):
        for version in ("1", "2", "10", ".tmp-11", "12"):
            folder = tmp_path / model / version
            folder.mkdir(parents=True)
            if version != "12":  # its publish was never finished
                (folder / "manifest.json").write_text("{}")
    assert newest_versions(str(tmp_path)) == {model: {"stable": 10} for model in ("cropper", "detector", "reader")}


def test_synth_writes_photos_with_their_truth(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["synth", "--out", str(tmp_path), "--split", "clean", "--count", "2", "--first", "7"]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "clean-0007.jpg", "clean-0007.json", "clean-0008.jpg", "clean-0008.json",
    ]  # fmt: skip
    truth = json.loads((tmp_path / "clean-0007.json").read_text())
    assert set(truth["corners"]) == {"top_left", "top_right", "bottom_right", "bottom_left"}
    assert truth["fields"]
    assert str(tmp_path / "clean-0007.jpg") in capsys.readouterr().out


def test_synth_draws_the_card_that_is_asked_for(tmp_path: Path) -> None:
    assert main(["synth", "--out", str(tmp_path), "--count", "1", "--first", "3", "--kind", "cc-2024 back"]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "mobile-0003-cc-2024-back.jpg",
        "mobile-0003-cc-2024-back.json",
    ]
    truth = json.loads((tmp_path / "mobile-0003-cc-2024-back.json").read_text())
    assert (truth["type"], truth["side"]) == ("cc-2024", "back")


@pytest.mark.parametrize("url", ["http://[::1", "nonsense"])
def test_an_address_that_is_none_is_told_in_one_line(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"x")
    assert main(["read", str(photo), "--url", url]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_the_table_shows_text_value_and_failed_checks(capsys: pytest.CaptureFixture[str]) -> None:
    field = {"text": "01/02/1990", "value": "1990-02-01", "confidence": 0.98765, "words": []}
    document = {
        "card": {"type": "cmnd-9", "side": "front"},
        "timing_ms": {"total": 123.4},
        "fields": {"date_of_birth": field},
        "checks": [{"name": "dates_are_in_order", "result": "fail"}, {"name": "other", "result": "pass"}],
        "warnings": ["field_missing:id_number"],
    }
    read._print(Path("a.jpg"), 200, document, "table")
    shown = capsys.readouterr().out
    for part in ("cmnd-9 front", "01/02/1990", "1990-02-01", "0.99", "field_missing:id_number", "dates_are_in_order"):
        assert part in shown
    assert "other" not in shown


def test_the_table_shows_a_zone_on_three_lines_and_a_code_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    zone = ["IDVNM0900000018001090000001<<9", "9001011M3001019VNM<<<<<<<<<<<6", "SPECIMEN<<THU<<<<<<<<<<<<<<<<<"]
    document = {
        "card": {"type": "cc-2024", "side": "back"},
        "timing_ms": {"total": 1.0},
        "fields": {
            "mrz": {"text": " ".join(zone), "value": "\n".join(zone), "confidence": 0.9, "words": []},
            "qr": {"text": "[bold]1|2", "value": None, "confidence": 1.0, "words": []},
        },
        "checks": [],
        "warnings": [],
    }
    read._print(Path("a.jpg"), 200, document, "table")
    shown = capsys.readouterr().out
    assert all(shown.count(line) == 1 for line in zone)
    assert "[bold]1|2" in shown
