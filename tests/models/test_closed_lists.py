import pytest

from models.closed_lists import OFFICES, PEOPLES, RELIGIONS, listed


@pytest.mark.parametrize(
    ("field", "read", "meant"),
    [
        ("issuing_authority", "BỘ CÕNG AN", "BỘ CÔNG AN"),
        ("issuing_authority", "CỤC CẰNH SÁT QUẢN LÝ HẰNH CHỈNH VỀ TRẶT Tự XĂ HỘI", OFFICES[2]),
        ("issuing_authority", "CỤC CẢNH SÁT ĐKOL. CƯ TRÚ VÀ DLQG VỀ DÂN CƯ", OFFICES[1]),
        ("issuing_authority", "CỎNG AN LÁM ĐỒNG", "CÔNG AN LÂM ĐỒNG"),
        ("issuing_authority", "CÔNG AN TP. HỒ CHÍ MÍNH", "CÔNG AN TP. HỒ CHÍ MINH"),
        ("issuing_authority", "ĐỘ CÕNG AN", "BỘ CÔNG AN"),
        ("ethnicity", "Tầy", "Tày"),
        ("ethnicity", "É Đê", "Ê Đê"),
        ("ethnicity", "Gia Rai,", "Gia Rai"),
        ("religion", "Khóng", "Không"),
        ("religion", "Phat giao Hoa Hao", "Phật giáo Hòa Hảo"),
    ],
)
def test_a_misread_entry_is_spelt_as_listed(field: str, read: str, meant: str) -> None:
    assert listed(field, read) == meant


@pytest.mark.parametrize(
    ("field", "read"),
    [
        ("issuing_authority", "SỞ GIAO THÔNG VẬN TẢI"),
        ("issuing_authority", "CÔNG AN"),
        ("ethnicity", "Kinh Nùng"),
        ("ethnicity", ""),
        ("full_name", "Không"),
    ],
)
def test_what_is_like_no_entry_is_none(field: str, read: str) -> None:
    assert listed(field, read) is None


@pytest.mark.parametrize(
    ("field", "entries"), [("issuing_authority", OFFICES), ("ethnicity", PEOPLES), ("religion", RELIGIONS)]
)
def test_every_entry_is_itself(field: str, entries: tuple[str, ...]) -> None:
    assert len(set(entries)) == len(entries)
    assert [listed(field, entry) for entry in entries] == list(entries)


def test_there_are_54_peoples() -> None:
    assert len(PEOPLES) == 54
