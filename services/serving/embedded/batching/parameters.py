"""How to batch: BatchingParameters in protobuf text (`session_bundle_config.proto`), checked.

Imports no TensorFlow: wrong parameters should be told before it is loaded.
"""

import os
from dataclasses import dataclass

from services.serving.embedded import text_files
from services.serving.embedded.batching import proto
from services.serving.embedded.errors import invalid_argument

PER_MODEL_FILE = "batching_params.pbtxt"


@dataclass(frozen=True)
class BatchingParameters:
    """Sizes are rows, the 0th dimension of every input. The defaults are TensorFlow's.

    A request of more than `max_batch_size` rows is refused; one of more than
    `max_execution_batch_size` is run in parts, if `enable_large_batch_splitting`.
    """

    max_batch_size: int = 1000
    batch_timeout_micros: int = 0
    max_enqueued_batches: int = 10
    num_batch_threads: int = os.cpu_count() or 1
    thread_pool_name: str = "batch_threads"
    allowed_batch_sizes: tuple[int, ...] = ()
    pad_variable_length_inputs: bool = False
    enable_large_batch_splitting: bool = False
    max_execution_batch_size: int = 0  # as large as max_batch_size

    def __post_init__(self) -> None:
        """Raise ServingError, INVALID_ARGUMENT, if they contradict each other."""
        if self.num_batch_threads < 1:
            raise invalid_argument(f"num_batch_threads must be positive; was {self.num_batch_threads}")
        if self.max_batch_size < 1:
            raise invalid_argument(f"input_batch_size_limit must be positive; was {self.max_batch_size}")
        if self.batch_timeout_micros < 0:
            raise invalid_argument(f"batch_timeout_micros must be non-negative; was {self.batch_timeout_micros}")
        if self.max_enqueued_batches < (1 if self.enable_large_batch_splitting else 0):
            raise invalid_argument(f"max_enqueued_batches must be positive; was {self.max_enqueued_batches}")
        if self.execution_limit > self.max_batch_size:
            raise invalid_argument(
                "When enable_large_batch_splitting is true, input_batch_size_limit must be greater than or equal to "
                "max_execution_batch_size."
            )
        if self.allowed_batch_sizes:
            self._check_allowed_sizes()

    def _check_allowed_sizes(self) -> None:
        sizes = self.allowed_batch_sizes
        if list(sizes) != sorted(set(sizes)):
            raise invalid_argument("allowed_batch_sizes entries must be monotonically increasing")
        if sizes[-1] != self.execution_limit:
            must = (
                "be equal to max_execution_batch_size" if self.enable_large_batch_splitting else "match max_batch_size"
            )
            raise invalid_argument(
                f"Last entry in allowed_batch_sizes must {must}; last entry was {sizes[-1]}; "
                f"expected {self.execution_limit}"
            )

    @property
    def execution_limit(self) -> int:
        """The most rows that are run at once."""
        if self.enable_large_batch_splitting and self.max_execution_batch_size:
            return self.max_execution_batch_size
        return self.max_batch_size

    def allowed_size(self, size: int) -> int:
        """The smallest allowed number of rows that holds `size` of them."""
        return next((allowed for allowed in self.allowed_batch_sizes if allowed >= size), size)


def from_flags(enable_batching: bool, file: str | None) -> BatchingParameters | None:
    """--enable_batching and --batching_parameters_file; None for no batching.

    Raises:
        ServingError: INVALID_ARGUMENT or NOT_FOUND; the flags or the file are wrong.
    """
    if enable_batching:
        return read(file) if file else BatchingParameters(thread_pool_name="model_server_batch_threads")
    if file:
        raise invalid_argument(
            "server_options.batching_parameters_file is set without setting server_options.enable_batching to true."
        )
    return None


def read(path: str) -> BatchingParameters:
    """A file of batching parameters.

    Raises:
        ServingError: NOT_FOUND, no such file; INVALID_ARGUMENT, not protobuf text or contradictory.
    """
    return BatchingParameters(**proto.values(text_files.read(path, proto.message_class()())))
