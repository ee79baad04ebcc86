"""A card's deadline, times and versions."""

import time

import numpy as np
import pytest

from models.cropper.contract import SPEC as CROPPER
from models.detector.contract import SPEC as DETECTOR
from services.api.errors import ModelNotReady, ServingTimeout, ServingUnavailable
from services.api.trip import CardTrip, ModelCall

PIXELS = {"image": np.zeros((1, 320, 320, 3), np.uint8)}


def test_when_nothing_is_left_of_the_deadline_no_model_is_called(predictor) -> None:
    trip = CardTrip(predictor, "stable", deadline_seconds=0.01)
    time.sleep(0.02)

    with pytest.raises(ServingTimeout):
        trip(CROPPER, PIXELS)

    assert predictor.calls == []


def test_it_remembers_which_version_answered(predictor) -> None:
    trip = CardTrip(predictor, "canary", deadline_seconds=5)

    trip(CROPPER, PIXELS)
    trip(DETECTOR, PIXELS)

    assert [(call.model, call.label, call.version) for call in trip.calls] == [
        ("cropper", "canary", 3),
        ("detector", "canary", 4),
    ]


def test_a_call_that_failed_took_time_but_has_no_version(predictor) -> None:
    predictor.fail["cropper"] = ServingUnavailable()
    trip = CardTrip(predictor, "stable", deadline_seconds=5)

    with pytest.raises(ServingUnavailable):
        trip(CROPPER, PIXELS)

    assert list(trip.seconds) == ["fit", "cropper"]
    assert trip.calls == []


def test_a_stage_that_comes_twice_is_added_up(predictor) -> None:
    trip = CardTrip(predictor, "stable", deadline_seconds=5)
    trip(CROPPER, PIXELS)
    trip(CROPPER, PIXELS)

    assert trip.seconds["cropper"] >= sum(call.seconds for call in trip.calls) > 0
    assert [type(call) for call in trip.calls] == [ModelCall, ModelCall]


class OnlyStable:
    """A Predictor whose canaries are not there."""

    def __init__(self, predictor) -> None:
        self._predictor, self.labels = predictor, []

    def call(self, spec, inputs, label, timeout):
        self.labels.append(label)
        if label != "stable":
            raise ModelNotReady(model=spec.name)
        return self._predictor.call(spec, inputs, label, timeout)


def test_each_model_may_have_a_label_of_its_own(predictor) -> None:
    trip = CardTrip(predictor, "stable", 5, {"detector": "canary"})

    trip(CROPPER, PIXELS)
    trip(DETECTOR, PIXELS)

    assert [(call.model, call.label) for call in trip.calls] == [("cropper", "stable"), ("detector", "canary")]
    assert trip.fallbacks == []


def test_a_canary_that_is_not_there_is_replaced_by_stable(predictor) -> None:
    server = OnlyStable(predictor)
    trip = CardTrip(server, "stable", 5, {"cropper": "canary"})

    trip(CROPPER, PIXELS)

    assert server.labels == ["canary", "stable"]
    assert [(call.model, call.label, call.version) for call in trip.calls] == [("cropper", "stable", 3)]
    assert trip.fallbacks == ["cropper"]
    assert list(trip.seconds) == ["fit", "cropper"]


def test_where_stable_is_not_there_either_nothing_else_is_tried(predictor) -> None:
    predictor.fail["cropper"] = ModelNotReady()
    trip = CardTrip(predictor, "stable", 5, {"cropper": "canary"})

    with pytest.raises(ModelNotReady):
        trip(CROPPER, PIXELS)

    assert [label for _, label, _ in predictor.calls] == ["canary", "stable"]


def test_a_canary_that_fails_otherwise_is_not_replaced(predictor) -> None:
    predictor.fail["cropper"] = ServingUnavailable()
    trip = CardTrip(predictor, "stable", 5, {"cropper": "canary"})

    with pytest.raises(ServingUnavailable):
        trip(CROPPER, PIXELS)

    assert len(predictor.calls) == 1
    assert trip.fallbacks == []
