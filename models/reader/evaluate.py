"""How well words are read: by edit distance on NFC text, never position by position.

    python -m models.reader.evaluate --weights FILE --split mobile --samples 200

prints one line for all words, and one for each field.
"""

import argparse
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from rapidfuzz.distance import Levenshtein

from models.charset import normalize, unaccented
from models.reader.contract import SPEC, ReadWord, interpret, prepare
from models.spec import Predict
from models.synthetic.sample import Sample, WordTruth

BOX_JITTER = 0.05  # of a box's height, on each side: an average detector's error
ALL = "all"


@dataclass(frozen=True)
class Figures:
    """What came of some words; every share from 0 to 1.

    `character_accuracy` is 1 - all edits / all characters; `macro_cer` the mean over words of
    their own error rate; `exact_unaccented` compares without tone marks, hats and horns.
    """

    words: int
    character_accuracy: float
    macro_cer: float
    exact: float
    exact_unaccented: float


def figures(pairs: Sequence[tuple[str, str]]) -> Figures:
    """The figures of (truth, read) pairs, of which there must be at least one."""
    pairs = [(normalize(truth), normalize(read)) for truth, read in pairs]
    edits = np.array([Levenshtein.distance(truth, read) for truth, read in pairs])
    lengths = np.array([len(truth) for truth, _ in pairs])
    return Figures(
        words=len(pairs),
        character_accuracy=float(1 - edits.sum() / lengths.sum()),
        macro_cer=float((edits / lengths).mean()),
        exact=float(np.mean([truth == read for truth, read in pairs])),
        exact_unaccented=float(np.mean([unaccented(truth) == unaccented(read) for truth, read in pairs])),
    )


def read_words(
    predict: Predict, samples: Iterable[Sample], seed: int = 0
) -> Iterator[tuple[Sample, WordTruth, ReadWord]]:
    """Every word of the samples, read from its true place, give or take a detector's error.

    Photos without a card are passed over.
    """
    for number, sample in enumerate(samples):
        if sample.corners is None:
            continue
        flat, boxes = sample.flatten()
        rng = np.random.default_rng([seed, number])
        boxes = boxes + rng.uniform(-BOX_JITTER, BOX_JITTER, boxes.shape) * (boxes[:, 3:] - boxes[:, 1:2])
        read = interpret(predict(SPEC, prepare(flat, list(boxes))))
        yield from ((sample, word, answer) for word, answer in zip(sample.words, read, strict=True))


def evaluate(predict: Predict, samples: Iterable[Sample], seed: int = 0) -> dict[str, Figures]:
    """The figures of all words (`read_words`) under ALL, and of each field under its name."""
    by_field: dict[str, list[tuple[str, str]]] = {}
    for _, word, answer in read_words(predict, samples, seed):
        by_field.setdefault(word.field, []).append((word.text, answer.text))
    everything = [pair for pairs in by_field.values() for pair in pairs]
    return {ALL: figures(everything)} | {field: figures(pairs) for field, pairs in sorted(by_field.items())}


def main(argv: Sequence[str] | None = None) -> None:
    """The command line: see the module's docstring."""
    parser = argparse.ArgumentParser(description="Figures of the Reader on synthetic cards.")
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--split", default="mobile")
    parser.add_argument("--samples", type=int, default=200)
    arguments = parser.parse_args(argv)
    from models.local import local_predict
    from models.reader.network import build_model
    from models.synthetic.photograph import sample
    from models.weights import load_weights

    model = build_model()
    load_weights(model, arguments.weights)
    samples = (sample(arguments.split, seed) for seed in range(arguments.samples))
    for name, result in evaluate(local_predict({SPEC.name: model}), samples).items():
        print(name, *(f"{key}={value:.4g}" for key, value in asdict(result).items()))


if __name__ == "__main__":
    main()
