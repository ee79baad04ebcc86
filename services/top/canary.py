"""The canary: how far its rollout is, what it answers, and how it compares."""

from collections.abc import Iterator
from dataclasses import dataclass

from services.desired import CANARY
from services.rollout.state import Phase
from services.top.picture import Picture

_PAIRS, _EVIDENCE, _PHASE = "fvi_api_shadow_pairs_total", "fvi_rollout_evidence", "fvi_rollout_phase"
_OUTCOMES = ("same", "canary_worse", "canary_better")


@dataclass(frozen=True)
class Measure:
    """Cards that both versions read since the API's processes began; evidence as a share of what is needed."""

    name: str
    same: float
    worse: float
    better: float
    of_harm: float | None
    of_no_harm: float | None


@dataclass(frozen=True)
class Canary:
    """Of one model. `phase` is empty where no controller is asked; `answered`: its share of the model's calls now."""

    model: str
    phase: str
    traffic: float | None  # percent of cards that it should answer
    answered: float | None
    versions: str  # "1 -> 2", of the newest pairs
    measures: tuple[Measure, ...]


def canaries(picture: Picture) -> tuple[Canary, ...]:
    """One for each model that has a rollout under way, calls of a canary or new pairs, or a canary that is served."""
    growing = (*picture.find("fvi_api_answers_total", label=CANARY), *picture.find(_PAIRS))
    phases = (each for each in picture.find(_PHASE) if each.value == 1)
    models = {
        *(each.labels["model"] for each in phases if not Phase(each.labels["phase"]).is_end),
        *(each.labels["model"] for each in growing if each.per_second > 0),
        *(each.labels["model"] for each in picture.find("fvi_model_version_state", label=CANARY)),
    }
    return tuple(_canary(picture, model) for model in sorted(models))


def _canary(picture: Picture, model: str) -> Canary:
    phases = [each.labels["phase"] for each in picture.find(_PHASE, model=model) if each.value == 1]
    traffic = [each.value for each in picture.find("fvi_rollout_traffic_percent", model=model)]
    cards = picture.rate("fvi_api_answers_total", model=model)
    of_canary = picture.rate("fvi_api_answers_total", model=model, label=CANARY)
    stable, canary = _newest(picture, model)
    return Canary(
        model,
        phase=phases[0] if phases else "",
        traffic=traffic[0] if traffic else None,
        answered=of_canary / cards if cards > 0 else None,
        versions=f"{stable} -> {canary}" if canary else "",
        measures=tuple(_measures(picture, model, stable, canary)),
    )


def _newest(picture: Picture, model: str) -> tuple[str, str]:
    """The versions that are being compared: the API's counters know of former rollouts, too."""
    seen = [(each.labels["stable"], each.labels["canary"]) for each in picture.find(_PAIRS, model=model)]
    return max(seen, key=lambda each: (int(each[1]), int(each[0])), default=("", ""))


def _measures(picture: Picture, model: str, stable: str, canary: str) -> Iterator[Measure]:
    compared = {"model": model, "stable": stable, "canary": canary}
    named = {each.labels["measure"] for each in picture.find(_PAIRS, **compared)}
    judged = {each.labels["measure"] for each in picture.find(_EVIDENCE, model=model)}
    for measure in sorted(named | judged):
        same, worse, better = (
            picture.total(_PAIRS, **compared, measure=measure, outcome=outcome) for outcome in _OUTCOMES
        )
        harm, no_harm = (
            [each.value for each in picture.find(_EVIDENCE, model=model, measure=measure, of=of)]
            for of in ("harm", "no_harm")
        )
        yield Measure(measure, same, worse, better, max(harm, default=None), max(no_harm, default=None))
