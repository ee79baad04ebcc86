"""Every reader of the league sees the same card, cut out at its true places."""

import numpy as np
import pytest

from benchmarks.league_cards import cut, true_lines, write_cases
from models.synthetic.sample import Sample, WordTruth


def test_a_file_holds_the_photo_the_flat_card_and_a_picture_of_every_line(tmp_path):
    (case,) = write_cases(tmp_path, range(3, 4))
    with np.load(tmp_path / "3.npz") as file:
        assert file["card"].shape == (640, 1024, 3)
        assert file["photo"].dtype == np.uint8
        assert file["corners"].shape == (4, 2)
        words = sum(9 if name == "mrz" else len(text.split()) for name, text in case.fields.items())
        assert file["words"].shape == (words, 4)
        assert set(file["lines"]) == set(range(len(case.line_fields)))
        assert sum(name.startswith("line_") for name in file.files) == len(case.line_fields)
    assert set(case.line_fields) == set(case.fields)


def test_words_are_grouped_into_lines_of_their_field_in_reading_order():
    words = [("Hà", "place_of_origin"), ("LÊ", "full_name"), ("AN", "full_name"), ("Nội", "place_of_origin")]
    boxes = np.array([[10, 50, 30, 70], [10, 10, 30, 30], [40, 10, 60, 30], [10, 80, 30, 100]], float)
    one = Sample(
        photo=np.zeros((1, 1, 3), np.uint8),
        jpeg=b"",
        card_class=0,
        corners=None,
        words=tuple(WordTruth(text, field, (0, 0, 1, 1)) for text, field in words),
        fields={"full_name": "LÊ AN", "place_of_origin": "Hà Nội"},
    )
    assert true_lines(one, boxes) == [("full_name", [1, 2]), ("place_of_origin", [0]), ("place_of_origin", [3])]


@pytest.mark.parametrize(("box", "size"), [((100, 100, 200, 120), (26, 106)), ((0, 0, 50, 20), (23, 53))])
def test_a_line_is_cut_out_with_a_little_ground_as_far_as_there_is_any(box, size):
    flat = np.zeros((640, 1024, 3), np.uint8)
    assert cut(flat, np.array([box], float)).shape[:2] == size
