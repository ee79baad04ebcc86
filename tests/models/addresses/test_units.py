"""The lists are the country: its published numbers of units, and nothing that leads nowhere."""

from models.addresses.units import BEFORE_2025_07, SINCE_2025_07, country, marked, new_units, plain, split_kind


def test_there_are_as_many_units_as_the_resolutions_say() -> None:
    """34 provinces and 3,321 wards since July 2025 (Resolution 202/2025/QH15 and those on wards); 63 before."""
    new, old = country(SINCE_2025_07).parts, country(BEFORE_2025_07).parts

    assert len(new) == 34
    assert sum(len(province.parts) for province in new) == 3321
    assert len(old) == 63


def test_codes_are_unique_within_their_tier() -> None:
    assert len(new_units()) == 34 + 3321
    for province in country(BEFORE_2025_07).parts:
        assert len({district.code for district in province.parts}) == len(province.parts)
        for district in province.parts:
            assert len({ward.code for ward in district.parts}) == len(district.parts)


def test_what_a_unit_became_exists() -> None:
    provinces = country(BEFORE_2025_07).parts
    wards = [ward for province in provinces for district in province.parts for ward in district.parts]
    units = [*provinces, *wards]

    assert all((unit.tier, code) in new_units() for unit in units for code in unit.successors)
    assert all(len(province.successors) == 1 for province in provinces)
    assert sum(bool(ward.successors) for ward in wards) > 10_000


def test_two_spellings_of_a_word_are_one() -> None:
    assert marked("Hoà Bình") == marked("HÒA  BÌNH")
    assert marked("Phường 04") == marked("phường 4")
    assert marked("Cẩm Giang") != marked("Cẩm Giàng")
    assert plain("Phan Rang - Tháp Chàm") == "phan rang thap cham"


def test_the_kind_of_a_unit_is_cut_off_where_it_is_one_of_its_tier() -> None:
    assert split_kind("district", "tp cao lanh") == ("thanh pho", "cao lanh")
    assert split_kind("ward", "p10") == ("phuong", "10")
    assert split_kind("ward", "quan 10") == (None, "quan 10")
