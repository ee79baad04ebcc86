"""The way of a card through the API, stage by stage."""

from scripts.dashboards.panel import Board, Kind, Needs, Panel, Query, Row, lines, number
from scripts.dashboards.promql import aggregate, mean, over, percentiles, quantile, rate, series, share
from scripts.dashboards.uids import CANARY, REQUESTS, SERVING

_CARDS = 'route="/v1/cards"'
_STAGES = "fvi_api_stage_seconds"
_MODELS = 'stage=~"cropper|detector|reader"'
_SLOW = "11. Cards are slow"
_BUSY = "7. Cards are refused with busy"
_FAILS = "6. Requests fail with 5xx"


def _refused(code: str) -> Query:
    matching = rate("fvi_api_errors_total", where=f'code="{code}"')
    return Query(f"({matching} or vector(0)) / ({rate('fvi_api_requests_total')} > 0)", code)


_STAGES_ROW = (
    lines(
        "Mean time by stage",
        "Mean time of an image in each stage; stacked they are the whole. `wait` is for its turn, a model's name the "
        "call to the model server.",
        "s",
        Query(mean(_STAGES, "stage"), "{{stage}}"),
        width=12,
        height=9,
        stack=True,
        runbook=_SLOW,
        more=SERVING,
    ),
    lines(
        "p99 by stage",
        "99 % of the images are done with the stage within this time.",
        "s",
        Query(quantile(0.99, _STAGES, "stage"), "{{stage}}"),
        width=12,
        height=9,
        runbook=_SLOW,
    ),
    number(
        "Time in models",
        "Share of an image's time that the three models take. The rest is ours, or waiting.",
        "percentunit",
        Query(over(rate(f"{_STAGES}_sum", where=_MODELS), rate(f"{_STAGES}_sum")), "in models"),
        height=7,
    ),
    number(
        "Time waiting",
        "Share of an image's time that it waits for its turn. High: too few workers or model servers.",
        "percentunit",
        Query(over(rate(f"{_STAGES}_sum", where='stage="wait"'), rate(f"{_STAGES}_sum")), "waiting"),
        limits=((0.2, "yellow"), (0.5, "red")),
        height=7,
        runbook=_SLOW,
    ),
    lines(
        "Overhead of a card",
        "Time of a card without `wait`, `decode`, `warp` and the model calls: what the platform itself costs.",
        "s",
        *percentiles("fvi_api_overhead_seconds"),
        runbook=_SLOW,
    ),
    Panel(
        "Time of cards",
        "How many requests to `/v1/cards` took how long.",
        "s",
        (Query(rate("fvi_api_request_seconds_bucket", "le", where=_CARDS), "{{le}}"),),
        Kind.HEATMAP,
        runbook=_SLOW,
    ),
)

_REQUESTS_ROW = (
    lines(
        "Requests by route",
        "Requests answered. A path that is no route counts as `none`.",
        "reqps",
        Query(rate("fvi_api_requests_total", "route"), "{{route}}"),
        stack=True,
    ),
    lines(
        "p99 by route",
        "99 % of the requests are answered within this time.",
        "s",
        Query(quantile(0.99, "fvi_api_request_seconds", "route"), "{{route}}"),
        runbook=_SLOW,
    ),
    lines(
        "Requests by client",
        "Requests that came with a known API key, by the client's name and status.",
        "reqps",
        Query(rate("fvi_api_client_requests_total", "client", "status"), "{{client}} {{status}}"),
        needs=Needs.KEYS,
        stack=True,
        runbook=_BUSY,
    ),
    lines(
        "Images of batches and two sides",
        "Images of requests that hold several: `ok`, or the code of the image's own error.",
        "ops",
        Query(rate("fvi_api_images_total", "route", "code"), "{{route}} {{code}}"),
        stack=True,
    ),
    lines(
        "Words of a card",
        "Words read on a card: the rows of its call to the Reader.",
        "none",
        Query(mean("fvi_api_words_per_card"), "mean"),
        Query(quantile(0.99, "fvi_api_words_per_card"), "p99"),
    ),
    lines(
        "Errors by code",
        "Requests answered with an error, by its stable code (docs/api.md).",
        "reqps",
        Query(rate("fvi_api_errors_total", "code"), "{{code}}"),
        stack=True,
        runbook=_FAILS,
    ),
)

_CALLS = (
    lines(
        "Model calls, p50 and p99",
        "Time of a call that was answered, the wait in the model server's batching queue included.",
        "s",
        *percentiles("fvi_api_model_call_seconds", "model", shares=(0.5, 0.99)),
        runbook=_SLOW,
        more=SERVING,
    ),
    lines(
        "Model calls that failed",
        "By the label that was asked for and the code of the error. Some were tried again, and the card was read.",
        "cps",
        Query(rate("fvi_api_model_call_failures_total", "model", "label", "code"), "{{model}} {{label}} {{code}}"),
        runbook=_FAILS,
    ),
    lines(
        "Canary not there",
        "Calls meant for the canary that the stable version answered, since the model server had no canary.",
        "cps",
        Query(rate("fvi_api_canary_fallbacks_total", "model"), "{{model}}"),
        runbook="12. Replicas serve different versions",
        more=CANARY,
    ),
)

_ADMISSION = (
    lines(
        "In flight",
        "Requests under way in each pod.",
        "none",
        Query(aggregate("sum", series("fvi_api_in_flight"), "pod"), "{{pod}}"),
        stack=True,
    ),
    lines(
        "Places",
        "Cards and batches that all workers take at a time, and those under way or waiting.",
        "none",
        Query(aggregate("sum", series("fvi_api_places")), "places"),
        Query(aggregate("sum", series("fvi_api_places_taken")), "taken"),
        runbook=_BUSY,
    ),
    lines(
        "Refused",
        "Share of requests refused because a worker was full (`busy`) or the client sent more than its line allows "
        "(`rate_limited`).",
        "percentunit",
        _refused("busy"),
        _refused("rate_limited"),
        runbook=_BUSY,
    ),
    lines(
        "Documents that cannot be used",
        "1 while a worker keeps the last good desired state, or the last good API keys.",
        "short",
        Query(f"1 - {aggregate('min', series('fvi_api_desired_state_ok'))}", "desired state"),
        Query(f"1 - {aggregate('min', series('fvi_api_keys_ok'))}", "API keys"),
        most=1,
        width=12,
        runbook="3. The desired state cannot be used",
    ),
    lines(
        "5xx by route",
        "Share of the requests of each route that were answered with 5xx.",
        "percentunit",
        Query(share("fvi_api_requests_total", 'status=~"5.."', "route"), "{{route}}"),
        width=12,
        runbook=_FAILS,
    ),
)

BOARD = Board(
    REQUESTS,
    "fvi-ocr / Request path",
    "Where the time of a card goes, stage by stage, and where requests fail.",
    (
        Row("Stages", _STAGES_ROW),
        Row("Requests", _REQUESTS_ROW),
        Row("Model calls", _CALLS),
        Row("Admission", _ADMISSION),
    ),
)
