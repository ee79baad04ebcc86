"""Requests through real sessions: each gets its own rows, whatever shares its batch."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorflow.core.protobuf import config_pb2

from services.serving.embedded.batching.parameters import BatchingParameters
from services.serving.embedded.batching.scheduler import BatchScheduler
from services.serving.embedded.batching.session import BatchingSession
from services.serving.embedded.errors import ServingError
from services.serving.embedded.metrics import Metrics
from services.serving.embedded.session import GraphSession

MINUTE = 60_000_000  # longer than any test: a batch runs when it is full, or when its session closes


class Batched:
    """One SavedModel behind a batching session; its signatures by name."""

    def __init__(self, path, **given):
        self.metrics = Metrics()
        self._graph = GraphSession(path, config_pb2.ConfigProto(), self.metrics)
        parameters = BatchingParameters(**({"num_batch_threads": 1} | given))
        self._scheduler = BatchScheduler(parameters.num_batch_threads, "test")
        self._session = BatchingSession(self._graph, self._scheduler, parameters, self.metrics)

    def run(self, inputs, outputs=None, signature="serving_default", timeout=None):
        names = self._graph.meta_graph.signature_def[signature]
        outputs = outputs or sorted(names.outputs)
        feeds = {names.inputs[alias].name: values for alias, values in inputs.items()}
        return self._session.run(feeds, [names.outputs[alias].name for alias in outputs], timeout)

    def count(self, name):
        lines = self.metrics.exposition().decode().splitlines()
        return sum(int(line.split()[-1]) for line in lines if line.startswith(f":tensorflow:{name}{{"))

    def close(self):
        self._session.close()
        self._scheduler.stop()


@contextmanager
def batched(path, **given):
    session = Batched(path, **given)
    try:
        yield session
    finally:
        session.close()


def together(*calls):
    """All calls at once; what each returned or the ServingError it raised."""

    def outcome(call):
        try:
            return call()
        except ServingError as error:
            return str(error)

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(outcome, calls))


@pytest.fixture(scope="module")
def linear(saved_models):
    """y = x / 2 + 1, and doubled = 2 x."""
    return saved_models / "linear" / "1"


@pytest.fixture
def slow(tmp_path):
    """Counts to the largest n, row by row the same."""

    class Slow(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None], tf.int64, "n")])
        def count(self, n):
            counted = tf.while_loop(lambda i: i < tf.reduce_max(n), lambda i: i + 1, [tf.constant(0, tf.int64)])[0]
            return {"counted": tf.zeros_like(n) + counted}

    module = Slow()
    tf.saved_model.save(module, str(tmp_path), signatures={"serving_default": module.count})
    return tmp_path


def test_requests_that_wait_together_are_one_run(linear):
    with batched(linear, max_batch_size=6, batch_timeout_micros=MINUTE) as session:
        answers = together(*(lambda n=n: session.run({"x": np.float32([n] * n)}) for n in (1, 2, 3)))
        assert [answer[0].tolist() for answer in answers] == [[1.5], [2.0, 2.0], [2.5, 2.5, 2.5]]
        assert session.count("serving:batching_session:wrapped_run_count") == 1


def test_a_batch_is_filled_up_to_an_allowed_size(linear):
    with batched(linear, max_batch_size=8, allowed_batch_sizes=(4, 8)) as session:
        assert session.run({"x": np.float32([2, 4, 6])})[0].tolist() == [2.0, 3.0, 4.0]
        page = session.metrics.exposition().decode()
    assert ':tensorflow:serving:batching_session:padding_size_sum{execution_batch_size="4"} 1\n' in page
    assert ":tensorflow:serving:batching_session:processed_batch_size_sum{} 4\n" in page
    assert ":tensorflow:serving:batching_session:input_batch_size_sum{} 3\n" in page


def test_a_large_request_is_run_in_parts_and_answered_whole(linear):
    with batched(linear, max_batch_size=20, enable_large_batch_splitting=True, max_execution_batch_size=4) as session:
        values = np.arange(10, dtype=np.float32)
        assert session.run({"x": values})[0].tolist() == (values / 2 + 1).tolist()
        assert session.count("serving:batching_session:wrapped_run_count") == 3


def test_signatures_and_output_filters_are_not_mixed(saved_models):
    """As in TF Serving: what is fetched together is run together, and nothing else is."""
    with batched(saved_models / "echo" / "1", max_batch_size=2, batch_timeout_micros=MINUTE) as session:
        calls = [lambda s=s: session.run({"value": np.array([[1, 2]], s)}, signature=s) for s in ("int8", "float32")]
        answers = together(*calls, *calls)
        assert [answer[0].dtype.name for answer in answers] == ["int8", "float32"] * 2
        assert session.count("serving:batching_session:wrapped_run_count") == 2


def test_a_batch_that_fails_fails_its_members_only(linear):
    with batched(linear, max_batch_size=2, batch_timeout_micros=MINUTE) as session:
        bad = {"x": np.array([[b"one"]], object)}
        answers = together(lambda: session.run(bad), lambda: session.run(bad))
        assert answers == ["INVALID_ARGUMENT: Expects arg[0] to be float but string is provided"] * 2
        good = together(*[lambda: session.run({"x": np.float32([4])})] * 2)
        assert [answer[0].tolist() for answer in good] == [[3.0]] * 2


def test_odd_shapes_fail_the_batch_they_meet_in(linear):
    with batched(linear, max_batch_size=2, batch_timeout_micros=MINUTE) as session:
        answers = together(
            lambda: session.run({"x": np.zeros((1, 2), np.float32)}),
            lambda: session.run({"x": np.zeros((1, 3), np.float32)}),
        )
        assert all(answer.startswith("FAILED_PRECONDITION: Tensors with name 'x:0' from") for answer in answers)


def test_of_two_requests_with_room_for_one_the_other_is_refused(linear):
    with ThreadPoolExecutor(2) as pool:
        session = Batched(linear, max_batch_size=3, max_enqueued_batches=1, batch_timeout_micros=MINUTE)
        futures = [pool.submit(session.run, {"x": np.float32([4, 4])}) for _ in range(2)]
        while not any(future.done() for future in futures):
            threading.Event().wait(0.001)
        session.close()  # the waiting one is not forgotten
        refused, answered = sorted(futures, key=lambda future: future.exception() is None)
        assert str(refused.exception()).startswith("UNAVAILABLE: The batch scheduling queue to which this task")
        assert answered.result()[0].tolist() == [3.0, 3.0]


def test_a_request_whose_time_is_over_before_its_turn_is_not_run(linear):
    with batched(linear, batch_timeout_micros=100_000) as session:
        late, patient = together(
            lambda: session.run({"x": np.float32([2])}, timeout=0.01),
            lambda: session.run({"x": np.float32([4])}, timeout=30.0),
        )
        assert late == "RESOURCE_EXHAUSTED: Run() timeout exceeded while waiting in batching queue"
        assert patient[0].tolist() == [3.0]


def test_a_run_stops_when_the_most_patient_member_has_no_time_left(slow):
    with batched(slow) as session:
        (answer,) = together(lambda: session.run({"n": np.int64([10**12])}, timeout=0.1))
        assert answer.startswith("DEADLINE_EXCEEDED")


def test_a_request_without_rows_is_answered_at_once(linear):
    with batched(linear, batch_timeout_micros=MINUTE) as session:
        assert session.run({"x": np.zeros(0, np.float32)})[0].tolist() == []


REQUESTS = st.lists(
    st.tuples(
        st.lists(st.integers(-1000, 1000), min_size=1, max_size=9),
        st.sampled_from(["serving_default", "double"]),
        st.sampled_from([None, 30.0]),
    ),
    min_size=1,
    max_size=12,
)
PARAMETERS = st.sampled_from(
    [
        {},
        {"max_batch_size": 9, "num_batch_threads": 2},
        {"max_batch_size": 12, "allowed_batch_sizes": (1, 5, 12), "batch_timeout_micros": 2000},
        {"max_batch_size": 9, "enable_large_batch_splitting": True, "max_execution_batch_size": 2},
        {
            "max_batch_size": 9,
            "enable_large_batch_splitting": True,
            "max_execution_batch_size": 4,
            "allowed_batch_sizes": (3, 4),
            "batch_timeout_micros": 1000,
            "num_batch_threads": 3,
        },
        {"pad_variable_length_inputs": True},
    ]
)


@settings(max_examples=40)
@given(requests=REQUESTS, parameters=PARAMETERS)
def test_whatever_comes_together_everybody_gets_exactly_the_rows_of_his_own(linear, requests, parameters):
    def call(values, signature, timeout):
        return lambda: session.run({"x": np.float32(values)}, signature=signature, timeout=timeout)

    with batched(linear, **{"max_enqueued_batches": 1000} | parameters) as session:
        answers = together(*(call(*request) for request in requests))
    for (values, signature, _), answer in zip(requests, answers, strict=True):
        expected = np.float32(values) / 2 + 1 if signature == "serving_default" else np.float32(values) * 2
        assert answer[0].tolist() == expected.tolist()
