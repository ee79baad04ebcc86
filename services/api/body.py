"""The photo out of a request's body: as the body itself, as a form's file, or as base64 in JSON."""

import base64
import binascii
import io
import json
import socket
from time import monotonic
from typing import IO

from flask import Request

from services.api import overdue
from services.api.errors import BadRequest, BodyTooLarge, BodyTooSlow, UnsupportedMediaType

FIELD = "image"
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
        """Raises BodyTooSlow when the time is over."""
        self._check()
        try:
            data = self._stream.read(size)
        except OSError:
            self._check()
            raise
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


def image_bytes(request: Request, max_bytes: int) -> bytes:
    """The bytes of the photo, not yet looked at.

    Raises:
        UnsupportedMediaType: the content type is none of the three forms.
        BadRequest: the form or the JSON has no `image` in it.
        BodyTooLarge: more than `max_bytes`, or more than Flask's MAX_CONTENT_LENGTH.
        BodyTooSlow: not here within FVI_BODY_SECONDS.
    """
    kind = request.mimetype
    if kind in ("", "application/octet-stream") or kind.startswith("image/"):
        data = request.get_data(cache=False)
    elif kind == "multipart/form-data":
        data = _from_form(request)
    elif kind == "application/json":
        data = _from_json(request.get_data(cache=False))
    else:
        raise UnsupportedMediaType()
    if len(data) > max_bytes:
        raise BodyTooLarge()
    return data


def _from_form(request: Request) -> bytes:
    files = request.files.getlist(FIELD)
    if len(files) != 1:
        raise BadRequest(f"The form needs one file named `{FIELD}`; it has {len(files)}.")
    return files[0].read()


def _from_json(body: bytes) -> bytes:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise BadRequest("The body is not JSON.") from None
    text = document.get(FIELD) if isinstance(document, dict) else None
    if not isinstance(text, str):
        raise BadRequest(f'The JSON needs a string `{FIELD}`: {{"{FIELD}": "<base64>"}}.')
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadRequest(f"`{FIELD}` is not base64 (RFC 4648 §4, without a `data:` prefix or line breaks).") from None
