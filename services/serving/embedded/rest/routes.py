"""Which request a method and a path stand for (`model_servers/http_rest_api_util.cc`)."""

import re
from dataclasses import dataclass
from urllib.parse import unquote

from tensorflow_serving.apis import model_pb2

from services.serving.embedded.errors import invalid_argument

_VERSION = r"(?:(?:/versions/([0-9]+))|(?:/labels/([^/:]+)))?"
_PREDICTION = re.compile(rf"/v1/models/([^/:]+){_VERSION}:(classify|regress|predict)", re.IGNORECASE)
_STATUS = re.compile(rf"/v1/models(?:/([^/:]+))?{_VERSION}(?:/(metadata))?", re.IGNORECASE)
_API = re.compile(r"/v1/.*", re.IGNORECASE)
_MAX_INT64 = 2**63 - 1


@dataclass(frozen=True)
class Route:
    """`action`: classify, regress, predict, metadata or status."""

    action: str
    model: str
    version: str | None
    label: str | None

    @property
    def spec(self) -> model_pb2.ModelSpec:
        """The ModelSpec that the path names.

        Raises:
            ServingError: INVALID_ARGUMENT, no name, or a version out of range.
        """
        if not self.model:
            raise invalid_argument("Missing model name in request.")
        spec = model_pb2.ModelSpec(name=self.model)
        if self.version is not None:
            digits = self.version.lstrip("0") or "0"  # Python refuses to convert thousands of them
            if len(digits) > len(str(_MAX_INT64)) or int(digits) > _MAX_INT64:
                raise invalid_argument(f"Failed to convert version: {self.version} to numeric.")
            spec.version.value = int(digits)
        elif self.label is not None:
            spec.version_label = self.label
        return spec


def is_api(path: str) -> bool:
    """Whether the REST API answers this path at all."""
    return _API.fullmatch(path) is not None


def parse(method: str, path: str) -> Route:
    """Take a path, still percent-encoded, apart.

    Raises:
        ServingError: INVALID_ARGUMENT, TF Serving has no such request.
    """
    pattern = {"POST": _PREDICTION, "GET": _STATUS}.get(method)
    match = pattern.fullmatch(path) if pattern else None
    # Only the rest of the path may be written in capitals.
    if match is None or (method == "POST" and match[4] not in ("classify", "regress", "predict")):
        raise invalid_argument(f"Malformed request: {method} {path}")
    name, version, label, last = match.groups()
    if method == "GET":
        last = "metadata" if last == "metadata" else "status"
    return Route(last, unquote(name or ""), version, label and unquote(label))
