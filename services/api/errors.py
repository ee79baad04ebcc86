"""Everything that can go wrong for a caller, each with its HTTP status, stable code and sentence.

ApiError                        500 internal_error        a bug of ours
├── BadRequest                  400 bad_request           the body is not what its content type says
├── Unauthorized                401 unauthorized          no API key, or an unknown one
├── BodyTooSlow                 408 body_too_slow
├── BodyTooLarge                413 body_too_large
├── UnsupportedMediaType        415 unsupported_media_type  declared as something that is no image
├── RateLimited                 429 rate_limited          the client sent more than it may
├── Draining                    503 draining              the process is about to stop: readiness only
├── Busy                        503 busy                  this worker has all the cards it takes
└── ServingError                502 serving_error         the model server answered nonsense, or refused
    ├── ServingUnavailable      503 serving_unavailable   it cannot be reached
    ├── ServingTimeout          504 serving_timeout       it took longer than the card's deadline
    ├── ModelNotReady           503 model_not_ready       it has no such model, version or label yet
    └── ServingOverloaded       503 serving_overloaded    its queue is full; Retry-After says when

Errors of `models` keep their own code; `_STATUS_OF_CODE` has their statuses:
BadImage 400 bad_image · NoSuchPage 400 no_such_page · UnsupportedImage 415 unsupported_image ·
ImageTooLarge 413 image_too_large ·
CardNotReadable 422 (NoCardFound no_card, CornersMissing corners_missing, CardTooSmall card_too_small,
UnknownDocument unknown_document, WrongSide wrong_side, PhotoRefused with the code of a quality issue, models/gate.py).

HTTP errors of Flask itself (404, 405, …) take their code from their name. Every error leaves as a
problem document of RFC 9457, made by `problem`.
"""

from collections.abc import Mapping

from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge

from models.card import CardNotReadable
from models.image import BadImage

_STATUS_OF_CODE = {
    "bad_image": 400,
    "no_such_page": 400,
    "unsupported_image": 415,
    "image_too_large": 413,
}


class ApiError(Exception):
    """An error the caller is told of. `str(error)` is the sentence that says what to do."""

    status = 500
    code = "internal_error"
    sentence = "Something went wrong on our side. Try again; if it stays, report the request id."
    headers: Mapping[str, str] = {}

    def __init__(self, sentence: str | None = None, **context: str) -> None:
        super().__init__(sentence or self.sentence)
        self.context = context  # for the log only: which model, which gRPC status


class BadRequest(ApiError):
    """The body is not what its content type says."""

    status = 400
    code = "bad_request"


class Unauthorized(ApiError):
    """No API key came with the request, or one that we do not know."""

    status = 401
    code = "unauthorized"
    sentence = "An API key is needed: send it as `Authorization: Bearer KEY` or `X-API-Key: KEY`."

    def __init__(self, sentence: str | None = None, error: str = "") -> None:
        """`error`: the error code of RFC 6750 §3.1; none where no key came."""
        super().__init__(sentence)
        self.headers = {"WWW-Authenticate": 'Bearer realm="fvi-ocr"' + (f', error="{error}"' if error else "")}


class BodyTooSlow(ApiError):
    """The body was not here in time."""

    status = 408
    code = "body_too_slow"
    sentence = "The request's body took too long to arrive. Try again, with a smaller photo or a better connection."


class BodyTooLarge(ApiError):
    """More bytes than we take."""

    status = 413
    code = "body_too_large"
    sentence = "The request has more bytes than are taken. Send a smaller photo."


class UnsupportedMediaType(ApiError):
    """The declared content type is none that can hold an image."""

    status = 415
    code = "unsupported_media_type"
    sentence = (
        "Send the photo as the body with Content-Type image/*, as the multipart/form-data file `image`, "
        'or as application/json {"image": "<base64>"}. PDF is taken as application/pdf, too.'
    )


class RateLimited(ApiError):
    """The client has sent more requests than it may."""

    status = 429
    code = "rate_limited"
    sentence = "You have sent more requests than you may for now. Retry-After says when to go on."

    def __init__(self, sentence: str | None = None, retry_after: int = 1) -> None:
        """`retry_after`: seconds until the next request may pass."""
        super().__init__(sentence)
        self.headers = {"Retry-After": str(retry_after)}


class Draining(ApiError):
    """For readiness probes: no more requests should be sent here."""

    status = 503
    code = "draining"
    sentence = "This process is about to stop."


class Busy(ApiError):
    """As many cards are under way, and waiting, as we take."""

    status = 503
    code = "busy"
    sentence = "More photos are under way than are taken at a time. Try again in a few seconds."
    headers: Mapping[str, str] = {"Retry-After": "1"}


class ServingError(ApiError):
    """The model server refused a call, or its answer breaks the model's contract."""

    status = 502
    code = "serving_error"
    sentence = "The model server gave no usable answer. Report the request id."


class ServingUnavailable(ServingError):
    """The model server cannot be reached."""

    status = 503
    code = "serving_unavailable"
    sentence = "The model server cannot be reached. Try again in a few seconds."
    headers: Mapping[str, str] = {"Retry-After": "2"}


class ServingTimeout(ServingError):
    """The card took longer than its deadline."""

    status = 504
    code = "serving_timeout"
    sentence = "The models did not answer in time. Try again in a few seconds."


class ModelNotReady(ServingError):
    """The model server has no such model, version or label, or not yet."""

    status = 503
    code = "model_not_ready"
    sentence = "A model is still loading. Try again in a few seconds."
    headers: Mapping[str, str] = {"Retry-After": "5"}


class ServingOverloaded(ServingError):
    """The model server's queue is full."""

    status = 503
    code = "serving_overloaded"
    sentence = "The models have more work than they can do now. Try again in a few seconds."
    headers: Mapping[str, str] = {"Retry-After": "2"}


def as_api_error(error: Exception) -> ApiError:
    """Any exception -> what the caller is told. What we do not know becomes `internal_error`."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, RequestEntityTooLarge):
        return BodyTooLarge()
    if isinstance(error, HTTPException):
        code = error.name.lower().replace(" ", "_")
        return _with(error.code or 500, code, error.description or error.name, _allowed_methods(error))
    if isinstance(error, BadImage):
        return _with(_STATUS_OF_CODE[error.code], error.code, str(error))
    if isinstance(error, CardNotReadable):
        return _with(422, error.code, str(error))
    return ApiError()


def _allowed_methods(error: HTTPException) -> dict[str, str]:
    """RFC 9110 §15.5.6: 405 says which methods there are."""
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        return {"Allow": ", ".join(sorted(error.valid_methods))}
    return {}


def _with(status: int, code: str, sentence: str, headers: Mapping[str, str] | None = None) -> ApiError:
    error = ApiError(sentence)
    error.status, error.code, error.headers = status, code, headers or {}
    return error


def problem(error: ApiError, request_id: str) -> dict[str, str | int]:
    """The problem document of RFC 9457 §3; `code` and `request_id` are our extension members."""
    return {
        "type": f"urn:fvi-ocr:error:{error.code}",
        "title": error.code.replace("_", " ").capitalize(),
        "status": error.status,
        "detail": str(error),
        "code": error.code,
        "request_id": request_id,
    }
