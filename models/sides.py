"""Both sides of one card: whether what they say agrees."""

from collections.abc import Mapping

from models.card import Card, Check, Field
from models.charset import unaccented

SIDES = ("front", "back")
# What more than one side of a card says, in print or in its machine-readable zone.
_SHARED = ("id_number", "full_name", "date_of_birth", "sex", "date_of_expiry")


def check_sides(front: Card | None, back: Card | None) -> tuple[Check, ...]:
    """Checks between the two sides; `unknown` where a side was not read or does not say it."""
    types = [None if card is None else card.type for card in (front, back)]
    return (
        _check("sides_have_same_type", (), *types),
        *(_check(f"sides_have_same_{name}", (name,), _value(front, name), _value(back, name)) for name in _SHARED),
    )


def _value(card: Card | None, name: str) -> str | None:
    """A value as it can be compared: a machine-readable zone has no diacritics and no case."""
    fields: Mapping[str, Field] = {} if card is None else card.fields
    value = fields[name].value if name in fields else None
    return value if value is None else unaccented(value).upper()


def _check(name: str, fields: tuple[str, ...], one: str | None, other: str | None) -> Check:
    result = "unknown" if one is None or other is None else "pass" if one == other else "fail"
    return Check(name, result, fields)
