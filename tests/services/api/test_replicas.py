"""Several model servers in real processes that are killed, frozen, broken and moved, with calls under way."""

import pickle
import signal
import socket
import socketserver
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from models.reader.contract import SPEC as READER
from services.api import errors
from services.api.app import create_app
from services.api.predictor import TfServingPredictor
from services.api.settings import Settings

CROPS = {"image": np.zeros((3, 32, 128, 3), np.uint8)}
CALLERS = 6


class Replica:
    """A replica.py; its version says which one it is. Started again, it has the same address."""

    def __init__(self, version: int, outputs: Path, address: str = "127.0.0.1:0", *flags: str) -> None:
        self.version, self._outputs, self.address, self._flags = version, outputs, address, flags
        self.start()

    def start(self) -> None:
        command = [sys.executable, str(Path(__file__).with_name("replica.py")), self.address, str(self.version)]
        self._process = subprocess.Popen([*command, str(self._outputs), *self._flags], stdout=subprocess.PIPE)
        assert self._process.stdout
        port = self._process.stdout.readline().decode().strip()
        self.address = f"{self.address.rpartition(':')[0]}:{port}"

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def kill(self) -> None:
        self.send(signal.SIGKILL)
        self._process.wait()
        assert self._process.stdout
        self._process.stdout.close()


@pytest.fixture
def replica(card_outputs, tmp_path) -> Iterator[Callable[..., Replica]]:
    """replica(version, address, *flags) -> a running Replica."""
    outputs = tmp_path / "outputs"
    outputs.write_bytes(pickle.dumps(card_outputs))
    started: list[Replica] = []

    def start(version: int, *address_and_flags: str) -> Replica:
        started.append(Replica(version, outputs, *address_and_flags))
        return started[-1]

    yield start
    for each in started:
        each.kill()


def target_of(*replicas: Replica) -> str:
    return "ipv4:" + ",".join(each.address for each in replicas)


class Load:
    """Calls without a pause, from CALLERS threads; `answered` has a version or an error for each, in order."""

    def __init__(self, predictor: TfServingPredictor, timeout: float = 30) -> None:
        self.answered: list[int | errors.ServingError] = []
        self._predictor, self._timeout = predictor, timeout
        self._over = threading.Event()
        self._pool = ThreadPoolExecutor(CALLERS)

    def __enter__(self) -> "Load":
        self._callers = [self._pool.submit(self._call) for _ in range(CALLERS)]
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._pool.shutdown()
        for caller in self._callers:
            caller.result()

    def _call(self) -> None:
        while not self._over.is_set():
            try:
                self.answered.append(self._predictor.call(READER, CROPS, "stable", self._timeout).version)
            except errors.ServingError as error:
                self.answered.append(error)

    def wait(self, for_what: Callable[[list[int | errors.ServingError]], bool]) -> None:
        """Until that is true of the answers from now on; 30 s at most."""
        since, deadline = len(self.answered), time.monotonic() + 30
        while not for_what(self.answered[since:]):
            assert time.monotonic() < deadline, self.answered[since:][-50:]
            time.sleep(0.02)

    def failures(self) -> list[errors.ServingError]:
        return [answer for answer in self.answered if not isinstance(answer, int)]


def both(answers: list) -> bool:
    return {1, 2} <= set(answers[-50:])


def only_the_first(answers: list) -> bool:
    return len(answers) >= 50 and set(answers[-50:]) == {1}


def test_a_replica_killed_under_load_fails_no_call_and_works_again_when_it_is_back(replica, connect) -> None:
    first, second = replica(1), replica(2)
    with Load(connect(target_of(first, second))) as load:
        load.wait(both)
        second.kill()
        load.wait(only_the_first)
        second.start()
        load.wait(both)

    assert load.failures() == []


def test_cards_sent_to_the_api_do_not_notice_it_either(replica, connect, photo) -> None:
    first, second = replica(1), replica(2)
    settings = Settings(serving_target=target_of(first, second))
    app, statuses = create_app(settings, connect(settings.serving_target)), []
    over = threading.Event()

    def send_cards() -> None:
        while not over.is_set():
            statuses.append(app.test_client().post("/v1/cards", data=photo(), content_type="image/jpeg").status_code)

    with ThreadPoolExecutor(4) as callers:
        sent = [callers.submit(send_cards) for _ in range(4)]
        while len(statuses) < 20:
            time.sleep(0.02)
        second.kill()
        after = len(statuses) + 40
        while len(statuses) < after:
            time.sleep(0.02)
        over.set()

    assert [each.result() for each in sent] == [None] * 4
    assert set(statuses) == {200}


