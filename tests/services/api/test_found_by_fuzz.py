"""What `make fuzz` has found, so that it stays found: each test was a failure once."""

import io
import json
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from PIL import Image

HEAD = b"POST /v1/cards HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: image/jpeg\r\n"


def exchange(address: str, sent: bytes) -> tuple[int, dict[str, str], bytes]:
    """Status, headers in lower case, and body of what comes back for these bytes."""
    with socket.create_connection(address.split(":"), timeout=20) as connection:
        connection.sendall(sent)
        received = b""
        while more := connection.recv(65536):
            received += more
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    return int(first.split()[1]), headers, body


@pytest.fixture
def damaged_tiff() -> bytes:
    """Its data do not unpack, and two of its tags are cut short: libtiff and Pillow both have much to say."""
    buffer = io.BytesIO()
    Image.radial_gradient("L").save(buffer, "TIFF", compression="tiff_adobe_deflate")
    data = bytearray(buffer.getvalue())
    data[60:64] = b"\xff\xff\xff\xff"
    return bytes(data)


NO_HTTP = [
    (b"SPECIMEN\r\n\r\n", 400, "bad_request"),
    (b"SPECIMEN-SPECIMEN-SPECIMEN / HTTP/1.1\r\nHost: x\r\n\r\n", 400, "bad_request"),
    (b"GET /SPECIMEN HTTP/9.9\r\nHost: x\r\n\r\n", 400, "bad_request"),
    (b"GET /" + b"SPECIMEN" * 700 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414, "request_uri_too_long"),
    (b"GET / HTTP/1.1\r\nX: " + b"SPECIMEN" * 1500 + b"\r\n\r\n", 431, "request_header_fields_too_large"),
    (b"GET / HTTP/1.1\r\nSPECIMEN SPECIMEN: x\r\n\r\n", 400, "bad_request"),
    (b"GET / HTTP/1.1\nHost: SPECIMEN\n\n", 400, "bad_request"),
    (b"GET / HTTP/1.1\r\nHost: x\r\nExpect: SPECIMEN\r\n\r\n", 417, "expectation_failed"),
    (HEAD + b"Transfer-Encoding: SPECIMEN\r\n\r\n", 400, "bad_request"),  # was 501
    (HEAD + b"Content-Length: SPECIMEN\r\n\r\n", 400, "bad_request"),
    (HEAD + b"Transfer-Encoding: chunked\r\n\r\nSPECIMEN\r\n", 400, "bad_request"),  # was 500, and logged as a bug
    (HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n01234SPECIMEN", 400, "bad_request"),
    (b"GET //v1//SPECIMEN HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 404, "not_found"),  # was a redirect
]


def test_what_is_no_http_is_told_so_in_a_problem_document_that_quotes_nothing(start, tmp_path: Path) -> None:
    api = start(FVI_WORKERS="1")

    for sent, status, code in NO_HTTP:
        answered, headers, body = exchange(api.bind, sent)

        document = json.loads(body)
        assert (answered, document["status"], document["code"]) == (status, status, code), sent[:80]
        assert headers["content-type"] == "application/problem+json"
        assert headers["x-request-id"] == document["request_id"]
        assert b"SPECIMEN" not in body
    assert "SPECIMEN" not in (tmp_path / "stderr").read_text()
    assert "error" not in {line["level"] for line in api.log()}


def test_a_damaged_tiff_leaves_nothing_but_json_on_stderr(start, damaged_tiff: bytes) -> None:
    api = start(FVI_WORKERS="1")

    answer = httpx.post(f"{api.url}/v1/cards", content=damaged_tiff, timeout=20)

    assert (answer.status_code, answer.json()["code"]) == (400, "bad_image")
    assert {line["level"] for line in api.log()} == {"info", "warning"}  # each line is JSON, or this raises


def test_large_photos_read_at_the_same_time_leave_no_memory_behind(start) -> None:
    """A worker kept up to a gigabyte of the photos that it had read."""
    api = start(FVI_WORKERS="1", FVI_DEADLINE_SECONDS="60")
    buffer = io.BytesIO()
    Image.new("RGBA", (2000, 1500), (9, 9, 9, 200)).save(buffer, "PNG")

    def resident() -> float:
        children = Path(f"/proc/{api.process.pid}/task/{api.process.pid}/children").read_text().split()
        (rss,) = (line for line in Path(f"/proc/{children[0]}/status").read_text().splitlines() if "VmRSS" in line)
        return int(rss.split()[1]) / 1024

    def send(_: int) -> int:
        return httpx.post(f"{api.url}/v1/cards", content=buffer.getvalue(), timeout=60).status_code

    assert send(0) == 200
    before = resident()
    with ThreadPoolExecutor(8) as clients:
        assert set(clients.map(send, range(24))) == {200}
    after = resident()
    assert after < before + 60, (before, after)
