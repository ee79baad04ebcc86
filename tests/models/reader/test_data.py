import cv2
import numpy as np
import pytest

from models.charset import decode, encode, normalize
from models.reader.augment import augment
from models.reader.data import examples, sampling_weights
from models.synthetic.photograph import sample
from models.synthetic.sample import Sample


@pytest.fixture(scope="module")
def card() -> Sample:
    return sample("clean", 0)


def test_every_word_becomes_a_crop_whose_label_decodes_to_it(card: Sample) -> None:
    found = examples(card, np.random.default_rng(0))
    assert [decode(example["label"]) for example in found] == [normalize(word.text) for word in card.words]
    assert all(example["image"].shape == (32, 128, 3) for example in found)
    assert {(example["image"].dtype.name, example["label"].dtype.name) for example in found} == {("uint8", "uint8")}


def test_the_same_generator_gives_the_same_crops_and_another_does_not(card: Sample) -> None:
    first, again, other = (examples(card, np.random.default_rng(seed))[0]["image"] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_a_photo_without_a_card_has_no_words() -> None:
    photo = np.zeros((64, 64, 3), np.uint8)
    assert examples(Sample(photo, b"", None, None), np.random.default_rng(0)) == []


def test_a_text_a_hundred_times_as_frequent_is_drawn_ten_times_as_often() -> None:
    labels = np.array([encode("Nam")] * 100 + [encode("maN")], np.uint8)
    weights = sampling_weights(labels)
    assert weights.sum() == pytest.approx(1)
    assert weights[:100].sum() / weights[100] == pytest.approx(10, rel=0.5)


def test_a_word_with_a_rare_letter_is_drawn_more_often() -> None:
    common = ["Nam", "Man", "mNa", "aNm", "maN", "amN"] * 20
    weights = sampling_weights(np.array([encode(word) for word in [*common, "Naẵ"]], np.uint8))
    alone = sampling_weights(np.array([encode(word) for word in [*common, "Naa"]], np.uint8))
    assert weights[-1] > 2 * alone[-1]


def test_augmented_crops_differ_from_each_other_but_still_look_like_the_crop(card: Sample) -> None:
    image = examples(card, np.random.default_rng(0))[0]["image"]
    changed = augment(np.stack([image] * 8), np.random.default_rng(0))
    assert changed.shape == (8, 32, 128, 3)
    assert changed.dtype == np.uint8
    assert len({crop.tobytes() for crop in changed}) == 8
    another = examples(card, np.random.default_rng(0))[5]["image"]
    assert np.median([likeness(image, crop) for crop in changed]) > likeness(another, image)  # some are in the shadow
    assert np.mean([likeness(image, crop) for crop in changed]) > 0.5


def likeness(one: np.ndarray, other: np.ndarray) -> float:
    """The correlation of two crops seen from afar."""
    blurred = [cv2.GaussianBlur(crop.mean(axis=2), (0, 0), 3).ravel() for crop in (one, other)]
    return float(np.corrcoef(*blurred)[0, 1])
