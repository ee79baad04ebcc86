"""How often the canary's verdict is wrong, and how many cards it takes, by simulation.

Each canary is drawn with a true share of cards that it alone misreads and one that the stable
version alone misreads, by one of the measures; it is judged after every 25 cards, until there is a verdict.
"""

import argparse
import re
import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.report import Report, table
from models.oracles import MEASURES
from services.rollout.evidence import Pairs
from services.rollout.verdict import Decision, Policy, judge

LOOK_EVERY = 25


@dataclass(frozen=True)
class Canary:
    """What is true of one, by one measure; by the others it is equal, with the same discordance."""

    name: str
    worse: float  # share of cards that only it misreads
    better: float  # share of cards that only the stable version misreads


CANARIES = (
    Canary("the same version (A/A)", 0.0, 0.0),
    Canary("equal, 1 % of cards differ", 0.005, 0.005),
    Canary("equal, 4 % of cards differ", 0.02, 0.02),
    Canary("2 % better", 0.005, 0.025),
    Canary("0.5 % worse (half the margin)", 0.01, 0.005),
    Canary("1 % worse (the margin)", 0.015, 0.005),
    Canary("2 % worse", 0.025, 0.005),
    Canary("3 % worse", 0.035, 0.005),
    Canary("10 % worse", 0.11, 0.01),
)


@dataclass(frozen=True)
class Outcome:
    """Of one simulated canary."""

    decision: Decision
    conclusive: bool
    pairs: int


def main() -> int:
    """Print the table and the bars; the exit status is 1 where one is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="write the figures there, too")
    parser.add_argument("--quick", action="store_true", help="40 canaries of each kind; shows that it runs")
    arguments = parser.parse_args()
    runs, policy = 40 if arguments.quick else 1000, Policy()
    report = Report("rollout", runs=runs, policy=vars(policy), look_every=LOOK_EVERY, measures=len(MEASURES))
    outcomes = {canary: list(_simulated(canary, runs, policy)) for canary in CANARIES}
    table(
        f"{runs} canaries of each kind, margin {policy.margin:.1%}, judged by {len(MEASURES)} measures together",
        ("canary", "promoted", "rolled back as worse", "inconclusive, rolled back", "cards: median", "95 %"),
        (_row(canary, found) for canary, found in outcomes.items()),
    )
    for canary, found in outcomes.items():
        report.figure(canary.name, {"promoted": _promoted(found), "called_worse": _called_worse(found)})
        name = re.sub(r"\W+", "_", canary.name).strip("_").lower()
        if canary.worse - canary.better > policy.margin - 1e-9:  # at the margin, too, whatever its last digit is
            report.bar(f"rollout_promoted_{name}", _promoted(found), "<=", policy.wrong_promotion)
        elif canary.worse <= canary.better:
            report.bar(f"rollout_rolled_back_{name}", _called_worse(found), "<=", policy.wrong_rollback)
    return report.finish(arguments.json)


def _simulated(canary: Canary, runs: int, policy: Policy) -> Iterator[Outcome]:
    chance = np.random.default_rng(20_261_122)
    for _ in range(runs):
        yield _one(canary, chance, policy)


def _one(canary: Canary, chance: np.random.Generator, policy: Policy) -> Outcome:
    discordant = canary.worse + canary.better
    shares = [(1 - discordant, canary.worse, canary.better)]
    shares += [(1 - discordant, discordant / 2, discordant / 2)] * (len(MEASURES) - 1)
    measured = {name: Pairs() for name in MEASURES}
    while True:
        for name, share in zip(MEASURES, shares, strict=True):
            measured[name] += Pairs(*map(int, chance.multinomial(LOOK_EVERY, share)))
        verdict = judge(measured, policy)
        if verdict.decision is not Decision.CONTINUE:
            conclusive = not verdict.reason.startswith("inconclusive")
            return Outcome(verdict.decision, conclusive, measured[MEASURES[0]].total)


def _row(canary: Canary, found: list[Outcome]) -> list[object]:
    cards = sorted(outcome.pairs for outcome in found)
    inconclusive = sum(not outcome.conclusive for outcome in found) / len(found)
    shares = (f"{share:.1%}" for share in (_promoted(found), _called_worse(found), inconclusive))
    return [canary.name, *shares, statistics.median(cards), cards[int(0.95 * len(cards))]]


def _promoted(found: list[Outcome]) -> float:
    return sum(outcome.decision is Decision.PROMOTE for outcome in found) / len(found)


def _called_worse(found: list[Outcome]) -> float:
    return sum(outcome.decision is Decision.ROLLBACK and outcome.conclusive for outcome in found) / len(found)


if __name__ == "__main__":
    sys.exit(main())
