"""What the card's own evidence may change in a value, and what it must leave alone."""

import dataclasses
import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.addresses.parse import parse_address
from models.card import ADDRESSES, NAMES, Field, Word
from models.charset import unaccented
from models.checks import RENEWAL_AGES
from models.evidence import EVIDENCE, weigh
from models.spelling import SURE
from models.values import value_of

KIND = ("cccd-2021", "front")


def field(name: str, text: str, confidence: float = 0.5) -> Field:
    value = value_of(name, text)
    return Field(
        text,
        value,
        confidence,
        (),
        tuple(Word(word, confidence, ()) for word in text.split()),
        unaccented(value) if value and name in NAMES else None,
        parse_address(text) if name in ADDRESSES else None,
    )


@pytest.mark.parametrize(
    ("name", "read", "value", "evidence"),
    [
        ("sex", "Na", "M", "known_words"),
        (
            "personal_identification",
            "Sẹo thằng C. 3cm trên đuội mày trái",
            "Sẹo thẳng cách 3 cm trên đuôi mày trái",
            "known_words",
        ),
        ("nationality", "Viêt Nan", "VNM", "known_words"),
        ("date_of_expiry", "Không thời", "never", "known_words"),
        ("date_of_expiry", "Khêng thời hqn", "never", "known_words"),
        ("ethnicity", "Tầy", "Tày", "known_words"),
        ("issuing_authority", "BỘ CÕNG AN", "BỘ CÔNG AN", "known_words"),
        ("full_name", "NGUYÊN VĂN AN", "NGUYỄN VĂN AN", "family_name"),
        ("full_name", "Trân Thị Trân", "Trần Thị Trân", "family_name"),
        ("place_of_origin", "Tho Văn, Tam Nồng, Phú Thò", "Thọ Văn, Tam Nông, Phú Thọ", "administrative_units"),
    ],
)
def test_a_misread_letter_is_corrected_in_the_value_alone(name: str, read: str, value: str, evidence: str) -> None:
    weighed = weigh(KIND, {name: field(name, read)})[name]

    assert (weighed.text, weighed.value, weighed.corrected_by) == (read, value, evidence)
    assert evidence in EVIDENCE
    assert weighed.unaccented == (unaccented(value) if name in NAMES else None)


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("sex", "Nữ"),
        ("sex", "N"),  # as like the one as the other
        ("nationality", "Lào"),
        ("nationality", ""),
        ("date_of_expiry", "1h"),
        ("full_name", "PHAN VĂN AN"),  # a family name itself
        ("full_name", "DƯONG AN"),  # DƯƠNG or ĐƯỜNG
        ("full_name", "KRISTIN AN"),
        ("full_name", "TRÌNH VĂN AN"),
        ("full_name", "LÃ VĂN AN"),
        ("full_name", "LƯỜNG VĂN AN"),
        ("other_name", "Cu Tý"),
        ("ethnicity", "Khơ Me"),
        ("place_of_origin", "Đức Hoà, Sóc Sơn, Hà Nội"),  # another spelling of Hòa
        ("place_of_origin", "Springfield"),
    ],
)
def test_without_evidence_a_value_stays_as_it_is(name: str, read: str) -> None:
    before = {name: field(name, read)}

    assert weigh(KIND, before) == before


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("full_name", "NGUYÊN VĂN AN"),
        ("full_name", "LƯỚNG VĂN AN"),
        ("other_name", "Tú Anh"),
        ("place_of_origin", "Tho Văn, Tam Nông, Phú Thọ"),
        ("place_of_origin", "Xã Thanh Hòa, Thanh Hóa"),
        ("place_of_origin", "Thị trấn Cẩm Giang, Hải Dương"),
        ("issuing_authority", "CÔNG AN VĨNH PHÚ"),
        ("ethnicity", "H'Mông"),
        ("ethnicity", "M'Nông"),
        ("religion", "Phật Giáo"),
    ],
)
def test_no_list_corrects_a_word_that_the_reader_was_sure_of(name: str, read: str) -> None:
    before = {name: field(name, read, SURE)}

    assert weigh(KIND, before) == before


