"""Trains the Reader on shards of word crops.

    python -m models.reader.train --data DIR --out DIR --minutes 100 --threads 1 [--resume]

Shards that appear while it trains are taken in.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from models.charset import MAX_LENGTH, decode
from models.reader.augment import augment
from models.reader.data import sampling_weights
from models.reader.evaluate import figures
from models.shards import Shards
from models.synthetic.dataset import VALIDATION_SHARD
from models.training import Plan, adam, argument_parser, fit, prepare_process

if TYPE_CHECKING:
    import keras

BATCH = 64
LEARNING_RATES = {"adam": 2e-3, "adadelta": 1.0}  # the second is the seed article's
CTC_SHARE = 0.5  # of the loss of a character spelt
VALIDATION_WORDS = 1000
LOOK_EVERY = 500  # steps, for new shards


class Words:
    """The training words: drawn by `sampling_weights`, each changed a little every time."""

    def __init__(self, shards: Shards, batch: int, label_length: int) -> None:
        self._shards, self._batch, self._length = shards, batch, label_length
        self._labels = np.zeros((0, MAX_LENGTH), np.uint8)
        self._until = np.zeros(0)
        self._drawn = 0

    def next_batch(self, rng: np.random.Generator) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        """-> (inputs, targets) of the training model."""
        if self._drawn % LOOK_EVERY == 0:
            self._look()
        self._drawn += 1
        drawn = np.searchsorted(self._until, rng.random(self._batch) * self._until[-1])
        batch = self._shards.batch(drawn)
        label = batch["label"][:, : self._length].astype(np.int32)
        return {"image": augment(batch["image"], rng), "label": label}, {"logits": label, "ctc_logits": label}

    def _look(self) -> None:
        self._shards.rescan()
        if len(self._shards) == 0:
            raise FileNotFoundError(f"no shards below {self._shards.folder}; render some with models.synthetic.dataset")
        new = range(len(self._labels), len(self._shards))
        if new:
            parts = [self._shards.batch(new[at : at + 4096])["label"] for at in range(0, len(new), 4096)]
            self._labels = np.concatenate([self._labels, *parts])
            self._until = np.cumsum(sampling_weights(self._labels))


def validation(model: "keras.Model", shards: Shards) -> dict[str, float]:
    """Figures of the inference model on VALIDATION_WORDS words spread over all shards."""
    chosen = np.linspace(0, len(shards) - 1, min(VALIDATION_WORDS, len(shards))).astype(int)
    words = shards.batch(chosen)
    ids = np.concatenate(
        [np.asarray(model({"image": words["image"][at : at + BATCH]})["ids"]) for at in range(0, len(chosen), BATCH)]
    )
    found = figures([(decode(label), decode(read)) for label, read in zip(words["label"], ids, strict=True)])
    return {name: float(value) for name, value in asdict(found).items() if name != "words"}


def main(argv: Sequence[str] | None = None) -> None:
    """The command line: see the module's docstring."""
    parser = argument_parser("Train the Reader.")
    parser.add_argument("--optimizer", choices=sorted(LEARNING_RATES), default="adam")
    parser.add_argument("--learning-rate", type=float, default=None, help="the peak; by default the optimizer's usual")
    arguments = parser.parse_args(argv)
    prepare_process(arguments.threads)
    import keras

    from models.reader.loss import ctc_loss, spelling_loss
    from models.reader.network import TAUGHT_LENGTH, build

    keras.utils.set_random_seed(arguments.seed)
    rate = arguments.learning_rate or LEARNING_RATES[arguments.optimizer]
    reader = build()
    reader.training.compile(
        optimizer=adam(rate) if arguments.optimizer == "adam" else keras.optimizers.Adadelta(rate),
        loss={"logits": spelling_loss, "ctc_logits": ctc_loss},
        loss_weights={"logits": 1.0, "ctc_logits": CTC_SHARE},
    )
    words = Words(Shards(arguments.data, "reader", last=VALIDATION_SHARD), arguments.batch or BATCH, TAUGHT_LENGTH)
    held_out = Shards(arguments.data, "reader", first=VALIDATION_SHARD)
    plan = Plan(
        out=arguments.out,
        minutes=arguments.minutes,
        learning_rate=rate,
        report_minutes=4.0,
        seed=arguments.seed,
        resume=arguments.resume,
        start_from=arguments.start_from,
    )
    fit(reader.training, words.next_batch, lambda: validation(reader.inference, held_out), plan, reader.inference)


if __name__ == "__main__":
    main()
