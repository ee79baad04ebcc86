"""One safe step of a rollout: what is so, what is seen -> what should be so. Pure functions.

A rollout only says what should be desired in its phase (`desired_by`). A phase begins by being written
down, and only then is the desired state written; so whoever dies in between leaves what the next look
goes on with. A desired state that is neither what the phase wants nor what was there before it began was
written by somebody else, whose will is done: the rollout ends and touches nothing any more.
"""

from dataclasses import dataclass, replace

from services.desired import DesiredModel
from services.rollout.evidence import Pairs
from services.rollout.gates import GATES, alarm_of_cards, alarm_of_golden, alarm_of_pairs
from services.rollout.observed import Counts, Observed
from services.rollout.policy import RolloutPolicy
from services.rollout.state import Event, Phase, Rollout
from services.rollout.verdict import Decision, Verdict, judge

CONTROLLER = "controller"
READER = "reader"


class CannotDo(Exception):
    """A person asked for what is not possible now; the message says why, and what is."""


@dataclass(frozen=True)
class Person:
    """Who wants something, and why."""

    name: str
    why: str = ""


def desired_by(rollout: Rollout) -> DesiredModel:
    """What should be desired of the model in this phase."""
    before, stable, canary = rollout.before, rollout.stable, rollout.canary
    others = tuple(version for version in before.keep if version != canary)
    shadow = rollout.policy.shadow
    match rollout.phase:
        case Phase.CHECK:
            return before
        case Phase.LOAD | Phase.GOLDEN:
            return DesiredModel(stable, canary, keep=others)
        case Phase.SHADOW:
            return DesiredModel(stable, canary, shadow=shadow, keep=others)
        case Phase.SHARE:
            return DesiredModel(stable, canary, rollout.policy.shares[rollout.step], shadow, others)
        case Phase.LINGER:
            return DesiredModel(canary, keep=(*others, stable))
        case Phase.PROMOTED:
            return DesiredModel(canary, keep=others)
        case _:
            return DesiredModel(stable, keep=before.keep)


def may_write(rollout: Rollout, desired: DesiredModel | None) -> bool:
    """Whether what is desired of the model now is the rollout's own, and no other's will.

    Whoever ends a rollout may have read the desired state just before its former phase wrote there: going back
    undoes whatever lets this canary answer, so that none is left behind that nobody watches.
    """
    if desired in (desired_by(rollout), rollout.written):
        return True
    if desired is None or rollout.phase not in (Phase.ABORTED, Phase.ROLLED_BACK):
        return False
    is_tried = (desired.stable, desired.canary) == (rollout.stable, rollout.canary)
    return is_tried or desired == desired_by(replace(rollout, phase=Phase.LINGER))


# === What a person can do ===


def start(model: str, desired: DesiredModel, version: int, policy: RolloutPolicy, now: float) -> Rollout:
    """A rollout of `version`, to be written down.

    Raises:
        CannotDo: it is not the Reader's, serves already, or there is another canary.
    """
    if model != READER:
        raise CannotDo(f"only the {READER} can be rolled out by evidence: nothing tells how well {model} works")
    if version == desired.stable:
        raise CannotDo(f"{model} {version} is stable already")
    if desired.canary is not None:
        raise CannotDo(f"{model} has a canary already, version {desired.canary}: abort its rollout, or take it away")
    return Rollout(model, desired, version, policy, desired, now, reason=f"version {version} against {desired.stable}")


def paused(rollout: Rollout) -> Rollout:
    """It takes no step forward until it is resumed; alarms still roll it back."""
    _must_be_under_way(rollout)
    return replace(rollout, is_paused=True)


def resumed(rollout: Rollout, now: float) -> Rollout:
    """It goes on; the time of the phase begins anew."""
    _must_be_under_way(rollout)
    return replace(rollout, is_paused=False, since=now)


def promoted(rollout: Rollout, desired: DesiredModel, person: Person, now: float) -> Rollout:
    """The canary becomes stable now, whatever the evidence.

    Raises:
        CannotDo: it has ended or is promoted, its canary is not known to serve everywhere, or the controller is
            about to write what the phase wants.
    """
    _must_be_under_way(rollout, desired)
    if rollout.phase is Phase.LINGER:
        raise CannotDo(f"{rollout.model} {rollout.canary} is promoted already")
    if rollout.phase in (Phase.CHECK, Phase.LOAD):
        raise CannotDo(f"{rollout.model} {rollout.canary} does not serve everywhere yet: wait for the phase `golden`")
    if desired != desired_by(rollout):
        raise CannotDo(f"{rollout.model} {rollout.canary} is between two phases: try again in a few seconds")
    return _enter(rollout, desired, Phase.LINGER, person.why or f"promoted by {person.name}", now)


