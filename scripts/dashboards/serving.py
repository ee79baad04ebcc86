"""Model servers: which versions they hold, how they batch, and what they compute on."""

from scripts.dashboards.panel import Board, Needs, Panel, Query, Row, lines, table
from scripts.dashboards.promql import RANGE, aggregate, increase, mean, over, quantile, rate, series
from scripts.dashboards.resources import gpus, pods
from scripts.dashboards.uids import SERVING

_TF = ":tensorflow:serving:"
_BATCHES = f"{_TF}batching_session:"
_NOT_THERE = "4. A new version does not arrive"
_SLOW = "11. Cards are slow"
_CALL = "fvi_api_model_call_seconds"
_NOT_READY = "1. Serving pods do not become ready"

_VERSIONS = (
    table(
        "Versions",
        "Model servers that hold each version, by its state and label. A version that went as it should has none.",
        "short",
        Query(
            aggregate("count", series("fvi_model_version_state"), "model", "version", "label", "state"),
            "{{model}} {{version}} {{label}} {{state}}",
        ),
        runbook="12. Replicas serve different versions",
    ),
    lines(
        "Calls by version",
        "Calls of the API that were answered, by model, version and label.",
        "cps",
        Query(rate(f"{_CALL}_count", "model", "version", "label"), "{{model}} {{version}} {{label}}"),
        width=12,
        stack=True,
    ),
    lines(
        "Not ready",
        "1 while a `stable` label does not answer.",
        "short",
        Query(f"1 - {aggregate('min', series('fvi_agent_ready'), 'pod')}", "{{pod}}"),
        most=1,
        runbook=_NOT_READY,
    ),
    lines(
        "Not what is desired, for",
        "The longest time, over all pods, that what is served has not been what is desired; 0 when it is.",
        "s",
        Query(aggregate("max", series("fvi_agent_convergence_lag_seconds"), "model"), "{{model}}"),
        runbook=_NOT_THERE,
    ),
    lines(
        "p99 of calls by version",
        "As the API sees them. TensorFlow Serving does not tell its versions apart.",
        "s",
        Query(quantile(0.99, _CALL, "model", "version", "label"), "{{model}} {{version}} {{label}}"),
        runbook=_SLOW,
    ),
)


def _happened(name: str, legend: str) -> Query:
    return Query(increase(f"fvi_agent_{name}_total"), legend)


_STORE = (
    lines(
        "Fetching a version, p99",
        "Time to fetch and verify a version.",
        "s",
        Query(f"histogram_quantile(0.99, {increase('fvi_agent_pull_seconds_bucket', 'model', 'le')})", "{{model}}"),
        runbook="18. The model store cannot be reached",
    ),
    lines(
        "Fetched",
        "Bytes of versions fetched in the time shown.",
        "bytes",
        Query(increase("fvi_agent_pulled_bytes_total", "model"), "{{model}}"),
        runbook="18. The model store cannot be reached",
    ),
    lines(
        "Fetches that failed",
        "In the time shown, by the code of the error (docs/store.md).",
        "short",
        Query(increase("fvi_agent_pull_failures_total", "model", "code"), "{{model}} {{code}}"),
        runbook="18. The model store cannot be reached",
    ),
    lines(
        "Versions refused",
        "In the time shown: not what their manifest says, not signed, or not to be loaded.",
        "short",
        Query(increase("fvi_agent_verification_failures_total", "model"), "{{model}} not verified"),
        Query(increase("fvi_agent_load_failures_total", "model"), "{{model}} not loaded"),
        runbook="2. A version is refused",
    ),
    lines(
        "Agents in trouble",
        "Looks that failed in the time shown, and 1 while the desired state cannot be used.",
        "short",
        Query(increase("fvi_agent_step_failures_total"), "looks failed"),
        Query(f"1 - {aggregate('min', series('fvi_agent_desired_state_ok'))}", "desired state"),
        runbook="3. The desired state cannot be used",
    ),
    lines(
        "Loads",
        "SavedModels that the model servers loaded in the time shown.",
        "short",
        Query(increase(":tensorflow:cc:saved_model:load_attempt_count", "status"), "{{status}}"),
        runbook=_NOT_READY,
    ),
)


def _tf_quantiles(histogram: str, *by: str) -> tuple[Query, ...]:
    names = "".join(f" {{{{{label}}}}}" for label in by)
    return tuple(Query(f"{quantile(q, histogram, *by)} / 1e6", f"p{q * 100:g}{names}") for q in (0.5, 0.99))


_SERVER = (
    lines(
        "Requests by status",
        "As the model servers count them, by gRPC status.",
        "reqps",
        Query(rate(f"{_TF}request_count", "model_name", "status"), "{{model_name}} {{status}}"),
        runbook="6. Requests fail with 5xx",
    ),
    lines(
        "Time of requests",
        "Requests that went well, in the model server.",
        "s",
        *_tf_quantiles(f"{_TF}request_latency", "model_name"),
        runbook=_SLOW,
    ),
    lines(
        "Time of runs",
        "The run that answered a request, the wait in the batching queue included.",
        "s",
        *_tf_quantiles(f"{_TF}runtime_latency", "model_name"),
        runbook=_SLOW,
    ),
    lines(
        "Runs of graphs",
        "Graphs that TensorFlow ran.",
        "ops",
        Query(rate(":tensorflow:core:graph_runs"), "runs"),
    ),
    lines(
        "Cores busy with graphs",
        "Time that runs took by time that went by: how many run at once.",
        "none",
        Query(f"{rate(':tensorflow:core:graph_run_time_usecs')} / 1e6", "runs at once"),
        runbook=_SLOW,
    ),
    lines(
        "Starts",
        "How often a model server began to count anew in the time shown.",
        "short",
        Query(aggregate("max", f"resets({series(':tensorflow:core:graph_runs')}[{RANGE}])", "pod"), "{{pod}}"),
        runbook="17. The model server restarts",
    ),
)


def _batching(title: str, description: str, unit: str, *queries: Query) -> Panel:
    return lines(title, description, unit, *queries, needs=Needs.BATCHING, width=6, runbook=_SLOW)


_BATCHING = (
    _batching(
        "Wait in the queue",
        "Time of a request in the batching queue.",
        "s",
        *_tf_quantiles(f"{_BATCHES}queuing_latency"),
    ),
    _batching("Batches", "Batches run.", "ops", Query(rate(f"{_BATCHES}wrapped_run_count"), "batches")),
    _batching(
        "Rows",
        "Rows of a request as it came, and of a batch as it ran, padding included. The farther apart, the more is "
        "gained by batching.",
        "none",
        Query(mean(f"{_BATCHES}input_batch_size"), "of a request"),
        Query(mean(f"{_BATCHES}processed_batch_size"), "of a batch"),
    ),
    _batching(
        "Padding",
        "Share of the computed rows that nobody asked for (`serving.batching.allowedBatchSizes`).",
        "percentunit",
        Query(over(rate(f"{_BATCHES}padding_size_sum"), rate(f"{_BATCHES}processed_batch_size_sum")), "padding"),
    ),
)

BOARD = Board(
    SERVING,
    "fvi-ocr / Serving and models",
    "Which versions the model servers hold, how they came there, how requests are batched, and GPUs.",
    (
        Row("Versions", _VERSIONS),
        Row("Model servers", _SERVER),
        Row("Batching", _BATCHING),
        Row("From the store", _STORE),
        Row("GPUs", gpus(), folded=True),
        Row("Pods", pods(), folded=True),
    ),
)
