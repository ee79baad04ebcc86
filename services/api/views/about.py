"""What tells of the API itself: the page, the documentation, and which models there are."""

from time import perf_counter

from flask import Flask, Response, jsonify

from services.api import openapi
from services.api.headers import CONTENT_SECURITY_POLICY
from services.api.intake import MODELS, Intake
from services.api.record import current


def register(app: Flask, intake: Intake) -> None:
    """Adds the routes to `app`."""

    def time_left(since: float) -> float:
        """Of the probe's time: what one model takes is not there for the next."""
        return max(0.01, since + intake.settings.ready_seconds - perf_counter())

    @app.get("/v1/models")
    def list_models() -> Response:
        started, label = perf_counter(), intake.settings.label
        models = [
            {
                "name": spec.name,
                "label": label,
                "version": intake.predictor.version_of(spec, label, time_left(started)),
                "versions": intake.predictor.states_of(spec, time_left(started)),
            }
            for spec in MODELS
        ]
        return jsonify({"request_id": current().id, "models": models})

    @app.get("/openapi.json")
    def show_openapi() -> Response:
        return jsonify(openapi.document(rule.rule for rule in app.url_map.iter_rules()))

    # Swagger UI has its icons in its style sheet, as `data:` URLs; that is all it needs beyond what the page does.
    @app.get("/docs")
    def show_docs() -> Response:
        page = app.send_static_file("docs.html")
        page.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY.replace("img-src", "img-src data:")
        return page

    @app.get("/")
    def front_page() -> Response:
        return app.send_static_file("index.html")
