"""What was read -> the JSON documents of the answers, nothing else. docs/api.md describes them."""

import base64
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from models import portrait
from models.addresses.units import TIERS
from models.alone import FoundWord
from models.card import (
    ADDRESSES,
    CARD_CLASSES,
    CORNERS,
    NAMES,
    Address,
    Card,
    Check,
    Field,
    Polygon,
    Quality,
    QualityIssue,
    Word,
)
from models.cropper.contract import Found
from models.image import encode_jpeg
from models.pipeline import as_polygon
from models.reader.contract import ReadWord
from services.api.trip import CardTrip


def card_document(
    request_id: str, card: Card, trip: CardTrip, include: frozenset[str], drawn: dict[str, Any]
) -> dict[str, Any]:
    """The answer for one card. Polygons are in pixels of the photo, turned upright by its EXIF orientation.

    Args:
        include: of query.INCLUDES. drawn: the members made by `pictures`.
    """
    return {
        "request_id": request_id,
        "card": {
            "type": card.type,
            "side": card.side,
            "confidence": _share(card.confidence),
            "corners": _points(card.corners),
        },
        "fields": {name: _field(name, field, "words" in include) for name, field in card.fields.items()},
        "checks": checks(card.checks),
        "quality": _quality(card.quality, card.issues),
        "warnings": list(card.warnings),
        **drawn,
        "models": models(trip),
        **({"timing_ms": trip.timing_ms()} if "timing" in include else {}),
    }


def pictures(card: Card, flat_card: np.ndarray, include: frozenset[str]) -> dict[str, Any]:
    """The members of a card's document that show some of it, cut out of the flat card, uint8 [640, 1024, 3]."""
    drawn: dict[str, Any] = {}
    if "crop" in include:
        drawn["crop"] = _jpeg(flat_card)
    if include & {"face", "face_crop"}:
        polygon = portrait.polygon(card)
        drawn["face"] = None if polygon is None else {"polygon": _points(polygon)}
        if polygon is not None and "face_crop" in include:
            drawn["face"]["crop"] = _jpeg(portrait.crop(card, flat_card))
    return drawn


def models(trip: CardTrip) -> dict[str, Any]:
    """Which version of each model answered."""
    return {call.model: {"version": call.version, "label": call.label} for call in trip.calls}


def checks(found: Iterable[Check]) -> list[dict[str, Any]]:
    """Checks, of one card or of its two sides."""
    return [{"name": check.name, "result": check.result, "fields": list(check.fields)} for check in found]


def corners_document(found: Found) -> dict[str, Any]:
    """What the Cropper alone saw: the corners also where it is not sure of them."""
    known = None if found.card_class is None else CARD_CLASSES[found.card_class]
    return {
        "card": {
            "type": known and known[0],
            "side": known and known[1],
            "confidence": _share(found.card_score),
        },
        "corners": [
            {"name": name, "point": point, "confidence": _share(float(score))}
            for name, point, score in zip(CORNERS, _points(as_polygon(found.corners)), found.corner_scores, strict=True)
        ],
    }


def found_words_document(words: Sequence[FoundWord]) -> dict[str, Any]:
    """What the Detector alone found, the surest word first."""
    return {
        "words": [
            {"field": word.field, "confidence": _share(word.confidence), "polygon": _points(word.polygon)}
            for word in words
        ]
    }


def texts_document(words: Sequence[ReadWord]) -> dict[str, Any]:
    """What the Reader alone read, in the order of the crops."""
    return {
        "words": [
            {
                "text": word.text,
                "confidence": _share(word.confidence),
                "char_confidence": [_share(confidence) for confidence in word.char_confidence],
            }
            for word in words
        ]
    }


def _field(name: str, field: Field, with_words: bool) -> dict[str, Any]:
    return {
        "text": field.text,
        "value": field.value,
        **({"corrected_by": field.corrected_by} if field.corrected_by else {}),
        **({"unaccented": field.unaccented} if name in NAMES else {}),
        **({"address": _address(field.address)} if name in ADDRESSES else {}),
        "confidence": _share(field.confidence),
        "polygon": _points(field.polygon),
        **({"words": [_word(word) for word in field.words]} if with_words else {}),
    }


def _word(word: Word) -> dict[str, Any]:
    return {
        "text": word.text,
        "confidence": _share(word.confidence),
        "polygon": _points(word.polygon),
        "char_confidence": [_share(confidence) for confidence in word.char_confidence],
    }


def _address(address: Address | None) -> dict[str, Any] | None:
    """A tier that was not found is null."""
    if address is None:
        return None
    found = {
        unit.tier: {"code": unit.code, "name": unit.name, "text": unit.text, "similarity": unit.similarity}
        for unit in address.units
    }
    return {
        "source": f"units-{address.era}",
        **{tier: found.get(tier) for tier in TIERS[address.era]},
        "rest": address.rest,
        "successors": [vars(unit) for unit in address.successors],
    }


def _quality(quality: Quality, issues: tuple[QualityIssue, ...]) -> dict[str, Any]:
    return {
        **{name: _share(value) for name, value in vars(quality).items()},
        "issues": [
            {
                "code": issue.code,
                "measure": issue.measure,
                "value": _share(issue.value),
                "limit": issue.limit,
                "detail": issue.sentence,
            }
            for issue in issues
        ],
    }


def _jpeg(image: np.ndarray) -> str:
    return base64.b64encode(encode_jpeg(image)).decode()


def _points(polygon: Polygon) -> list[list[float]]:
    return [[x, y] for x, y in polygon]


def _share(value: float) -> float:
    return round(value, 4)
