"""An exception -> what the caller is told, and a line in the log where it is a bug of ours."""

from services.api import logs
from services.api.errors import ApiError, as_api_error


def told_of(error: Exception, request_id: str) -> ApiError:
    """What the caller is told of `error`."""
    told = as_api_error(error)
    if told is not error and type(told) is ApiError and told.status >= 500:
        logs.LOGGER.error("A bug", exc_info=error, extra={"fields": {"request_id": request_id}})
    return told
