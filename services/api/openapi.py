"""The OpenAPI document: openapi.yaml, as far as it is about this application."""

import functools
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from services.api.record import API_VERSION


def document(routes: Iterable[str]) -> dict[str, Any]:
    """OpenAPI 3.1 with the paths that are in `routes`: some are off unless a setting turns them on."""
    whole, taken = read(), frozenset(routes)
    return {**whole, "paths": {path: item for path, item in whole["paths"].items() if path in taken}}


@functools.cache
def read() -> dict[str, Any]:
    """All of openapi.yaml; when it is first asked for, so that no worker starts later for it."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's, where PyYAML was built with it
    whole: dict[str, Any] = yaml.load(Path(__file__).with_suffix(".yaml").read_bytes(), loader)
    whole["info"]["version"] = API_VERSION
    return whole
