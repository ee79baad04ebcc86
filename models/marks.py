"""Personal identification on the backs of cards: a scar or a mole, and where it is, in a few words of a small language.

The words and their order are those of the forms that describe a person's features (`đặc điểm nhân dạng`): a mark, how
far it is from a part of the body (`cách 2 cm`, mostly shortened to `C.2cm`), above, below, before or behind it, and on
which side.
"""

import re

from rapidfuzz.distance import Levenshtein

from models.charset import normalize, unaccented

FIELD = "personal_identification"

_MARKS = (
    "nốt ruồi sẹo chấm tròn dài thẳng chéo ngang dọc cong lõm lồi mổ bỏng vết chàm xăm bớt đen đỏ nâu xanh tàn nhang "
    "nám mụn cơm u nổi chìm"
)
_PLACES = "cách cm mm trên dưới trước sau trong ngoài giữa cạnh bên gần sát trái phải hai chếch phía và"
_PARTS = (
    "mặt trán thái dương lông mày đầu cung đuôi mắt mí bọng khóe khoé mũi cánh sống chân lỗ nhân trung má gò mép môi "
    "miệng cằm hàm xương quai tai dái vành cổ gáy yết hầu vai ngực lưng bụng tay khuỷu bàn mu lòng ngón cái trỏ út gối "
    "cẳng đùi"
)
WORDS = frozenset(f"{_MARKS} {_PLACES} {_PARTS}".split())
_UNITS = frozenset({"cm", "mm"})
# What a word of letters may be: with another letter before it, a unit is a distance whose digit was misread.
_WITHOUT_MARKS = {word: unaccented(word) for word in sorted(WORDS - _UNITS)}

_DISTANCE = re.compile(r"\b(?:cách|c[.,]?) ?([0-9]+(?:[.,] ?[0-9]+)?) ?cm\b", re.IGNORECASE)
_LENGTH = re.compile(r"[0-9](?:[.,][0-9])?cm")
_MIN_LENGTH = 3  # shorter words are like too many


def is_word(text: str) -> bool:
    """Whether this is one of WORDS in any letters, or a length: `4,5cm`."""
    return normalize(text).lower() in WORDS or _LENGTH.fullmatch(text) is not None


def with_distance(text: str) -> str:
    """The text with its distance written out: `C.1,5cm`, `c. 1,5 cm` and `cách 1,5cm` all become `cách 1,5 cm`."""
    return _DISTANCE.sub(lambda found: f"cách {found[1].replace('.', ',').replace(' ', '')} cm", text)


def with_small_letters(text: str) -> str:
    """The text with the words within a sentence in small letters: `S` and `s` look alike in a crop of one word."""
    words = text.split()
    for at in range(1, len(words)):
        if not words[at - 1].endswith(".") and words[at].lower() in WORDS and not words[at].isupper():
            words[at] = words[at].lower()
    return " ".join(words)


def spelt(word: str) -> str:
    """`word` as the one word of WORDS that it is like is spelt; as it is where none or several are.

    Like it is one that differs in a single letter, else in marks alone, else in a letter and marks.
    """
    read = normalize(word).lower()
    if not read.isalpha() or read in WORDS or len(read) < _MIN_LENGTH:
        return word
    plain = unaccented(read)
    for alike in (
        [known for known in _WITHOUT_MARKS if Levenshtein.distance(read, known, score_cutoff=1) == 1],
        [known for known, letters in _WITHOUT_MARKS.items() if letters == plain],
        [
            known
            for known, letters in _WITHOUT_MARKS.items()
            if Levenshtein.distance(plain, letters, score_cutoff=1) == 1
        ],
    ):
        if alike:
            return _capitalized_like(word, alike[0]) if len(alike) == 1 else word
    return word


def _capitalized_like(word: str, known: str) -> str:
    return known.upper() if word.isupper() else known.capitalize() if word[0].isupper() else known
