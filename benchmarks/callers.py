"""Callers that keep something busy, and how long each call took."""

import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Run:
    """What the callers saw; everything in seconds.

    `seconds`: from the first call to the last answer. `calls`: when each was due or made, by
    time.time(), and how long it took. `cpu_seconds`: of the whole process that made them.
    """

    seconds: float
    calls: list[tuple[float, float]]
    cpu_seconds: float

    @property
    def latencies(self) -> list[float]:
        """How long each call took."""
        return [latency for _, latency in self.calls]


def closed_loop(call: Callable[[], object], callers: int, count: int) -> Run:
    """`callers` threads make `count` calls in all, each thread one after the other."""
    turns = itertools.count()

    def take_turns(calls: list[tuple[float, float]]) -> None:
        while next(turns) < count:
            started = time.time()
            call()
            calls.append((started, time.time() - started))

    return _run(take_turns, callers)


def open_loop(call: Callable[[], object], callers: int, rate: float, seconds: float) -> Run:
    """`rate` calls a second for `seconds`, whatever the answers do, by at most `callers` threads.

    A latency counts from when the call was due: if all callers are held up, the calls they could
    not make are slow too.
    """
    turns = itertools.count()
    begun = time.time()

    def keep_time(calls: list[tuple[float, float]]) -> None:
        while (due := begun + next(turns) / rate) < begun + seconds:
            time.sleep(max(0.0, due - time.time()))
            call()
            calls.append((due, time.time() - due))

    return _run(keep_time, callers)


def _run(work: Callable[[list[tuple[float, float]]], None], callers: int) -> Run:
    calls: list[tuple[float, float]] = []  # append is atomic
    failures: list[Exception] = []

    def guarded() -> None:
        try:
            work(calls)
        except Exception as error:  # noqa: BLE001  raised below, in the thread that waits
            failures.append(error)

    threads = [threading.Thread(target=guarded) for _ in range(callers)]
    begun, cpu = time.time(), time.process_time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return Run(time.time() - begun, sorted(calls), time.process_time() - cpu)
