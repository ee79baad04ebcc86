import datetime

import numpy as np
import pytest

from models.addresses.parse import parse_address
from models.charset import ALPHABET
from models.checks import check_card
from models.synthetic.issuing import expiry_date
from models.synthetic.people import Person, invent
from models.values import value_of

CARD_TYPES = ("cmnd-9", "cmnd-12", "cccd-2016", "cccd-2021", "cc-2024")


def people(card_type: str, count: int = 150) -> list[Person]:
    rng = np.random.default_rng(5)
    return [invent(rng, card_type) for _ in range(count)]


def day(date: tuple[int, int, int]) -> datetime.date:
    return datetime.date(date[2], date[1], date[0])


@pytest.mark.parametrize("card_type", CARD_TYPES)
def test_holders_are_born_before_and_old_enough_and_the_card_is_valid_on_its_first_day(card_type: str) -> None:
    for person in people(card_type):
        assert day(person.birth) < day(person.issued)
        assert card_type == "cc-2024" or person.age_at_issue >= 14
        assert person.expiry is None or day(person.issued) < day(person.expiry)


@pytest.mark.parametrize("card_type", CARD_TYPES)
def test_a_holder_keeps_the_rules_that_cards_are_checked_by(card_type: str) -> None:
    for person in people(card_type):
        values = {
            "id_number": person.old_id_number if card_type == "cmnd-9" else person.id_number,
            "sex": value_of("sex", person.sex),
            "date_of_birth": day(person.birth).isoformat(),
            "date_of_issue": day(person.issued).isoformat(),
            "date_of_expiry": day(person.expiry).isoformat() if person.expiry else "never",
        }
        for side in ("front", "back"):
            assert [check.name for check in check_card(card_type, side, values) if check.result == "fail"] == []


@pytest.mark.parametrize(
    ("card_type", "birth", "issued", "expected"),
    [
        ("cmnd-12", (1, 2, 1980), (3, 4, 2013), (3, 4, 2028)),
        ("cccd-2021", (1, 2, 2000), (3, 4, 2021), (1, 2, 2025)),
        ("cccd-2021", (1, 2, 2000), (31, 1, 2023), (1, 2, 2025)),
        ("cccd-2021", (1, 2, 2000), (1, 2, 2023), (1, 2, 2040)),
        ("cccd-2016", (1, 2, 1960), (3, 4, 2018), None),
        ("cc-2024", (1, 2, 2020), (3, 4, 2025), (1, 2, 2034)),
        ("cc-2024", (1, 2, 2012), (3, 4, 2025), (1, 2, 2037)),
        ("cc-2024", (1, 2, 1965), (3, 4, 2025), None),
    ],
)
def test_cards_expire_as_the_laws_of_their_time_have_it(
    card_type: str, birth: tuple[int, int, int], issued: tuple[int, int, int], expected: tuple[int, int, int] | None
) -> None:
    assert expiry_date(card_type, birth, issued) == expected


def test_addresses_have_no_district_since_july_2025() -> None:
    eras = {True: set(), False: set()}
    for person in people("cc-2024"):
        address = parse_address(person.place_of_residence)
        if address is not None:
            eras[(person.issued[2], person.issued[1]) >= (2025, 7)].add(address.era)
    assert "since-2025-07" in eras[True]
    assert eras[False] == {"before-2025-07"}


def test_what_only_some_cards_say_comes_in_its_rare_forms_too() -> None:
    holders = people("cmnd-12", 400)
    assert {"Không", "Phật giáo", ""} <= {person.religion for person in holders}
    assert "Kinh" in {person.ethnicity for person in holders}
    assert len({person.ethnicity for person in holders}) > 10
    assert any(not person.marks for person in holders)
    assert 0.1 < sum(bool(person.other_name) for person in holders) / len(holders) < 0.2
    assert any(len(person.full_name.split()) >= 6 for person in holders)
    assert any("'" in person.full_name for person in holders)


def test_for_learning_another_name_is_no_rarity() -> None:
    rng = np.random.default_rng(1)
    holders = [invent(rng, "cmnd-12", learning=True) for _ in range(400)]
    assert 0.4 < sum(bool(person.other_name) for person in holders) / len(holders) < 0.6


@pytest.mark.parametrize("card_type", CARD_TYPES)
def test_all_of_it_is_spelt_with_letters_that_the_reader_knows(card_type: str) -> None:
    for person in people(card_type):
        for text in (person.full_name, person.other_name, person.marks, person.ethnicity, person.religion):
            assert set(text + text.upper()) <= set(ALPHABET + " "), text
        for text in (person.authority, person.place_of_birth, person.place_of_residence, person.signer):
            assert set(text) <= set(ALPHABET + " "), text
