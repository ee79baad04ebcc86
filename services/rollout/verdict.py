"""What to do with a canary, by the evidence so far. Pure functions."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from services.rollout.evidence import Pairs, log_evidence_of_harm, log_evidence_of_no_harm


class Decision(StrEnum):
    """PROMOTE and ROLLBACK are final; CONTINUE asks for more pairs."""

    PROMOTE = "promote"
    ROLLBACK = "rollback"
    CONTINUE = "continue"


@dataclass(frozen=True)
class Policy:
    """How much worse a canary may be, and how often we may be wrong.

    Args:
        margin: share of cards by which a canary may be worse and still be promoted.
        wrong_promotion: the greatest probability that one is promoted that is worse by `margin` or more.
        wrong_rollback: the greatest probability that one is rolled back that is no worse in anything that is judged.
        least_pairs: none is promoted before this many, however clear the evidence is.
        most_pairs: of which the evidence does not say that it is no worse is rolled back after this many.

    Raises:
        ValueError: a number that cannot be meant.
    """

    margin: float = 0.01
    wrong_promotion: float = 0.01
    wrong_rollback: float = 0.05
    least_pairs: int = 300
    most_pairs: int = 20_000

    def __post_init__(self) -> None:
        """Check each number."""
        for name in ("margin", "wrong_promotion", "wrong_rollback"):
            if not 0 < getattr(self, name) < 1:
                raise ValueError(f"{name} must be between 0 and 1, not {getattr(self, name)}")
        if not 0 <= self.least_pairs <= self.most_pairs:
            raise ValueError(f"least_pairs {self.least_pairs} must lie between 0 and most_pairs {self.most_pairs}")


@dataclass(frozen=True)
class Finding:
    """Of one measure. Evidence is a share of what is needed: at 1 it suffices."""

    measure: str
    pairs: Pairs
    of_harm: float
    of_no_harm: float


@dataclass(frozen=True)
class Verdict:
    """A decision, the sentence that gives its reason, and what it is based on."""

    decision: Decision
    reason: str
    findings: tuple[Finding, ...]


def judge(measured: Mapping[str, Pairs], policy: Policy) -> Verdict:
    """The verdict on a canary whose pairs came out so by each measure.

    It may be asked for after every pair: see evidence.py. One measure with evidence of harm is
    enough to roll back, and each measure has its part of `wrong_rollback`; to promote, all must have
    evidence of no harm, so that none needs a part of `wrong_promotion`.

    Raises:
        ValueError: nothing is measured.
    """
    if not measured:
        raise ValueError("a canary cannot be judged by nothing: name at least one measure")
    findings = tuple(_finding(name, pairs, policy, len(measured)) for name, pairs in measured.items())
    fewest = min(finding.pairs.total for finding in findings)
    for finding in findings:
        if finding.of_harm >= 1:
            return Verdict(Decision.ROLLBACK, f"worse by {finding.measure}: {_counts(finding.pairs)}", findings)
    doubtful = [finding for finding in findings if finding.of_no_harm < 1]
    if not doubtful and fewest >= policy.least_pairs:
        reason = f"worse by less than {policy.margin:.1%} of the cards in all that is judged"
        return Verdict(Decision.PROMOTE, reason, findings)
    if fewest >= policy.most_pairs:
        names = ", ".join(finding.measure for finding in doubtful)
        reason = f"inconclusive after {fewest} pairs: whether it is no worse by {names} is not certain enough"
        return Verdict(Decision.ROLLBACK, reason, findings)
    return Verdict(Decision.CONTINUE, f"{fewest} pairs so far", findings)


def _finding(measure: str, pairs: Pairs, policy: Policy, measures: int) -> Finding:
    return Finding(
        measure,
        pairs,
        of_harm=log_evidence_of_harm(pairs) / math.log(measures / policy.wrong_rollback),
        of_no_harm=log_evidence_of_no_harm(pairs, policy.margin) / math.log(1 / policy.wrong_promotion),
    )


def _counts(pairs: Pairs) -> str:
    return f"the canary alone was wrong on {pairs.worse} cards of {pairs.total}, the stable version on {pairs.better}"