BIRTHS = st.dates(datetime.date(1945, 1, 1), datetime.date(2010, 12, 31)).filter(lambda day: day.day < 29)


@given(BIRTHS, st.sampled_from(RENEWAL_AGES[KIND[0]]), st.sampled_from([0, 1, 3, 4]), st.integers(1, 9))
def test_a_wrong_digit_of_day_or_month_is_corrected_by_the_day_of_birth(
    birth: datetime.date, age: int, place: int, by: int
) -> None:
    expiry = birth.replace(year=birth.year + age)
    text = expiry.strftime("%d/%m/%Y")
    read = f"{text[:place]}{(int(text[place]) + by) % 10}{text[place + 1 :]}"
    fields = {
        "date_of_birth": field("date_of_birth", birth.strftime("%d/%m/%Y"), 1.0),
        "date_of_expiry": field("date_of_expiry", read),
    }

    assert weigh(KIND, fields)["date_of_expiry"].value == expiry.isoformat()


def test_an_unsure_day_of_birth_corrects_nothing() -> None:
    fields = {
        "date_of_birth": field("date_of_birth", "01/02/1990"),
        "date_of_expiry": field("date_of_expiry", "01/02/203O"),
    }

    assert weigh(KIND, fields) == fields
    sure = fields | {"date_of_birth": dataclasses.replace(fields["date_of_birth"], confidence=1.0)}
    assert weigh(KIND, sure)["date_of_expiry"].value == "2030-02-01"


def test_a_card_that_is_valid_from_its_issue_is_not_corrected_by_the_day_of_birth() -> None:
    fields = {
        "date_of_birth": field("date_of_birth", "01/02/1990", 1.0),
        "date_of_expiry": field("date_of_expiry", "11/02/2030"),
    }

    assert weigh(("cmnd-12", "front"), fields) == fields
    assert weigh(KIND, fields)["date_of_expiry"].value == "2030-02-01"


ZONE = "IDVNM1810000013081181000001<<8 8102036F2102034VNM<<<<<<<<<<<4 NGUYEN<<THI<BICH<NGOC<<<<<<<<<"
CODE = "081181000001||Nguyễn Thị Bích Ngọc|03021981|Nữ|Phường Trúc Bạch, Ba Đình, Hà Nội|05072020"


@pytest.mark.parametrize("read", ["03/02/2O21", "08/02/2021", "03/02/021"])
def test_an_unsure_expiry_is_corrected_by_the_zone_beside_it(read: str) -> None:
    fields = {"date_of_expiry": field("date_of_expiry", read), "mrz": field("mrz", ZONE)}
    weighed = weigh(("cc-2024", "back"), fields)

    assert weighed["mrz"] == fields["mrz"]
    found = weighed["date_of_expiry"]
    assert (found.text, found.value, found.corrected_by) == (read, "2021-02-03", "machine_readable_zone")


@pytest.mark.parametrize(
    ("read", "confidence", "zone"),
    [
        ("08/02/2021", SURE, ZONE),
        ("28/12/2035", 0.5, ZONE),  # another day, not a misread one
        ("08/02/2021", 0.5, ZONE.replace("2102034VNM", "2102044VNM")),  # its check digit does not hold
        ("Không thời hạn", 0.5, ZONE),
        ("03/02/2021", 0.5, ZONE),
    ],
)
def test_an_expiry_stays_where_the_zone_does_not_say_better(read: str, confidence: float, zone: str) -> None:
    fields = {"date_of_expiry": field("date_of_expiry", read, confidence), "mrz": field("mrz", zone)}

    assert weigh(("cc-2024", "back"), fields) == fields


