import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.charset import ALPHABET, normalize
from models.marks import WORDS, spelt, with_distance, with_small_letters
from models.synthetic import particulars


@pytest.mark.parametrize(
    ("read", "word"),
    [
        ("thằng", "thẳng"),  # other marks, and no other word has its letters
        ("Nôt", "Nốt"),
        ("đuội", "đuôi"),  # one letter from it, three from dưới
        ("THẰNG", "THẲNG"),
        ("khuỷy", "khuỷu"),  # another letter
        ("thẳn", "thẳng"),
        ("chăm", "chăm"),  # chấm, or chàm
        ("tai", "tai"),
        ("SẸO", "SẸO"),
        ("Xyz", "Xyz"),
        ("6,5", "6,5"),
        ("C.", "C."),
        ("e", "e"),
    ],
)
def test_a_word_is_spelt_as_the_only_one_that_it_is_like(read: str, word: str) -> None:
    assert spelt(read) == word


@given(st.text(alphabet=[*ALPHABET, " "], max_size=16))
def test_only_words_that_are_none_change_and_they_become_some(text: str) -> None:
    word = spelt(text)
    assert word == text or (word.lower() in WORDS and normalize(text).lower() not in WORDS)
    assert spelt(word) == word


@pytest.mark.parametrize(
    ("read", "small"),
    [
        ("Sẹo chấm cách 2 cm Sau dái Tai phải", "Sẹo chấm cách 2 cm sau dái tai phải"),
        ("Sẹo C. Trên mày", "Sẹo C. Trên mày"),  # a sentence may begin there
        ("SẸO CHẤM SAU TAI", "SẸO CHẤM SAU TAI"),
        ("Sẹo Xyz", "Sẹo Xyz"),
    ],
)
def test_known_words_within_a_sentence_have_small_letters(read: str, small: str) -> None:
    assert with_small_letters(read) == small


@given(st.text(alphabet=[*ALPHABET, " "], max_size=40))
def test_a_distance_is_written_out_once(text: str) -> None:
    assert with_distance(with_distance(text)) == with_distance(text)


def test_what_the_renderer_writes_is_of_this_language() -> None:
    for phrase in (*particulars._MARKS, *particulars._WHERE, *particulars._BY):
        assert set(phrase.lower().split()) <= WORDS, phrase
