"""Threads take batches from queues in turn."""

import threading
import time

import numpy as np
import pytest

from services.serving.embedded.batching.parameters import BatchingParameters
from services.serving.embedded.batching.queue import Task
from services.serving.embedded.batching.scheduler import BatchScheduler

SECONDS = 20  # more than anything here takes


@pytest.fixture
def one_thread():
    scheduler = BatchScheduler(1, "test")
    yield scheduler
    scheduler.stop()


def task():
    return Task({"x": np.zeros(1)}, 1, time.monotonic())


def test_queues_take_turns_however_long_one_of_them_is(one_thread):
    order, busy, release = [], threading.Event(), threading.Event()

    def hold(_):
        busy.set()
        release.wait(SECONDS)

    one_by_one = BatchingParameters(max_batch_size=1)
    blocker = one_thread.add_queue(one_by_one, hold)
    queues = [one_thread.add_queue(one_by_one, lambda _, name=name: order.append(name)) for name in "abc"]
    one_thread.submit(blocker, task())
    assert busy.wait(SECONDS)
    for queue in (queues[0], queues[0], queues[0], queues[1], queues[2], queues[2]):
        one_thread.submit(queue, task())
    release.set()
    for queue in (blocker, *queues):
        one_thread.close(queue)
    assert "".join(order) == "abcaca"


def test_a_queue_with_a_timeout_does_not_hold_up_the_others(one_thread):
    done = threading.Event()
    patient = one_thread.add_queue(BatchingParameters(batch_timeout_micros=600_000_000), lambda _: None)
    prompt = one_thread.add_queue(BatchingParameters(), lambda _: done.set())
    one_thread.submit(patient, task())
    one_thread.submit(prompt, task())
    assert done.wait(SECONDS)
    for queue in (patient, prompt):
        one_thread.close(queue)


def test_a_batch_runs_when_its_timeout_is_over_though_nobody_else_comes(one_thread):
    done = threading.Event()
    queue = one_thread.add_queue(BatchingParameters(batch_timeout_micros=10_000), lambda _: done.set())
    one_thread.submit(queue, task())
    assert done.wait(SECONDS)
    one_thread.close(queue)


def test_every_idle_thread_finds_work():
    """Two batches that need each other to finish are run at the same time."""
    scheduler = BatchScheduler(2, "test")
    meeting = threading.Barrier(2, timeout=SECONDS)
    queue = scheduler.add_queue(BatchingParameters(max_batch_size=1, max_enqueued_batches=20), lambda _: meeting.wait())
    for _ in range(20):
        scheduler.submit(queue, task())
    scheduler.close(queue)
    assert not meeting.broken
    scheduler.stop()


def test_closing_waits_for_the_batch_under_way(one_thread):
    started, finished = threading.Event(), threading.Event()

    def work(_):
        started.set()
        time.sleep(0.05)
        finished.set()

    queue = one_thread.add_queue(BatchingParameters(), work)
    one_thread.submit(queue, task())
    assert started.wait(SECONDS)
    one_thread.close(queue)
    assert finished.is_set()
