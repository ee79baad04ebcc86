"""Renders training shards: every sample once, an example of it for each of the three models.

    python -m models.synthetic.dataset --out DIR --samples 8000

Shards below VALIDATION_SHARD are for training; the ones from it on hold the `validation` split.
"""

import argparse
import contextlib
import errno
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import cv2
import numpy as np

from models.shards import Example, write_shard
from models.synthetic import fonts
from models.synthetic.photograph import NO_CARD_SHARE, sample
from models.synthetic.sample import Sample

SHARD_SAMPLES = 64
SAMPLE_BYTES = 1_200_000  # on disk, for all three models: 11,840 took 13 GB
VALIDATION_SHARD = 9000


def examples(one: Sample, rng: np.random.Generator) -> Iterator[tuple[str, Example]]:
    """(model, example) for everything the three models can learn from a sample."""
    from models.cropper import data as cropper
    from models.detector import data as detector
    from models.reader import data as reader

    yield "cropper", cropper.example(one, rng)
    if one.corners is not None and one.corner_is_visible().all():
        yield "detector", detector.example(one, rng)
        for word in reader.examples(one, rng):
            yield "reader", word


def render_shard(directory: Path, split: str, shard: int, no_card: float = NO_CARD_SHARE) -> int:
    """Render the SHARD_SAMPLES samples of one shard; returns how many word examples it holds."""
    cv2.setNumThreads(1)
    by_model: dict[str, list[Example]] = {"cropper": [], "detector": [], "reader": []}
    base = VALIDATION_SHARD if split == "validation" else 0
    with contextlib.nullcontext() if split == "validation" else fonts.with_more():
        for number in range(SHARD_SAMPLES):
            seed = (shard - base) * SHARD_SAMPLES + number
            for model, example in examples(sample(split, seed, no_card=no_card), np.random.default_rng([1, seed])):
                by_model[model].append(example)
    for model, found in by_model.items():
        write_shard(directory, model, shard, found)
    return len(by_model["reader"])


def render(
    directory: Path, samples: int, validation: int, workers: int, no_card: float = NO_CARD_SHARE, first_shard: int = 0
) -> None:
    """Render what is missing in `directory`; shards that are there are kept. A shard's number is its seed.

    Raises:
        OSError: the disk has too little room; before anything is rendered.
    """
    wanted = [("validation", VALIDATION_SHARD + number) for number in range(-(-validation // SHARD_SAMPLES))]
    wanted += [("train", first_shard + number) for number in range(-(-samples // SHARD_SAMPLES))]
    missing = [(split, shard) for split, shard in wanted if not (directory / "reader" / f"{shard:05d}").exists()]
    _require_room(directory, len(missing) * SHARD_SAMPLES * SAMPLE_BYTES)
    started, words = time.monotonic(), 0
    with ProcessPoolExecutor(workers) as pool:
        jobs = [pool.submit(render_shard, directory, split, shard, no_card) for split, shard in missing]
        for done, job in enumerate(as_completed(jobs), 1):
            words += job.result()
            seconds = time.monotonic() - started
            rate = f"{done * SHARD_SAMPLES / seconds:.1f} images/s, {words / seconds:.0f} words/s"
            print(f"shard {done}/{len(missing)}: {rate}", flush=True)


def _require_room(directory: Path, needed: int) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(directory).free
    if free < needed:
        raise OSError(
            errno.ENOSPC,
            f"the shards need about {needed / 1e9:.1f} GB and there are {free / 1e9:.1f}: "
            "render fewer samples, or free some room",
            str(directory),
        )


def main(argv: Sequence[str] | None = None) -> None:
    """The command line: see the module's docstring."""
    parser = argparse.ArgumentParser(description="Render training shards for the three models.")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--samples", type=int, default=8000, help="photos of the train split")
    parser.add_argument("--validation", type=int, default=256, help="photos of the validation split")
    parser.add_argument("--first-shard", type=int, default=0, help="a number no training had brings other people")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--no-card", type=float, default=NO_CARD_SHARE, help="share of photos without a card of ours")
    arguments = parser.parse_args(argv)
    render(
        arguments.out,
        arguments.samples,
        arguments.validation,
        arguments.workers,
        arguments.no_card,
        arguments.first_shard,
    )


if __name__ == "__main__":
    main()
