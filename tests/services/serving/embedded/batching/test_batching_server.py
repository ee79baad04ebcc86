"""--enable_batching as a client and a scrape see it."""

import shutil
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import tensorflow as tf

from services.serving.embedded.batching.parameters import BatchingParameters
from services.serving.embedded.errors import ServingError
from services.serving.embedded.servable import ServableOptions

PREFIX = ":tensorflow:serving:"
BATCHES_OF_FOUR = BatchingParameters(max_batch_size=4, batch_timeout_micros=60_000_000, num_batch_threads=1)


def batching(parameters, **options):
    return {"servables": ServableOptions(batching=parameters, **options)}


def samples(client, name):
    lines = client.server.metrics.exposition().decode().splitlines()
    return {line.rpartition(" ")[0]: int(line.rpartition(" ")[2]) for line in lines if line.startswith(PREFIX + name)}


@pytest.fixture
def linear(kit, tmp_path):
    kit.save_linear(tmp_path / "linear" / "1", add=1.0)
    return tmp_path / "linear"


def predict_at_once(client, values, **spec):
    with ThreadPoolExecutor(len(values)) as pool:
        futures = [pool.submit(client.predict, "linear", {"x": [value]}, **spec) for value in values]
        return [tf.make_ndarray(next(iter(future.result().outputs.values()))).tolist() for future in futures]


def test_requests_of_many_clients_become_one_run(kit, linear):
    with kit.serving(kit.model_config("linear", linear), **batching(BATCHES_OF_FOUR)) as client:
        assert predict_at_once(client, [2.0, 4.0, 6.0, 8.0]) == [[2.0], [3.0], [4.0], [5.0]]
        assert samples(client, "batching_session:wrapped_run_count") == {
            f"{PREFIX}batching_session:wrapped_run_count{{}}": 1
        }
        assert samples(client, "batching_session:queuing_latency_count") == {
            f'{PREFIX}batching_session:queuing_latency_count{{thread_pool_name=""}}': 4
        }
        assert samples(client, "runtime_latency_count") == {
            f'{PREFIX}runtime_latency_count{{model_name="linear",API="Predict",runtime="TF1"}}': 4
        }


def test_every_signature_is_batched_by_itself(kit, linear):
    with kit.serving(kit.model_config("linear", linear), **batching(BATCHES_OF_FOUR)) as client:
        assert predict_at_once(client, [1.0, 2.0, 3.0, 4.0], signature="double") == [[2.0], [4.0], [6.0], [8.0]]
        assert predict_at_once(client, [2.0, 2.0, 2.0, 2.0]) == [[2.0]] * 4


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"x": np.float32(1)}, "Batching Run() input tensors must have at least one dimension"),
        ({"x": np.zeros(5, np.float32)}, "Task size 5 is larger than maximum input batch size 4"),
    ],
)
def test_a_request_that_cannot_be_batched_is_refused(kit, linear, inputs, message):
    with (
        kit.serving(kit.model_config("linear", linear), **batching(BATCHES_OF_FOUR)) as client,
        kit.refused("INVALID_ARGUMENT", message),
    ):
        client.predict("linear", inputs)


def test_a_version_may_bring_its_own_parameters_and_without_them_is_not_batched(kit, linear):
    shutil.copytree(linear / "1", linear / "2")
    (linear / "2" / "batching_params.pbtxt").write_text(
        "max_batch_size { value: 2 } batch_timeout_micros { value: 60000000 }"
    )
    config = kit.model_config("linear", linear, "all {}")
    options = batching(BATCHES_OF_FOUR, enable_per_model_batching_parameters=True)
    with kit.serving(config, **options) as client:
        client.wait_until_served("linear", {1, 2})
        assert predict_at_once(client, [2.0, 4.0], version=2) == [[2.0], [3.0]]
        assert client.predict("linear", {"x": [6.0]}, version=1)  # would wait a minute for three more
        assert samples(client, "batching_session:processed_batch_size_sum") == {
            f"{PREFIX}batching_session:processed_batch_size_sum{{}}": 2
        }


def test_wrong_parameters_of_a_version_fail_its_load(kit, linear):
    (linear / "1" / "batching_params.pbtxt").write_text("max_batch_size { value: 4 } allowed_batch_sizes: 8")
    options = batching(BATCHES_OF_FOUR, enable_per_model_batching_parameters=True)
    message = "Last entry in allowed_batch_sizes must match max_batch_size; last entry was 8; expected 4"
    with (
        pytest.raises(ServingError, match=message),
        kit.serving(kit.model_config("linear", linear), **options),
    ):
        pass


def test_warm_up_takes_the_way_of_requests(kit, linear):
    kit.write_warmup(linear / "1", [kit.predict_log("linear", {"x": np.zeros(5, np.float32)})])
    message = "Task size 5 is larger than maximum input batch size 4"
    with (
        pytest.raises(ServingError, match=message),
        kit.serving(kit.model_config("linear", linear), **batching(BATCHES_OF_FOUR)),
    ):
        pass


def test_warm_up_is_counted(kit, linear):
    log = kit.predict_log("linear", {"x": np.zeros(1, np.float32)})
    kit.write_warmup(linear / "1", [log, log])
    with kit.serving(kit.model_config("linear", linear)) as client:
        labels = f'{{model_path="{linear / "1"}",status="OK"}}'
        assert samples(client, "model_warmup_records_read") == {f"{PREFIX}model_warmup_records_read{labels}": 2}
        assert samples(client, "model_warmup_latency_count") == {f"{PREFIX}model_warmup_latency_count{labels}": 1}
        assert samples(client, "request_count") == {}


def test_requests_that_wait_are_answered_by_a_version_that_has_to_go(kit, linear):
    kit.save_linear(linear / "2", add=2.0)
    first = kit.model_config("linear", linear, "specific { versions: 1 }")
    second = kit.model_config("linear", linear, "specific { versions: 2 }")
    half_a_second = BatchingParameters(batch_timeout_micros=500_000)
    with kit.serving(first, **batching(half_a_second)) as client, ThreadPoolExecutor() as pool:
        waiting = [pool.submit(client.predict, "linear", {"x": [2.0]}) for _ in range(3)]
        while not samples(client, "batching_session:input_batch_size_count"):
            pass
        client.reload(kit.models_config(second))
        client.wait_until_served("linear", {2})
        answers = [future.result() for future in waiting]
        assert [tf.make_ndarray(answer.outputs["y"]).tolist() for answer in answers] == [
            [1.0 + answer.model_spec.version.value] for answer in answers
        ]
        assert 1 in {answer.model_spec.version.value for answer in answers}
