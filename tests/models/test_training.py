"""The training loop, on a network of two weights."""

import csv
from pathlib import Path

import keras
import numpy as np
import pytest

from models.training import Plan, adam, averaged_weights, fit, rate_share
from models.weights import save_weights

SECONDS = 1 / 60


def network() -> keras.Model:
    inputs = keras.Input((1,))
    model = keras.Model(inputs, keras.layers.Dense(1)(inputs), name="line")
    model.compile(adam(0.05), loss="mse", jit_compile=False)
    return model


def line(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    x = rng.normal(size=(16, 1)).astype(np.float32)
    return x, 3 * x + 1


def curve(folder: Path) -> list[dict[str, str]]:
    with (folder / "curve.csv").open() as file:
        return list(csv.DictReader(file))


def test_training_learns_and_leaves_curve_plot_weights_and_checkpoint(tmp_path: Path):
    model = network()
    off_at_first = abs(float(model.weights[0].numpy()[0, 0]) - 3)
    fit(model, line, lambda: {"slope": float(model.weights[0].numpy()[0, 0])}, Plan(tmp_path, 2 * SECONDS, 0.05))
    assert {path.name for path in tmp_path.iterdir()} == {"curve.csv", "curve.png", "weights.npz", "checkpoint.npz"}
    # Nearer, and no more than that: how near depends on how many steps a busy machine makes in that time.
    assert abs(float(curve(tmp_path)[-1]["slope"]) - 3) < off_at_first


def test_resuming_goes_on_where_the_checkpoint_was(tmp_path: Path):
    first = network()
    fit(first, line, dict, Plan(tmp_path, SECONDS, 0.05))
    steps = int(curve(tmp_path)[-1]["step"])
    with np.load(tmp_path / "checkpoint.npz") as stored:
        assert stored["step"] == steps
    second = network()
    seen: list[int] = []

    def next_batch(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        if not seen:
            for fresh, trained in zip(second.weights, first.weights, strict=True):
                np.testing.assert_array_equal(fresh.numpy(), trained.numpy())
            assert int(second.optimizer.iterations.numpy()) == steps
        seen.append(1)
        return line(rng)

    fit(second, next_batch, dict, Plan(tmp_path, 2 * SECONDS, 0.05, resume=True))
    rows = curve(tmp_path)
    assert len(rows) == 2
    assert int(rows[-1]["step"]) == steps + len(seen)
    assert float(rows[-1]["seconds"]) >= 2


def test_a_training_may_begin_with_weights_that_are_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    model = network()
    model.set_weights([np.array([[2.5]]), np.array([0.5])])
    save_weights(model, tmp_path / "known.npz")
    begun: list[float] = []

    def next_batch(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        begun.append(float(other.weights[0].numpy()[0, 0]))
        return line(rng)

    other = keras.models.clone_model(model)
    other.compile(adam(0.05), loss="mse", jit_compile=False)
    fit(other, next_batch, dict, Plan(tmp_path / "out", SECONDS, 0.05, start_from=tmp_path / "known.npz"))
    assert begun[0] == 2.5
    assert "start anew: nothing" in capsys.readouterr().out


def test_a_used_up_budget_trains_no_further(tmp_path: Path):
    fit(network(), line, dict, Plan(tmp_path, SECONDS, 0.05))
    before = (tmp_path / "weights.npz").read_bytes()
    fit(network(), line, dict, Plan(tmp_path, SECONDS, 0.05, resume=True))
    assert (tmp_path / "weights.npz").read_bytes() == before


def test_a_loss_that_is_no_number_stops_the_training(tmp_path: Path):
    def broken(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        x, y = line(rng)
        return x, y * np.float32("nan")

    with pytest.raises(FloatingPointError, match="lower the learning rate"):
        fit(network(), broken, dict, Plan(tmp_path, SECONDS, 0.05))
    assert not (tmp_path / "weights.npz").exists()


def test_averaged_weights_are_lent_and_taken_back():
    model = network()
    for step in range(5):
        model.train_on_batch(*line(np.random.default_rng(step)))
    trained = model.weights[0].numpy()
    with averaged_weights(model):
        averaged = model.weights[0].numpy()
    assert averaged != trained
    np.testing.assert_array_equal(model.weights[0].numpy(), trained)


def test_the_learning_rate_warms_up_and_falls_to_its_end():
    shares = [rate_share(progress) for progress in np.linspace(0, 1, 101)]
    peak = int(np.argmax(shares))
    assert shares[0] < 0.1
    assert shares[peak] == pytest.approx(1, abs=0.05)
    assert shares[peak:] == sorted(shares[peak:], reverse=True)
    assert shares[-1] == pytest.approx(0.01)
