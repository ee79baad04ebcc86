"""The way of a card with models that make no mistake: what they say comes from the truth."""

from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from models.addresses.parse import parse_address
from models.card import (
    ADDRESSES,
    CARD_CLASSES,
    FIELDS,
    FIELDS_OF,
    NAMES,
    OPTIONAL_FIELDS,
    CardTooSmall,
    CornersMissing,
    Kind,
    NoCardFound,
    UnknownDocument,
)
from models.charset import unaccented
from models.cropper import contract as cropper
from models.cropper.look import surroundings
from models.detector import contract as detector
from models.gate import Gate, PhotoRefused
from models.geometry import RECTIFIED_SIZE
from models.image import fit
from models.layout import GAP_SCORE
from models.pipeline import read_card, read_words, see_card
from models.reader import contract as reader
from models.spec import ModelSpec, Tensors
from models.synthetic.photograph import sample
from models.synthetic.sample import Sample, WordTruth
from models.values import value_of

FRONT = ("cccd-2021", "front")


@dataclass
class TrueModels:
    """Answers every model call with the truth about `sample`, except where a test damages it."""

    sample: Sample
    corner_scores: np.ndarray = field(default_factory=lambda: np.full((1, 4), 0.9, np.float32))
    card_scores: np.ndarray | None = None
    words: bool = True
    calls: list[str] = field(default_factory=list)
    batch: np.ndarray | None = None

    def __call__(self, spec: ModelSpec, inputs: Tensors) -> Tensors:
        self.calls.append(spec.name)
        assert {name: array.dtype for name, array in inputs.items()} == {"image": np.uint8}
        assert inputs["image"].shape[1:] == spec.inputs[0].shape[1:]
        return {"cropper": self.crop, "detector": self.detect, "reader": self.read}[spec.name](inputs["image"])

    def crop(self, _: np.ndarray) -> Tensors:
        """Of the whole photo when first asked, then of the card's surroundings."""
        assert self.sample.corners is not None
        left, top, right, bottom = surroundings(self.sample.corners, self.sample.photo)
        if self.calls.count("cropper") == 1:
            left, top, right, bottom = 0, 0, self.sample.photo.shape[1], self.sample.photo.shape[0]
        _, placement = fit(self.sample.photo[top:bottom, left:right], cropper.INPUT_SIZE)
        x, y = (placement.to_canvas(self.sample.corners - (left, top)) / cropper.INPUT_SIZE).T
        card_scores = self.card_scores
        if card_scores is None:
            card_scores = np.eye(cropper.CARD_CLASS_COUNT)[[self.sample.card_class]]
        return {
            "corner_boxes": np.stack([y - 0.1, x - 0.1, y + 0.1, x + 0.1], axis=1)[None],
            "corner_scores": self.corner_scores,
            "card_scores": card_scores,
        }

    def detect(self, _: np.ndarray) -> Tensors:
        _, boxes = self.sample.flatten()
        count = len(boxes) if self.words else 0
        order = np.random.default_rng(0).permutation(len(boxes))  # a detector keeps no reading order
        filled = np.zeros((1, detector.MAX_BOXES, 4))
        filled[0, : len(boxes)] = (boxes / np.tile(RECTIFIED_SIZE, 2))[order][:, [1, 0, 3, 2]]
        classes = np.zeros((1, detector.MAX_BOXES), np.int32)
        classes[0, : len(boxes)] = [FIELDS.index(self.sample.words[i].field) for i in order]
        scores = np.full((1, detector.MAX_BOXES), 0.9)
        return {"boxes": filled, "classes": classes, "scores": scores, "count": np.array([count])}

    def read(self, batch: np.ndarray) -> Tensors:
        """Recognises each crop among the crops of all true words."""
        self.batch = batch
        flat, boxes = self.sample.flatten()
        crops = reader.prepare(flat, list(boxes))["image"].astype(int)
        nearest = [int(np.abs(crops - one.astype(int)).mean(axis=(1, 2, 3)).argmin()) for one in batch]
        texts = np.array([self.sample.words[i].text.encode() for i in nearest], object)
        return {
            "text": texts,
            "confidence": np.linspace(0.95, 1.0, len(batch)),
            "char_confidence": np.full((len(batch), 16), 0.9),
        }


