"""Names that neither training draws nor any list of ours holds, for the cards of `benchmarks.generalisation`.

Written down by us; the people are invented like all others.
"""

from dataclasses import replace

import numpy as np

from models.synthetic.issuing import TWO_TIERS_SINCE
from models.synthetic.people import Person

FAMILY_NAMES = (
    "Biện Bì Cấn Chế Chiêm Cung Đạm Đấu Gịp Hị Hoắc Kênh Khoàng Khuông Lều Liềng Lô Lỷ Mục Nhan Nhữ Ngưu "
    "Nhiêu Phồn Phún Sái Sở Sú Tất Tẩy Thang Thôi Tiết Trác Trư Trừ Tếnh Uất Úc Vòng Xà Xồng Xìn Sần "
    "Nay Rmah Rcom Rahlan Niê Mlô Êban Ayun Kbuôr Byă Alăng Arâl Bling Zơrâm Pơloong Hôih Kpuih Puih Chamaléa"
).split()
MIDDLE_NAMES = "Trừng Nãi Sằn Mí Chín Súa Xuyền Khởi Đoạt Nhượng Chởng Lử Phủng Dỉ Quẩy Tịch Khoẻ Nghệ Trạch".split()
GIVEN_NAMES = (
    "Bách Bẩy Bỉnh Cận Chắn Chiểu Chở Chuẩn Chuyên Cử Dả Dếnh Dìn Dịp Dợ Đáng Đằng Đễ Đểnh Đoái Giàu Giụ Hiêng Hổ "
    "Hởn Hượng Khầu Khoán Khởi Khuyến Lảo Lềnh Lích Liểng Lửng Lưỡng Mảo Mẩy Mỉ Mỷ Nải Nềnh Nghĩnh Nhắc Nhẫm "
    "Nhởn Nhỡ Páo Pằng Phảy Phiếm Phìn Phừng Pó Quyển Rỡ Sáy Sểnh Sèo Sính Sởi Sủng Tảo Tẻo Thẩn Thưởi Thớm Tỉnh "
    "Trượng Trễ Tuệch Tưởi Ửng Vảng Vẻ Vừng Xẩm Xuyết Xừ Blốc Đreng Krông Hlôi Plứa Nhĩ Tửu Vũng Ngưỡng Dỡn Dũ Lữu Kỹ"
).split()
HAMLETS = (
    "Thôn Lũng Cẩm Trên", "Bản Huổi Pết", "Buôn Kmrơng Prong A", "Tổ 9B", "Ấp Rạch Chèo", "Xóm Cồn Chim",
    "Khu 3 Đồi Ngô", "Số 14B ngõ 102", "Lô C7 KĐT Vườn Đào", "Thôn Tả Phìn Hồ", "Làng Đê Kjiêng",
    "Sóc Bưng Lồ Ồ", "Phum Xoài Siêm", "Căn hộ A1205", "Ấp Tắc Gốc", "Thôn Kỳ Nẫm", "Bản Sín Chải", "Đội Cầu Rẽ",
    "K2/15 Ông Ích Khiêm", "Phố Nhổn",
)  # fmt: skip


def renamed(rng: np.random.Generator, person: Person) -> Person:
    """`person` with a name, a signer, a hamlet and, where there was one, another name of these."""
    units = _units(person.place_of_residence, 2 if person.issued[:0:-1] >= TWO_TIERS_SINCE else 3)
    return replace(
        person,
        full_name=_name(rng),
        signer=_name(rng),
        other_name=person.other_name and _name(rng),
        place_of_residence=f"{rng.choice(HAMLETS)}, {units}",
    )


def _name(rng: np.random.Generator) -> str:
    parts = [FAMILY_NAMES, *[MIDDLE_NAMES] * int(rng.integers(3)), GIVEN_NAMES]
    return " ".join(str(rng.choice(names)) for names in parts)


def _units(address: str, tiers: int) -> str:
    return ", ".join(address.split(", ")[-tiers:])
