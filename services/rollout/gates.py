"""What rolls a canary back whatever its readings are worth: errors, slowness, failed cards, known words misread.

Each has a quarter of `wrong_alarm`, and each is evidence.py's: it may be looked at after every card.
"""

import math

from services.rollout.evidence import Pairs, log_evidence_of_failures, log_evidence_of_harm
from services.rollout.observed import Counts, Golden
from services.rollout.policy import RolloutPolicy

ERRORS, LATENCY = "errors", "latency"
GATES = (ERRORS, LATENCY)  # measures of pairs
_GATES = 4


def alarm_of_pairs(counts: Counts, policy: RolloutPolicy) -> str:
    """Why the pairs forbid going on; empty if they do not."""
    errors, latency = (counts.pairs.get(gate, Pairs()) for gate in GATES)
    if log_evidence_of_harm(errors) >= _needed(policy):
        return (
            f"the canary alone failed on {errors.worse} cards of {errors.total}, the stable version on {errors.better}"
        )
    if log_evidence_of_harm(latency) >= _needed(policy):
        return f"slower: on {latency.worse} cards of {latency.total} it took a quarter longer or more"
    return ""


def alarm_of_cards(counts: Counts, traffic: float, policy: RolloutPolicy) -> str:
    """Why the cards that the canary answers for users forbid going on; empty if they do not.

    Args:
        traffic: percent of cards.
    """
    if not 0 < traffic < 100:
        return ""
    failed, others = counts.canary_failures, counts.stable_failures
    if log_evidence_of_failures(failed, others, traffic / 100) >= _needed(policy):
        return f"{failed} cards of the canary's {traffic:g} % failed, and {others} of all others"
    return ""


def alarm_of_golden(golden: Golden, policy: RolloutPolicy) -> str:
    """Why the golden set forbids going on; empty if it does not."""
    if golden.problem:
        return golden.problem
    if log_evidence_of_harm(golden.pairs) >= _needed(policy):
        words, pairs = golden.pairs.total, golden.pairs
        return f"of {words} known words it alone misread {pairs.worse}, and the stable version alone {pairs.better}"
    return ""


def _needed(policy: RolloutPolicy) -> float:
    return math.log(_GATES / policy.wrong_alarm)
