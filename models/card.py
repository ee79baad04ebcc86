"""The value types of a card: what it may be, what is printed on it, and what was read."""

from dataclasses import dataclass, field

Point = tuple[float, float]
Polygon = tuple[Point, ...]
Kind = tuple[str, str]  # of a card: its type and side

# Top-left, top-right, bottom-right, bottom-left *of the card*, whichever way it lies.
CORNERS = ("top_left", "top_right", "bottom_right", "bottom_left")

# Every card type and side the Cropper was trained to tell apart.
# New ones go to the end: a Cropper that knows fewer knows the first of them.
CARD_CLASSES = (
    ("cmnd-9", "front"),
    ("cccd-2021", "front"),
    ("cmnd-9", "back"),
    ("cmnd-12", "front"),
    ("cmnd-12", "back"),
    ("cccd-2016", "front"),
    ("cccd-2016", "back"),
    ("cccd-2021", "back"),
    ("cc-2024", "front"),
    ("cc-2024", "back"),
)

# Cards of the same form, told apart by their titles and by what is printed in them (models/alike.py).
ALIKE = {
    (one, side): (other, side)
    for one, other in (("cmnd-12", "cccd-2016"), ("cccd-2016", "cmnd-12"))
    for side in ("front", "back")
}

# Digits of an identity number.
ID_DIGITS = {"cmnd-9": 9, "cmnd-12": 12, "cccd-2016": 12, "cccd-2021": 12, "cc-2024": 12}

# Every field whose words the Detector was trained to find; new ones go to the end here too.
FIELDS = (
    "id_number",
    "full_name",
    "date_of_birth",
    "sex",
    "nationality",
    "place_of_origin",
    "place_of_residence",
    "date_of_expiry",
    "date_of_issue",
    "place_of_birth",
    "mrz",
    "other_name",
    "ethnicity",
    "religion",
    "personal_identification",
    "issuing_authority",
)

_PERSON = ("id_number", "full_name", "date_of_birth")
_CITIZEN = FIELDS[:8]
_ISSUED = ("personal_identification", "date_of_issue", "issuing_authority")
# The fields printed on each side of each card; a missing one is a warning, an extra one is dropped.
FIELDS_OF = {
    ("cmnd-9", "front"): (*_PERSON, "place_of_origin", "place_of_residence"),
    ("cmnd-9", "back"): ("ethnicity", "religion", *_ISSUED),
    ("cmnd-12", "front"): (
        *(*_PERSON, "other_name", "sex", "ethnicity"),
        *("place_of_origin", "place_of_residence", "date_of_expiry"),
    ),
    ("cmnd-12", "back"): _ISSUED,
    ("cccd-2016", "front"): _CITIZEN,
    ("cccd-2016", "back"): _ISSUED,
    ("cccd-2021", "front"): _CITIZEN,
    ("cccd-2021", "back"): (*_ISSUED, "mrz"),
    ("cc-2024", "front"): (*_PERSON, "sex", "nationality"),
    ("cc-2024", "back"): (
        *("place_of_residence", "place_of_birth", "date_of_issue", "date_of_expiry"),
        *("issuing_authority", "mrz"),
    ),
}
# Lines that many cards leave empty: no warning where one was not found.
OPTIONAL_FIELDS = ("other_name", "religion", "personal_identification")

# Which fields hold a person's name, and which a place.
NAMES = ("full_name", "other_name")
ADDRESSES = ("place_of_origin", "place_of_residence", "place_of_birth")
# The fields whose words follow each other with a space between them and nothing else.
RUNNING_TEXT = (*NAMES, *ADDRESSES, "personal_identification", "issuing_authority", "ethnicity", "religion")

# ISO/IEC 7810 ID-1: 85.60 mm x 53.98 mm.
CARD_ASPECT = 85.60 / 53.98


class CardNotReadable(Exception):
    """The photo was understood, but there is no card in it that can be read.

    `code` is stable and machine-readable; the message tells a person what to do.
    """

    code = "card_not_readable"


