"""Words of SPECIMEN cards with their truth, as the Reader gets them: what a new Reader has to read first.

    python -m models.synthetic.golden --out words/golden.npz --cards 60

The cards are of the `validation` split, from beyond what training looked at. docs/rollout.md says how it is used.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from models.charset import ALPHABET, MAX_LENGTH
from models.reader.contract import prepare
from models.synthetic.photograph import sample

_FIRST = 1_000_000  # training validates on the first thousands


def golden_set(cards: int) -> tuple[np.ndarray, np.ndarray]:
    """Pictures, uint8 [N, 32, 128, 3], and texts [N] of all words of so many cards."""
    images, texts, seed = [], [], _FIRST
    while cards:
        one, seed = sample("validation", seed), seed + 1
        if one.corners is None or not one.corner_is_visible().all():
            continue
        flat_card, boxes = one.flatten()
        known = [
            (box, word.text)
            for box, word in zip(boxes, one.words, strict=True)
            if len(word.text) <= MAX_LENGTH and set(word.text) <= set(ALPHABET)
        ]
        images.append(prepare(flat_card, [box for box, _ in known])["image"])
        texts += [text for _, text in known]
        cards -= 1
    return np.concatenate(images), np.array(texts)


def main(argv: Sequence[str] | None = None) -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, metavar="NPZ", help="such as words/golden.npz")
    parser.add_argument("--cards", type=int, default=60, help="whose words it holds (default: %(default)s)")
    arguments = parser.parse_args(argv)
    images, texts = golden_set(arguments.cards)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(arguments.out, images=images, texts=texts)
    print(f"{arguments.out}: {len(texts)} words, {arguments.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
