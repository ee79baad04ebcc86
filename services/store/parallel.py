"""A few calls at a time, and none begun after one has failed."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed


def in_parallel(calls: Sequence[Callable[[], object]], limit: int, stop: threading.Event | None = None) -> None:
    """Run `calls` in threads, at most `limit` at a time, and wait for all that were begun.

    Args:
        stop: set when one has failed, so that the others can end early.

    Raises:
        what the first one to fail raised.
    """
    with ThreadPoolExecutor(limit, "model-store") as pool:
        futures = [pool.submit(call) for call in calls]
        try:
            for future in as_completed(futures):
                future.result()
        except BaseException:
            if stop is not None:
                stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
