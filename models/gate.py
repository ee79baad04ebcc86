"""What a photo's quality is held to: limits, and what is said where one is passed. docs/quality.md has the curves."""

from collections.abc import Iterator
from dataclasses import dataclass

from models import mrz
from models.card import FIELDS_OF, Card, CardNotReadable, Quality, QualityIssue, UnknownDocument


@dataclass(frozen=True)
class _Rule:
    measure: str  # of Quality
    limit: str  # of Gate
    sentence: str


_RULES = {
    "blurred": _Rule("blur", "max_blur", "The photo is blurred. Hold the camera still and let it focus on the card."),
    "glare": _Rule("glare", "max_glare", "A reflection covers part of the card. Tilt it away from the light."),
    "dark": _Rule("dark", "max_dark", "The photo is too dark. Find more light."),
    "over_exposed": _Rule("bright", "max_bright", "The photo is over-exposed. Use less light, and no flash."),
    "card_small": _Rule("card_pixels", "min_card_pixels", "The card is small in the photo. Move closer."),
    "corner_out_of_view": _Rule(
        "corner_score", "min_corner_score", "A corner of the card was not seen. Show the whole card."
    ),
    "unknown_document": _Rule(
        "card_score",
        "min_card_score",
        "This may be no card that we know. Send the front or the back of an identity card.",
    ),
}
ISSUES = tuple(_RULES)


@dataclass(frozen=True)
class Gate:
    """Limits of `Quality`, and which issues refuse a photo; the others are warnings.

    Where the defaults come from: docs/quality.md. `refuse` holds codes of ISSUES. `require_number`:
    a card is refused whose identity number has not as many digits as its type's, and a back whose
    machine-readable zone, which holds the number, is not like a Vietnamese card's.
    """

    max_blur: float = 0.5
    max_glare: float = 0.003
    max_dark: float = 0.45
    max_bright: float = 0.3
    min_card_pixels: int = 300
    min_corner_score: float = 0.3
    min_card_score: float = 0.9
    refuse: frozenset[str] = frozenset()
    require_number: bool = True

    def __post_init__(self) -> None:
        unknown = sorted(self.refuse - set(ISSUES))
        if unknown:
            raise ValueError(f"no quality issue {', '.join(unknown)}; there are {', '.join(ISSUES)}")

    def issues(self, quality: Quality) -> tuple[QualityIssue, ...]:
        """Everything that passes its limit, in the order of ISSUES."""
        return tuple(self._issues(quality))

    def check(self, quality: Quality) -> tuple[QualityIssue, ...]:
        """As `issues`.

        Raises:
            PhotoRefused: one of them refuses a photo.
        """
        found = self.issues(quality)
        for issue in found:
            if issue.code in self.refuse:
                raise PhotoRefused(issue.sentence, issue.code)
        return found

    def check_number(self, card: Card) -> None:
        """Other documents are taken for cards that we know; their number gives them away (docs/out-of-domain.md).

        The backs of older cards have neither number nor zone, and pass.

        Raises:
            UnknownDocument: a number is required, and the card has none of the right length, or no zone where it
                has to be.
        """
        if not self.require_number:
            return
        results = [check.result for check in card.checks if check.name == "id_has_right_length"]
        if any(result != "pass" for result in results):
            raise UnknownDocument(
                f"There is no identity number of a {card.type} here: this may be another document, or its number is "
                "hidden. Send a sharp photo of the front of a card that can be read, its number in full view."
            )
        zone = card.fields.get(mrz.FIELD)
        if mrz.FIELD in FIELDS_OF[card.type, card.side] and not (zone and mrz.is_like_zone(zone.text)):
            raise UnknownDocument(
                f"There is no machine-readable zone of a {card.type} here: this may be another document, or its zone "
                "is hidden. Send a sharp photo of the back of a card that can be read, the three lines of letters and "
                "< at its foot in full view."
            )

    def _issues(self, quality: Quality) -> Iterator[QualityIssue]:
        for code, rule in _RULES.items():
            value, limit = getattr(quality, rule.measure), getattr(self, rule.limit)
            if value > limit if rule.limit.startswith("max") else value < limit:
                yield QualityIssue(code, rule.measure, value, limit, rule.sentence)


class PhotoRefused(CardNotReadable):
    """The photo might be read, but a limit that refuses is passed. `code` is the issue's."""

    code = "photo_refused"

    def __init__(self, sentence: str, code: str = code) -> None:
        super().__init__(sentence)
        self.code = code
