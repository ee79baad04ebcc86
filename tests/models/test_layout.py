import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.detector.contract import WordBox
from models.layout import group_lines, reading_order, runs, taken, with_gaps, without_doubles, words_by_field


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


def line(*words: tuple[str, float], gap: float = 8) -> list[WordBox]:
    """(field, score) of words of 60 x 20 pixels side by side."""
    return [box(10 + (60 + gap) * i, 10, field=field, score=score) for i, (field, score) in enumerate(words)]


def taken_fields(words: list[WordBox]) -> list[tuple[str, float]]:
    """(field, score) of the words that are taken, from left to right."""
    found = [word for words in words_by_field(words).values() for word in words]
    return [(word.field, word.score) for word in sorted(found, key=lambda word: float(word.box[0]))]


def test_a_wide_gap_ends_a_run() -> None:
    assert [len(run) for run in runs(line(*[("sex", 0.9)] * 3))] == [3]
    assert [len(run) for run in runs(line(*[("sex", 0.9)] * 3, gap=13))] == [1, 1, 1]
    assert [len(run) for run in runs(TWO_LINES)] == [3, 2]


def test_a_faint_word_is_taken_where_its_field_goes_on() -> None:
    words = line(("full_name", 0.9), ("full_name", 0.3), ("full_name", 0.3))
    assert len(taken_fields(words)) == 3


def test_a_faint_word_alone_or_before_the_first_sure_one_is_not_taken() -> None:
    assert taken_fields(line(("full_name", 0.3), ("full_name", 0.3))) == []
    assert taken_fields(line(("full_name", 0.3), ("full_name", 0.9))) == [("full_name", 0.9)]
    assert taken_fields(line(("full_name", 0.9), ("full_name", 0.3), gap=30)) == [("full_name", 0.9)]


def test_an_unsure_word_takes_the_field_of_its_run() -> None:
    words = line(("nationality", 0.7), ("place_of_origin", 0.6), ("place_of_origin", 0.3))
    assert taken_fields(words) == [("nationality", 0.7), ("nationality", 0.6), ("nationality", 0.3)]


def test_a_sure_word_keeps_its_field() -> None:
    words = line(("date_of_expiry", 0.7), ("place_of_residence", 0.9), ("place_of_residence", 0.9))
    assert [field for field, _ in taken_fields(words)] == [word.field for word in words]


def test_faint_words_before_the_first_sure_one_are_taken_where_no_label_is() -> None:
    words = line(("full_name", 0.3), ("full_name", 0.3), ("full_name", 0.9))
    assert len(taken(words, beside_label=())) == 3
    assert len(taken(words, beside_label=("sex",))) == 3
    assert len(taken(words, beside_label=("full_name",))) == 1


def test_a_gap_as_wide_as_a_word_is_looked_at() -> None:
    def row(*spans: tuple[float, float], top: float = 10) -> list[WordBox]:
        return [WordBox("place_of_origin", np.array([x0, top, x1, top + 20.0]), 0.9) for x0, x1 in spans]

    plain = row((0, 50), (58, 90)) + row((0, 60), top=40)
    assert with_gaps(plain) == plain
    found = with_gaps(row((0, 50), (90, 120)) + row((0, 60), (300, 400), top=40))
    assert [(word.field, word.box.tolist()) for word in found if word.score == 0] == [
        ("place_of_origin", [53.0, 10.0, 87.0, 30.0])
    ]
    assert len(found) == 5
    assert with_gaps([]) == []


def test_a_word_of_a_field_that_the_side_has_not_is_of_its_neighbours_field() -> None:
    origin = [box(10 + 70 * at, 10, field="place_of_origin") for at in range(2)]
    lost = box(150, 10, field="issuing_authority", score=0.73)
    alone = box(10, 80, field="issuing_authority")
    found = words_by_field([*origin, lost, alone], printed=("place_of_origin", "sex"))
    assert {name: [word.box[0] for word in words] for name, words in found.items()} == {
        "place_of_origin": [10, 80, 150]
    }
    assert set(words_by_field([*origin, lost, alone])) == {"place_of_origin", "issuing_authority"}


def test_faint_pieces_of_a_date_are_taken_wherever_they_stand_on_its_line() -> None:
    pieces = [
        box(10 + 200 * at, 10, 25, field="date_of_issue", score=score) for at, score in enumerate((0.3, 0.26, 0.8))
    ]
    assert [word.score for word in words_by_field(pieces)["date_of_issue"]] == [0.3, 0.26, 0.8]
    assert words_by_field(pieces[:2]) == {}
