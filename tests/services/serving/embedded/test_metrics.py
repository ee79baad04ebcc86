"""The page that Prometheus scrapes: TF Serving's names, types and labels, and text that Prometheus can read."""

import threading
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from services.serving.embedded.metrics import Metrics

PAGE = Path(__file__).parents[4] / "docs" / "metrics.md"


@pytest.fixture
def metrics():
    return Metrics()


def families(metrics):
    return {family.name: family for family in text_string_to_metric_families(metrics.exposition().decode())}


def test_the_names_and_types_are_tf_servings(metrics):
    serving, core = ":tensorflow:serving:", ":tensorflow:core:"
    assert {name: family.type for name, family in families(metrics).items()} == {
        f"{serving}request_count": "counter",
        f"{serving}request_latency": "histogram",
        f"{serving}runtime_latency": "histogram",
        f"{serving}batching_session:queuing_latency": "histogram",
        f"{serving}batching_session:padding_size": "histogram",
        f"{serving}batching_session:input_batch_size": "histogram",
        f"{serving}batching_session:processed_batch_size": "histogram",
        f"{serving}batching_session:wrapped_run_count": "counter",
        f"{serving}model_warmup_latency": "histogram",
        f"{serving}model_warmup_records_read": "counter",
        ":tensorflow:cc:saved_model:load_attempt_count": "counter",
        ":tensorflow:cc:saved_model:load_latency": "counter",
        f"{core}graph_runs": "counter",
        f"{core}graph_run_time_usecs": "counter",
        f"{core}direct_session_runs": "counter",
    }


def test_every_metric_is_in_the_docs_with_its_type(metrics):
    page = PAGE.read_text()
    assert [
        family.name for family in families(metrics).values() if f"| `{family.name}` | {family.type} |" not in page
    ] == []


def test_before_anything_happens_there_are_types_but_no_series(metrics):
    assert all(line.startswith("# TYPE :tensorflow:") for line in metrics.exposition().decode().splitlines())


@pytest.mark.parametrize(
    ("record", "line"),
    [
        (
            lambda m: m.request("reader", "NOT_FOUND"),
            ':tensorflow:serving:request_count{model_name="reader",status="NOT_FOUND"} 1',
        ),
        (
            lambda m: m.request_latency("reader", "Predict", "GRPC", 0.0025),
            ':tensorflow:serving:request_latency_sum{model_name="reader",API="Predict",entrypoint="GRPC"} 2500',
        ),
        (
            lambda m: m.runtime_latency("reader", "Predict", 0.001),
            ':tensorflow:serving:runtime_latency_count{model_name="reader",API="Predict",runtime="TF1"} 1',
        ),
        (
            lambda m: m.batch_member(0.0001),
            ':tensorflow:serving:batching_session:queuing_latency_sum{thread_pool_name=""} 100',
        ),
        (
            lambda m: m.batch(32, 9),
            ':tensorflow:serving:batching_session:padding_size_sum{execution_batch_size="32"} 9',
        ),
        (lambda m: m.batch_run(), ":tensorflow:serving:batching_session:wrapped_run_count{} 1"),
        (
            lambda m: m.load("/models/reader/1", 1.5),
            ':tensorflow:cc:saved_model:load_latency{model_path="/models/reader/1"} 1500000',
        ),
        (
            lambda m: m.load("/models/reader/1", None),
            ':tensorflow:cc:saved_model:load_attempt_count{model_path="/models/reader/1",status="fail"} 1',
        ),
        (
            lambda m: m.warmup("/models/reader/1", "OK", 6, 0.1),
            ':tensorflow:serving:model_warmup_records_read{model_path="/models/reader/1",status="OK"} 6',
        ),
        (lambda m: m.graph_run(0.002), ":tensorflow:core:graph_run_time_usecs{} 2000"),
    ],
)
def test_an_event_is_counted_under_tf_servings_labels(metrics, record, line):
    record(metrics)
    assert line in metrics.exposition().decode().splitlines()


def test_latencies_fall_into_33_buckets_and_the_rest(metrics):
    metrics.request_latency("reader", "Predict", "GRPC", 18e-6)
    page = metrics.exposition().decode().splitlines()
    ends = [line.split('le="')[1].split('"')[0] for line in page if "request_latency_bucket" in line]
    assert (len(ends), ends[:3], ends[19:21], ends[-2:]) == (
        34,
        ["10", "18", "32.4"],
        ["708235", "1.27482e+06"],
        ["1.47476e+09", "+Inf"],
    )
    # A value at a limit is beyond it, as TensorFlow counts.
    counts = [line.split()[-1] for line in page if "request_latency_bucket" in line]
    assert counts[:3] == ["0", "0", "1"]


def test_a_model_name_of_a_clients_making_cannot_break_the_page(metrics):
    name = 'a"} 1\n:tensorflow:serving:request_count{x="\\'
    metrics.request(name, "NOT_FOUND")
    (sample,) = families(metrics)[":tensorflow:serving:request_count"].samples
    assert (sample.labels["model_name"], sample.value) == (name, 1)


def test_threads_lose_no_event(metrics):
    def record():
        for _ in range(2000):
            metrics.request("reader", "OK")
            metrics.batch_input(1)

    threads = [threading.Thread(target=record) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    page = metrics.exposition().decode()
    assert ':tensorflow:serving:request_count{model_name="reader",status="OK"} 8000\n' in page
    assert ":tensorflow:serving:batching_session:input_batch_size_count{} 8000\n" in page


def test_servers_count_apart():
    metrics, other = Metrics(), Metrics()
    metrics.request("reader", "OK")
    assert "status" not in other.exposition().decode()
