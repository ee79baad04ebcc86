"""Requests for one set of tensors, gathered into batches (`shared_batch_scheduler.h`, `Queue`)."""

import math
from collections import deque
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field

import grpc
import numpy as np

from services.serving.embedded.batching.parameters import BatchingParameters
from services.serving.embedded.errors import ServingError, invalid_argument


@dataclass(eq=False)
class Task:
    """A request, or a part of one, that waits to be run together with others."""

    feeds: Mapping[str, np.ndarray]
    size: int  # rows of each feed
    enqueued: float  # time.monotonic()
    deadline: float = math.inf  # time.monotonic()
    outputs: Future[list[np.ndarray]] = field(default_factory=Future)

    def split(self, sizes: list[int]) -> list["Task"]:
        """Parts of the given sizes, which have their own outputs; nothing is copied."""
        parts, start = [], 0
        for size in sizes:
            feeds = {name: values[start : start + size] for name, values in self.feeds.items()}
            parts.append(Task(feeds, size, self.enqueued, self.deadline))
            start += size
        return parts


@dataclass(eq=False)
class _Batch:
    tasks: list[Task] = field(default_factory=list)
    size: int = 0
    opened: float = 0.0  # when its first task came; meaningless without tasks


class Queue:
    """Batches in the order they run; the last one is open, the others are full.

    Not safe to use from many threads: the scheduler holds its lock around every call.
    """

    def __init__(self, parameters: BatchingParameters) -> None:
        self._parameters = parameters
        self._limit = parameters.execution_limit
        self._splits = parameters.enable_large_batch_splitting
        self._max_batches = max(1, parameters.max_enqueued_batches)
        self._batches = deque([_Batch()])
        self.closed = False  # no more tasks will come
        self.running = 0  # batches taken and not yet done

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return len(self._batches) == 1 and not self._batches[0].tasks

    def due(self) -> float:
        """When the next batch may be taken, by time.monotonic(); -inf for now, inf for never."""
        if len(self._batches) > 1:
            return -math.inf
        batch = self._batches[0]
        if not batch.tasks:
            return math.inf
        if self.closed or batch.size >= self._limit:
            return -math.inf
        return batch.opened + self._parameters.batch_timeout_micros / 1e6

    def add(self, task: Task) -> list[Task]:
        """Let a task wait; returns what will have the outputs: the task itself or its parts.

        Raises:
            ServingError: INVALID_ARGUMENT, it is too large; UNAVAILABLE, the queue is full.
        """
        self._check_room(task)
        room = self._limit - self._batches[-1].size
        tasks = [task]
        if self._splits and task.size > room:
            tasks = task.split(_part_sizes(task.size, room, self._limit))
        for part in tasks:
            if self._batches[-1].size + part.size > self._limit:
                self._batches.append(_Batch())
            batch = self._batches[-1]
            if not batch.tasks:
                batch.opened = task.enqueued
            batch.tasks.append(part)
            batch.size += part.size
        return tasks

    def take(self, now: float) -> list[Task] | None:
        """The tasks of the next batch, or None if none is due."""
        if self.due() > now:
            return None
        if len(self._batches) == 1:
            self._batches.append(_Batch())
        return self._batches.popleft().tasks

    def _check_room(self, task: Task) -> None:
        if task.size > self._parameters.max_batch_size:
            raise invalid_argument(
                f"Task size {task.size} is larger than maximum input batch size {self._parameters.max_batch_size}"
            )
        full = "The batch scheduling queue to which this task was submitted is full; "
        enqueued, open_size = len(self._batches), self._batches[-1].size
        if self._splits:
            capacity = (self._max_batches - enqueued) * self._limit + self._limit - open_size
            if task.size > capacity:
                raise _unavailable(
                    f"{full}task size is {task.size} but scheduling capacity is only {capacity} "
                    f"(num_enqueued_batches={enqueued}, max_enqueued_batches={self._max_batches}, "
                    f"open_batch_size={open_size}, max_execution_batch_size={self._limit})"
                )
        elif open_size + task.size > self._limit and enqueued >= self._max_batches:
            raise _unavailable(
                f"{full}currently {enqueued} batches enqueued and max_enqueued_batches is {self._max_batches}"
            )


def _part_sizes(size: int, room: int, limit: int) -> list[int]:
    """First what still fits into the open batch, then whole batches, then the rest."""
    sizes = [min(size, room)] if room else []
    size -= sum(sizes)
    return sizes + [limit] * (size // limit) + ([size % limit] if size % limit else [])


def _unavailable(message: str) -> ServingError:
    return ServingError(grpc.StatusCode.UNAVAILABLE, message)
