"""Other spellings, likeliest first, against all combinations spelt out."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.card import Word
from models.spelling import MAX_SPELLINGS, likeliest, spellings


def word(*places: str, shares: tuple[float, ...] = (0.5, 0.3, 0.1)) -> Word:
    choices = tuple(tuple(zip(place, shares, strict=False)) for place in places)
    return Word("".join(place[0] for place in places), 0.5, (), (), choices)


def test_a_word_is_spelt_as_it_was_read_first_and_then_by_likelihood() -> None:
    found = list(spellings([SHAKY], least=0.1))
    assert [text for text, _ in found] == ["1B", "IB", "18", "I8"]
    assert [share for _, share in found] == pytest.approx([1.0, 0.6, 0.5, 0.3])


def test_words_are_joined_and_those_without_choices_stay() -> None:
    assert [text for text, _ in spellings([Word("05", 0.9, ()), word("O0")])] == ["05 O", "05 0"]
    assert list(spellings([Word("05", 0.9, ())])) == [("05", 1.0)]
    assert list(spellings([])) == [("", 1.0)]


def test_what_is_far_less_likely_is_no_spelling() -> None:
    assert [text for text, _ in spellings([word("ABC", shares=(0.9, 0.05, 0.001))], least=0.05)] == ["A", "B"]


@pytest.mark.parametrize("share", [0.0, -1.0])
def test_a_reader_that_answers_nonsense_is_taken_at_its_word(share: float) -> None:
    assert list(spellings([word("AB", shares=(share, 0.5))])) == [("A", 1.0)]
    assert list(spellings([word("AB", shares=(0.5, share))])) == [("A", 1.0)]


SHAKY = Word("1B", 0.5, (), (), ((("1", 0.5), ("I", 0.3)), (("B", 0.8), ("8", 0.4))))
PLACES = st.lists(st.lists(st.floats(0.01, 1.0), max_size=3), max_size=4).map(
    lambda rows: [[("", 1.0), *(("", share) for share in sorted(row, reverse=True))] for row in rows]
)


@given(PLACES)
def test_every_combination_comes_once_and_none_before_a_likelier_one(places: list[list[tuple[str, float]]]) -> None:
    found = list(likeliest(places, least=1e-9))
    shares = [share for _, share in found]
    assert shares == sorted(shares, reverse=True)
    assert sorted(ranks for ranks, _ in found) == sorted(itertools.product(*(range(len(place)) for place in places)))
    for ranks, share in found:
        assert share == pytest.approx(math.prod(place[rank][1] for place, rank in zip(places, ranks, strict=True)))


def test_a_text_with_many_doubts_ends() -> None:
    doubtful = [[("", 1.0), ("", 0.99), ("", 0.98)]] * 40
    assert len(list(likeliest(doubtful))) == MAX_SPELLINGS
