"""What becomes of photos that should not be read: python -m benchmarks.out_of_domain --write docs/out-of-domain.md

Documents that the networks never learned from, and our cards as they should not be photographed, under the conditions
of `mobile`, read with the committed weights (Keras, in process) and default settings. The table goes between the marks
of docs/out-of-domain.md.
"""

import argparse
import dataclasses
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks import other_documents
from benchmarks.report import publish
from models.card import CARD_CLASSES
from models.evaluate import read_or_refused
from models.local import committed_models, local_predict
from models.spec import Predict
from models.synthetic.camera import CONDITIONS, photograph
from models.synthetic.layouts import draw_card
from models.synthetic.people import invent
from models.synthetic.photograph import sample
from models.synthetic.scenes import background

MARKS = ("<!-- measured: python -m benchmarks.out_of_domain -->", "<!-- end of measured -->")
_SIZE = (1440, 1080)  # width, height of a photo

Photo = Callable[[np.random.Generator], np.ndarray]


@dataclass(frozen=True)
class Row:
    """What came of one photo: a refusal's code, or what it was taken for, warned of, and how many fields answered."""

    case: str
    refused: str | None = None
    taken_for: str = ""
    warnings: tuple[str, ...] = ()
    fields: int = 0


def document(name: str) -> Photo:
    """A photo of one of `other_documents.DOCUMENTS`."""

    def photo(rng: np.random.Generator) -> np.ndarray:
        return _shot(rng, other_documents.draw(rng, name), background(rng, _SIZE))

    return photo


def nothing(rng: np.random.Generator) -> np.ndarray:
    """A surface without a card."""
    return background(rng, _SIZE)


def two_cards(rng: np.random.Generator) -> np.ndarray:
    """Front and back of one holder's card, side by side."""
    kinds = [("cccd-2021", side) for side in ("front", "back")]
    person, half = invent(rng, "cccd-2021"), (_SIZE[0] // 2, _SIZE[1])
    return np.hstack([_shot(rng, draw_card(rng, person, kind).image, background(rng, half)) for kind in kinds])


def _shot(rng: np.random.Generator, card: np.ndarray, scene: np.ndarray) -> np.ndarray:
    return photograph(rng, card, scene, CONDITIONS["mobile"]).photo


def one_corner_outside(rng: np.random.Generator) -> np.ndarray:
    """One of ours, a corner of it cut off by the photo's edge."""
    kind = CARD_CLASSES[int(rng.integers(len(CARD_CLASSES)))]
    conditions = dataclasses.replace(CONDITIONS["mobile"], cut_corner=1.0)
    card = draw_card(rng, invent(rng, kind[0]), kind).image
    return photograph(rng, card, background(rng, _SIZE), conditions).photo


def half_of_a_card(rng: np.random.Generator) -> np.ndarray:
    """The photo ends at the card's middle."""
    one = sample("mobile", int(rng.integers(1_000_000)))
    assert one.corners is not None
    return one.photo[:, : max(64, int(one.corners[:, 0].mean()))]


def mirrored(rng: np.random.Generator) -> np.ndarray:
    """One of ours as a front camera that mirrors shows it."""
    return np.ascontiguousarray(sample("mobile", int(rng.integers(1_000_000))).photo[:, ::-1])


CASES: dict[str, Photo] = {
    **{name: document(name) for name in other_documents.DOCUMENTS},
    "no card at all": nothing,
    "front and back in one photo": two_cards,
    "one corner outside": one_corner_outside,
    "half of a card": half_of_a_card,
    "mirrored": mirrored,
}


def read_case(predict: Predict, case: str, photos: int) -> Iterator[Row]:
    """Every photo of a case read once."""
    for seed in range(photos):
        photo = CASES[case](np.random.default_rng([zlib.crc32(case.encode()), seed]))
        card, refused = read_or_refused(photo, predict)
        if card is None:
            yield Row(case, refused=refused)
        else:
            yield Row(case, None, f"{card.type} {card.side}", card.warnings, len(card.fields))


def table(rows: list[Row]) -> str:
    """One line for each case, in Markdown."""
    lines = ["| photo | photos | refused | taken for | warned of | fields answered |", "|---|---|---|---|---|---|"]
    return "\n".join(lines + [_line(case, [row for row in rows if row.case == case]) for case in CASES])


def _line(case: str, rows: list[Row]) -> str:
    read = [row for row in rows if row.refused is None]
    return " | ".join(
        [
            f"| {case}",
            str(len(rows)),
            _counted(Counter(f"`{row.refused}`" for row in rows if row.refused)),
            _counted(Counter(row.taken_for for row in read)),
            _counted(Counter(f"`{_kind(warning)}`" for row in read for warning in {*map(_kind, row.warnings)})),
            f"{sum(row.fields for row in read)} |",
        ]
    )


def _kind(warning: str) -> str:
    """Without what is named behind it: a corner, a field; the issue of a photo's quality stays."""
    return warning if warning.startswith("quality:") else warning.split(":")[0]


def _counted(found: Counter[str]) -> str:
    """Most first, and equal counts by their names."""
    ordered = sorted(found.items(), key=lambda one: (-one[1], one[0]))
    return ", ".join(f"{count} {what}" for what, count in ordered) or "-"


def main() -> None:
    """The command line: see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=20, help="of each case (default: %(default)s)")
    parser.add_argument("--json", type=Path, help="write what came of every photo here")
    parser.add_argument("--write", type=Path, metavar="MD", help="put the table into this file")
    arguments = parser.parse_args()
    predict = local_predict(committed_models())
    rows = [row for case in CASES for row in read_case(predict, case, arguments.photos)]
    publish(rows, table(rows), arguments.json, arguments.write, MARKS)


if __name__ == "__main__":
    main()
