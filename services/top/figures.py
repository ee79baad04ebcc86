"""What of a picture matters to a person: plain figures. Times are seconds, rates are per second."""

from dataclasses import dataclass

from services.top.canary import Canary, canaries
from services.top.picture import Picture
from services.top.trouble import troubles

CALLS = "fvi_api_model_call_seconds"
REQUESTS, REQUEST_SECONDS = "fvi_api_requests_total", "fvi_api_request_seconds"
STATE = "fvi_model_version_state"
# Who has which metric.
_TIERS = {
    "API": "fvi_api_in_flight",
    "agent": "fvi_agent_ready",
    "model server": ":tensorflow:serving:request_latency_count",
    "rollout controller": "fvi_rollout_is_leader",
}


@dataclass(frozen=True)
class Times:
    """How often something happened, and how long it took; None where it did not happen."""

    name: tuple[str, ...]
    per_second: float
    p50: float | None
    p99: float | None


@dataclass(frozen=True)
class Served:
    """A version in one replica, by its agent. `label` is empty for one without."""

    replica: str
    model: str
    version: str
    label: str
    state: str


@dataclass(frozen=True)
class Figures:
    """One frame. `failed`: answered with 5xx; `refused`: with 4xx; `codes`: of errors, the most frequent first."""

    at: float
    tiers: dict[str, int]
    requests: float
    failed: float
    refused: float
    in_flight: float
    codes: tuple[tuple[str, float], ...]
    routes: tuple[Times, ...]
    stages: tuple[Times, ...]
    calls: tuple[Times, ...]  # by model, version and label
    served: tuple[Served, ...]
    canaries: tuple[Canary, ...]
    troubles: tuple[str, ...]


def figures(picture: Picture) -> Figures:
    """Everything that is shown."""
    served = tuple(
        Served(series.target, *(series.labels[name] for name in ("model", "version", "label", "state")))
        for series in picture.find(STATE)
    )
    codes = {code: picture.rate("fvi_api_errors_total", code=code) for code in _labels(picture, "fvi_api_errors_total")}
    tiers = {tier: len(picture.targets(metric)) for tier, metric in _TIERS.items()}
    return Figures(
        at=picture.at,
        tiers={tier: count for tier, count in tiers.items() if count},
        requests=picture.rate(REQUESTS),
        failed=_of_status(picture, "5"),
        refused=_of_status(picture, "4"),
        in_flight=picture.total("fvi_api_in_flight"),
        codes=tuple(sorted(((code, rate) for code, rate in codes.items() if rate > 0), key=lambda each: -each[1])),
        routes=_times(picture, REQUEST_SECONDS, "route"),
        stages=_times(picture, "fvi_api_stage_seconds", "stage"),
        calls=_times(picture, CALLS, "model", "version", "label"),
        served=tuple(sorted(served, key=lambda each: (each.replica, each.model, int(each.version), each.label))),
        canaries=canaries(picture),
        troubles=troubles(picture),
    )


def _times(picture: Picture, metric: str, *labels: str) -> tuple[Times, ...]:
    """One line for each combination of the labels, in the order in which they come."""
    names = dict.fromkeys(tuple(each.labels[label] for label in labels) for each in picture.find(f"{metric}_count"))
    rows = []
    for name in names:
        chosen = dict(zip(labels, name, strict=True))
        p50, p99 = (picture.quantile(share, metric, **chosen) for share in (0.5, 0.99))
        rows.append(Times(name, picture.rate(f"{metric}_count", **chosen), p50, p99))
    return tuple(rows)


def _of_status(picture: Picture, first_digit: str) -> float:
    return sum(each.per_second for each in picture.find(REQUESTS) if each.labels["status"].startswith(first_digit))


def _labels(picture: Picture, metric: str) -> list[str]:
    return picture.values(metric, "code")