@pytest.mark.parametrize(
    ("name", "read", "value"),
    [
        ("id_number", "O81181000001", "081181000001"),
        ("id_number", "081181000007", "081181000001"),
        ("full_name", "NGUYỄN THỊ BICH NGỌC", "NGUYỄN THỊ BÍCH NGỌC"),
        ("full_name", "Nguyễn Thị Bich Ngọc", "Nguyễn Thị Bích Ngọc"),
        ("date_of_birth", "03/02/198I", "1981-02-03"),
        ("date_of_issue", "05/01/2020", "2020-07-05"),
        ("place_of_residence", "Phường Truc Bach, Ba Đình, Hà Nội", "Phường Trúc Bạch, Ba Đình, Hà Nội"),
    ],
)
def test_what_the_code_says_corrects_unsure_letters(name: str, read: str, value: str) -> None:
    fields = {name: field(name, read), "qr": Field(CODE, CODE, 1.0, (), ())}
    found = weigh(KIND, fields)[name]

    assert (found.text, found.value, found.corrected_by) == (read, value, "qr_code")
    assert found.unaccented == (unaccented(value) if name in NAMES else None)
    sure = fields | {name: field(name, read, SURE)}
    assert weigh(KIND, sure)[name].corrected_by is None or sure[name].value is None


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("id_number", "081181000123"),
        ("full_name", "TRẦN VĂN BÌNH"),
        ("full_name", "NGUYỄN THỊ BÍCH NGỌC"),
        ("date_of_birth", "28/12/1990"),
        ("place_of_residence", "Thọ Văn, Tam Nông, Phú Thọ"),
        ("sex", "Nam"),
    ],
)
def test_what_is_not_like_the_code_stays_for_the_checks_to_tell(name: str, read: str) -> None:
    fields = {name: field(name, read), "qr": Field(CODE, CODE, 1.0, (), ())}

    assert weigh(KIND, fields) == fields


def with_choices(field: Field, **choices: str) -> Field:
    """The field, of whose words the named ones may have other letters at their places, each 0.2 as likely."""
    words = tuple(
        dataclasses.replace(
            word,
            choices=tuple(
                ((char, 0.5), *((other, 0.1) for other in others if other != char))
                for char, others in zip(word.text, choices.get(word.text, word.text), strict=True)
            ),
        )
        for word in field.words
    )
    return dataclasses.replace(field, words=words)


@pytest.mark.parametrize(
    ("read", "choices", "value", "evidence"),
    [
        ("Khu phổ 2, Ba Đình, Hà Nội", {"phổ": "phố"}, "Khu phố 2, Ba Đình, Hà Nội", "syllables"),
        ("Xỏm Gò, Ba Đình, Hà Nội", {"Xỏm": "Xóm"}, "Xóm Gò, Ba Đình, Hà Nội", "syllables"),
        ("8 Khổc Lê, Ba Đình, Hà Nội", {"Khổc": "Khốc"}, "8 Khốc Lê, Ba Đình, Hà Nội", "syllables"),
        ("Khu phổ 2, Ba Đinh, Hà Nội", {"phổ": "phố"}, "Khu phố 2, Ba Đình, Hà Nội", "administrative_units"),
        ("8 Phổ Huế, Ba Đình, Hà Nội", {"Phổ": "Phố"}, None, ""),  # may be a name
        ("Bàn Đạt, Phú Bình, Thái Nguyên", {"Bàn": "Bản"}, None, ""),  # a ward
        ("Khu phổ 2, Ba Đình, Hà Nội", {}, None, ""),  # no doubt about it
    ],
)
def test_words_of_places_that_are_none_take_the_likeliest_spelling_that_is_one(
    read: str, choices: dict[str, str], value: str | None, evidence: str
) -> None:
    fields = {"place_of_residence": with_choices(field("place_of_residence", read), **choices)}
    found = weigh(KIND, fields)["place_of_residence"]
    assert (found.text, found.value, found.corrected_by or "") == (read, value or read, evidence)


def test_a_family_name_is_the_likeliest_one_that_the_reader_would_have_taken() -> None:
    fields = {"full_name": with_choices(field("full_name", "DƯONG AN"), DƯONG="DƯƠNG")}  # or ĐƯỜNG, by its letters
    found = weigh(KIND, fields)["full_name"]
    assert (found.value, found.corrected_by) == ("DƯƠNG AN", "family_name")


