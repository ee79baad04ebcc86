"""The loop: read what is desired, look at what is so, take one safe step. Nothing else decides.

All that must survive is on disk: the versions, and models.config. What is kept in memory are times
(since when something has been unwanted, when to try again) and may be lost: then we wait once more.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from services.desired import STABLE, BadDesiredState, DesiredModel, DesiredState, read_desired_state
from services.serving.agent import listing
from services.serving.agent.backoff import Backoff
from services.serving.agent.listing import Listed, Listing
from services.serving.agent.metrics import Metrics, VersionState
from services.serving.agent.puller import ModelVersion, Puller
from services.serving.agent.steps import Facts, is_converged, next_step
from services.serving.agent.tf_serving import ServerAway, TensorFlowServing, Version

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class AgentOptions:
    """Where things lie and how patient to be.

    Args:
        desired: the desired-state document. models: folder of versions, as TensorFlow Serving sees
            it. config: the models.config to write.
        linger_seconds: how long a version and its label stay after they have gone from the desired
            state; longer than any client takes to notice.
        load_grace_seconds: how long after a version was listed its old failure is not held against
            it; longer than TensorFlow Serving takes to read models.config again.
    """

    desired: Path
    models: Path
    config: Path
    linger_seconds: float = 30.0
    load_grace_seconds: float = 5.0


@dataclass
class Agent:
    """Call `step` again and again; each call is short, and may be the last one at any line."""

    options: AgentOptions
    puller: Puller
    serving: TensorFlowServing
    metrics: Metrics
    clock: Callable[[], float] = time.monotonic
    is_ready: bool = False
    _desired: DesiredState | None = None
    _complaint: str = ""
    _server_complaint: str = ""
    _unwanted_since: dict[tuple[str, int | str], float] = field(default_factory=dict)
    _listed_since: dict[ModelVersion, float] = field(default_factory=dict)
    _load_backoff: Backoff[ModelVersion] = field(default_factory=Backoff)
    _lagging_since: dict[str, float] = field(default_factory=dict)

    def step(self) -> None:
        """One look and one step for every model."""
        now = self.clock()
        desired = self._read_desired()
        if desired is None:
            self._tell_ready(False)
            return
        self.puller.want([ModelVersion(name, version) for name in desired for version in desired[name].versions])
        listed = listing.read(self.options.config)
        names = sorted(desired.keys() | listed.keys() | {which.model for which in self.puller.on_disk()})
        served = self._served(names)
        new: dict[str, Listed] = {}
        for name in names:
            was = listed.get(name, Listed())
            versions = None if served is None else served.get(name, {})
            step = next_step(desired.get(name), was, self._facts(name, desired.get(name), was, versions, now))
            if step.versions:
                new[name] = step
        self._write(new, listed, now)
        self._tell(desired, new, served, now)
        if served is not None:
            self._collect(desired, new, served)

    # === What is so ===

    def _read_desired(self) -> DesiredState | None:
        """The desired state, or the last good one."""
        try:
            state = read_desired_state(self.options.desired)
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
            self._forgive(state)
        self._desired = state
        return state

    def _forgive(self, state: DesiredState) -> None:
        """What a person asked for anew is tried at once, however often it failed before."""
        for name, model in state.items():
            before = self._desired.get(name) if self._desired else None
            for version in model.versions - (before.versions if before else frozenset()):
                self._load_backoff.forget(ModelVersion(name, version))

    def _served(self, names: list[str]) -> Mapping[str, dict[int, Version]] | None:
        """What the server says of each model; None while it cannot be asked."""
        try:
            served = {name: self.serving.versions(name) for name in names}
        except ServerAway as error:
            if not self._server_complaint:
                log.warning("The model server does not answer: %s", error)
            self._server_complaint = str(error)
            return None
        if self._server_complaint:
            log.info("The model server answers")
        self._server_complaint = ""
        return served

    def _facts(
        self,
        name: str,
        desired: DesiredModel | None,
        listed: Listed,
        versions: Mapping[int, Version] | None,
        now: float,
    ) -> Facts:
        wanted: dict[int | str, None] = dict.fromkeys(desired.versions | desired.labels.keys() if desired else ())
        leaving: set[int | str] = set()
        for thing in listed.versions | listed.labels.keys():
            if thing in wanted:
                self._unwanted_since.pop((name, thing), None)
            elif now - self._unwanted_since.setdefault((name, thing), now) < self.options.linger_seconds:
                leaving.add(thing)
        self._note_failures(name, listed, versions or {}, now)
        known = listed.versions | (desired.versions if desired else frozenset())
        return Facts(
            present=self.puller.present(name),
            available={number for number, version in (versions or {}).items() if version.is_available},
            failed={v for v in known if self._load_backoff.must_wait(ModelVersion(name, v), now)},
            leaving_versions={thing for thing in leaving if isinstance(thing, int)},
            leaving_labels={thing for thing in leaving if isinstance(thing, str)},
        )

    def _note_failures(self, name: str, listed: Listed, versions: Mapping[int, Version], now: float) -> None:
        for number, version in versions.items():
            which = ModelVersion(name, number)
            if version.is_available:
                self._load_backoff.forget(which)
                continue
            since = self._listed_since.setdefault(which, now) if number in listed.versions else now
            may_be_old = now - since < self.options.load_grace_seconds
            if version.has_failed and not may_be_old and not self._load_backoff.must_wait(which, now):
                seconds = self._load_backoff.failed(which, now)
                self.metrics.load_failure(name)
                log.error("The model server cannot load %s, next try in %.0f s: %s", which, seconds, version.error)

    # === What follows ===

    def _write(self, new: Listing, listed: Listing, now: float) -> None:
        if new == listed and self.options.config.exists():
            return
        listing.write(self.options.config, listing.to_text(new, self.options.models.absolute()))
        for name in new.keys() | listed.keys():
            entry, before = new.get(name, Listed()), listed.get(name, Listed())
            if entry != before:
                log.info("Listed %s: %s", name, _describe(entry))
            for number in entry.versions ^ before.versions:
                which = ModelVersion(name, number)
                self._listed_since.pop(which, None)
                if number in entry.versions:
                    self._listed_since[which] = now

    def _tell(
        self,
        desired: DesiredState,
        new: Listing,
        served: Mapping[str, Mapping[int, Version]] | None,
        now: float,
    ) -> None:
        answering = self._answering(desired) if served is not None else {}
        self._tell_ready(all(_is_answered(answering.get((name, STABLE)), new.get(name)) for name in desired))
        self.metrics.states(_version_states(served or {}, answering))
        for name in self._lagging_since.keys() - desired.keys():
            del self._lagging_since[name]
            self.metrics.forget(name)
        for name, model in desired.items():
            available = {number for number, version in (served or {}).get(name, {}).items() if version.is_available}
            labelled = all(answering.get((name, label)) == version for label, version in model.labels.items())
            done = labelled and is_converged(model, new.get(name, Listed()), available)
            if done and name in self._lagging_since:
                log.info("%s is as desired, after %.1f s", name, now - self._lagging_since.pop(name))
            since = now if done else self._lagging_since.setdefault(name, now)
            self.metrics.lag(name, now - since)

    def _answering(self, desired: DesiredState) -> dict[tuple[str, str], int | None]:
        """Which version answers for each label of each model."""
        try:
            return {
                (name, label): self.serving.version_of(name, label)
                for name, model in desired.items()
                for label in model.labels
            }
        except ServerAway:
            return {}

    def _tell_ready(self, is_ready: bool) -> None:
        if is_ready != self.is_ready:
            log.info("Ready: every stable label answers" if is_ready else "Not ready")
        self.is_ready = is_ready
        self.metrics.ready(is_ready)

    def _collect(self, desired: DesiredState, new: Listing, served: Mapping[str, Mapping[int, Version]]) -> None:
        """Delete from disk what is neither desired, nor listed, nor in the server's memory."""
        for which in self.puller.on_disk():
            state = served.get(which.model, {}).get(which.version)
            if (
                which.model in served
                and which.version not in (desired[which.model].versions if which.model in desired else ())
                and which.version not in new.get(which.model, Listed()).versions
                and (state is None or state.is_gone)
            ):
                self.puller.remove(which)


def _is_answered(version: int | None, listed: Listed | None) -> bool:
    """Whether the version that `stable` stands for in models.config is the one that answers."""
    return version is not None and listed is not None and listed.labels.get(STABLE) == version


def _version_states(
    served: Mapping[str, Mapping[int, Version]], answering: Mapping[tuple[str, str], int | None]
) -> list[VersionState]:
    states = []
    for name, versions in served.items():
        for number, version in versions.items():
            labels = [label for (model, label), answers in answering.items() if (model, answers) == (name, number)]
            states += [VersionState(name, number, label, version.state) for label in labels or [""]]
    return states


def _summary(model: DesiredModel) -> str:
    labels = ", ".join(f"{label} {version}" for label, version in model.labels.items())
    return labels + (f", keep {list(model.keep)}" if model.keep else "")


def _describe(entry: Listed) -> str:
    labels = ", ".join(f"{label} -> {version}" for label, version in sorted(entry.labels.items()))
    return f"versions {sorted(entry.versions)}, labels {labels or 'none'}"
