"""Cards read again by both versions, seen from outside: in the metrics, and in what the model server is asked."""

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import httpx
import numpy as np
import pytest
from flask.testing import FlaskClient

from models.spec import ModelSpec, Tensors
from services.api.app import create_app
from services.api.errors import ModelNotReady, ServingTimeout
from services.api.metrics import Metrics
from services.api.predictor import Answer
from services.api.routing import position_of
from services.api.settings import Settings
from tests.services.api.answers import for_rows

VERSIONS = {"stable": 5, "canary": 6}
ALL = "models: {reader: {stable: 5, canary: 6, traffic: 0, shadow: 100}}"
PAIRS = "fvi_api_shadow_pairs_total"


@dataclass
class TwoReaders:
    """A Predictor with two Readers; what each reads, and what it fails with, a test may change."""

    outputs: dict[str, Tensors]
    texts: dict[str, list[str]] = field(default_factory=dict)  # label -> what it reads instead
    fail: dict[str, Exception] = field(default_factory=dict)  # label -> its Reader's error
    seconds: dict[str, float] = field(default_factory=dict)  # label -> how long its Reader takes
    asked: list[tuple[str, str]] = field(default_factory=list)
    hold: threading.Event = field(default_factory=threading.Event)
    versions: dict[str, int] = field(default_factory=lambda: dict(VERSIONS))

    def call(self, spec: ModelSpec, inputs: Tensors, label: str, _timeout: float) -> Answer:
        self.asked.append((spec.name, label))
        if threading.current_thread().name == "shadow":
            self.hold.wait(20)
            time.sleep(self.seconds.get(label, 0.0))
            if label in self.fail:
                raise self.fail[label]
        outputs = dict(self.outputs[spec.name])
        if spec.name == "reader" and label in self.texts:
            outputs["text"] = np.array([text.encode() for text in self.texts[label]], object)
        return Answer(for_rows(outputs, len(inputs["image"])), self.versions[label])

    def readers(self) -> list[str]:
        return [label for model, label in self.asked if model == "reader"]


