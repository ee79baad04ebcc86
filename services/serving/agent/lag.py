"""For how long what is served has not been what is desired."""

import logging
from collections.abc import Collection

from services.serving.agent.metrics import Metrics

log = logging.getLogger(__name__)


class Lag:
    """One clock for each desired model; told to the metrics."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._since: dict[str, float] = {}
        self._told: set[str] = set()

    def note(self, model: str, is_converged: bool, now: float) -> None:
        """Whether a model is as desired now."""
        self._told.add(model)
        if is_converged and model in self._since:
            log.info("%s is as desired, after %.1f s", model, now - self._since.pop(model))
        since = now if is_converged else self._since.setdefault(model, now)
        self._metrics.lag(model, now - since)

    def forget_others(self, desired: Collection[str]) -> None:
        """Models that are not desired any more have no lag."""
        for model in self._told - set(desired):
            self._told.discard(model)
            self._since.pop(model, None)
            self._metrics.forget(model)
