"""Cross-origin requests (Fetch Standard §3.2): off, but for the origins that the settings name."""

from flask import Flask, Request, Response, request

from services.api.settings import Settings

_ANSWERS_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": (
        "Authorization, Content-Type, X-API-Key, X-Request-Id, X-Request-Timeout-Ms, traceparent"
    ),
    "Access-Control-Max-Age": "600",
}
_READABLE = "X-Request-Id, X-FVI-Versions, Retry-After"


def register(app: Flask, settings: Settings) -> None:
    """Lets pages of `settings.cors_origins` call `app`. Call it before what asks for a key: browsers
    ask with OPTIONS first, and send no key with that."""
    origins = frozenset(settings.cors_origins.split())
    if not origins:
        return

    @app.before_request
    def answer_preflight() -> Response | None:
        if request.headers.get("Origin") in origins and _is_preflight(request):
            return Response(status=204, headers=_ANSWERS_PREFLIGHT)
        return None

    @app.after_request
    def allow(response: Response) -> Response:
        response.vary.add("Origin")
        origin = request.headers.get("Origin")
        if origin in origins:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = _READABLE
        return response


def _is_preflight(request: Request) -> bool:
    return request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
