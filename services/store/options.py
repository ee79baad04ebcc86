"""How a store is reached and how much of it we take: `FVI_STORE_*`, each with name, default and help in one place.

Credentials are none of these: the backends find them as usual (`AWS_*` variables and files, a role).
"""

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from services.environment import Environment
from services.store.errors import BadStoreSetting

ENVIRONMENT = Environment("FVI_STORE_", BadStoreSetting)
_MEBI = 1024 * 1024


def _option(default: Any, help: str) -> Any:
    return field(default=default, metadata={"help": help})


@dataclass(frozen=True)
class StoreOptions:
    """The options of one store; `StoreOptions()` is S3 as Amazon runs it."""

    endpoint_url: str = _option("", "Address of an S3 server that is not Amazon's, such as `https://s3.example:9000`.")
    ca_file: str = _option("", "PEM file of the certificate authority that signed the S3 server's certificate.")
    public_keys_file: str = _option(
        "", "PEM file of one or more ed25519 public keys. When set, versions not signed by one of them are refused."
    )
    signing_key_file: str = _option("", "PEM file of the ed25519 private key that published versions are signed with.")
    connect_seconds: float = _option(5.0, "Time to open a connection.")
    read_seconds: float = _option(15.0, "Time without a byte after which a request is given up and tried again.")
    request_seconds: float = _option(60.0, "Time for one request of at most 4 MiB.")
    retry_seconds: float = _option(20.0, "How long failing requests are tried again before the store counts as away.")
    parallel: int = _option(4, "How many files are transferred at a time.")
    max_version_bytes: int = _option(16 * 1024 * _MEBI, "Largest version that is fetched, in bytes.")
    max_files: int = _option(10_000, "Most files that a fetched version may have.")

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if not isinstance(value, str) and not (math.isfinite(value) and value > 0):
                raise BadStoreSetting(f"{ENVIRONMENT.name(each)} is {value}; it must be a finite number above 0.")

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> "StoreOptions":
        """The options named in `environ`; its other variables do not matter.

        Raises:
            BadStoreSetting: an `FVI_STORE_*` name that we do not know, or a value of the wrong kind.
        """
        return ENVIRONMENT.read(cls, environ)
