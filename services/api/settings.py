"""Every setting of the API, read from `FVI_*` once, at the start.

Each has its name, default and help in one place, below; docs/settings.md repeats them, and a test
finds each of them there. The names are the fields' in capitals: `FVI_` + `DEADLINE_SECONDS`.
"""

import math
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from typing import Any

PREFIX = "FVI_"
_MEBI = 1024 * 1024


class BadSetting(ValueError):
    """A setting is unknown or cannot be read; the message names it and says what to do."""


def setting(default: Any, help: str, secret: bool = False) -> Any:
    """A field of Settings; a secret one is not shown in its repr."""
    return field(default=default, metadata={"help": help, "secret": secret})


@dataclass(frozen=True, repr=False)
class Settings:
    """The settings of one API process. `Settings()` is a laptop: loopback only, one model server."""

    bind: str = setting(
        "127.0.0.1:8000", "Address and port the API listens on. The default can be reached from this machine only."
    )
    workers: int = setting(2, "Worker processes. One for each CPU core is a good start.")
    threads: int = setting(8, "Threads in each worker: how many cards it has under way at a time.")
    graceful_seconds: int = setting(30, "How long requests under way may take to finish after SIGTERM.")
    serving_target: str = setting(
        "127.0.0.1:8500",
        "gRPC target of TensorFlow Serving. In a cluster `dns:///` and a headless Service: calls go round it.",
    )
    label: str = setting(
        "stable", "Which version of each model is called: the label given to it in TensorFlow Serving."
    )
    deadline_seconds: float = setting(
        10.0, "Time for one card, all model calls together. What is left of it is passed on with each call."
    )
    ready_seconds: float = setting(2.0, "Time for the model server to answer a readiness probe.")
    attempts: int = setting(4, "How often a model call is tried, 1 to 5, while the model server cannot be reached.")
    max_image_bytes: int = setting(20 * _MEBI, "Largest photo taken, in bytes as sent (base64 not counted).")
    max_pixels: int = setting(
        50_000_000,
        "Largest photo decoded, in pixels. "
        "While it decodes a worker needs 11 bytes for each; it decodes two photos at a time.",
    )

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if not isinstance(value, str) and value <= 0:
                raise BadSetting(f"{env_name(each)} is {value}; it must be above 0.")
        if self.attempts > 5:
            raise BadSetting(f"{PREFIX}ATTEMPTS is {self.attempts}; gRPC makes at most 5.")

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """The settings named in `environ`; its other variables do not matter.

        Raises:
            BadSetting: an `FVI_*` name that we do not know, or a value of the wrong kind.
        """
        known = {env_name(each): each for each in fields(cls)}
        unknown = sorted(name for name in environ if name.startswith(PREFIX) and name not in known)
        if unknown:
            raise BadSetting(f"{', '.join(unknown)}: no such setting. There are {', '.join(known)}.")
        return cls(**{known[name].name: _parse(known[name], text) for name, text in environ.items() if name in known})

    @property
    def max_body_bytes(self) -> int:
        """The largest body of a request: base64 makes an image 4/3 as large, and forms add their headers."""
        return self.max_image_bytes * 4 // 3 + 64 * 1024

    def __repr__(self) -> str:
        shown = (f"{f.name}={'***' if f.metadata['secret'] else repr(getattr(self, f.name))}" for f in fields(self))
        return f"Settings({', '.join(shown)})"


def env_name(each: Field[Any]) -> str:
    """The environment variable of a setting."""
    return PREFIX + each.name.upper()


def _parse(each: Field[Any], text: str) -> Any:
    if each.type is str:
        return text
    try:
        number = int(text) if each.type is int else float(text)
    except ValueError:
        wanted = "a whole number" if each.type is int else "a number"
        raise BadSetting(f"{env_name(each)}: {text!r} is not {wanted}.") from None
    if not math.isfinite(number):
        raise BadSetting(f"{env_name(each)}: {text!r} is no finite number.")
    return number
