"""How many cards a worker takes: a few are read, a few more wait, the next is told to come back."""

import contextlib
import threading
from collections.abc import Iterator

from services.api.errors import Busy


class Admission:
    """Bounds the cards of one worker. Without it they would wait in gunicorn's queue, which has no end."""

    def __init__(self, at_a_time: int, waiting: int) -> None:
        self._places = threading.Semaphore(at_a_time + waiting)
        self._turns = threading.Semaphore(at_a_time)

    @contextlib.contextmanager
    def place(self) -> Iterator[None]:
        """For all of a card's way; taken before its photo is read, so that saying no costs next to nothing.

        Raises:
            Busy: no place is free.
        """
        if not self._places.acquire(blocking=False):
            raise Busy()
        try:
            yield
        finally:
            self._places.release()

    @contextlib.contextmanager
    def turn(self, patience: float) -> Iterator[None]:
        """For decoding and reading a card; taken when its photo is there, however slowly that came.

        Raises:
            Busy: no turn came within `patience` seconds.
        """
        if not self._turns.acquire(timeout=max(0.0, patience)):
            raise Busy()
        try:
            yield
        finally:
            self._turns.release()
