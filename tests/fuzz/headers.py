"""Dishonest headers on honest requests."""

from random import Random

from tests.fuzz.cases import CLOSE, HOST, JPEG, Case, Header, head, some_route
from tests.fuzz.images import seeds

_TRACE = "0af7651916cd43dd8448eb211c80319c"


def odd_headers(rng: Random) -> Case:
    """A good photo under headers that are not."""
    headers = [HOST, CLOSE, JPEG, ("Content-Length", str(len(seeds()["crop"])))]
    headers += [rng.choice(_HEADERS)(rng) for _ in range(rng.choice([1, 1, 2, 5]))]
    rng.shuffle(headers)
    return Case("headers", (head("POST", some_route(rng), headers) + seeds()["crop"],), may_be_silent=True)


def _text(rng: Random) -> str:
    return rng.choice(
        [
            "",
            " ",
            "a",
            "é",
            "ả",
            "\u0000",
            "\t",
            "a" * 64,
            "a" * 65,
            "a" * 9_000,
            "<script>",
            "a\rb",
            "a\nb",
            "-1",
            "0",
            "1" * 30,
            "١",
            "1e3",
            "NaN",
            '"',
            "%0d%0a",
            "\x7f",
            "\x1b[31m",
            "a,b",
            "=;,",
        ]
    )


def _request_id(rng: Random) -> Header:
    return "X-Request-Id", _text(rng)


def _timeout(rng: Random) -> Header:
    return "X-Request-Timeout-Ms", rng.choice(
        [_text(rng), "1", "2", "999999999", "1000000000", "-1", "1.5", "0x10", "+5"]
    )


def _traceparent(rng: Random) -> Header:
    good = f"00-{_TRACE}-b7ad6b7169203331-01"
    at = rng.randrange(len(good))
    return "traceparent", rng.choice(
        [
            good,
            good.upper(),
            good + "-x",
            good[:at],
            good[:at] + _text(rng) + good[at:],
            good.replace("00-", "ff-"),
            good.replace("b7ad6b7169203331", "0" * 16),
            good * 50,
        ]
    )


def _authorization(rng: Random) -> Header:
    return rng.choice(["Authorization", "X-API-Key"]), rng.choice(
        ["Bearer", "Bearer ", "Basic ", "Bearer  ", ""]
    ) + _text(rng)


def _negotiation(rng: Random) -> Header:
    name = rng.choice(
        [
            "Accept",
            "Accept-Encoding",
            "Accept-Language",
            "Range",
            "If-None-Match",
            "Expect",
            "Origin",
            "Cookie",
            "Upgrade",
            "Connection",
            "TE",
            "Content-Encoding",
            "Content-Range",
            "X-HTTP-Method-Override",
        ]
    )
    return name, rng.choice(
        [
            _text(rng),
            "100-continue",
            "h2c",
            "gzip",
            "bytes=0-18446744073709551615",
            "close, upgrade",
            "websocket",
            "*/*;q=x",
            "a=b; " * 500,
        ]
    )


def _forwarded(rng: Random) -> Header:
    name = rng.choice(
        [
            "X-Forwarded-For",
            "X-Forwarded-Proto",
            "X-Forwarded-Host",
            "Forwarded",
            "Host",
            "X_Request_Id",
            "X-Real-Ip",
            "Content_Length",
            "Content-Length",
            "Transfer-Encoding",
            "SSL",
            "X-Forwarded-Ssl",
        ]
    )
    return name, rng.choice([_text(rng), "https", "127.0.0.1", "evil.example", "[::1", "chunked", "identity", "0"])


def _no_header(rng: Random) -> Header:
    name = rng.choice(["", " X", "X Y", "X\u0000", "é", "X" * 10_000, "(", "X:", ":", "\r\n", "X\r\n folded"])
    return name, _text(rng)


def _large(rng: Random) -> Header:
    return "X-Large", "y" * rng.choice([8_000, 8_190, 8_191, 70_000])


_HEADERS = (_request_id, _timeout, _traceparent, _authorization, _negotiation, _forwarded, _no_header, _large)


def many_headers(rng: Random) -> Case:
    """More headers than anybody needs."""
    count = rng.choice([90, 100, 101, 1_000])
    headers = [HOST, CLOSE, *((f"X-{number}", "y" * rng.choice([1, 500])) for number in range(count))]
    return Case("headers", (head("GET", "/v1/models", headers),), "GET", may_be_silent=True)
