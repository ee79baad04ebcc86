"""Open-loop load: requests leave at a fixed rate, whether or not earlier ones were answered; nothing is retried."""

import asyncio
import collections
import contextlib
import statistics
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx


@dataclass
class Answers:
    """What became of the requests: seconds of each that was answered with 200, and how often anything else happened."""

    seconds: list[float] = field(default_factory=list)
    failures: collections.Counter[str] = field(default_factory=collections.Counter)

    @property
    def sent(self) -> int:
        return len(self.seconds) + self.failures.total()

    def __str__(self) -> str:
        p50, p99 = _percentile(self.seconds, 50), _percentile(self.seconds, 99)
        failed = ", ".join(f"{count} x {what}" for what, count in self.failures.items()) or "none"
        return f"{self.sent} requests, {self.failures.total()} failed ({failed}), p50 {p50:.2f} s, p99 {p99:.2f} s"


def _percentile(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1] if len(values) > 1 else 0.0


@contextlib.contextmanager
def load(url: str, body: bytes, rate: float, headers: dict[str, str] | None = None) -> Iterator[Answers]:
    """`rate` POSTs of a JPEG each second for the time of the block; those under way are waited for at its end."""
    answers = Answers()
    stop = threading.Event()
    all_headers = {"Content-Type": "image/jpeg", **(headers or {})}
    thread = threading.Thread(target=lambda: asyncio.run(_send(url, body, rate, all_headers, answers, stop)))
    thread.start()
    try:
        yield answers
    finally:
        stop.set()
        thread.join()


async def _send(
    url: str, body: bytes, rate: float, headers: dict[str, str], answers: Answers, stop: threading.Event
) -> None:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=100)
    async with httpx.AsyncClient(timeout=60, limits=limits) as client, asyncio.TaskGroup() as group:
        begun, number = time.monotonic(), 0
        while not stop.is_set():
            group.create_task(_one(client, url, body, headers, answers))
            number += 1
            await asyncio.sleep(max(0.0, begun + number / rate - time.monotonic()))


async def _one(client: httpx.AsyncClient, url: str, body: bytes, headers: dict[str, str], answers: Answers) -> None:
    begun = time.monotonic()
    try:
        answer = await client.post(url, content=body, headers=headers)
    except httpx.HTTPError as error:
        answers.failures[type(error).__name__] += 1
        return
    if answer.status_code == 200:
        answers.seconds.append(time.monotonic() - begun)
    else:
        problem = answer.headers.get("content-type") == "application/problem+json"
        answers.failures[f"{answer.status_code} {answer.json()['code'] if problem else 'of the ingress'}"] += 1
