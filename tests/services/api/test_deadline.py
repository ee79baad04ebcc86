"""How long a card may take: what we allow, or what the caller does."""

import io
from time import perf_counter

import pytest
from PIL import Image

from services.api.deadline import asked_seconds, seconds_left
from services.api.errors import BadRequest, ServingTimeout


def test_without_a_header_the_time_is_ours() -> None:
    assert seconds_left(10, asked_seconds(None), perf_counter()) == 10


def test_a_caller_with_less_time_is_heard() -> None:
    assert 2 < seconds_left(10, asked_seconds("2500"), perf_counter()) <= 2.5


def test_a_caller_cannot_have_more_than_ours() -> None:
    assert seconds_left(10, asked_seconds("999999999"), perf_counter()) == 10


def test_the_callers_time_runs_since_the_request_came() -> None:
    assert 0.4 < seconds_left(10, asked_seconds("2500"), perf_counter() - 2) <= 0.5

    with pytest.raises(ServingTimeout):
        seconds_left(10, asked_seconds("2500"), perf_counter() - 3)


@pytest.mark.parametrize("offered", ["", "0", "-1", "1.5", "1e3", "1s", " 1", "1234567890", "٣"])
def test_what_is_no_number_of_milliseconds_is_refused(offered: str) -> None:
    with pytest.raises(BadRequest, match="X-Request-Timeout-Ms must be a whole number of milliseconds"):
        asked_seconds(offered)


def test_the_models_are_told_of_the_callers_time(client, predictor, photo) -> None:
    sent = {"data": photo(), "content_type": "image/jpeg"}

    answer = client.post("/v1/cards", **sent, headers={"X-Request-Timeout-Ms": "5000"})

    assert answer.status_code == 200
    timeouts = [timeout for _, _, timeout in predictor.calls]
    assert 5 > timeouts[0] > timeouts[1] > timeouts[2] > 0


def test_a_card_that_cannot_make_it_does_not_reach_the_models(client, predictor, photo) -> None:
    answer = client.post(
        "/v1/cards", data=photo(size=(4000, 3000)), content_type="image/jpeg", headers={"X-Request-Timeout-Ms": "1"}
    )

    assert (answer.status_code, answer.json["code"]) == (504, "serving_timeout")
    assert predictor.calls == []


def test_a_pdf_that_is_not_drawn_in_time_is_late_and_not_bad(client, predictor) -> None:
    drawn = io.BytesIO()
    Image.new("RGB", (800, 600), "grey").save(drawn, "PDF")
    # Shorter than any program takes to start.
    sent = {"data": drawn.getvalue(), "content_type": "application/pdf", "headers": {"X-Request-Timeout-Ms": "20"}}

    answer = client.post("/v1/cards", **sent)

    assert (answer.status_code, answer.json["code"]) == (504, "serving_timeout")
    assert predictor.calls == []


def test_a_header_without_sense_is_a_bad_request(client, photo) -> None:
    answer = client.post("/v1/cards", data=photo(), content_type="image/jpeg", headers={"X-Request-Timeout-Ms": "soon"})

    assert (answer.status_code, answer.json["code"]) == (400, "bad_request")
