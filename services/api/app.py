"""The Flask application: what happens around every request. The routes are in views/."""

import logging
from collections.abc import Callable
from time import perf_counter

from flask import Flask, Response, g, jsonify, request

from services.api import cors, logs, trace, views
from services.api.access import Access
from services.api.body import InMemoryRequest, TimedBody
from services.api.errors import ApiError, problem
from services.api.failures import told_of
from services.api.headers import HEADERS
from services.api.intake import Intake
from services.api.metrics import Metrics
from services.api.predictor import Predictor
from services.api.record import RequestRecord, current, request_id
from services.api.settings import Settings

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"})
_QUIET_ROUTES = ("/static/<path:filename>",)


def create_app(
    settings: Settings,
    predictor: Predictor,
    metrics: Metrics | None = None,
    begin_span: Callable[[str | None], trace.Span] = trace.go_on,
) -> Flask:
    """The API as a WSGI application.

    Args:
        settings: as read from the environment.
        predictor: where the models run; nothing is sent to it before the first request.
        metrics: where requests are counted, if others (admin.py) are to show them.
        begin_span: a `traceparent` header, if any -> the span of a request.
    """
    app = Flask(__name__)
    app.request_class = InMemoryRequest
    app.url_map.merge_slashes = False  # or // is answered with a redirect
    app.config.update(MAX_CONTENT_LENGTH=settings.max_body_bytes, MAX_FORM_PARTS=8)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # Vietnamese stays readable
    app.json.sort_keys = False  # type: ignore[attr-defined]
    metrics = metrics or Metrics()
    access = Access(settings, metrics)

    views.register(app, Intake(settings, predictor, metrics, access))

    @app.before_request
    def begin() -> None:
        g.span = begin_span(request.headers.get("traceparent"))
        trace.begin(g.span)
        g.record = RequestRecord(request_id(request.headers.get("X-Request-Id")), g.span.trace_id)
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
        return _problem_response(told_of(error, current().id))

    @app.after_request
    def finish(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers["X-Request-Id"] = current().id
        response.headers["X-FVI-Versions"] = current().versions()
        response.headers.setdefault("Cache-Control", "no-store")
        _book(metrics, response.status_code)
        _end_span(response.status_code)
        for each in current().afterwards:
            response.call_on_close(each)
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
    for trip in record.trips:
        metrics.count_trip(trip)
    if route not in _QUIET_ROUTES or status >= 400:
        level = logging.WARNING if status >= 500 else logging.INFO
        logs.LOGGER.log(level, "request", extra={"fields": record.log_fields(route, status)})


def _end_span(status: int) -> None:
    """Names as in OpenTelemetry's semantic conventions for HTTP, where they have one."""
    record, method = current(), request.method if request.method in _METHODS else "_OTHER"
    attributes: dict[str, str | int] = {
        "http.request.method": method,
        "http.response.status_code": status,
        "fvi.code": record.code,
        "fvi.image.bytes": record.image_bytes,
    }
    if request.url_rule:
        attributes["http.route"] = request.url_rule.rule
    if status >= 500:
        attributes["error.type"] = record.code
    name = method if method in _METHODS else "HTTP"
    g.span.end(f"{name} {request.url_rule.rule}" if request.url_rule else name, attributes, failed=status >= 500)
