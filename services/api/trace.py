"""The request's trace (W3C Trace Context): its id in our logs, and passed on to the model server.

A request is a span, and so is each step of it. The spans of this file only have ids; where
FVI_OTLP_ENDPOINT is set, those of spans.py are recorded and sent.
"""

import contextlib
import re
import secrets
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass

_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")


@dataclass(frozen=True)
class Parent:
    """The caller's span, in hexadecimal digits."""

    trace_id: str
    span_id: str
    flags: str


class Span:
    """A request, or a step of it; this one is not recorded."""

    def __init__(self, trace_id: str = "", span_id: str = "", flags: str = "00") -> None:
        self.trace_id = trace_id
        self._metadata = [("traceparent", f"00-{trace_id}-{span_id}-{flags}")] if trace_id else []

    def metadata(self) -> list[tuple[str, str]]:
        """What a gRPC call that is this step carries."""
        return self._metadata

    def step(self) -> "Span":
        """A step of this one that begins now."""
        return self  # nobody will see it

    def call(self) -> "Span":
        """A step that is a call of another process."""
        return self

    def end(self, name: str, attributes: Mapping[str, str | int] = {}, failed: bool = False) -> None:
        """It ends now, and only now has a name. `attributes`: sizes, versions and codes; never what a card says."""

    @contextlib.contextmanager
    def in_use(self) -> Iterator[None]:
        """Within, `current()` is this span."""
        token = _current.set(self)
        try:
            yield
        finally:
            _current.reset(token)


_NO_TRACE = Span()
_current: ContextVar[Span] = ContextVar("span")


def go_on(offered: str | None) -> Span:
    """The span of a request: goes on with the caller's trace, or starts one that is marked as not recorded.

    What is passed on names a span of our own as the parent, as §3.4 wants it.
    """
    parent = parent_of(offered)
    if parent is None:
        return Span(secrets.token_hex(16), secrets.token_hex(8))
    return Span(parent.trace_id, secrets.token_hex(8), parent.flags)


def parent_of(offered: str | None) -> Parent | None:
    """What a `traceparent` header says; None where it is not as §3.2.2 wants it."""
    found = _TRACEPARENT.fullmatch(offered or "")
    if found is None:
        return None
    version, trace_id, span_id, flags, more = found.groups()
    if version == "ff" or (version == "00" and more) or set(trace_id) == {"0"} or set(span_id) == {"0"}:
        return None
    return Parent(trace_id, span_id, flags)


def begin(span: Span) -> None:
    """`span` is that of the request at hand."""
    _current.set(span)


def end() -> None:
    """Forgets it: the thread goes on to another request."""
    _current.set(_NO_TRACE)


def current() -> Span:
    """The step under way in this thread; one without a trace where there is none."""
    return _current.get(_NO_TRACE)
