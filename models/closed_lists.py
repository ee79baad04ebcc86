"""What some fields of a card can say at all: the peoples of Vietnam, common religions, the offices that issue cards."""

from collections.abc import Callable

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from models.addresses.correct import corrected_address, split_words
from models.addresses.parse import parse_address
from models.charset import normalize, unaccented

# The 54 peoples (Decision 121-TCTK/PPCĐ of 1979), as cards spell them.
PEOPLES = (
    "Kinh", "Tày", "Thái", "Mường", "Khmer", "Hoa", "Nùng", "Mông", "Dao", "Gia Rai", "Ê Đê", "Ba Na", "Sán Chay",
    "Chăm", "Cơ Ho", "Xơ Đăng", "Sán Dìu", "Hrê", "Ra Glai", "Mnông", "Thổ", "Xtiêng", "Khơ Mú", "Bru - Vân Kiều",
    "Cơ Tu", "Giáy", "Tà Ôi", "Mạ", "Giẻ Triêng", "Co", "Chơ Ro", "Xinh Mun", "Hà Nhì", "Chu Ru", "Lào", "La Chí",
    "Kháng", "Phù Lá", "La Hủ", "La Ha", "Pà Thẻn", "Lự", "Ngái", "Chứt", "Lô Lô", "Mảng", "Cơ Lao", "Bố Y", "Cống",
    "Si La", "Pu Péo", "Rơ Măm", "Brâu", "Ơ Đu",
)  # fmt: skip
# Cards have these too, for the same peoples.
OTHER_SPELLINGS = (
    "Khơ Me", "Khơ-me", "Hmông", "H'Mông", "Mèo", "Gia-rai", "Jrai", "Ê-đê", "Bana", "Ba-na", "Xơ-đăng", "Kơ Ho",
    "K'Ho", "Cơ-ho", "Ra-glai", "M'nông", "S'tiêng", "Cà Tu", "Cơ-tu", "Khơ-mú", "Bru-Vân Kiều", "Vân Kiều", "Tà-ôi",
)  # fmt: skip
RELIGIONS = ("Không", "Phật giáo", "Công giáo", "Thiên Chúa", "Tin Lành", "Cao Đài", "Phật giáo Hòa Hảo", "Hồi giáo")
OFFICES = (
    "BỘ CÔNG AN",
    "CỤC CẢNH SÁT ĐKQL CƯ TRÚ VÀ DLQG VỀ DÂN CƯ",
    "CỤC CẢNH SÁT QUẢN LÝ HÀNH CHÍNH VỀ TRẬT TỰ XÃ HỘI",
)
_OF_PROVINCE = "CÔNG AN "
_NEARLY = 0.899
_MIN_SIMILARITY = 0.79  # one letter of five


def listed(field: str, text: str) -> str | None:
    """The one entry of the field's list that `text` is like, spelt as listed; None where none or several are.

    Of fields without a list it is always None. The same letters with other marks go before other letters.
    """
    text = normalize(text)
    if field == "issuing_authority":
        return _nearest(text, OFFICES, unaccented) or _of_province(text)
    entries = {"ethnicity": PEOPLES + OTHER_SPELLINGS, "religion": RELIGIONS}.get(field, ())
    return _nearest(text, entries, str)


def is_surely(entry: str, text: str) -> bool:
    """Whether a text that was read surely is the entry all the same: other marks, or one letter of ten of OFFICES."""
    plain_entry, plain_text = unaccented(_letters(entry)), unaccented(_letters(text))
    if entry in OFFICES:
        return bool(Levenshtein.normalized_similarity(plain_entry, plain_text) > _NEARLY)
    return plain_entry == plain_text and not _has_its_marks(entry, text)


def _has_its_marks(entry: str, text: str) -> bool:
    """Whether two texts of the same letters differ in capitals, spaces and punctuation only, but for a dash."""
    return _letters(entry) == _letters(text) and entry.count("-") == text.count("-")


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, normalize(text).casefold()))


def _nearest(text: str, entries: tuple[str, ...], form: Callable[[str], str]) -> str | None:
    """`form`: of texts that have not the letters of any entry, what is compared."""
    plain = unaccented(text).casefold()
    same = [entry for entry in entries if unaccented(entry).casefold() == plain]
    if same:
        return same[0] if len(same) == 1 else next((entry for entry in same if entry == text), None)
    found = process.extract(
        form(text).casefold(),
        [form(entry).casefold() for entry in entries],
        scorer=Levenshtein.normalized_similarity,
        score_cutoff=_MIN_SIMILARITY,
        limit=2,
    )
    return None if not found or (len(found) > 1 and found[0][1] == found[1][1]) else entries[found[0][2]]


def _of_province(text: str) -> str | None:
    """An office of a province: the province as the lists of units spell it, in capitals."""
    start, province = text[: len(_OF_PROVINCE)], text[len(_OF_PROVINCE) :]
    address = parse_address(province) if unaccented(start).upper() == unaccented(_OF_PROVINCE) else None
    if address is None:
        return None
    words = split_words(province)
    return f"{_OF_PROVINCE}{corrected_address(words, [True] * len(words), address)}".upper()
