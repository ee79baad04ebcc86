"""Syllables of which most Vietnamese given and middle names are made.

Written down by us from common use; no register, and not complete. A name made of other syllables stays as it was read:
the list only decides between tones and marks that the Reader itself could not tell apart.
"""

GIVEN_NAMES = frozenset(
    (
        "ÁI AN ANH ÁNH ÂN BA BÁ BẮC BẠCH BẰNG BẢO BÁU BẢY BÉ BÍCH BIÊN BÌNH BỐN BÔNG BƯỞI BỬU CA CẢNH CẦM CẨM CHÁNH "
        "CHÂM CHẤN CHÂU CHI CHÍ CHIẾN CHINH CHÍNH CHUNG CHƯƠNG CÔNG CÚC CƯƠNG CƯỜNG DANH DÂN DẬU DẦN DI DIỄM DIÊN "
        "DIỆN DIỄN DIỆP DIỆU DINH DOANH DOÃN DU DUNG DŨNG DUY DUYÊN DUYỆT DỰ DƯƠNG DƯỠNG ĐÀI ĐẠI ĐAN ĐÀO ĐẠO ĐẠT "
        "ĐĂNG ĐẮC ĐỆ ĐỀ ĐIỀN ĐIỆP ĐÍNH ĐỊNH ĐÌNH ĐOAN ĐÔ ĐÔN ĐÔNG ĐỒNG ĐỨC ĐƯỢC ĐƯỢM ĐƯƠNG GẤM GIA GIAO GIANG GIÁP "
        "GIỎI HÀ HẠ HẢI HÀM HÀO HẢO HẠNH HẰNG HÂN HẬU HIÊN HIỀN HIỂN HIẾN HIỆN HIỂU HIẾU HIỆU HIỆP HÒA HOÀ HOA HOÁ "
        "HÓA HOÀI HOAN HOÀN HOÀNG HOẠT HỌC HỒNG HỘI HỢI HỢP HUÂN HUẤN HUỆ HÙNG HUY HUYÊN HUYỀN HUỲNH HƯNG HƯƠNG "
        "HƯỜNG HƯỚNG HỮU HỶ KHA KHẢ KHÁI KHANG KHANH KHÁNH KHẢI KHẮC KHIÊM KHIẾT KHIÊN KHÔI KHOA KHUÊ KHƯƠNG KIÊN "
        "KIỀU KIỆN KIỆT KIM KỲ KÝ KỶ LẠC LAM LÀNH LÂM LÂN LAN LANH LÀI LẬP LÊ LỆ LỄ LỊCH LIÊM LIÊN LIỄU LINH LĨNH "
        "LOAN LONG LỘC LỢI LUÂN LUẬN LUẬT LỤA LUYẾN LUYỆN LỰC LƯỢNG LƯƠNG LƯU LY LÝ MAI MÃO MẠNH MẪN MẬN MẪU MẾN MI "
        "MIÊN MINH MƠ MỘC MỘNG MỸ MY MÙI MƯỜI NA NAM NĂNG NẾT NGA NGÀ NGÂN NGHĨA NGHI NGHỊ NGHIỆP NGOAN NGỌ NGỌC "
        "NGÔN NGỮ NGUYÊN NGUYỆN NGUYỆT NHA NHÃ NHÀN NHẠN NHÂM NHÂN NHẪN NHẤT NHẬT NHI NHIÊN NHO NHU NHUẬN NHUNG NHƯ "
        "NHỰT NINH NỞ NỮ NƯƠNG OAI OANH PHA PHÁN PHÁP PHÁT PHẨM PHẤN PHI PHONG PHÒNG PHÚ PHÚC PHÙNG PHỤNG PHƯỚC "
        "PHƯƠNG PHƯỢNG QUANG QUẢNG QUÂN QUẾ QUI QUÍ QUỐC QUY QUÝ QUYÊN QUYỀN QUYẾT QUỲNH SANG SÁNG SAN SÂM SEN SINH "
        "SOẠN SƠN SONG SỬU SƯƠNG SỸ SĨ TÀI TÁM TẠO TÂM TÂN TẤN TẶNG THẠCH THÁI THẮM THANH THÀNH THẢNH THẠNH THAO "
        "THẢO THĂNG THẮNG THẾ THI THÌN THÍCH THỊ THIÊN THIỆN THIỀU THIỆU THỊNH THOA THỎA THÔNG THỐNG THƠ THƠM THỜI "
        "THU THÚ THUẦN THUẬN THUẬT THỤC THUY THUỲ THÙY THUỶ THỦY THUÝ THÚY THỤY THUYÊN THUYẾT THUYỀN THƯ THƯƠNG "
        "THƯỜNG THƯỞNG THƯỢNG TIÊN TIẾN TIỆP TÍN TÍNH TÌNH TOÀN TOẢN TOÁN TỐ TỐT TÔN TÒNG TRÀ TRANG TRÂM TRÂN TRẦN "
        "TRI TRÍ TRỊ TRIỀU TRIỂN TRIẾT TRIỆU TRINH TRÌNH TRÚC TRUNG TRỌNG TRƯỜNG TRƯỞNG TRỰC TU TÚ TUÂN TUẤN TUỆ "
        "TÙNG TUYÊN TUYỀN TUYỂN TUYẾN TUYẾT TƯ TỨ TỪ TỰ TƯỜNG TƯỞNG TỴ TÝ UY UYÊN UYỂN ƯỚC ÚT VẠN VÂN VĂN VẤN VẬN "
        "VI VĨ VIÊN VIỄN VIỆN VIỆT VINH VĨNH VỊNH VỌNG VŨ VƯƠNG VƯỢNG VY VỸ XOAN XUÂN XUYẾN Ý YÊN YẾN THỌ HUẾ NĂM "
        "ĐIỆN THỂ ĐỘ ĐẢNG THỤ TIẾP XUYÊN MẬU LÃM KHÁ BIỂN GIẢNG DUYỀN QUẬN HỌA TỊNH TĨNH TRÁNG LÚA PHỦ TRẬN SỨC "
        "LƯỜNG HUÝNH HÀNH CẦU CẨN TRỤ THỦ THUỴ DỊU NHÀI HÒE TẠI THOẠI THOAN TRẠI VÕ XINH ĐÀN ĐẮP ĐOÁN BỘ BỐI BẠO "
        "CHỨC CHỮ CHÂN CHÁT DÂNG DẬN GIÁO HÁN HẮC HOẢNG KHIẾN LẦN LIỄN LỮ MÃ MÙA NÉT NIÊN NỒNG PHỈ PHÙ QUẢN RIÊNG "
        "RỒNG SÁCH SƯ TẠ TIỀM TIỄN TRIÊM TUỐT VỰC VƯỢT XÔ YẾT"
    ).split()
)
