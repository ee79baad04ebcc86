"""How many cards a worker takes, and what the next one is told."""

import io
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from werkzeug.test import TestResponse

from services.api.admission import Admission
from services.api.app import create_app
from services.api.errors import Busy
from services.api.metrics import Metrics
from services.api.settings import Settings


def test_as_many_cards_have_a_place_as_are_read_and_wait() -> None:
    admission = Admission(at_a_time=1, waiting=1)

    with admission.place(), admission.place(), pytest.raises(Busy), admission.place():
        raise AssertionError
    with admission.place(), admission.place():
        pass


def test_places_are_told_of_when_they_are_taken_and_when_they_are_free_again() -> None:
    told: list[int] = []
    admission = Admission(at_a_time=1, waiting=0, told=told.append)

    with admission.place():
        assert told == [1]
        with pytest.raises(Busy), admission.place():
            raise AssertionError
    assert told == [1, -1]


def test_a_turn_comes_when_another_ends_and_not_before() -> None:
    admission = Admission(at_a_time=1, waiting=1)
    with ThreadPoolExecutor(1) as other:
        with admission.turn(0), pytest.raises(Busy), admission.turn(0.05):
            raise AssertionError
        with admission.turn(0):
            turn = other.submit(lambda: admission.turn(20).__enter__())
        turn.result(20)


def test_what_goes_wrong_inside_gives_place_and_turn_back() -> None:
    admission = Admission(at_a_time=1, waiting=1)
    for _ in range(5):
        with pytest.raises(KeyError), admission.place(), admission.turn(0):
            raise KeyError


class Told(io.BytesIO):
    """A body that tells when it is read."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.was_read = threading.Event()

    def read(self, size: int | None = -1) -> bytes:
        self.was_read.set()
        return super().read(size)


class Held:
    """An application of one turn and one more place, whose models wait until they are let go."""

    def __init__(self, predictor, photo) -> None:
        self.let_go, self.reached, self._photo = threading.Event(), threading.Event(), photo()
        answer = predictor.call

        def call(*args):
            self.reached.set()
            assert self.let_go.wait(20)
            return answer(*args)

        predictor.call = call
        self.metrics = Metrics()
        self._app = create_app(Settings(threads=1, queue=1), predictor, self.metrics)

    def body(self) -> Told:
        return Told(self._photo)

    def send(self, body: Told, **headers: str) -> TestResponse:
        length = str(len(self._photo))
        return self._app.test_client().post(
            "/v1/cards", input_stream=body, content_type="image/jpeg", headers={"Content-Length": length, **headers}
        )


def test_a_card_too_many_is_told_when_to_come_back_and_then_it_is_taken(predictor, photo) -> None:
    held = Held(predictor, photo)
    bodies = [held.body(), held.body(), held.body()]
    with ThreadPoolExecutor(2) as clients:
        first = clients.submit(held.send, bodies[0])
        assert held.reached.wait(20)
        second = clients.submit(held.send, bodies[1])
        assert bodies[1].was_read.wait(20)
        refused = held.send(bodies[2])
        places = [held.metrics.registry.get_sample_value(f"fvi_api_places{each}") for each in ("", "_taken")]
        held.let_go.set()

    assert places == [2, 2]
    assert (refused.status_code, refused.json["code"], refused.headers["Retry-After"]) == (503, "busy", "1")
    assert not bodies[2].was_read.is_set()
    assert held.metrics.registry.get_sample_value("fvi_api_errors_total", {"code": "busy"}) == 1
    assert [first.result().status_code, second.result().status_code] == [200, 200]
    assert second.result().json["timing_ms"]["wait"] > 0
    assert held.send(held.body()).status_code == 200


def test_a_card_whose_turn_does_not_come_in_time_is_told_so(predictor, photo) -> None:
    held = Held(predictor, photo)
    with ThreadPoolExecutor(1) as clients:
        first = clients.submit(held.send, held.body())
        assert held.reached.wait(20)
        refused = held.send(held.body(), **{"X-Request-Timeout-Ms": "50"})
        held.let_go.set()

    assert (refused.status_code, refused.json["code"]) == (503, "busy")
    assert first.result().status_code == 200


def test_a_full_worker_says_so_before_the_photo_is_sent_and_answers_probes(start, serving, photo) -> None:
    reached, let_go = threading.Event(), threading.Event()

    def hold(_model: str, _context: object) -> None:
        reached.set()
        assert let_go.wait(20)

    serving.before = hold
    api = start(FVI_WORKERS="1", FVI_THREADS="1", FVI_QUEUE="1")

    def send(data: bytes) -> httpx.Response:
        return httpx.post(f"{api.url}/v1/cards", content=data, timeout=20)

    with ThreadPoolExecutor(2) as clients:
        taken = [clients.submit(send, photo())]
        assert reached.wait(20)
        taken.append(clients.submit(send, photo()))
        while "fvi_api_in_flight 2.0" not in httpx.get(f"{api.admin_url}/metrics").text:
            time.sleep(0.02)
        with socket.create_connection(api.bind.split(":"), timeout=10) as connection:
            connection.sendall(b"POST /v1/cards HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n")
            head = connection.recv(4096)
        refused = [send(b"x" * 5_000_000) for _ in range(20)]
        probe = httpx.get(f"{api.admin_url}/healthz")
        let_go.set()

    assert head.startswith(b"HTTP/1.1 503 ")
    assert b"\r\nRetry-After: 1\r\n" in head
    assert {(each.status_code, each.json()["code"]) for each in refused} == {(503, "busy")}
    assert probe.status_code == 200
    assert [each.result().status_code for each in taken] == [200, 200]
    assert send(photo()).status_code == 200