@pytest.mark.parametrize("kind", CARD_CLASSES, ids=" ".join)
def test_a_card_whose_models_make_no_mistake_is_read_whole(kind: Kind) -> None:
    one = sample("mobile", 1, kind)
    models = TrueModels(one)
    card = read_card(one.photo, models)
    assert (card.type, card.side) == kind
    printed = {name: found for name, found in card.fields.items() if name != "qr"}  # tests/models/test_qr.py
    assert {name: found.text for name, found in printed.items()} == one.fields
    assert {name: found.value for name, found in printed.items()} == {
        name: value_of(name, text) for name, text in one.fields.items()
    }
    assert set(FIELDS_OF[kind]) - set(card.fields) <= set(OPTIONAL_FIELDS)
    assert [check.name for check in card.checks if check.result == "fail"] == []
    for name, found in card.fields.items():
        assert found.unaccented == (unaccented(found.text) if name in NAMES else None)
        assert found.address == (parse_address(found.text) if name in ADDRESSES else None)
    assert card.warnings == ()
    assert models.calls in (["cropper", "detector", "reader"], ["cropper", "cropper", "detector", "reader"])
    assert models.batch is not None
    assert len(models.batch) == len(one.words)


def test_polygons_lie_on_the_words_in_the_photo() -> None:
    one = sample("mobile", 1, FRONT)
    assert one.corners is not None
    card = read_card(one.photo, TrueModels(one))
    np.testing.assert_allclose(np.array(card.corners), one.corners, atol=0.1)
    by_text = {word.text: word for word in one.words}
    number = card.fields["id_number"].words[0]
    x0, y0, _, _ = by_text[number.text].box
    top = one.corners[0] + x0 * (one.corners[1] - one.corners[0]) + y0 * (one.corners[3] - one.corners[0])
    assert np.linalg.norm(np.array(number.polygon[0]) - top) < 0.05 * np.linalg.norm(one.corners[1] - one.corners[0])
    assert card.fields["full_name"].confidence == min(word.confidence for word in card.fields["full_name"].words)


def test_one_missing_corner_is_completed_and_said() -> None:
    one = sample("clean", 2, FRONT)
    scores = np.array([[0.9, 0.9, 0.1, 0.9]], np.float32)
    card = read_card(one.photo, TrueModels(one, corner_scores=scores))
    assert card.warnings == ("corner_completed:bottom_right", "quality:corner_out_of_view")
    assert [(issue.code, issue.value) for issue in card.issues] == [("corner_out_of_view", pytest.approx(0.1))]
    assert one.corners is not None
    diagonal = np.linalg.norm(one.corners[2] - one.corners[0])
    assert np.linalg.norm(np.array(card.corners[2]) - one.corners[2]) < 0.08 * diagonal


def test_two_missing_corners_are_refused_by_name() -> None:
    one = sample("clean", 2, FRONT)
    scores = np.array([[0.1, 0.9, 0.1, 0.9]], np.float32)
    with pytest.raises(CornersMissing, match="top left, bottom right"):
        read_card(one.photo, TrueModels(one, corner_scores=scores))


@pytest.mark.parametrize("scores", [[0.1, 0.1, 0.8], [0.25, 0.2, 0.55]])
def test_no_card_or_an_unsure_one_is_refused(scores: list[float]) -> None:
    one = sample("clean", 2, FRONT)
    with pytest.raises(NoCardFound):
        read_card(one.photo, TrueModels(one, card_scores=np.array([scores])))


def test_a_card_of_a_few_pixels_is_refused() -> None:
    one = sample("clean", 2, FRONT)
    assert one.corners is not None
    tiny = Sample(one.photo, one.jpeg, one.card_class, one.corners * 0.1 + 300, one.words, one.fields)
    with pytest.raises(CardTooSmall, match="closer"):
        read_card(one.photo, TrueModels(tiny))


