"""Betting against a null: what an e-value must be, checked on counts small enough to sum over all of them."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.rollout.evidence import Pairs, log_evidence_of_harm, log_evidence_of_no_harm

counts = st.integers(0, 100_000)


def expected(evidence, worse, better, pairs):
    """The expectation of an e-value after this many independent pairs."""
    total = 0.0
    for same_count, worse_count in itertools.product(range(pairs + 1), repeat=2):
        better_count = pairs - same_count - worse_count
        if better_count < 0:
            continue
        ways = math.factorial(pairs) / math.prod(map(math.factorial, (same_count, worse_count, better_count)))
        chance = ways * (1 - worse - better) ** same_count * worse**worse_count * better**better_count
        total += chance * math.exp(evidence(Pairs(same_count, worse_count, better_count)))
    return total


@pytest.mark.parametrize(("worse", "better"), [(0.2, 0.2), (0.1, 0.3), (0.0, 0.5), (0.5, 0.5)])
def test_evidence_of_harm_is_expected_to_stay_at_one_without_harm(worse, better):
    assert expected(log_evidence_of_harm, worse, better, 12) <= 1 + 1e-9


@pytest.mark.parametrize(("worse", "better"), [(0.15, 0.05), (0.1, 0.0), (0.5, 0.4), (0.6, 0.1)])
def test_evidence_of_no_harm_is_expected_to_stay_at_one_with_harm_of_the_margin_or_more(worse, better):
    assert expected(lambda pairs: log_evidence_of_no_harm(pairs, 0.1), worse, better, 12) <= 1 + 1e-9


def test_a_fair_bet_is_expected_to_stay_at_exactly_one():
    assert expected(log_evidence_of_harm, 0.3, 0.3, 12) == pytest.approx(1)


def test_no_pairs_are_no_evidence():
    assert log_evidence_of_harm(Pairs()) == pytest.approx(0)
    assert log_evidence_of_no_harm(Pairs(), 0.01) == pytest.approx(0)


def test_pairs_that_are_the_same_speak_for_no_harm_and_not_for_harm():
    assert log_evidence_of_no_harm(Pairs(same=1000), 0.01) > math.log(100)
    assert log_evidence_of_harm(Pairs(same=1000)) == pytest.approx(0)


@given(same=counts, worse=counts, better=counts)
def test_one_more_card_that_only_the_canary_misread_is_more_evidence_of_harm(same, worse, better):
    less, more = Pairs(same, worse, better), Pairs(same, worse + 1, better)
    assert log_evidence_of_harm(more) > log_evidence_of_harm(less)
    assert log_evidence_of_no_harm(more, 0.01) < log_evidence_of_no_harm(less, 0.01)


@given(same=counts, worse=counts, better=counts)
def test_evidence_is_finite_however_many_pairs_there_are(same, worse, better):
    pairs = Pairs(same * 10_000, worse * 10_000, better * 10_000)
    assert math.isfinite(log_evidence_of_harm(pairs))
    assert math.isfinite(log_evidence_of_no_harm(pairs, 0.001))


def test_pairs_of_two_replicas_add_up():
    both = Pairs(1, 2, 3) + Pairs(10, 20, 30)
    assert both == Pairs(11, 22, 33)
    assert (both.total, both.harm) == (66, pytest.approx(-11 / 66))


def test_counts_below_zero_are_refused():
    with pytest.raises(ValueError, match="negative"):
        Pairs(worse=-1)


@pytest.mark.parametrize("margin", [0, 1, -0.1, 2])
def test_an_impossible_margin_is_refused(margin):
    with pytest.raises(ValueError, match="margin"):
        log_evidence_of_no_harm(Pairs(), margin)
