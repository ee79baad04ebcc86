"""The caller's trace (W3C Trace Context): its id in our logs, and passed on to the model server."""

import re
import secrets
from contextvars import ContextVar

_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_current: ContextVar[str | None] = ContextVar("traceparent", default=None)


def begin(offered: str | None) -> str:
    """Goes on with the caller's trace, or starts one; the trace id.

    What is passed on names a span of our own as the parent, as §3.4 wants it. A header that is not
    as §3.2.2 says starts a new trace, marked as not recorded.
    """
    found = _TRACEPARENT.fullmatch(offered or "")
    if found and _is_valid(*found.groups()):
        trace_id, flags = found[2], found[4]
    else:
        trace_id, flags = secrets.token_hex(16), "00"
    _current.set(f"00-{trace_id}-{secrets.token_hex(8)}-{flags}")
    return trace_id


def end() -> None:
    """Forgets the trace: the thread goes on to another request."""
    _current.set(None)


def outgoing_metadata() -> list[tuple[str, str]]:
    """What a gRPC call made for the request at hand carries."""
    traceparent = _current.get()
    return [("traceparent", traceparent)] if traceparent else []


def _is_valid(version: str, trace_id: str, parent_id: str, _flags: str, more: str | None) -> bool:
    if version == "ff" or (version == "00" and more):
        return False
    return set(trace_id) != {"0"} and set(parent_id) != {"0"}
