"""Values that a card's own evidence corrects: the few words a field can hold, lists of names, and its other fields.

A field's text is what was read and stays so. Its value may differ from it in letters that the Reader was not sure of,
where something other than the picture says what they are; `Field.corrected_by` then names that.
"""

from collections.abc import Mapping
from dataclasses import replace

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from models.addresses.correct import corrected_address, split_words
from models.card import Field
from models.charset import normalize, unaccented
from models.checks import RENEWAL_AGES
from models.family_names import FAMILY_NAMES
from models.values import value_of

KNOWN_WORDS, RENEWAL_AGE, FAMILY_NAME, UNITS = "known_words", "renewal_age", "family_name", "administrative_units"
EVIDENCE = (KNOWN_WORDS, RENEWAL_AGE, FAMILY_NAME, UNITS)

# A word that was read with at least this confidence is not corrected by a list: the list may be incomplete.
SURE = 0.9
# Fields of which every card prints one of a few texts.
_KNOWN = {"sex": ("Nam", "Nữ"), "nationality": ("Việt Nam",), "date_of_expiry": ("Không thời hạn",)}
_MIN_SIMILARITY = 0.55
_MAX_DIGITS_WRONG = 2  # of the eight of a date


def weigh(fields: Mapping[str, Field]) -> dict[str, Field]:
    """The same fields; those with a value that the evidence corrects have that value, and say why."""
    return {name: _weighed(name, field, fields) for name, field in fields.items()}


def _weighed(name: str, field: Field, fields: Mapping[str, Field]) -> Field:
    value, reason = field.value, None
    if name in _KNOWN and value is None:
        value, reason = _known_words(name, field.text), KNOWN_WORDS
    if name == "date_of_expiry" and value != "never" and (value is None or _unsure(field)):
        value, reason = _renewal(field, fields), RENEWAL_AGE
    elif name == "full_name":
        value, reason = _with_family_name(field), FAMILY_NAME
    elif field.address is not None:
        value, reason = _with_units(field), UNITS
    if value == field.value:
        return field
    without_marks = unaccented(value) if value and field.unaccented else None
    return replace(field, value=value, corrected_by=reason, unaccented=without_marks)


def _known_words(name: str, text: str) -> str | None:
    """The value of the one text that it may be, if it is like one; a text with digits is like none."""
    plain = {unaccented(known).lower(): known for known in _KNOWN[name]}
    read = unaccented(normalize(text)).lower()
    if any(char.isdigit() for char in read):
        return None
    found = process.extract(read, list(plain), scorer=Levenshtein.normalized_similarity, score_cutoff=_MIN_SIMILARITY)
    if not found or (len(found) > 1 and found[0][1] == found[1][1]):
        return None
    return value_of(name, plain[found[0][0]])


def _renewal(field: Field, fields: Mapping[str, Field]) -> str | None:
    """The one day on which a card of somebody born then may expire, if it is like the text; else what was read."""
    birth = fields.get("date_of_birth")
    if birth is None or birth.value is None or _unsure(birth):
        return field.value
    year, month, day = birth.value.split("-")
    days = [f"{day}/{month}/{int(year) + age}" for age in RENEWAL_AGES]
    edits = [Levenshtein.distance(normalize(field.text), day) for day in days]
    if min(edits) > _MAX_DIGITS_WRONG or edits.count(min(edits)) > 1:
        return field.value
    return value_of("date_of_expiry", days[edits.index(min(edits))]) or field.value


def _unsure(field: Field) -> bool:
    return field.confidence < SURE


def _with_family_name(field: Field) -> str | None:
    """The name with the diacritics of the one family name that has the letters of its first word."""
    first = field.words[0] if field.words else None
    if field.value is None or first is None or first.confidence >= SURE:
        return field.value
    read = normalize(first.text)
    if read.upper() in FAMILY_NAMES:
        return field.value
    same = [name for name in FAMILY_NAMES if unaccented(name) == unaccented(read.upper())]
    if len(same) != 1:
        return field.value
    name = same[0] if read.isupper() else same[0].capitalize()
    return f"{name}{field.value.removeprefix(read)}"


def _with_units(field: Field) -> str | None:
    pieces = [(piece, word.confidence < SURE) for word in field.words for piece in split_words(word.text)]
    if field.address is None or not pieces:
        return field.value
    words, may_be_wrong = zip(*pieces, strict=True)
    corrected = corrected_address(words, may_be_wrong, field.address)
    return field.value if corrected == " ".join(words) else corrected
