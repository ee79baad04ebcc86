"""Both sides of a card, and many cards, in one request."""

import base64
import dataclasses
import io
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from models.spec import ModelSpec, Tensors
from services.api import trace
from services.api.app import create_app
from services.api.errors import ModelNotReady, ServingUnavailable
from services.api.keys import new_key
from services.api.metrics import Metrics
from services.api.predictor import Answer
from services.api.record import RequestRecord
from services.api.settings import Settings
from services.api.trip import CardTrip, ModelCall

KEY, LINE = new_key("bank")


def photo_of(grey: int, size: tuple[int, int] = (800, 600)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, (grey,) * 3).save(buffer, "PNG")
    return buffer.getvalue()


def batch(client: FlaskClient, *images: bytes, **headers: str) -> TestResponse:
    files = {"images": [(io.BytesIO(image), "a.jpg") for image in images]}
    return client.post("/v1/cards:batch", data=files, content_type="multipart/form-data", headers=headers)


def sides(client: FlaskClient, front: bytes, back: bytes, query: str = "") -> TestResponse:
    files = {"front": (io.BytesIO(front), "a.jpg"), "back": (io.BytesIO(back), "b.jpg")}
    return client.post(f"/v1/cards{query}", data=files, content_type="multipart/form-data")


def statuses(answer: TestResponse) -> list[int]:
    return [each["status"] for each in answer.json["cards"]]


def test_each_photo_of_a_batch_is_answered_on_its_own_and_in_order(client: FlaskClient) -> None:
    sizes = [(800, 600), (1600, 1200), (400, 300)]
    images = [photo_of(100, size) for size in sizes]
    images.insert(1, b"no image")

    answer = batch(client, *images)

    assert answer.status_code == 200
    assert list(answer.json) == ["request_id", "cards"]
    assert statuses(answer) == [200, 415, 200, 200]
    assert answer.json["cards"][1]["code"] == "unsupported_image"
    read = [each for each in answer.json["cards"] if each["status"] == 200]
    assert [each["card"]["corners"][0] for each in read] == [[100, 100], [200, 200], [50, 50]]
    assert {each["request_id"] for each in answer.json["cards"]} == {answer.headers["X-Request-Id"]}


def test_a_batch_may_be_json(client: FlaskClient, photo) -> None:
    text = base64.b64encode(photo()).decode()

    answer = client.post("/v1/cards:batch?include=", json={"images": [text, text]})

    assert statuses(answer) == [200, 200]
    assert "timing_ms" not in answer.json["cards"][0]


@pytest.mark.parametrize("count", [0, 4])
def test_a_batch_has_at_least_one_image_and_not_too_many(predictor, photo, count: int) -> None:
    client = create_app(Settings(batch_images=3), predictor).test_client()

    answer = client.post("/v1/cards:batch", json={"images": [base64.b64encode(photo()).decode()] * count})

    assert (answer.status_code, answer.json["code"]) == (400, "bad_request")
    assert answer.json["detail"].startswith(f"From 1 to 3 images are taken, not {count}: ")
    assert predictor.calls == []


def test_a_batch_has_no_more_bytes_than_are_taken(predictor, photo) -> None:
    size = len(photo())
    client = create_app(Settings(batch_bytes=2 * size, max_image_bytes=size), predictor).test_client()

    assert statuses(batch(client, photo(), photo())) == [200, 200]
    assert statuses(batch(client, photo() + b"x", b"x")) == [413, 415]
    refused = batch(client, photo(), photo(), b"x")
    assert (refused.status_code, refused.json["code"]) == (413, "body_too_large")
    assert batch(client, b"x" * 200_000).status_code == 413


def test_a_batch_may_be_larger_than_one_photo(predictor, photo) -> None:
    client = create_app(Settings(max_image_bytes=10_000), predictor).test_client()

    assert statuses(batch(client, *[photo() + bytes(20_000)] * 16)) == [413] * 16


def test_all_images_of_a_batch_share_one_deadline(predictor, photo) -> None:
    client = create_app(Settings(threads=1), predictor).test_client()
    answer = predictor.call

    def slow(spec: ModelSpec, *args) -> Answer:
        time.sleep(1.6 if spec.name == "reader" else 0)
        return answer(spec, *args)

    predictor.call = slow

    read = batch(client, photo(), photo(), photo(), **{"X-Request-Timeout-Ms": "1500"})

    assert statuses(read) == [200, 504, 504]


