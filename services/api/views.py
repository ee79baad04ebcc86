"""The routes. Each is three steps: parse, act, answer; whatever goes wrong is raised."""

from threading import Semaphore
from time import perf_counter

from flask import Flask, Response, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST

from models.cropper.contract import SPEC as CROPPER
from models.detector.contract import SPEC as DETECTOR
from models.image import decode_image
from models.pipeline import read_card
from models.reader.contract import SPEC as READER
from services.api.body import image_bytes
from services.api.errors import ModelNotReady, ServingError
from services.api.metrics import Metrics
from services.api.predictor import Predictor
from services.api.record import current
from services.api.response import card_document
from services.api.settings import Settings
from services.api.trip import CardTrip

MODELS = (CROPPER, DETECTOR, READER)
_PHOTOS_DECODED_AT_A_TIME = 2


def register(app: Flask, settings: Settings, predictor: Predictor, metrics: Metrics) -> None:
    """Adds every route to `app`."""
    # A large photo takes half a gigabyte while it is decoded: not in every thread at once.
    decoding = Semaphore(_PHOTOS_DECODED_AT_A_TIME)

    @app.post("/v1/cards")
    def read_one_card() -> Response:
        data = image_bytes(request, settings.max_image_bytes)
        record = current()
        record.saw_image(data)

        record.trip = trip = CardTrip(predictor, settings.label, settings.deadline_seconds)
        with decoding:
            image = decode_image(data, settings.max_pixels)
        trip.mark("decode")
        card = read_card(image, trip)
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

    @app.get("/healthz")
    def alive() -> Response:
        return jsonify({"status": "ok"})

    @app.get("/readyz")
    def ready() -> Response:
        started = perf_counter()
        try:
            versions = {spec.name: predictor.version_of(spec, settings.label, time_left(started)) for spec in MODELS}
        except ServingError as error:
            # Late or refused: for a probe both mean the same, and 503 is what probes understand.
            raise (error if error.status == 503 else ModelNotReady(**error.context)) from error
        return jsonify({"status": "ready", "models": versions})

    @app.get("/metrics")
    def show_metrics() -> Response:
        return Response(metrics.exposition(), content_type=CONTENT_TYPE_LATEST)

    @app.get("/")
    def front_page() -> Response:
        return app.send_static_file("index.html")
