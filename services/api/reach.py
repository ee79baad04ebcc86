"""From where the API can be reached, and whether it has the keys that this takes."""

from collections.abc import Iterable
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from services.api.keys import read_keys
from services.api.settings import BadSetting, Settings


def check(settings: Settings, addresses: Iterable[Any]) -> str | None:
    """Whether the API may listen on these addresses (of `socket.getsockname`).

    Returns a warning to log where it has no keys, or None.

    Raises:
        BadKeys: there is a file of keys, and it cannot be used.
        BadSetting: without keys it could be reached from other machines, and nobody said that it may.
    """
    if settings.api_keys_file:
        read_keys(Path(settings.api_keys_file))
        return None
    reachable = [address for address in addresses if not _is_of_this_machine(address)]
    if not reachable:
        return "No API keys: whoever has an account on this machine can use the API."
    if settings.allow_no_keys:
        return "No API keys, as FVI_ALLOW_NO_KEYS wants it: whoever reaches the address can use the API."
    raise BadSetting(
        f"FVI_BIND: {reachable[0][0]} can be reached from other machines and there are no API keys. "
        "Set FVI_API_KEYS_FILE, or FVI_ALLOW_NO_KEYS=true where something in front checks who calls."
    )


def _is_of_this_machine(address: Any) -> bool:
    if isinstance(address, str | bytes):  # a Unix socket
        return True
    return ip_address(address[0].partition("%")[0]).is_loopback
