"""Verdicts on counts, and on canaries drawn at random."""

import numpy as np
import pytest

from services.rollout.evidence import Pairs
from services.rollout.verdict import Decision, Policy, judge

POLICY = Policy()


def test_an_equal_canary_is_promoted():
    verdict = judge({"checks": Pairs(same=2960, worse=20, better=20)}, POLICY)
    assert (verdict.decision, verdict.reason) == (
        Decision.PROMOTE,
        "worse by less than 1.0% of the cards in all that is judged",
    )


def test_a_worse_one_is_rolled_back_by_the_measure_that_shows_it():
    good, bad = Pairs(same=3000), Pairs(same=960, worse=35, better=5)
    verdict = judge({"checks": good, "addresses": bad}, POLICY)
    assert verdict.decision is Decision.ROLLBACK
    assert verdict.reason == (
        "worse by addresses: the canary alone was wrong on 35 cards of 1000, the stable version on 5"
    )


def test_a_measure_without_pairs_holds_back_a_promotion():
    assert judge({"checks": Pairs(same=5000), "addresses": Pairs()}, POLICY).decision is Decision.CONTINUE


def test_none_is_promoted_before_the_least_number_of_pairs():
    clear = {"checks": Pairs(same=1000, better=200)}
    assert judge(clear, Policy(least_pairs=1201)).decision is Decision.CONTINUE
    assert judge(clear, Policy(least_pairs=1200)).decision is Decision.PROMOTE


def test_a_doubtful_one_is_rolled_back_in_the_end_and_the_reason_says_so():
    doubtful = {"checks": Pairs(same=9000, worse=530, better=470)}
    assert judge(doubtful, POLICY).decision is Decision.CONTINUE
    verdict = judge(doubtful, Policy(most_pairs=10_000))
    assert verdict.decision is Decision.ROLLBACK
    assert verdict.reason.startswith("inconclusive after 10000 pairs: whether it is no worse by checks")


def test_findings_say_how_near_a_decision_is():
    (finding,) = judge({"checks": Pairs(same=500, worse=5, better=5)}, POLICY).findings
    assert finding.measure == "checks"
    assert finding.of_harm < 0 < finding.of_no_harm < 1


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"margin": 0}, "margin"),
        ({"wrong_promotion": 1}, "wrong_promotion"),
        ({"wrong_rollback": -1}, "wrong_rollback"),
        ({"least_pairs": 5, "most_pairs": 4}, "least_pairs"),
    ],
)
def test_a_policy_that_cannot_be_meant_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        Policy(**wrong)


def test_nothing_measured_is_no_ground_for_a_verdict():
    with pytest.raises(ValueError, match="at least one measure"):
        judge({}, POLICY)


@pytest.mark.parametrize(
    ("worse", "better", "wrong", "at_most"),
    [
        (0.01, 0.01, Decision.ROLLBACK, 0.05),  # equal: an A/A run with noise
        (0.005, 0.02, Decision.ROLLBACK, 0.05),  # better
        (0.035, 0.005, Decision.PROMOTE, 0.01),  # 3 % of the cards worse
        (0.02, 0.01, Decision.PROMOTE, 0.01),  # worse by just the margin
    ],
)
def test_looking_after_every_25_cards_is_wrong_no_more_often_than_the_policy_says(worse, better, wrong, at_most):
    """200 canaries each; the bound is the policy's plus three standard deviations of so few."""
    chance = np.random.default_rng(20_261_122)
    decisions = [_decide(chance, worse, better) for _ in range(200)]
    limit = at_most + 3 * (at_most * (1 - at_most) / 200) ** 0.5
    assert decisions.count(wrong) / 200 <= limit


def _decide(chance, worse, better):
    pairs = Pairs()
    while True:
        same_count, worse_count, better_count = map(int, chance.multinomial(25, (1 - worse - better, worse, better)))
        pairs += Pairs(same_count, worse_count, better_count)
        verdict = judge({"checks": pairs}, POLICY)
        if verdict.decision is not Decision.CONTINUE:
            return verdict.decision if "inconclusive" not in verdict.reason else None
