"""How far a rollout is: a document beside the desired state, so that a controller may die at any line.

rollouts:
  reader: {stable: 1, canary: 2, phase: shadow, since: "2026-11-22T19:30:00.000Z", policy: {...}, ...}
history:
  - {at: "2026-11-22T19:28:00.000Z", model: reader, who: ann, what: start, why: "Reader 2 against 1"}
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import yaml

from services.desired import DesiredModel
from services.rollout.evidence import Pairs
from services.rollout.policy import BadPolicy, RolloutPolicy

HISTORY = 200  # lines kept


class BadRolloutState(ValueError):
    """The document cannot be used. `code` is stable; the message says what to do."""

    code = "bad_rollout_state"


class Phase(StrEnum):
    """In their order; the last four are ends."""

    CHECK = "check"
    LOAD = "load"
    GOLDEN = "golden"
    SHADOW = "shadow"
    SHARE = "share"
    LINGER = "linger"
    PROMOTED = "promoted"
    ROLLED_BACK = "rolled_back"
    ABORTED = "aborted"
    OVERTAKEN = "overtaken"

    @property
    def is_end(self) -> bool:
        return self in (Phase.PROMOTED, Phase.ROLLED_BACK, Phase.ABORTED, Phase.OVERTAKEN)


@dataclass(frozen=True)
class Event:
    """Who did what and why; `at` in seconds since 1970."""

    at: float
    model: str
    who: str
    what: str
    why: str


@dataclass(frozen=True)
class Progress:
    """What was seen last, for people; nothing is decided by it."""

    pairs: Mapping[str, Pairs] = field(default_factory=dict)
    replicas: int = 0
    replicas_ready: int = 0
    cards: int = 0  # answered by the canary in this step
    waiting_for: str = ""


@dataclass(frozen=True)
class Rollout:
    """Of one model.

    Args:
        before: what was desired when it began.
        written: what was desired when the phase began, or what the phase wants once that has been seen. Anything
            else was desired by somebody else.
        since: when the phase began, or was resumed. pairs_since: when the shadow began. Seconds since 1970.
        reason: of the phase.
        is_settled: it has ended, and what it wanted has been desired.
    """

    model: str
    before: DesiredModel
    canary: int
    policy: RolloutPolicy
    written: DesiredModel
    since: float
    phase: Phase = Phase.CHECK
    step: int = 0
    pairs_since: float = 0.0
    reason: str = ""
    is_paused: bool = False
    is_settled: bool = False
    progress: Progress = field(default_factory=Progress)

    @property
    def stable(self) -> int:
        return self.before.stable


@dataclass(frozen=True)
class RolloutState:
    """The document."""

    rollouts: Mapping[str, Rollout] = field(default_factory=dict)
    history: tuple[Event, ...] = ()

    def having(self, rollout: Rollout, *events: Event) -> "RolloutState":
        """With a rollout replaced and events added; the oldest go."""
        rollouts = {**self.rollouts, rollout.model: rollout}
        return replace(self, rollouts=rollouts, history=(self.history + events)[-HISTORY:])


def to_text(state: RolloutState) -> str:
    """The document as YAML; what is read back from it is `state`, times to a millisecond."""
    document = {
        "rollouts": {name: _rollout_mapping(rollout) for name, rollout in state.rollouts.items()},
        "history": [{**asdict(event), "at": to_iso(event.at)} for event in state.history],
    }
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120)


def parse(text: str) -> RolloutState:
    """The document; an empty one is of nothing.

    Raises:
        BadRolloutState: it was not written by us.
    """
    try:
        document = yaml.safe_load(text) or {}
        rollouts = {name: _rollout(name, entry) for name, entry in document.get("rollouts", {}).items()}
        history = tuple(Event(**{**line, "at": _from_iso(line["at"])}) for line in document.get("history", ()))
    except (yaml.YAMLError, AttributeError, KeyError, TypeError, ValueError, BadPolicy) as error:
        what = " ".join(str(error).split())
        raise BadRolloutState(
            f"the state of the rollouts cannot be read ({what}): take it away to start anew"
        ) from error
    return RolloutState(rollouts, history)


def to_iso(at: float) -> str:
    """Seconds since 1970 -> UTC as in RFC 3339."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _from_iso(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _rollout_mapping(rollout: Rollout) -> dict[str, Any]:
    return {
        **{name: getattr(rollout, name) for name in ("canary", "step", "reason", "is_paused", "is_settled")},
        "phase": str(rollout.phase),
        "since": to_iso(rollout.since),
        "pairs_since": to_iso(rollout.pairs_since),
        "before": _desired_mapping(rollout.before),
        "written": _desired_mapping(rollout.written),
        "policy": rollout.policy.to_mapping(),
        "progress": asdict(rollout.progress),
    }


def _rollout(name: str, entry: Mapping[str, Any]) -> Rollout:
    progress = entry["progress"]
    pairs = {measure: Pairs(**counts) for measure, counts in progress["pairs"].items()}
    return Rollout(
        **{
            **entry,
            "model": name,
            "phase": Phase(entry["phase"]),
            "since": _from_iso(entry["since"]),
            "pairs_since": _from_iso(entry["pairs_since"]),
            "before": _desired(entry["before"]),
            "written": _desired(entry["written"]),
            "policy": RolloutPolicy.of(entry["policy"]),
            "progress": Progress(**{**progress, "pairs": pairs}),
        }
    )


def _desired_mapping(model: DesiredModel) -> dict[str, Any]:
    return {**asdict(model), "keep": list(model.keep)}


def _desired(entry: Mapping[str, Any]) -> DesiredModel:
    return DesiredModel(**{**entry, "keep": tuple(entry["keep"])})
