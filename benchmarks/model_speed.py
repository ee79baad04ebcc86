"""What the models cost on one core, and what else they might: python -m benchmarks.model_speed --write docs/speed.md

Two ablations, all on one core, in rounds one after the other so that a busy minute hits all alike:

- arithmetic: the exported models on the same `mobile` photos as they are, rewritten to bfloat16 as TF Serving's
  --mixed_precision=bfloat16 does it, and without oneDNN; CPU time of each model and what is read right;
- the Reader's size: networks of other sizes with random weights, CPU time for a batch of words against the committed
  size. What they would read is not measured: each would have to be trained.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.report import publish
from models.spec import MODELS, ModelSpec, Tensors

MARKS = ("<!-- measured: python -m benchmarks.model_speed -->", "<!-- end of measured -->")
BFLOAT16 = "bfloat16"
# What differs in the environment of the process.
ARITHMETIC: dict[str, dict[str, str]] = {"float32": {}, BFLOAT16: {}, "without oneDNN": {"TF_ENABLE_ONEDNN_OPTS": "0"}}
# What differs from models.reader.network.DEFAULT.
SIZES: dict[str, dict[str, float]] = {
    "as committed": {},
    "1 block": {"blocks": 1},
    "5 blocks": {"blocks": 5},
    "10 blocks, as the original": {"blocks": 10},
    "first three layers as narrow as the others": {"stem_width": 0.375},
    "a third wider behind them": {"width": 0.5},
    "a third narrower behind them": {"width": 0.25},
    "Mixed_6a half as wide again": {"reduction_width": 0.375},
    "columns read by an LSTM both ways": {"context_units": 96},
    "half the decoder": {"decoder_units": 128},
    "twice the decoder": {"decoder_units": 512},
}
WORDS = 32  # about those of a card


@dataclass(frozen=True)
class Row:
    """CPU milliseconds of `part` in one round of a variant; `right` is the share of fields with the right value."""

    variant: str
    part: str
    ms: float
    right: float | None = None


def _cards(variant: str, store: str, count: int) -> list[Row]:
    """Every model's mean CPU time for a card, and the fields right: oneDNN is as this process's environment says."""
    from benchmarks.cards import Pipeline
    from models.evaluate import compare, read_or_refused
    from models.synthetic.photograph import sample

    spent: dict[str, list[float]] = defaultdict(list)
    pipeline = Pipeline(store, threads=1, bfloat16=variant == BFLOAT16)

    def predict(spec: ModelSpec, inputs: Tensors) -> Mapping[str, np.ndarray]:
        started = time.process_time()
        outputs = pipeline.predict(spec, inputs)
        spent[spec.name].append(1000 * (time.process_time() - started))
        return outputs

    right = []
    for seed in range(-1, count):
        one = sample("mobile", max(seed, 0))
        if seed == 0:
            spent.clear()  # the first card warms up
        card, _ = read_or_refused(one.photo, predict)
        if seed >= 0:
            right += [each.value for each in compare(card, one.fields).values()]
    return [Row(variant, model, sum(spent[model]) / count, float(np.mean(right))) for model in MODELS]


def _sizes() -> list[Row]:
    """CPU time of a batch of words for every one of SIZES."""
    from models.reader.contract import INPUT_SIZE
    from models.reader.network import Config, build_model

    images = np.random.default_rng(0).integers(0, 256, (WORDS, INPUT_SIZE[1], INPUT_SIZE[0], 3), np.uint8)
    networks = {name: build_model(Config(**changes)) for name, changes in SIZES.items()}  # type: ignore[arg-type]
    spent: dict[str, list[float]] = defaultdict(list)
    for turn in range(12):
        for name, network in networks.items():
            started = time.process_time()
            network.predict_on_batch({"image": images})
            if turn > 1:
                spent[name].append(1000 * (time.process_time() - started))
    return [Row(name, "reader", statistics.median(times)) for name, times in spent.items()]


def _worker(what: str, *arguments: str) -> None:
    """Runs in a process of its own; prints rows as JSON."""
    from benchmarks.league_engines import on_one_core
    from models.training import prepare_process

    on_one_core()
    if what == "sizes":
        prepare_process(threads=1)
        rows = _sizes()
    else:
        rows = _cards(arguments[0], arguments[1], int(arguments[2]))
    print(json.dumps([vars(row) for row in rows]))


def _in_process_of_its_own(*arguments: str, **environ: str) -> list[Row]:
    command = [sys.executable, "-m", "benchmarks.model_speed", "--worker", *arguments]
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
    done = subprocess.run(command, env=os.environ | quiet | environ, stdout=subprocess.PIPE, check=True, text=True)
    return [Row(**row) for row in json.loads(done.stdout.splitlines()[-1])]


def measure(store: str, cards: int, rounds: int) -> list[Row]:
    """Every variant in every round."""
    rows = []
    for number in range(rounds):
        for name, environ in ARITHMETIC.items():
            rows += _in_process_of_its_own("cards", name, store, str(cards), **environ)
        rows += _in_process_of_its_own("sizes")
        print(f"round {number + 1} of {rounds}", file=sys.stderr, flush=True)
    return rows


def report(rows: Sequence[Row]) -> str:
    """Everything in Markdown."""
    times: dict[tuple[str, str], list[float]] = defaultdict(list)
    for row in rows:
        times[row.variant, row.part].append(row.ms)
    right = {row.variant: row.right for row in rows if row.right is not None}
    plain, *others = ARITHMETIC
    lines = ["| model | " + " | ".join(ARITHMETIC) + " |", "| --- |" + " --- |" * len(ARITHMETIC)]
    for model in MODELS:
        ratios = (f"x {_ratio(times[name, model], times[plain, model])}" for name in others)
        lines.append(f"| {model} | {statistics.median(times[plain, model]):.1f} ms | " + " | ".join(ratios) + " |")
    lines.append("| values right | " + " | ".join(f"{right[name]:.1%}" for name in ARITHMETIC) + " |")
    committed = times[next(iter(SIZES)), "reader"]
    sizes = ["| Reader | CPU time |", "| --- | --- |"]
    sizes += [f"| {name} | x {_ratio(times[name, 'reader'], committed)} |" for name in SIZES]
    return "\n\n".join(
        ["### Arithmetic: CPU time a card", "\n".join(lines), "### Size of the Reader", "\n".join(sizes)]
    )


def _ratio(times: Sequence[float], base: Sequence[float]) -> str:
    """Median of the rounds' ratios, and the least and the most."""
    ratios = [one / other for one, other in zip(times, base, strict=True)]
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def main() -> None:
    """The command line: see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worker", nargs="+", help=argparse.SUPPRESS)
    parser.add_argument("--store", default="build/store", help="of the exported models (default: %(default)s)")
    parser.add_argument("--cards", type=int, default=60, help="in each round (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="write every figure here")
    parser.add_argument("--write", type=Path, metavar="MD", help="put the tables into this file")
    arguments = parser.parse_args()
    if arguments.worker:
        _worker(*arguments.worker)
        return
    rows = measure(arguments.store, arguments.cards, arguments.rounds)
    publish(rows, report(rows), arguments.json, arguments.write, MARKS)


if __name__ == "__main__":
    main()