class NoCardFound(CardNotReadable):
    """Nothing in the photo looks like a card we know."""

    code = "no_card"


class CornersMissing(CardNotReadable):
    """A card is there, but two or more of its corners are not."""

    code = "corners_missing"


class CardTooSmall(CardNotReadable):
    """The card is there, but too small in the photo for its letters to be seen."""

    code = "card_too_small"


class UnknownDocument(CardNotReadable):
    """It was taken for a card that we know, but its number or machine-readable zone is none of such a card's."""

    code = "unknown_document"


class WrongSide(CardNotReadable):
    """A card is there, but not the side that was asked for."""

    code = "wrong_side"


@dataclass(frozen=True)
class Word:
    """One word as it was read. `polygon` is in pixels of the original photo.

    `choices`: for each character of `text` those that it may be, likeliest first, with their probabilities; empty
    where the Reader gives none.
    """

    text: str
    confidence: float
    polygon: Polygon
    char_confidence: tuple[float, ...] = ()
    choices: tuple[tuple[tuple[str, float], ...], ...] = ()


@dataclass(frozen=True)
class UnitMatch:
    """An administrative unit that part of an address was matched with.

    `name` and `code` come from a list of units; `text` is the part as it was read. `similarity` is 1 minus the
    edits between the two over the longer one's letters (Levenshtein), without case and kind of unit, each tone
    counted as a letter: 1.0 means read as listed, a little less that diacritics or letters differ.
    """

    tier: str  # "province", "district" or "ward"
    code: str
    name: str
    text: str
    similarity: float


@dataclass(frozen=True)
class Successor:
    """A unit of today that took over a former one, or a part of it."""

    tier: str
    code: str
    name: str


@dataclass(frozen=True)
class Address:
    """The administrative units in an address, from the largest; `rest` is the text that none was matched with.

    `era` says which list they come from: "before-2025-07" (province, district, ward) or "since-2025-07" (province,
    ward). `successors`: what the province and the ward of the older list are today, where that is known.
    """

    era: str
    units: tuple[UnitMatch, ...]
    rest: str
    successors: tuple[Successor, ...] = ()


@dataclass(frozen=True)
class Field:
    """All words of one field, in reading order.

    `text` is what was read; `value` is its normalised form (ISO date, `M`/`F`, …), or None
    where the text does not allow one. `unaccented` is a name's value without diacritics. `address` is what the
    text of a place was matched with. What was read and what was matched are never mixed. `corrected_by`: the one
    of `models.evidence.EVIDENCE` that made `value` differ from what was read, None where nothing did.
    """

    text: str
    value: str | None
    confidence: float
    polygon: Polygon
    words: tuple[Word, ...]
    unaccented: str | None = None
    address: Address | None = None
    corrected_by: str | None = None


@dataclass(frozen=True)
class Check:
    """A rule of the card, applied: `result` is `pass`, `fail` or `unknown`."""

    name: str
    result: str
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Quality:
    """How good the photo is. `card_pixels` is the card's long edge; every other figure runs from 0 to 1.

    `blur`, `glare`, `dark` and `bright`: 0 is best. `card_share`: the part of the photo the card fills.
    `corner_score`: the least of the four corners; `card_score`: of the card's type. 1 is best.
    """

    blur: float
    glare: float
    dark: float
    bright: float
    card_share: float
    card_pixels: int
    corner_score: float
    card_score: float


@dataclass(frozen=True)
class QualityIssue:
    """A figure of Quality that passed its limit; `sentence` says what a person can do."""

    code: str
    measure: str
    value: float
    limit: float
    sentence: str


@dataclass(frozen=True)
class Card:
    """One card read from one photo. `corners` in pixels of the photo, in the order of CORNERS."""

    type: str
    side: str
    confidence: float
    corners: Polygon
    fields: dict[str, Field]
    quality: Quality
    issues: tuple[QualityIssue, ...] = ()
    checks: tuple[Check, ...] = ()
    warnings: tuple[str, ...] = field(default=())
