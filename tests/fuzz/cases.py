"""What is sent: a case is the bytes of a connection, with pauses between them. Everything here is made by a seed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

Header = tuple[str, str]
HOST: Header = ("Host", "fuzz")
CLOSE: Header = ("Connection", "close")
JPEG: Header = ("Content-Type", "image/jpeg")

IMAGE_ROUTES = ("/v1/cards", "/v1/cards", "/v1/cards", "/v1/cards:batch", "/v1/corners", "/v1/words", "/v1/text")
INTERESTING = (0, 1, 2, 63, 64, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 2**31 - 1, 2**31, 2**32 - 1)


@dataclass(frozen=True)
class Case:
    """One connection.

    `pieces`: bytes to send and seconds to wait. `may_be_silent`: what is sent is so far from HTTP, or stops so
    early, that hanging up without an answer will do.
    """

    kind: str
    pieces: tuple[bytes | float, ...]
    method: str = "POST"
    may_be_silent: bool = False


Maker = Callable[[Random], Case]


def head(method: str, target: str, headers: Sequence[Header], version: str = "HTTP/1.1") -> bytes:
    """Request line and headers, nothing of them checked."""
    lines = [f"{method} {target} {version}", *(f"{name}: {value}" for name, value in headers)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "surrogateescape")


def post(kind: str, body: bytes, content_type: str | None, *more: Header, route: str = "/v1/cards") -> Case:
    """An honest POST of a dishonest body."""
    headers = [("Host", "fuzz"), ("Content-Length", str(len(body))), ("Connection", "close"), *more]
    if content_type is not None:
        headers.append(("Content-Type", content_type))
    return Case(kind, (head("POST", route, headers) + body,))


def some_route(rng: Random) -> str:
    """A route that takes images, now and then with a query."""
    route = rng.choice(IMAGE_ROUTES)
    if rng.random() < 0.8:
        return route
    return f"{route}?{'&'.join(some_parameter(rng) for _ in range(rng.randint(1, 4)))}"


def some_parameter(rng: Random) -> str:
    """A parameter of a query, likely a wrong one."""
    name = rng.choice(["page", "include", "corners", "format", "", "%00", "page[]", "include" * 50])
    value = rng.choice(
        [
            *(
                "1",
                "0",
                "-1",
                "9999",
                "10000",
                "1e3",
                "٣",
                "crop",
                "face,face_crop,words,timing,crop",
                "crop,crop",
                "x",
            ),
            *("0,0,1,0,1,1,0,1", "0,0,0,0,0,0,0,0", "1,2,3", "nan,0,1,0,1,1,0,1", "-999999,0,999999,0,9,9,0,9"),
            "0,524288,200,524288,150,524288.000001,60,524288.000001",
            *("10,10,150,10,150,100,10,100", "150,100,10,100,10,10,150,10", "5,5,5,5,90,90,90,90", ",", "%ff%fe"),
            *("'\"<script>", "../../etc/passwd", "a" * 3000, "%", "%zz", "1\u0000"),
        ]
    )
    return f"{name}={value}".replace(" ", "+").replace("\u0000", "%00")


def some_bytes(rng: Random, most: int = 64) -> bytes:
    """Up to `most` bytes of anything."""
    return rng.randbytes(rng.randint(0, most))
