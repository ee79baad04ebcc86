import datetime
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.card import FIELDS
from models.checks import PROVINCES, RENEWAL_AGES, check_card
from models.values import value_of

GOOD = {
    "id_number": "001199012345",
    "date_of_birth": "1999-02-01",
    "sex": "F",
    "date_of_expiry": "2039-02-01",
}


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("date_of_birth", "01/02/1990", "1990-02-01"),
        ("date_of_birth", "01-02-1990", "1990-02-01"),
        ("date_of_birth", "31/02/1990", None),
        ("date_of_birth", "1/2/1990", None),
        ("date_of_expiry", "Không thời hạn", "never"),
        ("sex", "Nữ", "F"),
        ("sex", "NAM", "M"),
        ("sex", "X", None),
        ("nationality", "Việt Nam", "VNM"),
        ("id_number", "012345678", "012345678"),
        ("id_number", "0123456789", None),
        ("id_number", "001 099012345", "001099012345"),
        ("id_number", "٠١٢٣٤٥٦٧٨", None),
        ("date_of_birth", "01/02/ 1990", "1990-02-01"),
        ("id_number", "O12345678", None),
        ("full_name", " TRẦN   AN ", "TRẦN AN"),
        ("full_name", "", None),
    ],
)
def test_values(field: str, text: str, value: str | None) -> None:
    assert value_of(field, text) == value


def results(card_type: str, **changes: str | None) -> dict[str, str]:
    return {check.name: check.result for check in check_card(card_type, {**GOOD, **changes})}


def test_a_card_that_agrees_with_itself_passes_everything() -> None:
    assert set(results("cccd-2021").values()) == {"pass"}


@pytest.mark.parametrize(
    ("check", "changes"),
    [
        ("id_has_right_length", {"id_number": "012345678"}),
        ("id_has_right_length", {"id_number": None}),
        ("id_matches_birth_year", {"date_of_birth": "1998-02-01"}),
        ("id_matches_century", {"date_of_birth": "2099-02-01"}),
        ("id_matches_sex", {"sex": "M"}),
        ("expiry_matches_birth", {"date_of_expiry": "2038-02-01"}),
        ("expiry_matches_birth", {"date_of_expiry": "2039-02-02"}),
        ("dates_are_in_order", {"date_of_expiry": "1990-01-01"}),
    ],
)
def test_each_contradiction_fails_its_check(check: str, changes: dict[str, str]) -> None:
    assert results("cccd-2021", **changes)[check] == "fail"


def test_a_missing_field_makes_a_check_unknown_not_failed() -> None:
    assert results("cccd-2021", date_of_birth=None)["id_matches_birth_year"] == "unknown"
    assert {check.result for check in check_card("cccd-2021", {})} == {"unknown"}


def test_an_unknown_province_is_not_an_error() -> None:
    assert len(PROVINCES) == 63
    assert results("cccd-2021", id_number="555199012345")["id_province_is_known"] == "unknown"


def test_a_card_without_expiry_has_nothing_to_compare() -> None:
    assert results("cccd-2021", date_of_expiry="never")["expiry_matches_birth"] == "unknown"


def test_the_nine_digit_card_has_no_rules_about_its_digits() -> None:
    assert "id_matches_sex" not in results("cmnd-9", id_number="012345678")
    assert results("cmnd-9", id_number="012345678")["id_has_right_length"] == "pass"


DAYS = st.dates(datetime.date(1945, 1, 1), datetime.date(2010, 12, 31))


def number_of(birth: datetime.date, sex: str, province: int, rest: int) -> str:
    return f"{province:03d}{(birth.year - 1900) // 100 * 2 + (sex == 'F')}{birth.year % 100:02d}{rest:06d}"


def same_day(birth: datetime.date, age: int) -> datetime.date:
    """The birthday at `age`; 1 March for those born on a day which that year has not."""
    try:
        return birth.replace(year=birth.year + age)
    except ValueError:
        return datetime.date(birth.year + age, 3, 1)


