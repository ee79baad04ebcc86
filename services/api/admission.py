"""How many cards a worker takes: a few are read, a few more wait, the next is told to come back."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from time import monotonic

from services.api.errors import Busy

_BATCHES_AT_A_TIME = 2  # one is read while the other arrives


class Admission:
    """Bounds the cards of one worker. Without it they would wait in gunicorn's queue, which has no end."""

    def __init__(self, at_a_time: int, waiting: int, told: Callable[[int], object] = lambda _: None) -> None:
        """`told`: of each place that is taken (1) or free again (-1)."""
        self._told = told
        self._places = threading.Semaphore(at_a_time + waiting)
        self._turns = threading.Semaphore(at_a_time)
        self._at_a_time, self._taken, self._lock = at_a_time, 0, threading.Lock()
        self._batches = threading.Semaphore(_BATCHES_AT_A_TIME)
        self.batch_turns = max(1, at_a_time // 2)  # of all batches together: the others are for single cards
        self._batch_turns = threading.Semaphore(self.batch_turns)

    @contextlib.contextmanager
    def place(self) -> Iterator[None]:
        """For all of a card's way; taken before its photo is read, so that saying no costs next to nothing.

        Raises:
            Busy: no place is free.
        """
        if not self._places.acquire(blocking=False):
            raise Busy()
        self._told(1)
        try:
            yield
        finally:
            self._told(-1)
            self._places.release()

    @contextlib.contextmanager
    def turn(self, patience: float) -> Iterator[None]:
        """For decoding and reading a card; taken when its photo is there, however slowly that came.

        Raises:
            Busy: no turn came within `patience` seconds.
        """
        if not self._turns.acquire(timeout=max(0.0, patience)):
            raise Busy()
        self._count(+1)
        try:
            yield
        finally:
            self._count(-1)
            self._turns.release()

    @property
    def is_busy(self) -> bool:
        """Whether half of the turns or more are taken: no time for work that nobody waits for."""
        return 2 * self._taken >= self._at_a_time

    def _count(self, change: int) -> None:
        with self._lock:
            self._taken += change

    @contextlib.contextmanager
    def batch_place(self) -> Iterator[None]:
        """For all of a batch's way: one place, however many images it brings.

        Raises:
            Busy: no place is free, or enough batches are under way.
        """
        if not self._batches.acquire(blocking=False):
            raise Busy()
        try:
            with self.place():
                yield
        finally:
            self._batches.release()

    @contextlib.contextmanager
    def batch_turn(self, patience: float) -> Iterator[None]:
        """As `turn`, for one image of a batch.

        Raises:
            Busy: no turn came within `patience` seconds.
        """
        end = monotonic() + patience
        if not self._batch_turns.acquire(timeout=max(0.0, patience)):
            raise Busy()
        try:
            with self.turn(end - monotonic()):
                yield
        finally:
            self._batch_turns.release()
