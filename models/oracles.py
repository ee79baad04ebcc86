"""How wrong a reading is as far as the card itself tells: nobody has to know the truth.

Faults are compared between two readings of the same words, never held to a limit: a card may break a
rule that is its own, and an address may be missing from the lists, but for both readings alike.
"""

from collections.abc import Callable, Mapping

from models.addresses.units import TIERS
from models.card import ADDRESSES, FIELDS_OF_TYPE, Card
from models.charset import normalize
from models.family_names import begins_with_family_name
from models.values import value_of

_DATES = ("date_of_birth", "date_of_expiry")
# Fields of which every card prints the same few words, and the family name.
_IS_KNOWN: Mapping[str, Callable[[str], bool]] = {
    "sex": lambda text: normalize(text) in ("Nam", "Nữ"),
    "nationality": lambda text: normalize(text) == "Việt Nam",
    "full_name": begins_with_family_name,
}


def faults(card: Card) -> dict[str, float]:
    """Measure -> how much speaks against the reading; 0 where nothing does.

    * `numbers`: checks of the ID number (models/checks.py) that do not pass;
    * `dates`: checks between dates that do not pass, and dates that are no dates;
    * `addresses`: the part of each address that no administrative unit explains, tones included;
    * `known_words`: sex, nationality and family name that are none of the words they can be.
    """
    return {
        "numbers": _not_passed(card, about_number=True),
        "dates": _not_passed(card, about_number=False) + _no_dates(card),
        "addresses": round(sum(_unexplained(card, name) for name in ADDRESSES), 6),
        "known_words": float(sum(not _is_known(card, name) for name in _IS_KNOWN)),
    }


MEASURES = ("numbers", "dates", "addresses", "known_words")


def _not_passed(card: Card, about_number: bool) -> float:
    return sum(check.result != "pass" for check in card.checks if ("id_number" in check.fields) == about_number)


def _no_dates(card: Card) -> float:
    return sum(_value(card, name) is None for name in _DATES if name in FIELDS_OF_TYPE[card.type])


def _value(card: Card, name: str) -> str | None:
    """Of what was read: a corrected value would hide the fault."""
    return value_of(name, card.fields[name].text) if name in card.fields else None


def _unexplained(card: Card, name: str) -> float:
    address = card.fields[name].address if name in card.fields else None
    if address is None:
        return 1.0
    return 1.0 - sum(unit.similarity for unit in address.units) / len(TIERS[address.era])


def _is_known(card: Card, name: str) -> bool:
    if name not in FIELDS_OF_TYPE[card.type]:
        return True
    return name in card.fields and _IS_KNOWN[name](card.fields[name].text)
