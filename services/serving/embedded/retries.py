"""Tries to load a version, again if it fails (`util/retrier.cc`, `core/loader_harness.cc`)."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import grpc
import tensorflow as tf

from services.serving.embedded.errors import ServingError

log = logging.getLogger(__name__)

Loaded = TypeVar("Loaded")


@dataclass(frozen=True)
class RetryOptions:
    """The flags of the same names; a negative interval means no wait."""

    max_num_load_retries: int = 5
    load_retry_interval_micros: int = 60_000_000


def load_with_retries(
    what: str, attempt: Callable[[], Loaded], options: RetryOptions, cancelled: threading.Event
) -> Loaded:
    """What `attempt` returns; it is repeated as long as it raises, until retries are used up or `cancelled`.

    TF Serving notices the cancellation only after the interval; here it ends the wait.

    Raises:
        ServingError: the failure of the last attempt.
    """
    retries = 0
    while True:
        try:
            return attempt()
        except Exception as error:  # noqa: BLE001  whatever is wrong with one version, the others live on
            failure = _as_serving_error(error)
        log.error("Loading servable: %s failed: %s", what, failure)
        if retries >= options.max_num_load_retries:
            log.info("Retrying of Loading servable: %s exhausted max_num_retries: %d", what, retries)
            raise failure
        if cancelled.wait(max(0, options.load_retry_interval_micros) / 1e6):
            log.info("Retrying of Loading servable: %s was cancelled.", what)
            raise failure
        retries += 1
        log.info("Retrying of Loading servable: %s retry: %d", what, retries)


def _as_serving_error(error: Exception) -> ServingError:
    if isinstance(error, ServingError):
        return error
    if isinstance(error, tf.errors.OpError):
        return ServingError.from_tensorflow(error)
    return ServingError(grpc.StatusCode.INVALID_ARGUMENT, f"{type(error).__name__}: {error}")
