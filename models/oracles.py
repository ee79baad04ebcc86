"""How wrong a reading is as far as the card itself tells: nobody has to know the truth.

Faults are compared between two readings of the same words, never held to a limit: a card may break a
rule that is its own, and an address may be missing from the lists, but for both readings alike.
"""

from collections.abc import Callable, Mapping

from models.addresses.units import TIERS
from models.card import ADDRESSES, FIELDS_OF, Card, Check
from models.charset import normalize
from models.closed_lists import listed
from models.family_names import begins_with_family_name
from models.said import DATES
from models.values import value_of

# Fields of which every card prints one of a few texts, and the family name.
_IS_KNOWN: Mapping[str, Callable[[str], bool]] = {
    "sex": lambda text: normalize(text) in ("Nam", "Nữ"),
    "nationality": lambda text: normalize(text) == "Việt Nam",
    "full_name": begins_with_family_name,
    "issuing_authority": lambda text: normalize(text) == listed("issuing_authority", text),
}


def faults(card: Card) -> dict[str, float]:
    """Measure -> how much speaks against the reading; 0 where nothing does.

    * `numbers`: checks of the ID number and of the machine-readable zone (models/checks.py) that do not pass;
    * `dates`: checks between dates that do not pass, and dates that are no dates;
    * `addresses`: the part of each address that no administrative unit explains, tones included;
    * `known_words`: sex, nationality, family name and authority that are none of the words they can be.

    A check of print against the QR code is one of what is printed.
    """
    printed = FIELDS_OF[card.type, card.side]
    found = dict.fromkeys(MEASURES, 0.0)
    for check in card.checks:
        found[_measure(check)] += check.result != "pass"
    found["dates"] += sum(_value(card, name) is None for name in DATES if name in printed)
    found["addresses"] += sum(_unexplained(card, name) for name in ADDRESSES if name in printed)
    found["known_words"] += sum(not _is_known(card, name) for name in _IS_KNOWN if name in printed)
    return {measure: round(count, 6) for measure, count in found.items()}


MEASURES = ("numbers", "dates", "addresses", "known_words")


def _measure(check: Check) -> str:
    of = check.name.removeprefix("qr_matches_")
    if of.startswith(("id_", "mrz_")):
        return "numbers"
    return "addresses" if of in ADDRESSES else "known_words" if of in _IS_KNOWN else "dates"


def _value(card: Card, name: str) -> str | None:
    """Of what was read: a corrected value would hide the fault."""
    return value_of(name, card.fields[name].text) if name in card.fields else None


def _unexplained(card: Card, name: str) -> float:
    address = card.fields[name].address if name in card.fields else None
    if address is None:
        return 1.0
    return 1.0 - sum(unit.similarity for unit in address.units) / len(TIERS[address.era])


def _is_known(card: Card, name: str) -> bool:
    return name in card.fields and _IS_KNOWN[name](card.fields[name].text)
