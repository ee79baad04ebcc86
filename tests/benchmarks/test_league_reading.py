"""The league's way from a photo and its true corners, with models that answer nothing but what a test says."""

import numpy as np
import pytest

from benchmarks.league_reading import Reading
from models import pipeline
from models.cropper import contract as cropper
from models.pipeline import see_card
from models.spec import ModelSpec, Predict, Tensors
from models.synthetic.photograph import sample


@pytest.mark.parametrize("seed", range(4))
def test_the_true_corners_stay_also_where_the_pipeline_looks_twice(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    one = sample("hard", seed, ("cccd-2021", "front"))  # mostly small cards, which are looked at again
    assert one.corners is not None
    monkeypatch.setattr(pipeline, "MIN_CARD_PIXELS", 1)
    reading = Reading.__new__(Reading)  # without the exported models
    reading._predict = answer  # type: ignore[method-assign]
    seen = []

    def note(photo: np.ndarray, predict: Predict) -> dict[str, object]:
        seen.append(see_card(photo, predict))
        return {}

    monkeypatch.setattr("benchmarks.league_reading._answer", note)
    reading.card(reading.load_card({"photo": one.photo, "corners": one.corners}))
    np.testing.assert_allclose(seen[0].corners, one.corners, atol=0.01 * max(one.photo.shape))


def answer(spec: ModelSpec, _: Tensors) -> Tensors:
    if spec is cropper.SPEC:
        scores = np.eye(cropper.CARD_CLASS_COUNT, dtype=np.float32)[[1]]
        return {
            "corner_boxes": np.zeros((1, 4, 4), np.float32),
            "corner_scores": np.zeros((1, 4)),
            "card_scores": scores,
        }
    return {
        "boxes": np.zeros((1, 100, 4)),
        "classes": np.zeros((1, 100), np.int32),
        "scores": np.zeros((1, 100)),
        "count": np.zeros(1, np.int32),
    }
