"""How gunicorn is set up, and that it works: real workers, real sockets, real signals."""

import os
import re
import runpy
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

ROOT = Path(__file__).parents[3]
CONF = ROOT / "services" / "api" / "gunicorn.conf.py"


@pytest.fixture
def conf(monkeypatch) -> dict:
    """gunicorn.conf.py as gunicorn sees it without any setting."""
    for name in [*filter(lambda name: name.startswith("FVI_"), os.environ), "PROMETHEUS_MULTIPROC_DIR"]:
        monkeypatch.delenv(name, raising=False)
    return runpy.run_path(str(CONF))


def test_the_configuration_is_a_decision(conf: dict) -> None:
    pinned = {name: value for name, value in conf.items() if isinstance(value, str | int) and name[0] != "_"}

    assert pinned == {
        "wsgi_app": "services.api.wsgi:app",
        "bind": "127.0.0.1:8000",
        "workers": 2,
        "worker_class": "services.api.worker.ImpatientWorker",
        "threads": 32,
        "max_requests": 0,
        "max_requests_jitter": 0,
        "preload_app": False,
        "timeout": 30,
        "graceful_timeout": 30,
        "keepalive": 100,
        "control_socket_disable": True,
        "worker_tmp_dir": "/dev/shm",
    }
    assert conf["accesslog"] is None
    assert conf["raw_env"] == ["GRPC_VERBOSITY=NONE"]


def test_a_fork_with_grpc_loaded_is_refused(conf: dict, monkeypatch) -> None:
    monkeypatch.delitem(sys.modules, "grpc", raising=False)
    conf["pre_fork"](SimpleNamespace(admin_listener=None), SimpleNamespace())

    monkeypatch.setitem(sys.modules, "grpc", object())
    with pytest.raises(RuntimeError, match="gRPC was imported before the fork"):
        conf["pre_fork"](None, None)


def test_both_workers_read_cards_and_each_shows_the_metrics_of_both(start, photo) -> None:
    api, sent = start(), 0
    while len({line["pid"] for line in api.log() if line["message"] == "request"}) < 2:
        with ThreadPoolExecutor(6) as clients:
            answers = list(
                clients.map(lambda _: httpx.post(f"{api.url}/v1/cards", content=photo(), timeout=20), range(6))
            )
        assert [answer.status_code for answer in answers] == [200] * 6
        assert answers[0].json()["fields"]["full_name"]["text"] == "SPECIMEN THỬ"
        assert answers[0].json()["models"]["reader"] == {"version": 7, "label": "stable"}
        sent += 6
        assert sent < 120, "one worker gets everything"

    scrapes = [httpx.get(f"{api.admin_url}/metrics").text for _ in range(6)]

    counts = {re.search(r"^fvi_api_words_per_card_count (.*)$", scrape, re.MULTILINE)[1] for scrape in scrapes}
    assert counts == {f"{sent}.0"}
    assert {line["message"] for line in api.log() if line["logger"] == "gunicorn.error"} >= {
        "Using worker: services.api.worker.ImpatientWorker"
    }


def test_a_stop_waits_for_the_card_under_way_and_leaves_nothing_behind(start, serving, photo, tmp_path) -> None:
    reading = threading.Event()

    def be_slow(model: str, _context: object) -> None:
        if model == "reader":
            reading.set()
            time.sleep(1)

    serving.before = be_slow
    api = start()
    with ThreadPoolExecutor(1) as clients:
        card = clients.submit(httpx.post, f"{api.url}/v1/cards", content=photo(), timeout=20)
        assert reading.wait(20)
        api.process.send_signal(signal.SIGTERM)

    assert card.result().status_code == 200
    assert api.process.wait(timeout=20) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["stderr"]
    assert "SPECIMEN" not in (tmp_path / "stderr").read_text()


def test_bytes_that_follow_a_wrong_content_length_are_not_logged(start, tmp_path) -> None:
    api = start()
    secret = b"SPECIMEN SPECIMEN SPECIMEN\r\n\r\n"
    head = b"POST /v1/cards HTTP/1.1\r\nHost: x\r\nContent-Type: image/jpeg\r\nContent-Length: 10\r\n\r\n"

    with socket.create_connection(api.bind.split(":"), timeout=10) as connection:
        connection.sendall(head + b"0123456789" + secret)
        answer = b""
        while received := connection.recv(4096):
            answer += received

    assert answer.startswith(b"HTTP/1.1 415 ")
    assert any(line["message"] == "A request that is not HTTP was refused" for line in api.log())
    assert "SPECIMEN" not in (tmp_path / "stderr").read_text()


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_too_large_is_refused_whatever_its_length_claims(start, chunked: bool) -> None:
    api = start(FVI_MAX_IMAGE_BYTES="1000", FVI_WORKERS="1")
    body = b"x" * 300_000

    answer = httpx.post(f"{api.url}/v1/cards", content=iter([body]) if chunked else body, timeout=20)

    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def test_a_wrong_setting_stops_the_start_with_its_sentence() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "gunicorn", "-c", str(CONF)],
        cwd=ROOT,
        env={**os.environ, "FVI_THREADS": "many"},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.returncode != 0
    assert "FVI_THREADS: 'many' is not a whole number." in done.stderr
