"""W3C Trace Context: taken from the caller, into the log, on to the model server."""

import re

import pytest
from flask.testing import FlaskClient

from services.api import trace

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


@pytest.mark.parametrize("offered", [f"00-{TRACE}-{SPAN}-01", f"cc-{TRACE}-{SPAN}-01-what-the-future-will-be-like"])
def test_the_callers_trace_goes_on_with_a_span_of_ours(offered: str) -> None:
    span = trace.go_on(offered)

    assert span.trace_id == TRACE
    ((name, value),) = span.metadata()
    assert name == "traceparent"
    assert re.fullmatch(f"00-{TRACE}-[0-9a-f]{{16}}-01", value)
    assert SPAN not in value


@pytest.mark.parametrize(
    "offered",
    [
        None,
        "",
        "nonsense",
        f"00-{TRACE}-{SPAN}",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01-more",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE}-{SPAN}-01\n",
    ],
)
def test_anything_else_starts_a_trace_that_is_not_recorded(offered: str | None) -> None:
    span = trace.go_on(offered)

    assert re.fullmatch("[0-9a-f]{32}", span.trace_id)
    assert span.trace_id != TRACE
    assert span.metadata()[0][1].endswith("-00")


def test_the_log_line_has_it_and_the_next_request_of_the_thread_has_not(client: FlaskClient, caplog) -> None:
    caplog.set_level("INFO")
    client.get("/v1/models", headers={"traceparent": f"00-{TRACE}-{SPAN}-01"})
    assert trace.current().metadata() == []
    client.get("/v1/models")

    ours, new = (record.fields["trace_id"] for record in caplog.records)
    assert (ours, len(new)) == (TRACE, 32)
    assert new != TRACE
