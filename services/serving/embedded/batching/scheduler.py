"""Threads that run batches, in turn from every queue that has one (`shared_batch_scheduler.h`)."""

import math
import threading
import time
from collections import deque
from collections.abc import Callable

from services.serving.embedded.batching.parameters import BatchingParameters
from services.serving.embedded.batching.queue import Queue, Task

Process = Callable[[list[Task]], None]


class BatchScheduler:
    """One pool of threads for all models and versions of a server. Safe to use from many threads."""

    def __init__(self, num_batch_threads: int, thread_pool_name: str) -> None:
        """Start the threads; each runs one batch at a time."""
        self._lock = threading.Lock()
        self._work = threading.Condition(self._lock)  # threads wait for batches
        self._idle = threading.Condition(self._lock)  # `close` waits for the last batch of a queue
        self._process: dict[Queue, Process] = {}
        self._waiting: deque[Queue] = deque()  # queues with tasks, next in turn first
        self._stopped = False
        self._threads = [
            threading.Thread(target=self._run, name=f"{thread_pool_name}_{number}", daemon=True)
            for number in range(num_batch_threads)
        ]
        for thread in self._threads:
            thread.start()

    def add_queue(self, parameters: BatchingParameters, process: Process) -> Queue:
        """A new queue; `process` is called with the tasks of each batch, has to give each its outputs and not raise."""
        queue = Queue(parameters)
        with self._lock:
            self._process[queue] = process
        return queue

    def submit(self, queue: Queue, task: Task) -> list[Task]:
        """Let a task wait in a queue; returns what will have the outputs: the task itself or its parts.

        Raises:
            ServingError: INVALID_ARGUMENT, it is too large; UNAVAILABLE, the queue is full.
        """
        with self._lock:
            was_empty, was_due = queue.is_empty, queue.due()
            tasks = queue.add(task)
            if was_empty:
                self._waiting.append(queue)
            if queue.due() < was_due:
                self._work.notify()
            return tasks

    def close(self, queue: Queue) -> None:
        """Run what waits in a queue, then forget it; nothing may be submitted to it any more."""
        with self._lock:
            queue.closed = True
            self._work.notify()
            self._idle.wait_for(lambda: queue.is_empty and not queue.running)
            del self._process[queue]

    def stop(self) -> None:
        """End the threads; every queue must have been closed."""
        with self._lock:
            self._stopped = True
            self._work.notify_all()
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        while (work := self._next()) is not None:
            queue, tasks, process = work
            process(tasks)
            with self._lock:
                queue.running -= 1
                if queue.closed:
                    self._idle.notify_all()

    def _next(self) -> tuple[Queue, list[Task], Process] | None:
        """The next batch, waited for; None when the scheduler stops."""
        with self._lock:
            while not self._stopped:
                now = time.monotonic()
                for _ in range(len(self._waiting)):
                    queue = self._waiting.popleft()
                    tasks = queue.take(now)
                    if not queue.is_empty:
                        self._waiting.append(queue)
                    if tasks:
                        queue.running += 1
                        if self._waiting:
                            self._work.notify()  # somebody else must look after the rest meanwhile
                        return queue, tasks, self._process[queue]
                soonest = min((queue.due() for queue in self._waiting), default=math.inf)
                self._work.wait(None if soonest == math.inf else max(0.0, soonest - now))
        return None
