import shutil
from pathlib import Path

import pytest

from models.charset import decode
from models.detector.contract import SPEC as DETECTOR
from models.reader.contract import SPEC as READER
from models.shards import Shards
from models.synthetic import dataset, fonts
from models.synthetic.photograph import sample


def test_one_rendering_feeds_all_three_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset, "SHARD_SAMPLES", 2)
    words = dataset.render_shard(tmp_path, "train", 3)
    cropper, detector, reader = (Shards(tmp_path, name) for name in ("cropper", "detector", "reader"))
    with fonts.with_more():
        shown = [sample("train", seed) for seed in (6, 7)]  # shard 3 of two samples each
    assert len(cropper) == 2
    assert len(detector) == sum(one.corners is not None and one.corner_is_visible().all() for one in shown)
    assert len(reader) == words
    assert detector.batch([0])["image"].shape[1:] == DETECTOR.inputs[0].shape[1:]
    batch = reader.batch(range(words))
    assert batch["image"].shape[1:] == READER.inputs[0].shape[1:]
    truth = {word.text for one in shown for word in one.words}
    assert {decode(label) for label in batch["label"]} <= truth


def test_rendering_again_keeps_the_shards_that_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dataset, "SHARD_SAMPLES", 1)  # pool workers are forked and see it
    dataset.render(tmp_path, samples=1, validation=1, workers=1)
    assert "shard 2/2" in capsys.readouterr().out
    dataset.render(tmp_path, samples=2, validation=1, workers=1)
    assert "shard 1/1" in capsys.readouterr().out
    assert sorted(path.name for path in (tmp_path / "cropper").iterdir()) == ["00000", "00001", "09000"]


def test_a_disk_without_room_is_told_before_anything_is_rendered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dataset, "SAMPLE_BYTES", shutil.disk_usage(tmp_path).total)
    with pytest.raises(OSError, match=r"need about .* GB.*render fewer samples"):
        dataset.render(tmp_path, samples=1, validation=0, workers=1)
    assert not list(tmp_path.iterdir())


def test_training_and_validation_seeds_never_meet() -> None:
    numbers = {split: sample(split, 0).fields.get("id_number") for split in ("train", "validation", "mobile")}
    assert len(set(numbers.values())) == 3
