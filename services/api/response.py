"""A Card -> the JSON document of `POST /v1/cards`, nothing else. docs/api.md describes it."""

from typing import Any

from models.card import Card, Check, Field, Polygon, Word
from services.api.trip import CardTrip


def card_document(request_id: str, card: Card, trip: CardTrip) -> dict[str, Any]:
    """The answer for one card. Polygons are in pixels of the photo, turned upright by its EXIF orientation."""
    return {
        "request_id": request_id,
        "card": {
            "type": card.type,
            "side": card.side,
            "confidence": _share(card.confidence),
            "corners": _points(card.corners),
        },
        "fields": {name: _field(field) for name, field in card.fields.items()},
        "checks": [_check(check) for check in card.checks],
        "quality": {name: _share(value) for name, value in vars(card.quality).items()},
        "warnings": list(card.warnings),
        "models": {call.model: {"version": call.version, "label": call.label} for call in trip.calls},
        "timing_ms": trip.timing_ms(),
    }


def _field(field: Field) -> dict[str, Any]:
    return {
        "text": field.text,
        "value": field.value,
        "confidence": _share(field.confidence),
        "polygon": _points(field.polygon),
        "words": [_word(word) for word in field.words],
    }


def _word(word: Word) -> dict[str, Any]:
    return {
        "text": word.text,
        "confidence": _share(word.confidence),
        "polygon": _points(word.polygon),
        "char_confidence": [_share(confidence) for confidence in word.char_confidence],
    }


def _check(check: Check) -> dict[str, Any]:
    return {"name": check.name, "result": check.result, "fields": list(check.fields)}


def _points(polygon: Polygon) -> list[list[float]]:
    return [[x, y] for x, y in polygon]


def _share(value: float) -> float:
    return round(value, 4)
