from pathlib import Path

import keras
import numpy as np

from models.charset import CLASSES, END, MAX_LENGTH
from models.reader.contract import ALTERNATIVES
from models.reader.decoder import cut
from models.reader.network import TAUGHT_LENGTH, Reader, build_model
from models.weights import load_weights, save_weights


def read(model: keras.Model, images: np.ndarray) -> dict[str, np.ndarray]:
    return {name: np.asarray(value) for name, value in model({"image": images}, training=False).items()}


def test_the_inference_model_answers_with_ids_and_confidences_of_fixed_shapes(
    reader: Reader, images: np.ndarray
) -> None:
    found = {name: (value.dtype.name, value.shape) for name, value in read(reader.inference, images).items()}
    assert found == {
        "ids": ("int32", (5, MAX_LENGTH)),
        "confidence": ("float32", (5,)),
        "char_confidence": ("float32", (5, MAX_LENGTH)),
        "alternative_ids": ("int32", (5, ALTERNATIVES, MAX_LENGTH)),
        "alternative_confidence": ("float32", (5, ALTERNATIVES, MAX_LENGTH)),
    }


def test_a_word_reads_the_same_alone_and_in_a_batch(reader: Reader, images: np.ndarray) -> None:
    together = read(reader.inference, images)
    for row in range(len(images)):
        alone = read(reader.inference, images[row : row + 1])
        np.testing.assert_array_equal(alone["ids"][0], together["ids"][row])
        np.testing.assert_allclose(alone["char_confidence"][0], together["char_confidence"][row], atol=1e-5)


def test_greedy_reading_is_the_likeliest_path_of_the_taught_decoder(reader: Reader, images: np.ndarray) -> None:
    ids = read(reader.inference, images)["ids"]
    taught = reader.training({"image": images, "label": ids[:, :TAUGHT_LENGTH]}, training=False)
    logits = np.asarray(taught["logits"])
    assert logits.shape == (5, TAUGHT_LENGTH + 1, CLASSES)
    for row, path in zip(ids, logits.argmax(axis=-1), strict=True):
        length = min(int((row != END).sum()) + 1, TAUGHT_LENGTH + 1)  # its END is part of the path
        np.testing.assert_array_equal(path[:length], row[:length])


def test_there_is_a_ctc_answer_for_every_column(reader: Reader, images: np.ndarray) -> None:
    label = np.ones((5, TAUGHT_LENGTH), np.int32)
    assert reader.training({"image": images, "label": label})["ctc_logits"].shape == (5, 32, CLASSES)


def test_both_models_have_the_same_weights_but_for_the_ctc_head(reader: Reader) -> None:
    taught = {variable.path for variable in reader.training.weights}
    reading = {variable.path for variable in reader.inference.weights}
    assert taught - reading == {"ctc/kernel", "ctc/bias"}
    assert reading - taught == {"greedy/temperature"}


def test_nothing_counts_after_the_first_end() -> None:
    ids = np.zeros((3, 17), np.int32)
    ids[0, :5] = [4, 5, END, 6, 7]
    ids[1] = 9
    found = {name: np.asarray(value) for name, value in cut(half_sure(ids)).items()}
    np.testing.assert_array_equal(found["ids"][0], [4, 5] + [END] * 14)
    np.testing.assert_array_equal(found["ids"][1], [9] * 16)
    np.testing.assert_allclose(found["char_confidence"][0], [0.5, 0.5] + [0.0] * 14)
    np.testing.assert_array_equal(found["char_confidence"][2], np.zeros(16))
    # Two characters and the END; sixteen and no END, so the seventeenth step counts too; the END alone.
    np.testing.assert_allclose(found["confidence"], [0.5**3, 0.5**17, 0.5])


def half_sure(ids: np.ndarray) -> np.ndarray:
    """Shares [B, 17, CLASSES]: half for each of `ids`, and a little for the classes 20 to 23, ever less."""
    shares = np.zeros((*ids.shape, CLASSES), np.float32)
    shares[..., 20:24] = [0.04, 0.03, 0.02, 0.01]
    np.put_along_axis(shares, ids[..., None], 0.5, axis=-1)
    return shares


def test_the_other_characters_of_a_place_come_by_rank_and_none_after_the_end() -> None:
    ids = np.zeros((1, 17), np.int32)
    ids[0, :2] = [4, 5]
    found = {name: np.asarray(value) for name, value in cut(half_sure(ids)).items()}
    np.testing.assert_array_equal(found["alternative_ids"][0, :, :2], [[20, 20], [21, 21], [22, 22], [23, 23]])
    np.testing.assert_allclose(found["alternative_confidence"][0, :, 1], [0.04, 0.03, 0.02, 0.01])
    assert not found["alternative_ids"][0, :, 2:].any()
    assert not found["alternative_confidence"][0, :, 2:].any()


def test_a_temperature_changes_how_sure_it_is_and_not_what_it_reads(reader: Reader, images: np.ndarray) -> None:
    cool = read(reader.inference, images)
    temperature = reader.inference.get_layer("greedy").temperature
    temperature.assign(2.0)
    warm = read(reader.inference, images)
    temperature.assign(1.0)
    np.testing.assert_array_equal(warm["ids"], cool["ids"])
    spelt = cool["char_confidence"] > 0
    assert (warm["char_confidence"] < cool["char_confidence"])[spelt].all()


def test_weights_survive_the_way_through_a_file(
    reader: Reader, untrained_reader: Reader, images: np.ndarray, tmp_path: Path
) -> None:
    save_weights(reader.inference, tmp_path / "weights.npz")
    other = untrained_reader.inference
    load_weights(other, tmp_path / "weights.npz")
    before, after = read(reader.inference, images), read(other, images)
    np.testing.assert_allclose(after["char_confidence"], before["char_confidence"], atol=2e-3)


def test_the_default_reader_is_small_enough_to_commit() -> None:
    assert build_model().count_params() * 2 < 4 * 2**20  # float16
