"""A card's deadline, times and versions."""

import time

import numpy as np
import pytest

from models.cropper.contract import SPEC as CROPPER
from models.detector.contract import SPEC as DETECTOR
from services.api.errors import ServingTimeout, ServingUnavailable
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
