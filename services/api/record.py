"""What one request leaves behind: in its headers, in the metrics and in the log."""

import hashlib
import re
import uuid
from collections.abc import Callable
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
    """One request. The bytes of its images are hashed, not kept."""

    id: str
    trace_id: str
    client: Client | None = None
    started: float = field(default_factory=perf_counter)
    images: int = 0
    image_bytes: int = 0
    image_digest: bytes = b""  # SHA-256
    trips: list[CardTrip] = field(default_factory=list)  # one for each image
    code: str = "ok"
    context: dict[str, str] = field(default_factory=dict)
    afterwards: list[Callable[[], object]] = field(default_factory=list)  # to do when the answer is sent

    def saw_image(self, data: bytes) -> bytes:
        """Books size and hash of an image; its SHA-256. Of several images, the hash of their hashes is booked."""
        digest = hashlib.sha256(data).digest()
        self.images += 1
        self.image_bytes += len(data)
        self.image_digest = digest if self.images == 1 else hashlib.sha256(self.image_digest + digest).digest()
        return digest

    def versions(self) -> str:
        """Which versions answered, as a dictionary of RFC 9651 §3.2: api="0.1.0", reader=2;label=canary.

        Where images were answered by several versions of a model, they are an inner list:
        reader=(1;label=stable 2;label=canary).
        """
        answered: dict[str, dict[str, None]] = {}  # model -> versions, in the order of their first answers
        for trip in tuple(self.trips):
            for call in trip.calls:
                answered.setdefault(call.model, {})[f"{call.version};label={call.label}"] = None
        members = [f"{model}={_item_or_list(tuple(versions))}" for model, versions in answered.items()]
        return ", ".join([f'api="{API_VERSION}"', *members])

    def log_fields(self, route: str, status: int) -> dict[str, Any]:
        """The members of the request's log line."""
        fallbacks = sorted({model for trip in self.trips for model in trip.fallbacks})
        return {
            "request_id": self.id,
            "trace_id": self.trace_id,
            "client": self.client.name if self.client else None,
            "route": route,
            "status": status,
            "code": self.code,
            "seconds": round(perf_counter() - self.started, 4),
            "images": self.images,
            "image_bytes": self.image_bytes,
            "image_sha256": self.image_digest.hex()[:16],  # enough to tell two photos apart
            "timing_ms": self.trips[0].timing_ms() if len(self.trips) == 1 else {},
            "versions": self.versions(),
            **({"canary_not_there": fallbacks} if fallbacks else {}),
            **self.context,
        }


def _item_or_list(versions: tuple[str, ...]) -> str:
    return versions[0] if len(versions) == 1 else f"({' '.join(versions)})"


def request_id(offered: str | None) -> str:
    """The caller's X-Request-Id if it is sane, or a new one."""
    return offered if offered and _SANE_ID.fullmatch(offered) else uuid.uuid4().hex


def current() -> RequestRecord:
    """The record of the request at hand."""
    return cast(RequestRecord, g.record)
