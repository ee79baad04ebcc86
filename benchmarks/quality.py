"""Accuracy against each limit of the quality gate: python -m benchmarks.quality --write docs/quality.md

Reads SPECIMEN photos with the committed weights (Keras, in process), and puts what it finds between the marks of
docs/quality.md, with a plot beside it.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from benchmarks import quality_photos
from benchmarks.quality_photos import FAULTS, Case
from benchmarks.report import write_between
from models.addresses.parse import parse_address
from models.card import ADDRESSES, Card, Quality
from models.evaluate import compare, read_or_refused
from models.gate import Gate
from models.local import committed_models, local_predict
from models.spec import Predict

MARKS = ("<!-- measured: python -m benchmarks.quality -->", "<!-- end of measured -->")
# Each fault with its figure of Quality, its limit of Gate, and whether less is worse.
GATES = {
    "blur": ("blur", "max_blur", False),
    "glare": ("glare", "max_glare", False),
    "dark": ("dark", "max_dark", False),
    "bright": ("bright", "max_bright", False),
    "small": ("card_pixels", "min_card_pixels", True),
    "card score": ("card_score", "min_card_score", True),
    "corner score": ("corner_score", "min_corner_score", True),
}


@dataclass(frozen=True)
class Row:
    """What came of one photo: a refusal, or figures; and how many of its fields are exact."""

    series: str
    degree: float
    refused: str | None
    quality: dict[str, float]
    fields: int
    exact: int
    id_exact: bool
    addresses: list[str]  # of each address: "text exact", "units right", "units missing" or "units wrong"

    @property
    def issues(self) -> list[str]:
        """Codes of the issues at the limits of today, which rows that were kept need not have been read with."""
        return [issue.code for issue in Gate().issues(Quality(**self.quality))] if self.quality else []


def read_all(predict: Predict, cases: Iterable[Case]) -> list[Row]:
    """Every case read once."""
    return [_read(predict, case) for case in cases]


def _read(predict: Predict, case: Case) -> Row:
    truth = case.sample.fields
    card, refused = read_or_refused(case.sample.photo, predict)
    exact = [name for name, right in compare(card, truth).items() if right.text]
    return Row(
        series=case.series,
        degree=case.degree,
        refused=refused or None,
        quality=vars(card.quality) if card else {},
        fields=len(truth),
        exact=len(exact),
        id_exact="id_number" in exact,
        addresses=[_address(card, name, truth[name], name in exact) for name in ADDRESSES if name in truth],
    )


def _address(card: Card | None, name: str, truth: str, exact: bool) -> str:
    """How the units found in an address as read compare with those in the true one."""
    if exact:
        return "text exact"
    found = card.fields[name].address if card and name in card.fields else None
    codes, true_codes = ({unit.tier: unit.code for unit in a.units} if a else {} for a in (found, parse_address(truth)))
    if codes == true_codes:
        return "units right"
    return "units missing" if codes.items() <= true_codes.items() else "units wrong"


def wrong(rows: Iterable[Row]) -> str:
    """The share of fields that were not read exactly."""
    fields, exact = np.sum([(row.fields, row.exact) for row in rows], axis=0) if rows else (0, 0)
    return f"{1 - exact / fields:.0%}" if fields else "-"


def split_at(rows: list[Row], gate: str, limit: float) -> tuple[list[Row], list[Row]]:
    """(passed, stopped) of the rows that were not refused."""
    measure, _, less_is_worse = GATES[gate]
    read = [row for row in rows if row.refused is None]
    stopped = [row for row in read if (row.quality[measure] < limit) == less_is_worse and row.quality[measure] != limit]
    return [row for row in read if row not in stopped], stopped


def report(rows: list[Row]) -> str:
    """Everything in Markdown."""
    parts = [
        _series_table(rows),
        _gates_table(rows),
        _others_table(rows),
        _addresses_table(rows),
        "![Risk against threshold](quality.png)",
    ]
    return "\n\n".join(parts)


def _series_table(rows: list[Row]) -> str:
    lines = [
        "One fault at a time, on `clean` photos. The figure is the median of the photos read; fields of refused photos "
        "count as wrong.\n",
        "| fault | degree | figure | fields wrong | ID number wrong | photos refused | photos with the issue |",
        "|---|---|---|---|---|---|---|",
    ]
    codes = {"blur": "blurred", "bright": "over_exposed", "small": "card_small"}
    for fault, degrees in ({"clean": (0.0,)} | FAULTS).items():
        for degree in degrees:
            these = [row for row in rows if (row.series, row.degree) == (fault, degree)]
            read = [row for row in these if row.refused is None]
            measure = GATES[fault][0] if fault in GATES else None
            figure = f"{np.median([row.quality[measure] for row in read]):.3g}" if read and measure else "-"
            id_wrong = 1 - np.mean([row.id_exact for row in these])
            marked = sum(
                codes.get(fault, fault) in row.issues or (fault == "clean" and bool(row.issues)) for row in these
            )
            lines.append(
                f"| {fault} | {degree:g} | {figure} | {wrong(these)} "
                f"| {id_wrong:.0%} | {len(these) - len(read)} of {len(these)} | {marked} of {len(read)} |"
            )
    return "\n".join(lines)


def _gates_table(rows: list[Row]) -> str:
    lines = [
        "At the limits chosen, on photos as the test splits have them: how many are stopped, and the share of fields "
        "wrong on either side.\n",
        "| limit | split | photos stopped | fields wrong, photos passed | fields wrong, photos stopped |",
        "|---|---|---|---|---|",
    ]
    for gate, (_, name, _) in GATES.items():
        limit = getattr(Gate, name)
        for split in ("mobile", "hard"):
            passed, stopped = split_at([row for row in rows if row.series == split], gate, limit)
            lines.append(
                f"| `{name}` {limit:g} | `{split}` | {len(stopped)} of {len(passed) + len(stopped)} | {wrong(passed)} "
                f"| {wrong(stopped)} |"
            )
    for split in ("mobile", "hard"):
        read = [row for row in rows if row.series == split and row.refused is None]
        marked = [row for row in read if row.issues]
        clear = [row for row in read if not row.issues]
        lines.append(f"| any | `{split}` | {len(marked)} of {len(read)} | {wrong(clear)} | {wrong(marked)} |")
    return "\n".join(lines)


def _others_table(rows: list[Row]) -> str:
    lines = [
        "Photos that show no card, something else of a card's size, or two cards side by side, each wholly in view.\n",
        "| photos of | refused | read with an issue | read without |",
        "|---|---|---|---|",
    ]
    for series in ("no card", "no card's print", "two cards"):
        these = [row for row in rows if row.series == series]
        codes = Counter(row.refused for row in these if row.refused)
        refused = sum(codes.values())
        said = sum(row.refused is None and bool(row.issues) for row in these)
        as_what = ", ".join(f"{count} `{code}`" for code, count in codes.most_common())
        lines.append(f"| {series} | {refused} of {len(these)}: {as_what} | {said} | {len(these) - refused - said} |")
    return "\n".join(lines)


def _addresses_table(rows: list[Row]) -> str:
    outcomes = ("text exact", "units right", "units missing", "units wrong")
    lines = [
        "Addresses: what came of matching the text as read, held against matching the true text.\n",
        "| split | addresses | text exact | text not exact, units right | units missing | units wrong |",
        "|---|---|---|---|---|---|",
    ]
    for split in ("mobile", "hard"):
        found = [outcome for row in rows if row.series == split for outcome in row.addresses]
        lines.append(f"| `{split}` | {len(found)} | {' | '.join(str(found.count(outcome)) for outcome in outcomes)} |")
    return "\n".join(lines)


def plot(rows: list[Row], file: Path) -> None:
    """For each gate: the share of fields wrong among what passes, and of photos stopped, against its threshold."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 6.5), layout="constrained")
    FigureCanvasAgg(figure)
    for axes, (gate, (measure, name, _)) in zip(figure.subplots(2, 3).flat, list(GATES.items())[:6], strict=True):
        for series, colour in (((gate,), "tab:red"), (("mobile", "hard"), "tab:blue")):
            these = [row for row in rows if row.series in (*series, *(("clean",) if gate in series else ()))]
            read = [row for row in these if row.refused is None]
            if not read or (gate not in FAULTS and "mobile" not in series):
                continue
            at = np.quantile([row.quality[measure] for row in read], np.linspace(0, 1, 60))
            halves = [split_at(read, gate, limit) for limit in at]
            label = "one fault" if gate in series else "mobile + hard"
            risk = [_risk(passed) for passed, _ in halves]
            axes.plot(at, risk, color=colour, label=f"{label}: fields wrong in what passes")
            axes.plot(at, [len(out) / len(read) for _, out in halves], color=colour, ls=":", label=f"{label}: stopped")
        axes.axvline(getattr(Gate, name), color="black", lw=0.8)
        axes.set(title=name, xlabel=measure, ylim=(0, 1))
    figure.axes[0].legend(fontsize=7)
    figure.savefig(file, dpi=80, metadata={"Software": None})


