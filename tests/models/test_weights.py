"""Weights on disk."""

from pathlib import Path

import keras
import numpy as np
import pytest

from models.weights import WeightsMismatch, load_weights, save_weights


def network(units: int = 3, name: str = "dense") -> keras.Model:
    inputs = keras.Input((4,))
    outputs = keras.layers.BatchNormalization(name="norm")(keras.layers.Dense(units, name=name)(inputs))
    return keras.Model(inputs, outputs, name="tiny")


def test_weights_come_back_within_half_precision(tmp_path: Path):
    saved, loaded = network(), network()
    save_weights(saved, tmp_path / "weights.npz")
    load_weights(loaded, tmp_path / "weights.npz")
    for before, after in zip(saved.weights, loaded.weights, strict=True):
        np.testing.assert_allclose(after.numpy(), before.numpy(), rtol=1e-3)
        assert after.dtype == "float32"


@pytest.mark.parametrize("other", [network(units=5), network(name="another")])
def test_weights_of_another_network_are_refused_by_name(tmp_path: Path, other: keras.Model):
    save_weights(network(), tmp_path / "weights.npz")
    before = [variable.numpy() for variable in other.weights]
    with pytest.raises(WeightsMismatch, match=r"does not fit tiny: \d variables differ, first '(dense|another)/bias'"):
        load_weights(other, tmp_path / "weights.npz")
    for variable, value in zip(other.weights, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)
