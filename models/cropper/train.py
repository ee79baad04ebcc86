"""Trains the Cropper: `python -m models.cropper.train --data DIR --out DIR --minutes M`."""

from collections.abc import Sequence
from dataclasses import asdict

import keras
import numpy as np

from models.cropper.contract import interpret
from models.cropper.data import NO_CARD, learning_batch
from models.cropper.evaluate import Truth, summarise
from models.cropper.network import LOSS_WEIGHTS, LOSSES, build_model, build_network
from models.image import Placement
from models.shards import Batch, Shards
from models.synthetic.dataset import VALIDATION_SHARD
from models.training import Figures, Plan, adam, argument_parser, draw, fit, prepare_process

BATCH = 16
LEARNING_RATE = 2e-3
_VALIDATION_PHOTOS = 256
_IN_PLACE = Placement((1.0, 1.0), (0.0, 0.0))


def validation_figures(model: keras.Model, examples: Batch) -> Figures:
    """The figures of stored examples; corners are compared on the canvas."""
    found, truths = [], []
    for start in range(0, len(examples["image"]), BATCH):
        outputs = model.predict_on_batch({"image": examples["image"][start : start + BATCH]})
        for row in range(len(outputs["corner_scores"])):
            found.append(interpret({name: value[row : row + 1] for name, value in outputs.items()}, _IN_PLACE))
    for corners, visible, card_class in zip(
        examples["corners"], examples["visible"], examples["card_class"], strict=True
    ):
        no_card = card_class == NO_CARD
        truths.append(Truth(None if no_card else corners, visible, None if no_card else int(card_class)))
    figures = asdict(summarise(found, truths))
    del figures["photos"]
    return figures


def main(argv: Sequence[str] | None = None) -> None:
    """The command line: see the module's docstring."""
    arguments = argument_parser("Train the Cropper.").parse_args(argv)
    prepare_process(arguments.threads)
    network = build_network()
    network.compile(adam(LEARNING_RATE), loss=LOSSES, loss_weights=LOSS_WEIGHTS, jit_compile=False)
    shards = Shards(arguments.data, "cropper", last=VALIDATION_SHARD)
    held_out = Shards(arguments.data, "cropper", first=VALIDATION_SHARD)
    validation = held_out.batch(range(min(len(held_out), _VALIDATION_PHOTOS)))
    model = build_model(network)

    def next_batch(rng: np.random.Generator) -> tuple[Batch, Batch]:
        return learning_batch(shards.batch(draw(rng, len(shards), arguments.batch or BATCH)), rng)

    def validate() -> Figures:
        shards.rescan()
        return validation_figures(model, validation)

    plan = Plan(
        out=arguments.out,
        minutes=arguments.minutes,
        learning_rate=LEARNING_RATE,
        seed=arguments.seed,
        resume=arguments.resume,
        start_from=arguments.start_from,
    )
    fit(network, next_batch, validate, plan, weights_of=model)


if __name__ == "__main__":
    main()