def test_what_fails_for_all_of_them_on_our_side_fails_the_whole(client: FlaskClient, predictor, photo) -> None:
    predictor.fail["cropper"] = ServingUnavailable()

    for answer in (batch(client, photo(), photo()), sides(client, photo(), photo())):
        assert (answer.status_code, answer.json["code"]) == (503, "serving_unavailable")
        assert answer.headers["Retry-After"] == "2"
    assert statuses(batch(client, photo(), b"no image")) == [503, 415]


def test_a_bug_in_one_image_is_told_there_alone_and_logged(client: FlaskClient, predictor, caplog) -> None:
    answer = predictor.call

    def broken(spec: ModelSpec, inputs: Tensors, *args) -> Answer:
        if spec.name == "cropper" and inputs["image"].mean() < 50:
            raise KeyError("what was read")
        return answer(spec, inputs, *args)

    predictor.call = broken

    read = batch(client, photo_of(100), photo_of(10))

    assert [each.get("code") for each in read.json["cards"]] == [None, "internal_error"]
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == ["A bug"]
    assert "what was read" not in read.text


def test_the_trace_of_the_request_reaches_every_call(client: FlaskClient, predictor, photo) -> None:
    answer, seen = predictor.call, []

    def call(*args) -> Answer:
        seen.append(dict(trace.current().metadata())["traceparent"].split("-")[1])
        return answer(*args)

    predictor.call = call

    batch(client, photo(), photo(), traceparent=f"00-{'ab' * 16}-{'cd' * 8}-01")

    assert seen == ["ab" * 16] * 6


def test_images_are_counted_by_their_outcome(predictor, photo, caplog) -> None:
    metrics = Metrics()
    client = create_app(Settings(), predictor, metrics).test_client()
    caplog.set_level("INFO")

    batch(client, photo(), b"no image", photo())

    def value(name: str, **labels: str) -> float | None:
        return metrics.registry.get_sample_value(f"fvi_api_{name}_total", labels)

    assert value("images", route="/v1/cards:batch", code="ok") == 2
    assert value("images", route="/v1/cards:batch", code="unsupported_image") == 1
    assert value("requests", route="/v1/cards:batch", status="200") == 1
    assert metrics.registry.get_sample_value("fvi_api_stage_seconds_count", {"stage": "reader"}) == 2
    fields = next(record.fields for record in caplog.records if record.message == "request")
    assert (fields["images"], fields["images_by_code"]) == (3, "ok=2 unsupported_image=1")


