"""The field parser finds what a card says in what an OCR engine read, and adds nothing of its own."""

import numpy as np
import pytest

from benchmarks.league_parser import fields_of, finish, fold
from models.card import CARD_CLASSES
from models.synthetic.drawing import CARD_SIZE, Pen
from models.synthetic.layouts import draw_card
from models.synthetic.people import invent

SIZE = (1000, 600)


def rows(*lines, x=300, top=100, step=40):
    """(text, box) of lines of a card of SIZE, one below the other."""
    return [
        (text, (x, top + step * number, x + 10 * len(text), top + step * number + 24))
        for number, text in enumerate(lines)
        if text
    ]


def words(pieces):
    """The same word by word, as Tesseract finds them."""
    found = []
    for text, (x0, y0, _, y1) in pieces:
        for word in text.split():
            found.append((word, (x0, y0, x0 + 10 * len(word), y1)))
            x0 += 10 * (len(word) + 1)
    return found


NEW = rows(
    "Số / No.: 003185000001",
    "Họ và tên / Full name:",
    "ĐỖ THỊ ƯỚC",
    "Ngày sinh / Date of birth: 01/02/1985",
    "Giới tính / Sex: Nữ Quốc tịch / Nationality: Việt Nam",
    "Quê quán / Place of origin:",
    "Xã Mẫu, Huyện Thử, Hà Nội",
    "Nơi thường trú / Place of residence: 12 Phố Mẫu,",
    "Phường Thử, Hà Nội",
) + rows("Có giá trị đến:", "01/02/2045", x=30, top=440)
NEW_FIELDS = {
    "id_number": "003185000001",
    "full_name": "ĐỖ THỊ ƯỚC",
    "date_of_birth": "01/02/1985",
    "sex": "Nữ",
    "nationality": "Việt Nam",
    "place_of_origin": "Xã Mẫu, Huyện Thử, Hà Nội",
    "place_of_residence": "12 Phố Mẫu, Phường Thử, Hà Nội",
    "date_of_expiry": "01/02/2045",
}
OLD = rows(
    "GIẤY CHỨNG MINH NHÂN DÂN",
    "SỐ 401234567",
    "Họ tên: NGUYỄN QUANG MINH",
    "Sinh ngày 01-02-1985",
    "Nguyên quán Xã Mẫu, Huyện Thử,",
    "Hà Nội",
    "Nơi ĐKHK thường trú Xóm Mới,",
    "Xã Mẫu, Huyện Thử,",
    "Hà Nội",
)


@pytest.mark.parametrize("found", [NEW, words(NEW), NEW[::-1]], ids=["lines", "words", "any order"])
def test_fields_of_a_new_card_stand_beside_and_below_their_labels(found):
    assert fields_of(found, *SIZE) == NEW_FIELDS


def test_an_old_card_wraps_its_places_and_a_name_like_a_label_is_no_label():
    assert fields_of(OLD, *SIZE) == {
        "id_number": "401234567",
        "full_name": "NGUYỄN QUANG MINH",
        "date_of_birth": "01-02-1985",
        "place_of_origin": "Xã Mẫu, Huyện Thử, Hà Nội",
        "place_of_residence": "Xóm Mới, Xã Mẫu, Huyện Thử, Hà Nội",
    }


def test_labels_may_be_misread_and_lack_their_spaces():
    found = [
        (text.replace("Họ và tên / Full name:", "Ho vàtẽn/Full narne:").replace("Quê quán / ", "Quė quan/"), box)
        for text, box in NEW
    ]
    assert fields_of(found, *SIZE) == NEW_FIELDS


def test_what_was_read_is_not_corrected():
    found = [(text.replace("Việt Nam", "Vit Nam").replace("Nữ", "Nů"), box) for text, box in NEW]
    assert fields_of(found, *SIZE) == NEW_FIELDS | {"nationality": "Vit Nam", "sex": "Nů"}


def test_a_watermark_and_the_card_s_edge_are_no_text():
    noise = [("SPECIMEN", (310, 100, 700, 400)), ("nN. ,n", (320, 592, 380, 600)), ("MẪU", (600, 300, 800, 420))]
    assert fields_of([*NEW, *noise], *SIZE) == NEW_FIELDS


