"""What one request leaves behind: in its headers, in the metrics and in the log."""

import hashlib
import re
import uuid
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from time import perf_counter
from typing import Any, cast

from flask import g

from services.api.keys import Client
from services.api.trip import CardTrip

_SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

try:
    API_VERSION = version("fvi-ocr")
except PackageNotFoundError:  # a bare checkout
    API_VERSION = "unknown"


@dataclass
class RequestRecord:
    """One request. The bytes of its photo are hashed, not kept."""

    id: str
    trace_id: str
    client: Client | None = None
    started: float = field(default_factory=perf_counter)
    image_bytes: int = 0
    image_digest: bytes = b""  # SHA-256
    trip: CardTrip | None = None
    code: str = "ok"
    context: dict[str, str] = field(default_factory=dict)

    def saw_image(self, data: bytes) -> None:
        """Books size and hash of the photo."""
        self.image_bytes = len(data)
        self.image_digest = hashlib.sha256(data).digest()

    def versions(self) -> str:
        """Which versions answered, as a dictionary of RFC 9651 §3.2: api="0.1.0", reader=2;label=canary."""
        calls = self.trip.calls if self.trip else []
        return ", ".join(
            [f'api="{API_VERSION}"', *(f"{call.model}={call.version};label={call.label}" for call in calls)]
        )

    def log_fields(self, route: str, status: int) -> dict[str, Any]:
        """The members of the request's log line."""
        return {
            "request_id": self.id,
            "trace_id": self.trace_id,
            "client": self.client.name if self.client else None,
            "route": route,
            "status": status,
            "code": self.code,
            "seconds": round(perf_counter() - self.started, 4),
            "image_bytes": self.image_bytes,
            "image_sha256": self.image_digest.hex()[:16],  # enough to tell two photos apart
            "timing_ms": self.trip.timing_ms() if self.trip else {},
            "versions": self.versions(),
            **({"canary_not_there": self.trip.fallbacks} if self.trip and self.trip.fallbacks else {}),
            **self.context,
        }


def request_id(offered: str | None) -> str:
    """The caller's X-Request-Id if it is sane, or a new one."""
    return offered if offered and _SANE_ID.fullmatch(offered) else uuid.uuid4().hex


def current() -> RequestRecord:
    """The record of the request at hand."""
    return cast(RequestRecord, g.record)
