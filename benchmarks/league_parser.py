"""Fields from what an OCR engine read on a whole card: engines know text, not fields.

Printed labels are found fuzzily, without diacritics, spaces and punctuation; a field is the text from its label to the
next one, to the right or in the rows below. ID number, dates and the machine-readable zone are found by their form.
Nothing is corrected with lists of words: what is scored is what was read. Of backs, only what has a caption of its own,
the date of issue and the zone are looked for.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from benchmarks.league_labels import AMONG_OTHERS, BACKS, FRONTS, ORDER, Labels
from models import mrz
from models.card import ADDRESSES, NAMES
from models.charset import normalize, unaccented
from models.layout import group_lines

_ROWS = {"full_name": 2, "place_of_origin": 2, "place_of_residence": 3, "place_of_birth": 2}  # at most; others have one
MIN_LIKENESS = 76.0  # of a label, out of 100
_BY_CHANCE = 60.0
_TALLEST = 0.11  # of the card: larger text is a watermark
_RIM = 0.02  # of the card's height, along its top and bottom: what is found there is its edge
_INDENT = 0.08  # of the card's width: a field's further rows begin no further right
_BESIDE = ("nationality", "ethnicity")  # their labels stand further right, on the row of another
_LEFT_COLUMN = 0.29  # of the card: ends where the labels begin, if none is found
_NO_EXPIRY = "khongthoihan"
_AS_DIGITS = str.maketrans("OoQDIl|iSsBZz", "0000111155822")
# From the surest form to the least sure: bare, with spaces, with letters like digits.
_NUMBERS = tuple(
    re.compile(pattern.format(more=digits - 1, all=digits))
    for digits in (12, 9)
    for pattern in (
        r"(?<!\d)\d{{{all}}}(?!\d)",
        r"(?<!\d)\d(?: ?\d){{{more}}}(?!\d)",
        r"(?<!\w)(?=(?:\D*\d){{6}})[\dOoQDIl|iSsBZz]{{{all}}}(?!\w)",
    )
)
_LIKE_NUMBER = re.compile(r"\d(?: ?\d){6,13}")
_ZONE_LINE = re.compile(r"\S{24,}")  # without its spaces; what a row of print has no more of
# "Ngày 05 tháng 07 năm 2013", without diacritics and spaces, its words misread or not.
_SPELT_DATE = re.compile(r"(?<!\d)(\d{2})[a-z]{3,7}(\d{2})[a-z]{2,4}(\d{4})(?!\d)")
_DATE = re.compile(r"([0-9]{2}) ?([-/.,:]) ?([0-9]{2}) ?[-/.,:] ?([0-9]{4})")


@dataclass(frozen=True)
class Piece:
    """A word or a line that an engine found; `box` (x0, y0, x1, y1) in pixels of the card."""

    text: str
    box: np.ndarray


@dataclass(frozen=True)
class _Label:
    """Where a label is in a row's text."""

    field: str
    row: int
    start: int
    end: int
    likeness: float  # out of 100
    length: int  # letters of the label

    @property
    def weight(self) -> float:
        """Long labels say more than short ones."""
        return self.likeness * self.length

    @property
    def surprise(self) -> float:
        """What speaks for its generation: half of the letters of a long label are somewhere by chance."""
        return (self.likeness - _BY_CHANCE) * self.length


def fields_of(found: Iterable[tuple[str, Sequence[float]]], width: int, height: int) -> dict[str, str]:
    """What a card of the given size says, from (text, box) of whatever was found on it, in any order."""
    pieces = [Piece(normalize(text), np.asarray(box, float)) for text, box in found if text.strip()]
    pieces = [piece for piece in pieces if _is_text(piece, height)]
    texts = [_text(row) for row in rows_of(pieces)]
    zone, issued = _zone(texts), _spelt_date(texts)
    fields = _of_back(pieces, width, zone, issued) if zone or issued else _of_front(pieces, width)
    return {name: text for name, text in fields.items() if text}


def _of_front(pieces: list[Piece], width: int) -> dict[str, str]:
    edge = _column_edge(pieces, width)
    left, main = (rows_of(one for one in pieces if _is_left(one, edge) == side) for side in (True, False))
    fields = _of_column(main, edge + _INDENT * width, FRONTS)
    texts = [_text(row) for row in main]
    fields["id_number"] = _number(texts)
    fields["date_of_birth"] = fields.get("date_of_birth") or finish("date_of_birth", " ".join(texts))
    fields["date_of_expiry"] = finish("date_of_expiry", " ".join(map(_text, left)))
    return fields


