"""A rollout of the Reader: evidence that grows to a verdict."""

from typing import Any

from scripts.dashboards.panel import Board, Kind, Needs, Panel, Query, Row, lines, number
from scripts.dashboards.promql import aggregate, increase, mean, percentiles, rate, series, share
from scripts.dashboards.uids import CANARY, QUALITY

_STUCK = "13. A canary is stuck"
_BACK = "14. A canary was rolled back"
_STILL = "15. The rollout controller does nothing"
_PAIRS = "fvi_api_shadow_pairs_total"
_READER = 'model="reader"'
_GATES = "errors|latency"
_READING = f'measure!~"{_GATES}"'


def _evidence(of: str) -> Query:
    return Query(
        aggregate("max", series("fvi_rollout_evidence", f'of="{of}"'), "model", "measure"), "{{model}} {{measure}}"
    )


def _rollout(title: str, description: str, unit: str, *queries: Query, **rest: Any) -> Panel:
    return lines(title, description, unit, *queries, needs=Needs.ROLLOUT, **rest)


_VERDICT = (
    Panel(
        "Phase",
        "What the rollout of each model is doing.",
        "short",
        (Query(f"{aggregate('max', series('fvi_rollout_phase'), 'model', 'phase')} == 1", "{{model}} {{phase}}"),),
        Kind.STATES,
        width=16,
        needs=Needs.ROLLOUT,
        runbook=_STUCK,
    ),
    number(
        "Cards for the canary",
        "Percent of cards that the canary is to answer.",
        "percent",
        Query(aggregate("max", series("fvi_rollout_traffic_percent"), "model"), "{{model}}"),
        height=7,
        needs=Needs.ROLLOUT,
        runbook="5. A wrong version serves",
    ),
    number(
        "Pairs",
        "Cards that both versions read, in the time shown.",
        "short",
        Query(increase(_PAIRS, "canary", where='measure="numbers"'), "version {{canary}}"),
        height=7,
        needs=Needs.ROLLOUT,
        runbook=_STUCK,
    ),
    _rollout(
        "Evidence that it is no worse",
        "As a share of what is needed: once all measures have reached 100 %, the canary goes on.",
        "percentunit",
        _evidence("no_harm"),
        width=12,
        limits=((1, "blue"),),
        runbook=_STUCK,
    ),
    _rollout(
        "Evidence that it is worse",
        "As a share of what is needed: once one measure or gate has reached 100 %, the canary is rolled back.",
        "percentunit",
        _evidence("harm"),
        width=12,
        limits=((1, "red"),),
        runbook=_BACK,
    ),
)

_READINGS = (
    _rollout(
        "Pairs read alike",
        "Share of the pairs that are worth the same by each measure.",
        "percentunit",
        Query(share(_PAIRS, 'outcome="same"', "measure", where=_READING), "{{measure}}"),
        most=1,
        runbook=_BACK,
    ),
    _rollout(
        "Canary worse, or better",
        "Share of the pairs in which the canary's reading is worth less, or more, by each measure.",
        "percentunit",
        Query(share(_PAIRS, 'outcome="canary_worse"', "measure", where=_READING), "worse: {{measure}}"),
        Query(share(_PAIRS, 'outcome="canary_better"', "measure", where=_READING), "better: {{measure}}"),
        runbook=_BACK,
    ),
    _rollout(
        "Fields that differ",
        "Share of the fields that the two versions read differently. It is shown, and not judged.",
        "percentunit",
        Query(share("fvi_api_shadow_fields_total", 'result="differs"', "field"), "{{field}}"),
        runbook=_BACK,
    ),
    _rollout(
        "Letters that differ",
        "Letters in which the two differ (Levenshtein), as a share of those that the stable version read.",
        "percentunit",
        Query(
            f"{rate('fvi_api_shadow_edits_total', 'field')} / ({rate('fvi_api_shadow_letters_total', 'field')} > 0)",
            "{{field}}",
        ),
    ),
    _rollout(
        "Noise of one version",
        "Share of the cards that one version read differently the second time, as numbers depend on the batch.",
        "percentunit",
        Query(share("fvi_api_shadow_noise_total", 'result="differs"', "arm"), "{{arm}}"),
    ),
    _rollout(
        "Confidence",
        "Mean of how sure each version is of a card's words.",
        "percentunit",
        Query(mean("fvi_api_shadow_confidence", "arm"), "{{arm}}"),
        most=1,
        more=QUALITY,
    ),
)

_COST = (
    _rollout(
        "Canary slower, or failing",
        "Share of the pairs in which the canary alone failed, or took much longer: the gates `errors` and `latency`.",
        "percentunit",
        Query(share(_PAIRS, 'outcome="canary_worse"', "measure", where=f'measure=~"{_GATES}"'), "{{measure}}"),
        width=6,
        runbook=_BACK,
    ),
    _rollout(
        "Time on the same words",
        "Of each version, in the shadow.",
        "s",
        *percentiles("fvi_api_shadow_seconds", "arm", shares=(0.5, 0.99)),
        width=6,
        runbook=_BACK,
    ),
    lines(
        "Cards by version of the Reader",
        "Cards that the Reader answered, by version and label.",
        "cps",
        Query(rate("fvi_api_answers_total", "version", "label", where=_READER), "{{version}} {{label}}"),
        width=6,
        stack=True,
    ),
    lines(
        "Cards not compared",
        "Of the sample, by reason (docs/metrics.md, `fvi_api_shadow_skipped_total`).",
        "ops",
        Query(rate("fvi_api_shadow_skipped_total", "reason"), "{{reason}}"),
        needs=Needs.ROLLOUT,
        width=6,
        stack=True,
        runbook=_STUCK,
    ),
)

_CONTROLLER = (
    _rollout(
        "Controllers that act",
        "Must be 1: the leader.",
        "short",
        Query(aggregate("sum", series("fvi_rollout_is_leader")), "leaders"),
        width=12,
        runbook=_STILL,
    ),
    _rollout(
        "What the controller cannot reach",
        "1 while Prometheus or the store does not answer, or a document cannot be used.",
        "short",
        *(
            Query(f"1 - {aggregate('min', series(f'fvi_rollout_{name}_ok'))}", name)
            for name in ("prometheus", "store", "documents")
        ),
        most=1,
        width=12,
        runbook=_STILL,
    ),
)

BOARD = Board(
    CANARY,
    "fvi-ocr / Canary",
    "A rollout of the Reader: evidence that grows to a verdict, and what it rests upon (docs/rollout.md).",
    (
        Row("Verdict", _VERDICT),
        Row("Readings of both versions", _READINGS),
        Row("Cost", _COST),
        Row("Controller", _CONTROLLER),
    ),
)
