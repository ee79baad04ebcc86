import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.card import CARD_CLASSES
from models.checks import PROVINCES, RENEWAL_AGES, check_card
from models.mrz import check_digit, composite
from models.synthetic.codes import qr_payload
from models.synthetic.layouts import draw_card
from models.synthetic.mrz import machine_readable_zone
from models.synthetic.people import Person, invent
from models.values import value_of

AGES = RENEWAL_AGES["cccd-2021"]
GOOD = {
    "id_number": "001199012345",
    "date_of_birth": "1999-02-01",
    "sex": "F",
    "date_of_expiry": "2039-02-01",
}


def results(card_type: str, side: str = "front", **changes: str | None) -> dict[str, str]:
    return {check.name: check.result for check in check_card(card_type, side, {**GOOD, **changes})}


@pytest.mark.parametrize("card_type", ["cccd-2016", "cmnd-12", "cc-2024"])
def test_a_card_that_agrees_with_itself_passes_everything(card_type: str) -> None:
    assert set(results(card_type).values()) == {"pass"}


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
    assert {check.result for check in check_card("cccd-2021", "front", {})} == {"unknown"}


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
        "date_of_expiry": same_day(birth, draw(st.sampled_from(AGES))).isoformat(),
    }


@given(cards(), st.sampled_from(["cccd-2016", "cmnd-12", "cc-2024"]))
def test_every_card_that_keeps_the_rules_passes_them_all(values: dict[str, str], card_type: str) -> None:
    assert {check.result for check in check_card(card_type, "front", values)} == {"pass"}


@given(cards(), st.integers(0, 11), st.integers(1, 9))
def test_one_wrong_digit_fails_the_checks_it_belongs_to_and_no_other(
    values: dict[str, str], place: int, by: int
) -> None:
    number = values["id_number"]
    wrong = number[:place] + str((int(number[place]) + by) % 10) + number[place + 1 :]
    failed = {
        check.name
        for check in check_card("cccd-2021", "front", {**values, "id_number": wrong})
        if check.result == "fail"
    }

    expected = {4: {"id_matches_birth_year"}, 5: {"id_matches_birth_year"}}.get(place, set())
    if place == 3:
        expected = {"id_matches_sex"} if by % 2 else set()
        if int(number[3]) // 2 != int(wrong[3]) // 2:
            expected |= {"id_matches_century"}
    assert failed == expected


@given(cards(), st.sets(st.sampled_from(["id_number", "date_of_birth", "sex", "date_of_expiry"])))
def test_a_check_without_one_of_its_fields_is_unknown(values: dict[str, str], missing: set[str]) -> None:
    known = {name: value for name, value in values.items() if name not in missing}
    for check in check_card("cccd-2016", "front", known):
        assert (check.result == "unknown") == bool(missing & set(check.fields))


@given(cards(), DAYS)
def test_another_day_of_expiry_fails(values: dict[str, str], other: datetime.date) -> None:
    birth = datetime.date.fromisoformat(values["date_of_birth"])
    allowed = {same_day(birth, age) for age in AGES}
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


def test_each_face_has_the_checks_that_it_can_have() -> None:
    number = ["id_has_right_length", "id_province_is_known", "id_matches_birth_year", "id_matches_century"]
    number += ["id_matches_sex"]
    in_zone = ["id_province_is_known", "id_matches_birth_year", "id_matches_sex", "mrz_has_right_form"]
    in_zone += [f"mrz_{name}_digit_holds" for name in ("document", "number", "birth", "expiry", "composite")]
    in_zone += ["mrz_numbers_agree"]
    dates = ["expiry_matches_birth", "dates_are_in_order"]
    person = [f"qr_matches_{name}" for name in ("id_number", "full_name", "date_of_birth", "sex", "place_of_residence")]
    expected = {
        ("cmnd-9", "front"): ["id_has_right_length"],
        ("cmnd-9", "back"): [],
        ("cmnd-12", "front"): [*number, "dates_are_in_order"],
        ("cmnd-12", "back"): [],
        ("cccd-2016", "front"): [*number, *dates],
        ("cccd-2016", "back"): [],
        ("cccd-2021", "front"): [*number, *dates, *person],
        ("cccd-2021", "back"): [*in_zone, *dates],
        ("cc-2024", "front"): number,
        ("cc-2024", "back"): [*in_zone, "mrz_matches_date_of_expiry", *dates, *person, "qr_matches_date_of_issue"],
    }
    assert {kind: [check.name for check in check_card(*kind, {})] for kind in CARD_CLASSES} == expected


