"""One training loop for all models: a budget in minutes, resumable, its curve on disk.

Examples come from `models.shards`, committed weights from `models.weights`.
"""

import argparse
import csv
import ctypes
import math
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import keras
import numpy as np
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from models.weights import save_weights, warm_start

CHECKPOINT = "checkpoint.npz"
CURVE = "curve.csv"
PLOT = "curve.png"
WEIGHTS = "weights.npz"
_WARM_UP = 0.03  # shares of the budget, and of the peak learning rate
_FINAL_RATE = 0.01
_LINE_SECONDS = 30.0

# (random generator of this step, step) -> what `train_on_batch` takes: inputs and targets.
NextBatch = Callable[[np.random.Generator], tuple[Any, Any]]
Figures = dict[str, float]


@dataclass(frozen=True)
class Plan:
    """How long and how to train. `learning_rate` is the peak of warm-up and cosine."""

    out: Path
    minutes: float
    learning_rate: float
    report_minutes: float = 2.0  # how often to validate and to write checkpoint, weights and curve
    seed: int = 0
    resume: bool = False
    start_from: Path | None = None  # weights to begin with, where they fit


@dataclass
class _Progress:
    step: int = 0
    seconds: float = 0.0  # of training, over all resumed runs; validation counts too


def argument_parser(description: str) -> argparse.ArgumentParser:
    """The options that the training of every model has."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--data", type=Path, required=True, help="folder of shards, see models.synthetic.dataset")
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoint, curve and weights")
    parser.add_argument("--minutes", type=float, required=True, help="budget; the schedule always ends within it")
    parser.add_argument("--threads", type=int, default=0, help="processor threads; 0 takes them all")
    parser.add_argument("--batch", type=int, default=None, help="examples a step")
    parser.add_argument("--seed", type=int, default=0)
    start = parser.add_mutually_exclusive_group()
    start.add_argument("--resume", action="store_true", help="go on from the checkpoint in --out")
    start.add_argument("--start-from", type=Path, metavar="NPZ", help="begin with these weights, as far as they fit")
    return parser


def prepare_process(threads: int) -> None:
    """Settle threads and memory; call it before Keras runs its first operation."""
    if threads:
        for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
            os.environ[name] = str(threads)
        cv2.setNumThreads(threads)
    _keep_freed_memory()


def _keep_freed_memory() -> None:
    """Let glibc reuse large blocks rather than return each one: measured, training is up to 2x faster."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        trim_threshold, top_pad, mmap_max, arena_max = -1, -2, -4, -8  # M_… of malloc.h
        for option, value in ((mmap_max, 0), (trim_threshold, 2**31 - 1), (arena_max, 1), (top_pad, 2**28)):
            mallopt(option, value)


def adam(learning_rate: float, clip: float = 10.0, average: float = 0.98) -> keras.optimizers.Optimizer:
    """Adam with gradient clipping by global norm, and a moving average of the weights."""
    return keras.optimizers.Adam(learning_rate, global_clipnorm=clip, use_ema=True, ema_momentum=average)


def rate_share(progress: float) -> float:
    """Warm-up, then half a cosine: the share of the peak learning rate at `progress` of the budget."""
    if progress < _WARM_UP:
        return max(progress / _WARM_UP, 0.02)
    after = min((progress - _WARM_UP) / (1 - _WARM_UP), 1.0)
    return _FINAL_RATE + (1 - _FINAL_RATE) * (1 + math.cos(math.pi * after)) / 2


def fit(
    model: keras.Model,
    next_batch: NextBatch,
    validate: Callable[[], Figures],
    plan: Plan,
    weights_of: keras.Model | None = None,
) -> None:
    """Train a compiled `model` until the plan's minutes are used up.

    Writes to `plan.out`: `checkpoint.npz` (everything needed to resume), `curve.csv`,
    `curve.png` and `weights.npz` (float16, the moving average where the optimizer keeps one).

    Args:
        model: compiled; its optimizer's learning rate is set by the plan.
        next_batch: gives (inputs, targets) from the generator of a step: same seed and step, same batch.
        validate: figures of the model as it is when called (with averaged weights).
        weights_of: the model whose weights are saved, when it is not all of `model`.

    Raises:
        FloatingPointError: the loss is no longer a number.
        FileNotFoundError: there is no checkpoint to resume from.
        WeightsMismatch: the weights to start from are those of another model.
    """
    plan.out.mkdir(parents=True, exist_ok=True)
    if plan.start_from is not None:
        print("start anew:", ", ".join(warm_start(weights_of or model, plan.start_from)) or "nothing")
    model.optimizer.build(model.trainable_variables)
    progress = _restore(model, plan.out / CHECKPOINT) if plan.resume else _Progress()
    if not plan.resume:
        (plan.out / CURVE).unlink(missing_ok=True)
    budget = plan.minutes * 60
    before = reported = progress.seconds
    started: float | None = None
    with _Display(model.name, budget) as display:
        while progress.seconds < budget:
            share = rate_share(progress.seconds / budget)
            model.optimizer.learning_rate = plan.learning_rate * share
            inputs, targets = next_batch(np.random.default_rng([plan.seed, progress.step]))
            losses = model.train_on_batch(inputs, targets, return_dict=True)
            started = started or time.monotonic()  # the first step compiles, which is not the budget's
            progress.step += 1
            progress.seconds = before + time.monotonic() - started
            display.show(progress, losses)
            if progress.seconds - reported >= plan.report_minutes * 60 or progress.seconds >= budget:
                reported = progress.seconds
                _report(model, weights_of or model, losses, validate, progress, plan, display)
                progress.seconds = before + time.monotonic() - started
    plot_curve(plan.out / CURVE, plan.out / PLOT)


