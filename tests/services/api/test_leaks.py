"""Nothing that a card or its sender says is kept: every path is taken with what can be recognised, and then all that
the processes wrote is searched for it: log, standard output, metrics, spans, and every file opened to be written.
"""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import grpc
import httpx
import numpy as np
import pytest

from services.api.keys import new_key
from tests.services.api import marked
from tests.services.api.marked import CANARY, FAMILY, GIVEN, MARK, NUMBER
from tests.services.api.otlp import Collector

KEY, LINE = new_key("shop")
NEEDLES = [MARK, NUMBER, FAMILY, GIVEN, CANARY, KEY]
FOLLOWED = "models: {reader: {stable: 7, canary: 8, traffic: 50, shadow: 100}}"
# Whatever a Python process opens for writing, it writes down first; Python imports this when it starts.
WATCHER = """
import os, sys
_list = os.open(os.environ["OPENED"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
def _hook(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, bytes)) and arguments[2] & (os.O_WRONLY | os.O_RDWR):
        os.write(_list, os.fsencode(arguments[0]) + b"\\n")
sys.addaudithook(_hook)
"""


@pytest.fixture
def two_readers(serving) -> None:
    """Versions 7 and 8 read something else."""
    texts = {"stable": (NUMBER, FAMILY, GIVEN), "canary": (NUMBER, FAMILY, CANARY)}
    answer = serving.predict

    def predict(request, context):
        model, label = request.model_spec.name, request.model_spec.version_label
        rows = next(iter(request.inputs.values())).tensor_shape.dim[0].size
        if model == "reader":
            ours = serving.outputs["reader"]
            ours["text"] = np.array([each.encode() for each in (texts[label] * rows)[:rows]], object)
        response = answer(request, context)
        response.model_spec.version.value = 8 if label == "canary" else 7
        return response

    serving.predict = predict


@pytest.fixture
def collector() -> Iterator[Collector]:
    running = Collector()
    yield running
    running.stop()


class Watched:
    """An API, all of whose doings end up in `folder` or are noticed."""

    def __init__(self, start: Callable, serving, collector: Collector, folder: Path) -> None:
        self.serving, self.collector, self.folder = serving, collector, folder
        (folder / "site").mkdir()
        (folder / "site" / "sitecustomize.py").write_text(WATCHER)
        (folder / "keys").write_text(LINE)
        (folder / "desired.yaml").write_text(FOLLOWED)
        self.api = start(
            FVI_API_KEYS_FILE=str(folder / "keys"),
            FVI_DESIRED_STATE=str(folder / "desired.yaml"),
            FVI_OTLP_ENDPOINT=collector.endpoint,
            FVI_COMPAT_FPT="true",
            FVI_CLIENT_BURST="1000",
            FVI_WORKERS="1",
            FVI_ATTEMPTS="1",
            FVI_MAX_IMAGE_BYTES="3000000",
            OTEL_BSP_SCHEDULE_DELAY="100",
            PYTHONPATH=str(folder / "site"),
            OPENED=str(folder / "opened"),
            HOME=str(folder),
        )
        self.answers: list[httpx.Response] = []
        self.client = httpx.Client(base_url=self.api.url, headers={**marked.HEADERS, "X-API-Key": KEY}, timeout=60)

    def send(self, method: str, path: str, more: dict) -> None:
        self.answers.append(self.client.request(method, path, **more))

    def fail(self, code: grpc.StatusCode) -> None:
        """A model server that says in its error what it saw."""
        self.serving.before = lambda _model, context: context.abort(code, f"{MARK} {NUMBER} {FAMILY}")
        self.send("POST", "/v1/cards", {"content": marked.picture("JPEG")})
        self.serving.before = lambda _model, _context: None

    def break_contract(self) -> None:
        reader = self.serving.outputs["reader"]
        self.serving.outputs["reader"] = {**reader, "confidence": np.array([FAMILY.encode()] * 3, object)}
        self.send("POST", "/v1/cards", {"content": marked.picture("JPEG")})
        self.serving.outputs["reader"] = reader

    def speak(self, no_http: str) -> None:
        host, port = self.api.bind.split(":")
        with socket.create_connection((host, int(port)), timeout=20) as connection:
            connection.sendall(no_http.encode())
            assert b" 40" in connection.recv(100)

    def metrics(self) -> str:
        return httpx.get(f"{self.api.admin_url}/metrics", timeout=20).text

    def wait_for_pairs(self) -> None:
        """Both versions have read some cards again, and differed."""
        deadline = time.monotonic() + 30
        while 'fvi_api_shadow_fields_total{canary="8",field="full_name",model="reader",result="differs"' not in (
            self.metrics()
        ):
            assert time.monotonic() < deadline, self.metrics()
            time.sleep(0.1)

    def stop(self) -> dict[str, bytes]:
        """Everything it has written, by where. Also what it opened elsewhere, if it is still there."""
        written = {"metrics": self.metrics().encode(), "ready": httpx.get(f"{self.api.admin_url}/readyz").content}
        ours = {path for path in self.folder.rglob("*") if path.is_file()}  # with the workers' metrics, gone in the end
        written |= {str(path): path.read_bytes() for path in ours if path.name != "keys"}
        self.client.close()
        self.api.process.terminate()
        assert self.api.process.wait(timeout=30) == 0
        written |= {"spans": self.collector.received, "log": (self.folder / "stderr").read_bytes()}
        return written


