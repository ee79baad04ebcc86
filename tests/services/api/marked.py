"""Requests in which everything that a caller or a card says can be recognised, wherever it turns up."""

import base64
import io
import json
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import pillow_heif
from PIL import Image

MARK = "Zq7xLeak"  # in whatever is no card's: names of files and fields, headers, paths, metadata of images
NUMBER, FAMILY, GIVEN, CANARY = "079377712345", "ZQXSPECIMEN", "NGƯỜIZQX", "NGUỜIZQX"  # what the Readers read
HEADERS = {
    "User-Agent": f"{MARK}-agent",
    "Referer": f"https://{MARK}.example/",
    "Cookie": f"{MARK}=1",
    "X-Forwarded-For": MARK,
    "X-Request-Id": f"{MARK} is not sane",
    "traceparent": f"00-{MARK}",
    "tracestate": f"{MARK}=1",
    "baggage": f"name={MARK}",
}
_PATHS = ("/v1/cards", "/v1/cards:batch", "/v1/corners", "/v1/words", "/v1/text", "/vision/idr/vnm")
_KINDS = (
    *(("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp"), ("TIFF", "image/tiff")),
    *(("HEIF", "image/heic"), ("PDF", "application/pdf")),
)
Request = tuple[str, str, dict[str, Any]]  # method, path, what else httpx takes


def forms(needle: str) -> Iterator[bytes]:
    """The bytes as which a text may have been written, in small letters where it has letters."""
    for text in {needle, needle.lower(), unicodedata.normalize("NFD", needle)}:
        raw = text.encode()
        yield from (raw.lower(), raw.hex().encode(), raw[::-1].lower(), text.encode("utf-16-le").lower())
        yield from (quote(text).lower().encode(), json.dumps(text)[1:-1].lower().encode())
        for before in range(3):  # in base64 it depends on what stands before it
            encoded = base64.b64encode(b"\0" * before + raw + b"\0\0")
            yield encoded[before + 1 : (before + len(raw)) * 8 // 6].lower()


def found(where: Mapping[str, bytes], needles: list[str]) -> list[tuple[str, str]]:
    """(place, needle) of each that is there in some form."""
    small = {place: content.lower() for place, content in where.items()}
    return [(place, each) for place in small for each in needles if any(form in small[place] for form in forms(each))]


def picture(kind: str, size: tuple[int, int] = (800, 600)) -> bytes:
    """A grey picture with the mark in its metadata."""
    image, buffer, exif = Image.new("RGB", size, (120, 130, 140)), io.BytesIO(), Image.Exif()
    exif[0x010E] = f"{MARK} description"
    if kind == "HEIF":
        pillow_heif.from_pillow(image).save(buffer, exif=exif.tobytes(), quality=50)
    elif kind == "PDF":
        image.save(buffer, "PDF", title=MARK, author=MARK)
    elif kind == "JPEG":
        image.save(buffer, "JPEG", comment=f"{MARK} comment".encode(), exif=exif)
    else:
        image.save(buffer, kind, exif=exif)
    return buffer.getvalue()


def _form(name: str, data: bytes, kind: str = "image/jpeg") -> dict[str, Any]:
    return {"files": [(name, (f"{MARK}.jpg", data, kind))]}


def _json(**members: Any) -> dict[str, Any]:
    return {"json": {name: base64.b64encode(each).decode() for name, each in members.items()}}


def good() -> Iterator[Request]:
    """Cards and parts of cards, in every form in which they may come."""
    jpeg = picture("JPEG")
    for kind, media in _KINDS:
        yield "POST", "/v1/cards", {"content": picture(kind), "headers": {"Content-Type": media}}
    yield "POST", f"/v1/cards?include=words&{MARK}={MARK}", _form("image", jpeg)
    yield "POST", "/v1/cards", _json(image=jpeg)
    yield "POST", "/v1/cards", {"files": [(side, (MARK, jpeg, "image/jpeg")) for side in ("front", "back")]}
    yield "POST", "/v1/cards:batch", {"files": [("images", (MARK, data, MARK)) for data in (jpeg, MARK.encode())]}
    yield "POST", "/v1/cards:batch", {"json": {"images": [base64.b64encode(jpeg).decode()] * 2}}
    for path in ("/v1/corners", "/v1/words", "/vision/idr/vnm"):
        yield "POST", path, _form("image", picture("PNG", (1024, 640)))
    yield "POST", "/v1/text", {"files": [("images", (MARK, picture("PNG", (60, 20)), "image/png"))] * 3}
    yield "POST", "/vision/idr/vnm", {"data": {"image_base64": base64.b64encode(jpeg).decode()}}
    for path in ("/", "/docs", "/openapi.json", "/v1/models"):
        yield "GET", f"{path}?{MARK}", {}


def bad() -> Iterator[Request]:
    """What no route takes, and what only looks like an image."""
    jpeg = picture("JPEG")
    for path in _PATHS:
        yield "POST", path, {"content": MARK.encode(), "headers": {"Content-Type": MARK}}
        cut = f'{{"{MARK}": "{MARK}"'.encode()
        yield "POST", path, {"content": cut, "headers": {"Content-Type": "application/json"}}
        yield "POST", path, {"json": {"image": MARK, "images": [MARK], MARK: MARK}}
        yield "POST", path, _form(MARK, jpeg, MARK)
        yield "POST", path, _form("image", jpeg[:-300])
        yield "POST", path, {"content": b"--" + MARK.encode(), "headers": {"Content-Type": "multipart/form-data"}}
        yield "DELETE", path, {}
    for kind, media in _KINDS:
        whole = picture(kind)
        for data in (whole[: len(whole) // 2], whole[:300] + MARK.encode() * 50 + whole[300:]):
            yield "POST", "/v1/cards", {"content": data, "headers": {"Content-Type": media}}
    yield "POST", "/v1/cards?page=7", {"content": picture("PDF"), "headers": {"Content-Type": "application/pdf"}}
    yield "POST", f"/v1/cards?page={MARK}&include={MARK}", {"content": jpeg}
    yield "POST", "/v1/cards", {"content": picture("PNG", (9000, 9000)), "headers": {"Content-Type": "image/png"}}
    yield "POST", "/v1/cards", {"content": MARK.encode() * 400_000}
    yield "POST", "/v1/cards", {"content": jpeg, "headers": {"X-Request-Timeout-Ms": MARK}}
    yield "POST", "/vision/idr/vnm", {"data": {"image_url": f"https://{MARK}.example/{MARK}"}}
    yield "POST", "/vision/idr/vnm", {"data": {"image_base64": MARK}}
    yield "GET", f"/{MARK}/{MARK}?{MARK}={MARK}", {}
    yield "GET", f"/static/{MARK}", {}
    yield "GET", "/v1/models", {"headers": {"X-API-Key": f"fvi_{MARK}"}}
    yield "OPTIONS", "/v1/cards", {"headers": {"Origin": f"https://{MARK}", "Access-Control-Request-Method": MARK}}


NO_HTTP = (f"GET /{MARK} HTTP/9.{MARK}\r\n\r\n", f"{MARK}\r\n\r\n", f"GET / HTTP/1.1\r\n{MARK} : {MARK}\r\n\r\n")
