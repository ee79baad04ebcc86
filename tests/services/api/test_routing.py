"""Which cards go to a canary, and how the desired state is followed while cards come in."""

import hashlib
import math
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api.app import create_app
from services.api.errors import ModelNotReady
from services.api.metrics import Metrics
from services.api.routing import Router, position_of
from services.api.settings import Settings

PHOTOS = [hashlib.sha256(b"photo %d" % number).digest() for number in range(20_000)]
DIGESTS = st.binary(min_size=32, max_size=32)
PERCENT = st.floats(0, 100)


def within_five_sigma(hits: int, of: int, traffic: float) -> bool:
    """Whether that many hits are likely: by chance, it is false once in a million."""
    mean = of * traffic / 100
    return abs(hits - mean) <= 5 * math.sqrt(mean * (1 - traffic / 100))


def share(photos: list[bytes], model: str, traffic: float) -> int:
    return sum(position_of(photo, model) < traffic for photo in photos)


@pytest.mark.parametrize("traffic", [0.01, 0.5, 5, 33.33, 50, 99])
@pytest.mark.parametrize("model", ["cropper", "detector", "reader"])
def test_the_share_of_cards_is_the_traffic(model: str, traffic: float) -> None:
    assert within_five_sigma(share(PHOTOS, model, traffic), len(PHOTOS), traffic)


def test_no_traffic_is_no_card_and_all_traffic_is_every_card() -> None:
    assert share(PHOTOS, "reader", 0) == 0
    assert share(PHOTOS, "reader", 100) == len(PHOTOS)


def test_where_a_card_goes_for_one_model_says_nothing_of_another() -> None:
    of_the_reader = [photo for photo in PHOTOS if position_of(photo, "reader") < 20]

    assert within_five_sigma(share(of_the_reader, "detector", 20), len(of_the_reader), 20)


@given(DIGESTS, PERCENT, PERCENT)
def test_more_traffic_takes_no_card_back(digest: bytes, one: float, other: float) -> None:
    position = position_of(digest, "reader")

    assert position < max(one, other) or not position < min(one, other)
    assert position == position_of(digest, "reader")


@given(DIGESTS, st.integers(0, 10_000))
def test_traffic_counts_to_a_hundredth_of_a_percent(digest: bytes, hundredths: int) -> None:
    position = position_of(digest, "reader")

    assert (position < hundredths / 100) == (round(position * 100) < hundredths)


def test_the_positions_of_today_are_those_of_tomorrow() -> None:
    assert [position_of(PHOTOS[0], model) for model in ("cropper", "detector", "reader")] == [6.58, 94.61, 48.34]


