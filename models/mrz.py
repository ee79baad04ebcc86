"""The machine-readable zone of a card's back: ICAO 9303 part 5, TD1, three lines of 30 characters.

As Vietnamese cards print it: `IDVNM`, the last nine digits of the number and all twelve behind them; birth, sex,
expiry; the name without diacritics.
"""

import datetime
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

FIELD = "mrz"
LENGTH, LINES = 30, 3
# The zone has no spaces: the Detector finds, and the Reader reads, this many characters as one word.
PIECE = 10
PIECES = LENGTH // PIECE  # of a line
NEVER = "991231"  # expiry of a card without one; a convention of ours, no rule was found
_FIRST = re.compile(
    r"IDVNM(?P<document>[0-9]{9})(?P<document_digit>[0-9])(?P<number>[0-9]{12})<<(?P<number_digit>[0-9])"
)
_SECOND = re.compile(
    r"(?P<birth>[0-9]{6})(?P<birth_digit>[0-9])(?P<sex>[MF])(?P<expiry>[0-9]{6})(?P<expiry_digit>[0-9])VNM<{11}"
    r"(?P<composite_digit>[0-9])"
)
_THIRD = re.compile(r"(?P<name>[A-Z]+(<[A-Z]+)*(<<[A-Z]+(<[A-Z]+)*)?)<*")
# The first two lines of a zone, all digits 0 and every sex M; the third has a name, which can be anything.
_COUNTRY = "VNM"
_ZONE = (f"ID{_COUNTRY}{'0' * 22}<<0", f"{'0' * 7}M{'0' * 7}{_COUNTRY}{'<' * 11}0")
_LIKE_ZONE = 0.75  # of the characters


@dataclass(frozen=True)
class Zone:
    """What a zone says. `number`: all twelve digits; dates as printed, yymmdd; `name` in capitals, single spaces.

    `digits_right`: for each check digit, whether it is the one of what was read. `cut`: whether the name fills its line
    to the end, so that its rest may be missing.
    """

    lines: tuple[str, str, str]
    number: str
    birth: str
    sex: str
    expiry: str
    name: str
    cut: bool
    digits_right: dict[str, bool]

    @property
    def birth_date(self) -> str | None:
        """ISO 8601; its century is in the number's fourth digit (Decree 137/2015/NĐ-CP article 13)."""
        return _iso(19 + int(self.number[3]) // 2, self.birth)

    @property
    def expiry_date(self) -> str | None:
        """ISO 8601, or "never"."""
        return "never" if self.expiry == NEVER else _iso(20, self.expiry)


def check_digit(text: str) -> str:
    """Weights 7, 3, 1; digits count as themselves, A to Z as 10 to 35, `<` as 0 (ICAO 9303 part 3, section 4.9)."""
    values = (0 if char == "<" else int(char, 36) for char in text)
    return str(sum(value * weight for value, weight in zip(values, itertools.cycle((7, 3, 1)), strict=False)) % 10)


def parse(text: str) -> Zone | None:
    """A zone as it was read, its lines with a space between them; None where it has not a Vietnamese card's form.

    Fillers at the end of a line are counted anew, for nobody counts them by eye, and the second line's too.
    """
    lines = text.split()
    if len(lines) != LINES:
        return None
    lines[1] = re.sub(r"VNM<+([0-9])$", rf"VNM{'<' * 11}\1", lines[1])
    lines[2] = lines[2].rstrip("<")[:LENGTH].ljust(LENGTH, "<")
    first, second, third = (form.fullmatch(line) for form, line in zip((_FIRST, _SECOND, _THIRD), lines, strict=True))
    if first is None or second is None or third is None:
        return None
    checked = {
        "document": (first["document"], first["document_digit"]),
        "number": (first["number"], first["number_digit"]),
        "birth": (second["birth"], second["birth_digit"]),
        "expiry": (second["expiry"], second["expiry_digit"]),
        "composite": (composite(lines[0], lines[1]), second["composite_digit"]),
    }
    return Zone(
        lines=(lines[0], lines[1], lines[2]),
        number=first["number"],
        birth=second["birth"],
        sex=second["sex"],
        expiry=second["expiry"],
        name=" ".join(third["name"].replace("<", " ").split()),
        cut=not lines[2].endswith("<"),
        digits_right={name: check_digit(digits) == digit for name, (digits, digit) in checked.items()},
    )


def is_like_zone(text: str) -> bool:
    """Whether a zone as it was read is a Vietnamese card's, some letters of it misread.

    Zones of other countries have the same kinds of characters in many of the same places, but not the country.
    """
    lines = re.sub("[0-9]", "0", text).replace("F", "M").split()
    if len(lines) != LINES or _COUNTRY not in text:
        return False
    likeness = [Levenshtein.normalized_similarity(*pair) for pair in zip(lines, _ZONE, strict=False)]
    return sum(likeness) / len(likeness) >= _LIKE_ZONE


def composite(first: str, second: str) -> str:
    """The characters of two lines that the last check digit is made of (ICAO 9303 part 5, section 4.2.2)."""
    return first[5:] + second[:7] + second[8:15] + second[18:29]


def _iso(century: int, yymmdd: str) -> str | None:
    """ISO 8601; None where it is no calendar date."""
    try:
        return datetime.date(100 * century + int(yymmdd[:2]), int(yymmdd[2:4]), int(yymmdd[4:])).isoformat()
    except ValueError:
        return None


def text_of(field: str, words: Sequence[str]) -> str:
    """What the words of a field say together: spaces between words, and in a zone between its lines alone."""
    if field != FIELD:
        return " ".join(words)
    return " ".join("".join(words[line : line + PIECES]) for line in range(0, len(words), PIECES))
