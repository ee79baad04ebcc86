"""What reading loses where training never was: python -m benchmarks.generalisation --write docs/generalisation.md

The same cards under the conditions of `mobile`, with one thing changed at a time: fonts, the surface, camera and light,
or names, none of which training ever drew; and all of them at once. Read with the committed weights, in process.
"""

import argparse
import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.progress import track

from benchmarks.held_out_cameras import CAMERAS
from benchmarks.held_out_names import renamed
from benchmarks.held_out_surfaces import SURFACES
from benchmarks.report import publish
from models.card import CARD_CLASSES
from models.evaluate import compare, interval, read_or_refused
from models.local import committed_models, local_predict
from models.spec import Predict
from models.synthetic import fonts
from models.synthetic.camera import CONDITIONS, compress, photograph
from models.synthetic.layouts import draw_card
from models.synthetic.people import invent
from models.synthetic.scenes import background

MARKS = ("<!-- measured: python -m benchmarks.generalisation -->", "<!-- end of measured -->")
AS_TRAINED = "as in training"
# What each series takes from outside.
SERIES: dict[str, frozenset[str]] = {
    AS_TRAINED: frozenset(),
    "surfaces": frozenset({"surfaces"}),
    "camera and light": frozenset({"camera and light"}),
    "names": frozenset({"names"}),
    "fonts": frozenset({"fonts"}),
    "all four": frozenset({"surfaces", "camera and light", "names", "fonts"}),
}
NAME = "full_name"
# The others showed what training lacked, before the fifth one; these had never been tried when it was done.
NEVER_TRIED = ("newspaper", "flowers", "screen", "flash", "hologram", "video_frame")


@dataclass(frozen=True)
class Row:
    """What came of one photo: for each field that is printed whether its text and its value are right."""

    series: str
    seed: int
    texts: dict[str, bool]
    values: dict[str, bool]
    refused: str = ""
    surface: str = ""
    camera: str = ""


@dataclass(frozen=True)
class Case:
    """One photo of one card, and what its fields say."""

    photo: np.ndarray
    fields: dict[str, str]
    surface: str = ""
    camera: str = ""


