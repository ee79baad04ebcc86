import datetime
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.card import FIELDS
from models.values import value_of

ZONE = "IDVNM1810000013081181000001<<8 8102036F2102034VNM<<<<<<<<<<<4 NGUYEN<<THI<BICH<NGOC<<<<<<<<<"


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("date_of_birth", "01/02/1990", "1990-02-01"),
        ("date_of_birth", "01-02-1990", "1990-02-01"),
        ("date_of_birth", "31/02/1990", None),
        ("date_of_birth", "1/2/1990", None),
        ("date_of_birth", "01/02/ 1990", "1990-02-01"),
        ("date_of_issue", "05 07 2013", "2013-07-05"),
        ("date_of_issue", "05/07/2013", "2013-07-05"),
        ("date_of_issue", "05072013", None),
        ("date_of_issue", "05 tháng 07 năm 2013", "2013-07-05"),
        ("date_of_issue", "Lo 05 07 2013", "2013-07-05"),
        ("date_of_issue", "05 07 năm 2013 2013", None),
        ("date_of_issue", "0507 2013", None),
        ("date_of_issue", "05 07 20 13", None),
        ("date_of_issue", "31 02 2013", None),
        ("date_of_issue", "Không thời hạn", None),
        ("date_of_expiry", "Không thời hạn", "never"),
        ("sex", "Nữ", "F"),
        ("sex", "NAM", "M"),
        ("sex", "X", None),
        ("nationality", "Việt Nam", "VNM"),
        ("id_number", "012345678", "012345678"),
        ("id_number", "0123456789", None),
        ("id_number", "001 099012345", "001099012345"),
        ("id_number", "٠١٢٣٤٥٦٧٨", None),
        ("id_number", "O12345678", None),
        ("full_name", " TRẦN   AN ", "TRẦN AN"),
        ("full_name", "Hồ VĂN LONG", "HỒ VĂN LONG"),
        ("other_name", "NGUYỄN xUÂN", "NGUYỄN XUÂN"),
        ("full_name", "Lê Thị AN", "Lê Thị AN"),
        ("full_name", "Y Ba", "Y Ba"),
        ("full_name", "Lò Y A", "Lò Y A"),
        ("full_name", "", None),
        ("ethnicity", "Bru  - Vân Kiều", "Bru - Vân Kiều"),
        ("personal_identification", "Sẹo chấm C. 2cm trên  mép trái", "Sẹo chấm cách 2 cm trên mép trái"),
        ("personal_identification", "Nốt ruồi c.1,5 cm sau tai", "Nốt ruồi cách 1,5 cm sau tai"),
        ("personal_identification", "Nốt ruồi cách 1.5cm sau tai", "Nốt ruồi cách 1,5 cm sau tai"),
        ("personal_identification", "Nốt ruồi c. 1, 5cm sau tai", "Nốt ruồi cách 1,5 cm sau tai"),
        ("personal_identification", "Sẹo dài 2 cm ở trán", "Sẹo dài 2 cm ở trán"),
        ("mrz", ZONE, ZONE.replace(" ", "\n")),
        ("mrz", ZONE.replace("81O203", "810203"), ZONE.replace(" ", "\n")),
        ("mrz", ZONE.replace("VNM", "VNN"), None),
        ("mrz", ZONE[:60], None),
    ],
)
def test_values(field: str, text: str, value: str | None) -> None:
    assert value_of(field, text) == value


@given(
    st.dates(datetime.date(1900, 1, 1), datetime.date(2100, 1, 1)),
    st.sampled_from("/.- "),
    st.sampled_from(["date_of_birth", "date_of_issue", "date_of_expiry"]),
)
def test_every_date_comes_back_in_iso_form(date: datetime.date, separator: str, field: str) -> None:
    text = date.strftime(f"%d{separator}%m{separator}%Y")

    assert value_of(field, text) == date.isoformat()


@given(st.sampled_from(FIELDS), st.text(max_size=40))
def test_a_value_is_of_its_form_or_none(field: str, text: str) -> None:
    value = value_of(field, text)

    day = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
    forms = {
        "id_number": "[0-9]{9}|[0-9]{12}",
        "date_of_birth": day,
        "date_of_issue": day,
        "date_of_expiry": f"{day}|never",
        "sex": "M|F",
        "nationality": "VNM",
        "mrz": "[0-9A-Z<]{30}(\n[0-9A-Z<]{30}){2}",
    }
    assert value is None or re.fullmatch(forms.get(field, "(?s).+"), value)
