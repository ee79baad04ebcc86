import numpy as np
import pytest

from models.card import CARD_CLASSES, FIELDS, FIELDS_OF_TYPE
from models.geometry import is_plausible_card
from models.image import decode_image
from models.synthetic import fonts
from models.synthetic.photograph import SPLITS, sample


@pytest.mark.parametrize("split", SPLITS)
def test_the_same_seed_gives_the_same_sample_and_another_one_another(split: str) -> None:
    one, same, other = sample(split, 5), sample(split, 5), sample(split, 6)
    assert one.jpeg == same.jpeg
    assert one.jpeg != other.jpeg
    np.testing.assert_array_equal(one.photo, decode_image(one.jpeg))


def test_the_truth_is_complete_and_belongs_to_the_card_type() -> None:
    for seed in range(12):
        one = sample("mobile", seed)
        assert one.card_class is not None
        assert one.corners is not None
        assert is_plausible_card(one.corners)
        assert one.corner_is_visible().all()
        card_type = CARD_CLASSES[one.card_class][0]
        assert set(one.fields) == set(FIELDS_OF_TYPE[card_type])
        assert {word.field for word in one.words} <= set(FIELDS)
        for name, text in one.fields.items():
            assert text == " ".join(word.text for word in one.words if word.field == name)
        assert {"tilt_degrees", "card_px", "glare", "defocus", "noise", "jpeg_quality"} <= set(one.severities)


def test_the_word_boxes_of_the_flat_card_hold_ink() -> None:
    one = sample("clean", 3)
    flat, boxes = one.flatten()
    grey = flat.mean(axis=2)
    for (x0, y0, x1, y1), word in zip(boxes.astype(int), one.words, strict=True):
        inside = grey[y0:y1, x0:x1]
        assert inside.max() - inside.min() > 40, word


def test_a_shaken_cropper_moves_the_boxes_with_the_picture() -> None:
    one = sample("clean", 3)
    _, still = one.flatten()
    _, shaken = one.flatten(np.random.default_rng(0))
    moved = np.abs(still - shaken).max()
    assert 1 < moved < 60


def test_a_photo_without_a_card_cannot_be_flattened() -> None:
    empty = next(one for one in (sample("train", seed) for seed in range(100)) if one.card_class is None)
    assert not empty.corner_is_visible().any()
    with pytest.raises(ValueError, match="without a card"):
        empty.flatten()


def test_an_unknown_split_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="mobile"):
        sample("mobil", 0)


def test_a_font_that_draws_two_letters_alike_is_found_out() -> None:
    assert fonts.draws_every_letter("DejaVuSans")
    assert not fonts.draws_every_letter("STIXGeneral")  # bundled with matplotlib, lacks Vietnamese marks