@pytest.mark.parametrize(
    ("read", "choices", "value"),
    [
        ("LÊ HÓNG VÂN", {"HÓNG": "HỒNG"}, "LÊ HỒNG VÂN"),
        ("Lê Thị Vãn", {"Vãn": "Vân"}, "Lê Thị Vân"),
        ("LÊ THU VÂN", {"THU": "THƯ"}, "LÊ THU VÂN"),  # both are names
        ("LÊ HÓNG VÂN", {"HÓNG": "HÙNG"}, "LÊ HÓNG VÂN"),  # other letters
        ("KSOR BLƠI", {"BLƠI": "BLÔI"}, "KSOR BLƠI"),  # neither is known
        ("TRẦN NGUYỄN ANH", {"NGUYỄN": "NGUYÊN"}, "TRẦN NGUYỄN ANH"),  # the mother's name
        ("LÊ VĂN THỌ", {"THỌ": "THƠ"}, "LÊ VĂN THỌ"),
    ],
)
def test_a_given_name_has_the_likeliest_marks_that_names_have(read: str, choices: dict[str, str], value: str) -> None:
    for name in NAMES:
        found = weigh(KIND, {name: with_choices(field(name, read), **choices)})[name]
        assert (found.text, found.value, found.corrected_by or "") == (
            read,
            value,
            "" if value == read else "given_names",
        )


@pytest.mark.parametrize(
    ("name", "read", "value"),
    [
        ("ethnicity", "Kĩnh", "Kinh"),
        (
            "issuing_authority",
            "CỤC CẢNH SẢT ĐKQL CƯ TRÚ VÀ DLQG VỀ DÂN CƯ",
            "CỤC CẢNH SÁT ĐKQL CƯ TRÚ VÀ DLQG VỀ DÂN CƯ",
        ),
        (
            "issuing_authority",
            "CỤC CẢNH SÁT ĐKQL CƯT TRÚ VÀ DLQG VỀ DÂN CƯ",
            "CỤC CẢNH SÁT ĐKQL CƯ TRÚ VÀ DLQG VỀ DÂN CƯ",
        ),
        ("issuing_authority", "CÔNG AN BÀ RỊA VŨNG TÀU", "CÔNG AN BÀ RỊA - VŨNG TÀU"),
        ("issuing_authority", "ĐỘ CÔNG AN", "ĐỘ CÔNG AN"),
    ],
)
def test_of_what_was_read_surely_a_complete_list_corrects_the_little_that_is_wrong(
    name: str, read: str, value: str
) -> None:
    assert weigh(KIND, {name: field(name, read, 0.99)})[name].value == value


def test_a_mark_is_the_likeliest_known_word() -> None:
    fields = {"personal_identification": with_choices(field("personal_identification", "Sẹo chăm"), chăm="chấm")}
    assert weigh(("cmnd-12", "back"), fields)["personal_identification"].value == "Sẹo chấm"


@pytest.mark.parametrize(
    ("read", "choices", "value"),
    [
        ("Sẹo c. đcm trên mày", {"đcm": "4cm"}, "Sẹo cách 4 cm trên mày"),
        ("Sẹo c. đcm trên mày", {}, "Sẹo c. đcm trên mày"),  # a distance of which nothing is known loses no letter
    ],
)
def test_a_mark_is_as_far_away_as_a_digit_says(read: str, choices: dict[str, str], value: str) -> None:
    fields = {"personal_identification": with_choices(field("personal_identification", read), **choices)}
    assert weigh(("cmnd-12", "back"), fields)["personal_identification"].value == value


@pytest.mark.parametrize(
    ("ground", "confidence", "value"),
    [
        ("QLB Sẹo chấm", 0.1, "Sẹo chấm"),
        ("QLB Sẹo chấm", 0.6, "QLB sẹo chấm"),
        ("Sẹo chấm -", 0.1, "Sẹo chấm"),
        ("QLB chấm", 0.1, "QLB chấm"),  # nothing begins there
    ],
)
def test_ground_before_and_behind_a_mark_is_not_of_its_value(ground: str, confidence: float, value: str) -> None:
    read = field("personal_identification", ground, 0.96)
    words = tuple(
        dataclasses.replace(word, confidence=confidence) if word.text in ("QLB", "-") else word for word in read.words
    )
    fields = {"personal_identification": dataclasses.replace(read, words=words, confidence=confidence)}
    found = weigh(("cmnd-12", "back"), fields)["personal_identification"]
    assert (found.text, found.value) == (ground, value)
