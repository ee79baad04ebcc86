"""Open-loop load: requests leave at a fixed rate, whether or not earlier ones were answered; nothing is retried."""

import asyncio
import collections
import contextlib
import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.cluster.parts.process import LOGS
from tests.cluster.parts.shots import Shot

_SLOW = 1.0  # from so many seconds on, the times of the stages are noted in load.log


@dataclass
class Answers:
    """What became of the requests: seconds of each that was answered well, and how often anything else happened."""

    seconds: list[float] = field(default_factory=list)
    failures: collections.Counter[str] = field(default_factory=collections.Counter)
    said: dict[Shot, object] = field(default_factory=dict)  # by the first answer to each kind
    busy: float = 0.0  # share of all cores that worked, on whatever
    nice: float = 0.0  # and on what had let others go first

    @property
    def sent(self) -> int:
        return len(self.seconds) + self.failures.total()

    def __str__(self) -> str:
        p50, p99 = _percentile(self.seconds, 50), _percentile(self.seconds, 99)
        failed = ", ".join(f"{count} x {what}" for what, count in self.failures.items()) or "none"
        return (
            f"{self.sent} requests, {self.failures.total()} failed ({failed}), p50 {p50:.2f} s, p99 {p99:.2f} s, "
            f"machine {self.busy:.0%} busy and {self.nice:.0%} at low priority"
        )


def _percentile(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1] if len(values) > 1 else 0.0


@contextlib.contextmanager
def load(front: str, shots: Sequence[Shot], rate: float, headers: dict[str, str] | None = None) -> Iterator[Answers]:
    """`rate` requests a second, `shots` in turn, during the block; those under way are waited for at its end."""
    answers = Answers()
    stop = threading.Event()
    all_headers = {"Content-Type": "image/jpeg", **(headers or {})}
    thread = threading.Thread(target=lambda: asyncio.run(_send(front, shots, rate, all_headers, answers, stop)))
    before = _cpu_ticks()
    thread.start()
    try:
        yield answers
    finally:
        stop.set()
        thread.join()
        busy, nice, total = (now - then for now, then in zip(_cpu_ticks(), before, strict=True))
        answers.busy, answers.nice = busy / total, nice / total


async def _send(
    front: str, shots: Sequence[Shot], rate: float, headers: dict[str, str], answers: Answers, stop: threading.Event
) -> None:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=100)
    opened = httpx.AsyncClient(base_url=front, headers=headers, timeout=60, limits=limits)
    async with opened as client, asyncio.TaskGroup() as group:
        begun, number = time.monotonic(), 0
        while not stop.is_set():
            group.create_task(_one(client, shots[number % len(shots)], answers))
            number += 1
            await asyncio.sleep(max(0.0, begun + number / rate - time.monotonic()))


async def _one(client: httpx.AsyncClient, shot: Shot, answers: Answers) -> None:
    begun = time.monotonic()
    try:
        answer = await client.post(shot.path, content=shot.body)
    except httpx.HTTPError as error:
        _failed(answers, shot, type(error).__name__, str(error))
        return
    if answer.status_code != 200:
        problem = answer.headers.get("content-type") == "application/problem+json"
        what = answer.json()["code"] if problem else "of the ingress"
        _failed(answers, shot, f"{answer.status_code} {what}", answer.text)
    elif (said := shot.said(answer.json())) != answers.said.setdefault(shot, said):
        _failed(answers, shot, "another answer than the first", f"{said} instead of {answers.said[shot]}")
    else:
        answers.seconds.append(time.monotonic() - begun)
        if answers.seconds[-1] > _SLOW:
            _note(shot, f"{answers.seconds[-1]:.1f} s", str(answer.json()["timing_ms"]))


def _failed(answers: Answers, shot: Shot, what: str, details: str) -> None:
    answers.failures[what] += 1
    _note(shot, what, details)


def _note(shot: Shot, what: str, details: str) -> None:
    with (LOGS / "load.log").open("a") as log:
        log.write(f"{time.strftime('%T')} {shot.path} {what}: {details.strip()}\n")


def _cpu_ticks() -> tuple[int, int, int]:
    """Of all cores since the machine was started: busy, busy at low priority, and in all."""
    line = Path("/proc/stat").read_text().split("\n", 1)[0]
    user, nice, system, idle, iowait, *interrupts = map(int, line.split()[1:9])
    busy = user + system + sum(interrupts)
    return busy, nice, busy + nice + idle + iowait
