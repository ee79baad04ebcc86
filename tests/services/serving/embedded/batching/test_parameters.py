"""The file of --batching_parameters_file: what is taken, and TF Serving's words for what is not."""

from pathlib import Path

import pytest

from services.serving.embedded.batching.parameters import BatchingParameters, from_flags, read
from services.serving.embedded.errors import ServingError

ROOT = Path(__file__).parents[5]
EVERYTHING = """
# sizes
max_batch_size { value: 64 }
batch_timeout_micros { value: 500 }
max_enqueued_batches { value: 3 }
num_batch_threads { value: 2 }
thread_pool_name { value: "cards" }
allowed_batch_sizes: 8
allowed_batch_sizes: 16
pad_variable_length_inputs: true
enable_large_batch_splitting { value: true }
max_execution_batch_size { value: 16 }
"""


def test_every_field_is_read(tmp_path):
    file = tmp_path / "batching.config"
    file.write_text(EVERYTHING)
    assert read(str(file)) == BatchingParameters(
        max_batch_size=64,
        batch_timeout_micros=500,
        max_enqueued_batches=3,
        num_batch_threads=2,
        thread_pool_name="cards",
        allowed_batch_sizes=(8, 16),
        pad_variable_length_inputs=True,
        enable_large_batch_splitting=True,
        max_execution_batch_size=16,
    )


def test_what_is_not_given_is_tensorflows_default(tmp_path):
    file = tmp_path / "batching.config"
    file.write_text("")
    parameters = read(str(file))
    assert (parameters.max_batch_size, parameters.batch_timeout_micros, parameters.max_enqueued_batches) == (
        1000,
        0,
        10,
    )
    assert parameters.execution_limit == 1000


def test_our_own_file_is_valid():
    assert read(str(ROOT / "services" / "serving" / "batching.config")).max_batch_size >= 100  # the Detector's words


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"num_batch_threads": 0}, "num_batch_threads must be positive; was 0"),
        ({"max_batch_size": 0}, "input_batch_size_limit must be positive; was 0"),
        ({"batch_timeout_micros": -1}, "batch_timeout_micros must be non-negative; was -1"),
        (
            {"max_batch_size": 8, "allowed_batch_sizes": (2, 4)},
            "Last entry in allowed_batch_sizes must match max_batch_size; last entry was 4; expected 8",
        ),
        (
            {"max_batch_size": 4, "allowed_batch_sizes": (2, 1, 4)},
            "allowed_batch_sizes entries must be monotonically increasing",
        ),
        (
            {"max_enqueued_batches": 0, "enable_large_batch_splitting": True},
            "max_enqueued_batches must be positive; was 0",
        ),
        (
            {"max_batch_size": 4, "enable_large_batch_splitting": True, "max_execution_batch_size": 8},
            "When enable_large_batch_splitting is true, input_batch_size_limit must be greater than or equal to "
            "max_execution_batch_size.",
        ),
        (
            {
                "max_batch_size": 16,
                "allowed_batch_sizes": (2, 16),
                "enable_large_batch_splitting": True,
                "max_execution_batch_size": 8,
            },
            "Last entry in allowed_batch_sizes must be equal to max_execution_batch_size; last entry was 16; "
            "expected 8",
        ),
    ],
)
def test_a_contradiction_is_refused_as_tf_serving_refuses_it(given, message):
    with pytest.raises(ServingError) as caught:
        BatchingParameters(**given)
    assert str(caught.value) == f"INVALID_ARGUMENT: {message}"


def test_a_typing_mistake_names_the_file(tmp_path):
    file = tmp_path / "batching.config"
    file.write_text("max_batchsize { value: 4 }")
    with pytest.raises(ServingError, match=r"^INVALID_ARGUMENT: Invalid protobuf file: '.*batching.config'"):
        read(str(file))


def test_a_file_without_the_switch_is_refused():
    with pytest.raises(ServingError) as caught:
        from_flags(False, "batching.config")
    assert str(caught.value) == (
        "INVALID_ARGUMENT: server_options.batching_parameters_file is set without setting "
        "server_options.enable_batching to true."
    )


def test_the_switch_without_a_file_takes_the_defaults():
    parameters = from_flags(True, None)
    assert parameters == BatchingParameters(thread_pool_name="model_server_batch_threads")
    assert from_flags(False, None) is None