def case(seed: int, outside: frozenset[str]) -> Case:
    """The card number `seed`, with what `outside` names taken from where training never was.

    Every part of the photo is drawn from a stream of its own: what is not named is the same in all series.
    """
    for_size, for_scene, for_card, for_camera, for_name, for_lens = np.random.default_rng([4, seed]).spawn(6)
    kind = CARD_CLASSES[seed % len(CARD_CLASSES)]
    size = (1440, 1080) if for_size.random() < 0.6 else (1080, 1440)
    surface = list(SURFACES)[seed // len(CARD_CLASSES) % len(SURFACES)] if "surfaces" in outside else ""
    scene = SURFACES[surface](for_scene, size) if surface else background(for_scene, size)
    person = invent(for_card, kind[0])
    if "names" in outside:
        person = renamed(for_name, person)
    with fonts.unseen() if "fonts" in outside else contextlib.nullcontext():
        card = draw_card(for_card, person, kind)
    shot = photograph(for_camera, card.image, scene, CONDITIONS["mobile"])
    if "camera and light" not in outside:
        return Case(shot.photo, card.fields, surface)
    camera = list(CAMERAS)[seed // len(CARD_CLASSES) % len(CAMERAS)]
    photo = compress(CAMERAS[camera](for_lens, shot.photo, shot.corners), 90)[0]
    return Case(photo, card.fields, surface, camera)


def read_case(predict: Predict, series: str, seed: int) -> Row:
    """One photo, read and compared."""
    one = case(seed, SERIES[series])
    card, refused = read_or_refused(one.photo, predict)
    right = compare(card, one.fields)
    texts, values = ({name: getattr(each, what) for name, each in right.items()} for what in ("text", "value"))
    return Row(series, seed, texts, values, refused, one.surface, one.camera)


def report(rows: Sequence[Row]) -> str:
    """Everything in Markdown."""
    by_series = {series: [row for row in rows if row.series == series] for series in SERIES}
    usual = {row.seed: row for row in by_series[AS_TRAINED]}
    surfaces = _kinds_table("surface", by_series["surfaces"], usual, lambda row: row.surface)
    cameras = _kinds_table("camera or light", by_series["camera and light"], usual, lambda row: row.camera)
    return "\n\n".join([_series_table(by_series), "### One by one", surfaces, cameras])


def _series_table(by_series: dict[str, list[Row]]) -> str:
    lines = [
        "| from outside training | cards | fields, text | fields, value | names, text | names, value "
        "| whole cards, texts | whole cards, values | drop of these | refused |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    usual = [all(row.values.values()) for row in by_series[AS_TRAINED]]
    for series, rows in by_series.items():
        right = [all(row.values.values()) for row in rows]
        name = "nothing" if series == AS_TRAINED else series
        lines.append(
            f"| {name} | {len(rows)} | {_fields(rows, 'texts'):.1%} | {_fields(rows, 'values'):.1%} "
            f"| {_fields(rows, 'texts', NAME):.1%} | {_fields(rows, 'values', NAME):.1%} "
            f"| {np.mean([all(row.texts.values()) for row in rows]):.1%} | {_share(right)} "
            f"| {'-' if series == AS_TRAINED else _drop(usual, right)} | {sum(bool(row.refused) for row in rows)} |"
        )
    return "\n".join(lines)


def _fields(rows: Sequence[Row], what: str, only: str = "") -> float:
    hits = [hit for row in rows for name, hit in getattr(row, what).items() if only in ("", name)]
    return float(np.mean(hits)) if hits else float("nan")


def _share(hits: list[bool]) -> str:
    low, high = interval(hits)
    return f"{np.mean(hits):.1%} ({low:.1%} to {high:.1%})"


def _drop(usual: Sequence[bool], now: Sequence[bool], rounds: int = 2000) -> str:
    """In points, with a 95 % bootstrap interval over the cards, which are the same in both."""
    lost = 100 * (np.asarray(usual, float) - np.asarray(now, float))
    picks = np.random.default_rng(0).integers(0, len(lost), (rounds, len(lost)))
    low, high = np.percentile(lost[picks].mean(axis=1), [2.5, 97.5])
    return f"{lost.mean():.1f} ({low:.1f} to {high:.1f})"


def _kinds_table(title: str, rows: Sequence[Row], usual: dict[int, Row], kind_of: Callable[[Row], str]) -> str:
    lines = [f"| {title} | cards | all values right | the same as in training | refused |", "|---|---|---|---|---|"]
    for kind in dict.fromkeys(map(kind_of, rows)):
        these = [row for row in rows if kind_of(row) == kind]
        right = sum(all(row.values.values()) for row in these)
        before = sum(all(usual[row.seed].values.values()) for row in these)
        refused = sum(bool(row.refused) for row in these)
        name = kind.replace("_", " ") + (" *" if kind in NEVER_TRIED else "")
        lines.append(f"| {name} | {len(these)} | {right} | {before} | {refused} |")
    return "\n".join(lines)


def measure(predict: Predict, cards: int, first: int = 0) -> Iterator[Row]:
    """Every card in every series."""
    for series in SERIES:
        for seed in track(range(first, first + cards), description=series):
            yield read_case(predict, series, seed)


def main() -> None:
    """The command line: see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cards", type=int, default=200, help="in each series (default: %(default)s)")
    parser.add_argument("--first", type=int, default=0, help="number of the first card (default: %(default)s)")
    parser.add_argument("--json", type=Path, help="write what came of every photo here")
    parser.add_argument("--write", type=Path, metavar="MD", help="put the tables into this file")
    arguments = parser.parse_args()
    rows = list(measure(local_predict(committed_models()), arguments.cards, arguments.first))
    publish(rows, report(rows), arguments.json, arguments.write, MARKS)


if __name__ == "__main__":
    main()
