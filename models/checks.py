"""Rules that a card must keep, as named checks: pass, fail, or unknown where a field is missing.

Sources: Decree 137/2015/NĐ-CP article 13 and Circular 59/2021/TT-BCA article 4 (the 12-digit
number), Law on Citizen Identification article 23 (expiry at 25, 40 and 60 years), Law on Identity 26/2023/QH15
(at 14 too), Decree 05/1999/NĐ-CP article 2 (15 years from issue), ICAO 9303 part 5 (the machine-readable zone).
"""

import datetime
from collections.abc import Mapping

from models import mrz
from models.card import FIELDS_OF, ID_DIGITS, Check
from models.said import CODE, DATES, IN_CODE, IN_ZONE, WITH_CODE, by_code, by_zone, in_order, same, sources
from models.values import NEVER

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
# The ages at which cards expire, by type; of the others, the CMNDs, how many years after their issue.
RENEWAL_AGES = {"cccd-2016": (25, 40, 60), "cccd-2021": (25, 40, 60), "cc-2024": (14, 25, 40, 60)}
YEARS_VALID = 15
_ZONE_DIGITS = ("document", "number", "birth", "expiry", "composite")

Values = Mapping[str, str | None]


def check_card(card_type: str, side: str, values: Values) -> tuple[Check, ...]:
    """Every check that makes sense for a side of a card type.

    What a side does not print is taken from its machine-readable zone, where it has one.

    Args:
        card_type, side: one of CARD_CLASSES.
        values: normalised values by field (`models.values.value_of`): None where a field was read
            but has no valid value, absent where it was not found. The text of a QR code is under `qr`.
    """
    of = sources((card_type, side))
    zone = by_zone(values.get(mrz.FIELD))
    said = {name: zone.get(name) if field == mrz.FIELD else values.get(name) for name, field in of.items()}
    checks = _of_number(card_type, of, values, said)
    if mrz.FIELD in FIELDS_OF[card_type, side]:
        checks += _of_zone(of, values, zone)
    if card_type in RENEWAL_AGES and {"date_of_birth", "date_of_expiry"} <= of.keys():
        fields = _fields(of, "date_of_birth", "date_of_expiry")
        checks.append(outcome("expiry_matches_birth", fields, _expiry_matches(said, RENEWAL_AGES[card_type])))
    dates = [name for name in DATES if name in of]
    if len(dates) > 1:
        checks.append(outcome("dates_are_in_order", _fields(of, *dates), in_order(said)))
    if (card_type, side) in WITH_CODE:
        checks += _of_code(of, values, said)
    return tuple(checks)


def outcome(name: str, fields: tuple[str, ...], passed: bool | None) -> Check:
    """A check that passed, failed, or, with None, cannot be told."""
    return Check(name, "unknown" if passed is None else "pass" if passed else "fail", fields)


def _fields(of: Mapping[str, str], *names: str) -> tuple[str, ...]:
    """The fields that say these, each once."""
    return tuple(dict.fromkeys(of[name] for name in names))


def _of_number(card_type: str, of: Mapping[str, str], values: Values, said: Values) -> list[Check]:
    """Of the identity number, alone and against birth and sex; nothing where the side does not say it."""
    number = of.get("id_number")
    checks = []
    if number == "id_number":  # a zone has one of the right length, or none
        checks.append(outcome("id_has_right_length", ("id_number",), _right_length(card_type, values)))
    if number is None or ID_DIGITS[card_type] != 12:
        return checks
    birth, sex = _fields(of, "id_number", "date_of_birth"), _fields(of, "id_number", "sex")
    checks.append(outcome("id_province_is_known", (number,), _province_known(said)))
    checks.append(outcome("id_matches_birth_year", birth, _birth_year_matches(said)))
    if of["date_of_birth"] == "date_of_birth":  # a zone has no century but the number's
        checks.append(outcome("id_matches_century", birth, _century_matches(said)))
    checks.append(outcome("id_matches_sex", sex, _sex_matches(said)))
    return checks


def _of_zone(of: Mapping[str, str], values: Values, said: Values) -> list[Check]:
    """Of the machine-readable zone, alone and against the print beside it; `said` by it alone."""
    value = values.get(mrz.FIELD)
    zone = mrz.parse(value or "")
    whole = None if mrz.FIELD not in values else value is not None
    checks = [outcome("mrz_has_right_form", (mrz.FIELD,), whole)]
    for name in _ZONE_DIGITS:
        holds = None if zone is None else zone.digits_right[name]
        checks.append(outcome(f"mrz_{name}_digit_holds", (mrz.FIELD,), holds))
    agree = None if zone is None else zone.lines[0][5:14] == zone.number[-9:]
    checks.append(outcome("mrz_numbers_agree", (mrz.FIELD,), agree))
    for name in IN_ZONE:
        if of[name] == name:
            agrees = same(name, said.get(name), values.get(name), unmarked=True)
            checks.append(outcome(f"mrz_matches_{name}", (mrz.FIELD, name), agrees))
    return checks


def _of_code(of: Mapping[str, str], values: Values, said: Values) -> list[Check]:
    """Of the QR code against print and zone."""
    code = by_code(values.get(CODE))
    checks = []
    for name in (name for name in IN_CODE if name in of):
        agrees = same(name, code.get(name), said.get(name), unmarked=of[name] == mrz.FIELD)
        checks.append(outcome(f"qr_matches_{name}", (CODE, of[name]), agrees))
    return checks


def _right_length(card_type: str, values: Values) -> bool | None:
    if "id_number" not in values:
        return None
    return len(values["id_number"] or "") == ID_DIGITS[card_type]


def _number(values: Values) -> str | None:
    number = values.get("id_number")
    return number if number is not None and len(number) == 12 else None


def _date(values: Values, field: str) -> datetime.date | None:
    value = values.get(field)
    return None if value in (None, NEVER) else datetime.date.fromisoformat(str(value))


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


def _expiry_matches(values: Values, ages: tuple[int, ...]) -> bool | None:
    birth, expiry = _date(values, "date_of_birth"), _date(values, "date_of_expiry")
    if birth is None or expiry is None:
        return None
    return is_years_later(birth, expiry, ages)


def is_years_later(first: datetime.date, later: datetime.date, years: tuple[int, ...]) -> bool:
    """Whether one is the same day some years on; 28 February and 1 March will do for 29 February."""
    days = {(first.month, first.day)}
    if days == {(2, 29)}:  # the later year may have no such day
        days |= {(2, 28), (3, 1)}
    return (later.month, later.day) in days and later.year - first.year in years
