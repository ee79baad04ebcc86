"""Normalised values of fields: what a database wants, where the text allows it, else None."""

import datetime
import re

from models.charset import normalize, unaccented

NO_EXPIRY = "khong thoi han"  # printed on cards that never expire
_SEX = {"nam": "M", "nu": "F"}


def value_of(field: str, text: str) -> str | None:
    """The normalised value of a field's text.

    Dates become ISO 8601 (`date_of_expiry` of a card without one: "never"), sex `M` or `F`
    (ICAO 9303), nationality `VNM` (ISO 3166-1), an ID number its digits; names and places are
    returned with single spaces. None where the text does not have the form of the field.
    """
    text = normalize(text)
    if field == "id_number":
        digits = text.replace(" ", "")  # one number may have been found as two words
        return digits if re.fullmatch(r"[0-9]{9}|[0-9]{12}", digits) else None
    if field in ("date_of_birth", "date_of_issue", "date_of_expiry"):
        if field == "date_of_expiry" and unaccented(text).lower() == NO_EXPIRY:
            return "never"
        date = parse_date(text)
        return date.isoformat() if date else None
    if field == "sex":
        return _SEX.get(unaccented(text).lower())
    if field == "nationality":
        return "VNM" if unaccented(text).lower() == "viet nam" else None
    return text or None


def parse_date(text: str) -> datetime.date | None:
    """dd/mm/yyyy, dd-mm-yyyy or dd.mm.yyyy, as cards print it; None if it is no calendar date."""
    match = re.fullmatch(r"([0-9]{2})[/.-]([0-9]{2})[/.-]([0-9]{4})", text.replace(" ", ""))
    if match is None:
        return None
    day, month, year = (int(group) for group in match.groups())
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return None
