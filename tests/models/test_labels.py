import numpy as np
import pytest

from models.detector.contract import WordBox
from models.labels import without_labels
from models.reader.contract import ReadWord


def read(field: str, text: str, score: float = 0.49) -> list[tuple[WordBox, ReadWord]]:
    return [(WordBox(field, np.zeros(4), score), ReadWord(word, 0.9, ())) for word in text.split()]


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("place_of_residence", "Nơi ĐKHK thường trú Thôn 2, Hà Nội", "Thôn 2, Hà Nội"),
        ("place_of_residence", "ĐKHk thưởng tru Thôn 2, Hà Nội", "Thôn 2, Hà Nội"),
        ("place_of_residence", "of residence: Thôn 2", "Thôn 2"),
        ("place_of_origin", "Nguyên quán Tam Nông", "Tam Nông"),
        ("full_name", "tên: LÊ TÊN", "LÊ TÊN"),
        ("sex", "Sex: Nam", "Nam"),
        ("issuing_authority", "CỤC TRƯỞNG CỤC CẢNH SÁT", "CỤC CẢNH SÁT"),
        ("issuing_authority", "CỤC CẢNH SÁT", "CỤC CẢNH SÁT"),
        ("issuing_authority", "CỤC", "CỤC"),
        ("place_of_residence", "Ba Vì Nơi", "Ba Vì"),
        ("place_of_origin", "Ba Vì nơi", "Ba Vì nơi"),
        ("place_of_residence", "thường trú", ""),
        ("full_name", "HỒ VĂN TÊN", "HỒ VĂN TÊN"),
        ("full_name", "Hồ Văn Minh", "Hồ Văn Minh"),
        ("full_name", "NGUYỄN VĂN TRƯỞNG", "NGUYỄN VĂN TRƯỞNG"),
        ("place_of_origin", "Tỉnh Thái Nguyên", "Tỉnh Thái Nguyên"),
        ("date_of_issue", "ngày 12 tháng 06 nâm 2004", "12 06 2004"),
        ("date_of_issue", "28 SIÊ 2015", "28 SIÊ 2015"),
        ("date_of_expiry", "Không thời hạn", "Không thời hạn"),
        ("religion", "Phật giáo", "Phật giáo"),
    ],
)
def test_words_of_labels_around_a_value_are_left_out(field: str, text: str, value: str) -> None:
    assert " ".join(word.text for _, word in without_labels(field, read(field, text))) == value


def test_a_word_that_ends_no_name_is_a_label_with_any_score_but_a_high_one() -> None:
    words = read("place_of_origin", "Ba Vì Nơi thường", score=0.6)
    assert without_labels("place_of_origin", words) == words[:2]


def test_a_word_that_the_detector_was_sure_of_stays() -> None:
    words = read("place_of_origin", "Nguyên Phúc,", score=0.9)
    assert without_labels("place_of_origin", words) == words


@pytest.mark.parametrize(("field", "text"), [("place_of_origin", "Thôn Nơi"), ("date_of_issue", "28 năm 02 2015")])
def test_a_likely_word_behind_or_between_stays(field: str, text: str) -> None:
    words = read(field, text, score=0.7)
    assert without_labels(field, words) == words