@st.composite
def cards(draw: st.DrawFn) -> dict[str, str]:
    birth, sex = draw(DAYS), draw(st.sampled_from("MF"))
    return {
        "id_number": number_of(birth, sex, draw(st.sampled_from(sorted(PROVINCES))), draw(st.integers(0, 999_999))),
        "date_of_birth": birth.isoformat(),
        "sex": sex,
        "date_of_expiry": same_day(birth, draw(st.sampled_from(RENEWAL_AGES))).isoformat(),
    }


@given(cards(), st.sampled_from(["cccd-2016", "cccd-2021", "cc-2024"]))
def test_every_card_that_keeps_the_rules_passes_them_all(values: dict[str, str], card_type: str) -> None:
    assert {check.result for check in check_card(card_type, values)} == {"pass"}


@given(cards(), st.integers(0, 11), st.integers(1, 9))
def test_one_wrong_digit_fails_the_checks_it_belongs_to_and_no_other(
    values: dict[str, str], place: int, by: int
) -> None:
    number = values["id_number"]
    wrong = number[:place] + str((int(number[place]) + by) % 10) + number[place + 1 :]
    failed = {check.name for check in check_card("cccd-2021", {**values, "id_number": wrong}) if check.result == "fail"}

    expected = {4: {"id_matches_birth_year"}, 5: {"id_matches_birth_year"}}.get(place, set())
    if place == 3:
        expected = {"id_matches_sex"} if by % 2 else set()
        if int(number[3]) // 2 != int(wrong[3]) // 2:
            expected |= {"id_matches_century"}
    assert failed == expected


@given(cards(), st.sets(st.sampled_from(["id_number", "date_of_birth", "sex", "date_of_expiry"])))
def test_a_check_without_one_of_its_fields_is_unknown(values: dict[str, str], missing: set[str]) -> None:
    known = {name: value for name, value in values.items() if name not in missing}
    for check in check_card("cccd-2021", known):
        assert (check.result == "unknown") == bool(missing & set(check.fields))


@given(cards(), DAYS)
def test_another_day_of_expiry_fails(values: dict[str, str], other: datetime.date) -> None:
    birth = datetime.date.fromisoformat(values["date_of_birth"])
    allowed = {same_day(birth, age) for age in RENEWAL_AGES}
    result = results("cccd-2021", **{**values, "date_of_expiry": other.isoformat()})["expiry_matches_birth"]

    assert result == ("pass" if other in allowed else "fail")


@pytest.mark.parametrize(
    ("expiry", "result"),
    [
        ("2021-02-28", "pass"),
        ("2021-03-01", "pass"),
        ("2036-02-29", "pass"),
        ("2021-03-02", "fail"),
        ("2021-08-01", "fail"),
    ],
)
def test_who_was_born_on_29_february_has_a_card_until_then_or_a_day_beside_it(expiry: str, result: str) -> None:
    values = {"id_number": "001096012345", "date_of_birth": "1996-02-29", "sex": "M", "date_of_expiry": expiry}

    assert results("cccd-2021", **values)["expiry_matches_birth"] == result


def test_older_cards_are_not_held_to_the_renewal_ages() -> None:
    assert "expiry_matches_birth" not in results("cmnd-12")


@given(st.dates(datetime.date(1900, 1, 1), datetime.date(2100, 1, 1)), st.sampled_from("/.-"))
def test_every_date_comes_back_in_iso_form(date: datetime.date, separator: str) -> None:
    text = date.strftime(f"%d{separator}%m{separator}%Y")

    assert value_of("date_of_birth", text) == date.isoformat()


@given(st.sampled_from(FIELDS), st.text(max_size=40))
def test_a_value_is_of_its_form_or_none(field: str, text: str) -> None:
    value = value_of(field, text)

    forms = {
        "id_number": "[0-9]{9}|[0-9]{12}",
        "date_of_birth": "[0-9]{4}-[0-9]{2}-[0-9]{2}",
        "date_of_expiry": "[0-9]{4}-[0-9]{2}-[0-9]{2}|never",
        "sex": "M|F",
        "nationality": "VNM",
    }
    assert value is None or re.fullmatch(forms.get(field, "(?s).+"), value)
