"""Several images in one request: worked on side by side, each with an outcome of its own."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any

from models.card import Card
from services.api.errors import ApiError, problem
from services.api.failures import told_of
from services.api.metrics import Metrics
from services.api.record import RequestRecord


@dataclass(frozen=True)
class CardRead:
    """A card, and the document that tells of it."""

    card: Card
    document: dict[str, Any]


Outcome = CardRead | ApiError


def read_all(work: Sequence[Callable[[], CardRead]], at_a_time: int, record: RequestRecord) -> list[Outcome]:
    """Runs `work` in threads; the outcomes in its order.

    Raises:
        ApiError: all failed, and none through its image (5xx): then the first one's is the answer to the whole
            request, so that callers and proxies see that trying again may help.
    """
    with ThreadPoolExecutor(at_a_time, thread_name_prefix="images") as threads:
        # The trace of the request is a context variable.
        futures = [threads.submit(copy_context().run, each) for each in work]
    outcomes: list[Outcome] = []
    for future in futures:
        error = future.exception()
        if error is None:
            outcomes.append(future.result())
        elif isinstance(error, Exception):
            outcomes.append(told_of(error, record.id))
        else:
            raise error  # the process is to stop
    failed = [outcome for outcome in outcomes if isinstance(outcome, ApiError) and outcome.status >= 500]
    if failed and len(failed) == len(outcomes):
        raise failed[0]
    return outcomes


def documents(outcomes: Sequence[Outcome], record: RequestRecord, metrics: Metrics, route: str) -> list[dict[str, Any]]:
    """Each outcome as a card's document with `status` 200, or as a problem document, which has a status."""
    codes = [outcome.code if isinstance(outcome, ApiError) else "ok" for outcome in outcomes]
    for code in codes:
        metrics.images.labels(route, code).inc()
    record.context["images_by_code"] = " ".join(f"{code}={count}" for code, count in Counter(codes).items())
    return [
        problem(outcome, record.id) if isinstance(outcome, ApiError) else {"status": 200, **outcome.document}
        for outcome in outcomes
    ]
