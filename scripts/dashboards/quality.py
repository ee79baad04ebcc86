"""How well cards are read, as far as that is seen without the truth, and whether it drifts."""

from scripts.dashboards.panel import Board, Needs, Panel, Query, Row, lines
from scripts.dashboards.promql import mean, mean_of_day, quantile, rate, share, share_of_day
from scripts.dashboards.uids import CANARY, QUALITY

_DRIFTED = "16. Readings have drifted"
_FIELDS = "fvi_api_fields_total"
_CONFIDENCE = "fvi_api_field_confidence"
_CHECKS = "fvi_api_checks_total"
_MADE = 'result!="unknown"'
_OF_PHOTOS = (
    *(
        "bad_image",
        "unsupported_image",
        "image_too_large",
        "no_card",
        "corners_missing",
        "card_too_small",
        "wrong_side",
    ),
    *("card_not_readable", "blurred", "glare", "dark", "over_exposed", "card_small", "corner_out_of_view"),
    "unknown_document",
)
_PHOTO_CODES = 'code=~"' + "|".join(_OF_PHOTOS) + '"'
_EMPTY, _INVALID, _FAIL = 'result="empty"', 'result="invalid"', 'result="fail"'

_FIELDS_ROW = (
    lines(
        "Empty fields",
        "Share of the cards that should have a field and on which nothing was found.",
        "percentunit",
        Query(share(_FIELDS, _EMPTY, "field"), "{{field}}"),
        runbook=_DRIFTED,
    ),
    lines(
        "Invalid fields",
        "Share of the cards on which something was read that is no date, number, … where there must be one.",
        "percentunit",
        Query(share(_FIELDS, _INVALID, "field"), "{{field}}"),
        runbook=_DRIFTED,
    ),
    lines(
        "Confidence",
        "Mean of how sure the Reader is of a field: as sure as of its least sure word.",
        "percentunit",
        Query(mean(_CONFIDENCE, "field"), "{{field}}"),
        most=1,
        runbook=_DRIFTED,
    ),
    lines(
        "Confidence, p10",
        "A tenth of the readings of a field are less sure than this.",
        "percentunit",
        Query(quantile(0.1, _CONFIDENCE, "field"), "{{field}}"),
        most=1,
        runbook=_DRIFTED,
    ),
    lines(
        "Checks that fail",
        "Share of the checks that could be made and failed: what a card says about itself does not agree.",
        "percentunit",
        Query(share(_CHECKS, _FAIL, "check", where=_MADE), "{{check}}"),
        runbook=_DRIFTED,
    ),
    lines(
        "Checks that cannot be made",
        "Share of the checks that lack a field.",
        "percentunit",
        Query(share(_CHECKS, 'result="unknown"', "check"), "{{check}}"),
        most=1,
        runbook=_DRIFTED,
    ),
)

_VERSIONS = (
    lines(
        "Empty or invalid, by version",
        "Share of all fields, by the version of the Reader. `none`: cards on which no words were found.",
        "percentunit",
        Query(share(_FIELDS, 'result!="valid"', "version"), "version {{version}}"),
        width=12,
        runbook=_DRIFTED,
        more=CANARY,
    ),
    lines(
        "Confidence, by version",
        "Mean over all fields.",
        "percentunit",
        Query(mean(_CONFIDENCE, "version"), "version {{version}}"),
        width=12,
        most=1,
        more=CANARY,
    ),
)

_PHOTOS = (
    lines(
        "Issues of photos",
        "Issues by card read, of photos that were read although a limit was passed (docs/quality.md).",
        "percentunit",
        Query(
            f"{rate('fvi_api_quality_issues_total', 'code')}"
            f" / on() group_left() ({rate('fvi_api_words_per_card_count')} > 0)",
            "{{code}}",
        ),
        runbook=_DRIFTED,
    ),
    lines(
        "Photos refused",
        "By the code of the answer: no card is seen, the photo cannot be decoded, is too large, …",
        "reqps",
        Query(rate("fvi_api_errors_total", "code", where=_PHOTO_CODES), "{{code}}"),
        stack=True,
        runbook=_DRIFTED,
    ),
    lines(
        "Words of a card",
        "Fewer words than yesterday: the Detector misses some, or the photos are others.",
        "none",
        Query(mean("fvi_api_words_per_card"), "mean"),
        Query(quantile(0.1, "fvi_api_words_per_card"), "p10"),
        runbook=_DRIFTED,
    ),
)


def _drift(title: str, description: str, day: str, before: str, label: str) -> tuple[Panel, Panel]:
    """A panel of the last 24 hours, and one of how they differ from those a week ago."""
    legend = f"{{{{{label}}}}}"
    return (
        lines(
            f"{title}, 24 hours",
            f"{description} Of the last 24 hours, so that all hours of a day weigh the same.",
            "percentunit",
            Query(day, legend),
            width=12,
            runbook=_DRIFTED,
        ),
        lines(
            f"{title}, against last week",
            f"{description} The last 24 hours less those a week ago: far from 0 it has drifted.",
            "percentunit",
            Query(f"{day} - ({before})", legend),
            width=12,
            needs=Needs.WEEK,
            signed=True,
            runbook=_DRIFTED,
        ),
    )


_DRIFT = (
    *_drift(
        "Empty fields",
        "Share of a field's cards without it.",
        share_of_day(_FIELDS, _EMPTY, "field"),
        share_of_day(_FIELDS, _EMPTY, "field", ago="7d"),
        "field",
    ),
    *_drift(
        "Confidence",
        "Mean of how sure the Reader is of a field.",
        mean_of_day(_CONFIDENCE, "field"),
        mean_of_day(_CONFIDENCE, "field", ago="7d"),
        "field",
    ),
    *_drift(
        "Failed checks",
        "Share of the checks that could be made.",
        share_of_day(_CHECKS, _FAIL, "check", where=_MADE),
        share_of_day(_CHECKS, _FAIL, "check", where=_MADE, ago="7d"),
        "check",
    ),
)

BOARD = Board(
    QUALITY,
    "fvi-ocr / Reading quality and drift",
    "How well cards are read, as far as that is seen without the truth, and whether it drifts.",
    (
        Row("Fields and checks", _FIELDS_ROW),
        Row("By version of the Reader", _VERSIONS),
        Row("Photos", _PHOTOS),
        Row("Drift", _DRIFT),
    ),
    hours=24,
)
