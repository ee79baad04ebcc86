import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.detector.contract import WordBox
from models.layout import group_lines, reading_order, without_doubles, words_by_field


def box(
    x: float, y: float, width: float = 60, height: float = 20, field: str = "full_name", score: float = 0.9
) -> WordBox:
    return WordBox(field, np.array([x, y, x + width, y + height]), score)


TWO_LINES = [box(10, 10), box(80, 12), box(150, 8), box(10, 40), box(80, 42)]


@given(st.permutations(range(5)))
def test_reading_order_does_not_depend_on_the_order_of_finding(order: list[int]) -> None:
    found = reading_order([TWO_LINES[i] for i in order])
    assert [id(word) for word in found] == [id(word) for word in TWO_LINES]


def test_a_line_that_climbs_across_the_card_stays_one_line() -> None:
    climbing = [box(70.0 * i, 100 - 6.0 * i) for i in range(10)]
    assert group_lines(climbing) == [climbing]


def test_a_word_found_as_two_fields_keeps_the_surer_one() -> None:
    kept = without_doubles([box(10, 10, field="sex", score=0.5), box(12, 11, field="nationality", score=0.8)])
    assert [word.field for word in kept] == ["nationality"]


def test_neighbours_that_touch_are_both_kept() -> None:
    assert len(without_doubles([box(10, 10), box(65, 10)])) == 2


def test_fields_are_kept_apart() -> None:
    fields = words_by_field([box(10, 10), box(80, 10, field="sex")])
    assert sorted(fields) == ["full_name", "sex"]


def test_no_words_make_no_fields() -> None:
    assert words_by_field([]) == {}
