"""The images out of a request's body: as the body itself, as a form's files, or as base64 in JSON."""

import base64
import binascii
import io
import json
import socket
from collections.abc import Mapping
from time import monotonic
from typing import IO

from flask import Request
from gunicorn.http.errors import ParseException  # type: ignore[import-untyped]

from models.sides import SIDES
from services.api import overdue
from services.api.errors import BadRequest, BodyTooSlow, UnsupportedMediaType

FIELD, FIELD_OF_MANY = "image", "images"
FORM_EXTRAS = 8  # parts of a form that are no images of ours
_RAW = ("", "application/octet-stream", "application/pdf")
_JSON_EXTRAS = 50  # members and values that are no images of ours
_GRACE_SECONDS = 0.5  # so that a wait which is cut short ends after the body is late, not just before


class InMemoryRequest(Request):
    """A request whose uploads never touch a disk, as werkzeug's do above 500 kB: they are identity cards."""

    def _get_file_stream(self, *_: object, **__: object) -> IO[bytes]:
        return io.BytesIO()


class TimedBody:
    """A `wsgi.input` that must be read to its end within `seconds` of now."""

    def __init__(self, stream: IO[bytes], connection: socket.socket | None, seconds: float) -> None:
        """`connection` is where it comes from: reading from that may wait."""
        self._stream, self._connection = stream, connection
        self._due = monotonic() + seconds
        if connection is not None:
            overdue.watch(connection, seconds + _GRACE_SECONDS)

    def read(self, size: int = -1) -> bytes:
        """Raises:
        BodyTooSlow: the time is over.
        BadRequest: it breaks off, or its chunks are none.
        """
        self._check()
        try:
            data = self._stream.read(size)
        except (OSError, ParseException):
            self._check()
            raise BadRequest("The body broke off, or its chunks are not as HTTP/1.1 has them. Send it again.") from None
        if not data:
            self._check()
            self.forget()
        return data

    def forget(self) -> None:
        """Nobody will read on."""
        if self._connection is not None:
            overdue.forget(self._connection)

    def _check(self) -> None:
        if monotonic() >= self._due:
            raise BodyTooSlow()


def one_image(request: Request) -> bytes:
    """The bytes of the one image of a request, not yet looked at.

    Raises:
        UnsupportedMediaType: the content type is none of the three forms.
        BadRequest: the form or the JSON has no `image` in it.
        BodyTooLarge: more than Flask's MAX_CONTENT_LENGTH.
        BodyTooSlow: not here within FVI_BODY_SECONDS.
    """
    return _one_each(_parts(request, (FIELD,)), (FIELD,))[FIELD]


def card_images(request: Request) -> dict[str, bytes]:
    """The photo of a card as "", or the photos of its sides by their names. Raises as `one_image`."""
    parts = _parts(request, (FIELD, *SIDES))
    if parts.keys() & set(SIDES):
        return _one_each(parts, SIDES)
    return {"": _one_each(parts, (FIELD,))[FIELD]}


def many_images(request: Request, most: int) -> list[bytes]:
    """Up to `most` images, in their order.

    Raises:
        BadRequest: none, or more than that. Else as `one_image`.
    """
    images = _parts(request, (FIELD_OF_MANY,), most).get(FIELD_OF_MANY, [])
    _check_count(len(images), most)
    return images


def _check_count(count: int, most: int) -> None:
    if not 1 <= count <= most:
        raise BadRequest(
            f"From 1 to {most} images are taken, not {count}: as the form's files `{FIELD_OF_MANY}`, "
            f'or as JSON {{"{FIELD_OF_MANY}": ["<base64>", …]}}.'
        )


def _one_each(parts: Mapping[str, list[bytes]], names: tuple[str, ...]) -> dict[str, bytes]:
    counts = ", ".join(f"{len(parts.get(name, []))} `{name}`" for name in names)
    if any(len(parts.get(name, [])) != 1 for name in names):
        raise BadRequest(
            f"One image is needed{' of each side' if len(names) > 1 else ''}, not {counts}: as the form's file, "
            f"""or as JSON {{{", ".join(f'"{name}": "<base64>"' for name in names)}}}."""
        )
    return {name: parts[name][0] for name in names}


def _parts(request: Request, names: tuple[str, ...], most: int = 1) -> dict[str, list[bytes]]:
    """What there is of `names`, in whichever of the three forms it came; a bare body is the first of them."""
    kind = request.mimetype
    if kind in _RAW or kind.startswith("image/"):
        return {names[0]: [request.get_data(cache=False)]}
    if kind == "multipart/form-data":
        return {name: [file.read() for file in request.files.getlist(name)] for name in names if name in request.files}
    if kind == "application/json":
        document = _object(request.get_data(cache=False), most)
        return {name: _decoded(name, document[name], most) for name in names if name in document}
    raise UnsupportedMediaType()


def _object(body: bytes, most: int) -> dict[str, object]:
    # Each member or value may take a hundred times its bytes once it is parsed. Base64 has none of these four.
    if sum(map(body.count, (b",", b":", b"{", b"["))) > most + _JSON_EXTRAS:
        raise BadRequest("The JSON has more members or values than the images need.")
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise BadRequest("The body is not JSON.") from None
    if not isinstance(document, dict):
        raise BadRequest("The JSON is not an object.")
    return document


def _decoded(name: str, value: object, most: int) -> list[bytes]:
    if name != FIELD_OF_MANY:
        return [_from_base64(name, value)]
    if not isinstance(value, list):
        raise BadRequest(f"`{name}` in the JSON is no list.")
    _check_count(len(value), most)  # before a million of them are decoded
    return [_from_base64(name, text) for text in value]


def _from_base64(name: str, text: object) -> bytes:
    if not isinstance(text, str):
        raise BadRequest(f"`{name}` in the JSON is no string.")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadRequest(f"`{name}` is not base64 (RFC 4648 §4, without a `data:` prefix or line breaks).") from None