@dataclass
class Shadowed:
    """An API whose desired state says what a test writes."""

    predictor: TwoReaders
    metrics: Metrics
    client: FlaskClient
    photo: Callable[..., bytes]
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1000))

    def send(self, number: int | None = None, status: int = 200) -> None:
        """A photo that was not sent before, or the one of a number."""
        number = next(self.numbers) if number is None else number
        comment = b"\xff\xfe\x00\x06" + number.to_bytes(4, "big")
        photo = self.photo()
        answer = self.client.post("/v1/cards", data=photo[:2] + comment + photo[2:], content_type="image/jpeg")
        assert answer.status_code == status, answer.text
        answer.close()  # as a server does when the last byte is sent

    def count(self, name: str, **labels: str) -> float:
        versions = {} if name.endswith("skipped_total") else {"model": "reader", "stable": "5", "canary": "6"}
        return self.metrics.registry.get_sample_value(name, {**versions, **labels}) or 0.0

    def outcome(self, measure: str) -> str:
        """The one outcome of the one pair so far."""
        outcomes = ("same", "canary_worse", "canary_better")
        self.wait(lambda: sum(self.count(PAIRS, measure=measure, outcome=each) for each in outcomes) == 1)
        (found,) = (each for each in outcomes if self.count(PAIRS, measure=measure, outcome=each))
        return found

    def wait(self, until: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 20
        while not until():
            assert time.monotonic() < deadline
            time.sleep(0.01)


@pytest.fixture
def follow(card_outputs, photo, tmp_path) -> Iterator[Callable[..., Shadowed]]:
    """follow(desired) -> an API that follows it; its shadow goes on as soon as it is asked."""
    made: list[Shadowed] = []

    def make(desired: str = ALL, threads: int = 8) -> Shadowed:
        path = tmp_path / "desired.yaml"
        path.write_text(desired)
        predictor, metrics = TwoReaders(card_outputs), Metrics()
        predictor.hold.set()
        app = create_app(Settings(desired_state=str(path), threads=threads), predictor, metrics)
        made.append(Shadowed(predictor, metrics, app.test_client(), photo))
        return made[-1]

    yield make
    for each in made:
        each.predictor.hold.set()


def test_both_versions_read_the_card_once_more_after_the_answer(follow) -> None:
    api = follow()
    api.predictor.hold.clear()

    api.send()

    assert api.predictor.readers()[0] == "stable"
    api.predictor.hold.set()
    api.wait(lambda: api.count(PAIRS, measure="errors", outcome="same") == 1)
    assert sorted(api.predictor.readers()[1:]) == ["canary", "stable"]
    assert {model for model, _ in api.predictor.asked[3:]} == {"reader"}
    assert api.outcome("numbers") == api.outcome("addresses") == "same"


def test_nothing_is_asked_before_the_answer_is_sent(follow, photo) -> None:
    api = follow()

    answer = api.client.post("/v1/cards", data=photo(), content_type="image/jpeg", buffered=False)

    time.sleep(0.1)
    assert api.predictor.readers() == ["stable"]
    answer.close()
    api.wait(lambda: len(api.predictor.readers()) == 3)


@pytest.mark.parametrize(
    ("texts", "measure", "outcome"),
    [
        ({"canary": ["00000000O001", "SPECIMEN", "THỬ"]}, "numbers", "canary_worse"),
        ({"stable": ["00000000O001", "SPECIMEN", "THỬ"]}, "numbers", "canary_better"),
        ({"canary": ["000000000001", "LÊ", "THỬ"]}, "known_words", "canary_better"),
    ],
)
def test_what_one_alone_misreads_is_counted_by_its_measure(follow, texts, measure, outcome) -> None:
    api = follow()
    api.predictor.texts = texts

    api.send(status=422 if "stable" in texts else 200)  # refused, for it has no number now, and compared all the same

    assert api.outcome(measure) == outcome
    assert api.outcome("dates") == "same"


def test_agreement_is_counted_by_field(follow) -> None:
    api = follow()
    api.predictor.texts = {"canary": ["000000000001", "SPECIMEN", "THỨA"]}

    api.send()

    api.outcome("errors")
    assert api.count("fvi_api_shadow_fields_total", field="id_number", result="same") == 1
    assert api.count("fvi_api_shadow_fields_total", field="full_name", result="differs") == 1
    assert api.count("fvi_api_shadow_edits_total", field="full_name") == 2
    assert api.count("fvi_api_shadow_letters_total", field="full_name") == len("SPECIMEN THỬ")
    assert api.count("fvi_api_shadow_seconds_count", arm="canary") == 1
    assert api.count("fvi_api_shadow_confidence_sum", arm="stable") == pytest.approx((0.9375 + 0.875 + 0.8125) / 3)


def test_the_answers_own_reading_gives_the_noise(follow) -> None:
    api = follow()
    api.send()
    api.wait(lambda: api.count("fvi_api_shadow_noise_total", arm="stable", result="same") == 1)

    api.predictor.hold.clear()
    api.send()
    api.predictor.texts = {"stable": ["000000000001", "SPECIMEN", "THÚ"]}
    api.predictor.hold.set()

    api.wait(lambda: api.count("fvi_api_shadow_noise_total", arm="stable", result="differs") == 1)
    assert api.count("fvi_api_shadow_noise_total", arm="canary", result="same") == 0


@pytest.mark.parametrize(
    ("seconds", "outcome"), [({"canary": 0.5}, "canary_worse"), ({"stable": 0.5, "canary": 0.5}, "canary_better")]
)
def test_a_canary_that_takes_much_longer_is_slower(follow, seconds: dict[str, float], outcome: str) -> None:
    api = follow()
    api.predictor.seconds = seconds

    api.send()

    assert api.outcome("latency") == outcome


@pytest.mark.parametrize(("label", "outcome"), [("canary", "canary_worse"), ("stable", "canary_better")])
def test_an_error_of_one_is_held_against_it(follow, label: str, outcome: str) -> None:
    api = follow()
    api.predictor.fail[label] = ServingTimeout()

    api.send()

    assert api.outcome("errors") == outcome
    assert api.count(PAIRS, measure="numbers", outcome="same") == 0


def test_a_canary_that_is_not_loaded_here_is_no_error(follow) -> None:
    api = follow()
    api.predictor.fail["canary"] = ModelNotReady()

    api.send()

    api.wait(lambda: api.count("fvi_api_shadow_skipped_total", reason="not_there") == 1)


def test_versions_other_than_the_desired_ones_are_not_compared(follow) -> None:
    api = follow()
    api.predictor.versions = {"stable": 6, "canary": 6}

    api.send()

    api.wait(lambda: api.count("fvi_api_shadow_skipped_total", reason="moved") == 1)


@pytest.mark.parametrize(
    "desired",
    [
        "models: {reader: {stable: 5, canary: 6, shadow: 0}}",
        "models: {reader: {stable: 5, shadow: 100}}",
        "models: {reader: {stable: 5, canary: 5, shadow: 100}}",
        "models: {cropper: {stable: 5, canary: 6, shadow: 100}}",
    ],
)
def test_without_a_share_or_a_canary_nothing_is_read_again(follow, desired: str) -> None:
    api = follow(desired)

    api.send()

    time.sleep(0.1)
    assert api.predictor.readers() == ["stable"]


def test_when_all_places_are_taken_cards_are_dropped_and_answered(follow) -> None:
    api = follow()
    api.predictor.hold.clear()

    for _ in range(10):
        api.send()

    assert api.count("fvi_api_shadow_skipped_total", reason="full") == 2
    api.predictor.hold.set()
    api.wait(lambda: api.count(PAIRS, measure="errors", outcome="same") == 8)
    api.send()
    api.wait(lambda: api.count(PAIRS, measure="errors", outcome="same") == 9)


def test_the_same_photo_is_compared_once(follow) -> None:
    api = follow()

    api.send(1)
    api.outcome("errors")
    for _ in range(3):
        api.send(1)
    api.send(2)

    api.wait(lambda: api.count(PAIRS, measure="errors", outcome="same") == 2)
    assert api.count("fvi_api_shadow_skipped_total", reason="again") == 3


def test_a_photo_that_was_dropped_may_come_again(follow) -> None:
    api = follow()
    api.predictor.hold.clear()
    for number in range(9):
        api.send(number)
    assert api.count("fvi_api_shadow_skipped_total", reason="full") == 1
    api.predictor.hold.set()
    api.wait(lambda: api.count(PAIRS, measure="errors", outcome="same") == 8)

    api.send(8)

    api.wait(lambda: api.count(PAIRS, measure="errors", outcome="same") == 9)
    assert api.count("fvi_api_shadow_skipped_total", reason="again") == 0


def test_a_bug_is_told_by_its_kind_only_and_ends_nothing(follow, caplog) -> None:
    api = follow()
    api.predictor.fail["stable"] = ValueError("000000000001")

    api.send()

    api.wait(lambda: api.count("fvi_api_shadow_skipped_total", reason="bug") == 1)
    (told,) = (record for record in caplog.records if record.levelname == "ERROR")
    assert told.fields == {"kind": "ValueError"}
    assert told.exc_info is None
    api.predictor.fail.clear()
    api.send()
    api.outcome("errors")


def test_the_sample_has_nothing_to_do_with_the_traffic() -> None:
    digests = [number.to_bytes(32, "big") for number in range(4000)]
    to_canary = {digest for digest in digests if position_of(digest, "reader") < 20}
    sampled = {digest for digest in digests if position_of(digest, "reader", b"fvi-ocr shadow") < 20}

    assert len(to_canary & sampled) / len(digests) == pytest.approx(0.04, abs=0.01)


def test_a_busy_worker_compares_nothing(follow) -> None:
    api = follow(threads=2)
    api.predictor.hold.clear()
    held = threading.Event()
    answer_of = api.predictor.call

    def call(spec, inputs, label, timeout):
        if spec.name == "cropper" and threading.current_thread().name == "slow":
            held.wait(20)
        return answer_of(spec, inputs, label, timeout)

    api.predictor.call = call
    slow = threading.Thread(target=api.send, name="slow")
    slow.start()
    api.send()
    api.wait(lambda: api.count("fvi_api_shadow_skipped_total", reason="busy") == 1)
    held.set()
    slow.join()
    api.predictor.hold.set()


def test_every_worker_of_gunicorn_compares_and_stops(start, photo, tmp_path) -> None:
    desired = tmp_path / "desired.yaml"
    desired.write_text("models: {reader: {stable: 7, canary: 8, shadow: 100}}")
    api = start(FVI_DESIRED_STATE=str(desired), FVI_CLIENT_BURST="1000")
    deadline = time.monotonic() + 20

    def moved() -> bool:
        page = httpx.get(f"{api.admin_url}/metrics", timeout=20).text
        return 'fvi_api_shadow_skipped_total{reason="moved"}' in page

    # The model server of these tests has version 7 for every label.
    while not moved():
        assert time.monotonic() < deadline
        assert httpx.post(f"{api.url}/v1/cards", content=photo(), timeout=20).status_code == 200
    api.process.terminate()
    assert api.process.wait(timeout=20) == 0