def test_a_batch_counts_as_many_requests_as_it_has_images(predictor, photo, tmp_path) -> None:
    (tmp_path / "keys").write_text(f"{LINE} burst=3 requests_per_second=0.01")
    client = create_app(Settings(api_keys_file=str(tmp_path / "keys")), predictor).test_client()

    answers = [batch(client, *[photo()] * 3, **{"X-API-Key": KEY}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 429]
    assert batch(client, photo()).status_code == 401


class Held:
    """Models that wait until they are let go, but for those of photos nearly white; counts how many wait at once."""

    def __init__(self, predictor) -> None:
        self.let_go, self.reached, self.at_once, self.most = threading.Event(), threading.Semaphore(0), 0, 0
        self._lock, self._answer = threading.Lock(), predictor.call
        predictor.call = self

    def __call__(self, spec: ModelSpec, inputs: Tensors, *args) -> Answer:
        if spec.name == "cropper" and inputs["image"].mean() < 200:
            with self._lock:
                self.at_once += 1
                self.most = max(self.most, self.at_once)
            self.reached.release()
            assert self.let_go.wait(20)
            with self._lock:
                self.at_once -= 1
        return self._answer(spec, inputs, *args)


def test_batches_leave_turns_for_single_cards(predictor) -> None:
    app = create_app(Settings(threads=4, queue=4), predictor)
    held = Held(predictor)
    with ThreadPoolExecutor(2) as clients:
        batches = [clients.submit(batch, app.test_client(), *[photo_of(100)] * 4) for _ in range(2)]
        assert held.reached.acquire(timeout=20)
        assert held.reached.acquire(timeout=20)
        single = app.test_client().post("/v1/cards", data=photo_of(250), content_type="image/png")
        third = batch(app.test_client(), photo_of(250))
        held.let_go.set()

    assert single.status_code == 200
    assert (third.status_code, third.json["code"]) == (503, "busy")
    assert [statuses(each.result()) for each in batches] == [[200] * 4] * 2
    assert held.most == 2
    assert batch(app.test_client(), photo_of(250)).status_code == 200


def test_a_photo_of_the_other_side_has_its_own_problem_and_the_checks_are_unknown(client, predictor, photo) -> None:
    answer = sides(client, photo(), photo())

    assert answer.status_code == 200
    assert list(answer.json) == ["request_id", "front", "back", "checks"]
    assert (answer.json["front"]["status"], answer.json["front"]["card"]["side"]) == (200, "front")
    assert {name: answer.json["back"][name] for name in ("status", "code", "detail")} == {
        "status": 422,
        "code": "wrong_side",
        "detail": "The photo sent as the card's back shows a front. Send the back.",
    }
    assert {check["result"] for check in answer.json["checks"]} == {"unknown"}
    assert sorted(name for name, _, _ in predictor.calls) == ["cropper", "cropper", "detector", "reader"]


@pytest.fixture
def two_sides(predictor, back_outputs) -> None:
    """The models see a back in photos nearly black, and a front in all others."""
    answer, is_back = predictor.call, threading.local()

    def call(spec: ModelSpec, inputs: Tensors, *args) -> Answer:
        if spec.name == "cropper":  # each photo is read by one thread
            is_back.here = inputs["image"].mean() < 50
        found = answer(spec, inputs, *args)
        return dataclasses.replace(found, outputs=back_outputs[spec.name]) if is_back.here else found

    predictor.outputs["reader"]["text"][0] = "001090000001"
    predictor.call = call


@pytest.mark.usefixtures("two_sides")
def test_two_sides_that_are_read_are_compared(client: FlaskClient, metrics) -> None:
    document = sides(client, photo_of(100), photo_of(10)).json
    swapped = sides(client, photo_of(10), photo_of(100)).json

    assert (document["front"]["card"]["side"], document["back"]["card"]["side"]) == ("front", "back")
    results = {check["name"]: check["result"] for check in document["checks"]}
    assert {name for name, result in results.items() if result != "unknown"} == {
        "sides_have_same_type",
        "sides_have_same_id_number",
        "sides_have_same_full_name",
    }
    assert "fail" not in results.values()
    assert (swapped["front"]["code"], swapped["back"]["code"]) == ("wrong_side", "wrong_side")
    counted = {"check": "sides_have_same_type", "result": "pass"}
    assert metrics.registry.get_sample_value("fvi_api_checks_total", counted) == 1


@pytest.mark.usefixtures("two_sides")
def test_a_back_has_its_fields_and_the_three_lines_of_its_zone(client: FlaskClient) -> None:
    back = sides(client, photo_of(100), photo_of(10)).json["back"]

    assert list(back["fields"]) == ["date_of_issue", "mrz"]
    assert (back["fields"]["date_of_issue"]["text"], back["fields"]["date_of_issue"]["value"]) == (
        "01/02/2021",
        "2021-02-01",
    )
    zone = back["fields"]["mrz"]
    assert zone["value"].split("\n") == zone["text"].split(" ")
    assert [len(line) for line in zone["value"].split("\n")] == [30, 30, 30]
    assert len(zone["words"]) == 9
    assert [each for each in back["warnings"] if "field" in each] == ["field_missing:issuing_authority"]
    assert {check["result"] for check in back["checks"] if check["name"].startswith("mrz_")} == {"pass"}


def test_one_side_alone_is_not_both(client: FlaskClient, photo) -> None:
    answer = client.post("/v1/cards", json={"front": base64.b64encode(photo()).decode()})

    assert (answer.status_code, answer.json["code"]) == (400, "bad_request")


def test_a_side_that_fails_on_our_side_leaves_the_other(client: FlaskClient, predictor, photo) -> None:
    predictor.fail["detector"] = ModelNotReady()

    answer = sides(client, photo(), b"no image")

    assert (answer.json["front"]["code"], answer.json["back"]["code"]) == ("model_not_ready", "unsupported_image")


def test_versions_that_differ_between_images_are_all_told(predictor) -> None:
    trips = [CardTrip(predictor, "stable", 1) for _ in range(3)]
    for trip, version, label in zip(trips, (1, 2, 1), ("stable", "canary", "stable"), strict=True):
        trip.calls = [ModelCall("cropper", "stable", 3, 0.1), ModelCall("reader", label, version, 0.1)]

    told = RequestRecord("id", "trace", trips=trips).versions()

    assert told.endswith(", cropper=3;label=stable, reader=(1;label=stable 2;label=canary)")
