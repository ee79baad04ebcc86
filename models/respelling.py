"""Unsure words spelt as words of their field can be spelt: marks, names, addresses."""

from collections.abc import Callable
from dataclasses import replace

from models import marks
from models.addresses.correct import corrected_address, split_words
from models.addresses.parse import parse_address
from models.card import Field, Word
from models.charset import normalize, unaccented
from models.family_names import FAMILY_NAMES
from models.given_names import GIVEN_NAMES
from models.spelling import SURE, spellings
from models.syllables import is_syllable

# Of the probability of a word as read, for its marks to be others because only those make a syllable, or a known name.
_CLOSE, _LIKELY = 0.1, 0.2
_MAYBE = 0.5  # confidence of a word that stays where it may be ground
_PUNCTUATION = ".,"
# What stands before the name or number of a place that is smaller than a ward.
_KINDS_OF_PLACE = frozenset("thôn xóm ấp bản buôn làng tổ khu khóm đội dân phố đường ngõ ngách hẻm số".split())


def marks_text(field: Field) -> str:
    """Scars and moles with their unsure words spelt as their language spells them, and no ground read as letters.

    They begin with a known word in a capital letter: what was read before it, all of it unsurely, is none of them.
    """
    read = [word for word in field.words if word.confidence >= _MAYBE or any(map(str.isalnum, word.text))]
    words = [_known_mark(word) for word in read]
    begins = (at for at, word in enumerate(words) if word[:1].isupper() and word.lower() in marks.WORDS)
    first = next(begins, 0)
    if any(word.confidence >= _MAYBE for word in read[:first]):
        first = 0
    return " ".join(words[first:])


def family_name(word: Word) -> str | None:
    """The family name that a first word must be: the likeliest spelling that is one, else the one with its letters.

    None where it is one as it was read, was read surely, or may be several.
    """
    read = normalize(word.text)
    if word.confidence >= SURE or read.upper() in FAMILY_NAMES:
        return None
    likeliest = _likeliest(word, lambda text: normalize(text).upper() in FAMILY_NAMES)
    same = [name for name in FAMILY_NAMES if unaccented(name) == unaccented(read.upper())]
    if likeliest is None and len(same) != 1:
        return None
    name = (likeliest or same[0]).upper()
    return name if read.isupper() else name.capitalize()


def given_name(word: Word) -> str | None:
    """The syllable of given names that an unsure word must be: the likeliest one with its letters, whatever its marks.

    None where it is one as it was read, was read surely, or no such is likely.
    """
    if word.confidence >= SURE or _is_given_name(word.text):
        return None
    return next((text for text, _ in spellings([_with_its_letters(word)], _LIKELY) if _is_given_name(text)), None)


def address_texts(field: Field) -> tuple[str, str]:
    """An address with words that there are, and then with its units as the lists spell them."""
    words = [_known_place(word, field) or _as_syllable(word) for word in field.words]
    as_words = " ".join(words)
    pieces = [
        (piece, word.confidence < SURE)
        for word, text in zip(field.words, words, strict=True)
        for piece in split_words(text)
    ]
    address = field.address if as_words == field.text else parse_address(as_words)
    if address is None or not pieces:
        return as_words, as_words
    split, may_be_wrong = zip(*pieces, strict=True)
    corrected = corrected_address(split, may_be_wrong, address)
    return as_words, as_words if corrected == " ".join(split) else corrected


def _known_mark(word: Word) -> str:
    if word.confidence >= SURE:
        return word.text
    return _likeliest(word, marks.is_word) or marks.spelt(word.text)


def _likeliest(word: Word, accepted: Callable[[str], bool]) -> str | None:
    """The likeliest spelling of a word that is accepted."""
    return next((text for text, _ in spellings([word]) if accepted(text)), None)


def _known_place(word: Word, field: Field) -> str | None:
    """What a word that no unit has must be if it says the kind of place: the first one, or one in small letters."""
    rest = field.address.rest.split() if field.address else []
    if word.confidence >= SURE or word.text not in rest or not (word.text == rest[0] or word.text.islower()):
        return None
    if word.text.lower() in _KINDS_OF_PLACE:
        return None
    return _likeliest(word, lambda text: normalize(text).lower() in _KINDS_OF_PLACE)


def _as_syllable(word: Word) -> str:
    """A word that can be no syllable with the marks of the likeliest one that it can be; letters stay."""
    if word.confidence >= SURE or _is_syllable(word.text):
        return word.text
    nearby = spellings([_with_its_letters(word)], _CLOSE)
    return next((text for text, _ in nearby if _is_syllable(text)), word.text)


def _with_its_letters(word: Word) -> Word:
    """A word whose places may have other marks only."""
    choices = tuple(
        tuple((char, share) for char, share in place if unaccented(char) == unaccented(place[0][0]))
        for place in word.choices
    )
    return replace(word, choices=choices)


def _is_given_name(text: str) -> bool:
    name = normalize(text).upper()
    return name in GIVEN_NAMES or name in FAMILY_NAMES  # children have their mother's between


def _is_syllable(text: str) -> bool:
    return is_syllable(text.strip(_PUNCTUATION))