def test_a_replica_that_never_answers_delays_a_call_but_fails_none_and_is_left_out(replica, connect) -> None:
    first, second = replica(1), replica(2)
    with Load(connect(target_of(first, second), attempt_seconds=0.5)) as load:
        load.wait(both)
        second.send(signal.SIGSTOP)
        load.wait(only_the_first)
        second.send(signal.SIGCONT)
        load.wait(both)

    assert load.failures() == []


def test_a_replica_that_fails_every_call_is_left_out_for_a_while(replica, connect) -> None:
    first, second = replica(1), replica(2, "127.0.0.1:0", "--fail", "INTERNAL")
    with Load(connect(target_of(first, second))) as load:
        load.wait(lambda answers: any(not isinstance(each, int) for each in answers))
        load.wait(only_the_first)

    assert {type(failure) for failure in load.failures()} == {errors.ServingError}


def test_the_only_replica_is_never_left_out(replica, connect) -> None:
    only = replica(1, "127.0.0.1:0", "--fail", "INTERNAL")
    with Load(connect(target_of(only))) as load:
        load.wait(lambda answers: len(answers) >= 300)

    assert {failure.context["grpc"] for failure in load.failures()} == {"INTERNAL"}


def test_when_all_replicas_are_gone_a_call_fails_at_once_and_the_first_one_back_is_used(replica, connect) -> None:
    first, second = replica(1), replica(2)
    predictor = connect(target_of(first, second))
    assert predictor.call(READER, CROPS, "stable", timeout=30).version in (1, 2)
    first.kill()
    second.kill()
    started = time.monotonic()

    with pytest.raises(errors.ServingUnavailable):
        predictor.call(READER, CROPS, "stable", timeout=300)

    assert time.monotonic() - started < 60
    second.start()
    assert predictor.call(READER, CROPS, "stable", timeout=30).version == 2


def test_something_that_takes_connections_and_says_nothing_is_no_replica(replica, connect) -> None:
    first = replica(1)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        address = f"127.0.0.1:{mute.getsockname()[1]}"
        beside = connect(f"ipv4:{address},{first.address}")
        assert [beside.call(READER, CROPS, "stable", timeout=30).version for _ in range(6)] == [1] * 6

        with pytest.raises(errors.ServingUnavailable):
            connect(f"ipv4:{address}").call(READER, CROPS, "stable", timeout=300)


def test_a_call_whose_every_try_was_too_slow_is_a_timeout(replica, connect) -> None:
    first = replica(1)
    predictor = connect(target_of(first), attempts=2, attempt_seconds=0.3)
    predictor.call(READER, CROPS, "stable", timeout=30)
    first.send(signal.SIGSTOP)

    with pytest.raises(errors.ServingTimeout):
        predictor.call(READER, CROPS, "stable", timeout=300)


class NameServer:
    """A DNS server (RFC 1035) that answers every A question with `addresses` and nothing else with anything."""

    def __init__(self) -> None:
        self.addresses: list[str] = []
        outer = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                question, udp = self.request
                udp.sendto(outer.answer(question), self.client_address)

        self._server = socketserver.ThreadingUDPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def answer(self, query: bytes) -> bytes:
        name_end = query.index(b"\0", 12) + 1
        question = query[12 : name_end + 4]
        records = b""
        if question[-4:] == struct.pack("!HH", 1, 1):  # A, IN
            for address in self.addresses:
                records += b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 0, 4) + socket.inet_aton(address)
        header = query[:2] + struct.pack("!HHHHH", 0x8580, 1, len(records) // 16, 0, 0)
        return header + question + records

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def names() -> Iterator[NameServer]:
    server = NameServer()
    yield server
    server.close()


def test_a_replica_that_comes_back_elsewhere_is_found_through_its_name(replica, connect, names: NameServer) -> None:
    first = replica(1)
    port = first.address.rpartition(":")[2]
    second = replica(2, f"127.0.0.2:{port}")
    names.addresses = ["127.0.0.1", "127.0.0.2"]
    with Load(connect(f"dns://{names.address}/serving.test:{port}")) as load:
        load.wait(both)
        replica(3, f"127.0.0.3:{port}")
        names.addresses = ["127.0.0.1", "127.0.0.3"]
        second.kill()
        load.wait(lambda answers: {1, 3} <= set(answers[-50:]))

    assert load.failures() == []


def test_one_more_replica_is_found_when_a_connection_has_reached_its_age(replica, connect, names: NameServer) -> None:
    first = replica(1, "127.0.0.1:0", "--age", "1000")
    port = first.address.rpartition(":")[2]
    names.addresses = ["127.0.0.1"]
    with Load(connect(f"dns://{names.address}/serving.test:{port}")) as load:
        load.wait(only_the_first)
        replica(2, f"127.0.0.2:{port}")
        names.addresses = ["127.0.0.1", "127.0.0.2"]
        load.wait(both)

    assert load.failures() == []
