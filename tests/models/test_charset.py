import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.charset import ALPHABET, CLASSES, END, LETTERS, MAX_LENGTH, decode, encode, normalize, unaccented


def test_all_134_accented_letters_are_there_once() -> None:
    accented = [letter for letter in LETTERS if not letter.isascii()]
    assert len(accented) == len(set(accented)) == 134
    assert len(set(ALPHABET)) == len(ALPHABET) == CLASSES - 1
    assert all(unicodedata.is_normalized("NFC", char) and len(char) == 1 for char in ALPHABET)


@given(st.text(alphabet=ALPHABET, max_size=MAX_LENGTH))
def test_decoding_undoes_encoding(word: str) -> None:
    ids = encode(word)
    assert len(ids) == MAX_LENGTH
    assert decode(ids) == word


def test_decomposed_text_is_encoded_as_composed() -> None:
    assert encode(unicodedata.normalize("NFD", "Nguyễn")) == encode("Nguyễn")


def test_nothing_is_read_past_the_end() -> None:
    assert decode([1, 2, END, 3]) == ALPHABET[:2]


def test_what_cannot_be_encoded_is_named() -> None:
    with pytest.raises(ValueError, match="€"):
        encode("12€")
    with pytest.raises(ValueError, match="at most 16"):
        encode("a" * 17)


def test_marks_come_off() -> None:
    assert unaccented("Đỗ Thị Ước") == "Do Thi Uoc"
    assert normalize("  Hà \u0323  Nội ") == normalize("Hà\u0323".replace("\u0323", " \u0323") + " Nội")