def values_of(card_type: str, side: str, seed: int) -> tuple[Person, dict[str, str | None]]:
    """A holder and what a side of the card says, read without a mistake, its QR code included."""
    rng = np.random.default_rng(seed)
    person = invent(rng, card_type)
    texts = draw_card(rng, person, (card_type, side)).fields
    return person, {name: value_of(name, text) for name, text in texts.items()} | {"qr": qr_payload(person)}


@pytest.mark.parametrize("kind", CARD_CLASSES, ids=" ".join)
def test_nothing_fails_on_a_card_that_was_read_without_a_mistake(kind: tuple[str, str]) -> None:
    for seed in range(8):
        person, values = values_of(*kind, seed)
        unknown = {"id_province_is_known"}  # a code that nobody has
        if person.expiry is None:
            unknown |= {"expiry_matches_birth", "dates_are_in_order"}
        if machine_readable_zone(person)[2][-1] != "<":
            unknown |= {"qr_matches_full_name"}
        for check in check_card(*kind, values):
            assert check.result == "pass" or (check.result == "unknown" and check.name in unknown), check


def back(**changes: str) -> dict[str, str]:
    """The results of a cc-2024 back of which `changes` are true."""
    first, second = "IDVNM1810000013081181000001<<8", "8102036F2102034VNM<<<<<<<<<<<4"
    values = {
        "mrz": "\n".join((first, second, "NGUYEN<<THI<BICH<NGOC<<<<<<<<<")),
        "qr": "081181000001||Nguyễn Thị Bích Ngọc|03021981|Nữ|12 Phố Mẫu, Hà Nội|05072020",
        "place_of_residence": "12 Phố Mẫu, Hà Nội",
        "date_of_issue": "2020-07-05",
        "date_of_expiry": "2021-02-03",
    }
    return {check.name: check.result for check in check_card("cc-2024", "back", values | changes)}


def zone(first: str = "", second: str = "", third: str = "NGUYEN<<THI<BICH<NGOC<<<<<<<<<") -> str:
    """A zone of `back` with its lines replaced."""
    return "\n".join((first or "IDVNM1810000013081181000001<<8", second or "8102036F2102034VNM<<<<<<<<<<<4", third))


def failed(results: dict[str, str]) -> set[str]:
    return {name for name, result in results.items() if result == "fail"}


def test_a_child_s_card_expires_at_fourteen() -> None:
    assert back()["expiry_matches_birth"] == "pass"
    child = {"mrz": children_zone("200203", "340203"), "date_of_expiry": "2034-02-03"}
    assert back(**child)["expiry_matches_birth"] == "pass"
    assert back(**child | {"date_of_expiry": "2035-02-03"})["expiry_matches_birth"] == "fail"
    before = {"id_number": "001320012345", "date_of_birth": "2020-02-03", "date_of_expiry": "2034-02-03"}
    assert results("cccd-2021", **before)["expiry_matches_birth"] == "fail"


def children_zone(birth: str, expiry: str) -> str:
    number = f"0813{birth[:2]}000001"
    first = f"IDVNM{number[3:]}{check_digit(number[3:])}{number}<<{check_digit(number)}"
    second = f"{birth}{check_digit(birth)}F{expiry}{check_digit(expiry)}VNM".ljust(29, "<")
    return zone(first, second + check_digit(composite(first, second)))


