"""What one side of a card says of its holder beside its print: in its machine-readable zone, and in its QR code."""

import itertools
import re
from collections.abc import Mapping

from models import mrz
from models.card import ADDRESSES, FIELDS_OF, NAMES
from models.charset import unaccented
from models.values import NEVER, value_of

CODE = "qr"  # the field of a card's QR code; no word of it is read
# The sides with a code (Circular 06/2021/TT-BCA, Circular 16/2024/TT-BCA).
WITH_CODE = (("cccd-2021", "front"), ("cc-2024", "back"))
IN_ZONE = ("id_number", "full_name", "date_of_birth", "sex", "date_of_expiry")
IN_CODE = ("id_number", "full_name", "date_of_birth", "sex", "place_of_residence", "date_of_issue")
DATES = ("date_of_birth", "date_of_issue", "date_of_expiry")  # in the order in which they come
_DAY = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{4})")


def sources(kind: tuple[str, str]) -> dict[str, str]:
    """What a side says -> the field that says it: its own where it is printed, else the zone."""
    printed = FIELDS_OF[kind]
    return dict.fromkeys(IN_ZONE if mrz.FIELD in printed else (), mrz.FIELD) | {name: name for name in printed}


def by_zone(value: str | None) -> dict[str, str]:
    """Values of IN_ZONE by the zone whose value this is: only those that the zone's own check digits bear out.

    A name that fills its line may go on, and is left out.
    """
    zone = mrz.parse(value or "")
    if zone is None:
        return {}
    right = zone.digits_right
    found = {
        "id_number": zone.number if right["number"] else None,
        "full_name": None if zone.cut else zone.name,
        "date_of_birth": zone.birth_date if right["birth"] and right["number"] else None,  # its century is the number's
        "sex": zone.sex,
        "date_of_expiry": zone.expiry_date if right["expiry"] else None,
    }
    return {name: said for name, said in found.items() if said is not None}


def by_code(value: str | None) -> dict[str, str]:
    """Values of IN_CODE by a code: number, old number, name, birth, sex, residence and issue between bars.

    There are codes without the old number, and codes with more at the end.
    """
    parts = (value or "").split("|")
    if len(parts) < len(IN_CODE):
        return {}
    read = dict(zip(IN_CODE, [parts[0], *parts[1 if len(parts) == len(IN_CODE) else 2 :]], strict=False))
    found = {
        name: value_of(name, _DAY.sub(r"\1/\2/\3", text) if "date" in name else text) for name, text in read.items()
    }
    return {name: said for name, said in found.items() if said is not None}


def same(name: str, one: str | None, other: str | None, unmarked: bool = False) -> bool | None:
    """Whether two values of a field say the same; None where that cannot be told.

    Of names and places the letters and digits count; `unmarked`: without their diacritics, as a zone has them.
    No rule was found for what the zone of a card that does not expire has instead of a date.
    """
    if one is None or other is None or (one != other and NEVER in (one, other)):
        return None
    if name in NAMES or name in ADDRESSES:
        one, other = (_letters(unaccented(text) if unmarked else text) for text in (one, other))
    return one == other


def in_order(values: Mapping[str, str | None]) -> bool | None:
    """Whether birth, issue and expiry follow each other, as far as they are known; None where fewer than two are."""
    dates = [values.get(name) for name in DATES]
    known = [date for date in dates if date not in (None, NEVER)]
    return None if len(known) < 2 else all(str(a) < str(b) for a, b in itertools.pairwise(known))


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()
