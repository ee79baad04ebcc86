"""What larger or smaller inputs of the models cost, and what smaller ones lose: python -m benchmarks.input_sizes

With `--write docs/speed.md` the table goes there. On one core, in rounds one after the other:

- CPU time of each network for inputs of other sizes, with random weights, against its own size;
- what is read right when one model sees its input shrunk to a size and enlarged again: what a network of that size
  could see, without having been trained for it. Nothing is known of larger ones: the committed networks would have to
  be trained again.
"""

import argparse
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmarks.report import publish
from models.evaluate import compare, read_or_refused
from models.spec import ModelSpec, Predict, Tensors
from models.synthetic.photograph import sample

MARKS = ("<!-- measured: python -m benchmarks.input_sizes -->", "<!-- end of measured: input sizes -->")
# (width, height); the first is the committed one.
INPUTS: dict[str, tuple[tuple[int, int], ...]] = {
    "cropper": ((320, 320), (160, 160), (224, 224), (256, 256), (416, 416)),
    "detector": ((640, 400), (320, 208), (448, 288), (512, 320), (800, 496)),
    "reader": ((128, 32), (64, 16), (96, 24), (112, 28), (192, 48)),
}
ROUNDS = 8
_BATCH = {"cropper": 1, "detector": 1, "reader": 32}


@dataclass(frozen=True)
class Row:
    """One input size of one model. `right`: the share of fields with the right value; None where it was not read."""

    model: str
    size: tuple[int, int]
    ratio: float
    least: float
    most: float
    right: float | None


def costs(model: str) -> dict[tuple[int, int], list[float]]:
    """CPU time of every size in every round, as a ratio to the committed size in the same round."""
    from models.cropper.network import build_network as cropper
    from models.detector.network import build_network as detector
    from models.reader.network import Config, build_model

    builders = {"cropper": cropper, "detector": detector, "reader": lambda size: build_model(Config(input_size=size))}
    networks = {size: builders[model](size) for size in INPUTS[model]}
    spent: dict[tuple[int, int], list[float]] = defaultdict(list)
    for turn in range(ROUNDS + 2):
        for (width, height), network in networks.items():
            image = np.random.default_rng(turn).integers(0, 256, (_BATCH[model], height, width, 3), np.uint8)
            started = time.process_time()
            network.predict_on_batch({"image": image})
            if turn > 1:  # the first two warm up
                spent[width, height].append(time.process_time() - started)
    base = spent[INPUTS[model][0]]
    return {size: [one / other for one, other in zip(times, base, strict=True)] for size, times in spent.items()}


def seeing_less(predict: Predict, model: str, size: tuple[int, int]) -> Predict:
    """`predict`, but what `model` is given has been no larger than `size` in between."""

    def shrunk(image: np.ndarray) -> np.ndarray:
        small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        return cv2.resize(small, (image.shape[1], image.shape[0]), interpolation=cv2.INTER_LINEAR)

    def other(spec: ModelSpec, inputs: Tensors) -> Mapping[str, np.ndarray]:
        if spec.name == model and size != INPUTS[model][0]:
            inputs = {"image": np.stack([shrunk(image) for image in inputs["image"]])}
        return predict(spec, inputs)

    return other


def share_right(predict: Predict, cards: int) -> float:
    """Of the fields of `mobile` cards those whose value is right."""
    right = []
    for seed in range(cards):
        one = sample("mobile", seed)
        card, _ = read_or_refused(one.photo, predict)
        right += [each.value for each in compare(card, one.fields).values()]
    return float(np.mean(right))


def measure(cards: int) -> Iterator[Row]:
    """Every size of every model."""
    from models.local import committed_models, local_predict

    predict = local_predict(committed_models())
    for model, sizes in INPUTS.items():
        ratios = costs(model)
        for size in sizes:
            smaller = size[0] <= sizes[0][0]
            right = share_right(seeing_less(predict, model, size), cards) if smaller else None
            times = ratios[size]
            yield Row(model, size, statistics.median(times), min(times), max(times), right)
            print(f"{model} {size[0]} x {size[1]} measured", file=sys.stderr, flush=True)


def report(rows: list[Row]) -> str:
    """One line for each size, in Markdown."""
    lines = ["| model | input | CPU time | values right when it sees no more |", "| --- | --- | --- | --- |"]
    for row in sorted(rows, key=lambda row: (list(INPUTS).index(row.model), row.size)):
        committed = ", as committed" if row.size == INPUTS[row.model][0] else ""
        right = "not known" if row.right is None else f"{row.right:.1%}"
        cost = f"x {row.ratio:.2f} ({row.least:.2f} to {row.most:.2f})"
        lines.append(f"| {row.model} | {row.size[0]} x {row.size[1]}{committed} | {cost} | {right} |")
    return "\n".join(lines)


def main() -> None:
    """The command line: see the module's docstring."""
    from benchmarks.league_engines import on_one_core
    from models.training import prepare_process

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cards", type=int, default=60, help="read at each size (default: %(default)s)")
    parser.add_argument("--json", type=Path, help="write every figure here")
    parser.add_argument("--write", type=Path, metavar="MD", help="put the table into this file")
    arguments = parser.parse_args()
    on_one_core()
    prepare_process(threads=1)
    rows = list(measure(arguments.cards))
    publish(rows, report(rows), arguments.json, arguments.write, MARKS)


if __name__ == "__main__":
    main()
