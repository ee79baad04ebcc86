"""The machine-readable zone of a card's back, as models/mrz.py reads it."""

from models.charset import unaccented
from models.mrz import LENGTH, NEVER, check_digit, composite
from models.synthetic.issuing import Date
from models.synthetic.people import Person


def machine_readable_zone(person: Person) -> tuple[str, str, str]:
    """The three lines as Vietnamese cards print them: nine digits as the document's number, all twelve behind it."""
    number, whole = person.id_number[-9:], person.id_number
    first = f"IDVNM{number}{check_digit(number)}{whole}<<{check_digit(whole)}"
    birth, expiry = _date(person.birth), _date(person.expiry) if person.expiry else NEVER
    sex = "M" if person.sex == "Nam" else "F"
    second = f"{birth}{check_digit(birth)}{sex}{expiry}{check_digit(expiry)}VNM".ljust(LENGTH - 1, "<")
    second += check_digit(composite(first, second))
    return first, second, _names(person.full_name)


def _date(date: Date) -> str:
    day, month, year = date
    return f"{year % 100:02d}{month:02d}{day:02d}"


def _names(full_name: str) -> str:
    """Family name, two fillers, the other names; cut where it is too long."""
    words = unaccented(full_name).upper().split()
    family, *given = ("".join(char for char in word if char.isalpha()) for word in words)
    return f"{family}<<{'<'.join(given)}"[:LENGTH].ljust(LENGTH, "<")
