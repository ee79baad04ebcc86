"""Rules that a card must keep, as named checks: pass, fail, or unknown where a field is missing.

Sources: Decree 137/2015/NĐ-CP article 13 and Circular 59/2021/TT-BCA article 4 (the 12-digit
number), Law on Citizen Identification article 23 (expiry at 25, 40 and 60 years).
"""

import datetime
import itertools
from collections.abc import Mapping

from models.card import Check

# Provinces of birth registration, the first three digits of the number (Circular 59/2021/TT-BCA).
# The 2025 merger did not renumber them. Countries have codes too, so an unknown one is no error.
PROVINCES = frozenset(
    int(code)
    for code in (
        "001 002 004 006 008 010 011 012 014 015 017 019 020 022 024 025 026 027 030 031 033 034 035 036 037 038 "
        "040 042 044 045 046 048 049 051 052 054 056 058 060 062 064 066 067 068 070 072 074 075 077 079 080 082 "
        "083 084 086 087 089 091 092 093 094 095 096"
    ).split()
)
RENEWAL_AGES = (25, 40, 60)
_ID_DIGITS = {"cmnd-9": 9, "cmnd-12": 12, "cccd-2016": 12, "cccd-2021": 12, "cc-2024": 12}
# Older cards expire 15 years after their issue (Decree 05/1999/NĐ-CP article 2).
_RENEWED_BY_AGE = ("cccd-2016", "cccd-2021", "cc-2024")

Values = Mapping[str, str | None]


def check_card(card_type: str, values: Values) -> tuple[Check, ...]:
    """Every check that makes sense for a card type.

    Args:
        card_type: one of the names in CARD_CLASSES.
        values: normalised values by field (`models.values.value_of`): None where a field was read
            but has no valid value, absent where it was not found.
    """
    checks = [_check("id_has_right_length", ("id_number",), _right_length(card_type, values))]
    if _ID_DIGITS.get(card_type) == 12:
        checks += [
            _check("id_province_is_known", ("id_number",), _province_known(values)),
            _check("id_matches_birth_year", ("id_number", "date_of_birth"), _birth_year_matches(values)),
            _check("id_matches_century", ("id_number", "date_of_birth"), _century_matches(values)),
            _check("id_matches_sex", ("id_number", "sex"), _sex_matches(values)),
        ]
    if card_type in _RENEWED_BY_AGE:
        checks.append(_check("expiry_matches_birth", ("date_of_birth", "date_of_expiry"), _expiry_matches(values)))
    checks.append(_check("dates_are_in_order", ("date_of_birth", "date_of_expiry"), _dates_in_order(values)))
    return tuple(checks)


def _check(name: str, fields: tuple[str, ...], passed: bool | None) -> Check:
    return Check(name, "unknown" if passed is None else "pass" if passed else "fail", fields)


def _right_length(card_type: str, values: Values) -> bool | None:
    if "id_number" not in values:
        return None
    return len(values["id_number"] or "") == _ID_DIGITS[card_type]


def _number(values: Values) -> str | None:
    number = values.get("id_number")
    return number if number is not None and len(number) == 12 else None


def _date(values: Values, field: str) -> datetime.date | None:
    value = values.get(field)
    return None if value in (None, "never") else datetime.date.fromisoformat(str(value))


def _province_known(values: Values) -> bool | None:
    """Only a hint: three digits outside the list may be a country's code."""
    number = _number(values)
    return None if number is None else (int(number[:3]) in PROVINCES) or None


def _birth_year_matches(values: Values) -> bool | None:
    number, birth = _number(values), _date(values, "date_of_birth")
    return None if number is None or birth is None else int(number[4:6]) == birth.year % 100


def _century_matches(values: Values) -> bool | None:
    number, birth = _number(values), _date(values, "date_of_birth")
    return None if number is None or birth is None else 19 + int(number[3]) // 2 == birth.year // 100


def _sex_matches(values: Values) -> bool | None:
    number, sex = _number(values), values.get("sex")
    return None if number is None or sex is None else (int(number[3]) % 2 == 1) == (sex == "F")


def _expiry_matches(values: Values) -> bool | None:
    birth, expiry = _date(values, "date_of_birth"), _date(values, "date_of_expiry")
    if birth is None or expiry is None:
        return None
    days = {(birth.month, birth.day)}
    if days == {(2, 29)}:  # the year of expiry may have no such day
        days |= {(2, 28), (3, 1)}
    return (expiry.month, expiry.day) in days and expiry.year - birth.year in RENEWAL_AGES


def _dates_in_order(values: Values) -> bool | None:
    dates = [_date(values, field) for field in ("date_of_birth", "date_of_issue", "date_of_expiry")]
    known = [date for date in dates if date is not None]
    return None if len(known) < 2 else all(a < b for a, b in itertools.pairwise(known))
