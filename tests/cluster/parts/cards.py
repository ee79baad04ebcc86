"""Cards at a fixed rate, each another photo, and who read each: the load of rollouts, which count no photo twice."""

import asyncio
import contextlib
import itertools
import struct
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import httpx

from tests.cluster.parts.space import ROOT

PHOTOS = tuple(path.read_bytes() for path in sorted((ROOT / "examples").glob("*.jpg")))
JPEG = {"Content-Type": "image/jpeg"}
_NUMBERS = itertools.count(time.time_ns() // 1_000_000_000 % 1_000_000 * 1_000)  # others than in a run before


@dataclass(frozen=True)
class Answer:
    """Of one request: where it went, when it left (seconds since 1970), and the Reader that answered."""

    url: str
    began: float
    seconds: float
    what: str  # "200", another status with its code, or the name of an error
    version: int | None = None
    label: str | None = None


@dataclass
class Answers:
    """All so far."""

    all: list[Answer] = field(default_factory=list)

    @property
    def failures(self) -> list[str]:
        return [answer.what for answer in self.all if answer.what != "200"]

    def since(self, began: float) -> list[Answer]:
        return [answer for answer in self.all if answer.began >= began]

    def readers(self, since: float = 0.0) -> set[tuple[int | None, str | None]]:
        """Versions and labels of those that left since then."""
        return {(answer.version, answer.label) for answer in self.since(since)}

    def __str__(self) -> str:
        seconds = sorted(answer.seconds for answer in self.all) or [0.0]
        p50, p99 = (seconds[int(len(seconds) * share)] for share in (0.5, 0.99))
        canary = sum(answer.label == "canary" for answer in self.all)
        failed = f"{len(self.failures)} failed {sorted(set(self.failures)) or ''}".strip()
        return f"{len(self.all)} requests, {failed}, {canary} by a canary, p50 {p50:.2f} s, p99 {p99:.2f} s"


def another(photo: bytes, number: int) -> bytes:
    """The same picture with a comment in it: another photo for whoever hashes it."""
    return photo[:2] + b"\xff\xfe\x00\x0a" + struct.pack(">Q", number) + photo[2:]


@contextlib.contextmanager
def cards(
    urls: Sequence[str], rate: float, photos: Sequence[bytes] = PHOTOS, answers: Answers | None = None
) -> Iterator[Answers]:
    """`rate` requests a second to `urls` in turn, whether or not earlier ones were answered; none is tried again.

    Args:
        answers: where to note them, too, that of another load beside this one.
    """
    answers, stop = Answers() if answers is None else answers, threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(_send(urls, rate, photos, answers, stop)))
    thread.start()
    try:
        yield answers
    finally:
        stop.set()
        thread.join()


async def _send(
    urls: Sequence[str], rate: float, photos: Sequence[bytes], answers: Answers, stop: threading.Event
) -> None:
    async with httpx.AsyncClient(timeout=60, headers=JPEG) as client, asyncio.TaskGroup() as group:
        begun = time.monotonic()
        for sent in itertools.count(1):
            if stop.is_set():
                return
            number = next(_NUMBERS)
            body = another(photos[number % len(photos)], number)
            group.create_task(_one(client, urls[sent % len(urls)], body, answers))
            await asyncio.sleep(max(0.0, begun + sent / rate - time.monotonic()))


async def _one(client: httpx.AsyncClient, url: str, body: bytes, answers: Answers) -> None:
    began = time.time()
    version, label = None, None
    try:
        answer = await client.post(url, content=body)
        what = str(answer.status_code)
        if answer.status_code == 200:
            reader = answer.json()["models"]["reader"]
            version, label = reader["version"], reader["label"]
        elif answer.headers.get("content-type") == "application/problem+json":
            what += f" {answer.json()['code']}"
    except httpx.HTTPError as error:
        what = type(error).__name__
    answers.all.append(Answer(url, began, time.time() - began, what, version, label))
