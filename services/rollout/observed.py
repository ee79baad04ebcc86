"""What the controller sees of the world. None in its place: it could not be seen now, so nothing follows from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.rollout.evidence import Pairs


@dataclass(frozen=True)
class Fleet:
    """The model servers. `ready`: how many answer `stable` and, while there is one, `canary` with the versions desired.

    `failure`: why one of them could not load the canary; empty if none has said so.
    """

    replicas: int
    ready: int
    failure: str = ""

    @property
    def is_ready(self) -> bool:
        return 0 < self.replicas == self.ready


@dataclass(frozen=True)
class Counts:
    """Of the API. `pairs`: by measure, since the shadow began; the others since the phase began."""

    pairs: Mapping[str, Pairs] = field(default_factory=dict)
    cards: int = 0  # answered by the canary
    canary_failures: int = 0
    stable_failures: int = 0


@dataclass(frozen=True)
class Golden:
    """Both versions' readings of words whose truth is known; `problem`: why the canary cannot be compared at all."""

    pairs: Pairs = field(default_factory=Pairs)
    problem: str = ""


@dataclass(frozen=True)
class Observed:
    """At `now`, seconds since 1970.

    `against`: what the model store says against the canary; empty for nothing.
    `reach_seconds`: how long what is written may take to reach every model server; what they say before may be old.
    """

    now: float
    fleet: Fleet | None = None
    counts: Counts | None = None
    golden: Golden | None = None
    against: str | None = None
    reach_seconds: float = 5.0
