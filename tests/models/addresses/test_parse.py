"""Addresses as cards print them and as they are misread -> administrative units, and the text that is none."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.addresses.parse import parse_address
from models.addresses.units import BEFORE_2025_07, SINCE_2025_07, Unit, country
from models.card import Address
from models.charset import LETTERS, unaccented


def codes(address: Address | None) -> dict[str, str]:
    return {unit.tier: unit.code for unit in address.units} if address else {}


@pytest.mark.parametrize(
    ("text", "found", "rest"),
    [
        ("Thôn Đông, Phúc Xá, Ba Đình, Hà Nội", ("Phường Phúc Xá", "Quận Ba Đình", "Thành phố Hà Nội"), "Thôn Đông"),
        ("Phúc Xá Ba Đình Hà Nội", ("Phường Phúc Xá", "Quận Ba Đình", "Thành phố Hà Nội"), ""),
        (
            "12/4 Đường Số 9, P.4, Q.3, TP. Hồ Chí Minh",
            ("Phường 4", "Quận 3", "Thành phố Hồ Chí Minh"),
            "12/4 Đường Số 9",
        ),
        ("Phường 04, Quận 3, Hồ Chí Minh", ("Phường 4", "Quận 3", "Thành phố Hồ Chí Minh"), ""),
        ("4, Quận 3, Hồ Chí Minh", ("Quận 3", "Thành phố Hồ Chí Minh"), "4"),
        (
            "Ấp 1, Xuân Thới Thượn, Hóc Môm, Hồ Chí Minh",
            ("Xã Xuân Thới Thượng", "Huyện Hóc Môn", "Thành phố Hồ Chí Minh"),
            "Ấp 1",
        ),
        ("Cẩm Giang, Cẩm Giàng, Hải Dương", ("Thị trấn Cẩm Giang", "Huyện Cẩm Giàng", "Tỉnh Hải Dương"), ""),
        ("Xà Phìn, Đồng Văn, Hà Giang", ("Xã Xà Phìn", "Huyện Đồng Văn", "Tỉnh Hà Giang"), ""),
        ("Đức Hoà, Sóc Sơn, Hà Nội", ("Xã Đức Hòa", "Huyện Sóc Sơn", "Thành phố Hà Nội"), ""),
        ("Bbc Tân Uyên, Bình Dương", ("Huyện Bắc Tân Uyên", "Tỉnh Bình Dương"), ""),
    ],
)
def test_an_address_of_the_older_era(text: str, found: tuple[str, ...], rest: str) -> None:
    address = parse_address(text)

    assert address is not None
    assert address.era == BEFORE_2025_07
    assert tuple(unit.name for unit in reversed(address.units)) == found
    assert address.rest == rest


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Phường Ba Đình, Thành phố Hà Nội", ("Phường Ba Đình", "Thành phố Hà Nội")),
        ("Đặc khu Côn Đảo, Thành phố Hồ Chí Minh", ("Đặc khu Côn Đảo", "Thành phố Hồ Chí Minh")),
    ],
)
def test_an_address_of_today_has_two_tiers(text: str, found: tuple[str, ...]) -> None:
    address = parse_address(text)

    assert address is not None
    assert address.era == SINCE_2025_07
    assert tuple(unit.name for unit in reversed(address.units)) == found
    assert address.successors == ()


def test_where_two_units_fit_neither_is_taken_until_something_decides() -> None:
    """There was a town and a rural district Cao Lãnh, in one province."""
    assert set(codes(parse_address("Cao Lãnh, Đồng Tháp"))) == {"province"}
    assert codes(parse_address("TP Cao Lãnh, Đồng Tháp"))["district"] == "866"
    assert codes(parse_address("Huyện Cao Lãnh, Đồng Tháp"))["district"] == "873"
    assert codes(parse_address("Mỹ Phú, Cao Lãnh, Đồng Tháp"))["district"] == "866"


def test_diacritics_decide_where_they_are_there() -> None:
    """Tân Thạnh and Tân Thành are two wards of one district."""
    assert codes(parse_address("Tân Thạnh, Tân Thạnh, Long An"))["ward"] == "27826"
    assert codes(parse_address("Tân Thành, Tân Thạnh, Long An"))["ward"] != "27826"
    assert "ward" not in codes(parse_address("Tan Thanh, Tan Thanh, Long An"))


def test_similarity_says_how_much_was_read_as_listed() -> None:
    exact, toneless, misread = (
        address.units[0].similarity
        for address in map(parse_address, ("Nghệ An", "Nghe An", "Nahệ An"))
        if address is not None
    )

    assert exact == 1.0
    assert 0.6 < toneless < 1.0
    assert 0.8 < misread < 1.0


def test_the_older_units_say_what_they_are_today() -> None:
    address = parse_address("Phúc Xá, Ba Đình, Hà Nội")

    assert address is not None
    assert [(unit.tier, unit.code, unit.name) for unit in address.successors] == [
        ("province", "01", "Thành phố Hà Nội"),
        ("ward", "00097", "Phường Hồng Hà"),
    ]
    merged = parse_address("Hải Dương")
    assert merged is not None
    assert [unit.name for unit in merged.successors] == ["Thành phố Hải Phòng"]


@pytest.mark.parametrize("text", ["", ", ,", "blah", "SPECIMEN 12", "1, 2, 3", "ỆỆỆ", "..."])
def test_a_text_without_a_province_is_no_address(text: str) -> None:
    assert parse_address(text) is None


WARDS = [
    (ward, district, province)
    for province in country(BEFORE_2025_07).parts
    for district in province.parts
    for ward in district.parts
]


def printed(units: tuple[Unit, ...]) -> str:
    return ", ".join(unit.names[0] for unit in units)


@given(st.sampled_from(WARDS), st.sampled_from(["", "Thôn 2, ", "12/4 Tổ 5, "]))
def test_every_listed_address_gives_its_own_units_or_fewer(units: tuple[Unit, ...], house: str) -> None:
    for text in (house + printed(units), unaccented(house + printed(units))):
        assert codes(parse_address(text)).items() <= {unit.tier: unit.code for unit in units}.items()


def test_nearly_every_listed_address_gives_all_its_units() -> None:
    some = random.Random(0).sample(WARDS, 300)
    whole = [codes(parse_address(printed(units))) == {unit.tier: unit.code for unit in units} for units in some]
    assert sum(whole) >= 294


@given(st.text(alphabet=LETTERS[:40] + " ,.-/0123", max_size=60), st.sampled_from(WARDS))
def test_no_word_is_lost_or_changed(start: str, units: tuple[Unit, ...]) -> None:
    text = f"{start}, {printed(units)}"
    address = parse_address(text)

    assert address is not None
    kept = " ".join([address.rest, *(unit.text for unit in reversed(address.units))])
    assert _letters(kept) == _letters(text)
    assert all(0 <= unit.similarity <= 1 for unit in address.units)


def _letters(text: str) -> str:
    """`text` without the spaces and punctuation around its parts."""
    return "".join(char for char in text if char.isalnum())
