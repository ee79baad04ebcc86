"""The routes; those of operators are in admin.py. Three steps each: parse, act, answer; what goes wrong is raised."""

from threading import Semaphore
from time import perf_counter

from flask import Flask, Response, jsonify, request

from models.cropper.contract import SPEC as CROPPER
from models.detector.contract import SPEC as DETECTOR
from models.image import decode_image
from models.pipeline import read_card
from models.reader.contract import SPEC as READER
from services.api.admission import Admission
from services.api.body import image_bytes
from services.api.deadline import HEADER, asked_seconds, seconds_left
from services.api.metrics import Metrics
from services.api.predictor import Predictor
from services.api.record import current
from services.api.response import card_document
from services.api.routing import Router
from services.api.settings import Settings
from services.api.trip import CardTrip

MODELS = (CROPPER, DETECTOR, READER)
_PHOTOS_DECODED_AT_A_TIME = 2


def register(app: Flask, settings: Settings, predictor: Predictor, metrics: Metrics) -> None:
    """Adds every route to `app`."""
    # A large photo takes half a gigabyte while it is decoded: not in every thread at once.
    decoding = Semaphore(_PHOTOS_DECODED_AT_A_TIME)
    admission = Admission(settings.threads, settings.queue)
    router = Router(settings, metrics)

    @app.post("/v1/cards")
    def read_one_card() -> Response:
        record, asked = current(), asked_seconds(request.headers.get(HEADER))
        with admission.place():
            data = image_bytes(request, settings.max_image_bytes)
            record.saw_image(data)

            seconds = seconds_left(settings.deadline_seconds, asked, record.started)
            record.trip = trip = CardTrip(predictor, settings.label, seconds, router.labels(record.image_digest))
            with admission.turn(trip.seconds_left()):
                trip.mark("wait")
                with decoding:
                    image = decode_image(data, settings.max_pixels)
                trip.mark("decode")
                card = read_card(image, trip, settings.gate)
                trip.mark("fields")

        metrics.count_card(card)
        return jsonify(card_document(record.id, card, trip))

    def time_left(since: float) -> float:
        """Of the probe's time: what one model takes is not there for the next."""
        return max(0.01, since + settings.ready_seconds - perf_counter())

    @app.get("/v1/models")
    def list_models() -> Response:
        started = perf_counter()
        models = [
            {
                "name": spec.name,
                "label": settings.label,
                "version": predictor.version_of(spec, settings.label, time_left(started)),
                "versions": predictor.states_of(spec, time_left(started)),
            }
            for spec in MODELS
        ]
        return jsonify({"request_id": current().id, "models": models})

    @app.get("/")
    def front_page() -> Response:
        return app.send_static_file("index.html")
