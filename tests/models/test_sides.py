import dataclasses

import pytest

from models.card import Card, Field, Quality
from models.sides import check_sides

ZONE = "IDVNM1810000013081181000001<<8\n8102036F2102034VNM<<<<<<<<<<<4\nNGUYEN<<THI<BICH<NGOC<<<<<<<<<"
IN_ZONE = {
    "id_number": "081181000001",
    "full_name": "NGUYỄN THỊ BÍCH NGỌC",
    "date_of_birth": "1981-02-03",
    "sex": "F",
    "date_of_expiry": "2021-02-03",
}
VALUES = {"id_number": "000000000001", "full_name": "SPECIMEN THỬ", "date_of_birth": "1990-02-01"}


def card(kind: str = "cccd-2021", side: str = "front", **values: str | None) -> Card:
    fields = {name: Field(str(value), value, 1.0, (), ()) for name, value in values.items()}
    return Card(kind, side, 1.0, (), fields, Quality(0, 0, 0, 0, 1, 1000, 1, 1))


def results(front: Card | None, back: Card | None) -> dict[str, str]:
    return {check.name.removeprefix("sides_have_same_"): check.result for check in check_sides(front, back)}


def test_what_both_sides_say_is_compared_and_the_rest_is_unknown() -> None:
    assert results(card(**VALUES, sex="F"), card(**VALUES, date_of_expiry="2050-02-01")) == {
        "type": "pass",
        "id_number": "pass",
        "full_name": "pass",
        "date_of_birth": "pass",
        "sex": "unknown",
        "date_of_expiry": "unknown",
        "date_of_issue": "unknown",
        "sides_have_dates_in_order": "pass",
        "expiry_matches_issue": "unknown",
    }


@pytest.mark.parametrize("name", VALUES)
def test_a_difference_fails(name: str) -> None:
    found = results(card(**VALUES), card(**{**VALUES, name: "1990-02-02"}))

    assert found.pop(name) == "fail"
    assert "fail" not in found.values()


def test_names_are_compared_without_diacritics_and_case() -> None:
    assert results(card(full_name="ĐỖ THỬ"), card(full_name="Do Thu"))["full_name"] == "pass"


def test_types_are_compared() -> None:
    assert results(card("cmnd-9"), card("cccd-2021"))["type"] == "fail"


@pytest.mark.parametrize(
    ("front", "back", "result"),
    [
        ("cmnd-12", "cccd-2016", "unknown"),
        ("cccd-2016", "cmnd-12", "unknown"),
        ("cmnd-12", "cmnd-12", "pass"),
        ("cmnd-12", "cmnd-9", "fail"),
        ("cccd-2021", "cccd-2016", "fail"),
    ],
)
def test_of_two_types_with_the_same_back_only_the_date_of_issue_tells_which_one_it_is(
    front: str, back: str, result: str
) -> None:
    assert results(card(front), card(back, "back"))["type"] == result
    dated = card(back, "back", date_of_issue="2015-12-31")
    assert results(card(front), dated)["type"] == ("pass" if front == back else "fail")


def test_the_front_is_compared_with_what_the_zone_of_the_back_says() -> None:
    found = results(card(**IN_ZONE), card(mrz=ZONE, date_of_issue="2011-02-03"))

    assert {name: found[name] for name in IN_ZONE} == dict.fromkeys(IN_ZONE, "pass")
    assert found["sides_have_dates_in_order"] == "pass"


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("id_number", "081181000002"),
        ("full_name", "NGUYỄN THỊ BÍCH"),
        ("date_of_birth", "1981-02-04"),
        ("sex", "M"),
        ("date_of_expiry", "2041-02-03"),
    ],
)
def test_a_front_that_the_zone_contradicts_fails_by_name(name: str, other: str) -> None:
    found = results(card(**IN_ZONE | {name: other}), card(mrz=ZONE))

    assert {key for key, result in found.items() if result == "fail"} == {name}


def test_what_the_zone_does_not_bear_out_is_compared_with_nothing() -> None:
    found = results(card(**IN_ZONE), card(mrz=ZONE.replace("F2102034", "F2102044")))

    assert found["date_of_expiry"] == "unknown"
    assert found["id_number"] == "pass"


def test_a_code_says_more_than_a_zone() -> None:
    code = "081181000001||Nguyễn Thị Bích|03021981|Nữ|12 Phố Mẫu, Hà Nội|05072020"

    assert results(card(**IN_ZONE), card(mrz=ZONE, qr=code))["full_name"] == "fail"
    assert results(card(**IN_ZONE, qr=code), card(date_of_issue="2020-07-05"))["date_of_issue"] == "pass"
    assert results(card(**IN_ZONE, qr=code), card(date_of_issue="2020-07-06"))["date_of_issue"] == "fail"


def test_a_card_of_fifteen_years_expires_so_long_after_the_issue_on_its_back() -> None:
    front = card("cmnd-12", **VALUES, date_of_expiry="2028-04-03")

    assert results(front, card("cmnd-12", date_of_issue="2013-04-03"))["expiry_matches_issue"] == "pass"
    assert results(front, card("cccd-2016", date_of_issue="2013-04-04"))["expiry_matches_issue"] == "fail"
    newer = card("cccd-2016", **VALUES, date_of_expiry="2028-04-03")
    assert results(newer, card("cccd-2016", date_of_issue="2013-04-04"))["expiry_matches_issue"] == "unknown"


def test_the_issue_on_the_back_lies_between_the_dates_of_the_front() -> None:
    front = card(**VALUES, date_of_expiry="2030-02-01")

    assert results(front, card(date_of_issue="2021-04-03"))["sides_have_dates_in_order"] == "pass"
    assert results(front, card(date_of_issue="1989-04-03"))["sides_have_dates_in_order"] == "fail"
    assert results(front, card(date_of_issue="2031-04-03"))["sides_have_dates_in_order"] == "fail"
    assert results(front, card(ethnicity="Kinh"))["sides_have_dates_in_order"] == "unknown"


@pytest.mark.parametrize("sides", [(None, None), (card(**VALUES), None), (None, card(**VALUES))])
def test_of_a_side_that_was_not_read_nothing_is_said(sides: tuple[Card | None, Card | None]) -> None:
    assert set(results(*sides).values()) == {"unknown"}


def test_nor_where_a_text_has_no_value() -> None:
    front = card(**VALUES)
    unclear = dataclasses.replace(front, fields={"id_number": Field("0O0", None, 0.5, (), ())})

    assert results(front, unclear)["id_number"] == "unknown"
