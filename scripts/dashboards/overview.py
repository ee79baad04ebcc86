"""The dashboard for the person on call: is it well, what fails, and where to look next."""

from scripts.dashboards.panel import Board, Needs, Query, Row, lines, number, table
from scripts.dashboards.promql import aggregate, increase, over, percentiles, quantile, rate, series, share
from scripts.dashboards.resources import pods
from scripts.dashboards.uids import CANARY, OVERVIEW, QUALITY, REQUESTS, SERVING

_CARDS = 'route="/v1/cards"'
_FAILED = 'status=~"5.."'
_OURS = 'alertname=~"Fvi.*"'
_FIRING = series("ALERTS", _OURS, 'alertstate="firing"')
_REQUESTS = "fvi_api_requests_total"
_PLACES = over(aggregate("sum", series("fvi_api_places_taken")), aggregate("sum", series("fvi_api_places")))

_NOW = (
    number(
        "Alerts firing",
        "Alerts of the chart that fire now. The table below names them.",
        "short",
        Query(f"{aggregate('count', _FIRING)} or vector(0)", "firing"),
        limits=((1, "red"),),
    ),
    number(
        "Answered without 5xx",
        "Share of all requests in the time shown.",
        "percentunit",
        Query(f"1 - ({increase(_REQUESTS, where=_FAILED)} or vector(0)) / ({increase(_REQUESTS)} > 0)", "without 5xx"),
        limits=((0, "red"), (0.99, "yellow"), (0.999, "green")),
        runbook="6. Requests fail with 5xx",
        more=REQUESTS,
    ),
    number(
        "A card, p99",
        "99 % of the requests to `/v1/cards` are answered within this time.",
        "s",
        Query(quantile(0.99, "fvi_api_request_seconds", where=_CARDS), "p99"),
        runbook="11. Cards are slow",
        more=REQUESTS,
    ),
    number("Requests", "Requests answered, all routes.", "reqps", Query(rate(_REQUESTS), "requests")),
    number(
        "Places taken",
        "Cards and batches under way or waiting, of those that all workers take at a time. At 100 % cards are refused.",
        "percentunit",
        Query(_PLACES, "taken"),
        limits=((0.7, "yellow"), (0.9, "red")),
        runbook="7. Cards are refused with busy",
        more=REQUESTS,
    ),
    number(
        "Model servers not ready",
        "Pods in which a `stable` label does not answer. They get no cards.",
        "short",
        Query(f"{aggregate('count', series('fvi_agent_ready') + ' == 0')} or vector(0)", "not ready"),
        limits=((1, "red"),),
        runbook="1. Serving pods do not become ready",
        more=SERVING,
    ),
)

_REQUESTS_ROW = (
    lines(
        "Requests by status",
        "Requests answered. 4xx are the clients', 5xx are ours.",
        "reqps",
        Query(rate(_REQUESTS, "status"), "{{status}}"),
        stack=True,
        runbook="6. Requests fail with 5xx",
    ),
    lines(
        "Errors by code",
        "Requests answered with an error, by its stable code (docs/api.md).",
        "reqps",
        Query(rate("fvi_api_errors_total", "code"), "{{code}}"),
        stack=True,
        runbook="6. Requests fail with 5xx",
    ),
    lines(
        "Time of a card",
        "Requests to `/v1/cards`, from the headers read to the answer made.",
        "s",
        *percentiles("fvi_api_request_seconds", where=_CARDS),
        runbook="11. Cards are slow",
        more=REQUESTS,
    ),
)

_OBJECTIVES = (
    lines(
        "Failure budget left",
        "Of the 5xx that the availability objective allows in 30 days. Below 0 more failed than may.",
        "percentunit",
        Query(series("namespace:fvi_api_failure_budget:left30d"), "left"),
        most=1,
        signed=True,
        needs=Needs.RULES,
        runbook="6. Requests fail with 5xx",
    ),
    lines(
        "Failures by window",
        "Share of requests with images that were answered with 5xx. The alerts compare these with the objective.",
        "percentunit",
        *(Query(series(f"namespace:fvi_api_failures:ratio{each}"), each) for each in ("5m", "1h", "6h", "3d")),
        needs=Needs.RULES,
        runbook="6. Requests fail with 5xx",
    ),
    lines(
        "Slow cards by window",
        "Share of cards that took longer than the latency objective allows.",
        "percentunit",
        *(Query(series(f"namespace:fvi_api_slow_cards:ratio{each}"), each) for each in ("5m", "1h", "6h", "3d")),
        needs=Needs.RULES,
        runbook="11. Cards are slow",
    ),
)

_STATE = (
    table(
        "Alerts",
        "Every alert of the chart that is pending or fires.",
        "short",
        Query(
            aggregate("count", series("ALERTS", _OURS), "alertname", "alertstate", "severity"),
            "{{alertname}} {{alertstate}} {{severity}}",
        ),
        needs=Needs.ALERT,
    ),
    table(
        "Versions that serve",
        "Model servers in which each version is ready to answer.",
        "short",
        Query(
            aggregate(
                "count",
                series("fvi_model_version_state", 'state="AVAILABLE"', 'label!=""'),
                "model",
                "version",
                "label",
            ),
            "{{model}} {{version}} {{label}}",
        ),
        runbook="5. A wrong version serves",
        more=SERVING,
    ),
    lines(
        "Cards by version of the Reader",
        "Cards that the Reader answered, by version and label: stable and canary.",
        "reqps",
        Query(
            rate("fvi_api_answers_total", "version", "label", where='model="reader"'),
            "{{version}} {{label}}",
        ),
        stack=True,
        more=CANARY,
    ),
    lines(
        "Fields empty or invalid",
        "Share of the fields in which nothing was found, or no date or number where there must be one.",
        "percentunit",
        Query(share("fvi_api_fields_total", 'result="empty"'), "empty"),
        Query(share("fvi_api_fields_total", 'result="invalid"'), "invalid"),
        runbook="16. Readings have drifted",
        more=QUALITY,
    ),
    lines(
        "Not what is desired, for",
        "For how long what is served has not been what the desired state says; 0 when it is.",
        "s",
        Query(aggregate("max", series("fvi_agent_convergence_lag_seconds"), "model"), "{{model}}"),
        runbook="4. A new version does not arrive",
        more=SERVING,
    ),
)

BOARD = Board(
    OVERVIEW,
    "fvi-ocr / Overview",
    "For the person on call: is it well, what fails, and where to look next.",
    (
        Row("Now", _NOW),
        Row("Requests", _REQUESTS_ROW),
        Row("State", _STATE),
        Row("Objectives", _OBJECTIVES),
        Row("Pods", pods(), folded=True),
    ),
)
