"""What numbers and dates become where they break the card's rules and the Reader had second thoughts."""

import dataclasses

import pytest

from models.agreement import YEARS, agreeing
from models.card import Field, Word
from models.evidence import weigh
from models.values import value_of

FRONT = ("cccd-2021", "front")
NUMBER = "001199000001"  # Hà Nội, a woman born in 1999


def field(name: str, text: str, **doubts: str) -> Field:
    """Every character is sure but those named: `p3="85"` says that what stands at 3 may be an 8, or else a 5."""
    words, at = [], 0
    for part in text.split():
        choices = tuple(
            ((char, 0.6), *((other, 0.3 / rank) for rank, other in enumerate(doubts.get(f"p{at + place}", ""), 1)))
            for place, char in enumerate(part)
        )
        words.append(Word(part, 0.5, (), (), choices))
        at += len(part) + 1
    return Field(text, value_of(name, text), 0.5, (), tuple(words))


def card(**texts: Field) -> dict[str, Field]:
    good = {"id_number": field("id_number", NUMBER), "date_of_birth": field("date_of_birth", "03/02/1999")}
    return good | {"sex": field("sex", "Nữ")} | texts


@pytest.mark.parametrize(
    ("name", "read", "value"),
    [
        ("id_number", field("id_number", "00119900O001", p8="0"), NUMBER),
        ("id_number", field("id_number", "001189000001", p4="39"), NUMBER),  # 3 is likelier and no year of birth
        ("id_number", field("id_number", "001299000001", p3="71"), NUMBER),  # a man's of the next century, before
        ("id_number", field("id_number", "001188000001", p4="9", p5="9"), NUMBER),
        ("date_of_birth", field("date_of_birth", "O3/02/1999", p0="08"), "1999-02-03"),
        ("date_of_birth", field("date_of_birth", "03/02/1989", p8="9"), "1999-02-03"),
        ("date_of_birth", field("date_of_birth", "31/02/1999", p0="10"), "1999-02-11"),
        ("date_of_expiry", field("date_of_expiry", "03/02/2034", p9="9"), "2039-02-03"),
    ],
)
def test_the_likeliest_spelling_that_keeps_the_rules_is_the_value(name: str, read: Field, value: str) -> None:
    fields = card(**{name: read})
    assert agreeing(FRONT, fields) == {name: value}
    found = weigh(FRONT, fields)[name]
    assert (found.text, found.value, found.corrected_by) == (read.text, value, "card_rules")


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("id_number", field("id_number", NUMBER, p0="1", p4="8")),  # nothing is wrong with it
        ("id_number", field("id_number", "001189000001")),  # another year, and no doubt about it: a check tells
        ("id_number", field("id_number", "001189000001", p4="7")),  # no better
        ("date_of_birth", field("date_of_birth", "0K/02/1999", p1="XY")),
    ],
)
def test_without_a_fault_or_without_a_doubt_nothing_changes(name: str, read: Field) -> None:
    assert agreeing(FRONT, card(**{name: read})) == {}


def test_two_fields_may_be_wrong_at_once() -> None:
    fields = card(
        id_number=field("id_number", "O01199000001", p0="0"), date_of_birth=field("date_of_birth", "03/02/199g", p9="9")
    )
    assert agreeing(FRONT, fields) == {"id_number": NUMBER, "date_of_birth": "1999-02-03"}


def test_letters_where_only_digits_can_be_count_as_one_doubt_each() -> None:
    read = field("date_of_birth", "X3 Y2 Ê999", p0="0", p3="0", p6="1")
    assert agreeing(FRONT, card(date_of_birth=_with_second(read, 0.1))) == {"date_of_birth": "1999-02-03"}
    assert agreeing(FRONT, card(date_of_birth=_with_second(read, 0.01))) == {}


@pytest.mark.parametrize(
    ("name", "read", "value"),
    [
        ("date_of_birth", field("date_of_birth", "O3/o2/I999"), "1999-02-03"),
        ("date_of_birth", field("date_of_birth", "O1/02/1999", p0="2"), "1999-02-21"),  # its second thought goes first
        ("id_number", field("id_number", "00ll99OOOOOl"), NUMBER),
    ],
)
def test_a_letter_that_the_reader_is_sure_of_is_the_digit_it_looks_like(name: str, read: Field, value: str) -> None:
    assert agreeing(FRONT, card(**{name: read})) == {name: value}


def _with_second(field: Field, share: float) -> Field:
    """The field with `share` of the first choice's probability for every other one."""
    words = (
        dataclasses.replace(
            word,
            choices=tuple(
                tuple((char, 0.6 * share if rank else 0.6) for rank, (char, _) in enumerate(place))
                for place in word.choices
            ),
        )
        for word in field.words
    )
    return dataclasses.replace(field, words=tuple(words))


def test_a_card_without_numbers_and_dates_has_nothing_to_agree_on() -> None:
    assert agreeing(("cmnd-9", "back"), {"religion": field("religion", "Không")}) == {}


def test_a_number_of_nine_digits_has_its_length_only() -> None:
    fields = {"id_number": field("id_number", "12345678g", p8="9")}
    assert agreeing(("cmnd-9", "front"), fields) == {"id_number": "123456789"}


@pytest.mark.parametrize(
    ("kind", "name", "read", "value"),
    [
        (("cmnd-12", "front"), "date_of_expiry", field("date_of_expiry", "03/01/2049", p8="1289"), "2029-01-03"),
        (("cccd-2016", "back"), "date_of_issue", field("date_of_issue", "19 08 2039", p8="1"), "2019-08-19"),
    ],
)
def test_a_year_is_of_the_time_in_which_the_card_was_issued(
    kind: tuple[str, str], name: str, read: Field, value: str
) -> None:
    assert agreeing(kind, {name: read}) == {name: value}


@pytest.mark.parametrize(
    ("card_type", "name", "first", "last"),
    [(card_type, name, *years) for (card_type, name), years in YEARS.items()],
)
def test_every_type_has_its_years(card_type: str, name: str, first: int, last: int) -> None:
    side = "front" if name == "date_of_expiry" else "back"
    for year, other in ((first - 1, first), (last + 1, last)):
        digit = next(at for at in range(4) if str(year)[at] != str(other)[at])
        if str(year)[digit + 1 :] != str(other)[digit + 1 :]:
            continue  # two digits differ: one doubt is not enough
        read = field(name, f"19/08/{year}", **{f"p{6 + digit}": str(other)[digit]})
        assert agreeing((card_type, side), {name: read}) == {name: f"{other}-08-19"}


def test_a_sure_year_of_another_time_and_a_card_without_expiry_stay() -> None:
    assert agreeing(("cccd-2016", "back"), {"date_of_issue": field("date_of_issue", "19 08 2039")}) == {}
    assert agreeing(("cmnd-12", "front"), {"date_of_expiry": field("date_of_expiry", "Không thời hạn")}) == {}
