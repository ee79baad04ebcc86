import pytest

from models.checks import PROVINCES, check_card
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
