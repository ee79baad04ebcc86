"""POST /v1/cards:batch: many cards, each answered on its own."""

from functools import partial

from flask import Flask, Response, jsonify, request

from services.api.access import body_limit
from services.api.body import FORM_EXTRAS, many_images
from services.api.deadline import due
from services.api.errors import BodyTooLarge
from services.api.intake import Intake
from services.api.many import CardRead, documents, read_all
from services.api.query import asked_by
from services.api.record import current

ROUTE = "/v1/cards:batch"


def register(app: Flask, intake: Intake) -> None:
    """Adds the route to `app`."""
    settings, admission = intake.settings, intake.admission

    @app.post(ROUTE)
    def read_many_cards() -> Response:
        record, asked = current(), asked_by(request)
        request.max_content_length = body_limit(record.client, settings.max_batch_body_bytes)
        request.max_form_parts = settings.batch_images + FORM_EXTRAS
        with admission.batch_place():
            images = many_images(request, settings.batch_images)
            if sum(map(len, images)) > settings.batch_bytes:
                raise BodyTooLarge("All images together have more bytes than are taken. Send fewer at a time.")
            digests = [record.saw_image(data) for data in images]
            intake.access.charge(record.client, len(images))
            end = due(settings.batch_seconds, asked.seconds, record.started)

            def read(data: bytes, digest: bytes) -> CardRead:
                trip = intake.trip(record, digest, end)
                with admission.batch_turn(trip.seconds_left()):
                    return intake.card(record, data, trip, asked)

            outcomes = read_all(
                [partial(read, data, digest) for data, digest in zip(images, digests, strict=True)],
                admission.batch_turns,
                record,
            )
        return jsonify({"request_id": record.id, "cards": documents(outcomes, record, intake.metrics, ROUTE)})
