"""Limits on quality: what passes one is said, and refused only where that was asked for."""

from dataclasses import replace

import pytest

from models.card import Card, Field, Quality, UnknownDocument
from models.checks import check_card
from models.gate import ISSUES, Gate, PhotoRefused
from models.mrz import is_like_zone

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


ZONE = "IDVNM1810000013081181000001<<8 8102036F2102034VNM<<<<<<<<<<<4 NGUYEN<<THI<BICH<NGOC<<<<<<<<<"


def card(card_type: str, side: str, **texts: str) -> Card:
    """A side with these texts; its number is its value, too."""
    fields = {name: Field(text, text, 0.9, (), ()) for name, text in texts.items()}
    checks = check_card(card_type, side, {name: text for name, text in texts.items() if name == "id_number"})
    return Card(card_type, side, 0.9, (), fields, GOOD, checks=checks)


@pytest.mark.parametrize(
    "seen",
    [
        card("cccd-2021", "front", id_number="001099000001"),
        card("cmnd-9", "front", id_number="401234567"),
        card("cmnd-9", "back"),
        card("cmnd-12", "back"),
        card("cccd-2016", "back"),
        card("cccd-2021", "back", mrz=ZONE),
        card("cc-2024", "back", mrz=ZONE.replace("IDVNM18100", "1DVNMI810Q")),
    ],
    ids=lambda seen: f"{seen.type} {seen.side}",
)
def test_a_card_with_its_number_or_a_back_with_its_zone_passes_and_so_do_backs_without_either(seen: Card) -> None:
    Gate().check_number(seen)


@pytest.mark.parametrize(
    ("seen", "what"),
    [
        (card("cccd-2021", "front", id_number="401234567"), "no identity number of a cccd-2021 here"),
        (card("cmnd-9", "front"), "no identity number of a cmnd-9 here"),
        (card("cccd-2021", "back"), "no machine-readable zone of a cccd-2021 here"),
        (card("cc-2024", "back", mrz="one two three"), "no machine-readable zone of a cc-2024 here"),
    ],
    ids=["short", "no number", "no zone", "none like one"],
)
def test_without_its_number_or_its_zone_it_is_another_document(seen: Card, what: str) -> None:
    with pytest.raises(UnknownDocument, match=what):
        Gate().check_number(seen)
    Gate(require_number=False).check_number(seen)


def test_a_zone_with_some_letters_misread_is_like_one() -> None:
    fewer_fillers = ZONE.replace("VNM<<<<<<<<<<<", "VNM<<<<<<<<")
    letters_for_digits = ZONE.replace("0", "O").replace("1", "I")
    assert is_like_zone(ZONE)
    assert is_like_zone(fewer_fillers)
    assert is_like_zone(ZONE.replace("8102036F", "B102O36P"))
    assert not is_like_zone(letters_for_digits)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "VNM",
        "IDVNM1810000013081181000001<<8",
        # The specimens of ICAO 9303 part 5, of another country's card with a longer number, and of a passport.
        "I<UTOD231458907<<<<<<<<<<<<<<< 7408122F1204159UTO<<<<<<<<<<<6 ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
        ZONE.replace("VNM", "UTO"),
        "P<VNMNGUYEN<<THI<BICH<NGOC<<<< <<<<<<<<<<<<<<B1234567<8VNM810 2036F2102034<<<<<<<<<<<<<<04",
        "GIẤY PHÉP LÁI",
    ],
)
def test_what_other_documents_have_is_not_like_a_zone(text: str) -> None:
    assert not is_like_zone(text)
