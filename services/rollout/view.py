"""Rollouts as a person sees them in a terminal."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from services.rollout import steps
from services.rollout.gates import GATES
from services.rollout.observed import Counts
from services.rollout.state import Event, Phase, Rollout, RolloutState, to_iso
from services.rollout.verdict import Finding

_STYLE = {Phase.PROMOTED: "green", Phase.ROLLED_BACK: "red", Phase.ABORTED: "yellow", Phase.OVERTAKEN: "yellow"}


def status(state: RolloutState, now: float) -> RenderableType:
    """Every rollout, under way or ended."""
    if not state.rollouts:
        return Text("There are no rollouts. Start one: fvi-ocr rollout start reader --version 2")
    return Group(*(part for rollout in state.rollouts.values() for part in _one(rollout, now)))


def history(events: Sequence[Event], model: str = "") -> Table:
    """Who did what and why, the oldest first; of one model, if it is named."""
    table = _table("", ("when", "model", "who", "what", "why"))
    for event in events:
        if model in ("", event.model):
            table.add_row(to_iso(event.at), event.model, event.who, event.what, event.why)
    return table


def plan(rollout: Rollout) -> Table:
    """What would happen, phase by phase."""
    policy = rollout.policy
    verdict, canary, stable = policy.verdict, rollout.canary, rollout.stable
    shares = " %, ".join(f"{share:g}" for share in policy.shares)
    table = _table(f"{rollout.model}: {stable} -> {canary}", ("phase", "what happens", "goes back if"))
    for row in (
        ("check", f"the store says what {canary} is", "it has another alphabet or signature, or is not there"),
        ("load", f"every model server loads {canary}", f"one cannot, or after {policy.load_seconds:g} s"),
        ("golden", f"{stable} and {canary} read words whose truth is known", f"{canary} misreads more, or fails"),
        (
            "shadow",
            f"both read {policy.shadow:g} % of the cards again, at least {verdict.least_pairs}; users get {stable}",
            f"{canary} is worse by {', '.join(policy.measures)}, fails more, is slower, or it is undecided after "
            f"{verdict.most_pairs} pairs or {policy.limit_seconds:g} s",
        ),
        (
            "share",
            f"{canary} answers {shares} % of the cards, each step {policy.step_seconds:g} s and "
            f"{policy.step_cards} of its cards or more",
            "as before, or more of its cards fail",
        ),
        ("linger", f"{canary} is stable; {stable} stays loaded for {policy.linger_seconds:g} s", "`abort` only"),
        ("promoted", f"{stable} is unloaded", ""),
    ):
        table.add_row(*row)
    return table


def _one(rollout: Rollout, now: float) -> list[RenderableType]:
    seen = rollout.progress
    head = Text(f"{rollout.model} {rollout.stable} -> {rollout.canary}: ", style="bold")
    head.append(steps.what_of(rollout), style=_STYLE.get(rollout.phase, "cyan"))
    head.append(f" for {_span(now - rollout.since)}{', paused' if rollout.is_paused else ''}")
    lines: list[RenderableType] = [head, Text(f"  because: {rollout.reason}")]
    if not rollout.phase.is_end:
        lines.append(Text(f"  waits for {seen.waiting_for or 'the next look'}"))
        lines.append(Text(f"  model servers: {seen.replicas_ready} of {seen.replicas}; canary's cards: {seen.cards}"))
    if any(pairs.total for pairs in seen.pairs.values()):
        lines.append(_evidence(rollout, now))
    return lines


def _evidence(rollout: Rollout, now: float) -> Table:
    table = _table("", ("measure", "pairs", "canary worse", "canary better", "worse by", "evidence", "time left"))
    pairs = rollout.progress.pairs
    for finding in steps.verdict_of(rollout, Counts(pairs)).findings:
        seen = finding.pairs
        table.add_row(
            finding.measure,
            str(seen.total),
            str(seen.worse),
            str(seen.better),
            f"{seen.harm:+.2%}",
            f"harm {_percent(finding.of_harm)}, no harm {_percent(finding.of_no_harm)}",
            _time_left(finding, rollout, now),
        )
    for gate in GATES:
        if gate in pairs:
            seen = pairs[gate]
            table.add_row(gate, str(seen.total), str(seen.worse), str(seen.better), "", "gate", "")
    return table


def _time_left(finding: Finding, rollout: Rollout, now: float) -> str:
    """Until there is enough evidence of no harm, if it goes on growing as it did."""
    if rollout.phase is not Phase.SHADOW or finding.of_no_harm <= 0:
        return ""
    least = rollout.policy.verdict.least_pairs / finding.pairs.total if finding.pairs.total else 0.0
    needed = max(1 / finding.of_no_harm, least)
    return _span((now - rollout.pairs_since) * (needed - 1)) if needed > 1 else "enough"


def _percent(share: float) -> str:
    return f"{max(0.0, share):.0%}"


def _span(seconds: float) -> str:
    seconds = max(0.0, seconds)
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def _table(title: str, headers: Sequence[str]) -> Table:
    table = Table(title=title or None, title_justify="left", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for header in headers:
        table.add_column(header, overflow="fold")
    return table