def _of_back(pieces: list[Piece], width: int, zone: str, issued: str) -> dict[str, str]:
    if issued:  # a card without a zone: its captions do not stand before what they mean
        return {mrz.FIELD: zone, "date_of_issue": issued}
    fields = _of_column(rows_of(pieces), width, BACKS) | {mrz.FIELD: zone}
    return {name: text for name, text in fields.items() if name not in AMONG_OTHERS}


def _of_column(rows: list[list[Piece]], right: float, generations: Sequence[Labels]) -> dict[str, str]:
    """What stands at captions of a column; a field's further rows begin left of `right`."""
    texts = [_text(row) for row in rows]
    continues = [float(row[0].box[0]) < right for row in rows]
    between = _between_labels(texts, continues, _labels(texts, generations))
    return {name: finish(name, text) for name, text in between.items()}


def finish(field: str, text: str) -> str:
    """The text of one field as a careful caller would take it: a number's digits, a date alone, no leaders.

    Nothing, where no such thing is in it.
    """
    text = normalize(text)
    if field == "id_number":
        return _number([text]) or "".join(filter(str.isdigit, text))
    if field == mrz.FIELD:
        return text
    if field.startswith("date"):
        return _spelt_date([text]) or _date(text)
    text = re.sub(r"[.·…]{2,}|_", " ", text)
    if field in NAMES:
        words = [word for word in text.split() if any(map(str.isalpha, word)) and not any(map(str.isdigit, word))]
        capital = bool(words) and len(words[0]) > 1 and words[0].isupper()  # then the rest of it is, too
        text = " ".join(word for word in words if word.isupper() or not capital)
    text = normalize(text.strip(" .,:;_-~*'\"|=()[]{}<>/\\"))
    if field in ADDRESSES:
        text = re.sub(r" ?, ?", ", ", text)
    return text.split(" ")[0] if field == "sex" else text


def rows_of(pieces: Iterable[Piece]) -> list[list[Piece]]:
    """Rows from the top, each from left to right."""
    in_order = group_lines(sorted(pieces, key=lambda piece: float(piece.box[0])))  # it looks at boxes alone
    return [sorted(row, key=lambda piece: float(piece.box[0])) for row in in_order]


def _text(row: list[Piece]) -> str:
    return " ".join(piece.text for piece in row)


def _is_text(piece: Piece, height: int) -> bool:
    top, bottom = float(piece.box[1]), float(piece.box[3])
    return bottom - top < _TALLEST * height and _RIM * height < (top + bottom) / 2 < (1 - _RIM) * height


def _is_left(piece: Piece, edge: float) -> bool:
    return float(piece.box[0] + piece.box[2]) / 2 < edge


def _column_edge(pieces: list[Piece], width: int) -> float:
    """Where the main column begins: at its labels, of which most stand at the start of a row."""
    for left in (_LEFT_COLUMN - 0.04, 0.0):  # a form without a portrait begins further left
        rows = rows_of(piece for piece in pieces if piece.box[0] > left * width)
        labels = _labels([_text(row) for row in rows], FRONTS)
        starts = [float(rows[label.row][0].box[0]) for label in labels if label.field not in _BESIDE]
        if starts:
            return float(np.median(starts)) - 0.02 * width
    return _LEFT_COLUMN * width


def _labels(texts: list[str], generations: Sequence[Labels]) -> list[_Label]:
    """The best place of each label of the generation that explains more, in reading order."""
    found = [_labels_of(generation, texts) for generation in generations]
    return max(found, key=lambda labels: sum(label.surprise for label in labels))


def _labels_of(generation: Labels, texts: list[str]) -> list[_Label]:
    found = []
    for field, variants in generation.items():
        places = [
            place
            for row, text in enumerate(texts)
            for variant in variants
            for place in _places(field, variant, row, text)
        ]
        if places:
            found.append(max(places, key=lambda place: (round(place.weight, 1), -place.start, place.row)))
    return _in_card_order(sorted(found, key=lambda label: (label.row, label.start)))


