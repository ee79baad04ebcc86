"""Readers are scored by edit distance over the cards that have a field, and compared on the same cards."""

import numpy as np
import pytest

from benchmarks.league_scores import ALL, COUNTS, Reading, best_of, counted, share


def sums(readings, field):
    return dict(zip(COUNTS, counted(readings)[field].sum(axis=0), strict=True))


def test_a_field_is_counted_only_on_cards_that_have_it():
    readings = [
        {"sex": Reading("Nữ", "Nữ"), "full_name": Reading("ĐỖ AN", "DO AN")},
        {"full_name": Reading("LÊ", "LÊ")},
    ]
    assert sums(readings, "sex")["fields"] == 1
    assert sums(readings, "full_name") == {
        "fields": 2, "exact": 1, "value": 0, "letters": 7, "edits": 2, "bare_edits": 0,
    }  # fmt: skip
    assert sums(readings, ALL)["fields"] == 3


def test_a_field_that_was_not_found_lacks_all_its_letters():
    assert sums([{"sex": Reading("Nam")}], "sex")["edits"] == 3


def test_spaces_and_unicode_forms_make_no_difference_but_case_does():
    decomposed = Reading("Lê  An", "Le\u0302 An")
    assert sums([{"full_name": decomposed}], "full_name")["exact"] == 1
    assert sums([{"full_name": Reading("Lê An", "LÊ An")}], "full_name")["exact"] == 0


def test_a_text_without_a_value_has_no_right_value():
    readings = [{"sex": Reading("?", "?", None, None)}, {"sex": Reading("Nam", "Nam.", "M", "M")}]
    assert sums(readings, "sex")["value"] == 1


def test_an_interval_covers_the_share_and_is_the_same_every_time():
    counts = counted([{"sex": Reading("Nam", "Nam" if card % 4 else "")} for card in range(40)])["sex"]
    found = share(counts, "exact", "fields")
    assert found.value == 0.75
    assert 0.5 < found.low < 0.75 < found.high < 0.95
    assert found == share(counts, "exact", "fields")


def test_equal_readers_differ_by_nothing_however_cards_are_drawn():
    counts = counted([{"sex": Reading("Nam", "Nam" if card % 2 else "")} for card in range(10)])["sex"]
    lead = share(counts, "exact", "fields", less=counts)
    assert (lead.value, lead.low, lead.high) == (0, 0, 0)


def test_a_lead_is_in_fields_not_in_cards_without_the_field():
    ours = counted([{"sex": Reading("Nam", "Nam")}, {"full_name": Reading("LÊ", "LÊ")}])["sex"]
    theirs = counted([{"sex": Reading("Nam", "")}, {"full_name": Reading("LÊ", "")}])["sex"]
    assert share(ours, "exact", "fields", less=theirs).value == 1


def test_the_best_mix_takes_each_field_from_its_best_reader_and_fewest_edits_break_ties():
    truth = {"id_number": "123", "full_name": "LÊ AN"}
    readers = {
        "digits": [{"id_number": Reading("123", "123"), "full_name": Reading("LÊ AN", "XXXX")}],
        "letters": [{"id_number": Reading("123", "12"), "full_name": Reading("LÊ AN", "LE AN")}],
    }
    mix, taken_from = best_of(readers)
    assert taken_from == {"id_number": "digits", "full_name": "letters"}
    assert {name: reading.text for name, reading in mix[0].items()} == {"id_number": "123", "full_name": "LE AN"}
    assert set(mix[0]) == set(truth)


@pytest.mark.parametrize("of", COUNTS)
def test_all_fields_are_the_sum_of_them(of):
    counts = counted([{"sex": Reading("Nam", "Na", "M", "M"), "full_name": Reading("LÊ", "LE")}, {}])
    column = COUNTS.index(of)
    np.testing.assert_array_equal(counts[ALL][:, column], (counts["sex"] + counts["full_name"])[:, column])
