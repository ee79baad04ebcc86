"""What becomes of cards that nothing was trained on: python -m benchmarks.out_of_domain --write docs/out-of-domain.md

Reads SPECIMEN photos of every card that can be drawn with the committed weights (Keras, in process), under the
conditions of `mobile`, and puts a table between the marks of docs/out-of-domain.md.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from models.card import CARD_CLASSES, Card, CardNotReadable
from models.charset import normalize
from models.local import committed_models, local_predict
from models.pipeline import read_card
from models.spec import Predict
from models.synthetic.layouts import LAYOUTS
from models.synthetic.photograph import sample
from models.synthetic.sample import Kind, Sample

MARKS = ("<!-- measured: python -m benchmarks.out_of_domain -->", "<!-- end of measured -->")


@dataclass(frozen=True)
class Row:
    """What came of one photo: a refusal's code, or what it was taken for and what was made of its fields.

    `absent`: fields that were answered though the card has none such. `number_fits`: a number was read that has as many
    digits as the type's that the card was taken for.
    """

    card: str
    refused: str | None = None
    taken_for: str = ""
    card_score: float = 0.0
    id_right: bool = False
    right: int = 0
    wrong: int = 0
    absent: int = 0
    number_fits: bool = False
    issues: tuple[str, ...] = ()


def read_kind(predict: Predict, kind: Kind, photos: int) -> Iterator[Row]:
    """Every photo of a card read once."""
    for seed in range(photos):
        one = sample("mobile", seed, kind)
        try:
            yield compare(one, read_card(one.photo, predict))
        except CardNotReadable as refusal:
            yield Row(_name(kind), refused=refusal.code)


def compare(one: Sample, card: Card) -> Row:
    """The texts that were read against those that are printed in fields of the same name."""
    assert one.kind is not None
    right = [name for name, read in card.fields.items() if normalize(one.fields.get(name, "")) == normalize(read.text)]
    absent = [name for name in card.fields if name not in one.fields]
    return Row(
        card=_name(one.kind),
        taken_for=_name((card.type, card.side)),
        card_score=round(card.confidence, 3),
        id_right="id_number" in right,
        right=len(right),
        wrong=len(card.fields) - len(right) - len(absent),
        absent=len(absent),
        number_fits=any(check.name == "id_has_right_length" and check.result == "pass" for check in card.checks),
        issues=tuple(issue.code for issue in card.issues),
    )


def _name(kind: Kind) -> str:
    return " ".join(kind)


def table(rows: list[Row]) -> str:
    """One line for each kind of card, in Markdown."""
    lines = [
        "| card | photos | refused | taken for | of those with `unknown_document` "
        "| with a number of that type's length | number right | fields right / wrong / not on the card |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [_line(kind, [row for row in rows if row.card == _name(kind)]) for kind in LAYOUTS]
    return "\n".join(lines)


def _line(kind: Kind, rows: list[Row]) -> str:
    read = [row for row in rows if row.refused is None]
    fields = (sum(row.right for row in read), sum(row.wrong for row in read), sum(row.absent for row in read))
    known = " (trained)" if kind in CARD_CLASSES else ""
    return " | ".join(
        [
            f"| {_name(kind)}{known}",
            str(len(rows)),
            _counted(Counter(f"`{row.refused}`" for row in rows if row.refused)),
            _counted(Counter(row.taken_for for row in read)),
            str(sum("unknown_document" in row.issues for row in read)),
            str(sum(row.number_fits for row in read)),
            str(sum(row.id_right for row in read)),
            "{} / {} / {} |".format(*fields),
        ]
    )


def _counted(found: Counter[str]) -> str:
    return ", ".join(f"{count} {what}" for what, count in found.most_common()) or "-"


def main() -> None:
    """The command line: see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=20, help="of each kind of card (default: %(default)s)")
    parser.add_argument("--json", type=Path, help="write what came of every photo here")
    parser.add_argument("--write", type=Path, metavar="MD", help="put the table into this file")
    arguments = parser.parse_args()
    predict = local_predict(committed_models())
    rows = [row for kind in LAYOUTS for row in read_kind(predict, kind, arguments.photos)]
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(row) for row in rows], indent=1))
    text = table(rows)
    print(text)
    if arguments.write:
        head, rest = arguments.write.read_text(encoding="utf-8").split(MARKS[0])
        arguments.write.write_text(
            f"{head}{MARKS[0]}\n\n{text}\n\n{MARKS[1]}{rest.split(MARKS[1])[1]}", encoding="utf-8"
        )


if __name__ == "__main__":
    main()
