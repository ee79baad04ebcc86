"""The loop: read what is desired, look at what is so, take one safe step. Nothing else decides.

All that must survive is on disk: the versions, and models.config. See patience.py for the rest.
"""

import logging
import time
from collections.abc import Callable, Set
from dataclasses import dataclass
from pathlib import Path

from services.desired import BadDesiredState, DesiredModel, DesiredState, read_desired_state
from services.serving.agent import listing
from services.serving.agent.lag import Lag
from services.serving.agent.listing import Listed, Listing
from services.serving.agent.metrics import Metrics, VersionState
from services.serving.agent.patience import Patience
from services.serving.agent.puller import ModelVersion, Puller
from services.serving.agent.readiness import Readiness
from services.serving.agent.steps import Facts, is_converged, next_step
from services.serving.agent.tf_serving import TensorFlowServing
from services.serving.agent.watch import Look, Watch

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class AgentOptions:
    """Where things lie and how patient to be.

    Args:
        desired: the desired-state document. models: folder of versions, as TensorFlow Serving sees
            it. config: the models.config to write.
        linger_seconds, load_grace_seconds: see Patience.
        gone_seconds: after so long without an answer the server counts as gone, and only what is
            stable stays listed, so that nothing else can keep it from starting.
    """

    desired: Path
    models: Path
    config: Path
    linger_seconds: float = 30.0
    load_grace_seconds: float = 5.0
    gone_seconds: float = 15.0


