"""A Card -> the JSON document of `POST /v1/cards`, nothing else. docs/api.md describes it."""

from typing import Any

from models.addresses.units import TIERS
from models.card import ADDRESSES, NAMES, Address, Card, Check, Field, Polygon, Quality, QualityIssue, Word
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
        "fields": {name: _field(name, field) for name, field in card.fields.items()},
        "checks": [_check(check) for check in card.checks],
        "quality": _quality(card.quality, card.issues),
        "warnings": list(card.warnings),
        "models": {call.model: {"version": call.version, "label": call.label} for call in trip.calls},
        "timing_ms": trip.timing_ms(),
    }


def _field(name: str, field: Field) -> dict[str, Any]:
    return {
        "text": field.text,
        "value": field.value,
        **({"unaccented": field.unaccented} if name in NAMES else {}),
        **({"address": _address(field.address)} if name in ADDRESSES else {}),
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


def _points(polygon: Polygon) -> list[list[float]]:
    return [[x, y] for x, y in polygon]


def _share(value: float) -> float:
    return round(value, 4)
