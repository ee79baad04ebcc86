import numpy as np
import pytest

from models.card import CARD_CLASSES, CORNERS, FIELDS, FIELDS_OF, OPTIONAL_FIELDS
from models.geometry import is_plausible_card
from models.image import decode_image
from models.mrz import text_of
from models.synthetic import fonts, photograph, scenes
from models.synthetic.layouts import draw_card
from models.synthetic.photograph import SPLITS, sample
from models.synthetic.photos import truth


@pytest.mark.parametrize("split", SPLITS)
def test_the_same_seed_gives_the_same_sample_and_another_one_another(split: str) -> None:
    one, same, other = sample(split, 5), sample(split, 5), sample(split, 6)
    assert one.jpeg == same.jpeg
    assert one.jpeg != other.jpeg
    np.testing.assert_array_equal(one.photo, decode_image(one.jpeg))


def test_surfaces_full_of_lines_and_print_are_for_training_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def drawn(*_: object) -> np.ndarray:
        raise AssertionError("clutter was drawn")

    monkeypatch.setattr(scenes, "_clutter", drawn)
    for split in set(SPLITS) - {"train"}:
        for seed in range(4):
            sample(split, seed)
    with pytest.raises(AssertionError, match="clutter"):
        [sample("train", seed) for seed in range(12)]


@pytest.mark.parametrize("seed", range(10))
def test_a_cluttered_surface_has_edges_everywhere(seed: int) -> None:
    surface = scenes.background(np.random.default_rng(seed), (321, 240), cluttered=1.0)
    assert (surface.shape, surface.dtype) == ((240, 321, 3), np.uint8)
    assert surface.std() > 0


def test_the_truth_is_complete_and_belongs_to_the_card_type() -> None:
    for seed in range(12):
        one = sample("mobile", seed)
        assert one.card_class is not None
        assert one.corners is not None
        assert is_plausible_card(one.corners)
        assert one.corner_is_visible().all()
        kind = CARD_CLASSES[one.card_class]
        assert one.kind == kind
        assert set(one.fields) <= set(FIELDS_OF[kind])
        assert set(FIELDS_OF[kind]) - set(one.fields) <= set(OPTIONAL_FIELDS)
        assert {word.field for word in one.words} <= set(FIELDS)
        for name, text in one.fields.items():
            assert text == text_of(name, [word.text for word in one.words if word.field == name])
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


def test_a_card_can_be_asked_for_and_both_its_sides_have_the_same_holder() -> None:
    front, back = (sample("mobile", 3, ("cc-2024", side)) for side in ("front", "back"))
    assert (front.kind, back.kind) == (("cc-2024", "front"), ("cc-2024", "back"))
    assert [CARD_CLASSES[one.card_class or 0] for one in (front, back)] == [front.kind, back.kind]
    assert front.corners is not None
    assert front.corner_is_visible().all()
    assert front.fields["id_number"] in back.fields["mrz"]
    assert sample("mobile", 3, ("cc-2024", "back")).jpeg == back.jpeg


def test_a_card_that_the_networks_know_has_its_class_however_it_was_asked_for() -> None:
    for number, kind in enumerate(CARD_CLASSES):
        assert sample("clean", 0, kind).card_class == number


def test_where_a_card_is_asked_for_none_is_left_out() -> None:
    empty = next(seed for seed in range(100) if sample("train", seed).corners is None)
    assert sample("train", empty, CARD_CLASSES[0]).corners is not None


def test_the_truth_of_a_photo_names_the_card_and_says_that_it_is_invented() -> None:
    told = truth(sample("clean", 1, ("cccd-2021", "back")))
    assert (told["type"], told["side"]) == ("cccd-2021", "back")
    assert "SPECIMEN" in told["synthetic"]
    assert set(told["corners"]) == set(CORNERS)


def test_an_unknown_card_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="cmnd-12"):
        sample("mobile", 0, ("cmnd-13", "front"))


def test_a_font_that_draws_two_letters_alike_is_found_out() -> None:
    assert fonts.draws_every_letter("DejaVuSans")
    assert not fonts.draws_every_letter("STIXGeneral")  # bundled with matplotlib, lacks Vietnamese marks


def test_a_mirrored_card_is_none_to_learn_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photograph, "_OTHER_CARD_SHARE", 0.0)
    monkeypatch.setattr(photograph, "_MIRRORED_SHARE", 1.0)
    drawn = []
    monkeypatch.setattr(photograph, "draw_card", lambda *args: drawn.append(draw_card(*args)) or drawn[-1])
    shown: list[np.ndarray] = []
    take = photograph.photograph
    monkeypatch.setattr(photograph, "photograph", lambda rng, card, *rest: shown.append(card) or take(rng, card, *rest))
    one = sample("train", 1, no_card=1.0)
    assert (one.card_class, one.corners, one.words, one.fields) == (None, None, (), {})
    np.testing.assert_array_equal(shown[0], drawn[0].image[:, ::-1])