def _in_card_order(labels: list[_Label]) -> list[_Label]:
    """The surest labels that follow each other as cards print them: the heaviest increasing subsequence."""
    best: list[list[_Label]] = [[]]
    for label in labels:
        before = [chain for chain in best if not chain or _may_follow(chain[-1], label)]
        best.append([*max(before, key=_weight), label])
    return max(best, key=_weight)


def _may_follow(one: _Label, other: _Label) -> bool:
    return (one.row, one.end) <= (other.row, other.start) and ORDER.index(one.field) < ORDER.index(other.field)


def _weight(labels: list[_Label]) -> float:
    return sum(label.weight for label in labels)


def _places(field: str, variant: str, row: int, text: str) -> list[_Label]:
    folded, index = fold(text)
    if len(folded) < len(variant) - 2:
        return []
    found = fuzz.partial_ratio_alignment(variant, folded, score_cutoff=MIN_LIKENESS)
    if found is None:
        return []
    start, end = min(
        (
            (start, end)
            for start in _around(found.dest_start, 3, len(folded) - 1)
            for end in _around(found.dest_end, 4, len(folded))
            if start < end
        ),
        key=lambda span: (Levenshtein.distance(variant, folded[span[0] : span[1]]), abs(span[1] - found.dest_end)),
    )
    stop = index[end - 1] + 1
    rest = re.match(r"[^\s:]{0,4} ?:", text[stop:])  # a label ends with its colon, however its last letters were read
    return [_Label(field, row, index[start], stop + (rest.end() if rest else 0), found.score, len(variant))]


def _around(middle: int, reach: int, most: int) -> range:
    return range(max(0, middle - reach), min(most, middle + reach) + 1)


def fold(text: str) -> tuple[str, list[int]]:
    """Its letters and digits, small and without diacritics, and where each of them is in `text`."""
    folded = [(unaccented(char).lower()[:1], position) for position, char in enumerate(text)]
    kept = [(char, position) for char, position in folded if char.isalnum()]
    return "".join(char for char, _ in kept), [position for _, position in kept]


def _between_labels(texts: list[str], continues: list[bool], labels: list[_Label]) -> dict[str, str]:
    """Field -> the text after its label, up to the next label, over as many rows as the field may have.

    `continues`: whether each row begins where rows of the column do.
    """
    values = {}
    last = _Label("", len(texts), 0, 0, 0.0, 0)
    for label, following in pairwise([*labels, last]):
        parts = [texts[label.row][label.end : following.start if following.row == label.row else None]]
        parts += [texts[row] for row in range(label.row + 1, following.row) if continues[row]]
        filled = [part for part in parts if fold(part)[0]]
        values[label.field] = " ".join(filled[: _ROWS.get(label.field, 1)])
    return values


def _number(texts: list[str]) -> str:
    """The ID number: 12 or 9 digits if there are such, else the longest run of at least 7 that may be digits."""
    for pattern in (*_NUMBERS, _LIKE_NUMBER):
        numbers = [run.replace(" ", "").translate(_AS_DIGITS) for text in texts for run in pattern.findall(text)]
        if numbers:
            return max(numbers, key=len)
    return ""


def _zone(texts: list[str]) -> str:
    """The machine-readable zone: the last three rows of many letters without spaces, some of them fillers."""
    rows = [text.replace(" ", "").replace("«", "<<") for text in texts]
    return " ".join([row for row in rows if _ZONE_LINE.fullmatch(row) and row.count("<") > 1][-mrz.LINES :])


def _spelt_date(texts: list[str]) -> str:
    """Its three numbers."""
    found = filter(None, (_SPELT_DATE.search(fold(text)[0]) for text in texts))
    return next((" ".join(date.groups()) for date in found), "")


def _date(text: str) -> str:
    """The first date, or the words that there is none, as they were read; nothing, where it says neither."""
    if match := _DATE.search(re.sub(r"(?<=[0-9/.-])[OoQDIl|]|[OoQDIl|](?=[0-9/.-])", _digit, text)):
        day, separator, month, year = match.groups()
        return f"{day}{separator}{month}{separator}{year}"
    folded, index = fold(text)
    found = fuzz.partial_ratio_alignment(_NO_EXPIRY, folded, score_cutoff=MIN_LIKENESS)
    if found is not None and len(folded) >= len(_NO_EXPIRY) - 2:
        return text[index[found.dest_start] : index[found.dest_end - 1] + 1]
    return ""


def _digit(match: re.Match[str]) -> str:
    return match.group().translate(_AS_DIGITS)
