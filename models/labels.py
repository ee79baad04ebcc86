"""The labels that cards print before their fields, for the Detector takes one for a value now and then."""

from collections.abc import Sequence

from rapidfuzz.distance import Levenshtein

from models.card import FIELDS
from models.charset import unaccented
from models.detector.contract import WordBox
from models.reader.contract import ReadWord

_LABELS = {
    "id_number": "Số No.",
    "full_name": "Họ và tên Full name",
    "date_of_birth": "Sinh ngày Date of birth",
    "sex": "Giới tính Sex",
    "nationality": "Quốc tịch Nationality",
    "place_of_origin": "Nguyên quán Quê quán Place of origin",
    "place_of_residence": "Nơi ĐKHK thường trú Place of residence",
    "date_of_expiry": "Có giá trị đến Date of expiry",
}
# The fields that have theirs on their own line; the others have it on the line above.
BESIDE_LABEL = {
    "cmnd-9": FIELDS,
    "cccd-2021": tuple(field for field in FIELDS if field not in ("full_name", "place_of_origin")),
}
_PUNCTUATION = ".,:/"
_LONG = 3  # letters; a shorter word has to be the label's letter by letter: Họ is a label, Hồ and HỌ are names
_MIN_SIMILARITY = 0.7  # labels are smaller than values, and read worse
_MAX_SCORE = 0.66  # of the Detector: some places do have the name of a label (Phường Nguyên …)


def without_label(field: str, words: Sequence[tuple[WordBox, ReadWord]]) -> list[tuple[WordBox, ReadWord]]:
    """The words of a field from the first on that is none of its label's."""
    first = 0
    while first < len(words) and words[first][0].score < _MAX_SCORE and _is_of_label(field, words[first][1].text):
        first += 1
    return list(words[first:])


def _is_of_label(field: str, text: str) -> bool:
    text = text.strip(_PUNCTUATION)
    return not text or any(_is_like(text, label.strip(_PUNCTUATION)) for label in _LABELS[field].split())


def _is_like(text: str, label: str) -> bool:
    if len(label) < _LONG:
        return text == label
    similarity = Levenshtein.normalized_similarity(unaccented(text).lower(), unaccented(label).lower())
    return bool(similarity >= _MIN_SIMILARITY)
