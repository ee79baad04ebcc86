"""Misread units get the letters of the lists, and everything else stays."""

import random

import pytest

from models.addresses.correct import corrected_address, split_words
from models.addresses.parse import parse_address
from models.addresses.units import BEFORE_2025_07, country


def corrected(text: str, may_be_wrong: bool = True) -> str:
    words, address = split_words(text), parse_address(text)
    assert address is not None
    return corrected_address(words, [may_be_wrong] * len(words), address)


@pytest.mark.parametrize(
    ("read", "printed"),
    [
        ("Thôn Đông, Phuc Xá, Ba Đinh, Hà Nôi", "Thôn Đông, Phúc Xá, Ba Đình, Hà Nội"),
        ("Xa Lưu Ngoc, Huyên Trà Lĩnh, Tinh Cao Bằng", "Xã Lưu Ngọc, Huyện Trà Lĩnh, Tỉnh Cao Bằng"),
        ("12/4 Đường Số 9, P.4, Q.3, TP. Hồ Chí Mính", "12/4 Đường Số 9, P.4, Q.3, TP. Hồ Chí Minh"),
        ("Phương 04, Quân 3, Hồ Chi Minh", "Phường 04, Quận 3, Hồ Chí Minh"),
        ("Ấp 1, Xuân Thới Thượn, Hóc Môm, Hồ Chí Minh", "Ấp 1, Xuân Thới Thượng, Hóc Môn, Hồ Chí Minh"),
        ("Tan Lạc, Hoà Bính", "Tân Lạc, Hoà Bình"),
        ("TX.Sơn Tay, Ha Nội", "TX. Sơn Tây, Hà Nội"),
        ("Thôn Đong,Phuc Xá,Ba Đình,Hà Nội", "Thôn Đong, Phúc Xá, Ba Đình, Hà Nội"),
        ("Thanh Sơn, Phan Rang-Thàp Chàm, Ninh Thuận", "Thanh Sơn, Phan Rang-Tháp Chàm, Ninh Thuận"),
        ("TP. Phan Rang - Thàp Chàm, Ninh Thuận", "TP. Phan Rang - Tháp Chàm, Ninh Thuận"),
        ("Ea M'nang, Cư M'gar, Đăk Lắk", "Ea M'nang, Cư M'gar, Đắk Lắk"),
        ("Xa Đắk N'Dung, Đăk Song, Đắk Nông", "Xã Đắk N'Dung, Đắk Song, Đắk Nông"),
        ("Xã HÒa Phú, TP. THanh HÓa", "Xã HÒa Phú, TP. Thanh Hóa"),
        ("cẩm Thịnh, huyện cẩm Xuyên, Ha Tĩnh", "Cẩm Thịnh, huyện Cẩm Xuyên, Hà Tĩnh"),
        ("CẦU GIẤY, HÀ NÔI", "CẦU GIẤY, HÀ NỘI"),
        ("CẦU GIẤY, HÀ NỘi", "CẦU GIẤY, HÀ NỘI"),
        ("Long Điền, Ba Rịa Vũng Tàu", "Long Điền, Bà Rịa - Vũng Tàu"),
        ("Phường Hàng Bột. Quận Đống Đa. Hà Nội.", "Phường Hàng Bột, Quận Đống Đa, Hà Nội."),
        ("Long Điền, Ba Rịa - Vũng Tàu", "Long Điền, Bà Rịa - Vũng Tàu"),
    ],
)
def test_units_are_spelt_as_listed(read: str, printed: str) -> None:
    assert corrected(read) == printed


@pytest.mark.parametrize(
    "text",
    [
        "Đức Hoà, Sóc Sơn, Hà Nội",
        "P.4, Q.3, TP. Hồ Chí Minh",
        "NGHĨA TÂN, CẦU GIẤY, HÀ NỘI",
        "Cao Lãnh, Đồng Tháp",
        "Bác Ái, Phan Rang-Tháp Chàm, Ninh Thuận",
    ],
)
def test_what_may_be_printed_like_that_stays(text: str) -> None:
    assert corrected(text) == text


def test_words_that_are_sure_stay_but_for_marks_of_provinces() -> None:
    assert corrected("Hạ Lang, Quàng Ninn", may_be_wrong=False) == "Hạ Lang, Quàng Ninn"
    assert corrected("Phuc Xá, Ba Đinh, Hà Nôi", may_be_wrong=False) == "Phuc Xá, Ba Đinh, Hà Nội"


def test_every_listed_address_stays_as_it_is() -> None:
    rng = random.Random(0)
    for _ in range(300):
        province = rng.choice(country(BEFORE_2025_07).parts)
        district = rng.choice(province.parts)
        ward = rng.choice(district.parts or [district])
        text = f"Số 1, {ward.names[0]}, {district.names[0]}, {province.names[0]}"
        assert corrected(text) == text
