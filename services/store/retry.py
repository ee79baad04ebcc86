"""Trying again, in one place: the libraries below us are told not to, so that nothing waits in secret."""

import logging
import math
import random
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from services.store.errors import StoreUnavailable

_log = logging.getLogger(__name__)
_FIRST_SECONDS, _LONGEST_SECONDS = 0.2, 5.0
T = TypeVar("T")


class Transient(Exception):
    """A failure that may be gone the next time; the text says what failed."""


def patiently(call: Callable[[], T], seconds: float, stop: threading.Event) -> T:
    """What `call` returns, tried again with growing pauses while it raises Transient.

    Args:
        stop: once set, pauses end and failures are not tried again.

    Raises:
        StoreUnavailable: the last failure, `seconds` after the first.
    """
    deadline = math.inf
    pause = _FIRST_SECONDS
    while True:
        try:
            return call()
        except Transient as failure:
            deadline = min(deadline, time.monotonic() + seconds)
            if stop.is_set() or time.monotonic() + pause > deadline:
                raise StoreUnavailable(f"{failure}. Is the store up, and its address right?") from failure
            _log.warning("%s; trying again", failure)
        stop.wait(pause * random.uniform(0.5, 1.0))  # or all replicas would ask again at the same moment
        pause = min(2 * pause, _LONGEST_SECONDS)
