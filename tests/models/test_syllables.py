import pytest

from models.addresses.units import BEFORE_2025_07, country
from models.family_names import FAMILY_NAMES
from models.syllables import is_syllable
from models.synthetic import people


@pytest.mark.parametrize(
    "text",
    [
        "Nguyễn Phước Quý Quyền Khuê Giêng Gì Giáp Nghĩa Nghiêm Xuyến Thoại Khoát Ý Yên Ước Uyên Oanh Thúy Thuý Thủy",
        "HUỲNH THỊ TUYẾT QUỲNH NGỌC XUÂN PHƯỢNG QUỚI LỰM",
    ],
)
def test_names_are_syllables(text: str) -> None:
    assert [word for word in text.split() if not is_syllable(word)] == []


@pytest.mark.parametrize(
    "word",
    [*"HẮI KHẮNH QUỔC TUYỀT Ngiêm Ghà Cê Kăn GIIỀM Nguyễnn Đắk KSOR Ea 12 A. Hạ́".split(), ""],
)
def test_what_no_syllable_can_be(word: str) -> None:
    assert not is_syllable(word)


def test_nearly_all_family_names_and_names_of_places_are_syllables() -> None:
    """Those that are not are other peoples' (Kon, Ea, Đắk), a letter or a numeral."""
    others = [name for name in FAMILY_NAMES if not is_syllable(name)]
    assert sorted(others) == ["H", "KSOR"]
    words = [
        word
        for province in country(BEFORE_2025_07).parts
        for district in province.parts
        for ward in district.parts
        for word in ward.names[0].split()
        if word.isalpha()
    ]
    assert sum(map(is_syllable, words)) / len(words) > 0.98


def test_the_names_that_are_drawn_are_syllables() -> None:
    names = [*people._MALE_MIDDLES, *people._FEMALE_MIDDLES, *people._MALE_GIVEN, *people._FEMALE_GIVEN]
    assert [name for name in names if not is_syllable(name)] == []
