"""Training examples on disk: `<directory>/<model>/<shard>/<array>.npy`, read memory-mapped.

A shard is a folder that appears all at once, so that a renderer may write while a training reads.
"""

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

Example = Mapping[str, np.ndarray]
Batch = dict[str, np.ndarray]


def write_shard(directory: Path, model: str, shard: int, examples: Sequence[Example]) -> Path:
    """Write `examples`, all with the same arrays of the same shapes, as shard number `shard`."""
    target = directory / model / f"{shard:05d}"
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    for name in examples[0]:
        np.save(unfinished / f"{name}.npy", np.stack([example[name] for example in examples]))
    shutil.rmtree(target, ignore_errors=True)  # left over from a rendering that was cut off
    unfinished.rename(target)
    return target


class Shards:
    """All examples of one model below `directory`, addressed by 0 <= index < len.

    `first` and `last` choose a range of shard numbers (`last` excluded, None for no end), so that
    validation examples can be kept out of training.
    """

    def __init__(self, directory: Path, model: str, first: int = 0, last: int | None = None) -> None:
        self.folder = directory / model
        self._range = (first, last)
        self._arrays: dict[str, Batch] = {}
        self._ends = np.zeros(0, np.int64)
        self.rescan()

    def rescan(self) -> None:
        """Take in shards that have appeared since."""
        first, last = self._range
        for folder in sorted(self.folder.glob("[0-9]*")):
            number = int(folder.name)
            if folder.name not in self._arrays and number >= first and (last is None or number < last):
                self._arrays[folder.name] = {
                    path.stem: np.load(path, mmap_mode="r") for path in sorted(folder.glob("*.npy"))
                }
        lengths = [len(next(iter(arrays.values()))) for arrays in self._arrays.values()]
        self._ends = np.cumsum(lengths, dtype=np.int64)

    def __len__(self) -> int:
        return int(self._ends[-1]) if len(self._ends) else 0

    def batch(self, indices: Sequence[int] | np.ndarray) -> Batch:
        """The examples at `indices`, each array stacked along a new first axis (copied, writable).

        Raises:
            FileNotFoundError: there is no shard in the range.
        """
        shards = list(self._arrays.values())
        if not shards:
            first, last = self._range
            raise FileNotFoundError(
                f"no shards from {first} to {last or 'the last'} in {self.folder}: "
                "name the folder that python -m models.synthetic.dataset --out wrote to"
            )
        places = []
        for index in np.asarray(indices):
            shard = int(np.searchsorted(self._ends, index, side="right"))
            places.append((shards[shard], int(index - (self._ends[shard - 1] if shard else 0))))
        return {name: np.stack([arrays[name][row] for arrays, row in places]) for name in shards[0]}
