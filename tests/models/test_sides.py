import dataclasses

import pytest

from models.card import Card, Field, Quality
from models.sides import check_sides

VALUES = {"id_number": "000000000001", "full_name": "SPECIMEN THỬ", "date_of_birth": "1990-02-01"}


def card(kind: str = "cccd-2021", **values: str | None) -> Card:
    fields = {name: Field(str(value), value, 1.0, (), ()) for name, value in values.items()}
    return Card(kind, "front", 1.0, (), fields, Quality(0, 0, 0, 0, 1, 1000, 1, 1))


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


@pytest.mark.parametrize("sides", [(None, None), (card(**VALUES), None), (None, card(**VALUES))])
def test_of_a_side_that_was_not_read_nothing_is_said(sides: tuple[Card | None, Card | None]) -> None:
    assert set(results(*sides).values()) == {"unknown"}


def test_nor_where_a_text_has_no_value() -> None:
    front = card(**VALUES)
    unclear = dataclasses.replace(front, fields={"id_number": Field("0O0", None, 0.5, (), ())})

    assert results(front, unclear)["id_number"] == "unknown"
