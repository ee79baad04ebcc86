"""API keys: a file with one key a line, as its SHA-256, so that reading the file gives no key away.

    # client  hash of the key        what differs from the settings, on any line of the client
    bank      sha256:9f86d081884c…   requests_per_second=50 burst=100 max_body_bytes=4000000
    bank      sha256:60303ae22b99…
    kiosk-7   sha256:fd61a03af4f7…

A client may have several keys: to change one, add the new, wait, remove the old. Plain SHA-256 is
enough because keys are 256 random bits, made by `new_key`: there is nothing to guess, and a slow
hash would only slow every request down.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

MAX_CLIENTS = 200  # their names are a label of a metric
_MAX_BYTES = 256 * 1024
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_HASH = re.compile(r"sha256:([0-9a-f]{64})")
_LIMITS = {"requests_per_second": float, "burst": int, "max_body_bytes": int}


class BadKeys(ValueError):
    """The file of the keys cannot be used; says in which line and why, and quotes nothing of it."""


@dataclass(frozen=True)
class Client:
    """Who a key belongs to. Limits that are None are those of the settings."""

    name: str
    requests_per_second: float | None = None
    burst: int | None = None
    max_body_bytes: int | None = None


class Keys:
    """The keys of one reading of the file."""

    def __init__(self, clients: Mapping[str, Client], client_of_hash: Mapping[bytes, str]) -> None:
        self._clients, self._client_of_hash = clients, client_of_hash

    def __len__(self) -> int:
        return len(self._client_of_hash)

    def client_of(self, key: str) -> Client | None:
        """Whose key it is, or None. Takes as long for a wrong key as for any right one."""
        given, found = _sha256(key), None
        for known, name in self._client_of_hash.items():
            if hmac.compare_digest(known, given):
                found = name
        return None if found is None else self._clients[found]


def new_key(client: str) -> tuple[str, str]:
    """A new key, and the line for the file that lets `client` in with it.

    Raises:
        BadKeys: that cannot be the name of a client.
    """
    if not _NAME.fullmatch(client):
        raise BadKeys("a client is named with up to 32 of a-z, 0-9 and -, such as `kiosk-7`.")
    key = f"fvi_{secrets.token_urlsafe(32)}"  # the beginning lets scanners find keys that leaked
    return key, f"{client} sha256:{_sha256(key).hex()}"


def read_keys(path: Path) -> Keys:
    """The keys in the file at `path`. One without keys lets nobody in.

    Raises:
        BadKeys: it cannot be read, or a line is not as above.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise BadKeys(f"{path}: {error.strerror}.") from error
    if len(raw) > _MAX_BYTES:
        raise BadKeys(f"{path} is larger than {_MAX_BYTES} bytes.")
    try:
        return parse_keys(raw.decode())
    except UnicodeDecodeError:
        raise BadKeys(f"{path} is not text.") from None
    except BadKeys as error:
        raise BadKeys(f"{path}, {error}") from None


def parse_keys(text: str) -> Keys:
    """The file as text. See `read_keys`."""
    limits: dict[str, dict[str, float]] = {}
    client_of_hash: dict[bytes, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        name, digest = words[0], _HASH.fullmatch(words[1]) if len(words) > 1 else None
        if not _NAME.fullmatch(name) or digest is None:
            raise BadKeys(f"line {number}: must be `CLIENT sha256:HASH`, as `fvi-ocr keys new CLIENT` prints it.")
        if client_of_hash.setdefault(bytes.fromhex(digest[1]), name) != name:
            raise BadKeys(f"line {number}: this key is another client's already.")
        of_client = limits.setdefault(name, {})
        for word in words[2:]:
            limit, value = _limit(word, number)
            if of_client.setdefault(limit, value) != value:
                raise BadKeys(f"line {number}: {limit} differs from that of an earlier line of the client.")
    if len(limits) > MAX_CLIENTS:
        raise BadKeys(f"there are {len(limits)} clients; at most {MAX_CLIENTS} are taken.")
    return Keys({name: Client(name, **values) for name, values in limits.items()}, client_of_hash)  # type: ignore[arg-type]


def _limit(word: str, number: int) -> tuple[str, float]:
    name, _, text = word.partition("=")
    try:
        value = _LIMITS[name](text)
    except (KeyError, ValueError):
        value = 0
    if not 0 < value < 2**53:
        raise BadKeys(f"line {number}: a limit is one of {', '.join(_LIMITS)}, then `=` and a number above 0.")
    return name, value


def _sha256(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()
