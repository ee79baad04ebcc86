"""Answers HTTP requests (`model_servers/http_rest_api_handler.cc`, `http_server.cc`)."""

import logging
import time
import traceback
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import grpc
from google.protobuf import json_format
from tensorflow_serving.apis import get_model_metadata_pb2, get_model_status_pb2, predict_pb2
from werkzeug.wrappers import Request, Response

from services.serving.embedded import metrics as metrics_page
from services.serving.embedded.core import ServerCore
from services.serving.embedded.errors import ServingError, invalid_argument, unimplemented
from services.serving.embedded.metadata import SIGNATURE_DEF, model_metadata
from services.serving.embedded.metrics import Metrics
from services.serving.embedded.model_status import model_status
from services.serving.embedded.rest import json_request, json_response, routes
from services.serving.embedded.rest.codes import http_status
from services.serving.embedded.rest.routes import Route
from services.serving.embedded.servable import DEFAULT_SIGNATURE, Servable

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

log = logging.getLogger(__name__)

# What libevent answers where TF Serving has no handler for a path.
_NOT_FOUND = "<HTML><HEAD>\n<TITLE>404 Not Found</TITLE>\n</HEAD><BODY>\n<H1>Not Found</H1>\n</BODY></HTML>\n"
_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "POST, GET",
    "Access-Control-Allow-Headers": "Content-Type",
}


@dataclass(frozen=True)
class AppOptions:
    """Flags of the REST API."""

    timeout_in_ms: int = 30_000  # of a Session.run; 0 or less for none
    cors: bool = False
    monitoring_path: str = ""  # where the metrics are; "" for nowhere
    max_body_bytes: int = 2**28  # TF Serving has no limit


class RestApp:
    """A WSGI application. Safe to use from many threads."""

    def __init__(self, core: ServerCore, metrics: Metrics, options: AppOptions) -> None:
        self._core = core
        self._metrics = metrics
        self._options = options

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        return self._respond(Request(environ))(environ, start_response)

    def _respond(self, request: Request) -> Response:
        address = request.environ["REQUEST_URI"]
        try:
            path = urlsplit(address).path  # as it came: "%2F" is no "/"
        except ValueError:  # "//["
            return _refusal(invalid_argument(f"Malformed request: {request.method} {address}"))
        if path == self._options.monitoring_path:
            return Response(self._metrics.exposition(), content_type=metrics_page.CONTENT_TYPE)
        if not routes.is_api(path):
            return Response(_NOT_FOUND, 404, content_type="text/html")
        response = self._answer(request, path)
        if self._options.cors:
            response.headers.update(_CORS)
        return response

    def _answer(self, request: Request, path: str) -> Response:
        """Every request under /v1/ is counted, also those that make no sense."""
        if self._options.cors and request.method == "OPTIONS":
            return Response()
        started = time.monotonic()
        model = api = ""
        try:
            route = routes.parse(request.method, path)
            model, api = route.model, route.action if request.method == "POST" else ""
            body = json_response.encode(self._result(route, request))
        except ServingError as error:
            self._metrics.request(model, error.code.name)
            return _refusal(error)
        except Exception as error:  # noqa: BLE001  # the last handler: a bug ends this request only
            bug = _unforeseen(error)
            self._metrics.request(model, bug.code.name)
            return _refusal(bug)
        self._metrics.request_latency(model, api, "REST", time.monotonic() - started)
        self._metrics.request(model, "OK")
        return Response(body, content_type="application/json")

    def _result(self, route: Route, request: Request) -> str:
        match route.action:
            case "status":
                status = get_model_status_pb2.GetModelStatusRequest(model_spec=route.spec)
                return _json(model_status(self._core.monitor, status))
            case "metadata":
                return self._metadata(route)
            case "predict":
                return self._predict(route, self._body(request))
            case _:
                raise unimplemented(route.action.capitalize())

    def _metadata(self, route: Route) -> str:
        request = get_model_metadata_pb2.GetModelMetadataRequest(model_spec=route.spec, metadata_field=[SIGNATURE_DEF])
        response = model_metadata(self._core, request)
        signatures = get_model_metadata_pb2.SignatureDefMap()
        response.metadata[SIGNATURE_DEF].Unpack(signatures)
        spec, metadata = _json(response.model_spec), _json(signatures)
        return f'{{"model_spec": {spec}, "metadata": {{"{SIGNATURE_DEF}": {metadata}}}}}'

    def _predict(self, route: Route, body: bytes) -> str:
        request = predict_pb2.PredictRequest(model_spec=route.spec)
        document = json_request.parse(body)
        request.model_spec.signature_name = json_request.signature_name(document)
        timeout = self._options.timeout_in_ms / 1000 if self._options.timeout_in_ms > 0 else None
        with self._core.serving(request.model_spec) as servable:
            by_row = json_request.fill(document, _input_infos(servable, request.model_spec.signature_name), request)
            response = servable.predict(request, timeout)
        return json_response.rows(response.outputs) if by_row else json_response.columns(response.outputs)

    def _body(self, request: Request) -> bytes:
        body = request.get_data()
        if "gzip" not in request.headers.get("Content-Encoding", ""):
            return body
        unzip = zlib.decompressobj(wbits=31)
        try:
            body = unzip.decompress(body, self._options.max_body_bytes)
        except zlib.error as error:
            raise invalid_argument("JSON Parse error: the body is not gzip, as Content-Encoding says it is") from error
        if unzip.unconsumed_tail:
            raise invalid_argument(f"The body is more than {self._options.max_body_bytes} bytes when uncompressed.")
        return body


def _refusal(error: ServingError) -> Response:
    body = json_response.encode(json_response.error(error.message))
    return Response(body, http_status(error.code), content_type="application/json")


def _unforeseen(error: Exception) -> ServingError:
    """Logs where it happened. Not the exception's message, which may quote the request."""
    kind, frames = type(error).__name__, "".join(traceback.format_tb(error.__traceback__))
    log.error("A REST request failed in an unforeseen way: %s\n%s", kind, frames)
    return ServingError(
        grpc.StatusCode.INTERNAL, f"The server failed in an unforeseen way ({kind}); its log shows where."
    )


def _input_infos(servable: Servable, signature_name: str) -> Any:
    name = signature_name or DEFAULT_SIGNATURE
    if name not in servable.signatures:
        raise json_request.no_such_signature(name)
    infos = servable.signatures[name].inputs
    if not infos:
        raise invalid_argument(f"Failed to get input map for signature: {signature_name or 'DEFAULT'}")
    return infos


def _json(message: Any) -> str:
    return json_format.MessageToJson(
        message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
