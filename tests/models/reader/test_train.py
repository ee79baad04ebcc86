from pathlib import Path

import numpy as np
import pytest

from models.charset import decode, encode
from models.reader.network import Reader
from models.reader.train import Words, validation
from models.shards import Shards, write_shard


def write(folder: Path, shard: int, *words: str) -> None:
    image = np.full((32, 128, 3), 200, np.uint8)
    write_shard(
        folder, "reader", shard, [{"image": image, "label": np.array(encode(word), np.uint8)} for word in words]
    )


def test_a_batch_has_the_words_once_as_input_and_twice_as_target(tmp_path: Path) -> None:
    write(tmp_path, 0, "Nam", "001122334455")
    inputs, targets = Words(Shards(tmp_path, "reader"), 8, 12).next_batch(np.random.default_rng(0))
    assert inputs["image"].shape == (8, 32, 128, 3)
    assert inputs["label"].shape == (8, 12)
    assert {decode(label) for label in inputs["label"]} == {"Nam", "001122334455"}
    np.testing.assert_array_equal(targets["logits"], inputs["label"])
    np.testing.assert_array_equal(targets["ctc_logits"], inputs["label"])


def test_the_same_generator_gives_the_same_batch(tmp_path: Path) -> None:
    write(tmp_path, 0, "Nam", "Lan", "Mai")
    words = Words(Shards(tmp_path, "reader"), 8, 12)
    (first, _), (again, _) = (words.next_batch(np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(first["image"], again["image"])


def test_no_words_is_said_rather_than_waited_for(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no shards"):
        Words(Shards(tmp_path, "reader"), 8, 12).next_batch(np.random.default_rng(0))


def test_validation_gives_the_figures_of_the_held_out_words(tmp_path: Path, reader: Reader) -> None:
    write(tmp_path, 9000, "Nam", "Lan", "Mai")
    found = validation(reader.inference, Shards(tmp_path, "reader"))
    assert set(found) == {"character_accuracy", "macro_cer", "exact", "exact_unaccented"}
    assert found["exact"] == 0  # it has learnt nothing
