import numpy as np
import pytest

from models.detector.contract import WordBox
from models.labels import without_label
from models.reader.contract import ReadWord


def read(field: str, text: str, score: float = 0.5) -> list[tuple[WordBox, ReadWord]]:
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
        ("place_of_residence", "Ba Vì thường", "Ba Vì thường"),
        ("place_of_residence", "thường trú", ""),
        ("full_name", "HỒ VĂN TÊN", "HỒ VĂN TÊN"),
        ("full_name", "Hồ Văn Tên", "Hồ Văn Tên"),
    ],
)
def test_words_of_the_label_before_a_value_are_left_out(field: str, text: str, value: str) -> None:
    assert " ".join(word.text for _, word in without_label(field, read(field, text))) == value


def test_a_word_that_the_detector_was_sure_of_stays() -> None:
    words = read("place_of_origin", "Nguyên Phúc,", score=0.9)
    assert without_label("place_of_origin", words) == words
