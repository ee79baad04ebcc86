"""Shards: written at once, read across, extended while in use."""

from pathlib import Path

import numpy as np
import pytest

from models.shards import Shards, write_shard


def examples(*numbers: int) -> list[dict[str, np.ndarray]]:
    return [{"image": np.full((2, 2), number, np.uint8), "number": np.int32(number)} for number in numbers]


def test_a_batch_is_gathered_across_shards_in_the_order_asked_for(tmp_path: Path):
    write_shard(tmp_path, "m", 0, examples(0, 1, 2))
    write_shard(tmp_path, "m", 1, examples(3, 4))
    shards = Shards(tmp_path, "m")
    batch = shards.batch([4, 0, 3, 2])
    assert len(shards) == 5
    assert batch["number"].tolist() == [4, 0, 3, 2]
    assert batch["image"][:, 1, 1].tolist() == [4, 0, 3, 2]


def test_shards_that_appear_later_are_seen_after_a_rescan(tmp_path: Path):
    write_shard(tmp_path, "m", 7, examples(7))
    shards = Shards(tmp_path, "m")
    write_shard(tmp_path, "m", 3, examples(3))
    assert len(shards) == 1
    shards.rescan()
    assert sorted(shards.batch([0, 1])["number"].tolist()) == [3, 7]


def test_a_range_of_shards_keeps_validation_out_of_training(tmp_path: Path):
    write_shard(tmp_path, "m", 0, examples(0))
    write_shard(tmp_path, "m", 9, examples(9))
    assert Shards(tmp_path, "m", last=9).batch([0])["number"].tolist() == [0]
    assert Shards(tmp_path, "m", first=9).batch([0])["number"].tolist() == [9]


def test_an_unfinished_shard_is_not_there(tmp_path: Path):
    write_shard(tmp_path, "m", 0, examples(0))
    unfinished = tmp_path / "m" / ".00001.123"
    unfinished.mkdir()
    np.save(unfinished / "image.npy", np.zeros((1, 2, 2)))
    assert len(Shards(tmp_path, "m")) == 1


def test_a_folder_without_shards_is_named(tmp_path: Path) -> None:
    """As when --data names the folder of one model."""
    with pytest.raises(FileNotFoundError, match=f"in {tmp_path}/cropper"):
        Shards(tmp_path, "cropper", first=3, last=9).batch(range(2))
