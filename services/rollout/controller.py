"""The loop: read both documents, look at the world, take one step, write. All that must survive is written."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from services.api.predictor import Predictor
from services.desired import BadDesiredState
from services.rollout import golden, steps
from services.rollout.counts import Counters
from services.rollout.home import Changed, Documents, Home, HomeAway, read_both, write_both
from services.rollout.metrics import Metrics
from services.rollout.observed import Counts, Fleet, Golden, Observed
from services.rollout.prometheus import PrometheusAway
from services.rollout.replicas import Replicas
from services.rollout.state import BadRolloutState, Phase, Rollout, RolloutState
from services.rollout.versions import StoreAway, Versions

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class World:
    """Where the controller looks. `versions`: None where no model store was named; `check` and `golden` are passed."""

    replicas: Replicas
    counters: Counters
    predictor: Predictor
    versions: Versions | None


class Controller:
    """Call `tick` again and again; each call may be the last one at any line."""

    def __init__(self, home: Home, world: World, metrics: Metrics, clock: Callable[[], float] = time.time) -> None:
        """`clock`: seconds since 1970, as they are written down."""
        self._home, self._world, self._metrics, self._clock = home, world, metrics, clock
        self._complaint = ""

    def tick(self) -> None:
        """One look and at most one step for every rollout. What is out of reach is told once, and tried again."""
        try:
            was = read_both(self._home)
            state, desired = was.state, dict(was.desired)
            for name, rollout in was.state.rollouts.items():
                after = self._step(rollout, was)
                state = state.having(after, *steps.events(rollout, after, self._clock()))
                if not after.is_settled:
                    desired[name] = steps.desired_by(after)
            write_both(self._home, was, state, desired)
        except Changed as error:
            log.info("%s was written by somebody else meanwhile: looking again", error)
        except (HomeAway, BadDesiredState, BadRolloutState) as error:
            self._complain(str(error))
        else:
            self._complain("")
            self._tell(was.state, state)

    def _step(self, rollout: Rollout, was: Documents) -> Rollout:
        if rollout.is_settled:
            return rollout
        return steps.step(rollout, was.desired.get(rollout.model), self._look(rollout))

    def _look(self, rollout: Rollout) -> Observed:
        fleet = self._world.replicas.look(rollout.model, steps.desired_by(rollout))
        return Observed(
            self._clock(),
            fleet,
            self._counts(rollout),
            self._golden(rollout, fleet),
            self._against(rollout),
            self._home.reach_seconds,
        )

    def _counts(self, rollout: Rollout) -> Counts | None:
        if rollout.phase not in (Phase.SHADOW, Phase.SHARE):
            return None
        try:
            counts = self._world.counters.read(rollout, self._clock())
        except PrometheusAway as error:
            log.warning("%s", error)
            self._metrics.prometheus_ok.set(0)
            return None
        self._metrics.prometheus_ok.set(1)
        return counts

    def _golden(self, rollout: Rollout, fleet: Fleet | None) -> Golden | None:
        if rollout.phase is not Phase.GOLDEN or fleet is None or not fleet.is_ready:
            return None
        if self._world.versions is None:
            return Golden()
        try:
            known = self._world.versions.golden_set()
        except StoreAway as error:
            self._complain_of_store(error)
            return None
        self._metrics.store_ok.set(1)
        return Golden() if known is None else golden.compare(known, self._world.predictor, rollout.canary)

    def _against(self, rollout: Rollout) -> str | None:
        if rollout.phase is not Phase.CHECK:
            return None
        if self._world.versions is None:
            return ""
        try:
            against = self._world.versions.against(rollout.canary)
        except StoreAway as error:
            self._complain_of_store(error)
            return None
        self._metrics.store_ok.set(1)
        return against

    def _complain_of_store(self, error: StoreAway) -> None:
        log.warning("%s", error)
        self._metrics.store_ok.set(0)

    def _complain(self, complaint: str) -> None:
        self._metrics.documents_ok.set(not complaint)
        if complaint and complaint != self._complaint:
            log.error("Nothing is done: %s", complaint)
        self._complaint = complaint

    def _tell(self, before: RolloutState, after: RolloutState) -> None:
        for event in after.history:
            if event not in before.history:
                log.info("%s: %s (%s)", event.model, event.what, event.why)
                self._metrics.transitions.labels(event.model, event.what.partition(" ")[0]).inc()
        self._metrics.show(after)
