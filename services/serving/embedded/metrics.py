"""What one server counts, under TF Serving's names, and the page that Prometheus scrapes.

Times are in microseconds. As with TF Serving a series appears with its first event, and
`model_name` is what the request says, even if there is no such model.
"""

from services.serving.embedded.instruments import Counter, Histogram, exponential

CONTENT_TYPE = "text/plain"
PATH = "/monitoring/prometheus/metrics"

_LATENCY = exponential(10, 1.8, 33)  # 10 µs to 25 minutes
_QUEUING = exponential(100, 1.2, 52)  # 0.1 ms to 1 s
_SIZES = exponential(1, 2, 14)


class Metrics:
    """Everything one server counts. Safe to use from many threads; times are given in seconds."""

    def __init__(self) -> None:
        self._request_count = Counter("/tensorflow/serving/request_count", "model_name", "status")
        self._request_latency = Histogram(
            "/tensorflow/serving/request_latency", _LATENCY, "model_name", "API", "entrypoint"
        )
        self._runtime_latency = Histogram(
            "/tensorflow/serving/runtime_latency", _LATENCY, "model_name", "API", "runtime"
        )
        self._queuing_latency = Histogram(
            "/tensorflow/serving/batching_session/queuing_latency", _QUEUING, "thread_pool_name"
        )
        self._padding_size = Histogram(
            "/tensorflow/serving/batching_session/padding_size", _SIZES, "execution_batch_size"
        )
        self._input_batch_size = Histogram("/tensorflow/serving/batching_session/input_batch_size", _SIZES)
        self._processed_batch_size = Histogram("/tensorflow/serving/batching_session/processed_batch_size", _SIZES)
        self._wrapped_run_count = Counter("/tensorflow/serving/batching_session/wrapped_run_count")
        self._warmup_latency = Histogram("/tensorflow/serving/model_warmup_latency", _LATENCY, "model_path", "status")
        self._warmup_records = Counter("/tensorflow/serving/model_warmup_records_read", "model_path", "status")
        self._load_attempts = Counter("/tensorflow/cc/saved_model/load_attempt_count", "model_path", "status")
        self._load_latency = Counter("/tensorflow/cc/saved_model/load_latency", "model_path")
        self._graph_runs = Counter("/tensorflow/core/graph_runs")
        self._graph_run_time = Counter("/tensorflow/core/graph_run_time_usecs")
        self._session_runs = Counter("/tensorflow/core/direct_session_runs")

    def request(self, model_name: str, status: str) -> None:
        """A request was answered; `status` is the gRPC code's name, "OK" or "NOT_FOUND"."""
        self._request_count.add(1, model_name, status)

    def request_latency(self, model_name: str, api: str, entrypoint: str, seconds: float) -> None:
        """A request was answered well. `api`: "Predict" over gRPC, "predict" over REST, else ""."""
        self._request_latency.observe(seconds * 1e6, model_name, api, entrypoint)

    def runtime_latency(self, model_name: str, api: str, seconds: float) -> None:
        """A Session.run of a request came back, its time in the batching queue included."""
        self._runtime_latency.observe(seconds * 1e6, model_name, api, "TF1")

    def load(self, model_path: str, seconds: float | None) -> None:
        """A SavedModel was loaded in `seconds`, or was not (None)."""
        self._load_attempts.add(1, model_path, "fail" if seconds is None else "success")
        if seconds is not None:
            self._load_latency.add(seconds * 1e6, model_path)

    def warmup(self, model_path: str, status: str, records: int, seconds: float) -> None:
        """The warm-up records of a version were replayed."""
        self._warmup_latency.observe(seconds * 1e6, model_path, status)
        self._warmup_records.add(records, model_path, status)

    def graph_run(self, seconds: float) -> None:
        """TensorFlow ran a graph."""
        self._graph_runs.add(1)
        self._graph_run_time.add(seconds * 1e6)
        self._session_runs.add(1)

    def batch_input(self, size: int) -> None:
        """A tensor of `size` rows came to a batching session."""
        self._input_batch_size.observe(size)

    def batch_member(self, seconds_queued: float) -> None:
        """A request left the queue. The label is empty in TF Serving too (`CreateBatchingSession`)."""
        self._queuing_latency.observe(seconds_queued * 1e6, "")

    def batch(self, size: int, padding: int) -> None:
        """A batch of `size` rows was formed, `padding` of them to fill up."""
        self._padding_size.observe(padding, str(size))
        self._processed_batch_size.observe(size)

    def batch_run(self) -> None:
        """A batch was run."""
        self._wrapped_run_count.add(1)

    def exposition(self) -> bytes:
        """The page at PATH, of CONTENT_TYPE."""
        families = [value for value in vars(self).values() if isinstance(value, Counter | Histogram)]
        lines: list[str] = []
        for family in sorted(families, key=lambda family: family.name):
            lines += [f"# TYPE {family.name} {family.kind}", *family.lines()]
        return "".join(f"{line}\n" for line in lines).encode()
