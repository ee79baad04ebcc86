"""What the card's own evidence may change in a value, and what it must leave alone."""

import dataclasses
import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.addresses.parse import parse_address
from models.card import ADDRESSES, NAMES, Field, Word
from models.charset import unaccented
from models.checks import RENEWAL_AGES
from models.evidence import EVIDENCE, SURE, weigh
from models.values import value_of


def field(name: str, text: str, confidence: float = 0.5) -> Field:
    value = value_of(name, text)
    return Field(
        text,
        value,
        confidence,
        (),
        tuple(Word(word, confidence, ()) for word in text.split()),
        unaccented(value) if value and name in NAMES else None,
        parse_address(text) if name in ADDRESSES else None,
    )


@pytest.mark.parametrize(
    ("name", "read", "value", "evidence"),
    [
        ("sex", "Na", "M", "known_words"),
        ("nationality", "Viêt Nan", "VNM", "known_words"),
        ("date_of_expiry", "Không thời", "never", "known_words"),
        ("date_of_expiry", "Khêng thời hqn", "never", "known_words"),
        ("full_name", "NGUYÊN VĂN AN", "NGUYỄN VĂN AN", "family_name"),
        ("full_name", "Trân Thị Trân", "Trần Thị Trân", "family_name"),
        ("place_of_origin", "Tho Văn, Tam Nồng, Phú Thò", "Thọ Văn, Tam Nông, Phú Thọ", "administrative_units"),
    ],
)
def test_a_misread_letter_is_corrected_in_the_value_alone(name: str, read: str, value: str, evidence: str) -> None:
    weighed = weigh({name: field(name, read)})[name]

    assert (weighed.text, weighed.value, weighed.corrected_by) == (read, value, evidence)
    assert evidence in EVIDENCE
    assert weighed.unaccented == (unaccented(value) if name in NAMES else None)


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("sex", "Nữ"),
        ("sex", "N"),  # as like the one as the other
        ("nationality", "Lào"),
        ("nationality", ""),
        ("date_of_expiry", "1h"),
        ("full_name", "PHAN VĂN AN"),  # a family name itself
        ("full_name", "DƯONG AN"),  # DƯƠNG or ĐƯỜNG
        ("full_name", "KRISTIN AN"),
        ("place_of_origin", "Đức Hoà, Sóc Sơn, Hà Nội"),  # another spelling of Hòa
        ("place_of_origin", "Springfield"),
    ],
)
def test_without_evidence_a_value_stays_as_it_is(name: str, read: str) -> None:
    before = {name: field(name, read)}

    assert weigh(before) == before


@pytest.mark.parametrize(
    ("name", "read"), [("full_name", "NGUYÊN VĂN AN"), ("place_of_origin", "Tho Văn, Tam Nông, Phú Thọ")]
)
def test_no_list_corrects_a_word_that_the_reader_was_sure_of(name: str, read: str) -> None:
    before = {name: field(name, read, SURE)}

    assert weigh(before) == before


BIRTHS = st.dates(datetime.date(1945, 1, 1), datetime.date(2010, 12, 31)).filter(lambda day: day.day < 29)


@given(BIRTHS, st.sampled_from(RENEWAL_AGES), st.sampled_from([0, 1, 3, 4]), st.integers(1, 9))
def test_a_wrong_digit_of_day_or_month_is_corrected_by_the_day_of_birth(
    birth: datetime.date, age: int, place: int, by: int
) -> None:
    expiry = birth.replace(year=birth.year + age)
    text = expiry.strftime("%d/%m/%Y")
    read = f"{text[:place]}{(int(text[place]) + by) % 10}{text[place + 1 :]}"
    fields = {
        "date_of_birth": field("date_of_birth", birth.strftime("%d/%m/%Y"), 1.0),
        "date_of_expiry": field("date_of_expiry", read),
    }

    assert weigh(fields)["date_of_expiry"].value == expiry.isoformat()


def test_an_unsure_day_of_birth_corrects_nothing() -> None:
    fields = {
        "date_of_birth": field("date_of_birth", "01/02/1990"),
        "date_of_expiry": field("date_of_expiry", "01/02/203O"),
    }

    assert weigh(fields) == fields
    sure = fields | {"date_of_birth": dataclasses.replace(fields["date_of_birth"], confidence=1.0)}
    assert weigh(sure)["date_of_expiry"].value == "2030-02-01"
