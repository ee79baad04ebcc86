"""Numbers and dates of a card that keep its rules, where what was read does not.

A number of the wrong form, a day that is in no calendar or of a year in which no such card was issued, a number that
says another year of birth than the date beside it: one character was misread, and mostly the Reader had the right one
as its second thought, or took a digit for the letter that looks like it. Of all that it would have taken, the
likeliest with the fewest faults is the value. Text and checks stay those of what was read.
"""

from collections.abc import Mapping
from dataclasses import replace

from models.card import Field, Kind, Word
from models.checks import YEARS_VALID, check_card
from models.reader.contract import Choices
from models.spelling import likeliest, spellings
from models.values import NEVER, value_of

_OF_NUMBERS = frozenset("0123456789/")
_LOOK_ALIKE = {**dict.fromkeys("OoDQ", "0"), **dict.fromkeys("Il|", "1"), "Z": "2", "S": "5", "B": "8"}
# The years in which a type was issued, with some to spare, and those in which the one that says so expires.
YEARS = {
    ("cmnd-9", "date_of_issue"): (1976, 2021),
    ("cmnd-12", "date_of_issue"): (2012, 2017),
    ("cmnd-12", "date_of_expiry"): (2012 + YEARS_VALID, 2017 + YEARS_VALID),
    ("cccd-2016", "date_of_issue"): (2016, 2021),
    ("cccd-2021", "date_of_issue"): (2021, 2024),
    ("cc-2024", "date_of_issue"): (2024, 2099),
}
DIGIT_SHARE = 0.05  # of the probability of the character read: less is no doubt that it may have been this digit
FIELDS = ("id_number", "date_of_birth", "date_of_issue", "date_of_expiry")

Candidates = list[tuple[str | None, float]]


def agreeing(kind: Kind, fields: Mapping[str, Field]) -> dict[str, str]:
    """The values of FIELDS that are others than those read, because the card then has fewer faults; mostly none.

    Args:
        kind: type and side.
        fields: all of the side, with values as read or as a code or a zone had them.
    """
    values = {name: field.value for name, field in fields.items()}
    fewest = _faults(kind, values)
    if not fewest:
        return {}
    names = [name for name in FIELDS if name in fields]
    candidates = [_candidates(name, fields[name]) for name in names]
    best: dict[str, str] = {}
    for ranks, _ in likeliest(candidates):
        chosen = {name: those[rank][0] for name, those, rank in zip(names, candidates, ranks, strict=True)}
        faults = _faults(kind, values | chosen)
        if faults < fewest:
            fewest = faults
            best = {name: value for name, value in chosen.items() if value is not None and value != values[name]}
        if not fewest:
            break
    return best


def _faults(kind: Kind, values: Mapping[str, str | None]) -> int:
    """How many numbers and dates have no value or another time's, and how many rules of the card are broken."""
    without = sum(name in values and values[name] is None for name in FIELDS)
    outside = sum(_is_of_another_time(kind[0], name, values.get(name)) for name in FIELDS)
    return without + outside + sum(check.result == "fail" for check in check_card(*kind, values))


def _is_of_another_time(card_type: str, name: str, value: str | None) -> bool:
    if value is None or value == NEVER or (card_type, name) not in YEARS:
        return False
    first, last = YEARS[card_type, name]
    return not first <= int(value[:4]) <= last


def _in_digits(word: Word) -> Word:
    """A word with nothing but digits and what stands between them, if every place of it may have been one."""
    choices = tuple(map(_digits, word.choices))
    return replace(word, choices=choices) if choices and all(choices) else word


def _digits(place: Choices) -> Choices:
    """The digits that the Reader would have taken at a place, else the one that its letter looks like."""
    first, most = place[0]
    doubts = tuple((char, share) for char, share in place if char in _OF_NUMBERS and share >= DIGIT_SHARE * most)
    return doubts or (((_LOOK_ALIKE[first], most),) if first in _LOOK_ALIKE else ())


def _candidates(name: str, field: Field) -> Candidates:
    """What the field's value may be, likeliest first, each once; first the value that it has."""
    found: dict[str | None, float] = {field.value: 1.0}
    for text, share in spellings([_in_digits(word) for word in field.words]):
        value = value_of(name, text)
        if value is not None:
            found.setdefault(value, share)
    return list(found.items())