def test_a_photo_that_a_setting_refuses_is_refused_before_the_detector_is_asked() -> None:
    one = sample("clean", 2, FRONT)
    models = TrueModels(one)
    with pytest.raises(PhotoRefused, match="closer") as refused:
        read_card(one.photo, models, Gate(min_card_pixels=5000, refuse=frozenset({"card_small"})))
    assert refused.value.code == "card_small"
    assert models.calls == ["cropper"]


def test_a_mirrored_card_is_refused() -> None:
    one = sample("clean", 2, FRONT)
    assert one.corners is not None
    mirrored = Sample(one.photo, one.jpeg, one.card_class, one.corners[[1, 0, 3, 2]], one.words, one.fields)
    with pytest.raises(CornersMissing, match="make no card"):
        read_card(one.photo, TrueModels(mirrored))


def test_what_is_hardly_seen_and_cannot_be_read_is_no_word() -> None:
    def read(score: float, confidence: float) -> list[str]:
        def predict(_spec: ModelSpec, inputs: Tensors) -> Tensors:
            rows = len(inputs["image"])
            return {
                "text": np.array(["An"] * rows, object),
                "confidence": np.full(rows, confidence),
                "char_confidence": np.ones((rows, 16)),
            }

        box = detector.WordBox("full_name", np.array([10.0, 10.0, 60.0, 30.0]), score)
        fields = read_words(np.zeros((640, 1024, 3), np.uint8), {"full_name": [box]}, 12, predict)
        return [word.text for _, word in fields.get("full_name", [])]

    assert read(GAP_SCORE, 0.4) == []
    assert read(GAP_SCORE, 0.6) == ["An"]
    assert read(0.45, 0.15) == []
    assert read(0.45, 0.25) == read(0.55, 0.01) == ["An"]


@pytest.mark.parametrize("lost", ["missed", "given a field that the front has not"])
def test_a_word_between_others_is_not_lost(lost: str) -> None:
    one = sample("clean", 2, FRONT)
    models, residence = TrueModels(one), FIELDS.index("place_of_residence")

    def predict(spec: ModelSpec, inputs: Tensors) -> Tensors:
        outputs = dict(models(spec, inputs))
        if spec.name == "detector":
            (boxes,), (classes,), (scores,) = outputs["boxes"], outputs["classes"], outputs["scores"]
            words = [row for row in range(outputs["count"][0]) if classes[row] == residence]
            first_line = [row for row in words if boxes[row, 0] < boxes[words, 0].min() + 0.03]
            second = sorted(first_line, key=lambda row: boxes[row, 1])[1]
            if lost == "missed":
                scores[second] = 0.0
            else:
                classes[second] = FIELDS.index("issuing_authority")
        return outputs

    true, seen = (see_card(one.photo, each).words["place_of_residence"] for each in (TrueModels(one), predict))
    assert [word.score == GAP_SCORE for word in seen] == [at == 1 and lost == "missed" for at in range(len(true))]
    assert np.allclose([word.box for word in seen], [word.box for word in true], atol=12)


def test_a_card_without_words_has_no_fields_and_says_which_are_missing() -> None:
    one = sample("clean", 2, FRONT)
    models = TrueModels(one, words=False)
    card = read_card(one.photo, models, Gate(require_number=False))
    assert set(card.fields) <= {"qr"}
    assert models.calls == ["cropper", "detector"]
    assert set(card.warnings) == {f"field_missing:{name}" for name in FIELDS_OF[card.type, card.side]}
    assert {check.result for check in card.checks} == {"unknown"}


@pytest.mark.parametrize("cut", [0, 8])
def test_without_a_number_of_the_right_length_it_is_another_document(cut: int) -> None:
    one = sample("clean", 2, FRONT)
    short = TrueModels(replace(one, words=tuple(_cut_number(word, cut) for word in one.words)), words=cut > 0)
    with pytest.raises(UnknownDocument, match=f"no identity number of a {FRONT[0]}"):
        read_card(one.photo, short)


def _cut_number(word: WordTruth, length: int) -> WordTruth:
    return replace(word, text=word.text[:length]) if word.field == "id_number" else word
