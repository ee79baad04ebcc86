"""Who may send what, and how often: keys, rates and sizes. docs/access.md is for its users."""

import math
import threading
from collections.abc import Callable
from pathlib import Path
from time import monotonic

from flask import Request

from services.api.errors import RateLimited, Unauthorized
from services.api.key_file import KeyFile
from services.api.keys import Client
from services.api.metrics import Metrics
from services.api.settings import Settings

# The pages and their files hold no secret; everything else, known or not, needs a key.
_OPEN_ROUTES = frozenset({"/", "/docs", "/openapi.json", "/static/<path:filename>"})


class TokenBucket:
    """Lets `burst` requests pass at once and `rate` a second in the long run, as one process sees them."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._spent = 0.0  # tokens taken and not grown back
        self._last = now()

    def take(self, rate: float, burst: int) -> float:
        """0 if the request may pass, else the seconds until one may."""
        with self._lock:
            now = self._now()
            self._spent = max(0.0, self._spent - (now - self._last) * rate)
            self._last = now
            if self._spent + 1 > burst:
                return (self._spent + 1 - burst) / rate
            self._spent += 1
            return 0.0

    def owe(self, tokens: int) -> None:
        """Takes tokens that may not be there yet: what comes next waits for them."""
        with self._lock:
            self._spent += tokens


class Access:
    """Decides about a request before anything of its body is read."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self._settings = settings
        path = settings.api_keys_file
        self._file = KeyFile(Path(path), metrics.keys_ok.set) if path else None
        self._buckets: dict[str, TokenBucket] = {}

    def admit(self, request: Request) -> Client | None:
        """The client whose key the request carries; None where it needs none.

        Also caps the request's body at the client's limit.

        Raises:
            Unauthorized: no key, or one that we do not know.
            RateLimited: the client has sent more than it may.
        """
        if self._file is None or (request.url_rule and request.url_rule.rule in _OPEN_ROUTES):
            return None
        key = _key_of(request)
        if not key:
            raise Unauthorized()
        client = self._file.keys.client_of(key)
        if client is None:
            raise Unauthorized("The API key is not known. Ask for a new one.", error="invalid_token")
        self._spend(client)
        request.max_content_length = body_limit(client, self._settings.max_body_bytes)
        return client

    def charge(self, client: Client | None, images: int) -> None:
        """Books a request of several images as that many, now that they are known."""
        if client is not None:
            self._buckets[client.name].owe(images - 1)

    def _spend(self, client: Client) -> None:
        rate = client.requests_per_second or self._settings.client_requests_per_second
        burst = client.burst or self._settings.client_burst
        wait = self._buckets.setdefault(client.name, TokenBucket()).take(rate, burst)
        if wait > 0:
            raise RateLimited(retry_after=math.ceil(wait))


def body_limit(client: Client | None, ours: int) -> int:
    """The largest body that a client may send where we take `ours`."""
    return ours if client is None or client.max_body_bytes is None else min(client.max_body_bytes, ours)


def _key_of(request: Request) -> str:
    """RFC 6750 §2.1, X-API-Key, or api-key as FPT.AI's clients have it. A Basic authorization may be an ingress's."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    return (request.headers.get("X-API-Key") or request.headers.get("api-key", "")).strip()
