"""The part that leans on TensorFlow's own names: if they move, this says so."""

import threading
import time

import numpy as np
import pytest
from tensorflow.core.protobuf import config_pb2

from services.serving.embedded.errors import ServingError
from services.serving.embedded.labels import LabelMap
from services.serving.embedded.metrics import Metrics
from services.serving.embedded.session import GraphSession
from services.serving.embedded.states import StateMonitor


@pytest.fixture
def slow(saved_models):
    session = GraphSession(saved_models / "slow" / "1", config_pb2.ConfigProto(), Metrics())
    signature = session.meta_graph.signature_def["serving_default"]
    yield lambda n, timeout=None: session.run(
        {signature.inputs["n"].name: np.int64(n)}, [signature.outputs["counted"].name], timeout
    )
    session.close()


def test_a_run_gives_arrays(slow):
    (counted,) = slow(3)
    assert (counted.dtype, counted.shape, counted.item()) == (np.int64, (), 3)


def test_a_run_past_its_timeout_stops_working(slow):
    with pytest.raises(ServingError) as caught:
        slow(10**12, timeout=0.1)
    assert str(caught.value) == "DEADLINE_EXCEEDED: Timed out waiting for notification"


def test_other_threads_run_while_a_session_does(slow):
    """The interpreter's lock is not held during a run, or no two requests would overlap."""
    running = threading.Thread(target=slow, args=(30_000,))
    running.start()
    turns = 0
    while running.is_alive():
        turns += 1
        time.sleep(0.001)
    assert turns > 3


def test_labels_are_unavailable_before_the_first_config():
    with pytest.raises(ServingError) as caught:
        LabelMap(StateMonitor(), allow_for_unavailable=True).version_of("reader", "stable")
    assert str(caught.value) == "UNAVAILABLE: Model labels does not init yet.stable"
