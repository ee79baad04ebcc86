"""The file of the keys as it is now: read again when it changes, without a restart."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from time import monotonic

from services.api.keys import BadKeys, Keys, parse_keys, read_keys
from services.api.logs import LOGGER

_LOOK_SECONDS = 1.0
_Stamp = tuple[int, int, int] | None


class KeyFile:
    """Keys that follow their file. A file that turns bad is logged, and the last good keys stay.

    A worker that starts while it is bad lets nobody in until it is good: it must not end the others,
    which still have good keys. When the first one starts, the arbiter has found the file to be good.
    """

    def __init__(self, path: Path, told: Callable[[bool], object] = lambda _: None) -> None:
        """`told`: of each reading, whether it went well."""
        self._path, self._told = path, told
        self._lock = threading.Lock()
        self._stamp: _Stamp = (0, 0, 0)  # of no file
        self._keys = parse_keys("")
        self._next_look = 0.0
        self._look()  # not with the first request: the file may have turned bad by then

    @property
    def keys(self) -> Keys:
        """The keys; at most `_LOOK_SECONDS` older than the file."""
        with self._lock:
            if monotonic() >= self._next_look:
                self._next_look = monotonic() + _LOOK_SECONDS
                self._look()
            return self._keys

    def _look(self) -> None:
        stamp = _stamp(self._path)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._keys = read_keys(self._path)
        except BadKeys as error:
            self._told(False)
            _log(logging.ERROR, "The API keys cannot be read; those read before stay", str(error))
        else:
            self._told(True)
            _log(logging.INFO, "The API keys were read", f"{len(self._keys)} keys")


def _stamp(path: Path) -> _Stamp:
    """What changes when the file does. A mounted Secret is replaced by a link to a new file."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def _log(level: int, message: str, detail: str) -> None:
    LOGGER.log(level, message, extra={"fields": {"detail": detail}})
