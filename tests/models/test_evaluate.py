from dataclasses import replace

import pytest

from models.card import Card, Field, Quality
from models.evaluate import CardScores, FieldScores, interval
from models.synthetic.photograph import sample
from models.values import value_of


def test_a_field_is_compared_by_edits_not_by_position() -> None:
    scores = FieldScores()
    scores.add("001099012345", "01099012345")  # one digit lost: every later position differs
    assert scores.edits == [1]
    assert scores.cer() == pytest.approx(1 / 12)


def test_case_and_marks_are_told_apart() -> None:
    scores = FieldScores()
    scores.add("TRẦN AN", "Trần An")
    scores.add("TRẦN AN", "TRAN AN")
    assert (scores.exact, scores.folded, scores.unaccented) == ([False, False], [True, False], [False, True])


def test_text_too_many_counts_as_wrong() -> None:
    scores = FieldScores()
    scores.add("Nam", "Nam Nam")
    assert scores.exact == [False]
    assert scores.edits == [4]


def test_a_refused_card_counts_all_its_fields_as_not_read() -> None:
    one = sample("clean", 0, ("cmnd-9", "front"))
    scores = CardScores()
    scores.add(one, None)
    assert scores.type_right == [False]
    assert all(scores.fields[name].exact == scores.fields[name].value == [False] for name in one.fields)


def test_a_card_read_right_is_all_exact() -> None:
    one = sample("clean", 0, ("cmnd-9", "front"))
    fields = {name: Field(text, value_of(name, text), 1.0, (), ()) for name, text in one.fields.items()}
    card = Card("cmnd-9", "front", 1.0, (), fields, Quality(0, 0, 0, 0, 1, 900, 1, 1))
    scores = CardScores()
    scores.add(one, card)
    assert scores.all_fields_exact == [True]
    assert scores.all_values_exact == [True]


def test_text_and_value_are_scored_each_by_itself() -> None:
    one = sample("clean", 0, ("cmnd-9", "front"))
    true = {name: Field(text, value_of(name, text), 1.0, (), ()) for name, text in one.fields.items()}
    quality = Quality(0, 0, 0, 0, 1, 900, 1, 1)
    misread = true | {"full_name": replace(true["full_name"], text="corrected in the value")}
    corrected_wrongly = true | {"full_name": replace(true["full_name"], value="SOMEBODY ELSE")}
    scores = CardScores()
    for fields in (misread, corrected_wrongly):
        scores.add(one, Card("cmnd-9", "front", 1.0, (), fields, quality))
    assert (scores.fields["full_name"].exact, scores.fields["full_name"].value) == ([False, True], [True, False])
    assert (scores.all_fields_exact, scores.all_values_exact) == ([False, True], [True, False])


def test_the_interval_holds_the_mean_and_narrows_with_more_cards() -> None:
    few, many = interval([True, False] * 10), interval([True, False] * 1000)
    assert few[0] < many[0] < 0.5 < many[1] < few[1]
