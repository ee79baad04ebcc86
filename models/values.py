"""Normalised values of fields: what a database wants, where the text allows it, else None."""

import datetime
import re

from models import marks, mrz
from models.card import NAMES
from models.charset import normalize, unaccented

NEVER = "never"  # the value of a date of expiry that there is none
_NO_EXPIRY = "khong thoi han"  # printed on cards that never expire
_SEX = {"nam": "M", "nu": "F"}
_DATE = re.compile(r"([0-9]{2})[/.-]([0-9]{2})[/.-]([0-9]{4})")
_SPELT_DATE = re.compile(r"([0-9]{2}) ([0-9]{2}) ([0-9]{4})")


def value_of(field: str, text: str) -> str | None:
    """The normalised value of a field's text.

    Dates become ISO 8601 (`date_of_expiry` of a card without one: "never"), sex `M` or `F`
    (ICAO 9303), nationality `VNM` (ISO 3166-1), an ID number its digits, a machine-readable zone its three
    lines of 30 characters, a name that is mostly in capitals is in capitals, and the distance in a personal
    identification is written out; every other text is returned with single spaces. None where the text does not have
    the form of the field.
    """
    text = normalize(text)
    if field == "id_number":
        digits = text.replace(" ", "")  # one number may have been found as two words
        return digits if re.fullmatch(r"[0-9]{9}|[0-9]{12}", digits) else None
    if field in ("date_of_birth", "date_of_issue", "date_of_expiry"):
        if field == "date_of_expiry" and unaccented(text).lower() == _NO_EXPIRY:
            return NEVER
        date = parse_date(text)
        return date.isoformat() if date else None
    if field == "sex":
        return _SEX.get(unaccented(text).lower())
    if field == "nationality":
        return "VNM" if unaccented(text).lower() == "viet nam" else None
    if field == mrz.FIELD:
        zone = mrz.parse(text)
        return "\n".join(zone.lines) if zone else None
    if field in NAMES and in_capitals(text):
        text = text.upper()
    if field == marks.FIELD:
        text = marks.with_small_letters(marks.with_distance(text))
    return text or None


def in_capitals(name: str) -> bool:
    """Whether a name is printed in capitals, of which some may have been read as small letters: Hồ VĂN LONG is."""
    whole = [word.isupper() for word in name.split() if len(word) > 1]
    most = any(whole) and 2 * sum(whole) >= len(whole)
    return most and 2 * sum(map(str.isupper, name)) > sum(map(str.isalpha, name))


def parse_date(text: str) -> datetime.date | None:
    """dd/mm/yyyy, dd-mm-yyyy or dd.mm.yyyy, or dd mm yyyy and the words between them; None if it is no date."""
    numbers = " ".join(word for word in text.split() if not word.isalpha())  # ngày … tháng … năm …
    match = _DATE.fullmatch(text.replace(" ", "")) or _SPELT_DATE.fullmatch(numbers)
    if match is None:
        return None
    day, month, year = (int(group) for group in match.groups())
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return None
