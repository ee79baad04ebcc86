from dataclasses import replace

import numpy as np
import pytest

from models.card import FIELDS_OF, Card, Field, Quality
from models.checks import check_card
from models.family_names import FAMILY_NAMES, begins_with_family_name
from models.oracles import MEASURES, faults
from models.pipeline import assemble_field
from models.reader.contract import ReadWord
from models.synthetic.people import _SURNAMES

RIGHT = {
    "id_number": "001085000007",
    "full_name": "NGUYỄN VĂN SPECIMEN",
    "date_of_birth": "02/03/1985",
    "sex": "Nam",
    "nationality": "Việt Nam",
    "place_of_origin": "Thọ Văn, Tam Nông, Phú Thọ",
    "place_of_residence": "Phường Trúc Bạch, Ba Đình, Hà Nội",
    "date_of_expiry": "02/03/2045",
}


RIGHT_BACK = {
    "place_of_residence": "Phường Trúc Bạch, Ba Đình, Hà Nội",
    "place_of_birth": "Thọ Văn, Tam Nông, Phú Thọ",
    "date_of_issue": "05/07/2024",
    "date_of_expiry": "02/03/2045",
    "issuing_authority": "BỘ CÔNG AN",
    "mrz": "IDVNM0850000076001085000007<<7 8503024M4503026VNM<<<<<<<<<<<4 NGUYEN<<VAN<SPECIMEN<<<<<<<<<<",
}
CODE = "001085000007||Nguyễn Văn Specimen|02031985|Nam|Phường Trúc Bạch, Ba Đình, Hà Nội|05072024"


BACK = ("cc-2024", "back")


class Box:
    box = np.array([10.0, 10.0, 60.0, 30.0])


def card(kind: tuple[str, str] = ("cccd-2021", "front"), **texts: str) -> Card:
    """A card with the texts of RIGHT or RIGHT_BACK, except those given, and a code; an empty one was not found."""
    right = RIGHT if kind[1] == "front" else RIGHT_BACK
    read = {name: text for name, text in (right | texts).items() if text}
    fields = {name: assemble_field(name, [(Box, ReadWord(text, 0.9, ()))], np.eye(3)) for name, text in read.items()}
    fields["qr"] = Field(CODE, CODE, 1.0, (), ())
    checks = check_card(*kind, {name: field.value for name, field in fields.items()})
    return Card(*kind, 0.9, (), fields, Quality(0, 0, 0, 0, 1, 900, 1, 1), checks=checks)


def blamed(kind: tuple[str, str] = ("cccd-2021", "front"), **texts: str) -> set[str]:
    """The measures by which a reading is worse than the right one."""
    right, other = faults(card(kind)), faults(card(kind, **texts))
    assert all(other[measure] >= right[measure] for measure in MEASURES)
    return {measure for measure in MEASURES if other[measure] > right[measure]}


def test_nothing_speaks_against_the_right_reading() -> None:
    assert faults(card()) == dict.fromkeys(MEASURES, 0.0)
    assert faults(card(BACK)) == dict.fromkeys(MEASURES, 0.0)


@pytest.mark.parametrize(
    ("field", "misread", "measure"),
    [
        ("id_number", "001185000007", "numbers"),  # another sex
        ("id_number", "001086000007", "numbers"),  # another year
        ("id_number", "001285000007", "numbers"),  # another century
        ("id_number", "003085000007", "numbers"),  # no province
        ("id_number", "00108500000", "numbers"),
        ("id_number", "", "numbers"),
        ("date_of_expiry", "02/04/2045", "dates"),
        ("date_of_expiry", "O2/03/2045", "dates"),
        ("place_of_origin", "Thọ Văn, Tam Nông, Phú Thò", "addresses"),
        ("place_of_residence", "Phường Trúc Bạch, Ba Đình, Ha Nội", "addresses"),
        ("place_of_residence", "", "addresses"),
        ("nationality", "Viêt Nam", "known_words"),
        ("sex", "Nan", "known_words"),
        ("full_name", "NGUYỂN VĂN SPECIMEN", "known_words"),
    ],
)
def test_a_misread_field_is_seen_without_the_truth(field: str, misread: str, measure: str) -> None:
    assert measure in blamed(**{field: misread})


def test_a_wrong_year_of_birth_speaks_against_number_and_dates() -> None:
    assert blamed(date_of_birth="02/03/1986") == {"numbers", "dates"}


@pytest.mark.parametrize(
    ("field", "misread", "measure"),
    [
        ("mrz", RIGHT_BACK["mrz"].replace("8503024M", "8503025M"), "numbers"),
        ("mrz", RIGHT_BACK["mrz"].replace("VNM", "VMM"), "numbers"),
        ("mrz", "", "numbers"),
        ("date_of_issue", "05/07/2O24", "dates"),
        ("date_of_issue", "05/07/2025", "dates"),  # the code says another
        ("date_of_expiry", "02/03/2046", "dates"),
        ("place_of_birth", "Thọ Văn, Tam Nông, Phú Thò", "addresses"),
        ("place_of_residence", "", "addresses"),
        ("issuing_authority", "BỘ CÔNG ĂN", "known_words"),
    ],
)
def test_a_misread_back_is_seen_without_the_truth(field: str, misread: str, measure: str) -> None:
    assert measure in blamed(BACK, **{field: misread})


def test_a_name_is_compared_with_the_code_else_a_given_name_can_be_anything() -> None:
    misread = card(full_name="NGUYỄN VẮN SPECIMEN")
    without = replace(misread, checks=tuple(check for check in misread.checks if "qr" not in check.fields))

    assert blamed(full_name="NGUYỄN VẮN SPECIMEN") == {"known_words"}
    assert faults(without) == dict.fromkeys(MEASURES, 0.0)


@pytest.mark.parametrize(
    ("authority", "known"),
    [
        ("CÔNG AN HÀ NỘI", 1),
        ("CÔNG AN HÀ NÔI", 0),
        ("CỤC CẢNH SÁT ĐKQL CƯ TRÚ VÀ DLQG VỀ DÂN CƯ", 1),
        ("CỤC CẢNH SÁT ĐKQL CƯ TRÚ", 0),
    ],
)
def test_an_authority_is_an_office_or_the_police_of_a_province(authority: str, known: int) -> None:
    assert faults(card(("cmnd-12", "back"), issuing_authority=authority))["known_words"] == 1 - known


def test_what_a_side_does_not_print_is_no_fault() -> None:
    printed = FIELDS_OF["cmnd-9", "front"]
    old = replace(card(), type="cmnd-9", checks=())
    old = replace(old, fields={name: field for name, field in old.fields.items() if name in printed})

    assert faults(old) == dict.fromkeys(MEASURES, 0.0)


def test_family_names_are_known_in_any_case_and_with_their_tones() -> None:
    assert begins_with_family_name("Đỗ Thị A")
    assert not begins_with_family_name("ĐÔ THỊ A")
    assert not begins_with_family_name("")


def test_synthetic_people_have_mostly_known_family_names() -> None:
    known = sum(weight for name, weight in _SURNAMES.items() if name.upper() in FAMILY_NAMES)
    assert known / sum(_SURNAMES.values()) > 0.99
