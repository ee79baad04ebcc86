from pathlib import Path

import keras
import numpy as np
import pytest

from models import grow
from models.card import CARD_CLASSES, CORNERS, FIELDS
from models.cropper.network import build_network
from models.detector.data import ANCHOR_SHAPES
from models.reader.network import Config, build_model
from models.weights import WeightsMismatch, load_weights, save_weights


def numbered(*shape: int) -> np.ndarray:
    return np.arange(1, np.prod(shape) + 1, dtype=np.float32).reshape(shape)


def test_what_both_networks_have_stays_as_it_is() -> None:
    old = numbered(3, 4)
    assert grow.grown("stem/kernel", old, np.zeros((3, 4), np.float32)) is old


def test_kinds_of_cards_keep_their_places_and_no_card_stays_last() -> None:
    old = numbered(5, 3)
    new = grow.grown("card/kernel", old, np.zeros((5, 11), np.float32))
    np.testing.assert_array_equal(new[:, [0, 1, 10]], old)
    assert not new[:, 2:10].any()


def test_fields_keep_their_places_at_every_shape_of_anchor() -> None:
    shapes, known = len(ANCHOR_SHAPES[8]), 8
    old = numbered(1, 1, 6, shapes * known)
    new = grow.grown("head8_score/kernel", old, np.zeros((1, 1, 6, shapes * len(FIELDS)), np.float32))
    by_shape = new.reshape(1, 1, 6, shapes, len(FIELDS))
    np.testing.assert_array_equal(by_shape[..., :known], old.reshape(1, 1, 6, shapes, known))
    assert not by_shape[..., known:].any()


def test_new_channels_of_the_stem_see_everything_and_known_ones_only_what_they_knew() -> None:
    old = numbered(3, 3, 2, 4)
    new = grow.grown("stem_2/kernel", old, np.ones((3, 3, 5, 6), np.float32))
    np.testing.assert_array_equal(new[:, :, :2, :4], old)
    assert not new[:, :, 2:, :4].any()
    assert new[..., 4:].all()


@pytest.mark.parametrize("old", [(4, 3), (5, 12), (5,)])
def test_a_variable_of_another_network_is_refused(old: tuple[int, ...]) -> None:
    with pytest.raises(WeightsMismatch, match="cannot grow"):
        grow.grown("card/kernel", numbered(*old), np.zeros((5, 11), np.float32))


def test_a_cropper_of_two_kinds_grows_to_one_of_all(tmp_path: Path) -> None:
    keras.utils.set_random_seed(1)
    today = build_network()
    few = 2
    stored = {}
    for variable in today.weights:
        values = variable.numpy()
        if variable.path.startswith("card/"):
            values = values[..., [0, 1, -1]]
        elif variable.path.startswith("head_quarters/"):
            values = values[..., [*range(few * len(CORNERS)), -1]]
        stored[variable.path] = values.astype(np.float16)
    np.savez(tmp_path / "old.npz", **stored)
    grow.main(["cropper", str(tmp_path / "old.npz"), "--out", str(tmp_path / "new" / "weights.npz")])
    with np.load(tmp_path / "new" / "weights.npz") as new:
        assert {name: new[name].shape for name in new.files} == {v.path: tuple(v.shape) for v in today.weights}
        np.testing.assert_array_equal(new["stem/kernel"], stored["stem/kernel"])
        np.testing.assert_array_equal(new["card/bias"][[0, 1, len(CARD_CLASSES)]], stored["card/bias"])


def test_weights_of_another_model_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", other=np.zeros(3, np.float16))
    with pytest.raises(WeightsMismatch, match=r"other\.npz has no"):
        grow.grow(build_network(), tmp_path / "other.npz")


@pytest.mark.parametrize("larger", [{"blocks": 3}, {"stem_width": 1.0}])
def test_a_larger_reader_reads_as_before(larger: dict[str, float], tmp_path: Path) -> None:
    keras.utils.set_random_seed(1)
    words = {"image": np.random.default_rng(1).integers(0, 256, (3, 32, 128, 3), np.uint8)}
    smaller = {"blocks": 1, "stem_width": 0.375}
    small, large = build_model(Config(**smaller)), build_model(Config(**smaller | larger))
    save_weights(small, tmp_path / "small.npz")
    load_weights(small, tmp_path / "small.npz")
    grow.grow(large, tmp_path / "small.npz")
    before, after = small.predict_on_batch(words), large.predict_on_batch(words)
    np.testing.assert_allclose(after["char_confidence"], before["char_confidence"], atol=1e-5)
    new = "block35_2_1x1" if "blocks" in larger else "stem_2"
    assert np.abs(large.get_layer(new).kernel.numpy()[..., -1]).max() > 0  # what it has to learn from


def test_a_block_that_lacks_a_variable_is_refused(tmp_path: Path) -> None:
    small = build_model(Config(blocks=1))
    kept = {v.path: v.numpy() for v in small.weights if v.path != "block35_1_1x1/kernel"}
    np.savez(tmp_path / "broken.npz", **kept)
    with pytest.raises(WeightsMismatch, match="has no block35_1_1x1/kernel"):
        grow.grow(small, tmp_path / "broken.npz")
