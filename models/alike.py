"""Which of two cards of the same form it is: their titles are a few pixels to the Cropper.

The fronts print other fields; the backs print the same ones, but of other years.
"""

from collections.abc import Mapping, Sequence

from models.card import ALIKE, FIELDS_OF, Field, Kind
from models.detector.contract import WordBox

_FIRST, _LAST = "2012", "2022"  # years, in which one of the two was issued
_CITIZEN_CARDS_SINCE = "2016-01-01"  # Law 59/2014/QH13, article 38


def by_fields(kind: Kind, words: Sequence[WordBox]) -> Kind:
    """`kind`, or the one alike where more speaks for the fields that only that one has."""
    if kind not in ALIKE:
        return kind
    other = ALIKE[kind]
    return other if _evidence(words, other, kind) > _evidence(words, kind, other) else kind


def _evidence(words: Sequence[WordBox], kind: Kind, other: Kind) -> float:
    """The best score of a word in each field that only `kind` has, added up."""
    only = set(FIELDS_OF[kind]) - set(FIELDS_OF[other])
    return sum(max((word.score for word in words if word.field == field), default=0.0) for field in only)


def by_issue(kind: Kind, fields: Mapping[str, Field]) -> Kind:
    """`kind`, or the one alike where the card was issued in that one's years."""
    issued = fields["date_of_issue"].value if "date_of_issue" in fields else None
    if kind not in ALIKE or issued is None:
        return kind
    if not _FIRST <= issued < _LAST:
        return kind  # a misread year
    card_type = "cccd-2016" if issued >= _CITIZEN_CARDS_SINCE else "cmnd-12"
    return (card_type, kind[1])
