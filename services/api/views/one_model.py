"""POST /v1/corners, /v1/words and /v1/text: what one model alone makes of an image."""

from typing import Any

from flask import Flask, Response, jsonify, request

from models.alone import find_words, read_crops
from models.cropper.look import look
from services.api.body import FORM_EXTRAS, many_images, one_image
from services.api.deadline import due
from services.api.intake import Intake
from services.api.query import Asked, asked_by, asked_corners
from services.api.record import current
from services.api.response import corners_document, found_words_document, models, texts_document
from services.api.trip import CardTrip

MAX_CROPS = 100  # as many words as the Detector finds at most
_MAX_CROP_PIXELS = 1_000_000
_MIN_CROP_SIDE = 8


def register(app: Flask, intake: Intake) -> None:
    """Adds the routes to `app`."""

    def start(asked: Asked, *images: bytes) -> CardTrip:
        record = current()
        for image in images:
            record.saw_image(image)
        end = due(intake.settings.deadline_seconds, asked.seconds, record.started)
        return intake.trip(record, record.image_digest, end)

    @app.post("/v1/corners")
    def corners_of_a_photo() -> Response:
        asked = asked_by(request)
        with intake.admission.place():
            data = one_image(request)
            trip = start(asked, data)
            with intake.admission.turn(trip.seconds_left()):
                trip.mark("wait")
                found = look(intake.decode(data, trip, asked.page), trip)
        return _answer(corners_document(found), trip)

    @app.post("/v1/words")
    def words_of_a_card() -> Response:
        asked, corners = asked_by(request), asked_corners(request)
        with intake.admission.place():
            data = one_image(request)
            trip = start(asked, data)
            with intake.admission.turn(trip.seconds_left()):
                trip.mark("wait")
                found = find_words(intake.decode(data, trip, asked.page), corners, trip)
        return _answer(found_words_document(found), trip)

    @app.post("/v1/text")
    def text_of_crops() -> Response:
        asked = asked_by(request)
        request.max_form_parts = MAX_CROPS + FORM_EXTRAS
        with intake.admission.place():
            crops = many_images(request, MAX_CROPS)
            trip = start(asked, *crops)
            intake.access.charge(current().client, len(crops))
            with intake.admission.turn(trip.seconds_left()):
                trip.mark("wait")
                # One at a time: all of them at their full size may be 300 MB.
                images = (intake.decode(crop, trip, asked.page, _MAX_CROP_PIXELS, _MIN_CROP_SIDE) for crop in crops)
                found = read_crops(images, trip)
        return _answer(texts_document(found), trip)


def _answer(members: dict[str, Any], trip: CardTrip) -> Response:
    trip.mark("fields")
    return jsonify({"request_id": current().id, **members, "models": models(trip), "timing_ms": trip.timing_ms()})