class Followed:
    """A Router and the document it follows."""

    def __init__(self, path: Path) -> None:
        self.path, self.metrics = path, Metrics()
        self.router = Router(Settings(desired_state=str(path)), self.metrics)

    def write(self, text: str) -> None:
        """As a ConfigMap is: another file takes the name."""
        self.path.with_suffix(".new").write_text(text)
        os.replace(self.path.with_suffix(".new"), self.path)

    def labels(self) -> dict[str, str]:
        return self.router.labels(PHOTOS[0])

    def ok(self) -> float | None:
        return self.metrics.registry.get_sample_value("fvi_api_desired_state_ok")

    def wait(self, until: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 20
        while not until():
            assert time.monotonic() < deadline
            time.sleep(0.02)


@pytest.fixture(autouse=True)
def logged(caplog) -> None:
    """Lines of level INFO, too."""
    caplog.set_level("INFO", "fvi.api")


@pytest.fixture
def followed(tmp_path, monkeypatch) -> Iterator[Followed]:
    monkeypatch.setattr("services.api.routing._POLL_SECONDS", 0.05)
    each = Followed(tmp_path / "desired.yaml")
    yield each
    each.router.close()


ALL = "models: {reader: {stable: 1, canary: 2, traffic: 100}, cropper: {stable: 1}}"
NONE = "models: {reader: {stable: 1, canary: 2, traffic: 0}}"


def test_without_a_document_no_card_goes_to_a_canary() -> None:
    assert Router(Settings(), Metrics()).labels(PHOTOS[0]) == {}


def test_the_first_card_is_routed_already(followed: Followed) -> None:
    followed.write(ALL)

    assert followed.labels() == {"reader": "canary"}


def test_traffic_without_a_canary_goes_nowhere(followed: Followed) -> None:
    followed.write("models: {reader: {stable: 1, traffic: 100}}")

    assert followed.labels() == {}


def test_a_change_is_followed(followed: Followed) -> None:
    followed.write(NONE)
    assert followed.labels() == {}

    followed.write(ALL)

    followed.wait(lambda: followed.labels() == {"reader": "canary"})


@pytest.mark.parametrize("broken", ["models: [", "models: {reader: {canary: 2}}", "\0", "x" * 70_000, None])
def test_of_a_broken_document_the_last_good_one_stays_and_it_is_told_once(
    followed: Followed, caplog, broken: str | None
) -> None:
    followed.write(ALL)
    followed.labels()
    assert followed.ok() == 1

    if broken is None:
        followed.path.unlink()
    else:
        followed.write(broken)

    followed.wait(lambda: followed.ok() == 0)
    time.sleep(0.2)  # some more polls
    assert followed.labels() == {"reader": "canary"}
    (told,) = (record for record in caplog.records if record.levelname == "ERROR")
    assert told.fields["code"] == "bad_desired_state"
    followed.write(NONE)
    followed.wait(lambda: followed.labels() == {} and followed.ok() == 1)


def test_a_document_that_comes_late_is_followed(followed: Followed) -> None:
    assert followed.labels() == {}
    assert followed.ok() == 0

    followed.write(ALL)

    followed.wait(lambda: followed.labels() == {"reader": "canary"} and followed.ok() == 1)


def test_the_answer_says_which_label_was_really_used(predictor, photo, tmp_path, caplog) -> None:
    desired = tmp_path / "desired.yaml"
    desired.write_text(
        "models: {reader: {stable: 5, canary: 6, traffic: 100}, detector: {stable: 4, canary: 5, traffic: 100}}"
    )
    answer_of = predictor.call

    def call(spec, inputs, label, timeout):
        if (spec.name, label) == ("detector", "canary"):
            raise ModelNotReady(model="detector")
        return answer_of(spec, inputs, label, timeout)

    predictor.call = call
    metrics = Metrics()
    client = create_app(Settings(desired_state=str(desired)), predictor, metrics).test_client()

    answer = client.post("/v1/cards", data=photo(), content_type="image/jpeg")

    assert answer.headers["X-FVI-Versions"].endswith(
        ", cropper=3;label=stable, detector=4;label=stable, reader=5;label=canary"
    )
    assert answer.json["models"]["detector"] == {"version": 4, "label": "stable"}
    assert answer.json["models"]["reader"] == {"version": 5, "label": "canary"}
    assert metrics.registry.get_sample_value("fvi_api_canary_fallbacks_total", {"model": "detector"}) == 1
    assert caplog.records[-1].fields["canary_not_there"] == ["detector"]


def test_every_worker_follows_the_document_without_a_restart(start, photo, tmp_path) -> None:
    desired = tmp_path / "desired.yaml"
    desired.write_text(NONE)
    api = start(FVI_DESIRED_STATE=str(desired), FVI_CLIENT_BURST="1000")

    def label() -> str:
        return httpx.post(f"{api.url}/v1/cards", content=photo(), timeout=20).json()["models"]["reader"]["label"]

    def followers(traffic: float) -> int:
        followed = {"reader": traffic}
        return len({line["pid"] for line in api.log() if line.get("canaries") == followed})

    while followers(0) < 2:
        assert label() == "stable"
    desired.write_text(ALL)
    while followers(100) < 2:
        time.sleep(0.05)

    assert {label() for _ in range(10)} == {"canary"}