def _risk(rows: list[Row]) -> float:
    fields = sum(row.fields for row in rows)
    return 1 - sum(row.exact for row in rows) / fields if fields else float("nan")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cards", type=int, default=120, help="of each test split")
    parser.add_argument("--spoiled", type=int, default=16, help="cards that get every fault")
    parser.add_argument("--others", type=int, default=40, help="photos of no card, of something else, and of two cards")
    parser.add_argument("--rows", type=Path, help="keep what was read here, and read it again instead of the photos")
    parser.add_argument(
        "--write", type=Path, metavar="MD", help="put the tables into this file, and the plot beside it"
    )
    arguments = parser.parse_args()
    if arguments.rows and arguments.rows.exists():
        rows = [Row(**row) for row in json.loads(arguments.rows.read_text())]
    else:
        rows = read_all(local_predict(committed_models()), _cases(arguments))
        if arguments.rows:
            arguments.rows.write_text(json.dumps([asdict(row) for row in rows]))
    text = report(rows)
    print(text)
    if arguments.write:
        write_between(arguments.write, MARKS, text)
        plot(rows, arguments.write.with_suffix(".png"))


def _cases(arguments: argparse.Namespace) -> Iterable[Case]:
    return chain(
        quality_photos.natural("mobile", arguments.cards),
        quality_photos.natural("hard", arguments.cards),
        quality_photos.spoiled(arguments.spoiled),
        quality_photos.without_card(arguments.others),
    )


if __name__ == "__main__":
    main()