def aborted(rollout: Rollout, desired: DesiredModel, person: Person, now: float) -> Rollout:
    """Back to what was stable before: it is loaded still, so that this takes no longer than to be seen.

    Raises:
        CannotDo: it has ended.
    """
    _must_be_under_way(rollout, desired)
    return _enter(rollout, desired, Phase.ABORTED, person.why or f"aborted by {person.name}", now)


def _must_be_under_way(rollout: Rollout, desired: DesiredModel | None = None) -> None:
    if rollout.phase.is_end:
        raise CannotDo(f"the rollout of {rollout.model} {rollout.canary} has ended: {rollout.phase}")
    if desired is not None and not may_write(rollout, desired):
        raise CannotDo(f"the desired state of {rollout.model} was changed by hand: change it by hand again")


# === What the controller does ===


def step(rollout: Rollout, desired: DesiredModel | None, seen: Observed) -> Rollout:
    """The rollout after one look.

    Args:
        desired: what is desired of the model now; None if the desired state does not name it any more.
    """
    if rollout.is_settled:
        return rollout
    if not may_write(rollout, desired):
        return _left_to_others(rollout, desired, seen.now)
    if desired == desired_by(rollout):
        rollout = replace(rollout, written=desired, is_settled=rollout.phase.is_end)
    if rollout.phase.is_end or desired is None:
        return rollout
    rollout = _told(rollout, seen)
    back = _why_back(rollout, seen)
    if back:
        return _enter(rollout, desired, Phase.ROLLED_BACK, back, seen.now)
    if rollout.is_paused or desired != desired_by(rollout):
        return rollout
    return _forward(rollout, desired, seen)


def events(before: Rollout, after: Rollout, now: float, who: str = CONTROLLER) -> tuple[Event, ...]:
    """What is to be told of a step: nothing, or its phase."""
    if (before.phase, before.step) == (after.phase, after.step):
        return ()
    return (Event(now, after.model, who, what_of(after), after.reason),)


def what_of(rollout: Rollout) -> str:
    """The phase in a word or two."""
    return f"share {rollout.policy.shares[rollout.step]:g} %" if rollout.phase is Phase.SHARE else str(rollout.phase)


def verdict_of(rollout: Rollout, counts: Counts) -> Verdict:
    """On its readings so far."""
    measured = {measure: counts.pairs.get(measure, Pairs()) for measure in rollout.policy.measures}
    return judge(measured, rollout.policy.verdict)


def _left_to_others(rollout: Rollout, desired: DesiredModel | None, now: float) -> Rollout:
    taken_away = (
        rollout.phase is not Phase.CHECK
        and desired is not None
        and desired.stable == rollout.stable
        and desired.canary is None
    )
    phase = Phase.ABORTED if taken_away else Phase.OVERTAKEN
    reason = "the desired state was changed by hand: " + ("the canary is gone" if taken_away else f"now {desired}")
    return replace(rollout, phase=phase, reason=reason, since=now, is_settled=True)


def _why_back(rollout: Rollout, seen: Observed) -> str:
    """Why the canary is to go; empty if it may stay."""
    policy, fleet, counts = rollout.policy, seen.fleet, seen.counts
    age = 0.0 if rollout.is_paused else seen.now - rollout.since
    match rollout.phase:
        case Phase.CHECK | Phase.LOAD | Phase.GOLDEN:
            if rollout.phase is Phase.CHECK and seen.against:
                return seen.against
            # A model server tells of a load that failed until the version is loaded again: it may be an old one.
            if fleet is not None and fleet.failure and age > seen.reach_seconds:
                return f"a model server could not load it: {fleet.failure}"
            if seen.golden is not None and (alarm := alarm_of_golden(seen.golden, policy)):
                return alarm
            if age > policy.load_seconds:
                return f"not ready after {policy.load_seconds:g} s: {rollout.progress.waiting_for}"
        case Phase.SHADOW | Phase.SHARE:
            if counts is not None and (alarm := _alarm(rollout, counts)):
                return alarm
            if age > policy.limit_seconds:
                return f"undecided after {policy.limit_seconds:g} s: {rollout.progress.waiting_for}"
    return ""


