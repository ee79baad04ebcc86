"""What clients send so that every panel has something to draw: cards one after the other, and what is wrong beside."""

import contextlib
import io
import itertools
import struct
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from PIL import Image, ImageFilter

from services.api.keys import new_key

PHOTOS = [path.read_bytes() for path in sorted((Path(__file__).parents[2] / "examples").glob("*.jpg"))]
PATIENT, HURRIED = "bank", "kiosk"  # clients; the second one sends more than it may
_LIMITS = {PATIENT: "requests_per_second=1000 burst=1000", HURRIED: "requests_per_second=0.02 burst=1"}
# What all of this is answered with, if the model server hangs for a while and there are few places.
ANSWERED = {200, 404, 415, 429, 503, 504}


def new_keys() -> tuple[dict[str, str], str]:
    """A key for each client, and the file that lets them in."""
    keys = {client: new_key(client) for client in _LIMITS}
    lines = [f"{line} {_LIMITS[client]}\n" for client, (_, line) in keys.items()]
    return {client: key for client, (key, _) in keys.items()}, "".join(lines)


@dataclass
class Clients:
    """Of one API. `answers`: the status of every answer."""

    url: str
    keys: dict[str, str]
    answers: list[int] = field(default_factory=list)

    @contextlib.contextmanager
    def traffic(self) -> Iterator[None]:
        """During the block."""
        over, numbers = threading.Event(), itertools.count(time.time_ns() // 1_000_000 % 2**31)

        def repeat(send: Callable[[httpx.Client, int], list[int]]) -> None:
            with httpx.Client(base_url=self.url, timeout=60) as client:
                while not over.is_set():
                    with contextlib.suppress(httpx.TransportError):
                        self.answers += send(client, next(numbers))

        threads = [threading.Thread(target=repeat, args=(send,)) for send in (self._card, self._card, self._odd)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            over.set()
            for thread in threads:
                thread.join()

    def _card(self, client: httpx.Client, number: int) -> list[int]:
        return [self._post(client, "/v1/cards", _another(number))]

    def _odd(self, client: httpx.Client, number: int) -> list[int]:
        sides = dict.fromkeys(("front", "back"), ("a.jpg", PHOTOS[0]))
        images = [("images", ("a.jpg", _another(number))), ("images", ("b.jpg", b"no photo"))]
        bank = self._key(PATIENT)
        wrong: list[Callable[[], int]] = [
            lambda: self._post(client, "/v1/cards", PHOTOS[0]),
            lambda: self._post(client, "/v1/cards", _blurred(PHOTOS[number % len(PHOTOS)])),
            lambda: self._post(client, "/v1/cards", b"no photo"),
            lambda: self._post(client, "/v1/cards", PHOTOS[1], HURRIED),
            lambda: self._post(client, "/v1/cards", PHOTOS[1], HURRIED),
            lambda: self._post(client, "/v1/nothing", b""),
            lambda: client.post("/v1/cards", files=sides, headers=bank).status_code,
            lambda: client.post("/v1/cards:batch", files=images, headers=bank).status_code,
        ]
        answers = [status for send in wrong for status in _until_taken(send)]
        with ThreadPoolExecutor(8) as pool:  # more than there are places for
            return answers + list(pool.map(lambda each: self._card(client, 10 * number + each)[0], range(8)))

    def _post(self, client: httpx.Client, path: str, content: bytes, who: str = PATIENT) -> int:
        headers = {"Content-Type": "image/jpeg", **self._key(who)}
        return client.post(path, content=content, headers=headers).status_code

    def _key(self, who: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.keys[who]}"}


def _until_taken(send: Callable[[], int], tries: int = 5) -> list[int]:
    """What was answered, until it was something other than `busy`."""
    answers = [send()]
    while answers[-1] == 503 and len(answers) < tries:
        time.sleep(0.2)
        answers.append(send())
    return answers


def _another(number: int) -> bytes:
    """A card with a comment in its file, which makes it another photo for whoever hashes it."""
    photo = PHOTOS[number % len(PHOTOS)]
    return photo[:2] + b"\xff\xfe\x00\x0a" + struct.pack(">Q", number) + photo[2:]


def _blurred(photo: bytes) -> bytes:
    file = io.BytesIO()
    Image.open(io.BytesIO(photo)).filter(ImageFilter.GaussianBlur(3)).save(file, "JPEG")
    return file.getvalue()
