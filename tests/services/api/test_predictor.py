"""The gRPC client against a real server that speaks TensorFlow Serving's own classes."""

import os
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc
import numpy as np
import pytest

from models.cropper.contract import SPEC as CROPPER
from models.detector.contract import SPEC as DETECTOR
from models.reader.contract import SPEC as READER
from services.api import errors
from services.api.predictor import ERROR_OF_STATUS, TfServingPredictor, as_serving_error

CROPS = {"image": np.zeros((3, 32, 128, 3), np.uint8)}
Connect = Callable[..., TfServingPredictor]


@pytest.fixture
def closed_port() -> Iterator[str]:
    """An address that refuses connections: bound, so that nobody else gets it, but not listening."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{bound.getsockname()[1]}"


def test_a_call_names_model_label_and_signature_and_brings_back_outputs_and_version(serving, connect: Connect) -> None:
    answer = connect(serving.target).call(READER, CROPS, "canary", timeout=5)

    spec = serving.requests[0].model_spec
    assert (spec.name, spec.version_label, spec.signature_name) == ("reader", "canary", "serving_default")
    assert answer.version == 7
    assert answer.outputs["text"].tolist() == ["000000000001", "SPECIMEN", "THỬ"]
    assert answer.outputs["confidence"].tolist() == [0.9375, 0.875, 0.8125]
    assert answer.outputs["char_confidence"].shape == (3, 16)


def test_it_is_a_predict_with_the_label_and_deadline_of_the_settings(serving, connect: Connect) -> None:
    outputs = connect(serving.target, label="canary", deadline_seconds=3.0)(READER, CROPS)

    assert set(outputs) == {tensor.name for tensor in READER.outputs if not tensor.optional}  # as older Readers answer
    assert serving.requests[0].model_spec.version_label == "canary"
    assert 2 < serving.seconds_left[0] < 3.2  # gRPC rounds up what it sends


def test_the_server_is_told_how_much_time_is_left(serving, connect: Connect) -> None:
    connect(serving.target).call(READER, CROPS, "stable", timeout=1.5)

    assert 1 < serving.seconds_left[0] < 1.7  # gRPC rounds up what it sends


def test_a_label_is_resolved_to_the_version_that_answers(serving, connect: Connect) -> None:
    assert connect(serving.target).version_of(CROPPER, "stable", timeout=5) == 7
    assert serving.requests[0].model_spec.version_label == "stable"


def test_every_version_has_a_state(serving, connect: Connect) -> None:
    assert connect(serving.target).states_of(CROPPER, timeout=5) == {7: "AVAILABLE", 8: "LOADING"}


@pytest.mark.parametrize("status", grpc.StatusCode)
def test_every_grpc_status_has_an_error_of_ours(status: grpc.StatusCode) -> None:
    assert issubclass(ERROR_OF_STATUS[status], errors.ServingError)


@pytest.mark.parametrize(
    ("status", "words", "error"),
    [
        (grpc.StatusCode.NOT_FOUND, "Servable not found for request: Specific(reader, 99)", errors.ModelNotReady),
        (grpc.StatusCode.INVALID_ARGUMENT, "Unrecognized servable version label: stable", errors.ModelNotReady),
        (grpc.StatusCode.FAILED_PRECONDITION, 'Serving signature key "x" not found.', errors.ModelNotReady),
        (grpc.StatusCode.INVALID_ARGUMENT, "input size does not match signature: 1!=2", errors.ServingError),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, "OOM when allocating tensor", errors.ServingOverloaded),
        (grpc.StatusCode.UNAVAILABLE, "The batch scheduling queue to which …", errors.ServingOverloaded),
        (grpc.StatusCode.DEADLINE_EXCEEDED, "Deadline Exceeded", errors.ServingTimeout),
        (grpc.StatusCode.INTERNAL, "", errors.ServingError),
    ],
)
def test_a_refusal_over_the_wire_becomes_the_error_it_means(serving, connect: Connect, status, words, error) -> None:
    serving.before = lambda _model, context: context.abort(status, words)

    with pytest.raises(errors.ServingError) as raised:
        connect(serving.target, attempts=1).call(READER, CROPS, "stable", timeout=5)

    assert type(raised.value) is error
    assert raised.value.context == {"model": "reader", "grpc": status.name}
    assert words[:20] not in str(raised.value) or not words


def test_a_call_that_finds_the_server_unavailable_is_tried_again(serving, connect: Connect) -> None:
    refusals = iter([True, True, False])

    def refuse_twice(_model: str, context: grpc.ServicerContext) -> None:
        if next(refusals):
            context.abort(grpc.StatusCode.UNAVAILABLE, "restarting")

    serving.before = refuse_twice
    large = {"image": np.zeros((100, 32, 128, 3), np.uint8)}  # gRPC forgets more than 256 kB by default
    serving.outputs["reader"] = {
        "text": np.array(["A"] * 100, object),
        "confidence": np.ones(100, np.float32),
        "char_confidence": np.ones((100, 16), np.float32),
    }

    answer = connect(serving.target).call(READER, large, "stable", timeout=5)

    assert len(answer.outputs["text"]) == 100
    assert len(serving.requests) == 3


def test_it_is_not_tried_more_often_than_the_settings_say(serving, connect: Connect) -> None:
    serving.before = lambda _model, context: context.abort(grpc.StatusCode.UNAVAILABLE, "restarting")

    with pytest.raises(errors.ServingUnavailable):
        connect(serving.target, attempts=2).call(READER, CROPS, "stable", timeout=5)

    assert len(serving.requests) == 2


def test_when_much_fails_nothing_is_tried_twice(serving, connect: Connect) -> None:
    serving.before = lambda _model, context: context.abort(grpc.StatusCode.UNAVAILABLE, "restarting")
    predictor = connect(serving.target)

    def call(_: int = 0) -> None:
        with pytest.raises(errors.ServingUnavailable):
            predictor.call(READER, CROPS, "stable", timeout=20)

    with ThreadPoolExecutor(16) as callers:
        list(callers.map(call, range(64)))
    before = len(serving.requests)
    for _ in range(10):
        call()

    assert 64 < before < 2 * 64
    assert len(serving.requests) == before + 10


def test_a_refusal_that_a_second_try_cannot_help_is_not_tried_again(serving, connect: Connect) -> None:
    serving.before = lambda _model, context: context.abort(grpc.StatusCode.INTERNAL, "")

    with pytest.raises(errors.ServingError):
        connect(serving.target).call(READER, CROPS, "stable", timeout=5)

    assert len(serving.requests) == 1


def test_a_server_that_is_not_there_is_unavailable(closed_port: str, connect: Connect) -> None:
    with pytest.raises(errors.ServingUnavailable):
        connect(closed_port).call(READER, CROPS, "stable", timeout=5)


def test_calls_go_to_the_replica_that_is_there(serving, closed_port: str, connect: Connect) -> None:
    predictor = connect(f"ipv4:{closed_port},{serving.target}")

    assert [predictor.version_of(READER, "stable", timeout=5) for _ in range(4)] == [7, 7, 7, 7]


def test_a_server_that_comes_back_is_found_by_the_next_call(serving, connect: Connect) -> None:
    predictor = connect(serving.target)
    predictor.version_of(READER, "stable", timeout=5)
    serving.stop()
    for _ in range(4):
        with pytest.raises(errors.ServingUnavailable):
            predictor.version_of(READER, "stable", timeout=5)

    serving.start()

    assert predictor.version_of(READER, "stable", timeout=5) == 7


def test_a_server_slower_than_the_deadline_is_a_timeout(serving, connect: Connect) -> None:
    serving.before = lambda _model, _context: time.sleep(0.5)

    with pytest.raises(errors.ServingTimeout):
        connect(serving.target).call(READER, CROPS, "stable", timeout=0.1)


@pytest.mark.parametrize(
    ("name", "array", "why"),
    [
        ("confidence", np.ones(2, np.float32), "confidence has shape (2,), not (3,)"),
        ("confidence", np.full(3, np.nan, np.float32), "confidence has elements that are not finite"),
        ("text", np.ones(3, np.float32), "text has wire type 1, not string"),
    ],
)
def test_an_answer_that_breaks_the_contract_is_a_serving_error(serving, connect: Connect, name, array, why) -> None:
    serving.outputs["reader"] = {**serving.outputs["reader"], name: array}

    with pytest.raises(errors.ServingError) as raised:
        connect(serving.target).call(READER, CROPS, "stable", timeout=5)

    assert raised.value.context == {"model": "reader", "contract": why}


def test_an_output_that_is_missing_is_a_serving_error(serving, connect: Connect) -> None:
    del serving.outputs["detector"]["count"]

    with pytest.raises(errors.ServingError, match="no usable answer"):
        connect(serving.target).call(DETECTOR, {"image": np.zeros((1, 400, 640, 3), np.uint8)}, "stable", 5)


def test_no_channel_exists_before_the_first_call(connect: Connect, closed_port: str) -> None:
    assert connect(closed_port)._channel is None


def test_a_channel_from_before_a_fork_is_refused(serving, connect: Connect, monkeypatch) -> None:
    predictor = connect(serving.target)
    predictor.version_of(READER, "stable", timeout=5)
    monkeypatch.setattr(os, "getpid", lambda: -1)  # a real fork with gRPC's threads running may hang the test

    with pytest.raises(RuntimeError, match="opened before a fork"):
        predictor.version_of(READER, "stable", timeout=5)


def test_an_error_without_words_is_translated_too() -> None:
    class Bare(grpc.RpcError):
        def code(self) -> grpc.StatusCode:
            return grpc.StatusCode.UNKNOWN

        def details(self) -> None:
            return None

    assert type(as_serving_error(Bare(), "reader")) is errors.ServingError
