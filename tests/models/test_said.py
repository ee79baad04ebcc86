import pytest

from models.card import CARD_CLASSES
from models.said import by_code, by_zone, in_order, same, sources

ZONE = "IDVNM1810000013081181000001<<8\n8102036F2102034VNM<<<<<<<<<<<4\nNGUYEN<<THI<BICH<NGOC<<<<<<<<<"
IN_ZONE = {
    "id_number": "081181000001",
    "full_name": "NGUYEN THI BICH NGOC",
    "date_of_birth": "1981-02-03",
    "sex": "F",
    "date_of_expiry": "2021-02-03",
}


def test_a_side_says_what_it_prints_and_the_rest_in_its_zone() -> None:
    of = sources(("cc-2024", "back"))
    assert of["date_of_expiry"] == "date_of_expiry"
    assert of["date_of_birth"] == of["id_number"] == of["mrz"] == "mrz"
    for kind in (kind for kind in CARD_CLASSES if kind[1] == "front"):
        assert all(name == field for name, field in sources(kind).items())


def test_a_zone_whose_digits_hold_says_all_of_it() -> None:
    assert by_zone(ZONE) == IN_ZONE
    assert by_zone(None) == by_zone("IDVNM") == {}


@pytest.mark.parametrize(
    ("right", "wrong", "lost"),
    [
        ("3081181000001", "3081181000002", {"id_number", "date_of_birth"}),  # its century is in the number
        ("8102036F", "8102037F", {"date_of_birth"}),
        ("2102034", "2102044", {"date_of_expiry"}),
        ("<BICH<NGOC<<<<<<<<<", "<BICH<NGOC<PHUONG<N", {"full_name"}),  # may go on
    ],
)
def test_what_a_zone_does_not_bear_out_it_does_not_say(right: str, wrong: str, lost: set[str]) -> None:
    assert by_zone(ZONE.replace(right, wrong)) == {name: said for name, said in IN_ZONE.items() if name not in lost}


@pytest.mark.parametrize(
    "code",
    [
        "001199012345|012345678|Đỗ Thị Ước|01021999|Nữ|12 Phố Mẫu, Hà Nội|05072021",
        "001199012345||Đỗ Thị Ước|01021999|Nữ|12 Phố Mẫu, Hà Nội|05072021|Đỗ Văn Thử|||",
        "001199012345|Đỗ Thị Ước|01021999|Nữ|12 Phố Mẫu, Hà Nội|05072021",
    ],
)
def test_codes_with_and_without_an_old_number_and_with_more_say_the_same(code: str) -> None:
    assert by_code(code) == {
        "id_number": "001199012345",
        "full_name": "Đỗ Thị Ước",
        "date_of_birth": "1999-02-01",
        "sex": "F",
        "place_of_residence": "12 Phố Mẫu, Hà Nội",
        "date_of_issue": "2021-07-05",
    }


@pytest.mark.parametrize(
    ("code", "said"),
    [("", {}), ("a|b", {}), ("|||||", {}), ("1|b|c|d|e|f", {"full_name": "b", "place_of_residence": "e"})],
)
def test_what_is_no_value_in_a_code_is_left_out(code: str, said: dict[str, str]) -> None:
    assert by_code(code) == said


@pytest.mark.parametrize(
    ("name", "one", "other", "unmarked", "answer"),
    [
        ("full_name", "ĐỖ THỊ ƯỚC", "Đỗ Thị Ước", False, True),
        ("full_name", "ĐỖ THỊ ƯỚC", "DO THI UOC", False, False),
        ("full_name", "ĐỖ THỊ ƯỚC", "DO THI UOC", True, True),
        ("full_name", "H'NGOAN NIÊ", "HNGOAN NIE", True, True),
        ("place_of_residence", "12 Phố Mẫu ,Hà Nội", "12 Phố Mẫu, Hà Nội", False, True),
        ("sex", "F", "M", False, False),
        ("sex", "F", None, False, None),
        ("date_of_expiry", "never", "2030-01-01", True, None),
        ("date_of_expiry", "never", "never", True, True),
    ],
)
def test_values_are_compared_as_far_as_they_can_be(
    name: str, one: str, other: str | None, unmarked: bool, answer: bool | None
) -> None:
    assert same(name, one, other, unmarked) is answer
    assert same(name, other, one, unmarked) is answer


def test_dates_are_in_order_as_far_as_they_are_known() -> None:
    dates = {"date_of_birth": "1990-01-01", "date_of_issue": "2020-01-01", "date_of_expiry": "never"}
    assert in_order(dates) is True
    assert in_order(dates | {"date_of_issue": "1980-01-01"}) is False
    assert in_order({"date_of_birth": "1990-01-01", "date_of_expiry": "never", "date_of_issue": None}) is None
