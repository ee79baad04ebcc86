"""Dishonest HTTP: lengths, chunks, methods, and clients that are slow or gone."""

from random import Random

from tests.fuzz.cases import CLOSE, HOST, JPEG, Case, head, some_bytes, some_parameter, some_route
from tests.fuzz.images import mutated, seeds


def odd_length(rng: Random) -> Case:
    """A Content-Length that is not the body's."""
    body = seeds()["crop"]
    wrong = rng.choice(
        [len(body) - 5, len(body) + 5, 0, -1, 10**7, 10**8, 10**20, "abc", "", "1,1", "+5", "0x10", "५", " 5 5"]
    )
    headers = [HOST, CLOSE, JPEG, ("Content-Length", str(wrong))]
    if rng.random() < 0.3:
        headers.append(
            rng.choice([("Content-Length", "5"), ("Transfer-Encoding", "chunked"), ("Content-Length", str(wrong))])
        )
    return Case("length", (head("POST", some_route(rng), headers) + body,), may_be_silent=True)


def odd_chunks(rng: Random) -> Case:
    """Chunks that lie, in a body that may be good."""
    body, sent, at = rng.choice([seeds()["jpeg"], mutated(rng)]), b"", 0
    while at < len(body) and len(sent) < 100_000:
        size = rng.choice([1, 7, 100, 5_000])
        sent += _chunk(rng, body[at : at + size])
        at += size
    sent += rng.choice(
        [
            b"0\r\n\r\n",
            b"0\r\n\r\n",
            b"",
            b"0\r\n",
            b"0\r\nX-Trailer: a\r\n\r\n",
            b"0\r\nX: " + b"y" * 70_000,
            b"00000\r\n\r\n",
            b"-0\r\n\r\n",
            b"0\r\n" + b"A: b\r\n" * 2_000 + b"\r\n",
        ]
    )
    coding = rng.choice(
        ["chunked"] * 6 + ["Chunked", "chunked, chunked", "gzip, chunked", "identity", "xchunked", "\tchunked"]
    )
    headers = [HOST, CLOSE, JPEG, ("Transfer-Encoding", coding)]
    return Case("chunks", (head("POST", some_route(rng), headers) + sent,), may_be_silent=True)


def _chunk(rng: Random, data: bytes) -> bytes:
    size = b"%x" % len(data)
    if rng.random() < 0.97:
        return size + b"\r\n" + data + b"\r\n"
    size = rng.choice(
        [b"0x5", b"-5", b"", b"g", b"f" * 17, b"7fffffffffffffff", size + b";" + b"e" * 20_000, b"+1", b" 5", b"1_0"]
    )
    return size + rng.choice([b"\r\n", b"\n", b"\r", b""]) + data + rng.choice([b"\r\n", b"\n", b"", b"xx"])


def odd_request(rng: Random) -> Case:
    """Other routes and methods, and request lines that are none."""
    method = rng.choice(
        [
            "GET",
            "PUT",
            "DELETE",
            "PATCH",
            "OPTIONS",
            "HEAD",
            "TRACE",
            "CONNECT",
            "get",
            "PROPFIND",
            "X" * 30,
            "",
            "G\u0000T",
        ]
    )
    target = rng.choice(
        [
            *(
                "/",
                "/v1/cards",
                "/v1/cards/",
                "/v1/models",
                "/docs",
                "/openapi.json",
                "/static/page.js",
                "/metrics",
                "//v1//cards",
            ),
            *(
                "/static/../app.py",
                "/static/%2e%2e/app.py",
                "/static/..%5capp.py",
                "/static/%00",
                "/static//etc/passwd",
                "*",
                "",
            ),
            *(
                "http://evil.example/v1/cards",
                "/v1/cards%00",
                "/%ff%fe",
                "/" + "a" * 5_000,
                "/?" + "a=b&" * 1_500,
                "/v1/cards#x",
            ),
            *("/v1/cards:batch", "/v1/CARDS", "/healthz", "/v1/cards?" + some_parameter(rng), "/\u1ea3", "/a b", "\\"),
        ]
    )
    version = rng.choice(
        ["HTTP/1.1"] * 8 + ["HTTP/1.0", "HTTP/0.9", "HTTP/2.0", "HTTP/9.9", "HTTP/1.10", "http/1.1", "", "ICY"]
    )
    return Case("request", (head(method, target, [HOST, CLOSE], version),), method, may_be_silent=True)


def no_http(rng: Random) -> Case:
    """Bytes of other protocols, and of none."""
    data = rng.choice(
        [
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + rng.randbytes(500),
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(50),
            b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\nGET / HTTP/1.1\r\n\r\n",
            b"GET /\r\n",
            b"\r\n" * 5_000,
            b"\n\n\n\n",
            bytes(5_000),
            rng.randbytes(5_000),
            b"GET / HTTP/1.1\nHost: x\nConnection: close\n\n",
            b"SSH-2.0-x\r\n",
        ]
    )
    return Case("no HTTP", (data,), may_be_silent=True)


def slow(rng: Random) -> Case:
    """A body or a head that comes in drops."""
    drops: list[bytes | float] = []
    for _ in range(12):
        drops += [some_bytes(rng, 3) or b"x", 0.25]
    beginning = head("POST", "/v1/cards", [HOST, CLOSE, JPEG, ("Content-Length", "100000")])
    if rng.random() < 0.3:
        return Case("slow head", (beginning[: rng.randint(1, len(beginning) - 3)], *drops), may_be_silent=True)
    return Case("slow body", (beginning, *drops))


def gone(rng: Random) -> Case:
    """A client that hangs up in the middle."""
    whole = head("POST", some_route(rng), [HOST, JPEG, ("Content-Length", str(len(seeds()["jpeg"])))]) + seeds()["jpeg"]
    return Case("gone", (whole[: rng.randint(0, len(whole))],), "HANG UP", may_be_silent=True)


def pipelined(rng: Random) -> Case:
    """Several requests at once over one connection, whatever the first one's body was."""
    one = head("POST", "/v1/cards", [HOST, JPEG, ("Content-Length", "5")]) + b"01234"
    last = head("GET", rng.choice(["/v1/models", "/nowhere"]), [HOST, CLOSE])
    return Case("pipelined", (one * rng.randint(1, 4) + last,), may_be_silent=True)