def _report(
    model: keras.Model,
    saved: keras.Model,
    losses: Figures,
    validate: Callable[[], Figures],
    progress: _Progress,
    plan: Plan,
    display: "_Display",
) -> None:
    losses = {name: float(value) for name, value in losses.items()}
    if not math.isfinite(losses["loss"]):
        raise FloatingPointError(f"the loss is {losses['loss']} at step {progress.step}: lower the learning rate")
    _write_checkpoint(model, progress, plan.out / CHECKPOINT)
    with averaged_weights(model):
        figures = validate()
        save_weights(saved, plan.out / WEIGHTS)
    row = {"step": progress.step, "seconds": round(progress.seconds, 1), **losses, **figures}
    _append(plan.out / CURVE, row)
    display.report(row)
    model.reset_metrics()  # the losses of the next row are means since this one


@contextmanager
def averaged_weights(model: keras.Model) -> Iterator[None]:
    """Within it `model` has the moving average of its weights, if its optimizer keeps one."""
    current = [variable.numpy().copy() for variable in model.trainable_variables]
    model.optimizer.finalize_variable_values(model.trainable_variables)
    try:
        yield
    finally:
        for variable, value in zip(model.trainable_variables, current, strict=True):
            variable.assign(value)


def _state(model: keras.Model) -> list[keras.Variable]:
    return [*model.weights, *model.optimizer.variables]


def _write_checkpoint(model: keras.Model, progress: _Progress, path: Path) -> None:
    arrays = {f"{number:04d}": variable.numpy() for number, variable in enumerate(_state(model))}
    unfinished = path.with_suffix(".unfinished.npz")
    np.savez(unfinished, step=progress.step, seconds=progress.seconds, **arrays)
    os.replace(unfinished, path)


def _restore(model: keras.Model, path: Path) -> _Progress:
    with np.load(path) as stored:
        for number, variable in enumerate(_state(model)):
            variable.assign(stored[f"{number:04d}"])
        return _Progress(int(stored["step"]), float(stored["seconds"]))


def _append(path: Path, row: dict[str, float]) -> None:
    is_new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, list(row))
        if is_new:
            writer.writeheader()
        writer.writerow(row)


def plot_curve(curve: Path, picture: Path) -> None:
    """Draw every column of a curve over the steps, one small plot each."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    with curve.open() as file:
        rows = list(csv.DictReader(file))
    names = [name for name in rows[0] if name not in ("step", "seconds")]
    figure, axes = pyplot.subplots(len(names), 1, figsize=(8, 2 * len(names)), sharex=True, squeeze=False)
    for axis, name in zip(axes[:, 0], names, strict=True):
        axis.plot([int(row["step"]) for row in rows], [float(row[name]) for row in rows])
        axis.set_title(name)
        axis.grid(alpha=0.3)
    axes[-1, 0].set_xlabel("step")
    figure.tight_layout()
    figure.savefig(picture)
    pyplot.close(figure)


class _Display:
    """A progress bar on a terminal, a line every half minute elsewhere."""

    def __init__(self, name: str, budget: float) -> None:
        self._console = Console()
        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:.0f} %"))
        self._bar = Progress(
            *columns, TimeElapsedColumn(), console=self._console, disable=not self._console.is_terminal
        )
        self._task = self._bar.add_task(name, total=budget)
        self._last_line = 0.0

    def __enter__(self) -> "_Display":
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def show(self, progress: _Progress, losses: Figures) -> None:
        text = f"step {progress.step} loss {float(losses['loss']):.3f}"
        self._bar.update(self._task, completed=progress.seconds, description=text)
        if not self._console.is_terminal and progress.seconds - self._last_line >= _LINE_SECONDS:
            self._last_line = progress.seconds
            print(f"{progress.seconds:7.0f} s  {text}", flush=True)

    def report(self, row: dict[str, float]) -> None:
        text = "  ".join(f"{name} {value:.4g}" for name, value in row.items())
        self._bar.console.print(text, highlight=False, soft_wrap=True)


def draw(rng: np.random.Generator, available: int, wanted: int) -> Sequence[int]:
    """`wanted` different indices below `available` (fewer where there are not enough)."""
    return [int(index) for index in rng.choice(available, min(wanted, available), replace=False)]