def test_nothing_found_is_no_field():
    assert fields_of([], *SIZE) == {}
    assert fields_of([(" ", (0, 0, 1, 1)), ("CĂN CƯỚC", (300, 100, 400, 130))], *SIZE) == {}


LINES = ("IDVNM1810000013081181000001<<8", "8102036F2102034VNM<<<<<<<<<<<4", "NGUYEN<<THI<BICH<NGOC<<<<<<<<<")
A, B, C = LINES


@pytest.mark.parametrize(
    ("field", "read", "taken"),
    [
        ("id_number", "Số 0031 8500 0001", "003185000001"),
        ("id_number", "OO31850000O1", "003185000001"),
        ("id_number", "S6 401234567", "401234567"),
        ("id_number", "12 Phố", "12"),
        ("date_of_birth", "sinh: 01 / 02/1985 .", "01/02/1985"),
        ("date_of_birth", "O1-02-1985", "01-02-1985"),
        ("date_of_birth", "1985", ""),
        ("date_of_expiry", "Không thòi hn", "Không thòi hn"),
        ("full_name", "ĐỖ THỊ ƯỚC . 9 ab", "ĐỖ THỊ ƯỚC"),
        ("full_name", "Đỗ Thị Ước", "Đỗ Thị Ước"),
        ("sex", "Nữ Quốc", "Nữ"),
        ("other_name", "ĐỖ THỊ BA .", "ĐỖ THỊ BA"),
        ("date_of_issue", "Ngày 05 tháng 07 năm 2013", "05 07 2013"),
        ("date_of_issue", "05 tháng 07 năm 2013", "05 07 2013"),
        ("mrz", f"{A} {B[:20]}", f"{A} {B[:20]}"),
        ("place_of_origin", ": Xã Mẫu ,Hà Nội.....", "Xã Mẫu, Hà Nội"),
    ],
)
def test_one_field_is_taken_as_a_careful_caller_would(field, read, taken):
    assert finish(field, read) == taken


def test_folding_remembers_where_each_letter_was():
    assert fold("Ngày: Đ1") == ("ngayd1", [0, 1, 2, 3, 6, 7])


WANTED_OF_BACKS = {"date_of_issue", "date_of_expiry", "place_of_residence", "place_of_birth", "mrz"}


def test_a_zone_is_its_three_lines_however_they_were_cut():
    cut = [(word, (x, y, x + 90, y + 20)) for y, line in zip((400, 450, 500), LINES, strict=True)
           for x, word in ((30, line[:9]), (130, line[9:20]), (250, line[20:]))]  # fmt: skip
    assert fields_of(cut, *SIZE) == {"mrz": " ".join(LINES)}


@pytest.mark.parametrize(
    ("read", "taken"),
    [
        ("Ngày 05 tháng 07 năm 2013", "05 07 2013"),
        ("Ngày05 thảng 07năm 2013", "05 07 2013"),
        ("Ngày, tháng, năm / Date, month, year: 05/07/2021", "05/07/2021"),
    ],
)
def test_a_back_s_date_of_issue_is_found_with_its_words_between_or_behind_a_caption(read, taken):
    zone = rows(LINES[0], top=400)
    assert fields_of([*rows(read), *zone], *SIZE)["date_of_issue"] == taken


@pytest.mark.parametrize("kind", CARD_CLASSES)
def test_a_card_read_without_a_mistake_gives_all_its_fields(kind, monkeypatch):
    """The labels are those that our cards print."""
    printed = []
    draw = Pen._line

    def remember(pen, text, x, baseline, style, field):
        end = draw(pen, text, x, baseline, style, field)
        printed.append((text, (x, baseline - 0.8 * style.size, end, baseline + 0.2 * style.size)))
        return end

    monkeypatch.setattr(Pen, "_line", remember)
    for seed in range(4):
        printed.clear()
        rng = np.random.default_rng(seed)
        card = draw_card(rng, invent(rng, kind[0]), kind)
        found = fields_of(printed, *CARD_SIZE)
        assert found == {name: text for name, text in card.fields.items() if kind[1] == "front" or name in found}
        assert kind[1] == "front" or found.keys() >= WANTED_OF_BACKS & card.fields.keys()
