"""The administrative units of Vietnam, of two eras, from the lists beside this file (`scripts/units` made them).

Until 30 June 2025 there were provinces, districts and wards; since 1 July 2025 there are 34 provinces and their
wards (Resolution 202/2025/QH15 and Law 72/2025/QH15). Codes are those of the General Statistics Office.
"""

import functools
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from models.charset import normalize, unaccented

BEFORE_2025_07, SINCE_2025_07 = "before-2025-07", "since-2025-07"
TIERS = {BEFORE_2025_07: ("province", "district", "ward"), SINCE_2025_07: ("province", "ward")}
_FILES = {BEFORE_2025_07: "before_2025_07.tsv", SINCE_2025_07: "since_2025_07.tsv"}

# The kinds of unit in each tier, without diacritics, with the abbreviations that cards print.
_KINDS = {
    "province": {"tinh": "tinh", "t": "tinh", "thanh pho": "thanh pho", "tp": "thanh pho"},
    "district": {
        "quan": "quan", "q": "quan", "huyen": "huyen", "h": "huyen", "thi xa": "thi xa", "tx": "thi xa",
        "thanh pho": "thanh pho", "tp": "thanh pho",
    },
    "ward": {
        "phuong": "phuong", "p": "phuong", "xa": "xa", "x": "xa", "thi tran": "thi tran", "tt": "thi tran",
        "dac khu": "dac khu",
    },
}  # fmt: skip
_KIND = {
    tier: re.compile(rf"({'|'.join(sorted(kinds, key=len, reverse=True))})(?: |(?=[0-9]))(.+)")
    for tier, kinds in _KINDS.items()
}
_TONE = re.compile("[\u0300\u0301\u0303\u0309\u0323]")


@dataclass(frozen=True, eq=False)
class Unit:
    """One unit. `names` with its kind, the newest first; `successors`: codes of the units it became, or parts of it."""

    tier: str
    code: str
    names: tuple[str, ...]
    successors: tuple[str, ...]
    parts: list["Unit"]

    @functools.cached_property
    def index(self) -> dict[str, list["Name"]]:
        """Every name of its parts, by the name without diacritics and kind."""
        index: dict[str, list[Name]] = {}
        for part in self.parts:
            for full in part.names:
                kind, bare = split_kind(part.tier, plain(full))
                words = marked(full).split(" ")[-len(bare.split(" ")) :]
                index.setdefault(bare, []).append(Name(part, full, kind, " ".join(words)))
        return index


@dataclass(frozen=True)
class Name:
    """One name of a unit: as printed with its kind; the kind; and the rest in the form of `marked`."""

    unit: Unit
    full: str
    kind: str | None
    marked: str


@functools.cache
def country(era: str) -> Unit:
    """The whole country: a unit whose parts are the provinces of that era."""
    root = Unit("", "", (), (), [])
    path = [root]
    for line in (Path(__file__).parent / _FILES[era]).read_text(encoding="utf-8").splitlines():
        depth, code, names, *successors = line.split("\t")
        unit = Unit(TIERS[era][int(depth) - 1], code, tuple(names.split("|")), _codes(successors), [])
        del path[int(depth) :]
        path[-1].parts.append(unit)
        path.append(unit)
    return root


def _codes(column: list[str]) -> tuple[str, ...]:
    return tuple(column[0].split(" ")) if column else ()


@functools.cache
def new_units() -> dict[tuple[str, str], Unit]:
    """The units since July 2025 by (tier, code)."""
    provinces = country(SINCE_2025_07).parts
    return {(unit.tier, unit.code): unit for province in provinces for unit in (province, *province.parts)}


def marked(text: str) -> str:
    """Small letters and digits in single spaces, each tone written after its word.

    So hoà and hòa, two spellings of one word, are the same, and a misread tone is one letter's difference.
    """
    words = re.sub(r"[\W_]+", " ", normalize(text).casefold()).split()
    return " ".join(_tone_last(word) for word in words)


def _tone_last(word: str) -> str:
    if word.isascii():
        return word.lstrip("0") or word
    decomposed = unicodedata.normalize("NFD", word)
    return _TONE.sub("", decomposed) + "".join(_TONE.findall(decomposed))


def plain(text: str) -> str:
    """As `marked`, without any diacritics."""
    return unaccented(marked(text))


def split_kind(tier: str, text: str) -> tuple[str | None, str]:
    """A name in the form of `plain` -> its kind of unit, if it begins with one of its tier, and the rest."""
    match = _KIND[tier].fullmatch(text)
    return (_KINDS[tier][match[1]], match[2].lstrip("0") or match[2]) if match else (None, text)
