"""Both sides of one card: whether what they say agrees."""

import datetime

from models import mrz
from models.card import ALIKE, Card, Check
from models.checks import YEARS_VALID, is_years_later, outcome
from models.said import CODE, DATES, by_code, by_zone, in_order, same
from models.values import NEVER

SIDES = ("front", "back")
# What more than one side of a card says, in print, in its machine-readable zone, or in its QR code.
_SHARED = ("id_number", "full_name", "date_of_birth", "sex", "date_of_expiry", "date_of_issue")
_VALID_FROM_ISSUE = "cmnd-12"  # of the cards that are so, the one that prints until when

Said = dict[str, str]


def check_sides(front: Card | None, back: Card | None) -> tuple[Check, ...]:
    """Checks between the two sides; `unknown` where a side was not read or does not say it."""
    ours, others = _said(front), _said(back)
    return (
        outcome("sides_have_same_type", (), _same_type(front, back, others)),
        *(
            outcome(f"sides_have_same_{name}", (name,), same(name, ours.get(name), others.get(name), unmarked=True))
            for name in _SHARED
        ),
        outcome("sides_have_dates_in_order", DATES, _in_order(ours, others)),
        outcome("expiry_matches_issue", DATES[1:], _expiry_matches(front, ours, others)),
    )


def _said(card: Card | None) -> Said:
    """The values of one side: those printed, and where there are none those of its code, then of its zone."""
    if card is None:
        return {}
    values = {name: field.value for name, field in card.fields.items() if field.value is not None}
    return by_zone(values.get(mrz.FIELD)) | by_code(values.get(CODE)) | values


def _same_type(front: Card | None, back: Card | None, others: Said) -> bool | None:
    if front is None or back is None:
        return None
    alike = ALIKE.get((back.type, back.side), ("", ""))[0] == front.type
    if alike and "date_of_issue" not in others:  # which alone tells backs of one form apart
        return None
    return front.type == back.type


def _in_order(ours: Said, others: Said) -> bool | None:
    """Whether the dates of both together are in order; each side's own are its own check."""
    return in_order(others | ours) if all(any(name in said for name in DATES) for said in (ours, others)) else None


def _expiry_matches(front: Card | None, ours: Said, others: Said) -> bool | None:
    """Whether a card that is valid for some years from its issue expires then."""
    issued, expiry = others.get("date_of_issue"), ours.get("date_of_expiry")
    if front is None or front.type != _VALID_FROM_ISSUE or issued is None or expiry in (None, NEVER):
        return None
    first, last = (datetime.date.fromisoformat(str(date)) for date in (issued, expiry))
    return is_years_later(first, last, (YEARS_VALID,))