class Agent:
    """Call `step` again and again; each call is short, and may be the last one at any line."""

    def __init__(
        self,
        options: AgentOptions,
        puller: Puller,
        serving: TensorFlowServing,
        metrics: Metrics,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.metrics = metrics
        self._options, self._puller, self._clock = options, puller, clock
        self._watch = Watch(serving)
        self._patience = Patience(options.linger_seconds, options.load_grace_seconds)
        self._lag = Lag(metrics)
        self._desired: DesiredState | None = None
        self._complaint = ""
        self._listed: Listing | None = None  # as it was written last
        self._readiness: Readiness | None = None
        self._was_gone = False

    @property
    def is_ready(self) -> bool:
        """Whether the server should get requests, as of the last step."""
        return self._readiness is not None and self._readiness.is_ready

    def step(self) -> None:
        """One look and one step for every model.

        Raises:
            OSError: the disk failed us. Nothing has been done that a later step would not do again.
        """
        now = self._clock()
        desired = self._read_desired()
        try:
            self._step(desired, now)
        except Exception:
            self.metrics.step_failure()
            for name in desired or ():
                self._lag.note(name, False, now)
            raise

    def _step(self, desired: DesiredState | None, now: float) -> None:
        in_file = listing.read(self._options.config)
        on_disk = self._puller.on_disk()
        names = {which.model for which in on_disk} | (in_file or self._listed or {}).keys()
        look = self._watch.look(sorted(names | (desired or {}).keys()), now)
        listed = in_file if in_file is not None else self._recover(look)
        self._judge_readiness(desired, listed, look, now)
        if desired is None:
            return
        self._puller.want([ModelVersion(name, version) for name in desired for version in desired[name].versions])
        self._doubt_what_a_server_died_of(listed, now)
        new = {}
        for name in sorted(names | desired.keys()):
            was = listed.get(name, Listed())
            step = next_step(desired.get(name), was, self._facts(name, desired.get(name), was, look, now))
            if step.versions:
                new[name] = step
        self._write(new, listed, now)
        self._tell(desired, new, look, now)
        if look is not None and in_file is not None:
            self._collect(on_disk, desired, new, look)

    # === What is so ===

    def _read_desired(self) -> DesiredState | None:
        """The desired state, or the last good one."""
        try:
            state = read_desired_state(self._options.desired)
        except BadDesiredState as error:
            self.metrics.desired_state_ok(False)
            if str(error) != self._complaint:
                kept = "The last good one stays in force." if self._desired else "There is none from before."
                log.error("The desired state cannot be used: %s %s", error, kept)
            self._complaint = str(error)
            return self._desired
        self.metrics.desired_state_ok(True)
        self._complaint = ""
        if state != self._desired:
            log.info("Desired: %s", ", ".join(f"{name} {_summary(model)}" for name, model in sorted(state.items())))
            for name, model in state.items():
                before = self._desired.get(name) if self._desired else None
                for version in model.versions - (before.versions if before else frozenset()):
                    self._patience.forgive(ModelVersion(name, version))
        self._desired = state
        return state

    def _recover(self, look: Look | None) -> Listing:
        """What was listed, where models.config does not say: from memory, else from what the server serves."""
        if self._listed is not None:
            log.error("%s is gone or damaged: writing it again", self._options.config)
            return self._listed
        if look is None:
            return {}
        found = {name: Listed(look.available(name), look.labels(name)) for name in look.versions}
        found = {name: entry for name, entry in found.items() if entry.versions}
        if found:
            log.warning("There is no %s, but the server serves %s: going on from there", self._options.config, found)
        return found

    def _facts(self, name: str, desired: DesiredModel | None, listed: Listed, look: Look | None, now: float) -> Facts:
        if look is not None:
            failures = self._patience.new_failures(name, listed, look.versions.get(name, {}), now)
            for which, seconds in failures.items():
                self.metrics.load_failure(name)
                self._puller.doubt(which)
                error = look.versions[name][which.version].error
                log.error("The model server cannot load %s, next try in %.0f s: %s", which, seconds, error)
        leaving = self._patience.leaving(name, desired, listed, now)
        known = listed.versions | (desired.versions if desired else frozenset())
        return Facts(
            present=self._puller.present(name),
            available=look.available(name) if look else frozenset(),
            failed={number for number in known if self._patience.must_wait(ModelVersion(name, number), now)},
            leaving_versions={thing for thing in leaving if isinstance(thing, int)},
            leaving_labels={thing for thing in leaving if isinstance(thing, str)},
            server_is_gone=self._was_gone,
            answering=look.labels(name) if look else {},
        )

    def _doubt_what_a_server_died_of(self, listed: Listing, now: float) -> None:
        """A server that does not come back may have been given a bad version: look at each again."""
        is_gone = self._watch.away_seconds(now) > self._options.gone_seconds
        if is_gone and not self._was_gone:
            for name, entry in listed.items():
                for version in entry.versions:
                    self._puller.doubt(ModelVersion(name, version))
        self._was_gone = is_gone

    # === What follows ===

    def _write(self, new: Listing, listed: Listing, now: float) -> None:
        text = listing.to_text(new, self._options.models.absolute())
        self._listed = new
        if listing.is_written(self._options.config, text):
            return
        listing.write(self._options.config, text)
        for name in sorted(new.keys() | listed.keys()):
            entry, before = new.get(name, Listed()), listed.get(name, Listed())
            self._patience.listed(name, before, entry, now)
            if entry != before:
                log.info("Listed %s: %s", name, _describe(entry))

    def _judge_readiness(self, desired: DesiredState | None, listed: Listing, look: Look | None, now: float) -> None:
        if self._readiness is None:
            self._readiness = Readiness([name for name, entry in listed.items() if entry.labels])
        was_ready = self._readiness.is_ready
        is_ready = self._readiness.judge(desired, look, self._watch.away_seconds(now))
        if is_ready != was_ready:
            log.info("Ready: every stable label answers" if is_ready else "Not ready")
        self.metrics.ready(is_ready)

    def _tell(self, desired: DesiredState, new: Listing, look: Look | None, now: float) -> None:
        self.metrics.states(_version_states(look, new) if look else [])
        self._lag.forget_others(desired)
        for name, model in desired.items():
            done = (
                look is not None
                and look.labels(name) == model.labels
                and is_converged(model, new.get(name, Listed()), look.available(name))
            )
            self._lag.note(name, done, now)

    def _collect(self, on_disk: Set[ModelVersion], desired: DesiredState, new: Listing, look: Look) -> None:
        """Delete from disk what is neither desired, nor listed, nor in the server's memory."""
        needed = {ModelVersion(name, number) for name, entry in new.items() for number in entry.versions}
        needed |= {ModelVersion(name, number) for name, model in desired.items() for number in model.versions}
        for name, versions in look.versions.items():
            needed |= {ModelVersion(name, number) for number, version in versions.items() if not version.is_gone}
        for which in on_disk - needed:
            if which.model in look.versions:
                self._puller.remove(which)
        self._puller.sweep(needed)


def _version_states(look: Look, listed: Listing) -> list[VersionState]:
    """One state for each label of each version; versions that went as they should have none."""
    states = []
    for name, versions in look.versions.items():
        labels = look.labels(name)
        for number, version in versions.items():
            if version.is_gone and not version.error and number not in listed.get(name, Listed()).versions:
                continue
            of_this = [label for label, answers in labels.items() if answers == number]
            states += [VersionState(name, number, label, version.state) for label in of_this or [""]]
    return states


def _summary(model: DesiredModel) -> str:
    labels = ", ".join(f"{label} {version}" for label, version in model.labels.items())
    return labels + (f", keep {list(model.keep)}" if model.keep else "")


def _describe(entry: Listed) -> str:
    labels = ", ".join(f"{label} -> {version}" for label, version in sorted(entry.labels.items()))
    return f"versions {sorted(entry.versions)}, labels {labels or 'none'}"
