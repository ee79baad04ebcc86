"""Limits on quality: what passes one is said, and refused only where that was asked for."""

from dataclasses import replace

import pytest

from models.card import Quality
from models.gate import ISSUES, Gate, PhotoRefused

GOOD = Quality(
    blur=0.1, glare=0.0, dark=0.0, bright=0.0, card_share=0.5, card_pixels=900, corner_score=0.9, card_score=0.99
)
BAD = {
    "blurred": {"blur": 0.9},
    "glare": {"glare": 0.2},
    "dark": {"dark": 0.8},
    "over_exposed": {"bright": 0.5},
    "card_small": {"card_pixels": 170},
    "corner_out_of_view": {"corner_score": 0.1},
    "unknown_document": {"card_score": 0.6},
}


def test_a_good_photo_has_no_issue() -> None:
    assert Gate().issues(GOOD) == ()


def test_every_issue_is_tried_below() -> None:
    assert tuple(BAD) == ISSUES


@pytest.mark.parametrize("code", ISSUES)
def test_each_fault_alone_is_its_own_issue_with_a_number_and_a_sentence(code: str) -> None:
    (issue,) = Gate().issues(replace(GOOD, **BAD[code]))

    assert issue.code == code
    assert {issue.measure: issue.value} == BAD[code]
    assert issue.sentence.endswith(".")


@pytest.mark.parametrize("code", ISSUES)
def test_only_an_issue_named_by_a_setting_refuses(code: str) -> None:
    poor = replace(GOOD, **BAD[code])
    others = frozenset(ISSUES) - {code}

    assert [issue.code for issue in Gate(refuse=others).check(poor)] == [code]
    with pytest.raises(PhotoRefused) as refused:
        Gate(refuse=frozenset({code})).check(poor)
    assert refused.value.code == code


def test_a_figure_at_its_limit_passes() -> None:
    assert Gate(max_blur=0.1, min_card_pixels=900).issues(GOOD) == ()


def test_a_code_that_is_none_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="no quality issue blury; there are blurred, glare"):
        Gate(refuse=frozenset({"blury"}))