@pytest.fixture
def watched(start, serving, collector: Collector, tmp_path: Path) -> Watched:
    return Watched(start, serving, collector, tmp_path)


@pytest.mark.usefixtures("two_readers")
def test_nothing_of_a_card_or_its_sender_is_written_anywhere(watched: Watched, capfd) -> None:
    for request in marked.good():
        watched.send(*request)
        assert watched.answers[-1].status_code == 200, (request[:2], watched.answers[-1].text)
    read = "".join(answer.text for answer in watched.answers)
    assert all(text in read for text in (NUMBER, FAMILY, GIVEN, CANARY))  # so there is something to be leaked
    for request in marked.bad():
        watched.send(*request)
    for code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.NOT_FOUND, grpc.StatusCode.INTERNAL):
        watched.fail(code)
    watched.break_contract()
    for words in marked.NO_HTTP:
        watched.speak(words)
    watched.wait_for_pairs()
    written = watched.stop()
    out, err = capfd.readouterr()
    written |= {"standard output": (out + err).encode()}

    assert {answer.status_code for answer in watched.answers} >= {200, 400, 401, 404, 405, 413, 415, 502, 503}
    assert all(len(written[place]) > 1000 for place in ("metrics", "spans", "log"))
    assert marked.found(written, NEEDLES) == []
    assert _not_ours(watched.folder) == set()


def _not_ours(folder: Path) -> set[str]:
    """Files opened for writing that no process of the API should need."""
    opened = set((folder / "opened").read_text().splitlines())
    assert any("fvi-api-metrics-" in path for path in opened)  # or the watcher saw nothing
    ours = rf"{folder}/fvi-api-metrics-.*|/dev/null|(/dev/shm|{folder})/wgunicorn-.*"
    probe = rf"{folder}/[a-z0-9_]{{8}}"  # `tempfile` asks with four bytes whether a folder can be written
    return {path for path in opened if not re.fullmatch(f"{ours}|{probe}", path)}


@pytest.mark.parametrize("needle", NEEDLES)
def test_the_search_finds_a_needle_in_every_form(needle: str) -> None:
    for form in marked.forms(needle):
        assert marked.found({"log": b"before " + form + b" after"}, NEEDLES), form
    assert marked.found({"log": f'{{"text": "{needle}"}}'.encode()}, [needle]) == [("log", needle)]
    assert marked.found({"log": b"SPECIMEN 079123456789 Zq7x Leak"}, [needle]) == []


def test_the_watcher_notices_a_temporary_file(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(WATCHER)
    environ = {**os.environ, "PYTHONPATH": str(tmp_path), "OPENED": str(tmp_path / "opened"), "TMPDIR": str(tmp_path)}
    code = "import tempfile; tempfile.TemporaryFile().write(b'x'); open('/dev/null', 'w').close(); open('/dev/null')"
    subprocess.run([sys.executable, "-c", code], env=environ, check=True, timeout=60)
    opened = (tmp_path / "opened").read_text().splitlines()
    assert any(path.startswith(str(tmp_path)) for path in opened)
    assert opened.count("/dev/null") == 1
