"""The answer to a request that is no HTTP: a problem document, made without the application."""

import json

from gunicorn.http import errors as http  # type: ignore[import-untyped]
from werkzeug import exceptions

from services.api import logs
from services.api.errors import as_api_error, problem
from services.api.record import request_id

_SENTENCE = "The request is not HTTP/1.1 as RFC 9112 has it, or its head is too large."
_OF_PARSER: dict[type[Exception], type[exceptions.HTTPException]] = {
    http.LimitRequestLine: exceptions.RequestURITooLarge,
    http.LimitRequestHeaders: exceptions.RequestHeaderFieldsTooLarge,
    http.ExpectationFailed: exceptions.ExpectationFailed,
}


def refuse(error: http.ParseException) -> bytes:
    """Logs it, and makes the bytes to send. gunicorn's own page would quote what it could not parse."""
    told = as_api_error(_OF_PARSER.get(type(error), exceptions.BadRequest)(_SENTENCE))
    document = problem(told, request_id(None))
    fields = {"request_id": document["request_id"], "code": told.code, "reason": type(error).__name__}
    logs.LOGGER.warning("A request that is not HTTP was refused", extra={"fields": fields})
    body = json.dumps(document).encode()
    head = (
        f"HTTP/1.1 {told.status} {document['title']}",
        f"X-Request-Id: {document['request_id']}",
        f"Content-Length: {len(body)}",
        "Content-Type: application/problem+json",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        "Connection: close",
    )
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body