def _alarm(rollout: Rollout, counts: Counts) -> str:
    traffic = desired_by(rollout).traffic
    alarm = alarm_of_pairs(counts, rollout.policy) or alarm_of_cards(counts, traffic, rollout.policy)
    if alarm:
        return alarm
    verdict = verdict_of(rollout, counts)
    # Once enough speaks for it, more pairs than the most that were allowed are no reason to go back.
    is_worse = any(finding.of_harm >= 1 for finding in verdict.findings)
    in_doubt = rollout.phase is Phase.SHADOW and verdict.decision is Decision.ROLLBACK
    return verdict.reason if is_worse or in_doubt else ""


def _forward(rollout: Rollout, desired: DesiredModel, seen: Observed) -> Rollout:
    """The next phase, if this one's work is done."""
    if rollout.progress.waiting_for:
        return rollout
    shares = rollout.policy.shares
    match rollout.phase:
        case Phase.CHECK:
            return _enter(rollout, desired, Phase.LOAD, "nothing in the model store is against it", seen.now)
        case Phase.LOAD:
            return _enter(rollout, desired, Phase.GOLDEN, "every model server has it", seen.now)
        case Phase.GOLDEN:
            entered = _enter(rollout, desired, Phase.SHADOW, "the golden set is read no worse", seen.now)
            return replace(entered, pairs_since=seen.now)
        case Phase.SHADOW if shares:
            reason = rollout.reason if seen.counts is None else verdict_of(rollout, seen.counts).reason
            return replace(_enter(rollout, desired, Phase.SHARE, reason, seen.now), step=0)
        case Phase.SHARE if rollout.step + 1 < len(shares):
            entered = _enter(rollout, desired, Phase.SHARE, f"nothing wrong at {shares[rollout.step]:g} %", seen.now)
            return replace(entered, step=rollout.step + 1)
        case Phase.SHADOW | Phase.SHARE:
            return _enter(rollout, desired, Phase.LINGER, "no worse in all that is judged", seen.now)
        case _:
            return _enter(rollout, desired, Phase.PROMOTED, "the former version is no longer needed", seen.now)


def _enter(rollout: Rollout, desired: DesiredModel, phase: Phase, reason: str, now: float) -> Rollout:
    return replace(rollout, phase=phase, reason=reason, since=now, written=desired)


def _told(rollout: Rollout, seen: Observed) -> Rollout:
    """With what was seen, and what the phase waits for."""
    told, fleet, counts = rollout.progress, seen.fleet, seen.counts
    if fleet is not None:
        told = replace(told, replicas=fleet.replicas, replicas_ready=fleet.ready)
    if counts is not None:
        names = (*rollout.policy.measures, *GATES)
        told = replace(told, pairs={name: counts.pairs.get(name, Pairs()) for name in names}, cards=counts.cards)
    return replace(rollout, progress=replace(told, waiting_for=_waits_for(rollout, seen)))


def _waits_for(rollout: Rollout, seen: Observed) -> str:
    """What is missing for the next phase; empty if nothing is."""
    policy, fleet, left = rollout.policy, seen.fleet, 0.0
    if fleet is None:
        return "the model servers: none could be asked"
    if not fleet.is_ready:
        return f"the model servers: {fleet.ready} of {fleet.replicas} serve what is desired"
    if rollout.phase is Phase.CHECK and seen.against is None:
        return "the model store: it does not answer, or has no such golden set (the controller's log says more)"
    if rollout.phase is Phase.GOLDEN and seen.golden is None:
        return "the golden set: it could not be read"
    if rollout.phase in (Phase.SHADOW, Phase.SHARE) and seen.counts is None:
        return "the metrics: Prometheus does not answer"
    if rollout.phase is Phase.SHADOW and seen.counts is not None:
        verdict = verdict_of(rollout, seen.counts)
        return "" if verdict.decision is Decision.PROMOTE else f"evidence: {verdict.reason}"
    if rollout.phase is Phase.SHARE and seen.counts is not None and seen.counts.cards < policy.step_cards:
        return f"cards: {seen.counts.cards} of {policy.step_cards} in this step"
    if rollout.phase is Phase.SHARE:
        left = policy.step_seconds - (seen.now - rollout.since)
    if rollout.phase is Phase.LINGER:
        left = policy.linger_seconds - (seen.now - rollout.since)
    return f"time: {left:.0f} s more" if left > 0 else ""
