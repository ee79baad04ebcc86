"""The time between SIGTERM and the end: /readyz says 503, and whatever still comes is answered.

gunicorn closes its listeners at once on SIGTERM, while load balancers go on sending until their next
probe. So the arbiter keeps the signal back for a while and tells its workers, through a byte that
they share with it since the fork. It starts no thread for that: one would be there in later forks.
"""

import mmap
import signal
from types import FrameType

_flag = mmap.mmap(-1, 1)  # anonymous and shared: workers inherit it


def is_draining() -> bool:
    """Whether SIGTERM has come, in the arbiter or in any of its workers."""
    return _flag[0] != 0


def delay_sigterm(seconds: float) -> None:
    """From now on SIGTERM is handed to its present handler `seconds` later; a second one at once."""
    stop = signal.getsignal(signal.SIGTERM)
    if not callable(stop):
        raise RuntimeError("SIGTERM has no handler yet: call this when the arbiter is ready.")

    def keep_back(number: int, frame: FrameType | None) -> None:
        if is_draining() or seconds == 0:
            stop(number, frame)
        else:
            signal.setitimer(signal.ITIMER_REAL, seconds)
        _flag[0] = 1

    signal.signal(signal.SIGTERM, keep_back)
    signal.signal(signal.SIGALRM, lambda _number, frame: stop(signal.SIGTERM, frame))
