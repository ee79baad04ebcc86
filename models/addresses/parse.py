"""An address as read -> the administrative units in it.

An address ends with its largest unit: the last words are matched with the provinces, the words before them with the
parts of that province, and so on. Diacritics need not be there, and a few letters may be wrong. Where two units fit
equally well neither is taken: the text stays in the rest.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from models.addresses.units import (
    BEFORE_2025_07,
    SINCE_2025_07,
    Name,
    Unit,
    country,
    marked,
    new_units,
    plain,
    split_kind,
)
from models.card import Address, Successor, UnitMatch
from models.charset import normalize

# Of the letters without diacritics. One wrong letter in five is a unit's name; one in four is another unit.
MIN_SIMILARITY = 0.8
_LONGEST_NAME = 8  # words, its kind included


@dataclass(frozen=True)
class _Phrase:
    """The last `count` words as a name, in the forms of `plain` and `marked`, after the `kind` they begin with."""

    count: int
    whole: bool  # a comma, or nothing, is before it
    kind: str | None
    plain: str
    marked: str


@dataclass(frozen=True)
class _Path:
    """Units matched so far, from the largest, and the words before them; `points` say how much was matched."""

    words: tuple[str, ...]
    units: tuple[Unit, ...]  # the last one is the smallest; the first is the country
    matches: tuple[UnitMatch, ...] = ()
    points: float = 0.0


def parse_address(text: str) -> Address | None:
    """The units in an address of either era; None where not even a province is found.

    `text` is never changed: what was matched stands beside it.
    """
    words = tuple(normalize(text.replace(",", ", ")).split())
    paths = {era: _best(list(_grow(_Path(words, (country(era),))))) for era in (BEFORE_2025_07, SINCE_2025_07)}
    # Where both fit, the older one: every card type that is read so far was issued before July 2025.
    era = max(paths, key=lambda era: paths[era].points)
    best = paths[era]
    if not best.matches:
        return None
    successors = _successors(best) if era == BEFORE_2025_07 else ()
    return Address(era, best.matches, " ".join(best.words).rstrip(" ,;.-"), successors)


def _grow(path: _Path) -> Iterator[_Path]:
    """The path itself, and every longer one."""
    yield path
    for phrase, name in _candidates(path):
        read = " ".join(path.words[-phrase.count :]).rstrip(" ,;.")
        similarity = Levenshtein.normalized_similarity(phrase.marked, name.marked)
        match = UnitMatch(name.unit.tier, name.unit.code, name.full, read, round(similarity, 3))
        points = path.points + _points(phrase, name)
        yield from _grow(_Path(path.words[: -phrase.count], (*path.units, name.unit), (*path.matches, match), points))


def _candidates(path: _Path) -> list[tuple[_Phrase, Name]]:
    """What the last words may be: parts of the unit with that name or, where no whole phrase has one, a similar one."""
    if not path.units[-1].parts:
        return []
    index = path.units[-1].index
    phrases = list(_phrases(path.words, path.units[-1].parts[0].tier))
    same = [(phrase, name) for phrase in phrases for name in index.get(phrase.plain, ()) if _may_be_name(phrase)]
    if any(phrase.whole for phrase, _ in same):
        return same
    return same + [
        (phrase, name)
        for phrase in phrases
        if phrase.whole and _may_be_name(phrase)
        for bare, _, _ in process.extract(
            phrase.plain, index.keys(), scorer=Levenshtein.normalized_similarity, score_cutoff=MIN_SIMILARITY
        )
        if _digits(bare) == _digits(phrase.plain)
        for name in index[bare]
    ]


def _may_be_name(phrase: _Phrase) -> bool:
    """A number alone is a house's, unless its kind of unit is printed before it."""
    return phrase.kind is not None or not phrase.plain.isdigit()


def _points(phrase: _Phrase, name: Name) -> float:
    """Letters matched, less what differs. The right kind of unit and a comma before it decide between equals."""
    letters = Levenshtein.distance(phrase.plain, plain(name.marked))
    with_tones = Levenshtein.distance(phrase.marked, name.marked)
    kind = 0.0 if phrase.kind is None else 0.5 if phrase.kind == name.kind else -0.5
    return len(name.marked) - 3.0 * letters - with_tones + kind + (0.25 if phrase.whole else 0.0)


def _phrases(words: tuple[str, ...], tier: str) -> Iterator[_Phrase]:
    """Every possible name at the end of the words: none reaches over a comma."""
    for count in range(1, min(_LONGEST_NAME, len(words)) + 1):
        if count > 1 and words[-count].endswith(","):
            return
        whole = count == len(words) or words[-count - 1].endswith(",")
        text = marked(" ".join(words[-count:]))
        if not text:
            continue
        yield _Phrase(count, whole, None, plain(text), text)
        kind, bare = split_kind(tier, plain(text))
        if kind:
            short = bare if bare.isdigit() else " ".join(text.split(" ")[-len(bare.split(" ")) :])
            yield _Phrase(count, whole, kind, bare, short)


def _digits(text: str) -> list[str]:
    return re.findall("[0-9]+", text)


def _best(paths: list[_Path]) -> _Path:
    """The path with most points; where several units have as many, as far as they agree."""
    most = max(path.points for path in paths)
    best, *others = (path for path in paths if path.points == most)
    for other in others:
        shared = 0
        for ours, theirs in zip(best.matches, other.matches, strict=False):
            if (ours.code, ours.text) != (theirs.code, theirs.text):
                break
            shared += 1
        if shared < len(best.matches):
            best = next(path for path in paths if path.matches == best.matches[:shared])
            best = replace(best, points=most)
    return best


def _successors(path: _Path) -> tuple[Successor, ...]:
    """What the province and the ward are today."""
    today = new_units()
    return tuple(
        Successor(unit.tier, code, today[unit.tier, code].names[0]) for unit in path.units for code in unit.successors
    )
