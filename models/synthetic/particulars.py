"""What backs of cards, and the CMND, say of a person beyond name, birth and places. All of it is invented."""

import numpy as np

from models.closed_lists import OFFICES, PEOPLES, RELIGIONS

# The surnames of `people` that mostly belong to one people; everybody else is Kinh or one of the rest.
_OF_SURNAME = {
    "Ksor": "Gia Rai", "Siu": "Gia Rai", "Rơ": "Gia Rai", "Kpă": "Gia Rai", "Y": "Ê Đê", "Lò": "Thái",
    "Quàng": "Thái", "Cầm": "Thái", "Giàng": "Mông", "Sùng": "Mông", "Vừ": "Mông", "Thào": "Mông", "Nông": "Tày",
    "Vi": "Nùng", "Triệu": "Dao", "Thạch": "Khmer", "Danh": "Khmer", "Quách": "Mường",
}  # fmt: skip
_RELIGION_SHARES = (0.66, 0.12, 0.06, 0.04, 0.04, 0.03, 0.03, 0.02)
_MARKS = ("Nốt ruồi", "Sẹo chấm", "Sẹo thẳng", "Sẹo tròn", "Nốt ruồi nổi", "Sẹo mổ", "Bớt nâu", "Vết chàm")
_WHERE = ("trên", "dưới", "trên trước", "trên sau", "dưới trước", "dưới sau", "giữa", "sau", "trước")
_BY = (
    "đuôi mắt", "đầu mày", "cánh mũi", "mép", "đuôi mày", "khóe miệng", "tai", "gò má", "thái dương", "dái tai",
    "khuỷu tay", "cổ tay", "mu bàn tay", "đầu gối",
)  # fmt: skip
_ROYAL = {
    "Nữ": ("Công Tằng Tôn Nữ", "Công Huyền Tôn Nữ", "Nguyễn Phúc Tôn Nữ"),
    "Nam": ("Nguyễn Phúc Vĩnh", "Nguyễn Phúc Bửu", "Tôn Thất"),
}


def ethnicity(rng: np.random.Generator, full_name: str) -> str:
    """The people that a card says somebody belongs to, one of the 54."""
    usual = _OF_SURNAME.get(full_name.split()[0], "Kinh" if rng.random() < 0.9 else str(rng.choice(PEOPLES[1:])))
    return usual if rng.random() < 0.9 else "Kinh"


def religion(rng: np.random.Generator) -> str:
    """A religion, or the word for none; empty where the card's line was left empty."""
    return "" if rng.random() < 0.06 else str(rng.choice(RELIGIONS, p=_RELIGION_SHARES))


def marks(rng: np.random.Generator) -> str:
    """A scar or a mole and where it is, as such lines are written; empty now and then."""
    if rng.random() < 0.04:
        return ""
    distance = f"{rng.integers(1, 8)}" + (",5" if rng.random() < 0.4 else "")
    away = ("C.", "cách ", "c. ", "C. ")[int(rng.integers(4))] + distance + ("cm", " cm")[int(rng.integers(2))]
    side = ("trái", "phải")[int(rng.integers(2))]
    return f"{rng.choice(_MARKS)} {away} {rng.choice(_WHERE)} {rng.choice(_BY)} {side}"


def other_name(rng: np.random.Generator, full_name: str, share: float) -> str:
    """Another name that somebody is called by: a share of all have one."""
    if rng.random() < 1 - share:
        return ""
    first, *_, given = full_name.split()
    return f"{first} {rng.choice(['Bé', 'Ba', 'Út', 'Tư', 'Năm', 'Sáu'])} {given}"


def long_name(rng: np.random.Generator, sex: str, full_name: str) -> str:
    """A name of five words and more: of the royal family's branches, or of peoples who write H' and K'."""
    *_, middle, given = ("", *full_name.split())
    if rng.random() < 0.6:
        return f"{rng.choice(_ROYAL[sex])} {middle} {given}"
    before = "H'" if sex == "Nữ" else ("K'", "Y ")[int(rng.integers(2))]
    return f"{before}{given} {rng.choice(['Niê Kdăm', 'Mlô Duôn Du', 'Buôn Krông', 'Kbuôr Êban'])} {middle}"


def authority(card_type: str, residence: str, issued: tuple[int, int, int]) -> str:
    """Who issued a card, in the words of the card; of the province that the holder lives in where provinces did."""
    ministry, department_until_2018, department = OFFICES
    if card_type in ("cmnd-9", "cmnd-12"):
        return f"CÔNG AN {residence.split(', ')[-1].upper()}"
    if card_type == "cc-2024":
        return ministry
    return department_until_2018 if issued[::-1] < (2018, 10, 1) else department
