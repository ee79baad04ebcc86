"""A version that fails is tried again, as often and as long as it should be."""

import threading
import time
from dataclasses import replace

import pytest
import tensorflow as tf

from services.serving.embedded.errors import ServingError, not_found
from services.serving.embedded.retries import RetryOptions, load_with_retries

LOADING, AVAILABLE, END = 20, 30, 50


class Attempts:
    """Fails with each of `failures` in turn, then succeeds."""

    def __init__(self, *failures):
        self.count = 0
        self._failures = list(failures)

    def __call__(self):
        self.count += 1
        if self._failures:
            raise self._failures.pop(0)
        return "loaded"


def load(attempts, retries, cancelled=None, micros=0):
    return load_with_retries("v", attempts, RetryOptions(retries, micros), cancelled or threading.Event())


def test_it_is_tried_until_it_succeeds():
    attempts = Attempts(not_found("1"), not_found("2"))
    assert load(attempts, retries=5) == "loaded"
    assert attempts.count == 3


def test_the_last_failure_is_told_when_the_retries_are_used_up(caplog):
    attempts = Attempts(*(not_found(f"failure {number}") for number in range(9)))
    with pytest.raises(ServingError) as caught:
        load(attempts, retries=2)
    assert (attempts.count, str(caught.value)) == (3, "NOT_FOUND: failure 2")
    assert [message for message in caplog.messages if "failed" in message] == [
        f"Loading servable: v failed: NOT_FOUND: failure {number}" for number in range(3)
    ]


@pytest.mark.parametrize(
    ("failure", "message"),
    [
        (tf.errors.DataLossError(None, None, "cut short"), "DATA_LOSS: cut short"),
        (MemoryError("much too large"), "INVALID_ARGUMENT: MemoryError: much too large"),
    ],
)
def test_whatever_happens_becomes_an_error_with_a_code(failure, message):
    with pytest.raises(ServingError) as caught:
        load(Attempts(failure), retries=0)
    assert str(caught.value) == message


def test_a_cancellation_ends_the_wait_between_two_attempts():
    cancelled = threading.Event()
    threading.Timer(0.1, cancelled.set).start()
    attempts = Attempts(not_found("1"), not_found("2"))
    with pytest.raises(ServingError, match="NOT_FOUND: 1"):
        load(attempts, retries=5, cancelled=cancelled, micros=3_600_000_000)
    assert attempts.count == 1


@pytest.fixture
def patient(kit):
    """A manager that retries for as long as a test lasts."""
    return replace(kit.quick, num_load_threads=1, retries=RetryOptions(10_000, 10_000))


def test_a_version_that_heals_between_retries_serves(kit, tmp_path, patient):
    kit.save_linear(tmp_path / "1", add=1.0)
    with kit.serving(kit.model_config("linear", tmp_path, "all {}"), manager=patient) as client:
        (tmp_path / "2").mkdir()
        client.wait_for("linear", {2: LOADING, 1: AVAILABLE})
        kit.save_linear(tmp_path / "2", add=2.0)
        client.wait_for("linear", {2: AVAILABLE, 1: AVAILABLE})


def test_a_version_no_longer_wanted_is_not_tried_any_more_and_ends_with_its_error(kit, tmp_path, patient):
    kit.save_linear(tmp_path / "1", add=1.0)
    hour = replace(patient, retries=RetryOptions(5, 3_600_000_000))
    with kit.serving(kit.model_config("linear", tmp_path, "all {}"), manager=hour) as client:
        (tmp_path / "2").mkdir()
        client.wait_for("linear", {2: LOADING, 1: AVAILABLE})
        (tmp_path / "2").rmdir()
        client.wait_for("linear", {2: END, 1: AVAILABLE})
        (entry,) = client.status("linear", version=2).model_version_status
        assert entry.status.error_message.startswith("Could not find SavedModel .pb or .pbtxt")


@pytest.mark.parametrize(("threads", "loaded"), [(0, {1: AVAILABLE}), (2, {2: AVAILABLE, 1: AVAILABLE})])
def test_a_version_that_retries_holds_up_other_loads_only_without_load_threads(kit, tmp_path, patient, threads, loaded):
    hour = replace(patient, num_load_threads=threads, retries=RetryOptions(5, 3_600_000_000))
    for name in ("a", "b"):
        kit.save_linear(tmp_path / name / "1", add=1.0)
    entries = [kit.model_config(name, tmp_path / name, "all {}") for name in ("a", "b")]
    kit.save_linear(tmp_path / "2", add=2.0)
    with kit.serving(*entries, manager=hour) as client:
        (tmp_path / "a" / "2").mkdir()
        client.wait_for("a", {2: LOADING, 1: AVAILABLE})
        (tmp_path / "2").rename(tmp_path / "b" / "2")
        client.wait_for("b", loaded)
        time.sleep(0.3)
        assert client.states("b") == loaded
        assert client.predict("a", {"x": [0.0]}).model_spec.version.value == 1
