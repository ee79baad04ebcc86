"""An address with the names of its administrative units as the lists spell them, where a letter was misread."""

from collections.abc import Callable, Sequence

from models.addresses.units import marked, plain, split_kind
from models.card import Address, UnitMatch
from models.charset import normalize

_DASH = " - "
_COMPLETE = "province"  # the tier of which the lists have all, but for some of long ago
_END, _COMMA = ".", ","


def split_words(text: str) -> list[str]:
    """The words of an address; a comma ends one, with or without a space after it."""
    return normalize(text.replace(",", ", ")).split()


def corrected_address(words: Sequence[str], may_be_wrong: Sequence[bool], address: Address) -> str:
    """The address as it is printed, as far as the lists know.

    Args:
        words: of `split_words`, all that were read.
        may_be_wrong: for each of them; a unit of which none may be is left as it was read, but for a
            province with other marks or capitals, or without its dash, for the lists have them all.
        address: what `parse_address` matched them with.

    Returns:
        The words with single spaces. Abbreviations, the kinds of unit that are printed or not, capitals and spellings
        that differ only in the place of a tone (Hoà, Hòa) stay as they were read, as does punctuation, but for a full
        stop behind a unit that another follows.
    """
    corrected, end = list(words), len(words)
    for unit in address.units:  # from the largest, which is printed last
        start = _start(corrected, end, unit.text)
        if start is None:
            break
        printed = _as_printed(unit)
        if any(may_be_wrong[start:end]) or (unit.tier == _COMPLETE and plain(printed) == plain(unit.text)):
            tail = " ".join(words[start:end])[len(unit.text) :]
            if tail == _END and end < len(words):
                tail = _COMMA  # a comma without its tail
            corrected[start:end] = [f"{printed}{tail}", *[""] * (end - start - 1)]
        end = start
    return " ".join(word for word in corrected if word)


def _start(words: Sequence[str], end: int, text: str) -> int | None:
    """Where the words of `text` begin, which end before `end`."""
    for start in range(end - len(text.split()), -1, -1):
        if " ".join(words[start:end]).rstrip(" ,;.") == text:
            return start
    return None


def _as_printed(unit: UnitMatch) -> str:
    """The unit's text with the letters of the list."""
    kind_of_unit, _ = split_kind(unit.tier, plain(unit.name))
    read, listed = _words(unit.text.replace(".", ". ")), _words(unit.name)
    count = len(listed) - len((kind_of_unit or "").split())
    kind, name = read[:-count], read[-count:]
    if _form(kind, plain) == _form(listed[:-count], plain):
        kind = _spelt(kind, listed[:-count], small=True)
    elif kind and split_kind(unit.tier, f"{_form(kind, plain)} x")[0] is None:
        kind = []  # no kind of unit, but a piece of the name
    printed = [*kind, *_spelt(name, listed[-count:])]
    dash_missed = _DASH in unit.name and "-" not in unit.text
    return unit.text if printed == read and not dash_missed else _with_dash(printed, unit)


def _words(text: str) -> list[str]:
    """Phan Rang - Tháp Chàm has four words, however its dash is printed."""
    return text.replace("-", " ").split()


def _with_dash(words: list[str], unit: UnitMatch) -> str:
    """The words with the dash that the list has between two of them, printed as it was read, if it was."""
    _, dash, behind = unit.name.partition(_DASH)
    if not dash:
        return " ".join(words)
    at = len(words) - len(behind.split())
    return ("-" if "-" in unit.text and dash not in unit.text else dash).join(
        (" ".join(words[:at]), " ".join(words[at:]))
    )


def _spelt(read: list[str], listed: list[str], small: bool = False) -> list[str]:
    """`read`, with each word as `listed` has it that cannot be printed so; `small`: it may be in small letters."""
    if len(read) != len(listed):
        return listed
    return [
        one if marked(one) == marked(other) and (_has_capitals(one) or (small and one.islower())) else other
        for one, other in zip(read, _in_capitals_of(read, listed), strict=True)
    ]


def _in_capitals_of(read: list[str], listed: list[str]) -> list[str]:
    """What is listed in capitals, where most of what was read is."""
    letters = [letter for letter in "".join(read) if letter.isalpha()]
    return [word.upper() for word in listed] if 2 * sum(map(str.isupper, letters)) > len(letters) else listed


def _has_capitals(word: str) -> bool:
    """Whether it is all in capitals or begins with the only one; a number does."""
    return word == word.upper() or word.istitle()


def _form(words: list[str], form: Callable[[str], str]) -> str:
    return form(" ".join(words))
