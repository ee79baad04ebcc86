"""Weights between those of a network before and after a training that went on from them.

    python -m models.blend BEFORE.npz AFTER.npz --out BLENDED.npz [--share 0.5]

What was trained for something new and what was known already are often both better half-way than at either end
(Wortsman et al. 2022, "Robust fine-tuning of zero-shot models", arXiv 2109.01903). Trainings that did not begin with
the same weights have nothing in between that reads.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from models.weights import WeightsMismatch


def blend(before: Path, after: Path, share: float, out: Path) -> None:
    """Write `(1 - share) * before + share * after`, variable by variable, as float16.

    Raises:
        WeightsMismatch: they are of different networks.
    """
    with np.load(before) as old, np.load(after) as new:
        if {name: old[name].shape for name in old.files} != {name: new[name].shape for name in new.files}:
            raise WeightsMismatch(
                f"{before.name} and {after.name} are of different networks. Grow the older one first."
            )
        blended = {
            name: ((1 - share) * old[name].astype(np.float32) + share * new[name].astype(np.float32)).astype(np.float16)
            for name in old.files
        }
    np.savez_compressed(out, **blended)


def main(argv: Sequence[str] | None = None) -> None:
    """The command line: see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--share", type=float, default=0.5, help="of the latter, 0 to 1 (default: %(default)s)")
    arguments = parser.parse_args(argv)
    if not 0 <= arguments.share <= 1:
        parser.error(f"--share is from 0 to 1, not {arguments.share}")
    blend(arguments.before, arguments.after, arguments.share, arguments.out)


if __name__ == "__main__":
    main()
