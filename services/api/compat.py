"""A card, and an error, in the shape of FPT.AI's reader of identity cards: for back ends that parse that already.

The shape is that of its public documentation; docs/api.md says what stands where. Nothing is in it that our own
answer does not have; what we do not know is "N/A", as there.
"""

import itertools
from datetime import date
from typing import Any

from models import mrz
from models.card import FIELDS_OF, Address, Card, Field
from models.values import NEVER
from services.api.errors import ApiError, BadRequest

NOT_KNOWN = "N/A"
TYPES = {  # card type and side -> `type`, `type_new`; those of cc-2024 are documented nowhere: it has a chip
    ("cmnd-9", "front"): ("old", "cmnd_09_front"),
    ("cmnd-12", "front"): ("new", "cmnd_12_front"),
    ("cccd-2016", "front"): ("new", "cccd_12_front"),
    ("cccd-2021", "front"): ("chip_front", "cccd_chip_front"),
    ("cc-2024", "front"): ("chip_front", "cccd_chip_front"),
    ("cmnd-9", "back"): ("old_back", "old_back"),
    ("cmnd-12", "back"): ("new_back", "new_back"),
    ("cccd-2016", "back"): ("new_back", "new_back"),
    ("cccd-2021", "back"): ("chip_back", "chip_back"),
    ("cc-2024", "back"): ("chip_back", "chip_back"),
}
_FIELDS = {  # by side; what no card of that form has on it is "N/A", as there
    "front": {
        "id": "id_number",
        "name": "full_name",
        "dob": "date_of_birth",
        "sex": "sex",
        "nationality": "nationality",
        "home": "place_of_origin",
        "address": "place_of_residence",
        "doe": "date_of_expiry",
    },
    "back": {
        "ethnicity": "ethnicity",
        "religion": "religion",
        "features": "personal_identification",
        "issue_date": "date_of_issue",
        "issue_loc": "issuing_authority",
    },
}
# What only the back of cc-2024 has.
_PLACES = {"pob": "place_of_birth", "address": "place_of_residence", "doe": "date_of_expiry"}
_DATES = ("dob", "doe", "issue_date")
_CAPITALS = ("sex", "nationality")

# Its documented error numbers. `_OTHER` is that of anything else.
_OTHER = -1
_MESSAGES = {
    1: "Invalid Parameters or Values!",
    2: "Failed in cropping",
    3: "Unable to find ID card in the image",
    5: "No URL in the request",
    6: "Failed to open the URL!",
    7: "Invalid image file",
    8: "Bad data",
    9: "No string base64 in the request",
    10: "String base64 is not valid",
}
_NUMBERS = {
    "bad_request": 1,
    "unauthorized": 1,
    "unsupported_media_type": 1,
    "corners_missing": 2,
    "unsupported_image": 7,
    "bad_image": 8,
    "image_too_large": 8,
    "body_too_large": 8,
}
_CARD_NOT_READ = 3
# Where the photo is at fault: its service answers them with 200, and many callers look no further otherwise.
_TOLD_WITH_200 = frozenset({2, 3, 6, 7, 8, 10})


class BadFptRequest(BadRequest):
    """A request of that shape which holds no photo; `number` says why."""

    def __init__(self, number: int) -> None:
        super().__init__(_MESSAGES[number])
        self.number = number


def reply(card: Card) -> dict[str, Any]:
    """The reply for a card that was read."""
    kind, new_kind = TYPES[card.type, card.side]
    printed = FIELDS_OF[card.type, card.side]
    places = _PLACES if "place_of_birth" in printed else {}
    data: dict[str, Any] = {}
    for name, ours in (_FIELDS[card.side] | places).items():
        field = card.fields.get(ours)
        data[name] = NOT_KNOWN if field is None else _text(name, field)
        data[f"{name}_prob"] = NOT_KNOWN if field is None else _percent(field.confidence)
    if mrz.FIELD in printed:
        data |= _zone(card.fields.get(mrz.FIELD))
    read = [field.confidence for name, field in card.fields.items() if name in printed]
    data["overall_score"] = _percent(sum(read) / max(1, len(read)))
    if card.side == "front":
        data["number_of_name_lines"] = str(_lines(card, "full_name"))
    if "address" in data:
        residence = card.fields.get("place_of_residence")
        data["address_entities"] = _entities(residence.address if residence else None)
    return {"errorCode": 0, "errorMessage": "", "data": [{**data, "type_new": new_kind, "type": kind}]}


def error_reply(error: ApiError) -> tuple[dict[str, Any], int]:
    """The reply for an error, and its HTTP status."""
    number = _number(error)
    # Ours stay as they are where they mean more than "this photo will not do": no key, too often, too large, 5xx.
    status = 200 if number in _TOLD_WITH_200 and error.status in (400, 415, 422) else error.status
    return {"errorCode": number, "errorMessage": _MESSAGES.get(number, str(error)), "data": []}, status


def _number(error: ApiError) -> int:
    if isinstance(error, BadFptRequest):
        return error.number
    return _NUMBERS.get(error.code, _CARD_NOT_READ if error.status == 422 else _OTHER)


def _text(name: str, field: Field) -> str:
    if name in _DATES and field.value not in (None, NEVER):
        return _day(field.value)
    return field.text.upper() if name in _CAPITALS else field.text


def _day(value: str | None) -> str:
    return NOT_KNOWN if value in (None, NEVER) else date.fromisoformat(str(value)).strftime("%d/%m/%Y")


def _zone(field: Field | None) -> dict[str, Any]:
    """The lines of the machine-readable zone, and what they say."""
    found = mrz.parse(field.value or "") if field else None
    details = dict.fromkeys(("id", "name", "doe", "dob", "nationality", "sex"), NOT_KNOWN)
    if found is not None:
        birth, expiry = _day(found.birth_date), _day(found.expiry_date)
        details |= {"id": found.number, "name": found.name, "doe": expiry, "dob": birth}
        details |= {"nationality": "VNM", "sex": found.sex}
    return {
        "mrz": NOT_KNOWN if field is None else (field.value or field.text).split(),
        "mrz_prob": NOT_KNOWN if field is None else _percent(field.confidence),
        "mrz_details": details,
    }


def _percent(share: float) -> str:
    return f"{100 * share:.2f}"


def _entities(address: Address | None) -> dict[str, str]:
    """As read, like the rest; a tier that was not found is empty."""
    found = {unit.tier: unit.text for unit in address.units} if address else {}
    return {
        **{tier: found.get(tier, "") for tier in ("province", "district", "ward")},
        "street": address.rest if address else "",
    }


def _lines(card: Card, name: str) -> int:
    """Along the card's top edge a line's words run on; where one begins no further than the last, a line begins."""
    words = card.fields[name].words if name in card.fields else ()
    (x0, y0), (x1, y1) = card.corners[:2]
    begins = [x * (x1 - x0) + y * (y1 - y0) for (x, y), *_ in (word.polygon for word in words)]
    return sum(after <= before for before, after in itertools.pairwise(begins)) + bool(words)
