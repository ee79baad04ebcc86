"""The counters of the API, as docs/metrics.md has them, for one rollout."""

from collections.abc import Mapping

from services.desired import CANARY
from services.rollout.evidence import Pairs
from services.rollout.observed import Counts
from services.rollout.prometheus import Growth, Labels, Prometheus
from services.rollout.state import Rollout

_OUTCOMES = {"same": "same", "canary_worse": "worse", "canary_better": "better"}


class Counters:
    """Keeps what it has asked for, for the rollouts under way."""

    def __init__(self, prometheus: Prometheus, matchers: str = "") -> None:
        """`matchers`: more of PromQL's label matchers, where one Prometheus knows several systems."""
        self._prometheus, self._matchers = prometheus, f",{matchers}" if matchers else ""
        self._kept: dict[str, dict[tuple[str, float], Growth]] = {}

    def read(self, rollout: Rollout, now: float) -> Counts:
        """What was counted since the phase, or the shadow, began.

        Raises:
            PrometheusAway.
        """
        model, stable, canary = rollout.model, rollout.stable, rollout.canary
        before, self._kept[model] = self._kept.get(model, {}), {}

        def growth(metric: str, matchers: str, since: float) -> Mapping[Labels, float]:
            selector = f'{metric}{{model="{model}",{matchers}{self._matchers}}}'
            key = (selector, since)
            self._kept[model][key] = before.get(key) or Growth(self._prometheus, selector, since)
            return self._kept[model][key].read(now)

        pairs = growth("fvi_api_shadow_pairs_total", f'stable="{stable}",canary="{canary}"', rollout.pairs_since)
        answered = f'label="{CANARY}",version="{canary}"'
        cards = growth("fvi_api_answers_total", answered, rollout.since)
        failures = growth("fvi_api_model_call_failures_total", 'code!="model_not_ready"', rollout.since)
        failed_for_canary = _sum(failures, label=CANARY)
        return Counts(_pairs(pairs), _sum(cards), failed_for_canary, max(0, _sum(failures) - failed_for_canary))


def _pairs(growth: Mapping[Labels, float]) -> dict[str, Pairs]:
    measures = {dict(labels)["measure"] for labels in growth}
    return {
        measure: Pairs(**{name: _sum(growth, measure=measure, outcome=outcome) for outcome, name in _OUTCOMES.items()})
        for measure in sorted(measures)
    }


def _sum(growth: Mapping[Labels, float], **labels: str) -> int:
    """Of all series with these labels; counters of ours are whole numbers."""
    return round(sum(value for series, value in growth.items() if labels.items() <= dict(series).items()))
