"""A thread that does the same thing again and again."""

import logging
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)


class Periodic:
    """Calls a function at once, then every `seconds`, until stopped."""

    def __init__(self, name: str, function: Callable[[], None], seconds: float) -> None:
        """`seconds`: from the end of one call to the start of the next; 0 for no second call unless woken."""
        self._function = function
        self._seconds = seconds or None
        self._woken = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Make the next call now."""
        self._woken.set()

    def stop(self) -> None:
        """Make no more calls; returns when the last one is over."""
        self._stopping = True
        self._woken.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping:
            self._woken.clear()
            if self._stopping:  # it was for this that we were woken
                return
            try:
                self._function()
            except Exception:  # the one handler of this thread: a server that stops polling would look healthy
                log.exception("%s failed and goes on", self._thread.name)
            self._woken.wait(self._seconds)
