"""What operators and their machines ask: /healthz, /readyz and /metrics, on a port of their own.

An application of its own, so that nothing of it can be reached through the API's port, and probes
count neither as requests nor as requests under way.
"""

from time import perf_counter

from flask import Flask, Response, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST

from services.api import drain
from services.api.errors import Draining, ModelNotReady, ServingError, as_api_error, problem
from services.api.intake import MODELS
from services.api.metrics import Metrics
from services.api.predictor import Predictor
from services.api.record import request_id
from services.api.settings import Settings


def create_admin_app(settings: Settings, predictor: Predictor, metrics: Metrics) -> Flask:
    """The application; `metrics` are those of the API's."""
    app = Flask("fvi-admin", static_folder=None)

    @app.get("/healthz")
    def alive() -> Response:
        return jsonify({"status": "ok"})

    @app.get("/readyz")
    def ready() -> Response:
        if drain.is_draining():
            raise Draining()
        deadline = perf_counter() + settings.ready_seconds
        try:
            versions = {
                spec.name: predictor.version_of(spec, settings.label, max(0.01, deadline - perf_counter()))
                for spec in MODELS
            }
        except ServingError as error:
            # Late or refused: for a probe both mean the same, and 503 is what probes understand.
            raise (error if error.status == 503 else ModelNotReady(**error.context)) from error
        return jsonify({"status": "ready", "models": versions})

    @app.get("/metrics")
    def show_metrics() -> Response:
        return Response(metrics.exposition(), content_type=CONTENT_TYPE_LATEST)

    @app.errorhandler(Exception)
    def answer_error(error: Exception) -> Response:
        told = as_api_error(error)
        response = jsonify(problem(told, request_id(request.headers.get("X-Request-Id"))))
        response.status_code, response.content_type = told.status, "application/problem+json"
        response.headers.update(told.headers)
        return response

    @app.after_request
    def harden(response: Response) -> Response:
        response.headers["Server"] = "fvi-ocr"  # or wsgiref tells its version and Python's
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    return app
