"""How far the confidence of a field can be trusted: python -m benchmarks.calibration --write docs/calibration.md

Reads SPECIMEN photos of `mobile` and `hard` with the committed weights (Keras, in process), and puts what it finds
between the marks of docs/calibration.md, with a plot beside it. A reliability table (Guo et al. 2017, "On Calibration
of Modern Neural Networks") sets the confidence beside the share that was right; a risk-coverage table (El-Yaniv and
Wiener 2010) says how many fields are left, and how many of those are wrong, where only sure ones are taken.
"""

import argparse
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.report import publish
from models.card import FIELDS
from models.evaluate import compare, interval, read_or_refused
from models.local import committed_models, local_predict
from models.spec import Predict
from models.synthetic.photograph import sample
from models.synthetic.sample import Sample

MARKS = ("<!-- measured: python -m benchmarks.calibration -->", "<!-- end of measured -->")
SPLITS = ("mobile", "hard")
EDGES = (0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 1.0)  # of the bins of confidence, the last one closed
LEAST = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98)  # what somebody may ask of a field before taking it
MANY_FIELDS = 30  # fewer are not worth a line of their own


@dataclass(frozen=True)
class Row:
    """One field that a photo shows. `confidence` is None where it was not answered."""

    split: str
    field: str
    confidence: float | None
    text_right: bool
    value_right: bool


def read_all(predict: Predict, cards: int) -> Iterator[Row]:
    """Every field of the first photos of each split."""
    for split in SPLITS:
        for seed in range(cards):
            yield from _rows(split, sample(split, seed), predict)


def _rows(split: str, one: Sample, predict: Predict) -> Iterator[Row]:
    card, _ = read_or_refused(one.photo, predict)
    for name, right in compare(card, one.fields).items():
        found = card.fields.get(name) if card else None
        yield Row(split, name, found.confidence if found else None, right.text, right.value)


def expected_calibration_error(rows: Iterable[Row]) -> float:
    """The mean over fields answered of |confidence - share of texts right|, bin by bin of EDGES; NaN without any."""
    binned = _binned(rows)
    gaps = [len(those) * abs(_confidence(those) - _texts_right(those)) for _, those in binned]
    return sum(gaps) / sum(len(those) for _, those in binned) if binned else float("nan")


def _binned(rows: Iterable[Row]) -> list[tuple[int, list[Row]]]:
    """(number of the bin of EDGES, the fields answered in it) for each bin that has some."""
    binned: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        if row.confidence is not None:
            binned[int(np.searchsorted(EDGES[1:-1], row.confidence, side="right"))].append(row)
    return sorted(binned.items())


def _confidence(rows: Sequence[Row]) -> float:
    return float(np.mean([row.confidence for row in rows]))


def _texts_right(rows: Sequence[Row]) -> float:
    return float(np.mean([row.text_right for row in rows]))


def _values_right(rows: Sequence[Row]) -> float:
    return float(np.mean([row.value_right for row in rows]))


def risk(rows: Sequence[Row], least: float) -> tuple[float, float, float]:
    """(coverage, texts wrong, values wrong): of all fields those with that confidence, and the shares wrong of them."""
    taken = [row for row in rows if row.confidence is not None and row.confidence >= least]
    if not taken:
        return 0.0, 0.0, 0.0
    return len(taken) / len(rows), 1 - _texts_right(taken), 1 - _values_right(taken)


def report(rows: Sequence[Row]) -> str:
    """Everything in Markdown."""
    parts = []
    for split in SPLITS:
        these = [row for row in rows if row.split == split]
        parts += [
            f"### `{split}`: {len(these)} fields",
            f"Expected calibration error of the text: {expected_calibration_error(these):.3f}.",
            _reliability_table(these),
            _risk_table(these),
        ]
    parts += ["### Field by field, both splits", _fields_table(rows), "![Reliability and risk](calibration.png)"]
    return "\n\n".join(parts)


def _reliability_table(rows: Sequence[Row]) -> str:
    lines = ["| confidence | fields | mean confidence | texts right | values right |", "|---|---|---|---|---|"]
    for number, those in _binned(rows):
        from_, to = interval([row.text_right for row in those])
        lines.append(
            f"| {EDGES[number]:g} to {EDGES[number + 1]:g} | {len(those)} | {_confidence(those):.3f} "
            f"| {_texts_right(those):.3f} ({from_:.3f} to {to:.3f}) | {_values_right(those):.3f} |"
        )
    return "\n".join(lines)


def _risk_table(rows: Sequence[Row]) -> str:
    lines = ["| at least | fields taken | texts wrong | values wrong |", "|---|---|---|---|"]
    for least in LEAST:
        coverage, texts, values = risk(rows, least)
        lines.append(f"| {least:g} | {coverage:.1%} | {texts:.2%} | {values:.2%} |")
    return "\n".join(lines)


def _fields_table(rows: Sequence[Row]) -> str:
    lines = [
        "| field | n | calibration error | taken, at least 0.9 | texts wrong of them | values wrong of them |",
        "|---|---|---|---|---|---|",
    ]
    for name in FIELDS:
        those = [row for row in rows if row.field == name]
        if len(those) >= MANY_FIELDS:
            coverage, texts, values = risk(those, 0.9)
            error = expected_calibration_error(those)
            lines.append(f"| `{name}` | {len(those)} | {error:.3f} | {coverage:.0%} | {texts:.1%} | {values:.1%} |")
    return "\n".join(lines)


def plot(rows: Sequence[Row], file: Path) -> None:
    """Reliability on the left, risk against coverage on the right."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4.6), layout="constrained")
    FigureCanvasAgg(figure)
    reliability, coverage = figure.subplots(1, 2)
    reliability.plot([0, 1], [0, 1], color="black", lw=0.8)
    for split, colour in zip(SPLITS, ("tab:blue", "tab:red"), strict=True):
        these = [row for row in rows if row.split == split]
        points = [(_confidence(those), _texts_right(those)) for _, those in _binned(these)]
        reliability.plot(*zip(*points, strict=True), "o-", color=colour, label=split)
        thresholds = np.unique([row.confidence for row in these if row.confidence is not None])
        curve = np.array([risk(these, float(least)) for least in thresholds])
        coverage.plot(curve[:, 0], curve[:, 1], color=colour, label=f"{split}: texts")
        coverage.plot(curve[:, 0], curve[:, 2], color=colour, ls=":", label=f"{split}: values")
    reliability.set(xlabel="confidence", ylabel="texts right", title="Reliability")
    coverage.set(xlabel="share of fields taken", ylabel="share of them wrong", title="Risk against coverage")
    reliability.legend()
    coverage.legend()
    figure.savefig(file, dpi=110)


def main() -> None:
    """The command line: see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cards", type=int, default=300, help="of each split (default: %(default)s)")
    parser.add_argument("--json", type=Path, help="write what came of every field here")
    parser.add_argument("--write", type=Path, metavar="MD", help="put the tables into this file, the plot beside it")
    arguments = parser.parse_args()
    rows = list(read_all(local_predict(committed_models()), arguments.cards))
    publish(rows, report(rows), arguments.json, arguments.write, MARKS)
    if arguments.write:
        plot(rows, arguments.write.with_suffix(".png"))


if __name__ == "__main__":
    main()
