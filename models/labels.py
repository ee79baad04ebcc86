"""The labels that cards print beside their fields, for the Detector takes one for a value now and then."""

from collections.abc import Sequence

from rapidfuzz.distance import Levenshtein

from models.card import ADDRESSES, FIELDS_OF, NAMES
from models.charset import unaccented
from models.detector.contract import WordBox
from models.reader.contract import ReadWord
from models.values import value_of

_LABELS = {
    "id_number": "Số No. Số định danh cá nhân Personal identification number",
    "full_name": "Họ và tên khai sinh Họ, chữ đệm Full name",
    "date_of_birth": "Sinh ngày Ngày, tháng, năm Date of birth",
    "sex": "Giới tính Sex",
    "nationality": "Quốc tịch Nationality",
    "place_of_origin": "Nguyên quán Quê quán Place of origin",
    "place_of_residence": "Nơi ĐKHK thường trú Nơi cư trú Place of residence",
    "date_of_expiry": "Có giá trị đến Ngày, tháng, năm hết hạn Date of expiry",
    "date_of_issue": "Ngày, tháng, năm cấp Date, month, year of issue",
    "place_of_birth": "Nơi đăng ký khai sinh Place of birth",
    "mrz": "",
    "other_name": "Họ và tên gọi khác",
    "ethnicity": "Dân tộc",
    "religion": "Tôn giáo",
    "personal_identification": "Đặc điểm nhân dạng DẤU VẾT RIÊNG VÀ DỊ HÌNH Personal identification",
    "issuing_authority": "GIÁM ĐỐC CỤC TRƯỞNG",
}
# The fields that have theirs on the line above; the others have it on their own line.
_BELOW_LABEL = {
    ("cmnd-9", "back"): ("personal_identification", "issuing_authority"),
    ("cmnd-12", "front"): ("date_of_expiry",),
    ("cmnd-12", "back"): ("personal_identification", "issuing_authority"),
    ("cccd-2016", "front"): ("date_of_expiry",),
    ("cccd-2016", "back"): ("personal_identification", "issuing_authority"),
    ("cccd-2021", "front"): ("full_name", "place_of_origin"),
    ("cccd-2021", "back"): ("personal_identification", "issuing_authority", "mrz"),
    ("cc-2024", "front"): ("id_number", "full_name"),
    ("cc-2024", "back"): ("place_of_residence", "place_of_birth", "issuing_authority", "mrz"),
}
BESIDE_LABEL = {
    kind: tuple(field for field in fields if field not in _BELOW_LABEL.get(kind, ()))
    for kind, fields in FIELDS_OF.items()
}
_PUNCTUATION = ".,:/"
_LONG = 3  # letters; a shorter word has to be the label's letter by letter: Họ is a label, Hồ and HỌ are names
_MIN_SIMILARITY = 0.7  # labels are smaller than values, and read worse
_MAX_SCORE = 0.66  # of the Detector: some places do have the name of a label (Phường Nguyên …)
_CHIEF = ("CỤC", "TRƯỞNG")
# What no name and no place ends in, unlike Nguyên or TRƯỞNG.
_NO_END = frozenset(word for word in " ".join(_LABELS.values()).split() if word.islower() or word == "Nơi")


def without_labels(field: str, words: Sequence[tuple[WordBox, ReadWord]]) -> list[tuple[WordBox, ReadWord]]:
    """The words of a field without its label's before them, and without what else is printed beside it.

    That is the next label behind a name or an address, and what is between the numbers of a date. A word that the
    Detector was sure of stays.
    """
    left = list(words)
    while left and left[0][0].score < _MAX_SCORE and _is_of_label(field, *(word.text for _, word in left[:2])):
        del left[0]
    if field in (*NAMES, *ADDRESSES):
        while left and _is_next_label(*left[-1]):
            del left[-1]
    dated = [(box, word) for box, word in left if box.score >= _MAX_SCORE or _has_digit(word)]
    if field.startswith("date") and value_of(field, " ".join(word.text for _, word in dated)) is not None:
        return dated
    return left


def _is_next_label(box: WordBox, word: ReadWord) -> bool:
    return word.text in _NO_END and box.score < _MAX_SCORE


def _is_of_label(field: str, text: str, following: str = "") -> bool:
    text = text.strip(_PUNCTUATION)
    if text == _CHIEF[0] and not _is_like(following, _CHIEF[1]):
        return False  # an office's first word, as in CỤC CẢNH SÁT
    return not text or any(_is_like(text, label.strip(_PUNCTUATION)) for label in _LABELS[field].split())


def _has_digit(word: ReadWord) -> bool:
    return any(char.isdigit() for char in word.text)


def _is_like(text: str, label: str) -> bool:
    if len(label) < _LONG:
        return text == label
    similarity = Levenshtein.normalized_similarity(unaccented(text).lower(), unaccented(label).lower())
    return bool(similarity >= _MIN_SIMILARITY)
