"""`fvi-ocr top` as a person runs it."""

import json
from pathlib import Path

import pytest

from services.children import free_port
from services.cli import main


@pytest.fixture(autouse=True)
def announce(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """announce(document): what `fvi-ocr up` would have left."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    (tmp_path / "fvi-ocr").mkdir()
    return lambda document: (tmp_path / "fvi-ocr" / "up.json").write_text(json.dumps(document))


def test_one_frame_of_named_processes(api, agent, capsys: pytest.CaptureFixture[str]) -> None:
    api.metrics.in_flight.inc(3)
    assert main(["top", api.url, agent.url, "--once", "--interval", "0.1"]) == 0
    shown = capsys.readouterr().out
    for part in ("last 0.1 s", "1 API", "1 agent", "3 in flight", "stable", "AVAILABLE"):
        assert part in shown


def test_a_system_of_this_machine_is_found(announce, api, agent, capsys: pytest.CaptureFixture[str]) -> None:
    announce({"url": "http://127.0.0.1:1", "metrics": [api.url, agent.url]})
    assert main(["top", "--once", "--interval", "0.1"]) == 0
    shown = capsys.readouterr().out
    assert "1 API  1 agent" in shown
    assert "!" not in shown  # that there is no controller is no trouble


def test_without_one_it_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["top", "--once"]) == 1
    assert capsys.readouterr().err.count("start `fvi-ocr up`, or name an address of metrics") == 1


def test_a_script_learns_that_nobody_answers(capsys: pytest.CaptureFixture[str]) -> None:
    address = f"127.0.0.1:{free_port()}"
    assert main(["top", address, "--once", "--interval", "0.1"]) == 1
    assert f"! {address} does not answer" in capsys.readouterr().out
    assert main(["top", "--prometheus", f"http://{address}", "--once"]) == 1
    assert "Prometheus does not answer" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["--interval", "0"], ["--window", "-1"], ["--interval", "soon"], ["--one"]])
def test_wrong_use_exits_with_two(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["top", *arguments])
    assert stopped.value.code == 2


def test_an_address_that_is_none_is_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["top", "--once", "--prometheus", "http://[::1"]) == 1
    assert capsys.readouterr().err.count("\n") == 1
