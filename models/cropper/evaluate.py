"""How well the Cropper finds cards."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from models.cropper.contract import MIN_CORNER_SCORE, Found
from models.cropper.look import look
from models.spec import Predict
from models.synthetic.sample import Sample

# A corner is found when it is seen and no further away than this share of the card's diagonal.
FOUND_WITHIN = 0.05


@dataclass(frozen=True)
class Truth:
    """What is true about one photo: `corners` [4, 2] in the pixels of Found, None without a card."""

    corners: np.ndarray | None
    visible: np.ndarray
    card_class: int | None


@dataclass(frozen=True)
class CropperFigures:
    """Corner errors are shares of the card's diagonal, over all corners inside the photo."""

    photos: int
    corner_error_median: float
    corner_error_p95: float
    all_corners_found: float  # of the cards with all four corners in the photo
    card_class_accuracy: float  # of all photos; "no card" is a class


def summarise(found: Iterable[Found], truths: Iterable[Truth]) -> CropperFigures:
    """The figures of some photos, of which at least one shows a whole card."""
    errors, whole_cards, right_class = [], [], []
    for seen, truth in zip(found, truths, strict=True):
        right_class.append(seen.card_class == truth.card_class)
        if truth.corners is None:
            continue
        diagonal = np.linalg.norm(truth.corners[2] - truth.corners[0])
        error = np.linalg.norm(seen.corners - truth.corners, axis=1) / diagonal
        errors.append(error[truth.visible])
        if truth.visible.all():
            whole_cards.append(((error <= FOUND_WITHIN) & (seen.corner_scores >= MIN_CORNER_SCORE)).all())
    all_errors = np.concatenate(errors)
    return CropperFigures(
        photos=len(right_class),
        corner_error_median=float(np.median(all_errors)),
        corner_error_p95=float(np.percentile(all_errors, 95)),
        all_corners_found=float(np.mean(whole_cards)),
        card_class_accuracy=float(np.mean(right_class)),
    )


def evaluate(predict: Predict, samples: Iterable[Sample]) -> CropperFigures:
    """Send the photo of every sample through `predict`, as the pipeline does."""
    found, truths = [], []
    for sample in samples:
        found.append(look(sample.photo, predict))
        truths.append(Truth(sample.corners, sample.corner_is_visible(), sample.card_class))
    return summarise(found, truths)
