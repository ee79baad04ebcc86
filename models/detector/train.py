"""Trains the Detector: `python -m models.detector.train --data DIR --out DIR --minutes M`."""

from collections.abc import Sequence

import keras
import numpy as np

from models.card import FIELDS
from models.detector.contract import INPUT_SIZE
from models.detector.data import learning_batch
from models.detector.evaluate import summarise, taken_words
from models.detector.network import build_model, build_network
from models.geometry import RECTIFIED_SIZE
from models.shards import Batch, Shards
from models.ssd import ssd_loss
from models.synthetic.dataset import VALIDATION_SHARD
from models.training import Figures, Plan, adam, argument_parser, draw, fit, prepare_process

BATCH = 8
LEARNING_RATE = 2e-3
_VALIDATION_CARDS = 128


def validation_figures(model: keras.Model, examples: Batch) -> Figures:
    """Recall and precision on stored examples."""
    cards = []
    for row, count in enumerate(examples["count"]):
        outputs = model.predict_on_batch({"image": examples["image"][row : row + 1]})
        boxes = examples["boxes"][row, :count][:, [1, 0, 3, 2]] * (RECTIFIED_SIZE[0] / INPUT_SIZE[0])
        fields = [FIELDS[index] for index in examples["classes"][row, :count]]
        cards.append((taken_words(outputs), boxes, fields))
    figures = summarise(cards)
    return {"recall": figures.recall, "precision": figures.precision}


def main(argv: Sequence[str] | None = None) -> None:
    """The command line: see the module's docstring."""
    arguments = argument_parser("Train the Detector.").parse_args(argv)
    prepare_process(arguments.threads)
    network = build_network()
    network.compile(adam(LEARNING_RATE), loss=ssd_loss, jit_compile=False)
    shards = Shards(arguments.data, "detector", last=VALIDATION_SHARD)
    held_out = Shards(arguments.data, "detector", first=VALIDATION_SHARD)
    validation = held_out.batch(range(min(len(held_out), _VALIDATION_CARDS)))
    model = build_model(network)

    def next_batch(rng: np.random.Generator) -> tuple[Batch, np.ndarray]:
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
    fit(network, next_batch, validate, plan)


if __name__ == "__main__":
    main()
