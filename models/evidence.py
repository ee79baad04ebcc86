"""Values that a card's own evidence corrects: the few words a field can hold, lists of names, and its other fields.

A field's text is what was read and stays so. Its value may differ from it in letters that the Reader was not sure of,
where something other than the picture says what they are, and in marks that it was sure of where a list is complete;
`Field.corrected_by` then names that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from models import marks, mrz, respelling
from models.agreement import agreeing
from models.card import ADDRESSES, NAMES, Field, Kind, Word
from models.charset import normalize, unaccented
from models.checks import RENEWAL_AGES
from models.closed_lists import is_surely, listed
from models.said import CODE, by_code, by_zone
from models.spelling import SURE
from models.values import NEVER, in_capitals, value_of

KNOWN_WORDS, RENEWAL_AGE, FAMILY_NAME, GIVEN_NAMES = "known_words", "renewal_age", "family_name", "given_names"
UNITS, SYLLABLES, CARD_RULES = "administrative_units", "syllables", "card_rules"
ZONE, QR_CODE = "machine_readable_zone", "qr_code"
EVIDENCE = (KNOWN_WORDS, RENEWAL_AGE, FAMILY_NAME, GIVEN_NAMES, UNITS, ZONE, QR_CODE, CARD_RULES, SYLLABLES)

# Fields of which every card prints one of a few texts.
_KNOWN = {"sex": ("Nam", "Nữ"), "nationality": ("Việt Nam",), "date_of_expiry": ("Không thời hạn",)}
_MIN_SIMILARITY = 0.55
_MAX_DIGITS_WRONG = 2  # of the eight of a date, of the twelve of a number
_MIN_LIKENESS = 0.8  # of a name or place and what the code says


def weigh(kind: Kind, fields: Mapping[str, Field]) -> dict[str, Field]:
    """The fields of one side; those with a value that the evidence corrects have that value, and say why."""
    zone, code = (
        by(fields[name].value) if name in fields else {} for name, by in ((mrz.FIELD, by_zone), (CODE, by_code))
    )
    weighed = {name: _corrected(field, *_machine_read(name, field, zone, code)) for name, field in fields.items()}
    for name, value in agreeing(kind, weighed).items():
        weighed[name] = _corrected(weighed[name], value, CARD_RULES)
    return {
        name: field if field.corrected_by else _corrected(field, *_weighed(kind[0], name, field, fields))
        for name, field in weighed.items()
    }


def _corrected(field: Field, value: str | None, reason: str) -> Field:
    if value == field.value:
        return field
    without_marks = unaccented(value) if value and field.unaccented else None
    return replace(field, value=value, corrected_by=reason, unaccented=without_marks)


def _machine_read(name: str, field: Field, zone: Mapping[str, str], code: Mapping[str, str]) -> tuple[str | None, str]:
    """What the code or, with check digits that hold, the zone of the side says, if an unsure field is like it."""
    if name == "sex" or not (field.value is None or _unsure(field)):
        return field.value, ""
    for said, reason in ((code.get(name), QR_CODE), (zone.get(name), ZONE)):
        if said is not None and said != NEVER and _is_like(name, field.text, said):
            return _as_printed(name, field.text, said), reason
    return field.value, ""


def _is_like(name: str, text: str, said: str) -> bool:
    if name == "id_number" or name.startswith("date"):
        digits = said if name == "id_number" else "".join(reversed(said.split("-")))
        return Levenshtein.distance("".join(filter(str.isalnum, text)), digits) <= _MAX_DIGITS_WRONG
    return Levenshtein.normalized_similarity(normalize(text).casefold(), said.casefold()) >= _MIN_LIKENESS


def _as_printed(name: str, text: str, said: str) -> str:
    """Cards print names in capitals, codes do not hold them so."""
    return said.upper() if name == "full_name" and in_capitals(text) else said


def _weighed(card_type: str, name: str, field: Field, fields: Mapping[str, Field]) -> tuple[str | None, str]:
    value, reason = field.value, ""
    if name in _KNOWN and value is None:
        value, reason = _known_words(name, field.text), KNOWN_WORDS
    if name == "date_of_expiry" and value != NEVER and (value is None or _unsure(field)):
        return _renewal(field, fields, RENEWAL_AGES.get(card_type, ())), RENEWAL_AGE
    if field.words and name in (*NAMES, *ADDRESSES, marks.FIELD):
        return _respelt(name, field)
    entry = listed(name, field.text)
    if entry is not None and (_unsure(field) or is_surely(entry, field.text)):
        return entry, KNOWN_WORDS
    return value, reason


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


def _renewal(field: Field, fields: Mapping[str, Field], ages: Sequence[int]) -> str | None:
    """The one day on which a card of somebody born then may expire, if it is like the text; else what was read."""
    birth = fields.get("date_of_birth")
    if not ages or birth is None or birth.value is None or _unsure(birth):
        return field.value
    year, month, day = birth.value.split("-")
    days = [f"{day}/{month}/{int(year) + age}" for age in ages]
    edits = [Levenshtein.distance(normalize(field.text), day) for day in days]
    if min(edits) > _MAX_DIGITS_WRONG or edits.count(min(edits)) > 1:
        return field.value
    return value_of("date_of_expiry", days[edits.index(min(edits))]) or field.value


def _unsure(field: Field) -> bool:
    return field.confidence < SURE


def _respelt(name: str, field: Field) -> tuple[str | None, str]:
    """Words that lists or their language know, word by word."""
    if name == marks.FIELD:
        return value_of(name, respelling.marks_text(field)), KNOWN_WORDS
    if name in ADDRESSES:
        words, units = respelling.address_texts(field)
        return value_of(name, units), UNITS if units != words else SYLLABLES
    # Another name may be one of a single word, without a family's.
    family = respelling.family_name(field.words[0]) if name == "full_name" else None
    first = family or (field.words[0].text if name == "full_name" else _given(field.words[0]))
    return value_of(name, " ".join([first, *map(_given, field.words[1:])])), FAMILY_NAME if family else GIVEN_NAMES


def _given(word: Word) -> str:
    return respelling.given_name(word) or word.text
