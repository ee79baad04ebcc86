"""What the model server says now, and for how long it has said nothing."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.desired import CANARY, STABLE
from services.serving.agent.tf_serving import ServerAway, TensorFlowServing, Version

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Look:
    """`versions`: of each model, as GetModelStatus tells. `answering`: which version answers for (model, label)."""

    versions: Mapping[str, Mapping[int, Version]]
    answering: Mapping[tuple[str, str], int | None]

    def available(self, model: str) -> frozenset[int]:
        """The versions of a model that serve."""
        return frozenset(number for number, version in self.versions.get(model, {}).items() if version.is_available)

    def labels(self, model: str) -> dict[str, int]:
        """The labels of a model that answer, and for which version."""
        asked = {label: self.answering.get((model, label)) for label in (STABLE, CANARY)}
        return {label: version for label, version in asked.items() if version is not None}


class Watch:
    """Asks the server and remembers since when it has been away."""

    def __init__(self, serving: TensorFlowServing) -> None:
        self._serving = serving
        self._away_since: float | None = None

    def look(self, models: Iterable[str], now: float) -> Look | None:
        """What it says of these models; None while it does not answer."""
        try:
            versions = {model: self._serving.versions(model) for model in models}
            answering = {
                (model, label): self._serving.version_of(model, label)
                for model, known in versions.items()
                for label in (STABLE, CANARY)
                if known
            }
        except ServerAway as error:
            if self._away_since is None:
                log.warning("The model server does not answer: %s", error)
                self._away_since = now
            return None
        if self._away_since is not None:
            log.info("The model server answers again, after %.1f s", now - self._away_since)
        self._away_since = None
        return Look(versions, answering)

    def away_seconds(self, now: float) -> float:
        """For how long it has not answered; 0 if it did the last time."""
        return 0.0 if self._away_since is None else now - self._away_since
