from collections.abc import Sequence

import numpy as np
import pytest

from models import mrz
from models.detector.contract import WordBox
from models.layout import zone_pieces
from models.synthetic.mrz import machine_readable_zone
from models.synthetic.people import invent

ZONE = "IDVNM1810000013081181000001<<8 8102036F2102034VNM<<<<<<<<<<<4 NGUYEN<<THI<BICH<NGOC<<<<<<<<<"
PIECE_SIZE = (300.0, 36.0)


def pieces(left: float = 60.0, top: float = 460.0, slope: float = 0.0) -> list[WordBox]:
    """A zone of three lines as a Detector without a mistake finds it; `slope` in pixels a piece."""
    width, height = PIECE_SIZE
    return [
        WordBox("mrz", np.array([x, y, x + width, y + height]), 0.9)
        for line in range(3)
        for column in range(3)
        for x, y in [(left + column * width, top + 64 * line + slope * column)]
    ]


def boxes(words: Sequence[WordBox]) -> np.ndarray:
    return np.array([word.box for word in words])


def test_what_a_zone_says_is_what_was_written_into_it() -> None:
    for seed in range(40):
        person = invent(np.random.default_rng(seed), "cc-2024")
        zone = mrz.parse(" ".join(machine_readable_zone(person)))
        assert zone is not None
        assert zone.lines == machine_readable_zone(person)
        assert zone.number == person.id_number
        assert zone.sex == {"Nam": "M", "Nữ": "F"}[person.sex]
        assert zone.birth_date == "{2}-{1:02}-{0:02}".format(*person.birth)
        assert zone.expiry_date == ("{2}-{1:02}-{0:02}".format(*person.expiry) if person.expiry else "never")
        assert set(zone.digits_right.values()) == {True}


def test_fillers_are_counted_anew() -> None:
    first, second, third = ZONE.split()
    fewer = " ".join((first, second.replace("<" * 11, "<" * 9), third.rstrip("<") + "<<"))
    zone, counted = mrz.parse(ZONE), mrz.parse(fewer)
    assert zone is not None
    assert zone == counted
    assert zone.name == "NGUYEN THI BICH NGOC"
    assert not zone.cut


def test_a_name_that_fills_its_line_may_go_on() -> None:
    first, second, _ = ZONE.split()
    zone = mrz.parse(f"{first} {second} CONG<<HUYEN<TON<NU<PHUONG<NGUY")
    assert zone is not None
    assert zone.cut


@pytest.mark.parametrize("place", [*range(5, 27), 29, *range(31, 38), *range(39, 46)])
def test_one_digit_misread_is_noticed(place: int) -> None:
    wrong = str((int(ZONE[place]) + 1) % 10)
    zone, right = mrz.parse(ZONE[:place] + wrong + ZONE[place + 1 :]), mrz.parse(ZONE)
    assert zone is not None
    assert right is not None
    assert sum(right.digits_right.values()) > sum(zone.digits_right.values())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "one two",
        ZONE.replace("IDVNM", "IDXXX"),
        ZONE.replace("810203", "81O203"),
        ZONE + " MORE",
        ZONE.replace("NGUYEN", "1GUYEN"),
        ZONE[1:],
    ],
)
def test_what_has_not_the_form_of_a_zone_is_none(text: str) -> None:
    assert mrz.parse(text) is None


def test_dates_that_no_calendar_has_are_none() -> None:
    zone = mrz.parse(ZONE.replace("810203", "813203").replace("210203", "210230"))
    assert zone is not None
    assert zone.birth_date is None
    assert zone.expiry_date is None


def test_words_of_a_zone_are_joined_to_lines_and_others_by_spaces() -> None:
    words = [line[at : at + 10] for line in ZONE.split() for at in (0, 10, 20)]
    assert mrz.text_of("mrz", words) == ZONE
    assert mrz.text_of("full_name", ["Đỗ", "Thị"]) == "Đỗ Thị"


@pytest.mark.parametrize("slope", [0.0, 3.0, -3.0])
def test_a_whole_zone_stays_where_it_is(slope: float) -> None:
    found = pieces(slope=slope)
    shuffled = [found[index] for index in np.random.default_rng(1).permutation(len(found))]
    np.testing.assert_allclose(boxes(zone_pieces(shuffled)), boxes(found), atol=1.0)


@pytest.mark.parametrize("missing", range(9))
def test_a_piece_that_was_missed_is_where_the_others_say(missing: int) -> None:
    found = pieces()
    seen = [word for number, word in enumerate(found) if number != missing]
    np.testing.assert_allclose(boxes(zone_pieces(seen)), boxes(found), atol=1.0)


def test_borders_found_otherwise_and_pieces_found_as_one_are_cut_anew() -> None:
    found = pieces()
    one = WordBox("mrz", np.array([60.0, 460.0, 660.0, 496.0]), 0.9)
    short = WordBox("mrz", np.array([390.0, 524.0, 650.0, 560.0]), 0.9)
    seen = [one, *found[2:4], short, *found[5:]]
    np.testing.assert_allclose(boxes(zone_pieces(seen)), boxes(found), atol=1.0)


def test_a_line_below_the_zone_is_none_of_it() -> None:
    found = pieces()
    faint = WordBox("mrz", np.array([400.0, 300.0, 500.0, 330.0]), 0.3)
    np.testing.assert_allclose(boxes(zone_pieces([*found, faint])), boxes(found), atol=1.0)


def test_what_is_no_zone_comes_back_as_it_is() -> None:
    two_lines = pieces()[:6]
    assert boxes(zone_pieces(two_lines)).tolist() == boxes(two_lines).tolist()
    assert zone_pieces([]) == []
