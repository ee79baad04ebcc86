"""Two ports, stopping, replaced workers, slow clients, keys: with real gunicorn processes under load."""

import os
import re
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from services.api.keys import new_key


class Load:
    """Clients that send card after card, some over connections they keep, and note what came back."""

    def __init__(self, url: str, photo: bytes) -> None:
        self.outcomes: list[int | str] = []  # a status, or the error of the connection
        self._url, self._photo = f"{url}/v1/cards", photo
        self._stop = threading.Event()

    def stop(self) -> None:
        """Nothing more is sent; what is under way is waited for by `clients`."""
        self._stop.set()

    def send(self, keep: bool) -> None:
        with httpx.Client(timeout=30) as kept:
            while not self._stop.is_set():
                try:
                    answer = (kept if keep else httpx).post(self._url, content=self._photo, timeout=30)
                    self.outcomes.append(answer.status_code)
                except httpx.TransportError as error:
                    self.outcomes.append(repr(error))

    @contextmanager
    def clients(self, count: int) -> Iterator["Load"]:
        with ThreadPoolExecutor(count) as pool:
            done = [pool.submit(self.send, keep=number % 2 == 0) for number in range(count)]
            try:
                yield self
            finally:
                self.stop()
        for each in done:
            each.result()


def wait_for(condition: Callable[[], bool], what: str, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def sample(api, name: str) -> float:
    """The value of one series; 0 if there is none."""
    scrape = httpx.get(f"{api.admin_url}/metrics", timeout=20)
    assert scrape.status_code == 200, scrape.text
    found = re.search(rf"^{re.escape(name)} (\S+)$", scrape.text, re.MULTILINE)
    return float(found[1]) if found else 0


def test_what_operators_ask_has_a_port_of_its_own(start) -> None:
    api = start()

    for path in ("/healthz", "/readyz", "/metrics"):
        assert httpx.get(f"{api.url}{path}").status_code == 404
        assert httpx.get(f"{api.admin_url}{path}").status_code == 200
    for answer in (httpx.get(api.url), httpx.get(f"{api.admin_url}/healthz")):
        assert not re.search(r"\d", answer.headers["Server"])


def test_probes_are_answered_while_every_thread_waits_for_a_client(start) -> None:
    api = start(FVI_WORKERS="1", FVI_THREADS="1", FVI_QUEUE="1")
    head = b"POST /v1/cards HTTP/1.1\r\nHost: x\r\nContent-Type: image/jpeg\r\nContent-Length: 1000\r\n\r\n"
    connections = [socket.create_connection(api.bind.split(":")) for _ in range(40)]
    for connection in connections:
        connection.sendall(head)

    with pytest.raises(httpx.ReadTimeout):
        httpx.get(api.url, timeout=1)
    assert httpx.get(f"{api.admin_url}/readyz", timeout=3).status_code == 200

    for connection in connections:
        connection.close()


def test_a_probe_that_says_nothing_keeps_nobody_from_asking(start) -> None:
    api = start(FVI_WORKERS="1")

    with socket.create_connection(api.admin_bind.split(":")), socket.create_connection(api.admin_bind.split(":")):
        assert httpx.get(f"{api.admin_url}/healthz", timeout=3).status_code == 200


def test_a_stop_under_load_fails_nobody(start, photo) -> None:
    api = start(FVI_DRAIN_SECONDS="3")
    load = Load(api.url, photo())

    def is_ready() -> bool:
        return httpx.get(f"{api.admin_url}/readyz", timeout=5).status_code == 200

    with load.clients(6):
        wait_for(lambda: len(load.outcomes) > 20, "cards are read")
        api.process.send_signal(signal.SIGTERM)
        wait_for(lambda: not is_ready(), "readiness goes off", 2)
        until_noticed = len(load.outcomes)
        wait_for(lambda: len(load.outcomes) > until_noticed + 12, "cards that still come are read")
        assert httpx.get(f"{api.admin_url}/healthz").status_code == 200
        load.stop()  # as a load balancer does

    assert api.process.wait(timeout=20) == 0
    assert set(load.outcomes) == {200}


def test_it_is_not_ready_while_the_last_cards_finish(start, serving, photo) -> None:
    reading, finish = threading.Event(), threading.Event()
    serving.before = lambda _model, _context: (reading.set(), finish.wait(20))
    api = start(FVI_DRAIN_SECONDS="0")
    with ThreadPoolExecutor(1) as clients:
        card = clients.submit(httpx.post, f"{api.url}/v1/cards", content=photo(), timeout=20)
        assert reading.wait(20)
        api.process.send_signal(signal.SIGTERM)
        wait_for(lambda: httpx.get(f"{api.admin_url}/readyz").json().get("code") == "draining", "readiness goes off", 5)
        finish.set()

    assert card.result().status_code == 200
    assert api.process.wait(timeout=20) == 0


def test_a_second_signal_skips_the_wait(start) -> None:
    api = start(FVI_DRAIN_SECONDS="60")
    for _ in range(2):
        api.process.send_signal(signal.SIGTERM)
        time.sleep(0.2)

    assert api.process.wait(timeout=20) == 0


def test_replaced_workers_fail_nobody_and_their_counts_stay(start, photo, tmp_path: Path) -> None:
    metrics = tmp_path / "metrics"
    api = start(FVI_MAX_REQUESTS="25", PROMETHEUS_MULTIPROC_DIR=str(metrics))
    load = Load(api.url, photo())

    def workers() -> set[int]:
        return {line["pid"] for line in api.log() if line["message"] == "request"}

    with load.clients(4):
        wait_for(lambda: len(workers()) >= 6, "workers are replaced", 60)

    assert set(load.outcomes) == {200}
    assert sample(api, 'fvi_api_requests_total{route="/v1/cards",status="200"}') == len(load.outcomes)
    assert sample(api, 'fvi_api_request_seconds_count{route="/v1/cards"}') == len(load.outcomes)
    pids = {int(found[1]) for path in metrics.iterdir() if (found := re.search(r"_(\d+)\.db$", path.name))}
    assert len(pids) <= 3  # the two of now, and one that is just going
    assert (metrics / "counter_dead.db").exists()


def test_a_worker_that_was_killed_leaves_its_counts_and_no_requests_under_way(start, serving, photo) -> None:
    reading, killed = threading.Event(), threading.Event()

    def wait(model: str, _context: object) -> None:
        if model == "reader" and not killed.is_set():
            reading.set()
            killed.wait(20)

    api = start(FVI_WORKERS="1")
    assert httpx.post(f"{api.url}/v1/cards", content=photo(), timeout=20).status_code == 200
    (worker,) = {line["pid"] for line in api.log() if line["message"] == "request"}
    serving.before = wait
    with ThreadPoolExecutor(1) as clients:
        card = clients.submit(httpx.post, f"{api.url}/v1/cards", content=photo(), timeout=20)
        assert reading.wait(20)
        assert sample(api, "fvi_api_in_flight") == 1
        os.kill(worker, signal.SIGKILL)
        killed.set()
        assert isinstance(card.exception(), httpx.TransportError)
    api.wait()

    assert sample(api, "fvi_api_in_flight") == 0
    assert sample(api, 'fvi_api_requests_total{route="/v1/cards",status="200"}') == 1


def trickle(address: str, first: bytes, more: bytes = b"x", seconds: float = 20) -> bytes:
    """Sends `first`, then a byte five times a second; what came back until the other side hung up."""
    with socket.create_connection(address.split(":")) as connection:
        connection.settimeout(0.2)
        connection.sendall(first)
        answer, deadline = b"", time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                received = connection.recv(4096)
                if not received:
                    return answer
                answer += received
            except TimeoutError:
                if not answer:
                    connection.sendall(more)
            except ConnectionError:
                return answer
    raise AssertionError("nobody hung up")


@pytest.mark.parametrize(
    ("framing", "more"), [("Content-Length: 1000000", b"x"), ("Transfer-Encoding: chunked", b"1\r\nx\r\n")]
)
def test_a_body_that_takes_too_long_is_told_so(start, framing: str, more: bytes) -> None:
    api = start(FVI_BODY_SECONDS="1")
    head = f"POST /v1/cards HTTP/1.1\r\nHost: x\r\nContent-Type: image/jpeg\r\n{framing}\r\n\r\n"

    answer = trickle(api.bind, head.encode(), more)

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"code":"body_too_slow"' in answer.replace(b" ", b"")
    assert sample(api, 'fvi_api_errors_total{code="body_too_slow"}') == 1


def test_headers_that_take_too_long_are_not_waited_for(start) -> None:
    api = start(FVI_HEAD_SECONDS="1")

    assert trickle(api.bind, b"POST /v1/cards HTTP/1.1\r\nHost: x\r\nX-Slow: ") == b""


def test_a_card_that_takes_longer_than_its_body_may_does_not_cost_the_connection(start, serving, photo) -> None:
    serving.before = lambda model, _context: time.sleep(3) if model == "reader" else None
    api = start(FVI_BODY_SECONDS="1", FVI_HEAD_SECONDS="1", FVI_WORKERS="1")

    with httpx.Client(timeout=20) as client:
        answers = [client.post(f"{api.url}/v1/cards", content=photo()) for _ in range(2)]
        connections = {id(answer.extensions["network_stream"]) for answer in answers}

    assert [answer.status_code for answer in answers] == [200, 200]
    assert len(connections) == 1


def test_a_process_with_keys_asks_for_them_and_follows_its_file(start, photo, tmp_path: Path) -> None:
    (key, line), (other_key, other_line) = new_key("bank"), new_key("bank")
    file = tmp_path / "keys"
    file.write_text(line)
    api = start(FVI_API_KEYS_FILE=str(file))

    def status(key: str) -> int:
        headers = {"Authorization": f"Bearer {key}"}
        return httpx.post(f"{api.url}/v1/cards", content=photo(), headers=headers, timeout=20).status_code

    assert (status(key), status(other_key)) == (200, 401)
    replacement = tmp_path / "keys.new"
    replacement.write_text(other_line)
    replacement.replace(file)
    wait_for(lambda: all(status(key) == 401 for _ in range(4)), "both workers forget the old key", 20)
    wait_for(lambda: all(status(other_key) == 200 for _ in range(4)), "both workers know the new key", 20)

    assert key not in (tmp_path / "stderr").read_text()
    assert "bank" in {line.get("client") for line in api.log()}


def refusal(api) -> list[str]:
    """The errors of an API that does not start."""
    assert api.process.wait(timeout=30) == 1
    return [line["message"] for line in api.log() if line["level"] == "error"]


def test_without_keys_it_does_not_listen_for_other_machines(launch, tmp_path: Path) -> None:
    (error,) = refusal(launch(FVI_BIND="0.0.0.0:0"))

    assert error.startswith("The API does not start: FVI_BIND: 0.0.0.0 can be reached from other machines")
    assert [path.name for path in tmp_path.iterdir()] == ["stderr"]


def test_unless_that_is_wanted(launch) -> None:
    api = launch(FVI_BIND="0.0.0.0:0", FVI_ALLOW_NO_KEYS="true").wait()

    assert any("whoever reaches the address can use the API" in line["message"] for line in api.log())


def test_without_keys_the_log_says_so(start) -> None:
    assert any(line["message"].startswith("No API keys: ") for line in start().log())


def test_an_admin_address_in_use_stops_the_start(launch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        (error,) = refusal(launch(FVI_ADMIN_BIND=f"127.0.0.1:{taken.getsockname()[1]}"))

    assert "Address already in use" in error


def test_bad_keys_stop_the_start_and_are_not_quoted(launch, tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("bank my-secret-key")
    api = launch(FVI_API_KEYS_FILE=str(tmp_path / "keys"))

    (error,) = refusal(api)
    assert "line 1: must be `CLIENT sha256:HASH`" in error
    assert "my-secret-key" not in (tmp_path / "stderr").read_text()


def test_the_trace_goes_on_to_the_model_server(start, serving, photo) -> None:
    seen: list[str] = []
    serving.before = lambda _model, context: seen.append(dict(context.invocation_metadata()).get("traceparent", ""))
    api, trace = start(), "0af7651916cd43dd8448eb211c80319c"

    headers = {"traceparent": f"00-{trace}-b7ad6b7169203331-01"}
    assert httpx.post(f"{api.url}/v1/cards", content=photo(), headers=headers, timeout=20).status_code == 200

    assert len(seen) == 3
    assert all(re.fullmatch(f"00-{trace}-[0-9a-f]{{16}}-01", value) for value in seen)
    assert trace in {line.get("trace_id") for line in api.log()}


def test_an_interrupt_stops_at_once(start) -> None:
    api = start(FVI_DRAIN_SECONDS="60")
    api.process.send_signal(signal.SIGINT)

    assert api.process.wait(timeout=20) == 0
