"""What goes wrong, with the code and the words TensorFlow Serving has for it.

One exception, `ServingError`; a client sees its code and details as the gRPC status, an operator
sees them as the status of a version in GetModelStatus.
"""

from typing import Any

import grpc

# `grpc_status_util.cc` cuts longer messages: a status travels in HTTP/2 trailers, which are small.
MESSAGE_LIMIT = 1024

_BY_NUMBER = {code.value[0]: code for code in grpc.StatusCode}


class ServingError(Exception):
    """A failure with its gRPC `code` and its whole `message`."""

    def __init__(self, code: grpc.StatusCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    @classmethod
    def from_tensorflow(cls, error: Any) -> "ServingError":
        """What an op answered (a `tf.errors.OpError`), unchanged: TensorFlow numbers its codes as gRPC does."""
        return cls(_BY_NUMBER[error.error_code], error.message)

    @property
    def number(self) -> int:
        """The code as `StatusProto.error_code` counts it."""
        return int(self.code.value[0])

    @property
    def details(self) -> str:
        """The message as it travels over gRPC."""
        if len(self.message) <= MESSAGE_LIMIT:
            return self.message
        return self.message[:MESSAGE_LIMIT] + "...TRUNCATED"

    def __str__(self) -> str:
        return f"{self.code.name}: {self.message}"


def invalid_argument(message: str) -> ServingError:
    """The request can never succeed."""
    return ServingError(grpc.StatusCode.INVALID_ARGUMENT, message)


def not_found(message: str) -> ServingError:
    """What the request names is not here."""
    return ServingError(grpc.StatusCode.NOT_FOUND, message)


def failed_precondition(message: str) -> ServingError:
    """The request could succeed in another state of the server."""
    return ServingError(grpc.StatusCode.FAILED_PRECONDITION, message)


def unimplemented(method: str) -> ServingError:
    """TF Serving has this method; we do not."""
    return ServingError(
        grpc.StatusCode.UNIMPLEMENTED,
        f"{method} is not served by fvi-ocr's embedded server; use Predict, or TensorFlow Serving itself.",
    )


def unimplemented_conversion(value: str, dtype: str) -> ServingError:
    """JSON has no form of this type."""
    return ServingError(grpc.StatusCode.UNIMPLEMENTED, f"Conversion of JSON Value: {value} to type: {dtype}")
