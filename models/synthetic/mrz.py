"""The machine-readable zone of a card's back: ICAO 9303 part 5, TD1, three lines of 30 characters."""

import itertools

from models.charset import unaccented
from models.synthetic.issuing import Date
from models.synthetic.people import Person

LENGTH = 30
_NEVER = (31, 12, 2099)  # what stands there for a card without expiry; a convention of ours, no rule was found


def check_digit(text: str) -> str:
    """Weights 7, 3, 1; digits count as themselves, A to Z as 10 to 35, `<` as 0 (ICAO 9303 part 3, section 4.9)."""
    values = (0 if char == "<" else int(char, 36) for char in text)
    return str(sum(value * weight for value, weight in zip(values, itertools.cycle((7, 3, 1)), strict=False)) % 10)


def machine_readable_zone(person: Person) -> tuple[str, str, str]:
    """The three lines as Vietnamese cards print them: nine digits as the document's number, all twelve behind it."""
    number, whole = person.id_number[-9:], person.id_number
    first = f"IDVNM{number}{check_digit(number)}{whole}<<{check_digit(whole)}"
    birth, expiry = _date(person.birth), _date(person.expiry or _NEVER)
    sex = "M" if person.sex == "Nam" else "F"
    second = f"{birth}{check_digit(birth)}{sex}{expiry}{check_digit(expiry)}VNM".ljust(LENGTH - 1, "<")
    second += check_digit(first[5:] + second[:7] + second[8:15] + second[18:29])
    return first, second, _names(person.full_name)


def _date(date: Date) -> str:
    day, month, year = date
    return f"{year % 100:02d}{month:02d}{day:02d}"


def _names(full_name: str) -> str:
    """Family name, two fillers, the other names; cut where it is too long."""
    words = unaccented(full_name).upper().split()
    family, *given = ("".join(char for char in word if char.isalpha()) for word in words)
    return f"{family}<<{'<'.join(given)}"[:LENGTH].ljust(LENGTH, "<")
