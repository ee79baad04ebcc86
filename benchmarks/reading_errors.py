"""What the Reader misreads, and when: python -m benchmarks.reading_errors --write docs/reading-errors.md

Reads the words of SPECIMEN cards at their true places, give or take a detector's error, with the committed weights
(Keras, in process), and puts between the marks of docs/reading-errors.md what kinds of errors there are, which letters
are taken for which, and how they depend on the length of a word and on how the photo was taken.
"""

import argparse
import contextlib
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rapidfuzz.distance import Levenshtein

from benchmarks.report import publish
from models.charset import normalize, unaccented
from models.local import committed_models, local_predict
from models.reader.evaluate import read_words
from models.spec import Predict
from models.synthetic import fonts
from models.synthetic.photograph import sample

MARKS = ("<!-- measured: python -m benchmarks.reading_errors -->", "<!-- end of measured -->")
SPLITS = ("mobile", "hard", "unseen-fonts")
RIGHT = "right"
KINDS = ("tone alone", "hat, horn, breve or bar", "case alone", "another letter", "a letter too many or too few")
LENGTHS = ((1, 1), (2, 2), (3, 4), (5, 6), (7, 9), (10, 16))
CONFUSIONS = 24
_TONES = "\u0300\u0301\u0303\u0309\u0323"
_QUARTERS = (0.25, 0.5, 0.75)


@dataclass(frozen=True)
class Row:
    """One word. `severities`: how its photo was taken (models/synthetic/camera.py)."""

    split: str
    field: str
    truth: str
    read: str
    severities: dict[str, float]


def read_all(predict: Predict, cards: int) -> Iterator[Row]:
    """Every word of the first photos of each split; `unseen-fonts` are those of `mobile` in other fonts."""
    for split in SPLITS:
        unseen = split == "unseen-fonts"
        with fonts.unseen() if unseen else contextlib.nullcontext():
            samples = (sample("mobile" if unseen else split, seed) for seed in range(cards))
            for one, word, read in read_words(predict, samples):
                yield Row(split, word.field, normalize(word.text), normalize(read.text), one.severities)


def kind_of_error(truth: str, read: str) -> str:
    """RIGHT, or the first of KINDS that explains all of it."""
    if truth == read:
        return RIGHT
    if _without_tones(truth) == _without_tones(read):
        return KINDS[0]
    if unaccented(truth) == unaccented(read):
        return KINDS[1]
    if unaccented(truth).casefold() == unaccented(read).casefold():
        return KINDS[2]
    return KINDS[3] if len(truth) == len(read) else KINDS[4]


def _without_tones(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFD", text) if char not in _TONES)


def confusions(rows: Sequence[Row]) -> list[tuple[str, str, int, int]]:
    """(letter, what it was taken for, how often, how often the letter stands there), most frequent first."""
    letters = Counter(char for row in rows for char in row.truth)
    pairs = Counter(
        (row.truth[edit.src_pos], row.read[edit.dest_pos])
        for row in rows
        for edit in Levenshtein.editops(row.truth, row.read)
        if edit.tag == "replace"
    )
    return [(truth, read, count, letters[truth]) for (truth, read), count in pairs.most_common(CONFUSIONS)]


def report(rows: Sequence[Row]) -> str:
    """Everything in Markdown."""
    by_split = {split: [row for row in rows if row.split == split] for split in SPLITS}
    parts = {
        "How many, and of what kind": _kinds_table(by_split),
        "By length: words wrong": _lengths_table(by_split),
        f"The {CONFUSIONS} commonest confusions, all splits": _confusions_table(rows),
        "By how the photo was taken: words wrong in each quarter of `mobile` and `hard`": _severities_table(
            by_split["mobile"] + by_split["hard"]
        ),
    }
    return "\n\n".join(f"### {title}\n\n{table}" for title, table in parts.items())


def _kinds_table(by_split: dict[str, list[Row]]) -> str:
    kinds = [Counter(kind_of_error(row.truth, row.read) for row in rows) for rows in by_split.values()]
    wrong = [found.total() - found[RIGHT] for found in kinds]
    lines = [
        ["words", *(f"{len(rows)}" for rows in by_split.values())],
        ["wrong", *(f"{some} ({_share(some, found.total())})" for some, found in zip(wrong, kinds, strict=True))],
    ]
    for kind in KINDS:
        shares = (_share(found[kind], some) for found, some in zip(kinds, wrong, strict=True))
        lines.append([f"of these, {kind}", *shares])
    return _table(["", *(f"`{split}`" for split in by_split)], lines)


def _lengths_table(by_split: dict[str, list[Row]]) -> str:
    lines = []
    for low, high in LENGTHS:
        those = ([row for row in rows if low <= len(row.truth) <= high] for rows in by_split.values())
        lines.append([f"{low}" if low == high else f"{low} to {high}", *map(_wrong_of, those)])
    return _table(["letters", *(f"`{split}`" for split in by_split)], lines)


def _confusions_table(rows: Sequence[Row]) -> str:
    lines = [[f"`{a}`", f"`{b}`", f"{count}", _share(count, all_)] for a, b, count, all_ in confusions(rows)]
    return _table(["letter", "taken for", "times", "of all such letters"], lines)


def _severities_table(rows: Sequence[Row]) -> str:
    names = sorted({name for row in rows for name in row.severities})
    return _table(["", "least", "", "", "most"], [_quarters(name, rows) for name in names])


def _quarters(name: str, rows: Sequence[Row]) -> list[str]:
    """A line of the table: each quarter's range of values and its share of words wrong."""
    values = np.array([row.severities.get(name, 0.0) for row in rows])
    edges = [values.min(), *np.quantile(values, _QUARTERS), values.max()]
    quarter = np.searchsorted(edges[1:-1], values, side="left")
    cells = []
    for number in range(4):
        those = [row for row, which in zip(rows, quarter, strict=True) if which == number]
        cells.append(f"{edges[number]:.3g} to {edges[number + 1]:.3g}: {_wrong_of(those)}" if those else "-")
    return [name.replace("_", " "), *cells]


def _wrong_of(rows: Sequence[Row]) -> str:
    return _share(sum(row.truth != row.read for row in rows), len(rows))


def _share(some: int, many: int) -> str:
    return f"{some / many:.1%}" if many else "-"


def _table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, ["---"] * len(head), *lines))


def main() -> None:
    """The command line: see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cards", type=int, default=300, help="of each split (default: %(default)s)")
    parser.add_argument("--json", type=Path, help="write every word here")
    parser.add_argument("--write", type=Path, metavar="MD", help="put the tables into this file")
    arguments = parser.parse_args()
    rows = list(read_all(local_predict(committed_models()), arguments.cards))
    publish(rows, report(rows), arguments.json, arguments.write, MARKS)


if __name__ == "__main__":
    main()