@pytest.mark.parametrize(
    ("place", "digits"),
    [
        (5, {"mrz_document_digit_holds", "mrz_composite_digit_holds", "mrz_numbers_agree"}),
        (14, {"mrz_document_digit_holds", "mrz_composite_digit_holds"}),
        (18, {"mrz_number_digit_holds", "mrz_composite_digit_holds", "mrz_numbers_agree"}),
        (29, {"mrz_number_digit_holds", "mrz_composite_digit_holds"}),
        (31 + 1, {"mrz_birth_digit_holds", "mrz_composite_digit_holds"}),
        (31 + 13, {"mrz_expiry_digit_holds", "mrz_composite_digit_holds"}),
        (31 + 29, {"mrz_composite_digit_holds"}),
    ],
)
def test_a_wrong_digit_of_the_zone_fails_its_check_and_says_nothing_of_print_or_code(
    place: int, digits: set[str]
) -> None:
    right = zone()
    wrong = f"{right[:place]}{(int(right[place]) + 1) % 10}{right[place + 1 :]}"

    assert failed(back(mrz=wrong)) == digits


def test_a_zone_that_is_none_fails_as_a_whole_and_one_that_was_not_found_is_unknown() -> None:
    found = {check.name: check.result for check in check_card("cccd-2021", "back", {"mrz": None})}
    assert found.pop("mrz_has_right_form") == "fail"
    assert set(found.values()) == {"unknown"}
    assert {check.result for check in check_card("cccd-2021", "back", {})} == {"unknown"}


def test_the_zone_is_compared_with_the_expiry_beside_it() -> None:
    assert failed(back(date_of_expiry="2022-02-03")) == {"mrz_matches_date_of_expiry", "expiry_matches_birth"}
    # What the zone of a card without expiry has is not known.
    assert back(date_of_expiry="never")["mrz_matches_date_of_expiry"] == "unknown"


@pytest.mark.parametrize(
    ("part", "other", "check"),
    [
        (0, "081181000002", "qr_matches_id_number"),
        (2, "Nguyễn Thị Bích", "qr_matches_full_name"),
        (3, "04021981", "qr_matches_date_of_birth"),
        (4, "Nam", "qr_matches_sex"),
        (5, "12 Phố Mâu, Hà Nội", "qr_matches_place_of_residence"),
        (6, "05082020", "qr_matches_date_of_issue"),
    ],
)
def test_the_code_is_compared_with_print_and_zone(part: int, other: str, check: str) -> None:
    parts = "081181000001||Nguyễn Thị Bích Ngọc|03021981|Nữ|12 Phố Mẫu, Hà Nội|05072020".split("|")
    assert failed(back()) == set()
    assert failed(back(qr="|".join([*parts[:part], other, *parts[part + 1 :]]))) == {check}


def test_the_code_of_a_front_is_compared_with_its_print_letter_by_letter() -> None:
    print_ = {**GOOD, "full_name": "ĐỖ THỊ ƯỚC", "place_of_residence": "12 Phố Mẫu , Hà Nội"}
    code = "001199012345|012345678|Đỗ Thị Ước|01021999|Nữ|12 Phố Mẫu, Hà Nội|05072021"

    assert set(results("cccd-2021", **print_, qr=code).values()) == {"pass"}
    assert failed(results("cccd-2021", **{**print_, "full_name": "ĐỖ THỊ UỚC"}, qr=code)) == {"qr_matches_full_name"}
    assert failed(results("cccd-2021", **print_, qr=code.replace("ị Ư", "i Ư"))) == {"qr_matches_full_name"}


@pytest.mark.parametrize("code", [None, "", "https://example.com/|", "1|2|3|4|5"])
def test_a_code_that_holds_no_card_is_unknown(code: str | None) -> None:
    found = {check.name: check.result for check in check_card("cccd-2021", "front", {**GOOD, "qr": code})}
    assert {result for name, result in found.items() if name.startswith("qr_")} == {"unknown"}


def test_where_there_is_one_date_there_is_no_order() -> None:
    assert "dates_are_in_order" not in results("cmnd-9")
    assert failed(results("cc-2024", "back", mrz=zone(), date_of_issue="1980-01-01")) >= {"dates_are_in_order"}
