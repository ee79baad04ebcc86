"""Weights on disk."""

from pathlib import Path

import keras
import numpy as np
import pytest

from models.weights import WeightsMismatch, load_weights, save_weights, warm_start


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


def test_a_network_with_more_classes_starts_with_all_but_its_head(tmp_path: Path):
    def classifier(classes: int) -> keras.Model:
        inputs = keras.Input((4,))
        features = keras.layers.Dense(6, name="features")(inputs)
        return keras.Model(inputs, keras.layers.Dense(classes, name="head")(features), name="tiny")

    learned, larger = classifier(2), classifier(5)
    save_weights(learned, tmp_path / "weights.npz")
    head = larger.get_layer("head").kernel.numpy()

    assert warm_start(larger, tmp_path / "weights.npz") == ["head/kernel", "head/bias"]

    features = [model.get_layer("features").kernel.numpy() for model in (learned, larger)]
    np.testing.assert_allclose(*features, rtol=1e-3)
    np.testing.assert_array_equal(larger.get_layer("head").kernel.numpy(), head)


def test_weights_that_fit_nowhere_are_refused(tmp_path: Path):
    save_weights(network(), tmp_path / "weights.npz")
    inputs = keras.Input((4,))
    other = keras.Model(inputs, keras.layers.Dense(7, name="else")(inputs), name="other")
    with pytest.raises(WeightsMismatch, match="nothing that fits other"):
        warm_start(other, tmp_path / "weights.npz")
