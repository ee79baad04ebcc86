"""Since when things have been so, and when to try again: all that the agent keeps in memory only.

Lost when the agent dies; then it waits once more, and nothing is done too early.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field

from services.desired import DesiredModel
from services.serving.agent.backoff import Backoff
from services.serving.agent.listing import Listed
from services.serving.agent.puller import ModelVersion
from services.serving.agent.tf_serving import Version

Thing = int | str  # a version or a label


@dataclass
class Patience:
    """Times are those of the agent's clock, in seconds.

    Args:
        linger_seconds: how long a version and its label stay after they have gone from the desired
            state; longer than any client takes to notice.
        load_grace_seconds: how long after a version was listed its old failure is not held against
            it; longer than TensorFlow Serving takes to read models.config again.
    """

    linger_seconds: float
    load_grace_seconds: float
    _unwanted_since: dict[tuple[str, Thing], float] = field(default_factory=dict)
    _listed_since: dict[ModelVersion, float] = field(default_factory=dict)
    _load_backoff: Backoff[ModelVersion] = field(default_factory=Backoff)

    def leaving(self, name: str, desired: DesiredModel | None, listed: Listed, now: float) -> Set[Thing]:
        """Versions and labels of a model that are not desired any more, and may not be dropped yet."""
        things: Set[Thing] = listed.versions | listed.labels.keys()
        wanted: Set[Thing] = desired.versions | desired.labels.keys() if desired else frozenset()
        for known in [key for key in self._unwanted_since if key[0] == name]:
            if known[1] in wanted or known[1] not in things:
                del self._unwanted_since[known]
        since = {thing: self._unwanted_since.setdefault((name, thing), now) for thing in things - wanted}
        return {thing for thing, when in since.items() if now - when < self.linger_seconds}

    def listed(self, name: str, before: Listed, after: Listed, now: float) -> None:
        """Note what has been listed or taken off."""
        for number in before.versions ^ after.versions:
            self._listed_since.pop(ModelVersion(name, number), None)
            if number in after.versions:
                self._listed_since[ModelVersion(name, number)] = now

    def new_failures(
        self, name: str, listed: Listed, versions: Mapping[int, Version], now: float
    ) -> dict[ModelVersion, float]:
        """Versions that could not be loaded since we looked last, and for how many seconds not to try them."""
        found = {}
        for number, version in versions.items():
            which = ModelVersion(name, number)
            if version.is_available:
                self._load_backoff.forget(which)
            elif version.has_failed and number in listed.versions:
                may_be_old = now - self._listed_since.setdefault(which, now) < self.load_grace_seconds
                if not may_be_old and not self._load_backoff.must_wait(which, now):
                    found[which] = self._load_backoff.failed(which, now)
        return found

    def must_wait(self, version: ModelVersion, now: float) -> bool:
        """Whether loading it failed, and it is too early to try again."""
        return self._load_backoff.must_wait(version, now)

    def forgive(self, version: ModelVersion) -> None:
        """A person asks for it anew: try it at once, however often it failed before."""
        self._load_backoff.forget(version)
