"""A short run of `make fuzz`: the same cases each time."""

from tests.fuzz.__main__ import case_of, fuzz
from tests.fuzz.cases import Case
from tests.fuzz.client import Answer
from tests.fuzz.judge import complaint
from tests.fuzz.target import cheap


def test_a_short_run_finds_nothing() -> None:
    assert fuzz("Cheap model server", cheap, seed=5, first=0, count=250) == []


def test_a_case_is_the_same_bytes_each_time() -> None:
    assert [case_of(5, number) for number in range(50)] == [case_of(5, number) for number in range(50)]
    assert case_of(5, 1) != case_of(6, 1)


def test_a_wrong_answer_is_noticed() -> None:
    case = Case("mutated", (b"",))
    problem = b'{"type": "x", "title": "x", "status": 400, "detail": "x", "code": "%b", "request_id": "1"}'
    headers = {"content-type": "application/problem+json", "x-request-id": "1"}

    assert complaint(case, Answer(400, headers, problem % b"bad_image")) == ""
    assert "does not know" in complaint(case, Answer(400, headers, problem % b"made_up"))
    assert "status 500" in complaint(case, Answer(500, headers, problem % b"internal_error"))
    assert "without a problem document" in complaint(case, Answer(400, {"content-type": "text/html"}, b"<html>"))
    assert "our code" in complaint(case, Answer(400, headers, b"Traceback (most recent call last)"))
    assert "no answer" in complaint(case, Answer(0))
    part = b'{"cards": [{"type": "urn:fvi-ocr:error:internal_error", "status": 500, "code": "internal_error"}]}'
    assert "a part with status 500" in complaint(case, Answer(200, {"content-type": "application/json"}, part))
