"""The alphabet of the Reader, once. NFC throughout: one character, one class."""

import hashlib
import unicodedata
from collections.abc import Iterable

_BASE_LETTERS = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_TONES = ("", "\u0300", "\u0301", "\u0309", "\u0303", "\u0323")  # level, huyền, sắc, hỏi, ngã, nặng
_TONED_VOWELS = "aăâeêioôơuưy"
DIGITS = "0123456789"
PUNCTUATION = ".,-/()'<:"


def _letters() -> str:
    small = [
        unicodedata.normalize("NFC", letter + tone)
        for letter in _BASE_LETTERS
        for tone in (_TONES if letter in _TONED_VOWELS else ("",))
    ]
    return "".join(small) + "".join(letter.upper() for letter in small)


LETTERS = _letters()
ALPHABET = DIGITS + PUNCTUATION + LETTERS
MAX_LENGTH = 16  # characters in one word; the longest on a card front has 12

# Class 0 ends the word (and pads it); class i + 1 is ALPHABET[i].
END = 0
CLASSES = len(ALPHABET) + 1

_INDEX = {char: position + 1 for position, char in enumerate(ALPHABET)}


def digest() -> str:
    """SHA-256 of the alphabet: two Readers with different digests must never share a label."""
    return hashlib.sha256(ALPHABET.encode()).hexdigest()


def normalize(text: str) -> str:
    """NFC with single spaces: the form in which texts are compared."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def encode(text: str) -> list[int]:
    """A word -> MAX_LENGTH class ids, END-padded.

    Raises:
        ValueError: a character outside ALPHABET, or more than MAX_LENGTH of them.
    """
    text = unicodedata.normalize("NFC", text)
    if len(text) > MAX_LENGTH:
        raise ValueError(f"a word of {len(text)} characters; at most {MAX_LENGTH} can be encoded")
    unknown = sorted(set(text) - set(_INDEX))
    if unknown:
        raise ValueError(f"characters outside the alphabet: {' '.join(unknown)}")
    return [_INDEX[char] for char in text] + [END] * (MAX_LENGTH - len(text))


def decode(ids: Iterable[int]) -> str:
    """Class ids up to the first END -> the word."""
    chars = []
    for class_id in ids:
        if class_id == END:
            break
        chars.append(ALPHABET[int(class_id) - 1])
    return "".join(chars)


def unaccented(text: str) -> str:
    """`text` without tone marks, hats, horns and bars: Đỗ Thị Ước -> Do Thi Uoc."""
    decomposed = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(char for char in decomposed if not unicodedata.combining(char))
