"""The Flask application: what happens around every request. The routes are in views.py."""

import logging
from time import perf_counter

from flask import Flask, Response, g, jsonify, request

from services.api import cors, logs, trace, views
from services.api.access import Access
from services.api.body import InMemoryRequest, TimedBody
from services.api.errors import ApiError, as_api_error, problem
from services.api.metrics import Metrics
from services.api.predictor import Predictor
from services.api.record import RequestRecord, current, request_id
from services.api.settings import Settings

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' blob:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_QUIET_ROUTES = ("/static/<path:filename>",)


def create_app(settings: Settings, predictor: Predictor, metrics: Metrics | None = None) -> Flask:
    """The API as a WSGI application.

    Args:
        settings: as read from the environment.
        predictor: where the models run; nothing is sent to it before the first request.
        metrics: where requests are counted, if others (admin.py) are to show them.
    """
    app = Flask(__name__)
    app.request_class = InMemoryRequest
    app.config.update(MAX_CONTENT_LENGTH=settings.max_body_bytes, MAX_FORM_PARTS=8)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # Vietnamese stays readable
    app.json.sort_keys = False  # type: ignore[attr-defined]
    metrics = metrics or Metrics()
    access = Access(settings)

    views.register(app, settings, predictor, metrics)

    @app.before_request
    def begin() -> None:
        trace_id = trace.begin(request.headers.get("traceparent"))
        g.record = RequestRecord(request_id(request.headers.get("X-Request-Id")), trace_id)
        environ = request.environ
        g.body = TimedBody(environ["wsgi.input"], environ.get("gunicorn.socket"), settings.body_seconds)
        environ["wsgi.input"] = g.body
        metrics.in_flight.inc()

    cors.register(app, settings)

    @app.before_request
    def admit() -> None:
        current().client = access.admit(request)

    @app.errorhandler(Exception)
    def answer_error(error: Exception) -> Response:
        told = as_api_error(error)
        if type(told) is ApiError and told.status >= 500:
            logs.LOGGER.error("A bug", exc_info=error, extra={"fields": {"request_id": current().id}})
        return _problem_response(told)

    @app.after_request
    def finish(response: Response) -> Response:
        response.headers.update(_HEADERS)
        response.headers["X-Request-Id"] = current().id
        response.headers["X-FVI-Versions"] = current().versions()
        response.headers.setdefault("Cache-Control", "no-store")
        _book(metrics, response.status_code)
        return response

    @app.teardown_request
    def end(_: BaseException | None) -> None:
        metrics.in_flight.dec()
        g.body.forget()
        trace.end()

    return app


def _problem_response(error: ApiError) -> Response:
    record = current()
    record.code, record.context = error.code, error.context
    response = jsonify(problem(error, record.id))
    response.status_code = error.status
    response.content_type = "application/problem+json"
    response.headers.update(error.headers)
    return response


def _book(metrics: Metrics, status: int) -> None:
    """Counts and logs the request at hand."""
    record, route = current(), request.url_rule.rule if request.url_rule else "none"
    metrics.requests.labels(route, str(status)).inc()
    metrics.request_seconds.labels(route).observe(perf_counter() - record.started)
    if record.client:
        metrics.client_requests.labels(record.client.name, str(status)).inc()
    if record.code != "ok":
        metrics.errors.labels(record.code).inc()
    if record.trip:
        metrics.count_trip(record.trip)
    if route not in _QUIET_ROUTES or status >= 400:
        level = logging.WARNING if status >= 500 else logging.INFO
        logs.LOGGER.log(level, "request", extra={"fields": record.log_fields(route, status)})
