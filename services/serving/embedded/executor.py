"""Where loads and unloads run: a pool of threads, or the thread that asks (`inline_executor.cc`)."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait


class Executor:
    """Runs work on `threads` threads; 0 runs it before `schedule` returns."""

    def __init__(self, threads: int, name: str) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name) if threads > 0 else None
        self._futures: list[Future[None]] = []

    def schedule(self, work: Callable[[], None]) -> None:
        """Run `work`, which must not raise."""
        if self._pool is None:
            work()
            return
        self._futures = [future for future in self._futures if not future.done()]
        self._futures.append(self._pool.submit(work))

    def idle(self, timeout: float) -> bool:
        """Whether all work was done within `timeout` seconds."""
        return not wait(self._futures, timeout).not_done

    def close(self) -> None:
        """Take no more work; what was scheduled still runs."""
        if self._pool is not None:
            self._pool.shutdown(wait=False)
