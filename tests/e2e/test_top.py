"""`fvi-ocr top` of the whole system: by itself, by addresses, and through a real Prometheus."""

import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml

from services.children import Child, free_port
from services.cli import main
from services.local import System

ROOT = Path(__file__).parents[2]
PHOTO = (ROOT / "examples" / "mobile-1003.jpg").read_bytes()
STAGES = ("wait", "decode", "fit", "cropper", "warp", "detector", "crop", "reader", "fields")


@pytest.fixture
def cards(system: System) -> Iterator[None]:
    """Somebody sends them all the time."""
    stop, sent = threading.Event(), threading.Event()

    def send() -> None:
        while not stop.is_set():
            assert httpx.post(f"{system.url}/v1/cards", content=PHOTO, timeout=120).status_code == 200
            sent.set()

    thread = threading.Thread(target=send)
    thread.start()
    assert sent.wait(120)
    yield
    stop.set()
    thread.join()


@pytest.fixture
def prometheus(system: System, tmp_path: Path) -> Iterator[str]:
    """One that scrapes every process of the system each second."""
    found = subprocess.run([ROOT / "scripts" / "prometheus", "--path"], capture_output=True, text=True)
    if found.returncode:
        pytest.skip("Prometheus is not installed; as root, scripts/prometheus installs it")
    urls = [httpx.URL(url) for url in system.metrics]
    jobs = [
        {
            "job_name": f"process-{number}",
            "scrape_interval": "1s",
            "metrics_path": url.path,
            "static_configs": [{"targets": [f"{url.host}:{url.port}"]}],
        }
        for number, url in enumerate(urls)
    ]
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump({"scrape_configs": jobs}))
    port = free_port()
    flags = {
        "config.file": tmp_path / "prometheus.yml",
        "storage.tsdb.path": tmp_path / "tsdb",
        "web.listen-address": f"127.0.0.1:{port}",
    }
    command = [found.stdout.strip(), *(f"--{name}={value}" for name, value in flags.items())]
    child = Child("Prometheus", command, tmp_path / "prometheus.log", os.environ)
    yield f"http://127.0.0.1:{port}"
    child.stop()


def _requests(shown: str) -> float:
    """A second, as the frame says."""
    return sum(float(line.split()[0]) for line in shown.splitlines() if "requests/s" in line)


def check(shown: str) -> None:
    """A frame of the whole system under way."""
    for part in ("1 API", "1 agent", "1 model server", "/v1/cards", *STAGES, "stable", "AVAILABLE"):
        assert part in shown, shown
    assert _requests(shown) > 0
    assert "0.00% failed" in shown
    (reader,) = (line.split() for line in shown.splitlines() if line.split()[:3] == ["reader", "1", "stable"])
    assert float(reader[3]) > 0  # per second
    assert float(reader[4]) > 0  # p50
    assert "\n!" not in shown


@pytest.mark.usefixtures("cards")
def test_it_finds_the_system_of_this_machine_and_shows_all_of_it(
    system: System, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    announced = tmp_path / "fvi-ocr" / "up.json"  # as `fvi-ocr up` leaves it; other tests start and stop others
    announced.parent.mkdir()
    announced.write_text(json.dumps({"url": system.url, "metrics": system.metrics}))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))

    assert main(["top", "--once", "--interval", "5"]) == 0

    check(capsys.readouterr().out)


@pytest.mark.usefixtures("cards")
def test_a_prometheus_knows_the_same(prometheus: str, capsys: pytest.CaptureFixture[str]) -> None:
    deadline, shown = time.monotonic() + 120, ""
    while "1 model server" not in shown or not _requests(shown):  # it has to scrape each of them twice
        assert time.monotonic() < deadline, shown
        time.sleep(2)
        main(["top", "--prometheus", prometheus, "--once"])
        shown = capsys.readouterr().out
    check(shown)


def test_what_up_announces_is_what_answers(system: System) -> None:
    assert all("fvi_" in httpx.get(url).text or ":tensorflow:" in httpx.get(url).text for url in system.metrics)
