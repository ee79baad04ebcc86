"""A session that runs requests which come at the same time as one (`batching_session.cc`)."""

import math
import threading
import time
from collections.abc import Mapping, Sequence

import grpc
import numpy as np

from services.serving.embedded.batching import rows
from services.serving.embedded.batching.parameters import BatchingParameters
from services.serving.embedded.batching.queue import Queue, Task
from services.serving.embedded.batching.scheduler import BatchScheduler
from services.serving.embedded.errors import ServingError
from services.serving.embedded.metrics import Metrics
from services.serving.embedded.session import Session


class BatchingSession:
    """Wraps a session: the same `run`, only that its caller may share the graph's run with others.

    Requests share one if they feed the same tensors and fetch the same tensors.
    """

    def __init__(
        self, session: Session, scheduler: BatchScheduler, parameters: BatchingParameters, metrics: Metrics
    ) -> None:
        self._session = session
        self._scheduler = scheduler
        self._parameters = parameters
        self._metrics = metrics
        self._queues: dict[tuple[frozenset[str], tuple[str, ...]], Queue] = {}
        self._lock = threading.Lock()

    def run(self, feeds: Mapping[str, np.ndarray], fetches: Sequence[str], timeout: float | None) -> list[np.ndarray]:
        """Feed and fetch tensors by name. Each must have one row for each example, as its 0th dimension.

        Args:
            timeout: seconds, the wait included; a batch may take as long as its most patient member.

        Raises:
            ServingError: as the wrapped session; RESOURCE_EXHAUSTED, the time was over before its
                turn came; UNAVAILABLE, too many wait; INVALID_ARGUMENT, FAILED_PRECONDITION or
                INTERNAL, tensors cannot be merged or split.
        """
        size = rows.count(feeds)
        for _ in feeds:
            self._metrics.batch_input(size)
        if not size:  # in TF Serving it would wait for ever
            return self._session.run(feeds, fetches, timeout)
        now = time.monotonic()
        names = tuple(sorted(set(fetches)))
        task = Task(feeds, size, now, math.inf if timeout is None else now + timeout)
        tasks = self._scheduler.submit(self._queue(frozenset(feeds), names), task)
        parts = [part.outputs.result() for part in tasks]
        outputs = parts[0] if len(parts) == 1 else [np.concatenate(values) for values in zip(*parts, strict=True)]
        by_name = dict(zip(names, outputs, strict=True))
        return [by_name[name] for name in fetches]

    def close(self) -> None:
        """Run what waits, then close the wrapped session too; nobody may call `run` any more."""
        for queue in self._queues.values():
            self._scheduler.close(queue)
        self._session.close()

    def _queue(self, feeds: frozenset[str], fetches: tuple[str, ...]) -> Queue:
        with self._lock:
            queue = self._queues.get((feeds, fetches))
            if queue is None:
                queue = self._scheduler.add_queue(self._parameters, lambda tasks: self._process(fetches, tasks))
                self._queues[feeds, fetches] = queue
            return queue

    def _process(self, fetches: tuple[str, ...], tasks: list[Task]) -> None:
        """Run a batch and give each of its tasks its rows, or all of them the error."""
        tasks = self._without_late_ones(tasks)
        if not tasks:
            return
        try:
            results = self._run_batch(fetches, tasks)
        except Exception as error:  # noqa: BLE001  the callers wait for it, whatever it is
            for task in tasks:
                task.outputs.set_exception(error)
            return
        for task, outputs in zip(tasks, results, strict=True):
            task.outputs.set_result(outputs)

    def _without_late_ones(self, tasks: list[Task]) -> list[Task]:
        """Those with time left. TF Serving runs the late ones too, if they are in company, for nobody."""
        now = time.monotonic()
        in_time = []
        for task in tasks:
            self._metrics.batch_member(now - task.enqueued)
            if task.deadline > now:
                in_time.append(task)
            else:
                message = "Run() timeout exceeded while waiting in batching queue"
                task.outputs.set_exception(ServingError(grpc.StatusCode.RESOURCE_EXHAUSTED, message))
        return in_time

    def _run_batch(self, fetches: tuple[str, ...], tasks: list[Task]) -> list[list[np.ndarray]]:
        sizes = [task.size for task in tasks]
        allowed = self._parameters.allowed_size(sum(sizes))
        padding = allowed - sum(sizes)
        self._metrics.batch(allowed, padding)
        feeds = rows.merge([task.feeds for task in tasks], padding, self._parameters.pad_variable_length_inputs)
        patience = max(task.deadline for task in tasks) - time.monotonic()
        outputs = self._session.run(feeds, fetches, None if patience == math.inf else patience)
        self._metrics.batch_run()
        return rows.split(outputs, sizes, padding)
