"""Family names of Vietnam: a closed list, so that a misread one is mostly seen without knowing the truth.

The Kinh names and the commonest of other peoples (Lê Trung Hoa, "Họ và tên người Việt Nam", 2005). It need not hold
every name: one that is missing is missing for whoever reads it.
"""

from models.charset import normalize

FAMILY_NAMES = frozenset(
    (
        "AN ÂU BẠCH BÀNH BẾ BÙI CA CAO CẦM CHÂU CHU CHỬ CHƯƠNG CÔNG CÙ DANH DIỆP DOÃN DƯƠNG ĐÀM ĐÀO ĐẶNG ĐẬU ĐIỀN ĐIỂU "
        "ĐINH ĐOÀN ĐỖ ĐỒNG ĐỚI ĐƯỜNG GIANG GIÀNG GIÁP H HÀ HÀN HÀNG HẦU HỒ HOA HOÀNG HỒNG HỨA HUỲNH KHA KHIẾU KHỔNG "
        "KHÚC KHƯƠNG KIÊN KIỀU KIM KSOR KHUẤT LA LẠI LÂM LÂU LÊ LIÊU LIỄU LÒ LỘC LƠ LỤC LƯ LƯƠNG LƯU LÝ MA MÃ MẠC MAI "
        "MẠNH MẪN MẦU MÔNG MÙA NGHIÊM NGÔ NGUYỄN NGỤY NINH NÔNG ÔN ÔNG PHẠM PHAN PHÍ PHÓ PHÙ PHÙNG PHƯƠNG QUÁCH QUÀNG "
        "QUAN QUẢN RƠ SẦM SIU SÙNG SỬ TẠ TẠO TĂNG TẨN THÁI THẠCH THÀO THÂN THẨM THIỀU THÒ TIÊU TÒNG TÔ TÔN TỐNG TRÀ "
        "TRANG TRẦN TRIỆU TRỊNH TRƯƠNG TỪ TƯỞNG UNG ỨNG UÔNG VĂN VÀNG VI VIÊN VÕ VŨ VƯƠNG VỪ XA Y YÊN LƯỜNG VÌ CÀ PHÀN "
        "LÃ TRÌNH TÀO HẠNG HẢNG HỜ LẦU LỮ LÙ LỪ LY QUANG TÁN CỨ ĐIÊU HÁN HẠ KHÀ PHÚ TRƯỜNG NGÂN BÀN CHẢO CHANG SỒNG "
        "THÀNG KHÀNG"
    ).split()
)


def begins_with_family_name(full_name: str) -> bool:
    """Whether the first word of a name, as it was read, is one of them, diacritics included."""
    words = normalize(full_name).upper().split()
    return bool(words) and words[0] in FAMILY_NAMES
