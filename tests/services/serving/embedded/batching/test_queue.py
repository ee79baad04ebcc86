"""Which tasks go together, when, and which find no room; time is given, nothing waits."""

import math

import numpy as np
import pytest

from services.serving.embedded.batching.parameters import BatchingParameters
from services.serving.embedded.batching.queue import Queue, Task
from services.serving.embedded.errors import ServingError


def task(size, enqueued=0.0):
    return Task({"x": np.arange(size)}, size, enqueued)


def queue(**given):
    return Queue(BatchingParameters(**given))


def sizes(tasks):
    return [task.size for task in tasks]


def test_tasks_are_gathered_until_the_oldest_has_waited_long_enough():
    waiting = queue(batch_timeout_micros=1_000_000)
    waiting.add(task(1, enqueued=10.0))
    waiting.add(task(2, enqueued=10.9))
    assert waiting.due() == 11.0
    assert waiting.take(10.99) is None
    assert sizes(waiting.take(11.0)) == [1, 2]
    assert waiting.is_empty


def test_a_full_batch_does_not_wait():
    waiting = queue(max_batch_size=4, batch_timeout_micros=1_000_000)
    waiting.add(task(3))
    assert waiting.take(0.5) is None
    waiting.add(task(1))
    assert sizes(waiting.take(0.5)) == [3, 1]


def test_a_task_that_does_not_fit_opens_the_next_batch_and_sends_off_this_one():
    waiting = queue(max_batch_size=4, batch_timeout_micros=1_000_000)
    waiting.add(task(3))
    waiting.add(task(2, enqueued=0.5))
    assert sizes(waiting.take(0.5)) == [3]
    assert waiting.due() == 1.5


def test_without_a_timeout_whatever_is_there_is_taken():
    waiting = queue()
    assert waiting.due() == math.inf
    waiting.add(task(1, enqueued=3.0))
    waiting.add(task(1, enqueued=4.0))
    assert sizes(waiting.take(4.0)) == [1, 1]
    assert waiting.take(4.0) is None


def test_a_closed_queue_waits_for_nobody():
    waiting = queue(batch_timeout_micros=60_000_000)
    waiting.add(task(1, enqueued=1.0))
    waiting.closed = True
    assert sizes(waiting.take(1.0)) == [1]


def test_a_large_task_is_split_to_fill_the_open_batch_first():
    waiting = queue(max_batch_size=20, enable_large_batch_splitting=True, max_execution_batch_size=4)
    waiting.add(task(3))
    parts = waiting.add(task(10))
    assert sizes(parts) == [1, 4, 4, 1]
    assert np.concatenate([part.feeds["x"] for part in parts]).tolist() == list(range(10))
    assert [sizes(waiting.take(0.0)) for _ in range(4)] == [[3, 1], [4], [4], [1]]


def test_a_task_that_fits_is_not_split():
    waiting = queue(max_batch_size=20, enable_large_batch_splitting=True, max_execution_batch_size=4)
    whole = task(4)
    assert waiting.add(whole) == [whole]


def refusal(waiting, size):
    with pytest.raises(ServingError) as caught:
        waiting.add(task(size))
    return str(caught.value)


def test_a_task_larger_than_any_batch_is_refused():
    assert refusal(queue(max_batch_size=4), 5) == (
        "INVALID_ARGUMENT: Task size 5 is larger than maximum input batch size 4"
    )
    splitting = queue(max_batch_size=8, enable_large_batch_splitting=True, max_execution_batch_size=4)
    assert refusal(splitting, 9) == "INVALID_ARGUMENT: Task size 9 is larger than maximum input batch size 8"


@pytest.mark.parametrize("max_enqueued_batches", [0, 1])
def test_a_full_queue_says_so(max_enqueued_batches):
    waiting = queue(max_batch_size=4, max_enqueued_batches=max_enqueued_batches)
    waiting.add(task(3))
    assert refusal(waiting, 2) == (
        "UNAVAILABLE: The batch scheduling queue to which this task was submitted is full; "
        "currently 1 batches enqueued and max_enqueued_batches is 1"
    )
    waiting.add(task(1))


def test_a_full_queue_that_splits_says_how_much_room_there_is():
    waiting = queue(
        max_batch_size=20, enable_large_batch_splitting=True, max_execution_batch_size=4, max_enqueued_batches=2
    )
    waiting.add(task(3))
    assert refusal(waiting, 6) == (
        "UNAVAILABLE: The batch scheduling queue to which this task was submitted is full; task size is 6 but "
        "scheduling capacity is only 5 (num_enqueued_batches=1, max_enqueued_batches=2, open_batch_size=3, "
        "max_execution_batch_size=4)"
    )
    assert sizes(waiting.add(task(5))) == [1, 4]
