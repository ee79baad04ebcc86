"""The time a card may take: ours, or the caller's where that is shorter."""

import re
from time import perf_counter

from services.api.errors import BadRequest, ServingTimeout

HEADER = "X-Request-Timeout-Ms"
_MILLISECONDS = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)


def asked_seconds(offered: str | None) -> float:
    """What the caller's header says; infinity without one.

    Raises:
        BadRequest: it says nothing that makes sense.
    """
    if offered is None:
        return float("inf")
    if not _MILLISECONDS.fullmatch(offered):
        raise BadRequest(f"{HEADER} must be a whole number of milliseconds from 1, such as 2500.")
    return int(offered) / 1000


def due(ours: float, asked: float, started: float) -> float:
    """When images that have arrived must be done, as perf_counter tells the time. See `seconds_left`."""
    return perf_counter() + seconds_left(ours, asked, started)


def seconds_left(ours: float, asked: float, started: float) -> float:
    """Seconds for a card whose photo has arrived.

    The caller's time runs since `started` (perf_counter), when the request came; ours only from now on,
    for a slow upload is not the models' fault.

    Raises:
        ServingTimeout: nothing is left of the caller's.
    """
    left = min(ours, started + asked - perf_counter())
    if left <= 0:
        raise ServingTimeout()
    return left
