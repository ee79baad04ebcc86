"""When a card was issued and until when it is valid, by the rules of its time. Dates are (day, month, year).

Validity: 15 years (Decree 05/1999/NĐ-CP article 2); to the age of 25, 40 or 60 (Law on Citizen Identification,
article 21), with the Law on Identity 26/2023/QH15 also of 14; a card of the last two years before such an age is
valid to the next one.
"""

import numpy as np

from models.checks import RENEWAL_AGES, YEARS_VALID

Date = tuple[int, int, int]

# (year, month) of the first and of the last issue.
_PERIODS = {
    "cmnd-9": ((1999, 1), (2015, 12)),
    "cmnd-12": ((2012, 7), (2015, 12)),
    "cccd-2016": ((2016, 1), (2020, 12)),
    "cccd-2021": ((2021, 1), (2024, 6)),
    "cc-2024": ((2024, 7), (2026, 6)),
}
_YEARS_BEFORE = 2
_FIRST_AGE = 14  # a card for younger ones exists since 2024
_OLDEST = 1945
TWO_TIERS_SINCE = (2025, 7)  # year and month since which there are no districts


def birth_years(card_type: str) -> tuple[int, int]:
    """The first year of birth of holders of a card type, and the one after the last."""
    _, (last, _) = _PERIODS[card_type]
    return _OLDEST, last if card_type == "cc-2024" else last - _FIRST_AGE


def issue_date(rng: np.random.Generator, card_type: str, birth: Date) -> Date:
    """A day within the type's period and after its holder was born, and old enough where an age is asked for."""
    (first_year, first_month), (last_year, last_month) = _PERIODS[card_type]
    oldest_enough = birth[2] if card_type == "cc-2024" else birth[2] + _FIRST_AGE
    first = max(first_year * 12 + first_month - 1, oldest_enough * 12 + birth[1])  # the month after the birthday
    last = max(first, last_year * 12 + last_month - 1)
    month = int(rng.integers(first, last + 1))
    return int(rng.integers(1, 29)), month % 12 + 1, month // 12


def expiry_date(card_type: str, birth: Date, issued: Date) -> Date | None:
    """The last day a card is valid; None for one that does not expire."""
    if card_type not in RENEWAL_AGES:
        return issued[0], issued[1], issued[2] + YEARS_VALID
    for age in RENEWAL_AGES[card_type]:
        until = birth[2] + age
        if (until - _YEARS_BEFORE, birth[1], birth[0]) > issued[::-1]:
            return birth[0], birth[1], until
    return None
