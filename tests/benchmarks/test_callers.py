"""Callers call as often as they should, and measure from the right moment."""

import threading
import time

import pytest

from benchmarks.callers import closed_loop, open_loop


def test_a_closed_loop_makes_exactly_as_many_calls_as_asked():
    made = []
    run = closed_loop(lambda: made.append(threading.get_ident()), 3, 10)
    assert len(made) == len(run.calls) == len(run.latencies) == 10


def test_all_callers_call_at_the_same_time():
    meeting = threading.Barrier(3, timeout=20)
    assert len(closed_loop(meeting.wait, 3, 6).calls) == 6


def test_an_open_loop_counts_from_when_a_call_was_due():
    """One caller, held up at its first call: the calls it should have made meanwhile are late, and show it."""
    hold = [0.3]
    run = open_loop(lambda: time.sleep(hold.pop() if hold else 0), 1, rate=20, seconds=0.3)
    assert len(run.calls) == 6
    assert run.latencies[1] >= 0.2
    assert run.latencies[2] >= 0.15


def test_a_call_that_fails_is_not_kept_quiet():
    def fail():
        raise ValueError("no answer")

    with pytest.raises(ValueError, match="no answer"):
        closed_loop(fail, 2, 4)
