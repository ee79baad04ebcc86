"""POST /v1/cards: one card, from a photo of it or from a photo of each side."""

from functools import partial

from flask import Flask, Response, jsonify, request

from models.card import Card
from models.sides import SIDES, check_sides
from services.api.body import card_images
from services.api.deadline import due
from services.api.errors import ApiError
from services.api.intake import Intake
from services.api.many import CardRead, Outcome, documents, read_all
from services.api.query import asked_by
from services.api.record import current
from services.api.response import checks

ROUTE = "/v1/cards"


def register(app: Flask, intake: Intake) -> None:
    """Adds the route to `app`."""

    @app.post(ROUTE)
    def read_one_card() -> Response:
        record, asked = current(), asked_by(request)
        with intake.admission.place():
            images = card_images(request)
            digests = {side: record.saw_image(data) for side, data in images.items()}
            end = due(intake.settings.deadline_seconds, asked.seconds, record.started)

            def read(side: str) -> CardRead:
                trip = intake.trip(record, digests[side], end)
                with intake.admission.turn(trip.seconds_left()):
                    return intake.card(record, images[side], trip, asked, side)

            if "" in images:
                return jsonify(read("").document)
            intake.access.charge(record.client, len(SIDES))
            outcomes = read_all([partial(read, side) for side in SIDES], len(SIDES), record)
        answers = documents(outcomes, record, intake.metrics, ROUTE)
        found = check_sides(*(_card_of(outcome) for outcome in outcomes))
        intake.metrics.count_checks(found)
        return jsonify({"request_id": record.id, **dict(zip(SIDES, answers, strict=True)), "checks": checks(found)})


def _card_of(outcome: Outcome) -> Card | None:
    return None if isinstance(outcome, ApiError) else outcome.card
