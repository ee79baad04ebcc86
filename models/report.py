"""`fvi-ocr evaluate`: the committed weights on the three test splits, as a Markdown report."""

import contextlib
import functools
import json
import platform
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
from rich.progress import track

from models.card import CARD_CLASSES, FIELDS, CardNotReadable
from models.cropper.evaluate import CropperFigures
from models.cropper.evaluate import evaluate as evaluate_cropper
from models.detector.evaluate import DetectorFigures
from models.detector.evaluate import evaluate as evaluate_detector
from models.evaluate import CardScores, evaluate, interval
from models.local import committed_models, local_predict, weights_of
from models.pipeline import read_card
from models.reader.evaluate import ALL, Figures
from models.reader.evaluate import evaluate as evaluate_reader
from models.spec import MODELS, ModelSpec, Predict, Tensors
from models.synthetic import fonts
from models.synthetic.photograph import sample
from models.synthetic.sample import Sample

T = TypeVar("T")

TEST_SPLITS = ("clean", "mobile", "hard")
UNSEEN_FONTS = "unseen-fonts"  # the cards of `mobile`, in fonts of families that nothing was trained on
_HEAD = """# Accuracy

Written by `make evaluate` from the committed weights; do not edit. Every figure is **synthetic-domain**: SPECIMEN cards
drawn and photographed by `models/synthetic`, people, fonts and scenes drawn anew from seeds that training never uses
(the kinds of scene are the same ones, and the fonts but in the last section). No real card was ever used, so nothing
here promises the same on real photos. All ten faces are shown alike often. Intervals are 95 % bootstrap intervals over
cards. A *text* is what was read, letter by letter, and nothing else; a *value* is what the answer gives beside it:
normalised, and corrected where lists, the calendar or other fields of the card say what a letter is that the Reader was
mostly unsure of (api.md, "Values").

The same cards read by other OCR engines: [league](league.md).
"""


def evaluate_all(cards: int, write: Path | None) -> None:
    """Measure everything on `cards` photos of each split, and print it.

    With `write` the report goes to that file too, and each model's figures to the
    `evaluation.json` beside its weights, from where an export takes them into its manifest.
    """
    predict = local_predict(committed_models())
    splits = {split: _measure(split, cards, predict) for split in TEST_SPLITS}
    with contextlib.ExitStack() as drawing:
        try:
            drawing.enter_context(fonts.unseen())
        except RuntimeError as missing:
            print(f"{UNSEEN_FONTS} skipped: {missing}")
        else:
            splits[UNSEEN_FONTS] = _measure("mobile", cards, predict)
    fonts_used = f"\nPrinted with {len(fonts.available(fonts.SANS + fonts.SERIF + fonts.MONO))} fonts.\n"
    report = "\n".join(
        [_HEAD + fonts_used, *(_split_report(split, figures) for split, figures in splits.items()), _speed(predict)]
    )
    print(report)
    if write is not None:
        write.write_text(report)
        _write_evaluations(splits)


def _samples(split: str, cards: int) -> Iterator[Sample]:
    for seed in track(range(cards), description=f"{split}: rendering"):
        yield sample(split, seed)


@dataclass(frozen=True)
class SplitFigures:
    """Everything measured on one split: each model alone, and whole cards."""

    cropper: CropperFigures
    detector: DetectorFigures
    reader: Figures
    cards: CardScores


def _measure(split: str, cards: int, predict: Predict) -> SplitFigures:
    samples = list(_samples(split, cards))
    return SplitFigures(
        cropper=evaluate_cropper(predict, samples),
        detector=evaluate_detector(predict, samples),
        reader=evaluate_reader(predict, samples)[ALL],
        cards=evaluate(predict, samples),
    )


def _write_evaluations(splits: dict[str, SplitFigures]) -> None:
    for model in MODELS:
        figures = {split: asdict(getattr(measured, model)) for split, measured in splits.items()}
        weights_of(model).with_name("evaluation.json").write_text(json.dumps(figures, indent=2) + "\n")


