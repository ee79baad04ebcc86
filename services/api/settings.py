"""Every setting of the API, read from `FVI_*` once, at the start.

Each has its name, default and help in one place, below; docs/settings.md repeats them, and a test
finds each of them there. The names are the fields' in capitals: `FVI_` + `DEADLINE_SECONDS`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from models.gate import Gate
from services.environment import Environment

PREFIX = "FVI_"
_MEBI = 1024 * 1024
_ENDPOINT = re.compile(r"https?://[^/\s@]+/?")
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9a-f:]+\](:[0-9]{1,5})?")


class BadSetting(ValueError):
    """A setting is unknown or cannot be read; the message names it and says what to do."""


ENVIRONMENT = Environment(PREFIX, BadSetting)


def setting(default: Any, help: str, secret: bool = False, may_be_0: bool = False) -> Any:
    """A field of Settings; a secret one is not shown in its repr."""
    return field(default=default, metadata={"help": help, "secret": secret, "may_be_0": may_be_0})


@dataclass(frozen=True, repr=False)
class Settings:
    """The settings of one API process. `Settings()` is a laptop: loopback only, one model server."""

    bind: str = setting(
        "127.0.0.1:8000", "Address and port the API listens on. The default can be reached from this machine only."
    )
    workers: int = setting(2, "Worker processes. One for each CPU core is a good start.")
    threads: int = setting(8, "How many cards each worker reads at a time.")
    queue: int = setting(
        16,
        "How many more cards each worker lets wait. "
        "The next one is refused before its photo is read: 503 `busy`, with Retry-After.",
    )
    max_requests: int = setting(
        0, "After so many requests, and up to a fifth more, a worker is replaced by a new one. 0: never.", may_be_0=True
    )
    admin_bind: str = setting(
        "127.0.0.1:8001",
        "Address and port of `/healthz`, `/readyz` and `/metrics`, which ask for no key: never for the public.",
    )
    drain_seconds: float = setting(
        5.0,
        "How long requests are still taken after SIGTERM, while `/readyz` already says 503: "
        "until load balancers have noticed. 0: not at all.",
        may_be_0=True,
    )
    graceful_seconds: int = setting(30, "How long requests under way may then take to finish.")
    head_seconds: float = setting(10.0, "Time for the headers of a request to arrive, or the connection is closed.")
    body_seconds: float = setting(30.0, "Time for the body of a request to arrive, or it is answered with 408.")
    api_keys_file: str = setting(
        "",
        "Path of the API keys ([access.md](access.md)). "
        "It is read again when it changes. Without it, no key is asked for.",
    )
    allow_no_keys: bool = setting(
        False, "`true`: without API keys, too, FVI_BIND may be an address that other machines can reach."
    )
    client_requests_per_second: float = setting(
        10.0,
        "Requests a second that one client may send to each worker in the long run, unless its line says otherwise.",
    )
    client_burst: int = setting(20, "Requests that it may send at once, unless its line says otherwise.")
    cors_origins: str = setting(
        "", "Origins whose pages may call the API from a browser, such as `https://shop.example`; spaces between them."
    )
    compat_fpt: bool = setting(
        False, "`true`: `POST /vision/idr/vnm` answers in the shape of FPT.AI's API ([api.md](api.md))."
    )
    serving_target: str = setting(
        "127.0.0.1:8500",
        "gRPC target of TensorFlow Serving. In a cluster `dns:///` and a headless Service: calls go round it.",
    )
    otlp_endpoint: str = setting(
        "",
        "Where the spans of requests are sent over OTLP, such as `http://collector:4317` "
        "([operations.md](operations.md)). Without it none are made.",
    )
    label: str = setting(
        "stable", "Which version of each model is called: the label given to it in TensorFlow Serving."
    )
    desired_state: str = setting(
        "",
        "Path of the desired state, whose `traffic` says how many cards go to the label `canary`, and `shadow` how "
        "many are read again by both ([rollout.md](rollout.md)). It is read again when it changes. "
        "Without it no card is.",
    )
    deadline_seconds: float = setting(
        10.0, "Time for one card, all model calls together. What is left of it is passed on with each call."
    )
    attempt_seconds: float = setting(
        10.0,
        "Time for one try of a model call; then another replica is asked, if FVI_ATTEMPTS allows. "
        "Lower it where there are several, so that one that hangs delays a card instead of failing it.",
    )
    ready_seconds: float = setting(2.0, "Time for the model server to answer a readiness probe.")
    attempts: int = setting(4, "How often a model call is tried, 1 to 5, while the model server cannot be reached.")
    max_image_bytes: int = setting(20 * _MEBI, "Largest photo taken, in bytes as sent (base64 not counted).")
    max_pixels: int = setting(
        50_000_000,
        "Largest photo decoded, in pixels. "
        "While it decodes a worker needs 11 bytes for each; it decodes two photos at a time.",
    )
    batch_images: int = setting(16, "Most images in one call of `/v1/cards:batch`.")
    batch_bytes: int = setting(32 * _MEBI, "All of them together, in bytes as sent (base64 not counted).")
    batch_seconds: float = setting(
        30.0, "Time for all images of a batch together, from when they have arrived; each has what is left of it."
    )
    quality_max_blur: float = setting(
        Gate.max_blur, "Above it a photo is `blurred`. This and the next six: [quality.md](quality.md)."
    )
    quality_max_glare: float = setting(Gate.max_glare, "Above it a photo has `glare`.")
    quality_max_dark: float = setting(Gate.max_dark, "Above it a photo is `dark`.")
    quality_max_bright: float = setting(Gate.max_bright, "Above it a photo is `over_exposed`.")
    quality_min_card_pixels: int = setting(Gate.min_card_pixels, "Below it the card is `card_small`.")
    quality_min_corner_score: float = setting(Gate.min_corner_score, "Below it there is a `corner_out_of_view`.")
    quality_min_card_score: float = setting(Gate.min_card_score, "Below it the card may be an `unknown_document`.")
    quality_refuse: str = setting(
        "", "Which of these seven codes refuse a photo with 422 instead of warning; spaces between them."
    )
    require_number: bool = setting(
        Gate.require_number,
        "Whether a card is refused as `unknown_document` whose number has not as many digits as its type's "
        "or, on a back, whose machine-readable zone is not like a Vietnamese card's.",
    )

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, str | bool):
                continue
            if value < 0 or (value == 0 and not each.metadata["may_be_0"]):
                least = "at least" if each.metadata["may_be_0"] else "above"
                raise BadSetting(f"{ENVIRONMENT.name(each)} is {value}; it must be {least} 0.")
        if self.attempts > 5:
            raise BadSetting(f"{PREFIX}ATTEMPTS is {self.attempts}; gRPC makes at most 5.")
        self._check_origins()
        if self.otlp_endpoint and not _ENDPOINT.fullmatch(self.otlp_endpoint):
            raise BadSetting(f"{PREFIX}OTLP_ENDPOINT: {self.otlp_endpoint!r} is not http://HOST:PORT or https://….")
        _ = self.admin_address, self.gate

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """The settings named in `environ`; its other variables do not matter.

        Raises:
            BadSetting: an `FVI_*` name that we do not know, or a value of the wrong kind.
        """
        return ENVIRONMENT.read(cls, environ)

    def _check_origins(self) -> None:
        for origin in self.cors_origins.split():
            if not _ORIGIN.fullmatch(origin):
                raise BadSetting(f"{PREFIX}CORS_ORIGINS: {origin!r} is no origin such as https://shop.example.")

    @property
    def admin_address(self) -> tuple[str, int]:
        """Host and port of `admin_bind`."""
        host, _, port = self.admin_bind.rpartition(":")
        if not host or not port.isascii() or not port.isdigit() or int(port) > 65535:
            raise BadSetting(f"{PREFIX}ADMIN_BIND: {self.admin_bind!r} is not HOST:PORT.")
        return host.removeprefix("[").removesuffix("]"), int(port)

    @property
    def gate(self) -> Gate:
        """What the quality of photos is held to."""
        limits = {
            each.name: getattr(self, f"quality_{each.name}")
            for each in fields(Gate)
            if each.name.startswith(("min_", "max_"))
        }
        try:
            return Gate(**limits, refuse=frozenset(self.quality_refuse.split()), require_number=self.require_number)
        except ValueError as error:
            raise BadSetting(f"{PREFIX}QUALITY_REFUSE: {error}.") from None

    @property
    def max_body_bytes(self) -> int:
        """The largest body of a request: base64 makes an image 4/3 as large, and forms add their headers."""
        return _with_overhead(self.max_image_bytes)

    @property
    def max_batch_body_bytes(self) -> int:
        """The same for a batch."""
        return _with_overhead(self.batch_bytes)

    def __repr__(self) -> str:
        shown = (f"{f.name}={'***' if f.metadata['secret'] else repr(getattr(self, f.name))}" for f in fields(self))
        return f"Settings({', '.join(shown)})"


def _with_overhead(image_bytes: int) -> int:
    return image_bytes * 4 // 3 + 64 * 1024
