from pathlib import Path

import keras
import numpy as np
import pytest

from models.charset import encode
from models.reader import calibrate, network
from models.reader.calibrate import TEMPERATURES, log_loss, losses
from models.shards import Shards, write_shard
from models.weights import load_weights, save_weights
from tests.models.reader.conftest import SMALL


@pytest.fixture(scope="module")
def sure_reader() -> keras.Model:
    """Untrained, but sure of what it reads: else every confidence would be about 0."""
    keras.utils.set_random_seed(3)
    model = network.build(SMALL).inference
    spell = model.get_layer("greedy").decoder.spell
    spell.kernel.assign(spell.kernel * 1000)
    return model


@pytest.fixture
def shards(tmp_path: Path, sure_reader: keras.Model, images: np.ndarray) -> Shards:
    """Words of which it reads every second one "right": the label is what it reads."""
    ids = sure_reader.predict_on_batch({"image": images})["ids"]
    labels = [ids[row] if row % 2 else np.array(encode("Nam")) for row in range(len(images))]
    rows = [{"image": image, "label": label.astype(np.uint8)} for image, label in zip(images, labels, strict=True)]
    write_shard(tmp_path, "reader", 9000, rows)
    return Shards(tmp_path, "reader", first=9000)


def test_the_loss_is_least_where_confidence_and_truth_agree() -> None:
    right = np.array([True] * 9 + [False])
    by_confidence = {sure: log_loss(np.full(10, sure), right) for sure in (0.5, 0.8, 0.9, 0.95, 1.0)}
    assert min(by_confidence, key=lambda sure: by_confidence[sure]) == 0.9
    assert np.isfinite(by_confidence[1.0])


def test_every_temperature_is_tried_and_the_models_own_put_back(sure_reader: keras.Model, shards: Shards) -> None:
    sure_reader.get_layer("greedy").temperature.assign(1.25)
    found = losses(sure_reader, shards)
    assert tuple(found) == TEMPERATURES
    assert len(set(found.values())) > 1
    assert float(sure_reader.get_layer("greedy").temperature.numpy()) == 1.25
    sure_reader.get_layer("greedy").temperature.assign(1.0)


def test_the_best_one_is_written_into_the_weights(
    tmp_path: Path,
    sure_reader: keras.Model,
    shards: Shards,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "weights.npz"
    save_weights(sure_reader, path)
    wanted = losses(sure_reader, shards)
    small = network.build(SMALL).inference
    monkeypatch.setattr(network, "build_model", lambda: small)
    calibrate.main([str(path), "--data", str(tmp_path)])
    other = network.build(SMALL).inference
    load_weights(other, path)
    best = min(wanted, key=lambda each: wanted[each])
    assert float(other.get_layer("greedy").temperature.numpy()) == pytest.approx(best, abs=1e-3)
    assert f"temperature {best}" in capsys.readouterr().out