def _split_report(split: str, figures: SplitFigures) -> str:
    cropper, detector, reader, scores = figures.cropper, figures.detector, figures.reader, figures.cards
    return "\n".join(
        [
            f"## `{split}` ({cropper.photos} cards)\n",
            "| stage | figure | value |",
            "|---|---|---|",
            f"| Cropper | median corner error, share of the diagonal | {cropper.corner_error_median:.2%} |",
            f"| Cropper | 95th percentile of it | {cropper.corner_error_p95:.2%} |",
            f"| Cropper | cards with all four corners found (within 5 %) | {cropper.all_corners_found:.1%} |",
            f"| Cropper | card type and side right | {cropper.card_class_accuracy:.1%} |",
            f"| Detector, true corners | word recall at IoU 0.5, right field | {detector.recall:.1%} |",
            f"| Detector, true corners | precision | {detector.precision:.1%} |",
            f"| Reader, true boxes ± 5 % | characters right (1 - CER) | {reader.character_accuracy:.2%} |",
            f"| Reader, true boxes ± 5 % | words exact | {reader.exact:.1%} |",
            f"| Reader, true boxes ± 5 % | words exact without diacritics | {reader.exact_unaccented:.1%} |",
            "",
            _fields_table(scores),
            "",
            _kinds_table(scores),
            "",
            f"All fields of a card exact: texts {_share(scores.all_fields_exact)}, "
            f"values {_share(scores.all_values_exact)}. "
            f"Type and side right: {_share(scores.type_right)}. Refused: {_refusals(scores)}.\n",
        ]
    )


def _fields_table(scores: CardScores) -> str:
    lines = [
        "| whole card, photo to field | n | text exact | case folded | no diacritics | CER | value exact |",
        "|---|---|---|---|---|---|---|",
    ]
    for name in FIELDS:
        field = scores.fields[name]
        if field.exact:
            lines.append(
                f"| `{name}` | {len(field.exact)} | {_share(field.exact)} | {np.mean(field.folded):.1%} "
                f"| {np.mean(field.unaccented):.1%} | {field.cer():.2%} | {_share(field.value)} |"
            )
    return "\n".join(lines)


def _kinds_table(scores: CardScores) -> str:
    lines = [
        "| card | n | refused or taken for another | all texts exact | all values exact |",
        "|---|---|---|---|---|",
    ]
    for kind in CARD_CLASSES:
        rows = [row for row, shown in enumerate(scores.kinds) if shown == kind]
        right, texts, values = (
            np.array(hits)[rows] for hits in (scores.type_right, scores.all_fields_exact, scores.all_values_exact)
        )
        if rows:
            name = " ".join(kind)
            lines.append(f"| {name} | {len(rows)} | {(~right).sum()} | {texts.mean():.1%} | {values.mean():.1%} |")
    return "\n".join(lines)


def _share(hits: list[bool]) -> str:
    low, high = interval(hits)
    return f"{np.mean(hits):.1%} ({low:.1%} to {high:.1%})"


def _refusals(scores: CardScores) -> str:
    return ", ".join(f"{count} {code}" for code, count in sorted(scores.refused.items())) or "none"


def _speed(predict: Predict, cards: int = 20) -> str:
    """Milliseconds per card and model, Keras in process; ratios between stages are what counts."""
    seconds: dict[str, list[float]] = {}

    def timed(spec: ModelSpec, inputs: Tensors) -> Tensors:
        return _timed(seconds, spec.name, lambda: predict(spec, inputs))

    samples = [sample("clean", seed) for seed in range(cards)]
    for one in (samples[0], *samples):
        with contextlib.suppress(CardNotReadable):  # a card that is refused in the end has been read, too
            _timed(seconds, "whole card", functools.partial(read_card, one.photo, timed))
    rows = [f"| {name} | {1000 * float(np.median(times[1:])):.0f} |" for name, times in seconds.items()]
    where = f"{platform.machine()}, {cv2.getNumberOfCPUs()} cores"
    return "\n".join(
        [
            f"## Time\n\nMedian of {cards} `clean` cards, Keras in process ({where}):\n",
            "| step | ms |",
            "|---|---|",
            *rows,
            "",
        ]
    )


def _timed(seconds: dict[str, list[float]], name: str, call: Callable[[], T]) -> T:
    started = time.perf_counter()
    try:
        return call()
    finally:
        seconds.setdefault(name, []).append(time.perf_counter() - started)
